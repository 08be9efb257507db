"""Holds what every stage needs of English: tokens, names, quantities, quotation marks, speech verbs, spaCy's model."""
