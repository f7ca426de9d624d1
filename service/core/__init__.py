"""The vocabulary every room speaks: sizes, tensors, formulas, faults and issues. It knows no layer."""
