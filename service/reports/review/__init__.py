"""What a design review found, in each form that an analysis can be given in."""
