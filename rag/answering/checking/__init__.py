"""What may be shown: the gate, the proof, the second reading, and the only maker of citations and answers."""
