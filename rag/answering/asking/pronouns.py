"""Pronouns of a follow-up, filled in from the conversation, and left where their meaning is in doubt.

Knows questions, and nothing of what was said.
"""

from __future__ import annotations

import re

from rag.answering.asking import grammar, speakers, wording
from rag.answering.asking.conversation import Asked, names_in, nouns_in, people_in_answer
from rag.answering.asking.phrasings import phrasings
from rag.answering.asking.reading import group
from rag.answering.known import Known
from rag.text.names import gender_of

_PERSON = re.compile(r"\b(?P<word>he|she|him|(?:his|her)(?: own)?)\b(?![’']d like)", re.IGNORECASE)
_THEY = re.compile(r"\b(?P<word>they|them|their)\b", re.IGNORECASE)
_IT = re.compile(
    r"\b(?P<word>its?)\b"
    r"|\b(?P<that>that|this|these|those)(?=$|[?.!,]| (?:in|on|at|since|last|before|after|then|too|as well)\b)",
    re.IGNORECASE,
)
_THERE = re.compile(
    r"\b(?P<from>from |to |in |over )?(?P<word>there)\b(?! (?:is|are|was|were|be|been|any|an?)\b)", re.IGNORECASE
)
_SAY = "say|says|said|claim|claims|claimed|think|thinks|thought|state|states|stated"
_SAYS = re.compile(rf"\b(?:{_SAY}) (?P<word>that|so|it|this)(?=$|[?.!,])", re.IGNORECASE)
_CLAUSE = re.compile(rf"\b(?:{_SAY}|believe|believes|warn|warned|warns) (?:that )?(?P<clause>.+)$", re.IGNORECASE)
_OBJECT_ENDS = re.compile(
    r"^(?:$|[?.!,;]| (?:in|on|at|for|by|of|about|to|with|as|and|or|say|think|from|after|before|when|why|a|an|the)\b)",
    re.IGNORECASE,
)
_OF_SPEECH = re.compile(rf"\b(?:{_SAY}|comment|speak|spoke|talk|write|react|respond)\b", re.IGNORECASE)
_OWNERS = frozenset({"his", "her", "their", "its"})
_GENDERS = {"he": "he", "him": "he", "his": "he", "she": "she", "her": "she"}


def filled(question: str, before: Asked, known: Known) -> str:
    """The question with its pronouns replaced by what they point back at, as far as that can be told."""
    text = _that_was_said(question, before)
    text = _people(text, before, known)
    text = _they(text, before, known)
    if before.thing and not _is_expletive("it", text):
        text = _things(text, before.thing)
    if before.place and not _is_expletive("there", text):
        text = _THERE.sub(lambda match: f"{match['from'] or 'in '}{before.place}", text)
    return text


def _is_expletive(word: str, text: str) -> bool:
    """Whether "it" or "there" means nothing, as in "is it true"."""
    return any(
        re.search(rf"\b(?:{pattern.pattern})", text, re.IGNORECASE)
        for pattern in phrasings("follow_up", f"expletive_{word}")
    )


def _that_was_said(question: str, before: Asked) -> str:
    """What "say that" means, from the question before: "say that about the EU", "say that Russia is ready"."""
    match = _SAYS.search(question)
    if match is None or before.reading is None or before.reading.intent not in {"statement", "who_said"}:
        return question
    if before.topic:
        return f"{question[: match.start('word')]}that about {before.topic}{question[match.end('word') :]}"
    clause = _CLAUSE.search(before.plain)
    if clause is None:
        return question
    return f"{question[: match.start('word')]}that {clause['clause']}{question[match.end('word') :]}"


def _people(question: str, before: Asked, known: Known) -> str:
    """he, she, him, his, her; not where the question itself names who is meant."""
    own = _own_speaker(question, known)
    for match in reversed(list(_PERSON.finditer(question))):
        word = match["word"].lower()
        besides = own if word in _OWNERS else None
        if (
            "own" in word
            or _names_another(question[: match.start()], besides, known)
            or (own and word in {"he", "she"})
        ):
            continue
        meant = _meant(before, _GENDERS[word], known)
        if meant is None or meant == own:
            continue
        owns = word in _OWNERS and (word == "his" or not _OBJECT_ENDS.match(question[match.end() :]))
        question = _put(question, match, meant, owns=owns)
    return question


def _meant(before: Asked, gender: str, known: Known) -> str | None:
    """Whom "he" or "she" means: the one whom the answer to a "who" names, else the latest person asked about."""
    asked = [one.written for one in before.people if one.gender in {None, gender}]
    named = [
        one for one in people_in_answer(before.answer, known) if gender_of((), tuple(one.split())) in {None, gender}
    ]
    told = [one for one in named if one not in {speakers.on_record(name, known) for name in asked}]
    if len(told) == 1 and (not asked or re.match("who", before.plain, re.IGNORECASE)):
        return told[0]
    return next(iter(asked), None) or before.person()


def _they(question: str, before: Asked, known: Known) -> str:
    """they, them, their: the two who were compared, a body, or several of what was asked about."""
    matches = list(_THEY.finditer(question))
    if (
        not matches
        or _names_another(question[: matches[0].start()], None, known)
        or names_in(question[: matches[0].start()])
    ):
        return question
    reading = before.reading
    several = [reading.speaker, *reading.others] if reading and reading.speaker else []
    meant = " and ".join(filter(None, several)) or before.thing or before.person()
    for match in reversed(matches) if meant else []:
        question = _put(question, match, str(meant), owns=match["word"].lower() == "their")
    return question


def _things(question: str, thing: str) -> str:
    """it, its, and "that" or "this" where they stand alone; not after a thing that the question itself names."""
    for match in reversed(list(_IT.finditer(question))):
        word = group(match, "word") or group(match, "that") or ""
        start = question[: match.start()]
        if nouns_in(start) or (word.lower() in {"it", "its"} and _things_before(start)):
            continue
        question = f"{start}{thing}{'’s' if word.lower() == 'its' else ''}{question[match.end() :]}"
    return question


def _things_before(start: str) -> bool:
    return bool(names_in(start)) and not _OF_SPEECH.search(start)


def _put(question: str, match: re.Match[str], meant: str, *, owns: bool) -> str:
    """The question with `meant` in place of the pronoun."""
    ending = ("’" if meant.endswith("s") else "’s") if owns else ""
    return f"{question[: match.start()]}{meant}{ending}{question[match.end() :]}"


def _own_speaker(question: str, known: Known) -> str | None:
    """The speaker on record whom the question itself asks about."""
    reading = grammar.read(wording.plain(question), known)
    speaker = reading.speaker if reading else None
    return speaker if speaker and speakers.on_record(speaker, known) else None


def _names_another(start: str, besides: str | None, known: Known) -> bool:
    """Whether somebody on record is named before the pronoun, and so meant by it; `besides` does not count."""
    named = [start[one:end] for one, end in names_in(start)]
    return any(name != besides and speakers.on_record(name, known) for name in named)
