"""What a conversation has been about, so far: its last question, and whom, what and where that named.

Knows questions and the words of answers; how a new question leans on them is the business of the follow-ups.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.answering import words
from rag.answering.asking import grammar, speakers, wanted, wording
from rag.answering.asking.reading import Reading
from rag.answering.known import Known, bare
from rag.text.names import gender_of, is_body, nation_of

_WORD = r"[A-Z][\w’'-]*(?:\.[A-Z]\w*)*"
_NAME = re.compile(rf"{_WORD}\.?(?:(?: (?:of|de|van|von|der|al|bin|for the|and the) (?=[A-Z])| ){_WORD})*")
_OPENS_QUESTION = re.compile(
    r"(?:what|which|who|whom|whose|when|where|why|how|is|are|was|were|did|does|do|has|have|had|will|would|can|could|should|may"
    r"|in|on|at|since|for|by|to|from|after|before|list|show|give|tell|compare|summari[sz]e|name|count|how|the|a|an|timeline|i|and|if|whether)\b",
    re.IGNORECASE,
)
_PLACED = re.compile(
    r"\b(?:in|at|from|to|near|into|across|inside|outside) (?P<place>(?:the )?[A-Z][\w’'-]*(?: (?:of )?[A-Z][\w’'-]*)*)"
)
_NOUN = re.compile(r"\b(?:the|a|an|this|that) (?P<rest>\w[\w’' -]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody as a question writes them, and whether "he" or "she" may mean them; None where either may."""

    written: str
    gender: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of the conversation, in full, and what later ones may point back at.

    `people` are those it names, the latest first; `thing` is what it is about, `place` where.
    `answer` is the text that followed.
    """

    question: str
    plain: str
    reading: Reading | None
    people: tuple[Named, ...] = ()
    thing: str | None = None
    place: str | None = None
    answer: str = ""

    @property
    def speaker(self) -> str | None:
        """Who it asks about, in its own words; None where it asks about nobody's speech."""
        return self.reading.speaker if self.reading else None

    @property
    def topic(self) -> str | None:
        """What it asks of them, as a noun in its own words."""
        return self.reading.topic if self.reading else None

    @property
    def about(self) -> str:
        """The words " about TOPIC"; none where it asks for everything."""
        return f" about {self.topic}" if self.topic else ""

    def person(self) -> str | None:
        """The latest person named, as written."""
        return self.people[0].written if self.people else None


def asked(question: str, known: Known, before: Asked | None) -> Asked:
    """A question that needs nothing before it, taken apart; what it does not name itself stays from `before`."""
    sentences = wording.sentences(question)
    plain, _ = wanted.besides(wording.plain(sentences[wanted.asked_sentence(sentences)]))
    reading = grammar.read(plain, known)
    named = _people(question, reading, known)
    remembered = tuple(name for name in (before.people if before else ()) if name not in named)
    thing = _thing(plain, reading, known)
    place = _place(plain, reading)
    return Asked(
        question,
        plain,
        reading,
        (*named, *remembered),
        thing or (before.thing if before else None),
        place or (before.place if before else None),
    )


def people_in_answer(answer: str, known: Known) -> list[str]:
    """Everybody on record whom an answer credits or names, in its order."""
    found = (speakers.on_record(match.group(), known) for match in _NAME.finditer(answer))
    return list(dict.fromkeys(name for name in found if name and not is_body(tuple(name.split()))))


def names_in(text: str) -> list[tuple[int, int]]:
    """Where names stand in a question: runs of words with a capital, but for the one that opens it."""
    found = []
    for match in _NAME.finditer(text):
        start = match.start()
        if start == 0 and (opening := _OPENS_QUESTION.match(text)):
            rest = _NAME.search(text, opening.end(), match.end())
            if rest is None:
                continue
            start = rest.start()
        end = match.end() - len(re.search(r"(?:[’']s?|\.)?$", match.group()).group())  # type: ignore[union-attr] # matches nothing too
        found.append((start, end))
    return found


def nouns_in(text: str) -> list[tuple[int, int]]:
    """Where nouns with an article stand, "the peace treaty": up to a verb, a preposition or the end."""
    found = []
    for match in _NOUN.finditer(text):
        end = match.start("rest")
        for word in re.finditer(r"[\w’'-]+", match["rest"]):
            bare_word = word.group().lower()
            if bare_word in words.FUNCTION_WORDS or bare_word.endswith("ed") or words.is_irregular_verb(bare_word):
                break
            end = match.start("rest") + word.end()
        if end > match.start("rest"):
            found.append((match.start(), end))
    return found


def _people(question: str, reading: Reading | None, known: Known) -> tuple[Named, ...]:
    """Speakers and other people on record, as the question writes them; whom it asks about first."""
    named = [reading.speaker, *reading.others] if reading and reading.speaker else []
    for start, end in names_in(question):
        written = question[start:end]
        person = speakers.on_record(written, known)
        if person and not is_body(tuple(person.split())):
            named.append(written)
    return tuple(Named(name, _gender(name, known)) for name in dict.fromkeys(named) if name)


def _thing(plain: str, reading: Reading | None, known: Known) -> str | None:
    """What a question is about: its topic, else the last thing that it names, else its last noun."""
    if reading and reading.topic:
        return reading.topic
    if reading:
        return None
    things = [(start, end) for start, end in names_in(plain) if _is_thing(plain[start:end], known)]
    nouns = [(start, end) for start, end in nouns_in(plain) if not any(start <= one <= end for one, _ in things)]
    whole = next((stretch for stretch in nouns if stretch[0] < (things[0][0] if things else len(plain))), None)
    start, end = whole or (things[-1] if things else (0, 0))
    named = plain[start:end]
    needs_the = bool(things) and plain[max(0, start - 4) : start].lower() == "the "
    return (f"the {named}" if needs_the else named) or None


def _is_thing(name: str, known: Known) -> bool:
    person = speakers.on_record(name, known)
    return person is None or is_body(tuple(person.split()))


def _place(plain: str, reading: Reading | None) -> str | None:
    if reading and reading.topic and any(map(nation_of, re.split("[ -]", reading.topic))):
        return reading.topic
    if reading and reading.intent == "summary" and reading.topic:
        return reading.topic
    found = [match["place"] for match in _PLACED.finditer(plain)]
    return found[-1] if found else None


def _gender(name: str, known: Known) -> str | None:
    return gender_of(tuple(name.lower().split()), tuple((speakers.on_record(name, known) or bare(name)).split()))
