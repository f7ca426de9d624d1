"""Plumbline: does a neural network's architecture stand?"""

__version__ = "0.1.0"
