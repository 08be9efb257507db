"""Reads who does what to whom in a sentence, and compares it with its sources."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from rag.answering.checking.source_words import alike, same_name
from rag.attribution.syntax import children, is_cue, is_passive
from rag.text import tokens
from rag.text.names import name_lists
from rag.text.spacy_models import parser
from rag.text.speech_verbs import lexicon

if TYPE_CHECKING:
    from spacy.tokens import Token

Modal = Literal["", "will", "would", "may", "can", "must"]
Tense = Literal["", "past", "present"]

_MODALS: dict[str, Modal] = {
    "will": "will", "'ll": "will", "’ll": "will", "wo": "will", "shall": "will", "would": "would", "'d": "would",
    "may": "may", "might": "may", "can": "can", "ca": "can", "could": "can", "must": "must", "should": "must",
    "ought": "must",
}  # fmt: skip
_NEGATIONS = frozenset({"no", "neither", "none", "nobody", "nothing", "nor", "never", "hardly", "without"})
_NAMED = frozenset({"PERSON", "NORP", "FAC", "ORG", "GPE", "LOC", "PRODUCT", "EVENT", "WORK_OF_ART", "LAW"})
"""Entities that bear names."""

_ACCORDING_TO = re.compile(r"according to ([^,.;:]+)", re.IGNORECASE)
_CHAIN = {"xcomp", "ccomp", "pcomp", "acl", "prep", "advcl"}
_SPEAKING = ("quote", "clause", "object", "urge", "accuse", "name", "about")
_VIEWS = {"view", "opinion", "word", "eye", "assessment"}


@dataclass(frozen=True, slots=True)
class Predicate:
    """Something said of somebody: a verb, what stands after "be", a noun that is denied.

    `under` are the lemmas that it hangs on as an aim or a thought ("plans to leave": leave is under plan), with "if"
    for a condition. A negation there negates it too. `start` is its offset in the sentence.
    """

    lemma: str
    start: int
    negated: bool
    modal: Modal
    under: frozenset[str]
    tense: Tense


@dataclass(frozen=True, slots=True)
class Slot:
    """What fills a relation of a word: ("sign", "object", {"treaty"}), ("membership", "of", {"Armenia"}).

    The passive is turned round, and a genitive, an adjective of a nation and "of" are one relation. `filler` are the
    words of the filling noun and what it is compounded with; empty for a pronoun.
    """

    head: str
    relation: str
    filler: frozenset[str]


@dataclass(frozen=True, slots=True)
class ReportedSpeech:
    """Somebody says something: the cue's lemma, who speaks as written ("" if nobody is named), where each stands."""

    cue: str
    start: int
    speaker: str
    speaker_start: int
    negated: bool


@dataclass(frozen=True, slots=True)
class Roles:
    """All of it for one sentence, or a few."""

    predicates: tuple[Predicate, ...]
    slots: tuple[Slot, ...]
    speeches: tuple[ReportedSpeech, ...]


@lru_cache(maxsize=2_000)
def roles(text: str) -> Roles:
    """The roles in a text of one sentence or a few."""
    tokens = list(parser()(" ".join(text.split("\n"))))
    predicates = tuple(one for token in tokens for one in _predicates(token))
    slots = tuple(dict.fromkeys(slot for token in tokens for slot in _slots(token)))
    return Roles(predicates, slots, tuple(one for token in tokens for one in _speeches(token)))


def names_in(text: str) -> Iterator[tuple[str, str]]:
    """The words of the names in a text, each with the word behind it ("" where it is the last)."""
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
            yield Predicate(word.lemma_.lower(), word.idx, negated, _modal(token), under, _tense(token))
    elif token.pos_ in {"NOUN", "PROPN"} and _has_no(token):
        yield Predicate(token.lemma_.lower(), token.idx, True, "", frozenset(), "")  # noqa: FBT003 - negated


def _said_of(verb: Token) -> list[Token]:
    """The verb itself, or what a form of "be" says of its subject."""
    if verb.lemma_ != "be":
        return [verb]
    said = children(verb, "attr", "acomp", "oprd") or [verb]
    return [*said, *(other for word in said for other in children(word, "conj") if other.pos_ == word.pos_)]


def _negations(verb: Token) -> int:
    """How often the verb is denied: twice is not at all."""
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


def _tense(verb: Token) -> Tense:
    """The simple past or the simple present; nothing for a perfect, a modal, an infinitive, a participle."""
    carrying = [child for child in children(verb, "aux", "auxpass") if child.tag_ in {"VBD", "VBZ", "VBP", "MD"}]
    if any(child.lemma_ == "have" or child.tag_ == "MD" for child in carrying):
        return ""
    tag = (carrying[0] if carrying else verb).tag_
    return "past" if tag == "VBD" else "present" if tag in {"VBZ", "VBP"} else ""


def _governing(token: Token) -> Iterator[Token]:
    """The words that the verb hangs on as a complement, nearest first; a clause with a subject of its own ends it."""
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
    """Whether a verb tells what is asked "for somebody to" do."""
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
    """What a relative clause or a participle goes with is too often misread to be held against anybody."""
    for relation in ("subject", "object"):
        yield Slot(verb.lemma_.lower(), relation, frozenset())


def _relations(token: Token) -> Iterator[tuple[Token, str]]:
    """The words that the noun belongs to, and as what."""
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
    """The verb, and those beside it or under it that take its subject as theirs."""
    yield verb
    for other in children(verb, "conj", "xcomp"):
        has_its_own = children(other, "nsubj", "nsubjpass") or (other.dep_ == "xcomp" and children(verb, "dobj"))
        if not has_its_own and not is_passive(other):
            yield from _with_shared(other)


def _words(noun: Token) -> frozenset[str]:
    if noun.lower_ in tokens.PRONOUNS:
        return frozenset()
    nouns = [noun, *children(noun, "appos")]
    named = (child for one in nouns for child in children(one, "compound", "nmod") if child.pos_ == "PROPN")
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


_IRREALIS = (
    {"plan", "intend", "intention", "aim", "prepare"}, {"want", "wish", "desire", "would"}, {"hope"}, {"consider"},
    {"try", "attempt", "seek"}, {"ready", "willing", "prepared", "readiness", "willingness"}, {"agree"}, {"fail"},
    {"refuse", "decline"}, {"threaten"}, {"promise", "pledge", "vow"}, {"expect"}, {"allow", "permit"}, {"able"},
    {"ask", "urge", "call", "demand", "request", "order", "advise"}, {"unable"}, {"if"}, {"likely", "unlikely"},
)  # fmt: skip
"""Words under which something is not, or not yet, the case; one group for each way."""

_LIGHT_HEADS = frozenset({"be", "say", "tell", "accord", "add", "state", "note"})
_RELATIONS = frozenset(
    {"subject", "object", "of", "to", "from", "with", "against", "for", "by", "into", "than", "kind"}
)
"""Who did what to whom, from where, with whom; when and how are other rules' business."""


def objections_to_deeds(text: str, told: Roles, sources: Sequence[Roles], *, is_credited: bool) -> Iterator[str]:
    """What the sentence says otherwise than its sources; `is_credited` if the record proves who speaks in it."""
    yield from _to_predicates(told, sources)
    yield from _to_nouns(text, told, sources)
    yield from _to_slots(told, sources, is_credited=is_credited)


def _to_predicates(told: Roles, sources: Sequence[Roles]) -> Iterator[str]:
    """What is said must be said so: not denied, no mere possibility, no plan, in its time."""
    held = [one for found in sources for one in found.predicates]
    cues = {speech.start for speech in told.speeches}
    is_reported = any(speech.speaker for speech in told.speeches)
    for one in told.predicates:
        alike_there = [other for other in held if _same_deed(one.lemma, other.lemma)]
        if not alike_there:
            if one.negated and not any(other.negated for other in held):
                yield f"The article does not deny “{one.lemma}”."
            if one.modal and not any(_same_modal(one.modal, other) for other in held):
                yield f"The article does not say “{one.modal}”."
            continue
        compare = _of_telling if one.start in cues else _difference
        reasons = [compare(one, other, is_reported=is_reported) for other in alike_there]
        if all(reasons):
            yield str(reasons[0])


def _to_nouns(text: str, told: Roles, sources: Sequence[Roles]) -> Iterator[str]:
    """A deed that is told as a noun ("an application") may not lose the plan or the *not* that it stands under."""
    verbs = {one.lemma for one in told.predicates}
    held = [one for found in sources for one in found.predicates]
    told_words = tokens.words(text)
    signs = {
        number
        for number, group in enumerate(_IRREALIS)
        if any(alike(word, sign) for word in told_words for sign in group)
    }
    for word in told_words:
        if word.lower() in tokens.FUNCTION_WORDS or any(alike(word, verb) for verb in verbs):
            continue
        ways = [_ways(one.under) for one in held if _same_deed(word.lower(), one.lemma)]
        if ways and all(ways) and not any(way & signs for way in ways):
            yield f"The article does not say “{word}” as a fact."


def _same_deed(one: str, other: str) -> bool:
    return one == other or alike(one, other)


def _difference(one: Predicate, other: Predicate, *, is_reported: bool) -> str | None:
    """How the article says the same otherwise; None if it does not."""
    ways, others = _ways(one.under), _ways(other.under)
    hoped = one.modal == "would" and others <= _ways(frozenset({"hope", "want", "plan"}))
    differences = {
        f"The article {'denies' if other.negated else 'does not deny'} “{one.lemma}”.": one.negated != other.negated,
        f"The article does not say “{one.lemma}” as a fact.": bool(others - ways) and not hoped,
        f"The article says “{one.lemma}” otherwise.": bool(ways - others and (one.modal or other.modal)),
        f"The article does not say “{one.modal or 'simply'} {one.lemma}”.": not _same_modal(one.modal, other),
        f"The article says “{one.lemma}” of the past.": (one.tense, other.tense) == ("present", "past"),
        f"The article says “{one.lemma}” of the present.": (one.tense, other.tense) == ("past", "present")
        and not is_reported,
    }
    return next((difference for difference, holds in differences.items() if holds), None)


def _of_telling(one: Predicate, other: Predicate, *, is_reported: bool) -> str | None:  # noqa: ARG001 - as its twin
    """The same for a verb of speech: when it was said does not matter, whether it was does."""
    is_only_wanted = bool(_ways(other.under) - _ways(one.under))
    if one.negated != other.negated or not _same_modal(one.modal, other) or is_only_wanted:
        return f"The article does not say that somebody did “{one.lemma}” so."
    return None


def _ways(under: frozenset[str]) -> frozenset[int]:
    return frozenset(number for number, group in enumerate(_IRREALIS) if group & under)


def _same_modal(modal: Modal, other: Predicate) -> bool:
    if modal == other.modal or {modal, other.modal} == {"will", "would"}:
        return True
    return modal == "would" and not other.modal and bool(_ways(other.under))


def _to_slots(told: Roles, sources: Sequence[Roles], *, is_credited: bool) -> Iterator[str]:
    """Nothing may fill a place in which the source has something else."""
    held = [slot for found in sources for slot in found.slots]
    cues = {speech.cue for speech in told.speeches if speech.speaker}
    for slot in told.slots:
        if not slot.filler or slot.head in _LIGHT_HEADS or slot.relation not in _RELATIONS:
            continue
        if slot.relation == "subject" and slot.head in cues and is_credited:
            continue  # who speaks is proved by the record
        same = [other for other in held if other.relation == slot.relation and _same_deed(slot.head, other.head)]
        if same and not any(_may_be_same(slot, other) for other in same) and _stands_elsewhere(slot, held):
            told_there = " ".join(sorted(same[0].filler))
            yield f"The article has “{told_there}” where it has “{' '.join(sorted(slot.filler))}”."


def _may_be_same(slot: Slot, other: Slot) -> bool:
    if not other.filler:
        return True
    return any(same_name(one, two) for one in _in_all_forms(slot.filler) for two in _in_all_forms(other.filler))


def _in_all_forms(filler: frozenset[str]) -> set[str]:
    """The words with those of the names that mean the same: EU, European, Union."""
    return {part for word in filler for name in tokens.alternatives(word) for part in name.split()}


def _stands_elsewhere(slot: Slot, held: Sequence[Slot]) -> bool:
    """Whether the source knows the filler in another place, or it is a name: only then is it an exchange."""
    named = any(tokens.is_name(word) for word in slot.filler)
    return named or any(same_name(one, two) for other in held for one in slot.filler for two in other.filler)
