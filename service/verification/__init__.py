"""The real model: built out of a document with ``torch.nn``, run, and compared. Only here is torch imported."""
