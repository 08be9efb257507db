"""The views of the page: one module per room, each with a template of the same name."""
