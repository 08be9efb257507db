"""Turns a question and its conversation into a query: who, when, where, what to count."""
