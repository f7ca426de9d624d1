"""What is wrong, in the user's words, and the fixes that cure it, each proven on the whole document."""
