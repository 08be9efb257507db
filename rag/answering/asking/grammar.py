"""Which grammar reads a question. Knows the order in which they are tried, and nothing of what was said."""

from __future__ import annotations

import re
from functools import partial

from rag.answering.asking import comparison, events, speakers, speech, tally
from rag.answering.asking.reading import Reading
from rag.answering.known import Known

_QUOTED = re.compile(
    r"[“„](?P<curly>[^”“]{2,}?)[”“]|\"(?P<straight>[^\"]{2,}?)\"|«(?P<angled>[^»]{2,}?)»|(?<!\w)[‘'](?P<single>[^‘]{2,}?)[’'](?!\w)"
)

_LONGEST = 300
"""In characters. Questions about speech are short; patterns with several gaps take their time on long texts."""


def read(question: str, known: Known) -> Reading | None:
    """The reading of a plain question about speech, the record or an event; None for a question of fact."""
    if len(question) > _LONGEST:
        return None

    may_speak = partial(speakers.may_speak, known=known)
    grammars = (
        events.about_all_articles,
        speech.who_said,
        partial(tally.tally, may_speak=may_speak),
        partial(comparison.comparison, may_speak=may_speak),
        partial(speech.statement, may_speak=may_speak),
        events.event,
    )
    found = (grammar(question) for grammar in grammars)
    return next((reading for reading in found if reading is not None), None)


def can_speak(name: str, known: Known) -> bool:
    """Whether the words can name a speaker in a question that is openly of speech."""
    return speakers.may_speak(name, known=known, openly=True)


def quoted(question: str) -> str | None:
    """The longest words in quotation marks of any style; None where there are none."""
    marked = [next(filter(None, match.groups())) for match in _QUOTED.finditer(question)]
    return max((words.strip(" .,") for words in marked), key=len, default=None)
