"""Reads who does what to whom in a sentence, and what a question takes for done; compares it with its sources."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from rag.attribution.syntax import children, is_cue, is_passive
from rag.text import tokens
from rag.text.names import name_lists
from rag.text.spacy_models import parser
from rag.text.speech_verbs import lexicon

if TYPE_CHECKING:
    from spacy.tokens import Token

Modal = Literal["", "will", "would", "may", "can", "must"]

_MODALS: dict[str, Modal] = {
    "will": "will", "'ll": "will", "’ll": "will", "wo": "will", "shall": "will", "would": "would", "'d": "would",
    "may": "may", "might": "may", "can": "can", "ca": "can", "could": "can", "must": "must", "should": "must",
    "ought": "must",
}  # fmt: skip
_NEGATIONS = frozenset({"no", "neither", "none", "nobody", "nothing", "nor", "never", "hardly", "without"})
_NAMED = frozenset({"PERSON", "NORP", "FAC", "ORG", "GPE", "LOC", "PRODUCT", "EVENT", "WORK_OF_ART", "LAW"})
"""Entity labels of names."""

_ACCORDING_TO = re.compile(r"according to ([^,.;:]+)", re.IGNORECASE)
_CHAIN = {"xcomp", "ccomp", "pcomp", "acl", "prep", "advcl"}
_SPEAKING = ("quote", "clause", "object", "urge", "accuse", "name", "about")
_VIEWS = {"view", "opinion", "word", "eye", "assessment"}


@dataclass(frozen=True, slots=True)
class Predicate:
    """Something said of a subject: a verb, the complement of "be", a denied noun.

    `under` are the lemmas that govern it as an aim or a thought ("plans to leave": leave is under plan), with "if" for
    a condition. Their negation also negates it. `start` is its offset in the sentence.
    """

    lemma: str
    start: int
    negated: bool
    modal: Modal
    under: frozenset[str]


@dataclass(frozen=True, slots=True)
class Slot:
    """The filler of a relation of a word: ("sign", "object", {"treaty"}), ("membership", "of", {"Armenia"}).

    Passives are turned into actives; a genitive, an adjective of a nation and "of" are one relation. `filler` are the
    words of the filling noun and its compounds; empty for a pronoun.
    """

    head: str
    relation: str
    filler: frozenset[str]


@dataclass(frozen=True, slots=True)
class ReportedSpeech:
    """An act of speech: the cue's lemma, the speaker as written ("" if nobody is named), and their offsets."""

    cue: str
    start: int
    speaker: str
    speaker_start: int
    negated: bool


@dataclass(frozen=True, slots=True)
class Roles:
    """The semantic roles in one sentence or a few."""

    predicates: tuple[Predicate, ...]
    slots: tuple[Slot, ...]
    speeches: tuple[ReportedSpeech, ...]


@lru_cache(maxsize=2_000)
def roles(text: str) -> Roles:
    """Reads the semantic roles in one sentence or a few."""
    tokens = list(parser()(" ".join(text.split("\n"))))
    predicates = tuple(predicate for token in tokens for predicate in _predicates(token))
    slots = tuple(dict.fromkeys(slot for token in tokens for slot in _slots(token)))
    return Roles(predicates, slots, tuple(speech for token in tokens for speech in _speeches(token)))


def names_in(text: str) -> Iterator[tuple[str, str]]:
    """Yields the words of the names in a text, each with the word after it ("" for the last)."""
    tokens = list(parser()(text))
    for token, behind in zip(tokens, [*tokens[1:], None], strict=True):
        if token.pos_ == "PROPN" or token.ent_type_ in _NAMED:
            yield token.text, behind.text if behind else ""


def _predicates(token: Token) -> Iterator[Predicate]:
    if token.pos_ in {"VERB", "AUX"} and token.dep_ not in {"aux", "auxpass"}:
        said = _said_of(token)
        under = frozenset(_under(token))
        negated = sum(map(_negations, [token, *_governing(token)])) % 2 == 1
        for word in said:
            yield Predicate(word.lemma_.lower(), word.idx, negated, _modal(token), under)
    elif token.pos_ in {"NOUN", "PROPN"} and _has_no(token):
        yield Predicate(token.lemma_.lower(), token.idx, True, "", frozenset())  # noqa: FBT003 - negated


def _said_of(verb: Token) -> list[Token]:
    """Returns the verb itself, or the complement of a form of "be"."""
    if verb.lemma_ != "be":
        return [verb]
    said = children(verb, "attr", "acomp", "oprd") or [verb]
    return [*said, *(conjunct for word in said for conjunct in children(word, "conj") if conjunct.pos_ == word.pos_)]


def _negations(verb: Token) -> int:
    """Counts the negations of the verb: two cancel out."""
    count = sum(child.dep_ == "neg" or child.lower_ in {"hardly", "nor"} for child in verb.children)
    count += verb.dep_ == "pcomp" and verb.head.lower_ == "without"
    return count + any(_has_no(noun) for noun in children(verb, "nsubj", "nsubjpass", "dobj", "attr"))


def _has_no(noun: Token) -> bool:
    return noun.lower_ in _NEGATIONS or any(child.lower_ in {"no", "neither"} for child in children(noun, "det"))


def _modal(verb: Token) -> Modal:
    for child in children(verb, "aux"):
        if child.tag_ == "MD":
            return _MODALS.get(child.lower_, "")
    shares = verb.dep_ == "conj" and verb.tag_ == "VB" and not children(verb, "nsubj", "aux")
    if shares or (verb.dep_ == "advcl" and verb.tag_ == "VBG" and not children(verb, "nsubj", "mark")):
        return _modal(verb.head)
    return ""


def _governing(token: Token) -> Iterator[Token]:
    """Yields the words that govern the verb as a complement, nearest first; a clause with its own subject ends it."""
    current = token
    while current.dep_ in _CHAIN and current.head != current:
        if current.dep_ == "advcl" and not _is_called_for(current):
            return
        if current.dep_ == "prep" and current.lower_ not in {"of", "from", "to"}:
            return
        if current.dep_ == "acl" and current.tag_ != "VB":
            return
        if (
            current.dep_ == "ccomp"
            and current.pos_ in {"VERB", "AUX"}
            and "quote" in lexicon().frames(current.head.lemma_)
        ):
            return  # “did not say that he left” does not say that he did not leave
        current = current.head
        if current.dep_ != "prep" and current.pos_ != "ADP":
            yield current


def _is_called_for(verb: Token) -> bool:
    """Returns whether a verb is in an infinitive after "for somebody": a call for something to happen."""
    marks = [child.lower_ for child in children(verb, "mark", "aux")]
    return verb.tag_ == "VB" and {"for", "to"} <= set(marks)


def _under(token: Token) -> Iterator[str]:
    for head in _governing(token):
        yield head.lemma_.lower()
        if head.lemma_ == "be":
            yield from (child.lemma_.lower() for child in children(head, "acomp", "attr"))
    conditions = [child for child in children(token, "mark") if child.lower_ in {"if", "unless", "whether"}]
    if conditions or any(child.lower_ == "if" for head in _governing(token) for child in children(head, "mark")):
        yield "if"


def _slots(token: Token) -> Iterator[Slot]:
    if token.pos_ not in {"NOUN", "PROPN", "PRON", "ADJ", "NUM"} or token.lower_ in {"who", "which", "that"}:
        if token.dep_ not in {"relcl", "acl"}:
            return
        yield from _of_clause(token)
        return
    for head, relation in _relations(token):
        yield Slot(head.lemma_.lower(), relation, _words(token))


def _of_clause(verb: Token) -> Iterator[Slot]:
    """Yields subject and object without fillers: the noun of a relative clause or participle is too often misread."""
    for relation in ("subject", "object"):
        yield Slot(verb.lemma_.lower(), relation, frozenset())


def _relations(token: Token) -> Iterator[tuple[Token, str]]:
    """Yields the words to which the noun belongs, with the relation."""
    head, label = token.head, token.dep_
    if label == "conj":
        yield from _relations(head)
    elif label == "nsubj":
        yield from ((said, "subject") for verb in _with_shared(head) for said in _said_of(verb))
    elif label in {"nsubjpass", "dobj"}:
        yield from ((verb, "object") for verb in (_with_shared(head) if label == "nsubjpass" else [head]))
    elif label == "dative":
        yield head, "to"
    elif label == "poss" or (label in {"amod", "compound", "nmod"} and token.lower_ in name_lists().nations):
        yield head, "of"
    elif label == "compound" and token.text.islower():
        yield head, "kind"
    elif label == "pobj" and head.dep_ == "agent":
        yield head.head, "subject"
    elif label == "pobj" and head.head != head:
        yield head.head, "of" if head.lower_ in {"between", "among"} else head.lower_


def _with_shared(verb: Token) -> Iterator[Token]:
    """Yields the verb, and the verbs beside or under it that share its subject."""
    yield verb
    for dependent in children(verb, "conj", "xcomp"):
        has_its_own = children(dependent, "nsubj", "nsubjpass") or (
            dependent.dep_ == "xcomp" and children(verb, "dobj")
        )
        if not has_its_own and not is_passive(dependent):
            yield from _with_shared(dependent)


def _words(noun: Token) -> frozenset[str]:
    if noun.lower_ in tokens.PRONOUNS:
        return frozenset()
    nouns = [noun, *children(noun, "appos")]
    named = (child for noun in nouns for child in children(noun, "compound", "nmod") if child.pos_ == "PROPN")
    return frozenset(part.text for part in (*nouns, *named))


def _speeches(token: Token) -> Iterator[ReportedSpeech]:
    if token.lower_ == "according":
        written = _ACCORDING_TO.match(token.doc.text, token.idx)
        if written:
            yield ReportedSpeech("accord", token.idx, written[1].strip(), written.start(1), negated=False)
    elif token.lemma_.lower() in _VIEWS and token.dep_ == "pobj" and token.head.lower_ in {"in", "to"}:
        if owners := children(token, "poss"):
            yield _speech(token, owners[0])
    elif token.dep_ not in {"amod", "compound"} and any(is_cue(token, frame) for frame in _SPEAKING):
        yield from _speech_of_verb(token)


def _speech_of_verb(verb: Token) -> Iterator[ReportedSpeech]:
    if is_passive(verb):
        agents = [leaf for agent in children(verb, "agent") for leaf in children(agent, "pobj")]
        yield _speech(verb, agents[0] if agents else None)
        return
    named = children(verb, "nsubj")
    current = verb
    while not named and current.dep_ in {"conj", "advcl", "xcomp", "pcomp", "prep"} and current.head != current:
        current = current.head
        named = children(current, "nsubj", "nsubjpass")
    if not named and verb.dep_ == "acl":
        named = [verb.head]
    if named and named[0].lower_ in {"who", "which", "that"} and named[0].head.dep_ == "relcl":
        named = [named[0].head.head]
    yield _speech(verb, named[0] if named else None)


def _speech(cue: Token, speaker: Token | None) -> ReportedSpeech:
    if speaker is None:
        return ReportedSpeech(cue.lemma_.lower(), cue.idx, "", cue.idx, _negations(cue) % 2 == 1)
    first = speaker.left_edge
    written = speaker.doc[first.i : speaker.i + 1].text
    return ReportedSpeech(cue.lemma_.lower(), cue.idx, written, first.idx, _negations(cue) % 2 == 1)


_LIGHT = tokens.word_list("no acts")
"""Verbs that describe no act by themselves."""


@dataclass(frozen=True, slots=True)
class Deed:
    """Who does what to whom: a verb, the words of its subject, and those of its other arguments.

    `subject` is empty for a pronoun.
    """

    verb: str
    subject: frozenset[str]
    object: frozenset[str]
    others: tuple[frozenset[str], ...]
    negated: bool

    def is_turned_in(self, other: Deed) -> bool:
        """Returns whether the other exchanges the subject with another argument."""
        names = frozenset(word for words in self.others for word in words if tokens.is_name(word))
        return bool(names & other.subject) and self._goes_with(self.subject, other) and not self.subject & other.subject

    @staticmethod
    def _goes_with(words: frozenset[str], other: Deed) -> bool:
        return any(words & held for held in other.others)


def deeds(text: str) -> Iterator[Deed]:
    """Yields the acts in a text."""
    found = roles(text)
    for predicate in found.predicates:
        slots = [slot for slot in found.slots if slot.head == predicate.lemma]
        objects = frozenset(word for slot in slots if slot.relation == "object" for word in slot.filler)
        nested = [slot for slot in found.slots if slot.head in {word.lower() for word in objects}]
        subjects = [slot.filler for slot in slots if slot.relation == "subject"]
        others = [slot.filler for slot in (*slots, *nested) if slot.relation != "subject" and slot.filler]
        yield Deed(
            predicate.lemma,
            frozenset[str]().union(*subjects),
            objects,
            tuple(others),
            predicate.negated,
        )


_TAKES_FOR_DONE = re.compile(
    r"^(?i:why|when|how|where) did (?P<subject>(?:the )?[A-Z][\w’'.-]*(?: [A-Z][\w’'.-]*)*) "
    r"(?P<verb>[a-z]+)(?P<rest>.*?)[?.! ]*$"
)


def verb_presumed(question: str) -> str | None:
    """Returns the act that a question presupposes of a named subject: "leave" in "Why did Armenia leave the EAEU?"."""
    found = _TAKES_FOR_DONE.match(question)
    return found["verb"] if found else None


def presumed(question: str) -> str | None:
    """Returns the presupposition as a sentence, "Armenia left the EAEU"; None if the verb's past is not sure."""
    found = _TAKES_FOR_DONE.match(question)
    past = _past(found["verb"]) if found else None
    return f"{found['subject']} {past}{found['rest']}" if found and past else None


def _past(verb: str) -> str | None:
    if forms := tokens.irregular_forms(verb):
        return forms[1] if forms[0] == verb else None
    if re.search(r"[^aeiou][aeiou][^aeiouwxy]$", verb):
        return None
    return re.sub(r"(?<=[^aeiou])y$", "i", verb) + ("d" if verb.endswith("e") else "ed")


def deed_asked(question: str) -> Deed | None:
    """Returns the first act that a question asks about or presupposes."""
    return next((deed for deed in deeds(question) if deed.verb not in _LIGHT and deed.subject), None)


def is_told_only_otherwise(said: str, sentences: list[str]) -> bool:
    """Returns whether sentences tell an act only with its names exchanged, never as given."""
    asked = deed_asked(said)
    told = [deed for sentence in sentences for deed in deeds(sentence) if asked and deed.verb == asked.verb]
    if asked is None or any(asked.subject & deed.subject for deed in told):
        return False
    return any(asked.is_turned_in(deed) and not deed.negated for deed in told)
