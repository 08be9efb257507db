"""Misspelt words in a question, read as the people and the words on record and said so. Knows not what is asked."""

from __future__ import annotations

import re

from rag.answering import words
from rag.answering.asking import speakers
from rag.answering.asking.capitals import is_typed_small
from rag.answering.known import Known
from rag.text.names import nation_of

_WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")


def respelt(question: str, known: Known) -> tuple[str, tuple[str, ...]]:
    """The question with misspelt words put right, and a note on each.

    Names of people are looked for in words with a capital inside a sentence (elsewhere a capital does not tell a name,
    and the grammars look at whoever stands where a speaker does), in a question without capitals in every word. A word
    that no article uses is read as the one that they do use, if it is a slip of the pen away and no name of a person.
    """
    notes: list[str] = []
    is_small = is_typed_small(question)
    for match in reversed(list(_WORD.finditer(question))):
        written = re.sub("[’']s?$", "", match.group())
        may_be_name = is_small or (_is_inside(question, match.start()) and words.is_name(written))
        shown = _person(written, known) if may_be_name else None
        shown = shown or _word(written, known, is_name=may_be_name and not is_small)
        if shown:
            question = f"{question[: match.start()]}{shown}{question[match.start() + len(written) :]}"
            notes.insert(0, f"“{written}” was read as {shown}.")
    return question, tuple(dict.fromkeys(notes))


def _person(written: str, known: Known) -> str | None:
    """The last name of the person on record who was meant."""
    if words.is_acronym(written) or words.has_other_names(written) or known.named(written):
        return None
    meant = speakers.resembled(written, known)
    return meant.split()[-1] if meant else None


def _word(written: str, known: Known, *, is_name: bool) -> str | None:
    """The word that was meant by one which is in no article, and is no form or name that English knows.

    A name can be a slip for another name, and not for a common word: Wenger is no winger.
    """
    is_word = words.has_other_names(written) or written.lower() in words.FUNCTION_WORDS or nation_of(written)
    if is_word or known.holdings.occurs(written):
        return None
    meant = known.holdings.meant(written)
    if meant is None or (is_name and not words.is_name(meant)):
        return None
    return None if known.named(meant) else meant


def _is_inside(question: str, start: int) -> bool:
    """Whether a word stands inside a sentence: after another word, not after its end."""
    return bool(re.search(r"[\w,;:’'”)] ?[“\"‘(]?$", question[:start]))
