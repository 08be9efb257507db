"""Article to statements: who said what, who is meant, and with what standing. Reads one article at a time."""
