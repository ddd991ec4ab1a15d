"""Templates of official documents that an office uses instead of the built-in ones."""
