"""How statements, slices and counts are put into words, each with its credit."""
