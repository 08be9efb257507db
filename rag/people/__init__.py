"""Decides who is who across articles: which mentions are one person, and what is on record of each."""
