"""What every stage knows of English text: names, quotation marks, verbs of speech, and spaCy's models."""
