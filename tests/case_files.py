"""The examples in `tests/cases/`, one JSON a line: objects, or lists that begin with what they show."""

import json
from pathlib import Path
from typing import Any


def rows(name: str) -> list[Any]:
    """Reads a file of `cases`."""
    text = Path(__file__).with_name("cases").joinpath(f"{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.split("\n") if line]


def table(name: str, shows: str) -> list[list[Any]]:
    """Reads the lists of a file that begin with `shows`, without it; KeyError if there are none."""
    found = [row for first, *row in rows(name) if first == shows]
    if not found:
        raise KeyError(shows)
    return found
