"""Questions for the words of somebody on record, put in no phrasing of their own: "Which good does Lund say it does?".

Looks for the name and a word of speech beside it anywhere in the question. Knows English, and asks who is on record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.answering import patterns, words
from rag.answering.asking.phrasings import phrasings
from rag.answering.asking.reading import OnRecord, Reading, bare_topic, group
from rag.answering.asking.wanted import asks_of, without_question_words

_WORD = re.compile(r"[^\W_][\w.’'-]*\w|\w")
_POSSESSIVE = re.compile("[’']s?$")
_LONGEST = 5
_OF_EVENTS = {"when", "how_long"}
"""What is asked for a day or a time is an event, such as a warning, and not what was said."""

_KINDS = ("told_by", "speaks", "views")


def loosely(question: str, on_record: OnRecord) -> Reading | None:
    """The reading of such a question, with everything else in it for the topic; None for any other."""
    asks = asks_of(question)
    for start, end in _named(question, on_record):
        marked = f"{question[:start]}@{question[end:]}"
        for pattern in (pattern for kind in _KINDS for pattern in phrasings("loose", kind)):
            match = pattern.search(marked)
            if match and not (group(match, "verb") and asks in _OF_EVENTS):
                rest = f"{marked[: match.start()]} {marked[match.end() :]}"
                about = bare_topic(without_question_words(" ".join(rest.strip(" ,").split())))
                return Reading("statement", about, question[start:end], asks=asks)
    return None


def _named(question: str, on_record: OnRecord) -> Iterator[tuple[int, int]]:
    """Where somebody on record is named, the longest names first, possessive endings left out."""
    every = [(match.start(), match.end()) for match in _WORD.finditer(question)]
    for length in range(min(_LONGEST, len(every)), 0, -1):
        for first in range(len(every) - length + 1):
            start, end = every[first][0], every[first + length - 1][1]
            name = _POSSESSIVE.sub("", question[start:end])
            if _is_whole_name(question, start, start + len(name)) and on_record(name):
                yield start, start + len(name)


def _is_whole_name(question: str, start: int, end: int) -> bool:
    """Whether words are written as a name, and are no part of a longer one: United in United States."""
    inside = [word for word in words.words(question[start:end]) if word.lower() not in patterns.PARTICLES]
    before, behind = question[:start].split()[-1:], question[end:].split()[:1]
    around = [word for word in (*before, *behind) if words.is_name(word) and word.lower() not in words.FUNCTION_WORDS]
    return bool(inside) and all(map(words.is_name, inside)) and not around
