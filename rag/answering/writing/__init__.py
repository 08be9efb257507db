"""Writes answers from the articles, or with a chat model's replies."""
