"""Checks what may be shown: the gate, the proof, the judge, and the only code that creates citations and answers."""
