"""Puts statements, slices and counts into words, each with its credit."""
