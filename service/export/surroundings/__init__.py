"""What a recorded run needs of PyTorch and Python around it, and leaves as it was."""
