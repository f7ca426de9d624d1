"""The model as PyTorch source: values as literals, calls laid out, blocks as classes, and all of it as a program."""
