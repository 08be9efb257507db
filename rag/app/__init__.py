"""The command line: words to commands, results to the terminal."""
