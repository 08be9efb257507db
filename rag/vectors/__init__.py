"""Vectors of passages: embedders, and the indexes that search them."""
