"""PyTorch as the judge: what a real CPU forward pass makes of a layer, beside what the catalogue says."""
