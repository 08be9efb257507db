"""Citations that cannot both be true: the same thing counted, timed or measured, with values apart. Knows no speaker.

A false difference is worse than none, so only what can be compared is: one value in each sentence, of one kind of unit,
of the same head noun, in sentences that hold the same words of the question.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rag.answering import forms, wanted, words
from rag.types import Citation, Evidence, Query

_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_WORDS = dict(zip(_NUMBERS, range(1, 13), strict=True))
_SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_DAYS = {"second": 1 / 86_400, "minute": 1 / 1_440, "hour": 1 / 24, "day": 1, "week": 7, "month": 30.44, "year": 365.25}
_VALUE = re.compile(
    rf"(?P<hedge>(?:about|around|some|nearly|almost|roughly|approximately|more than|over|at least|up to|fewer than|"
    rf"less than|under) )?(?P<money>[$€£])?(?P<number>\d[\d,]*(?:\.\d+)?|\b(?:{'|'.join(_WORDS)})\b)"
    rf"(?:[ -](?P<scale>{'|'.join(_SCALES)}))?(?P<percent> ?%| percent| per cent)?"
    r"[ -]?(?P<unit>[a-z]+)?(?:[ -](?P<head>[a-z]+))?",
    re.IGNORECASE,
)
_MONEY = frozenset("$€£")
_EXACT = 0.005
"""Values within this share of each other are one value, rounded."""

_LEAST_SHARE = 0.99


@dataclass(frozen=True, slots=True)
class _Value:
    """A number with what it counts: `unit` is "days" for any time, a sign of money, "%", or the noun.

    `step` is the length in days of the unit that a time is given in, 0 for anything else.
    """

    amount: float
    unit: str
    head: str
    is_hedged: bool
    step: float


def differing(query: Query, evidence: Evidence, citations: Sequence[Citation]) -> tuple[tuple[int, ...], ...]:
    """Groups of citations, by number, whose values cannot all be true; each holds one citation of every value."""
    if query.intent != "fact" or wanted.asks(query) not in {"how_many", "how_long"}:
        return ()
    valued = [(citation, value) for citation in citations if (value := _only_value(citation, query, evidence))]
    groups: list[tuple[int, ...]] = []
    for position, (citation, value) in enumerate(valued):
        others = [
            other.number
            for other, another in valued[position + 1 :]
            if other.source != citation.source and _contradict(value, another)
        ]
        if others and not any(citation.number in group for group in groups):
            groups.append((citation.number, *others))
    return tuple(groups)


def _only_value(citation: Citation, query: Query, evidence: Evidence) -> _Value | None:
    """The one value in the citation that the question could mean; None if there are several."""
    spellings = {term: evidence.spellings.get(term, (term,)) for term in query.terms}
    own = {term for term in query.terms if words.holds(citation.quote, spellings[term])}
    every = sum(evidence.weights.get(term, 1.0) for term in query.terms)
    if not every or sum(evidence.weights.get(term, 1.0) for term in own) < _LEAST_SHARE * every:
        return None
    asked = {words.stem(term) for term in query.terms}
    values = [value for value in _values(citation.quote) if _is_asked_for(value, asked, query)]
    return values[0] if len(values) == 1 and not values[0].is_hedged else None


def _is_asked_for(value: _Value, asked: Collection[str], query: Query) -> bool:
    """Whether a value counts what the question names; a time and a sum may stand alone: "lasted 44 days", "cost $3"."""
    if value.head in asked or value.unit in asked:
        return True
    if value.head:
        return False
    is_time = value.unit == "days" and wanted.asks(query) == "how_long"
    return is_time or (value.unit in _MONEY and wanted.form(query) is forms.MONEY)


def _values(text: str) -> Iterator[_Value]:
    for match in _VALUE.finditer(text):
        parts = match.groupdict()
        unit = (parts["unit"] or "").lower()
        days = _DAYS.get(unit.removesuffix("s"))
        amount = _amount(parts) * (days or 1)
        kind = "days" if days else parts["money"] or ("%" if parts["percent"] else words.stem(unit))
        head = _noun(parts["head"] or "") if days else "" if kind in _MONEY else words.stem(unit)
        if kind:
            yield _Value(amount, kind, head, bool(parts["hedge"]), days or 0.0)


def _noun(word: str) -> str:
    """The stem of what is measured; "" of a word that only goes on: "44 days and", "44 days in"."""
    return "" if word.lower() in words.FUNCTION_WORDS else words.stem(word)


def _amount(parts: Mapping[str, str | None]) -> float:
    number = (parts["number"] or "").lower()
    return (_WORDS[number] if number in _WORDS else float(number.replace(",", ""))) * _SCALES.get(
        (parts["scale"] or "").lower(), 1.0
    )


def _contradict(one: _Value, other: _Value) -> bool:
    """Whether both cannot be true; six weeks may be 44 days, rounded to weeks."""
    same = one.unit == other.unit and one.head == other.head
    rounding = max(one.step, other.step) / 2 if one.step != other.step else 0.0
    return same and abs(one.amount - other.amount) > max(rounding, _EXACT * max(one.amount, other.amount))
