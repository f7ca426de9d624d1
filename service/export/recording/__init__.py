"""One run of a model, recorded: what was applied to what."""
