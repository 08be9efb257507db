"""Questions worth asking next: made from the statements at hand, and offered only if the record answers them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice

from rag import called
from rag.core import Answer, Evidence, Query, Turn
from rag.core.errors import OnrecordError
from ui.chat import Assistant

LIMIT = 3
"""How many are offered."""

TRIED = 8
"""How many are tried against the record for them; each takes a look into the library, and nothing is written."""


def next_questions(assistant: Assistant, answer: Answer, before: Sequence[Turn] = ()) -> tuple[str, ...]:
    """Up to three, the most telling first. None where the library cannot be read."""
    with suppress(OnrecordError):
        query = assistant.understand(answer.standalone_question)
        evidence = assistant.find(query)
        asked = {answer.question, answer.standalone_question, *(turn.content for turn in before)}
        if evidence.overview and query.is_about_itself:
            return tuple(question for question in evidence.overview.openers if question not in asked)[:LIMIT]
        candidates = _candidates(query, answer, evidence)
        fresh = (question for question in dict.fromkeys(candidates) if question not in asked)
        return tuple(
            islice((question for question in islice(fresh, TRIED) if _is_answered(assistant, question)), LIMIT)
        )
    return ()


def _candidates(query: Query, answer: Answer, evidence: Evidence) -> Iterator[str]:
    """The topic put to the others whom the answer names, a comparison with one of them, and who else speaks there."""
    named = query.names[0] if query.intent == "fact" and query.names else None
    topic = query.topic or (called(named) if named else None)
    cited = [citation.speaker for citation in answer.citations] + [miss.speaker for miss in answer.near_misses]
    beside = [one.speaker for one in (*evidence.beside, *evidence.record)] if answer.status == "answered" else []
    others = [name for name in dict.fromkeys(cited) if name and name != query.speaker]
    around = [name for name in dict.fromkeys(beside) if name and " " in name and name not in {*others, query.speaker}]
    if topic:
        yield from (f"What did {called(name)} say about {topic}?" for name in others[:1])
        if query.speaker and others and answer.status == "answered":
            yield f"Compare {called(query.speaker)} and {called(others[0])} on {topic}."
        yield from (f"What did {called(name)} say about {topic}?" for name in (*others[1:], *around[:2]))
    if query.speaker and (query.topic or answer.status == "declined"):
        yield f"What did {called(query.speaker)} say?"
    yield from (f"What did {called(name)} say?" for name in (*others, *around))


def _is_answered(assistant: Assistant, question: str) -> bool:
    """Whether statements on record answer it, by everybody whom it asks about."""
    query = assistant.understand(question)
    evidence = assistant.find(query)
    speakers = {one.speaker for one in evidence.statements}
    return bool(speakers) and {query.speaker, *query.others} - {None} <= speakers
