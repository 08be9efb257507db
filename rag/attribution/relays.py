"""Finds whose words a lead-in brings, and through whom they come: letters read out, claims within claims.

"Clerk Biel read a statement from General Darzi:" gives Darzi, through Biel. "Police believe Prell told his wife:" gives
Prell, through the police. Works on one parsed sentence; who people are is `coreference`'s business.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from rag.attribution.carry_over import is_somebody
from rag.attribution.syntax import RELATIVES, SPEECH_CARRIERS, children, citing, has_mark, is_cue, subject
from rag.text.names import is_person_noun
from rag.text.speech_verbs import lexicon

if TYPE_CHECKING:
    from spacy.tokens import Token

_CONVEYING = frozenset(
    """
    read quote cite relay convey recall remind repeat recount recite broadcast post share publish release show play echo
    forward circulate record text summarize summarise paraphrase sign
    """.split()  # noqa: SIM905 - a list of words reads better so
)
"""Verbs of speech whose object may be another's words; with the others a letter is what the subject says it in."""
_REACTING = frozenset(
    [
        "welcome",
        "endorse",
        "oppose",
        "protest",
        "question",
        "lament",
        "regret",
        "support",
        "respond",
        "react",
        "reply",
        "answer",
    ]
)
_LETTING = {"have", "show", "depict", "quote", "cite", "hear", "recall", "remember", "report", "describe", "portray"}
_IMPERSONAL = {"it", "there", "that", "this", "what", "i", "we", "you", *RELATIVES}
_FRAMED = {"ccomp", "xcomp", "pcomp"}


def author_token(noun: Token) -> Token | None:
    """Whose a letter or remark is: “a letter from Tann”, “Prinz's remark”, “an email from Holm to Lund”."""
    if noun.lemma_.lower() not in SPEECH_CARRIERS and "noun" not in lexicon().frames(noun.lemma_.lower()):
        return None
    owners = [_named(owner) for owner in (*(children(noun, "poss") or _possessor(noun)), *_behind(noun))]
    return next((owner for owner in owners if owner.pos_ != "PRON" and _is_author(owner)), None)


def _possessor(noun: Token) -> list[Token]:
    """The name of “Petra Szymborn’s notebook”, where the parser gives it to the preposition in front."""
    before = noun.nbor(-1) if noun.i > 1 else noun
    return [before.head] if before.tag_ == "POS" and before.head.i == before.i - 1 else []


def _named(owner: Token) -> Token:
    """The name in “the diary of Sofia Lind aloud”, whose adverb the parser takes for a noun."""
    names = [child for child in children(owner, "compound") if child.pos_ == "PROPN" and child.i + 1 == owner.i]
    return names[0] if owner.pos_ == "NOUN" and names and not is_somebody(owner) else owner


def _is_author(owner: Token) -> bool:
    """Whether a token names a person or body; also a name that the parser takes for a place or for part of another."""
    return is_somebody(owner) or (owner.pos_ == "PROPN" and owner.ent_type_ in {"", "GPE", "NORP"})


def _behind(noun: Token) -> Iterator[Token]:
    beside = [link for link in children(noun.head, "prep") if link.i == noun.i + 1]  # “read a statement from Holm”
    for link in [*children(noun, "prep", "agent"), *beside]:
        if link.lower_ in {"from", "by", "of"}:
            yield from children(link, "pobj")
    for clause in children(noun, "acl"):  # “a letter written by Tann”
        for link in children(clause, "agent", "prep"):
            if link.lower_ in {"from", "by"}:
                yield from children(link, "pobj")


def conveyed(verb: Token) -> Token | None:
    """Whose words the verb passes on, if its object is somebody's letter, statement or remark."""
    frames = lexicon().frames(verb.lemma_)
    if (told := _told_of(verb)) is not None:
        return told
    own = "quote" in frames and verb.lemma_ not in _CONVEYING
    if own or verb.lemma_ in _REACTING or "accuse" in frames - {"quote"} or _denies(verb):
        return None
    found = (author_token(noun) or _said_it(noun) for noun in _objects(verb))
    return next((whose for whose in found if whose is not None), None)


def _said_it(noun: Token) -> Token | None:
    """Who spoke what a relative clause tells of: “the last thing Rud said to her”."""
    clauses = (clause for clause in children(noun, "relcl") if is_cue(clause, "quote"))
    speakers = (child for clause in clauses for child in children(clause, "nsubj") if child.lower_ not in RELATIVES)
    return next((speaker for speaker in speakers if is_somebody(speaker)), None)


def is_reading(cue: Token) -> bool:
    """Whether somebody reads another's words out: “read a second line: “…””, but not “the sign read: “…””."""
    return cue.lemma_ == "read" and bool(children(cue, "dobj"))


def _told_of(verb: Token) -> Token | None:
    """Whose remark somebody is told of right in front of a colon: “told her of a remark by Boyce: “…””."""
    for link in children(verb, "prep") if children(verb, "dobj", "nsubjpass") else ():
        for noun in children(link, "pobj") if link.lower_ == "of" else ():
            whose = author_token(noun)
            behind = noun.doc[whose.right_edge.i + 1 : verb.sent.end] if whose is not None else ()
            if whose is not None and not any(token.pos_ in {"VERB", "AUX", "NOUN"} for token in behind):
                return whose
    return None


def _denies(verb: Token) -> bool:
    return lexicon().polarity(verb.lemma_, "clause") == "denies"


def _objects(verb: Token, depth: int = 4) -> Iterator[Token]:
    """What a verb does something to, and what that is of: “quoted from a report”, “reminded voters of a remark”."""
    for child in verb.children:
        if child.i > verb.i and child.dep_ in {"dobj", "pobj", "prep", "dative", "attr", "prt"} and depth:
            if child.dep_ in {"dobj", "pobj", "attr"}:
                yield child
            yield from _objects(child, depth - 1)


def set_in(tokens: Iterable[Token]) -> Token | None:
    """Whose letter a sentence opens with: “In an email from Holm to Lund, …”."""
    for token in tokens:
        if token.dep_ == "pobj" and token.head.lower_ in {"in", "to"} and (whose := author_token(token)) is not None:
            return whose if token.head.lower_ == "in" else None
    return None


def quoted_first(cue: Token) -> Token | None:
    """Whom “Quoting Bo Lund, Irma Falk said” quotes."""
    first = cue.sent[0]
    if first.lower_ != "quoting" or first.i + 1 >= cue.i:
        return None
    for token in cue.doc[first.i + 1 : cue.i]:
        if token.text == ",":
            return token.nbor(-1) if token.i > first.i + 1 else None
    return None


def heard(cue: Token) -> Token | None:
    """Who speaks in “Falk recalled Otto Prinz saying”, where the parser gives the speaker to the outer verb."""
    if cue.tag_ not in {"VBG", "VB"} or children(cue, "nsubj", "aux") or not cue.left_edge.i:
        return None
    before = cue.left_edge.nbor(-1)
    shown = before.dep_ == "dobj" and before.head.lemma_ in _LETTING and is_somebody(before)
    return before if shown and cue.dep_ in {"advcl", "xcomp", "ccomp", "acl"} else None


def voices(cue: Token) -> list[Token]:
    """Who says that the words were said, outermost first: “Police believe Prell told his wife”."""
    found, current = _asides(cue), cue
    if (shown := heard(cue)) is not None and (voice := subject(shown.head)) is not None:
        found, current = [*found, voice], shown.head
    while current.head != current and _is_framed(current):
        current = current.head
        if current.lemma_ == "cite" and current.tag_ == "VBG":  # “Reuters reported, citing police, that Prell said”
            found += children(current, "dobj")
            current = current.head
        if current.pos_ in {"VERB", "AUX"} and _frames(current):
            cited = citing(current)
            found += [cited] if cited is not None and cited not in found else []
            found += [voice for voice in _subjects(current) if voice.lower_ not in _IMPERSONAL]
    if (holder := _before_has(cue)) is not None and holder not in found:
        found.append(holder)
    return found[::-1]


def _is_framed(verb: Token) -> bool:
    """Whether a verb is what the one above it tells: its clause, or a participle that it shows somebody in."""
    shown = verb.tag_ in {"VBG", "VB"} and verb.head.lemma_ in _LETTING
    told = verb.dep_ == "parataxis" and verb.head.i > verb.i and _closes_frame(verb.head)
    return told or verb.dep_ in _FRAMED or (verb.dep_ in {"advcl", "acl"} and shown)


def _asides(cue: Token) -> list[Token]:
    """Who is named in “Ida Falk, prosecutors said, told a guard”, or before a “that” which the parser hangs lower."""
    inside = [child for child in children(cue, "parataxis", "ccomp") if child.i < cue.i and _frames(child)]
    told = [verb for verb in inside if _is_set_off(verb) or has_mark(cue, "that")]
    told += [verb for verb in children(cue, "parataxis", "ccomp") if verb.i > cue.i and _closes_frame(verb)]
    return [voice for verb in told for voice in (*filter(None, [citing(verb)]), *_subjects(verb))]


def _closes_frame(verb: Token) -> bool:
    """Whether a clause behind a comma tells who says so: “Reeve used to tell us, his granddaughter recalled.”."""
    voiced = children(verb, "nsubj")
    if not voiced or not voiced[0].left_edge.i or voiced[0].left_edge.nbor(-1).text != ",":
        return False
    return _frames(verb) and not has_mark(verb, "that")


def _is_set_off(verb: Token) -> bool:
    """Whether commas stand around a clause that is not the first in its sentence."""
    first = verb.left_edge
    opened = first.is_punct or (first.i > verb.sent.start and first.nbor(-1).is_punct)
    return opened and verb.i + 1 < len(verb.doc) and verb.nbor().is_punct


def is_denied(cue: Token) -> bool:
    """Whether a quotation is told in a denial: “Lund denies that he told a guard: “…””."""
    current = cue
    while current.head != current and current.dep_ in {"ccomp", "xcomp", "pcomp", "prep"}:
        current = current.head
        if _denies(current):
            return True
    return False


def only_leads_to(cue: Token, words: Iterable[int], through: Iterable[Token]) -> bool:
    """Whether some words in front of a cue do no more than say who tells of it: “that he heard Ida Falk say”."""
    voices_ = {voice.i for voice in through}
    before = (cue.doc[index] for index in words if index < cue.left_edge.i)
    small = {"mark", "det", "aux", "poss", "compound", "amod", "punct"}
    # “warden Gus Prell told”: the parser takes an occupation in small letters for another word.
    return all(
        word.i in voices_ or word.dep_ in small or word.is_ancestor(cue) or is_person_noun(word.text) for word in before
    )


def _frames(verb: Token) -> bool:
    return is_cue(verb, "clause") or verb.lemma_ in _LETTING


def _subjects(verb: Token) -> list[Token]:
    agents = [leaf for by in children(verb, "agent") for leaf in children(by, "pobj")]
    return agents or children(verb, "nsubj")


def _before_has(cue: Token) -> Token | None:
    """The deepfake of “A deepfake has Dahl say”, which the parser takes for one verb."""
    for aux in children(cue, "aux"):
        if cue.tag_ in {"VB", "VBG"} and aux.lemma_ == "have" and aux.i > cue.sent.start:
            named = [child for child in children(cue, "nsubj") if child.i > aux.i]
            return aux.nbor(-1) if named else None
    return None
