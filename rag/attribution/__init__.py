"""Turns an article into statements: who said what, who is meant, and whether it counts as said."""
