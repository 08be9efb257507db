"""From a question and its conversation to a query: who, when, where, what to count."""
