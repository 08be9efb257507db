"""Misspelt names in a question, read as the people on record and said so. Knows names, not what is asked of them."""

from __future__ import annotations

import re

from rag.answering import words
from rag.answering.asking import speakers
from rag.answering.known import Known

_NAME = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")


def respelt(question: str, known: Known) -> tuple[str, tuple[str, ...]]:
    """The question with misspelt names put right, and a note on each.

    Only words with a capital inside a sentence are looked at: elsewhere a capital does not tell a name, and the
    grammars look at whoever stands where a speaker does.
    """
    notes: list[str] = []
    for match in reversed(list(_NAME.finditer(question))):
        written = re.sub("[’']s?$", "", match.group())
        if not _is_inside(question, match.start()) or not words.is_name(written) or words.is_acronym(written):
            continue
        if len(words.alternatives(written)) > 1 or known.named(written):
            continue
        if meant := speakers.resembled(written, known):
            shown = meant.split()[-1]
            question = f"{question[: match.start()]}{shown}{question[match.start() + len(written) :]}"
            notes.insert(0, f"“{written}” was read as {shown}.")
    return question, tuple(dict.fromkeys(notes))


def _is_inside(question: str, start: int) -> bool:
    """Whether a word stands inside a sentence: after another word, not after its end."""
    return bool(re.search(r"[\w,;:’'”)] ?[“\"‘(]?$", question[:start]))
