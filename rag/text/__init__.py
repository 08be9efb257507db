"""What every stage knows of English: tokens, names, quantities, quotation marks, speech verbs, spaCy's model."""
