"""What a design review does with examinations: mends them, holds them against a budget, compares two."""
