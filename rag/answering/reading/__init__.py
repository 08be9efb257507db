"""Scores which sentence answers a question, and whether any does, with a small network and a calibrated model."""
