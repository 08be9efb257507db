"""Keeps a conversation as structure: its questions as understood, and what a pronoun of a follow-up refers to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.answering.understanding import answer_type, entity_linking, intents, normalise
from rag.answering.understanding.entity_index import EntityIndex, bare
from rag.answering.understanding.phrasings import phrasings
from rag.core import Cited, Query, Turn
from rag.text import tokens
from rag.text.names import gender_of, nation_of

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


def sources_cited_last(history: Sequence[Turn]) -> set[str]:
    """The articles that the answer to the last question cites."""
    asked = last_question(history)
    return (
        set() if asked is None else {one.place.source for turn in history[asked + 1 : asked + 2] for one in turn.cited}
    )


def is_question(turn: Turn) -> bool:
    """Whether a turn asks something of the articles; a greeting does not."""
    is_readable = any(map(str.isalnum, turn.content)) and len(turn.content) <= LONGEST_QUESTION
    return turn.role == "user" and is_readable and bool(normalise.without_chat(turn.content)[0])


def asked_of(query: Query) -> list[str]:
    """Whom a question asks about, in its own words as far as it has any."""
    if query.speaker is None:
        return []
    return [query.link.written if query.link else query.speaker, *query.others]


def about(query: Query) -> str:
    """The words " about TOPIC"; none where it asks for everything."""
    return f" about {query.topic}" if query.topic else ""


def people_asked_about(talk: Conversation, known: EntityIndex) -> list[str]:
    """The people whom the questions name, as written, those of the latest first."""
    found: list[str] = []
    for query in talk.questions:
        named = names_of(query)
        persons = (name for name in named if is_person(name, known) or pronoun_told(name, known))
        found += [*asked_of(query), *_in_a_role(query.standalone, known), *persons]
    return list(dict.fromkeys(found))


def names_of(query: Query) -> list[str]:
    """The names in a question, as it was understood."""
    return [query.standalone[start:end] for start, end in name_offsets(query.standalone)]


def _in_a_role(text: str, known: EntityIndex) -> list[str]:
    """Those whom a question means by a role alone, if articles know one holder: "Everton's manager"."""
    owners = [(text[start:end], _ROLE.match(text, end)) for start, end in name_offsets(text)]
    held = (_holder(owner, behind["role"].split(), known) for owner, behind in owners if behind)
    return list(filter(None, held))


def _holder(owner: str, role: list[str], known: EntityIndex) -> str | None:
    """The one holder of the longest role that the words name."""
    held = (known.holder(f"{owner} {' '.join(role[:length])}") for length in range(len(role), 0, -1))
    return next(filter(None, held), None)


def thing(talk: Conversation, known: EntityIndex) -> str | None:
    """What the latest question with a thing is about: its topic, else the last thing that it names or its noun."""
    return next(filter(None, (_thing(query, known) for query in talk.questions)), None)


def asked_about(talk: Conversation, known: EntityIndex) -> str:
    """The names of the last questions, things before people; the words of one that is itself mere words."""
    whole = next((query for query in talk.questions if not query.standalone.endswith(")?")), talk.last)
    if whole.intent == "fact" and not ASKS.match(normalise.without_courtesies(whole.standalone)):
        return " ".join(whole.terms[:_CONTEXT_WORDS])
    asked = [query.standalone for query in talk.questions[:2]]
    named = [text[start:end] for text in asked for start, end in name_offsets(text)]
    things = sorted(dict.fromkeys(named), key=lambda name: is_person(name, known))
    return ", ".join(things[:_CONTEXT]) or thing(talk, known) or ""


def place(talk: Conversation) -> str | None:
    """Where the latest question that names a place looks."""
    return next(filter(None, map(_place, talk.questions)), None)


def is_person(name: str, known: EntityIndex) -> bool:
    """Whether an article mentions a person of that name."""
    return any(not bearer.is_body for bearer in known.bearers(bare(name))) and not nation_of(bare(name))


def may_be_meant_by(name: str, pronoun: str, known: EntityIndex) -> bool:
    """Whether "he" or "she" may mean them: a name or a title that tells it, or a speaker of whom neither tells."""
    told = pronoun_told(name, known)
    spoken = entity_linking.name_on_record(name, known)
    return told == pronoun or (told is None and spoken is not None and is_person(spoken, known))


def pronoun_told(name: str, known: EntityIndex) -> str | None:
    """What a name, or the title that articles give its bearer, tells: "he", "she" or nothing."""
    parts = tuple(bare(name).split())
    bearers = [bearer for bearer in known.bearers(bare(name)) if not bearer.is_body][:1]
    titles = tuple(word.lower() for bearer in bearers for title in bearer.titles for word in title.split())
    whole = tuple(bearers[0].name.split()) if bearers else parts
    return gender_of((name.lower().split()[0],), parts) or gender_of(titles, whole)


def name_offsets(text: str) -> list[tuple[int, int]]:
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
            if small in tokens.FUNCTION_WORDS or small.endswith("ed") or tokens.is_irregular_verb(small):
                break
            end = match.start("rest") + word.end()
        if end > match.start("rest"):
            found.append((match.start(), end))
    return found


def stems_of(texts: Iterable[str]) -> frozenset[str]:
    """The stems of all words of the texts."""
    return frozenset(tokens.stem(word) for text in texts for word in tokens.words(text))


def _thing(query: Query, known: EntityIndex) -> str | None:
    if query.topic or query.intent != "fact":
        return query.topic
    plain = normalise.without_courtesies(query.standalone)
    things = [(start, end) for start, end in name_offsets(plain) if not is_person(plain[start:end], known)]
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
    found = [match["place"] for match in _PLACED.finditer(normalise.without_courtesies(query.standalone))]
    return found[-1] if found else None


_PERSON = re.compile(r"\b(?P<word>he|she|him|(?:his|her)(?! own))\b(?![’']d like)", re.IGNORECASE)
_THEY = re.compile(r"\b(?P<word>they|them|their)\b", re.IGNORECASE)
_IT = re.compile(
    r"\b(?P<word>its?\b"
    r"|(?<!\bdo )(?<!\bdid )(?<!\bdone )(?<!\bdoing )"
    r"(?:that|this|these|those)(?=$|[?.!,]| (?:in|on|at|since|last|before|after|then|too|as well)\b))",
    re.IGNORECASE,
)
_THERE = re.compile(r"\b(?P<from>from |to |in |over )?there\b(?! (?:is|are|was|were|be|been|any|an?)\b)", re.IGNORECASE)
_SAY = "say|says|said|claim|claims|claimed|think|thinks|thought|state|states|stated"
_OF_SPEECH = re.compile(rf"\b(?:{_SAY}|comment|speak|spoke|talk|write|react|respond)\b", re.IGNORECASE)
_OBJECT_ENDS = re.compile(
    r"^(?:$|[?.!,;]| (?:in|on|at|for|by|of|about|to|with|as|and|or|say|think|from|after|before|when|why|a|an|the"
    r"|\w+ed)\b)",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"\bhow many (?P<noun>[\w-]+)", re.IGNORECASE)
_OF_A_KIND = re.compile(rf"which (?!{ASKS.pattern})[a-z]", re.IGNORECASE)
_GENDERS = {"he": "he", "him": "he", "his": "he", "she": "she", "her": "she"}
_LONG = 6
"""Words of a topic that is too long to be told again whole."""

_THIN = 3
"""Words of a question that says little without the people of the last one."""


def filled(question: str, named: tuple[str, ...], talk: Conversation, known: EntityIndex) -> str:
    """The question with its pronouns replaced by what they point back at; people just `named` come first.

    One that carries its context in brackets is whole.
    """
    if question.rstrip("?").endswith(")"):
        return question
    text = _with_people(question, named, talk, known)
    text = _with_things(_with_group(text, talk, known), talk, known)
    where = place(talk)
    if where and not _means_nothing("there", text):
        text = _THERE.sub(lambda match: f"{match['from'] or 'in '}{where}", text)
    return text


def _means_nothing(word: str, text: str) -> bool:
    """Whether "it" or "there" points at nothing, as in "is it true"."""
    expletive = phrasings("follow_up", f"expletive_{word}")
    return any(re.search(rf"\b(?:{pattern.pattern})", text, re.IGNORECASE) for pattern in expletive)


def _with_people(question: str, named: tuple[str, ...], talk: Conversation, known: EntityIndex) -> str:
    """he, she, him, his, her; not where the question itself names who may be meant."""
    for match in reversed(list(_PERSON.finditer(question))):
        word, start = match["word"].lower(), question[: match.start()]
        before = [start[one:end] for one, end in name_offsets(start)]
        if any(may_be_meant_by(name, _GENDERS[word], known) for name in before):
            continue
        meant = next((name for name in named if may_be_meant_by(name, _GENDERS[word], known)), None)
        meant = meant or _meant(talk, _GENDERS[word], known)
        owns = word == "his" or (word == "her" and not _OBJECT_ENDS.match(question[match.end() :]))
        is_told = owns and any(_GENDERS[one["word"].lower()] == _GENDERS[word] for one in _PERSON.finditer(start))
        if meant and meant not in before and not is_told:
            question = _put(question, match, meant, owns=owns)
    return question


def with_the_other(whole: str, question: str, talk: Conversation, known: EntityIndex) -> str:
    """The question with the other people of the last one in brackets, where it is thin and points at one of them."""
    own = tokens.content_words(answer_type.without_question_words(normalise.without_courtesies(question)))
    if (
        whole == question
        or name_offsets(question)
        or len(own) > _THIN
        or intents.interpret(normalise.without_courtesies(whole), known)
    ):
        return whole
    named = people_asked_about(Conversation((talk.last,)), known)
    left = [name for name in named if name not in whole]
    return f"{normalise.without_mark(whole)} ({', '.join(left)})?" if left and len(left) < len(named) else whole


def _meant(talk: Conversation, pronoun: str, known: EntityIndex) -> str | None:
    """Whom "he" or "she" means: the one whom the answer to a "who" names, else the latest person asked about."""
    asked = people_asked_about(talk, known)
    fitting = [name for name in asked if may_be_meant_by(name, pronoun, known)]
    keys = [one.key for one in talk.cited if one.key and is_person(one.key, known)] if talk.last.asks == "who" else []
    named = [key for key in keys if key.split()[-1] not in {name.split()[-1] for name in names_of(talk.last)}]
    if keys and not named:
        return None  # the answer only tells again whom the question named
    told = [name for name in dict.fromkeys([*named, *talk.speakers]) if may_be_meant_by(name, pronoun, known)]
    told = [name for name in told if name not in {entity_linking.name_on_record(one, known) for one in fitting}]
    is_answer = talk.last.asks == "who" or talk.last.intent == "who_said" or not fitting
    if told and is_answer and (len(told) == 1 or named or not fitting):
        return told[0]
    voices = [name for name in talk.voices if may_be_meant_by(name, pronoun, known)]
    voices.sort(key=lambda name: pronoun_told(name, known) is None)
    stage_names = [name for name in talk.voices if " " not in name and not tokens.is_acronym(name)]
    return next(iter([*fitting, *voices, *stage_names]), None)


def _with_group(question: str, talk: Conversation, known: EntityIndex) -> str:
    """they, them, their: the two who were compared, a body, or several of what was asked about."""
    matches = list(_THEY.finditer(question))
    start = question[: matches[0].start()] if matches else ""
    if not matches or name_offsets(start):
        return question
    counted = _COUNTED.search(talk.last.standalone)
    meant = " and ".join(asked_of(talk.last)) or (counted["noun"] if counted else thing(talk, known))
    for match in reversed(matches) if meant else []:
        question = _put(question, match, str(meant), owns=match["word"].lower() == "their")
    return question


def _with_things(question: str, talk: Conversation, known: EntityIndex) -> str:
    """it, its, and "that" or "this" where they stand alone; not after a thing that the question itself names."""
    named = None if _is_open(talk.last) else _head(thing(talk, known))
    if not named or _means_nothing("it", question):
        return question
    for match in reversed(list(_IT.finditer(question))):
        word, start = match["word"].lower(), question[: match.start()]
        things = [name for one, end in name_offsets(start) if not is_person(name := start[one:end], known)]
        names_one = bool(things) and not _OF_SPEECH.search(start)
        if talk.last.intent == "fact" and word == "that" and _OF_SPEECH.search(start):
            named = asked_about(talk, known) or named
        if not nouns_in(start) and not (names_one and word in {"it", "its"}):
            question = _put(question, match, named, owns=word == "its")
    return question


def _head(named: str | None) -> str | None:
    """The noun at the beginning of a long topic: "the tweet" of "the tweet with Clinton, money and the star"."""
    if named is None or len(named.split()) < _LONG:
        return named
    return next((named[:end] for start, end in nouns_in(named) if start == 0), named)


def is_left_open(question: str, talk: Conversation) -> bool:
    """Whether "it" or "that" means what only the answer before tells."""
    return _is_open(talk.last) and bool(_IT.search(question)) and not _means_nothing("it", question)


def _is_open(query: Query) -> bool:
    """Whether only the answer tells what a question is about: "which town …?", or one with names in brackets."""
    return query.intent == "fact" and (query.standalone.endswith(")?") or bool(_OF_A_KIND.match(query.standalone)))


def _put(question: str, match: re.Match[str], meant: str, *, owns: bool) -> str:
    """The question with `meant` in place of the pronoun."""
    ending = ("’" if meant.endswith("s") else "’s") if owns else ""
    return f"{question[: match.start()]}{meant}{ending}{question[match.end() :]}"
