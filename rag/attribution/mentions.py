"""Reads how a sentence names a speaker: the words, and which of them are a name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from rag.attribution.masking import Unit
from rag.attribution.syntax import children
from rag.core import Span
from rag.text.names import (
    PARTISANS,
    Gender,
    WrittenName,
    is_body,
    is_given_name,
    is_person_noun,
    lookup_form,
    name_lists,
    nation_of,
    read_name,
    whole_body,
    written_names,
)
from rag.text.quotation_marks import OPENING
from rag.text.spacy_models import function_words
from rag.text.speech_verbs import is_told, lexicon
from rag.text.tokens import word_list

if TYPE_CHECKING:
    from spacy.tokens import Token

_OF = {"of", "for", "in", "at", "from", "to", "with"}
_LONGEST_TAIL = (
    8  # words after the head noun that still name the speaker: “a spokesman for the Russian Foreign Ministry”
)
_LEGAL = {"inc", "ltd", "llc", "corp", "plc", "co"}
_LONGEST_NAME = 40  # characters
_SOME = word_list("some")
_ALSO_NAMES = word_list("titles that are names")
_PEOPLE = re.compile(r"(?:an|ish|ese|i|ch|ian|scot)$")
"""How words end that mean somebody of a nation, not the nation."""
_CAPITAL = r"[^\W_a-z][\w’'&./-]*"
_BODY = re.compile(rf"[Tt]he (?P<name>{_CAPITAL}(?:(?: (?:and|of|for|on|in|to|the|&))* {_CAPITAL})+)")
"""A phrase that is a body's name as a whole: “the Food and Drug Administration”, “The Old Farmer's Almanac”."""
_MARKS = (*OPENING, '"', "'")
_HIM, _HER = re.compile(r"\b[Hh](?:e|is|im)\b"), re.compile(r"\b(?:[Ss]he|[Hh]ers?)\b")
_SPEAKS = re.compile(r"\b(?:I|[Mm]y|[Mm]e|[Ww]e|[Oo]ur)\b")
_PRONOUNS: dict[str, Literal["he", "she", "it"]] = {
    "he": "he", "his": "he", "she": "she", "her": "she", "it": "it", "its": "it",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SpeakerMention:
    """The words that name a speaker at a cue. `name` is the part that is a name, `words` all of them."""

    written: str
    span: Span
    kind: Literal["he", "she", "it", "name", "noun", "joint", "other"]
    words: tuple[str, ...] = ()
    name: WrittenName | None = None
    definite: bool = True


@dataclass(frozen=True, slots=True)
class Meant:
    """The person or body a mention means, by its fullest name or None, and how certain that is, from 0 to 1.

    `candidates` are the names between which nothing decides. `speaks_for` is whose spokesman, lawyer or office it is.
    """

    name: str | None
    certainty: float
    candidates: tuple[str, ...] = ()
    speaks_for: str | None = None


@dataclass(frozen=True, slots=True)
class Spoken:
    """Somebody who spoke at `offset`, by name or, where `name` is None, by gender if it is told.

    `asked` is who was asked, where the words were a question; `speaks_for` as in `Meant`. `others` are those whom the
    speaker called, thanked or blamed there: a pronoun that follows may mean them as well. Without `is_person` it is a
    body, or several people.
    """

    offset: int
    name: str | None
    gender: Gender | None = None
    asked: str | None = None
    speaks_for: str | None = None
    others: frozenset[str] = frozenset()
    is_person: bool = True


def mention_of(token: Token, unit: Unit, text: str) -> SpeakerMention:
    """Returns the words that name a speaker: the noun phrase of `token`."""
    begin, token = _whole_word(token)
    named = _apposed(token) or _called(token) or token
    first = _first(token, begin)
    last = _tail(token) if named == token and token.pos_ == "NOUN" else max(named, token, key=lambda word: word.i)
    span = unit.span_of(first.idx, last.idx + len(last.text))
    written = text[span.start : span.end]
    words = tuple(word.text for word in token.doc[first.i : token.i + 1] if not word.is_space)
    if (joint := _joint(token, named, first, words, unit, text)) is not None:
        return joint
    lower = token.lower_
    is_pronoun = token.pos_ == "PRON" and (token.text.islower() or lower in function_words("en"))
    if is_pronoun or lower in _PRONOUNS or lower in {"they", "i", "we", "you"}:
        return SpeakerMention(written, span, _PRONOUNS.get(lower, "other"), words)
    if _is_nobody_in_particular(token, named):
        return SpeakerMention(written, span, "noun", words, definite=False)
    name = _name_at(text, unit.span_of(named.idx, named.idx + len(named.text)), span)
    name = _in_full(name, named, text, unit.span.end) if name is not None else None
    name = _whole_phrase(name, named, text, span) if name is not None else None
    name = _as_recognised(name, named, unit) if name is not None else None
    if (
        name is not None
        and named == token
        and (not name.possessive or name.text.endswith(("'s", "’s")))
        and span.end < name.span.end <= unit.span.end
    ):
        stop = text[name.span.end - 1] == "." and not name.text.endswith(".")
        span = Span(span.start, name.span.end - stop)
        written = text[span.start : span.end]
    if name is not None and name.name and _is_written_as_name(named):
        return SpeakerMention(written, span, "name", words, name)
    tail = tuple(word.text for word in token.doc[token.i + 1 : last.i + 1])
    alone = name if last == token and token.text[0].isupper() and first == token else None
    definite = token.tag_ not in {"NNS", "NNPS"} and (first.lower_ not in {"a", "an", "one", "another", "some"})
    return SpeakerMention(
        written, span, "noun", (*(word for word in tail if word[:1].isupper()), *words), alone, definite
    )


def _first(token: Token, begin: Token) -> Token:
    """Returns the first word of the noun phrase, behind any mark, conjunction or verb of saying that opens it."""
    first = min(token.left_edge, begin.left_edge, key=lambda word: word.i)
    while first.i < token.i and (
        first.is_punct
        or first.is_space
        or first.dep_ in {"cc", "punct"}
        or (first.tag_ in {"VBD", "VBN"} and is_told(first.lower_))
    ):
        first = first.nbor()
    return first


def is_one_person(mention: SpeakerMention) -> bool:
    """Tells whether the words are for one person: “a spokesman”, not “officials” or “the ministry”."""
    last = mention.words[-1] if mention.words else ""
    called = last[:1].isupper() and not last.endswith("s") and not is_body((last,))  # the Kiwi, the Dutchman
    return (
        mention.kind == "name"
        or (mention.kind == "noun" and called)
        or last.endswith("-old")
        or (is_person_noun(last) and not is_plural(lookup_form(last)))
    )


def is_plural(noun: str) -> bool:
    """Tells whether a noun for people means several: “officials”, “policemen”, and not “witness”."""
    return noun.endswith(("s", "men")) and not noun.endswith("ss")


def tells_of_another(text: str, content: Iterable[Span], gender: Gender) -> bool:
    """Tells whether a quotation tells of somebody as “he” and nobody says “I”: who was told of does not say it."""
    words = " ".join(text[span.start : span.end] for span in content if text[span.start - 1 : span.start] in _MARKS)
    pronoun = _HIM if gender == "he" else _HER
    return pronoun.search(words) is not None and _SPEAKS.search(words) is None


def _whole_word(token: Token) -> tuple[Token, Token]:
    """Returns the first and the last part of a word that the parser cuts at its hyphens: al-Rahbi."""
    begin = end = token
    while end.i + 1 < len(end.doc) and not end.whitespace_ and (end.text == "-" or end.nbor().text == "-"):
        end = end.nbor()
    while begin.i and not begin.nbor(-1).whitespace_ and (begin.text == "-" or begin.nbor(-1).text == "-"):
        begin = begin.nbor(-1)
    return begin, end if end.text != "-" else token


def _joint(
    token: Token, named: Token, first: Token, words: tuple[str, ...], unit: Unit, text: str
) -> SpeakerMention | None:
    """Reads several who speak together, or one person with two titles: “former Gov. and Chairman Ed Rendell”."""
    heads = [token] if named == token else [token, named]
    others = [child for head in heads for child in children(head, "conj") if child.i > token.i]
    phrase = unit.span_of(first.idx, token.idx + len(token.text))
    if _names_two(text, phrase):
        return SpeakerMention(text[phrase.start : phrase.end], phrase, "joint", words)
    if not others:
        return None
    if _is_office(token, unit, text) and others[-1].pos_ == "PROPN":
        whole = unit.span_of(first.idx, others[-1].idx + len(others[-1].text))
        return replace(mention_of(others[-1], unit, text), written=text[whole.start : whole.end], span=whole)
    whole = unit.span_of(first.idx, token.right_edge.idx + len(token.right_edge.text))
    return SpeakerMention(text[whole.start : whole.end], whole, "joint", words)


def _names_two(text: str, span: Span) -> bool:
    """Tells whether a phrase that the parser takes for one person names two.

    “Minister Ada Brel and Mayor Tom Rusk”, “Duke and Tom Rusk”.
    """
    every = list(written_names(text, span))
    full = (run for run in every if len(run.name) > 1 and not is_body(run.name))
    runs = [run for run in full if not run.possessive and (run.title or is_given_name(run.name[0]))][-2:]
    if len(runs) > 1:
        return re.search(r"\band\b", text[runs[0].span.end : runs[1].span.start]) is not None
    if len(every) != 2 or not runs or runs[0] != every[1] or runs[0].title:  # noqa: PLR2004
        return False
    first = every[0]
    called = first.title[0] in _ALSO_NAMES if first.title else not is_body(first.name)
    alone = first.span.start == span.start and " " not in text[first.span.start : first.span.end]
    return called and alone and text[first.span.end : runs[0].span.start] == " and "


def _is_office(token: Token, unit: Unit, text: str) -> bool:
    runs = list(written_names(text, unit.span_of(token.left_edge.idx, token.idx + len(token.text))))
    return bool(runs) and all(not run.name for run in runs[-1:]) and bool(runs[-1].title)


def _is_written_as_name(token: Token) -> bool:
    """Returns a capital tells a name, but not at the head of a sentence: “Advocates say”."""
    while token.i and not (token.nbor(-1).whitespace_ or token.nbor(-1).is_punct or token.nbor(-1).is_space):
        token = token.nbor(-1)  # the parser cuts “TrÃ©vidic” in three
    if token.pos_ == "PROPN" or not token.text[0].isupper():
        return token.pos_ == "PROPN"
    common = token.tag_ == "NNS" or "human" in lexicon().frames(token.lemma_.lower())
    return token.i > token.sent.start or not common


def _apposed(token: Token) -> Token | None:
    """Returns the name in “Russia's foreign minister, Sergei Lavrov,”."""
    if token.pos_ == "PROPN" and token.ent_type_ == "PERSON":
        return None
    if token.i + 1 < len(token.doc) and token.nbor().pos_ == "PROPN" and token.pos_ == "NOUN":
        return next(
            (child for child in token.children if child.dep_ == "appos" and token.nbor() in child.subtree), None
        )
    within = [leaf for child in token.children if child.dep_ == "prep" for leaf in child.children]
    if (body := _body_behind(token)) is not None:
        return body
    for holder in (token, *within):
        for child in holder.children:
            named = child.dep_ == "appos" and child.pos_ == "PROPN" and child.ent_type_ == "PERSON"
            if named and child.i > token.i and child.doc[max(0, child.left_edge.i - 1)].text != "(":  # “Hahn (R-Fla.)”
                return child
    return None


def _body_behind(token: Token) -> Token | None:
    """Returns the name between commas behind what it is, a body's too: “The charterer, Blue Petrel Lines, said”."""
    if token.tag_ != "NN" or token.dep_ != "nsubj" or token.i + 1 >= len(token.doc) or token.nbor().text != ",":
        return None
    apposed = [child for child in token.children if child.dep_ == "appos" and child.tag_ in {"NNP", "NNPS"}]
    near = [child for child in apposed if child.left_edge.i == token.i + 2]
    closed = near and near[0].right_edge.i + 1 < len(token.doc) and near[0].right_edge.nbor().text == ","
    return near[0] if closed else None


def _called(token: Token) -> Token | None:
    """Returns the full name right behind what somebody is, whatever the parser makes of it: “union man Per Ost”."""
    if not token.text.islower() or not is_person_noun(token.text):
        return None
    last = token
    while last.i + 1 < len(token.doc) and last.nbor().text[:1].isupper() and last.whitespace_:
        last = last.nbor()
    return last if last.i >= token.i + 2 else None


def _tail(token: Token) -> Token:
    for child in token.rights:
        if child.lower_ == "close" and child.i == token.i + 1:  # “a source close to Berg”
            return _tail(child)
        if child.dep_ == "prep" and child.lower_ in _OF and child.i == token.i + 1:
            edge = child.right_edge
            if edge.i - token.i <= _LONGEST_TAIL and not any(word.pos_ == "VERB" for word in child.subtree):
                return edge.nbor(-1) if edge.is_punct else edge
    return token


def _is_nobody_in_particular(token: Token, named: Token) -> bool:
    """Tells whether capitals name no one: “several New York Democrats”, “a Republican”, “the American”."""
    if token.pos_ != "PROPN" or named != token:
        return False
    before = [child for child in token.children if child.i < token.i]
    plural = token.text.endswith("s") and token.tag_ in {"NNPS", "NNS"}
    if any(child.lower_ in _SOME or child.pos_ == "NUM" for child in before) and plural:
        return True
    if plural and any(child.dep_ in {"amod", "advmod"} and child.text.islower() for child in before):
        return True  # “senior Democrats”
    clauses = children(token, "relcl")
    if token.tag_ in {"NNPS", "NNS"} and any(clause.left_edge.i == token.i + 1 for clause in clauses):
        return True  # “Republicans who agree that …”
    noun = lookup_form(token.text)
    alone = all(child.dep_ in {"det", "amod", "advmod", "compound", "nummod"} for child in before)
    articles = {child.lower_ for child in before}
    if alone and noun in PARTISANS and articles & {"the", "a", "an", "one", "another"}:  # the Kentucky Republican
        return True
    of_nation = _PEOPLE.search(noun) is not None and nation_of(noun) is not None
    return (alone and bool(articles & {"the", "a", "an", "one", "another"}) and of_nation) or _is_interviewer(token)


def _is_interviewer(token: Token) -> bool:
    """Tells whether the parser took who asked for who answered: the CNN of “pediatricians CNN spoke with said”."""
    asked = [child.i for child in token.children if child.tag_ == "NNS" and child.dep_ in {"compound", "nmod"}]
    return bool(asked) and is_body(tuple(word.text for word in token.doc[asked[-1] + 1 : token.i + 1]))


def _in_full(name: WrittenName, named: Token, text: str, end: int) -> WrittenName:
    """Returns the name with what looks like grammar but belongs to it: Moody's, the Centers for Disease Control."""
    behind = named.nbor() if named.i + 1 < len(named.doc) else named
    owns = named.dep_ == "poss" or (behind.i + 1 < len(named.doc) and behind.nbor().pos_ == "NOUN")
    if name.possessive and name.name and behind.tag_ == "POS" and not owns:
        return replace(name, name=(*name.name[:-1], name.name[-1] + behind.text))
    is_linked = behind.pos_ != "ADP" or behind.head == named  # not “calls by the United Nations for …”
    return whole_body(text, name, end) if is_linked else name


def _whole_phrase(name: WrittenName, named: Token, text: str, span: Span) -> WrittenName | None:
    """Returns the whole phrase where it is a body's name of which the run holds a part.

    Nobody for a title in quotes.
    """
    if text[name.span.start - 1 : name.span.start] in tuple(OPENING):  # the “Apocalypse Now” actor
        return None
    span = Span(span.start, max(span.end, name.span.end))
    found = _BODY.fullmatch(text, span.start, span.end)
    runs = list(written_names(text, span))
    if found is None or not runs or any(run.title for run in runs) or named.ent_type_ == "PERSON":
        return name
    start = max(
        (
            run.span.end + 1
            for run in runs[:-1]
            if run.possessive and not (bool(run.name) and is_person_noun(run.name[-1]))
        ),
        default=0,
    )
    first, end = max(start, found.start("name")), found.end("name")
    words = text[first:end].rstrip(".").split()
    person = any(map(is_given_name, (words[0], *name.name[:1])))
    if len(words) <= len(name.name) or person or lookup_form(words[-1]) in name_lists().openers:
        return name
    return WrittenName(Span(first, end), (), tuple(words), possessive=False)


def _as_recognised(name: WrittenName, named: Token, unit: Unit) -> WrittenName:
    """Returns the name with the borders of the parser's entity.

    A body's may be wider (All Nippon Airways, Moody's Analytics), a person's narrower (American Ada Lund).
    """
    entity = next((found for found in named.doc.ents if found.start <= named.i < found.end), None)
    if entity is None or not name.name or name.title or name.possessive:
        return name
    words = re.sub(r"^[Tt]he ", "", entity.text).split()
    count = len(name.name)
    if entity.label_ == "PERSON":
        before = name.name[: count - len(words)]
        is_called = 1 < len(words) < count and list(name.name[-len(words) :]) == words
        described = all(nation_of(word.lower()) or is_plural(word.lower()) for word in before)
        return replace(name, name=tuple(words)) if is_called and described else name
    held = [at for at in range(len(words) - count + 1) if list(name.name) == words[at : at + count]]
    is_owned = any(word.endswith(("'s", "’s", "'", "’")) for word in words)
    is_theirs = not is_owned or is_body(tuple(words[-1:])) or is_plural(words[-1].lower())
    if entity.label_ != "ORG" or len(words) == count or not held or not is_theirs or not words[0][:1].isupper():
        return name
    span = unit.span_of(entity.start_char, entity.end_char)
    return WrittenName(Span(span.end - len(" ".join(words)), span.end), (), tuple(words), possessive=False)


def _name_at(text: str, head: Span, phrase: Span) -> WrittenName | None:
    """Returns the run of capitalised words around the head; it may reach beyond the phrase ("Navy Capt.

    Jeff Davis").
    """
    near = Span(phrase.start, min(len(text), max(phrase.end, head.end) + _LONGEST_NAME))
    runs = list(written_names(text, near))
    found = [run for run in runs if run.span.overlaps(head)]
    if found and lookup_form(found[-1].text) in _LEGAL and (place := runs.index(found[-1])):
        before = runs[place - 1]
        found = [before] if text[before.span.end : found[-1].span.start] == ", " else found  # “Huy Foods, Inc.”
    if not found or len(found[-1].name) < 2 or not is_told(found[-1].name[0].lower()):  # noqa: PLR2004  a cue and a name
        return found[-1] if found else None
    cue, *name = text[found[-1].span.start : found[-1].span.end].split()  # “Stated Stone:”
    return read_name(name, found[-1].span.start + len(cue) + 1)
