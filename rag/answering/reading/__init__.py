"""Which sentence answers a question, and whether any does: a small network and a calibrated model over its score."""
