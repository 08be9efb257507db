"""False articles beside a true one: both versions are told as a conflict, and copies do not crowd out the rest."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from rag import Answer, Assistant
from rag.core import Evidence
from tests.faults.app_parts import Tally, assistant_over, library_of
from tests.faults.app_planted import Town, towns
from tests.faults.rows import Row, Trials, Tried

AMOUNTS = (1, 3, 5)
"""So many false articles against each true one."""
SLOTS = 2
"""Places among the evidence that near-duplicates may take."""
SHARE = 0.9
OUTLETS = ("Gull", "Tern", "Heron", "Curlew", "Plover")
KINDS = ("count", "length", "lasting", "sum")


@dataclass(frozen=True, slots=True)
class Told:
    """A thing told truly once and falsely several times: the question, and the words of the two versions."""

    question: str
    true: str
    false: str
    sentence: str

    def article(self, value: str, outlet: str, town: str) -> str:
        return (
            f"Report on {town}\n{self.sentence.format(value)} The {outlet} asked the council of {town} about it.\n"
            f"People of {town} talk of little else.\n"
        )


def poisoned(trials: Trials) -> Tried:
    """Tries as many things as wanted, a third of them against one false article, three and five."""
    chance, tally = trials.chance(), Tally()
    places = towns(trials.count, chance)
    told = [_told(place, KINDS[number % len(KINDS)], chance) for number, place in enumerate(places)]
    articles: dict[str, str] = {}
    for number, (place, one) in enumerate(zip(places, told, strict=True)):
        articles[f"{number:04}-true.txt"] = one.article(one.true, "Swan", place.name)
        for copy in range(AMOUNTS[number // len(KINDS) % len(AMOUNTS)]):
            articles[f"{number:04}-false{copy}.txt"] = one.article(one.false, OUTLETS[copy], place.name)
    library_of(trials, articles)
    shown: dict[str, list[bool]] = {}
    crowded, naive, both = 0, 0, 0
    with assistant_over(trials.data) as assistant:
        for number, one in enumerate(told):
            answer = assistant.ask(one.question)
            shown.setdefault(KINDS[number % len(KINDS)], []).append(is_conflict(answer, one))
            both += bool(numbers_of(answer, one.true) and numbers_of(answer, one.false))
            evidence = assistant.find(assistant.understand(one.question))
            crowded = max(crowded, slots_of(evidence, f"{number:04}-false"))
            naive = max(naive, _uncollapsed(assistant, one.question, f"{number:04}-false"))
    every = [one for kind in shown.values() for one in kind]
    tally.trials = len(every)
    share = sum(every) / len(every)
    tally.missed += [] if share >= SHARE else [f"{share:.0%} are told as a conflict"]
    tally.missed += [] if crowded <= SLOTS else [f"near-duplicates take {crowded} places among the evidence"]
    _controls(told, naive, tally)
    kinds = ", ".join(f"{kind} {sum(some)}/{len(some)}" for kind, some in shown.items())
    return tally.tried(
        f"{share:.0%} told as a conflict ({kinds}), both told in {both / len(every):.0%}",
        f"copies take {crowded} place(s), uncollapsed {naive}",
    )


def _told(place: Town, kind: str, chance: Random) -> Told:
    true, false = chance.sample(range(20, 90), 2)
    if kind == "count":
        words = f"In the flood, {{}} fell in {place.name}."
        return Told(f"How many houses fell in {place.name}?", f"{true} houses", f"{false} houses", words)
    if kind == "length":
        words = f"Work began again in {place.name} after a {{}}-day strike."
        return Told(
            f"How long was the strike in {place.name}?", f"{true}-day", f"{false}-day", words.replace("{}-day", "{}")
        )
    if kind == "lasting":
        words = f"The strike in {place.name} lasted {{}}."
        return Told(f"How long did the strike in {place.name} last?", f"{true} days", f"{false} days", words)
    words = f"The bridge of {place.name} cost {{}}."
    return Told(f"How much did the bridge of {place.name} cost?", f"${true} million", f"${false} million", words)


def is_conflict(answer: Answer, told: Told) -> bool:
    """Whether both versions stand in the answer with their sources, and are said to differ."""
    true, false = numbers_of(answer, told.true), numbers_of(answer, told.false)
    return any(true & set(group) and false & set(group) for group in answer.differences)


def numbers_of(answer: Answer, version: str) -> set[int]:
    return {one.number for one in answer.citations if version in one.quote}


def slots_of(evidence: Evidence, source: str) -> int:
    """Counts the passages found in articles whose source starts so."""
    return sum(one.passage.source.startswith(source) for one in evidence.hits)


def _uncollapsed(assistant: Assistant, question: str, source: str) -> int:
    evidence = assistant.find(assistant.understand(question))
    every: Iterator[str] = (part.source for one in evidence.hits for part in (one.passage, *one.copies))
    return sum(one.startswith(source) for one in every)


def _controls(told: list[Told], naive: int, tally: Tally) -> None:
    plain = Answer("?", "?", "answered", (), (), "offline")
    tally.control("an answer that tells one version", caught=not is_conflict(plain, told[0]))
    tally.control("evidence in which copies are not taken together", caught=naive > SLOTS or len(told) < len(KINDS) * 2)


ROWS = (Row("poisoned", "≥ 90 % told as a conflict with both sources, copies in at most 2 places", 90, poisoned),)
