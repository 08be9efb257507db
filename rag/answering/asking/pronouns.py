"""What the pronouns of a follow-up point back at: he, they, it, that, there."""

from __future__ import annotations

import re

from rag.answering import words
from rag.answering.asking import grammar, speakers, wanted, wording
from rag.answering.asking.conversation import (
    ASKS,
    Conversation,
    asked_about,
    asked_of,
    gender_told,
    is_person,
    may_be,
    names_in,
    names_of,
    nouns_in,
    people,
    place,
    thing,
)
from rag.answering.asking.phrasings import phrasings
from rag.answering.known import Known
from rag.types import Query

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


def filled(question: str, named: tuple[str, ...], talk: Conversation, known: Known) -> str:
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


def _with_people(question: str, named: tuple[str, ...], talk: Conversation, known: Known) -> str:
    """he, she, him, his, her; not where the question itself names who may be meant."""
    for match in reversed(list(_PERSON.finditer(question))):
        word, start = match["word"].lower(), question[: match.start()]
        before = [start[one:end] for one, end in names_in(start)]
        if any(may_be(name, _GENDERS[word], known) for name in before):
            continue
        meant = next((name for name in named if may_be(name, _GENDERS[word], known)), None)
        meant = meant or _meant(talk, _GENDERS[word], known)
        owns = word == "his" or (word == "her" and not _OBJECT_ENDS.match(question[match.end() :]))
        is_told = owns and any(_GENDERS[one["word"].lower()] == _GENDERS[word] for one in _PERSON.finditer(start))
        if meant and meant not in before and not is_told:
            question = _put(question, match, meant, owns=owns)
    return question


def with_the_other(whole: str, question: str, talk: Conversation, known: Known) -> str:
    """The question with the other people of the last one in brackets, where it is thin and points at one of them."""
    own = words.content_words(wanted.without_question_words(wording.plain(question)))
    if whole == question or names_in(question) or len(own) > _THIN or grammar.read(wording.plain(whole), known):
        return whole
    named = people(Conversation((talk.last,)), known)
    left = [name for name in named if name not in whole]
    return f"{wording.without_mark(whole)} ({', '.join(left)})?" if left and len(left) < len(named) else whole


def _meant(talk: Conversation, pronoun: str, known: Known) -> str | None:
    """Whom "he" or "she" means: the one whom the answer to a "who" names, else the latest person asked about."""
    asked = people(talk, known)
    fitting = [name for name in asked if may_be(name, pronoun, known)]
    keys = [one.key for one in talk.cited if one.key and is_person(one.key, known)] if talk.last.asks == "who" else []
    named = [key for key in keys if key.split()[-1] not in {name.split()[-1] for name in names_of(talk.last)}]
    if keys and not named:
        return None  # the answer only tells again whom the question named
    told = [name for name in dict.fromkeys([*named, *talk.speakers]) if may_be(name, pronoun, known)]
    told = [name for name in told if name not in {speakers.on_record(one, known) for one in fitting}]
    is_answer = talk.last.asks == "who" or talk.last.intent == "who_said" or not fitting
    if told and is_answer and (len(told) == 1 or named or not fitting):
        return told[0]
    voices = [name for name in talk.voices if may_be(name, pronoun, known)]
    voices.sort(key=lambda name: gender_told(name, known) is None)
    stage_names = [name for name in talk.voices if " " not in name and not words.is_acronym(name)]
    return next(iter([*fitting, *voices, *stage_names]), None)


def _with_group(question: str, talk: Conversation, known: Known) -> str:
    """they, them, their: the two who were compared, a body, or several of what was asked about."""
    matches = list(_THEY.finditer(question))
    start = question[: matches[0].start()] if matches else ""
    if not matches or names_in(start):
        return question
    counted = _COUNTED.search(talk.last.standalone)
    meant = " and ".join(asked_of(talk.last)) or (counted["noun"] if counted else thing(talk, known))
    for match in reversed(matches) if meant else []:
        question = _put(question, match, str(meant), owns=match["word"].lower() == "their")
    return question


def _with_things(question: str, talk: Conversation, known: Known) -> str:
    """it, its, and "that" or "this" where they stand alone; not after a thing that the question itself names."""
    named = None if _is_open(talk.last) else _head(thing(talk, known))
    if not named or _means_nothing("it", question):
        return question
    for match in reversed(list(_IT.finditer(question))):
        word, start = match["word"].lower(), question[: match.start()]
        things = [name for one, end in names_in(start) if not is_person(name := start[one:end], known)]
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
