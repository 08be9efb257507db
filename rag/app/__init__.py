"""The command line: parses commands and prints their results."""
