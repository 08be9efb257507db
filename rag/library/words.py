"""Anybody's words -> an FTS5 expression that cannot fail; does not know which table it is for.

FTS5 has a query language in which `?`, `-`, `"`, NEAR and column names mean something. Here every word reaches it as a
quoted phrase. FTS5 folds case, so `US` also finds `us`: whoever needs the difference looks at the passage itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

LONGEST_PHRASE: Final = 1_000
"""In characters. About the length of a passage, so a longer phrase stands in none; looking it up would take seconds."""


def has_word(text: str) -> bool:
    """Whether there is a letter or a digit in the text, and so something that FTS5 can look up."""
    return any(character.isalnum() for character in text)


def phrase(text: str) -> str:
    """The text as one quoted phrase. NUL would end the expression, and a lone surrogate is no character."""
    whole = text[:LONGEST_PHRASE].replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
    return '"' + whole.replace('"', '""') + '"'


def expression(groups: Sequence[Sequence[str]], *, every: bool) -> str | None:
    """Groups of alternatives as one FTS5 expression, joined by AND if `every`, else by OR.

    Alternatives without a word in them are left out, and so are groups in which none remains; None if no group does.
    """
    alternatives = ([phrase(text) for text in group if has_word(text)] for group in groups)
    joined = [" OR ".join(group) for group in alternatives if group]
    if not joined:
        return None
    return " AND ".join(f"({group})" for group in joined) if every else " OR ".join(joined)
