"""The tests: one file per module, and those of the whole."""
