"""Speed, always as a ratio to something else measured in the same run, since machines differ and are shared."""
