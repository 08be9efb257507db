"""The conversation as structure: its questions as understood, whom, what and where they name, what was cited last."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.answering import words
from rag.answering.asking import speakers, wording
from rag.answering.known import Known, bare
from rag.text.names import gender_of, nation_of
from rag.types import Cited, Query, Turn

LONGEST_QUESTION = 2_000

ASKS = re.compile(
    r"(?:(?:since|until|by|for|in|on|at|from|to) )?(?:what|which|who|whom|whose|when|where|why|how|did|does|do|is|are"
    r"|was|were|has|have|had|will|would|can|could|should)\b",
    re.IGNORECASE,
)
"""How a question begins."""

_CONTEXT, _CONTEXT_WORDS = 3, 5
"""Names that a nameless question inherits at most, and words of a question that is itself mere words."""

_WORD = r"(?<!\w)[A-Z][\w’'-]*(?:\.[A-Z]\w*)*"
_NAME = re.compile(rf"{_WORD}\.?(?:(?: (?:of|of the|de|van|von|der|al|bin|for the|and the) (?=[A-Z])| ){_WORD})*")
_OPENS_QUESTION = re.compile(
    r"(?:what|which|who|whom|whose|when|where|why|how|is|are|was|were|did|does|do|has|have|had|will|would|can|could|should|may"
    r"|in|on|at|since|for|by|to|from|after|before|list|show|give|tell|compare|summari[sz]e|name|count|the|a|an|timeline|i|and|if|whether)\b",
    re.IGNORECASE,
)
_PLACED = re.compile(
    r"\b(?:in|at|from|to|near|into|across|inside|outside) (?P<place>(?:the )?[A-Z][\w’'-]*(?: (?:of )?[A-Z][\w’'-]*)*)"
)
_ROLE = re.compile(r"[’']s?(?P<role>(?: [a-z]+){1,3})")
_DO = re.compile(r"\b(?:do|does|did) $", re.IGNORECASE)
_NOUN = re.compile(r"\b(?:the|this|that) (?P<rest>\w[\w’' -]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a new question may lean on: the questions so far, the last one first, and what its answer cited.

    `earlier` is what the answer before that cited. `told` are the stems of the words of the articles cited last,
    `voices` those on record in them, the most quoted first.
    """

    questions: tuple[Query, ...] = ()
    cited: tuple[Cited, ...] = ()
    earlier: tuple[Cited, ...] = ()
    told: frozenset[str] = frozenset()
    voices: tuple[str, ...] = ()

    @property
    def last(self) -> Query:
        """The last question. There must be one."""
        return self.questions[0]

    @property
    def speakers(self) -> list[str]:
        """Whom the last answer quotes or reports, each once."""
        return list(dict.fromkeys(one.speaker for one in self.cited if one.speaker))

    @property
    def near(self) -> tuple[str, ...]:
        """The articles that the last answer cites."""
        return tuple(dict.fromkeys(one.place.source for one in self.cited))


def last_question(history: Sequence[Turn]) -> int | None:
    """Where the last turn stands that asks anything; None where nobody asked yet."""
    asking = (place for place in range(len(history) - 1, -1, -1) if is_question(history[place]))
    return next(asking, None)


def cited_last(history: Sequence[Turn]) -> set[str]:
    """The articles that the answer to the last question cites."""
    asked = last_question(history)
    return (
        set() if asked is None else {one.place.source for turn in history[asked + 1 : asked + 2] for one in turn.cited}
    )


def is_question(turn: Turn) -> bool:
    """Whether a turn asks something of the articles; a greeting does not."""
    is_readable = any(map(str.isalnum, turn.content)) and len(turn.content) <= LONGEST_QUESTION
    return turn.role == "user" and is_readable and bool(wording.without_chat(turn.content)[0])


def asked_of(query: Query) -> list[str]:
    """Whom a question asks about, in its own words as far as it has any."""
    if query.speaker is None:
        return []
    return [query.link.written if query.link else query.speaker, *query.others]


def about(query: Query) -> str:
    """The words " about TOPIC"; none where it asks for everything."""
    return f" about {query.topic}" if query.topic else ""


def people(talk: Conversation, known: Known) -> list[str]:
    """The people whom the questions name, as written, those of the latest first."""
    found: list[str] = []
    for query in talk.questions:
        named = names_of(query)
        persons = (name for name in named if is_person(name, known) or gender_told(name, known))
        found += [*asked_of(query), *_in_a_role(query.standalone, known), *persons]
    return list(dict.fromkeys(found))


def names_of(query: Query) -> list[str]:
    """The names in a question, as it was understood."""
    return [query.standalone[start:end] for start, end in names_in(query.standalone)]


def _in_a_role(text: str, known: Known) -> list[str]:
    """Those whom a question means by a role alone, if articles know one holder: "Everton's manager"."""
    owners = [(text[start:end], _ROLE.match(text, end)) for start, end in names_in(text)]
    held = (_holder(owner, behind["role"].split(), known) for owner, behind in owners if behind)
    return list(filter(None, held))


def _holder(owner: str, role: list[str], known: Known) -> str | None:
    """The one holder of the longest role that the words name."""
    held = (known.holder(f"{owner} {' '.join(role[:length])}") for length in range(len(role), 0, -1))
    return next(filter(None, held), None)


def thing(talk: Conversation, known: Known) -> str | None:
    """What the latest question with a thing is about: its topic, else the last thing that it names or its noun."""
    return next(filter(None, (_thing(query, known) for query in talk.questions)), None)


def asked_about(talk: Conversation, known: Known) -> str:
    """The names of the last questions, things before people; the words of one that is itself mere words."""
    whole = next((query for query in talk.questions if not query.standalone.endswith(")?")), talk.last)
    if whole.intent == "fact" and not ASKS.match(wording.plain(whole.standalone)):
        return " ".join(whole.terms[:_CONTEXT_WORDS])
    asked = [query.standalone for query in talk.questions[:2]]
    named = [text[start:end] for text in asked for start, end in names_in(text)]
    things = sorted(dict.fromkeys(named), key=lambda name: is_person(name, known))
    return ", ".join(things[:_CONTEXT]) or thing(talk, known) or ""


def place(talk: Conversation) -> str | None:
    """Where the latest question that names a place looks."""
    return next(filter(None, map(_place, talk.questions)), None)


def is_person(name: str, known: Known) -> bool:
    """Whether an article mentions a person of that name."""
    return any(not bearer.is_body for bearer in known.bearers(bare(name))) and not nation_of(bare(name))


def may_be(name: str, pronoun: str, known: Known) -> bool:
    """Whether "he" or "she" may mean them: a name or a title that tells it, or a speaker of whom neither tells."""
    told = gender_told(name, known)
    spoken = speakers.on_record(name, known)
    return told == pronoun or (told is None and spoken is not None and is_person(spoken, known))


def gender_told(name: str, known: Known) -> str | None:
    """What a name, or the title that articles give its bearer, tells: "he", "she" or nothing."""
    parts = tuple(bare(name).split())
    bearers = [bearer for bearer in known.bearers(bare(name)) if not bearer.is_body][:1]
    titles = tuple(word.lower() for bearer in bearers for title in bearer.titles for word in title.split())
    whole = tuple(bearers[0].name.split()) if bearers else parts
    return gender_of((name.lower().split()[0],), parts) or gender_of(titles, whole)


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
            small = word.group().lower()
            if small in words.FUNCTION_WORDS or small.endswith("ed") or words.is_irregular_verb(small):
                break
            end = match.start("rest") + word.end()
        if end > match.start("rest"):
            found.append((match.start(), end))
    return found


def stems(texts: Iterable[str]) -> frozenset[str]:
    """The stems of all words of the texts."""
    return frozenset(words.stem(word) for text in texts for word in words.words(text))


def _thing(query: Query, known: Known) -> str | None:
    if query.topic or query.intent != "fact":
        return query.topic
    plain = wording.plain(query.standalone)
    things = [(start, end) for start, end in names_in(plain) if not is_person(plain[start:end], known)]
    nouns = [(start, end) for start, end in nouns_in(plain) if not any(start <= one <= end for one, _ in things)]
    whole = next((stretch for stretch in nouns if stretch[0] < (things[0][0] if things else len(plain))), None)
    start, end = whole or (things[-1] if things else (0, 0))
    if end == len(plain) and plain.count(" ", start, end) > 1 and _DO.search(plain, 0, start):
        end = plain.rindex(" ", start, end)  # the verb: "does the pier bridge cost"
    the = "the " if things and plain[max(0, start - 4) : start].lower() == "the " else ""
    return f"{the}{plain[start:end]}" if end else None


def _place(query: Query) -> str | None:
    if query.topic and (query.intent == "summary" or any(map(nation_of, re.split("[ -]", query.topic)))):
        return query.topic
    found = [match["place"] for match in _PLACED.finditer(wording.plain(query.standalone))]
    return found[-1] if found else None
