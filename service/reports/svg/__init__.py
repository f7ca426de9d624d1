"""The answer as a picture."""
