"""A question, read: its courtesies, its dates, whom and what it names, what it wants, what it leaves unsaid."""
