"""Turns a query into evidence: passages and statements, found by words and vectors."""
