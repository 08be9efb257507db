"""Checks a draft or an exported answer against the articles. Writes nothing and asks no model."""
