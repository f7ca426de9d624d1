"""A model in as few words and parts as a person reads, for every representation that is made for people."""
