"""What the page shows: one module a room, each with its template of the same name."""
