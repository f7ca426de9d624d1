"""A file a group of paths."""
