"""From what was recorded to the document."""
