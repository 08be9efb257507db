"""From a query to evidence: passages and statements, found by words and vectors."""
