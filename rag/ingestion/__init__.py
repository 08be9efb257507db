"""Turns files into articles and passages: reading, layout, segmentation. Stores nothing."""
