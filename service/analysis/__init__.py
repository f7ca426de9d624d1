"""One fold over the sorted graph: what flows, what is owned, what is computed, what each output sees."""
