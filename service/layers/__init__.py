"""The catalogue: what PyTorch's layers and tensor operations take, return, own and refuse.

A file holds a family, a class is a layer, and everything about that layer stands in its class.
"""
