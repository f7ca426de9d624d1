"""What was found, in a form to send: a file a representation."""
