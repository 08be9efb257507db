"""Tells a deed from a statement where one verb means both: “the Senate confirmed her”, “denied him a visa”.

Knows grammar and what a few verbs do to things, not who people are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.corpus.grammar import children, is_passive
from rag.corpus.names import is_body

if TYPE_CHECKING:
    from spacy.tokens import Token

_DEALS = {"deal", "contract", "extension", "trade", "transfer", "signing", "settlement", "fee", "salary"}
_REFUSED = {"request", "access", "entry", "bail", "motion", "visa", "appeal", "petition", "permission", "chance", "bid"}
_DEFENDED = {"title", "crown", "championship", "trophy", "case", "client", "lead", "goal", "medal"}
_FINDING = {"show", "prove", "demonstrate", "find", "establish"}
_GRANTING = {"assume", "suppose", "consider", "grant", "presume"}
_HITTING = {"slam", "blast", "hit", "knock"}
_SPOKEN_PARTICLES = {"point", "lay", "spell", "call", "read", "set", "put", "bring"}
_PERSONS = {"he", "she", "i", "who", "him", "her", "them", "me", "us", "himself", "herself"}


def is_deed(cue: Token, frame: str, heads: Sequence[Token], speaker: Token | None) -> bool:
    """Whether the verb, with this object or clause, tells what somebody did and not what they said."""
    if frame == "clause":
        return _is_found_out(cue, speaker) or _is_granted(cue)
    if frame == "about":
        return cue.lemma_ == "agree" and any(word.lemma_ in _DEALS for word in cue.sent)
    if frame not in {"object", "accuse"}:
        return False
    if children(cue, "prt") and cue.lemma_ not in _SPOKEN_PARTICLES:
        return True  # “blasted out a video”
    return _is_done_to(cue, heads, speaker)


def _is_found_out(cue: Token, speaker: Token | None) -> bool:
    """“Novak showed that he can win”: a study that shows something says so, a person does it."""
    return cue.lemma_ in _FINDING and speaker is not None and _is_person(speaker)


def _is_granted(cue: Token) -> bool:
    """“Assuming he plays, …”: a condition, nobody's view."""
    alone = not children(cue, "aux", "nsubj", "mark")
    return alone and cue.tag_ == "VBG" and cue.lemma_ in _GRANTING and cue.dep_ in {"advcl", "csubj", "pcomp", "prep"}


def _is_done_to(cue: Token, heads: Sequence[Token], speaker: Token | None) -> bool:
    lemmas = {head.lemma_ for head in heads}
    match cue.lemma_:
        case "confirm" | "advise":
            return any(_is_person(head) for head in heads)  # into an office; in an office
        case "deny":
            several = len(children(cue, "dobj")) > 1 or bool(children(cue, "dative", "oprd"))
            return several or bool(lemmas & _REFUSED) or any(head.ent_type_ == "GPE" for head in heads)
        case "recall":  # a product
            return speaker is not None and (speaker.ent_type_ == "ORG" or is_body((speaker.text,)))
        case "defend":
            return bool(lemmas & _DEFENDED)
        case "threaten":
            return not is_passive(cue) and speaker is not None and not _is_somebody(speaker)
        case lemma:
            return lemma in _HITTING and any(children(head, "nummod") for head in heads)


def _is_person(token: Token) -> bool:
    return token.ent_type_ == "PERSON" or token.lower_ in _PERSONS


def _is_somebody(token: Token) -> bool:
    """Whether a name is that of people, a nation or a body; what is no name is left to other rules."""
    return token.pos_ != "PROPN" or token.ent_type_ in {"PERSON", "ORG", "GPE", "NORP"} or is_body((token.text,))
