"""Tells whom the narration between two quotations brings in, so that words are not carried over to a past speaker.

Reads dependencies: a person counts who stands in a main clause, as its subject, its object, or its topic. Words that
stand for a voice count too: "came the reply", "a voice from the back".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rag.attribution.syntax import can_hold_a_view, children
from rag.text.names import gender_of, is_person_noun, lookup_form, name_lists
from rag.text.speech_verbs import lexicon

if TYPE_CHECKING:
    from spacy.tokens import Token

_PLACES = {"GPE", "LOC", "FAC", "DATE", "TIME", "EVENT", "NORP", "LANGUAGE", "WORK_OF_ART", "LAW", "PRODUCT"}
_SUBORDINATE = {"ccomp", "relcl", "advcl", "acl", "pcomp"}
_VOICES = {"voice", "crowd", "people", "someone", "somebody", "another"}
_LISTENING = {"listen", "hear", "wait", "ask", "die", "receive", "get"}
_LONGEST_NAME = 6  # tokens


def introduced(tokens: Iterable[Token], speaker: Token | None) -> list[Token]:
    """Everybody in the main clauses of some narration who is not the speaker, by the head of their noun phrase."""
    return [token for token in tokens if is_somebody(token) and _is_main(token) and not _means(token, speaker)]


def presented(tokens: Sequence[Token]) -> Token | None:
    """The only person whom a sentence in front of a quotation presents: “Next to speak was farmer Amy Frost.”.

    As its subject, its predicate or its topic; None if somebody else is in it too.
    """
    people = [token for token in tokens if is_somebody(token)]
    if len(people) != 1 or people[0].pos_ == "PRON" or not _is_main(people[0]):
        return None
    only = people[0]
    acting = only.dep_ in {"nsubj", "attr", "ROOT"} and only.head.lemma_ not in _LISTENING
    topic = (
        only.dep_ == "pobj"
        and only.head.lower_ in {"for", "to"}
        and only.head.dep_ == "prep"
        and only.i < only.head.head.i
    )
    turn = (
        only.dep_ == "poss" and only.head.dep_ in {"attr", "nsubj"} and only.head.lemma_ in {"turn", "reply", "answer"}
    )
    return only if acting or topic or turn else None


def is_somebody(token: Token) -> bool:
    """Whether a token heads the name or noun of a person or a voice."""
    if token.dep_ in {"compound", "nmod", "amod", "npadvmod", "case", "det"}:
        return False
    if token.pos_ == "PRON":
        return token.lower_ in {"he", "she", "another", "someone", "somebody"} and token.dep_ != "poss"
    if token.pos_ == "PROPN" or (token.pos_ == "NOUN" and token.text[0].isupper() and not children(token, "det")):
        return token.ent_type_ not in _PLACES and token.text[0].isupper() and can_hold_a_view(token)
    return token.pos_ == "NOUN" and _is_for_people(token)


def is_stranger(token: Token) -> bool:
    """Whether a noun brings in a person without a name: “a man in a green anorak”."""
    new = any(child.lower_ in {"a", "an", "another", "one"} for child in children(token, "det", "nummod"))
    named = any(child.pos_ == "PROPN" for child in children(token, "appos"))
    return token.pos_ == "NOUN" and new and not named and is_person_noun(token.lemma_.lower())


def _is_for_people(noun: Token) -> bool:
    """Whether a noun is for people, for a voice or for what one says: farmer, crowd, reply."""
    lemma = noun.lemma_.lower()
    if lemma == "head" and not children(noun, "prep"):  # “shook her head”
        return False
    return is_person_noun(lemma) or lemma in _VOICES or bool(lexicon().frames(lemma) & {"human", "quote"})


def _is_main(token: Token) -> bool:
    """Whether a token stands in the main clause of its sentence, not in what somebody thinks or what is an aside."""
    while token.head != token:
        if token.dep_ in _SUBORDINATE:
            return False
        token = token.head
    return True


def is_subordinate(verb: Token) -> bool:
    """Whether a verb stands in a clause inside another: “as Renn says, …”, “aides said that …”.

    A clause in front of its tag is not: “The line is open, aides said.”.
    """
    while verb.head != verb:
        if verb.dep_ in _SUBORDINATE and not (verb.dep_ == "ccomp" and verb.i < verb.head.i):
            return True
        verb = verb.head
    return False


def _means(token: Token, speaker: Token | None) -> bool:
    """Whether a mention may well be the speaker again: a word of their name or office, or a pronoun that agrees."""
    if speaker is None:
        return False
    if token.pos_ == "PRON":
        return agrees(token.lower_, speaker)
    if token.pos_ == speaker.pos_ == "PROPN":
        given, other = _given(token), _given(speaker)
        return (token.lower_ in _words(speaker) or speaker.lower_ in _words(token)) and (
            not (given and other) or given == other
        )
    return bool(_words(token) & _words(speaker))


def _given(name: Token) -> str:
    """The word in front of a family name, if it is no title."""
    before = name.nbor(-1) if name.i else name
    known = before != name and before.pos_ == "PROPN" and before.head == name
    return before.lower_ if known and lookup_form(before.text) not in name_lists().titles else ""


def agrees(pronoun: str, speaker: Token) -> bool:
    """Whether “he” or “she” may mean who is named by a token."""
    if speaker.pos_ == "PRON":
        return pronoun == speaker.lower_
    words = tuple(word.text for word in _phrase(speaker))
    gender = gender_of(tuple(map(lookup_form, words)), words)
    return gender is None or gender == pronoun


def _phrase(token: Token) -> Sequence[Token]:
    """The noun phrase of a token up to its head, with an apposition right behind it."""
    start = max(token.left_edge.i, token.i - _LONGEST_NAME)
    apposed = [word for child in children(token, "appos") for word in child.subtree]
    return [*token.doc[start : token.i + 1], *apposed]


def _words(token: Token) -> set[str]:
    return {word.lower_ for word in _phrase(token) if word.pos_ in {"PROPN", "NOUN"}}
