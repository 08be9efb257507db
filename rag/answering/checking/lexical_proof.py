"""Proves a generated sentence word by word from its cited words, where no judge reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from rag.answering.checking.semantic_roles import Modal, Predicate, Roles, Slot, roles
from rag.answering.checking.source_words import (
    HIDDEN,
    alike,
    homes,
    introductions,
    is_voice,
    kin,
    read_around,
    same_name,
    uncovered,
    usable,
)
from rag.core import Evidence, Place, Statement
from rag.text import tokens
from rag.text.name_matching import fold_name, sound
from rag.text.names import name_lists
from rag.text.quantities import unproved
from rag.text.quotation_marks import QUOTATION

_POINTS_OUT = re.compile(r"\W*(he|she|they|it|this|these|those|such|his|her|their|its)\b", re.IGNORECASE)
_FIRST_PERSON = re.compile(r"\b(?:I|[Ww]e|[Mm]y|[Oo]urs?)\b")
_THIRD_PERSON = re.compile(r"\b(?:he|she|his|her|him|hers)\b", re.IGNORECASE)
_PAIR = re.compile(r"(?=\b([A-Z][\w-]*[a-z][\w-]*) ([A-Z][\w-]*[a-z][\w-]*))")
_SEVERAL = 2
_NEUTRAL = frozenset(
    """
    say tell state add note remark comment mention speak report explain write indicate express accord view talk quote
    emphasize emphasise stress underline underscore highlight reiterate insist
    """.split()  # noqa: SIM905 - a list of words reads better so
)
"""Verbs that may introduce whatever somebody is recorded as saying."""

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


def objection_to_proof(text: str, sources: Sources, *, is_copy: bool) -> str | None:
    """Why the sentence is not proved by the words that it cites; None if it is, as a copy of them always."""
    told = roles(text)
    if not told.predicates:
        return "It is no sentence."
    return _objection_to_pronouns(text) or (None if is_copy else next(_objections(text, told, sources), None))


@dataclass(frozen=True)
class Sources:
    """What a sentence rests on: its places, and the statements that it credits."""

    places: tuple[Place, ...]
    credited: tuple[Statement, ...]
    evidence: Evidence

    @cached_property
    def usable(self) -> str:
        """The words that the sentence may use."""
        return usable(self.places, self.credited, self.evidence)

    @cached_property
    def read(self) -> list[Roles]:
        """The roles in the whole sentences that the places stand in."""
        return [roles(text) for text in read_around(self.places, self.evidence)]

    @property
    def credits(self) -> str:
        """Words that may be used of the credited speakers, and the articles' own names."""
        articles = [self.evidence.articles[place.source] for place in self.places]
        named = [part for one in articles for part in (one.outlet, one.published) if part]
        return " ".join([introductions(self.credited, self.evidence), *named])


def _objections(text: str, told: Roles, sources: Sources) -> Iterator[str]:
    if any(speech.negated and not _stands_negated(speech.cue, sources) for speech in told.speeches):
        yield "The article does not say that this was not said."
    if figure := unproved(text, f"{sources.usable} {' '.join(_dates(sources))}"):
        yield f"The cited words do not hold “{figure.written}”."
    yield from _to_words(text, told, sources)
    yield from _to_pairs(text, sources)
    yield from _to_each_speaker(text, told, sources)
    yield from _to_predicates(told, sources)
    yield from _to_nouns(text, told, sources)
    yield from _to_slots(told, sources)


def _objection_to_pronouns(text: str) -> str | None:
    """A pronoun that points out of the sentence says nothing out of its place, but within a quotation."""
    text = QUOTATION.sub(lambda quoted: "x" * len(quoted[0]), text)
    if first := _POINTS_OUT.match(text):
        return f"It does not say who or what “{first[1]}” is."
    if _FIRST_PERSON.search(text):
        return "It speaks as if it were somebody else."
    pronoun = _THIRD_PERSON.search(text)
    before = tokens.words(text[: pronoun.start()]) if pronoun else []
    is_named = any(tokens.is_name(word) and word.lower() not in tokens.FUNCTION_WORDS for word in before)
    return f"It does not say who “{pronoun[0]}” is." if pronoun and not is_named else None


def _stands_negated(cue: str, sources: Sources) -> bool:
    return any(one.negated and alike(one.lemma, cue) for found in sources.read for one in found.predicates)


def _to_words(text: str, told: Roles, sources: Sources) -> Iterator[str]:
    """Every telling word must have its like in the sources; titles and the like in what they say of the speaker."""
    usable_words = sources.usable
    cues = [speech.cue for speech in told.speeches if speech.cue in _NEUTRAL]
    cited = " ".join(one.cue for one in sources.credited)
    free = [*_forms_of(cues, text), *_first_names(text, usable_words, sources.evidence), *_meant_by_pronouns(sources)]
    missing = uncovered(text, f"{usable_words} {cited}", free=free)
    if missing:
        credit, credited = sources.credits, set(tokens.words(_crediting(text, told)))
        missing = [word for word in missing if word not in credited or not _is_in_credit(word, credit)]
        missing = [word for word in missing if not kin(word) & homes(sources.credited, sources.evidence)]
    if missing and not uncovered(" ".join(missing), " ".join(map(sources.evidence.quote, sources.places))):
        somebody = f"The article attributes “{missing[0]}” to somebody else."
        yield somebody if sources.credited else HIDDEN
    elif missing:
        listed = ", ".join(f"“{word}”" for word in missing[:3])
        yield f"The cited words do not say {listed}."


def _first_names(text: str, usable_words: str, evidence: Evidence) -> Iterator[str]:
    """The rest of the full names in the sentence by whose last word the sources name somebody on record."""
    for name in {one.speaker for one in evidence.record if one.speaker and one.speaker in text}:
        *first, last = tokens.words(name) or [""]
        if any(same_name(last, word) for word in tokens.words(usable_words)):
            yield from first


def _meant_by_pronouns(sources: Sources) -> Iterator[str]:
    """The names of the credited whom the sources call "it" or "he"."""
    for one in sources.credited:
        if one.speaker and one.speaker_as_written.lower() in tokens.PRONOUNS:
            yield from tokens.words(one.speaker)


def _is_in_credit(word: str, credit: str) -> bool:
    return not uncovered(word, credit) or any(same_name(word, other) for other in tokens.words(credit))


def _forms_of(cues: Sequence[str], text: str) -> list[str]:
    """The words of the text that are forms of one of the verbs."""
    stems = {tokens.stem(form) for cue in cues for form in tokens.alternatives(cue)}
    return [word for word in tokens.words(text) if tokens.stem(word) in stems]


def _crediting(text: str, told: Roles) -> str:
    """The words of the sentence that say who speaks: from the speaker's name to the cue, or the name alone."""
    parts = []
    for speech in told.speeches:
        end = speech.speaker_start + len(speech.speaker)
        between = text[end : speech.start]
        parts.append(text[speech.speaker_start : speech.start] if between.startswith(",") else speech.speaker)
    return " ".join(parts)


def _dates(sources: Sources) -> list[str]:
    return [str(sources.evidence.articles[place.source].published or "") for place in sources.places]


def _to_each_speaker(text: str, told: Roles, sources: Sources) -> Iterator[str]:
    """Where several speak in a sentence, each may only say what they said."""
    aloud = sorted((one for one in told.speeches if one.speaker), key=lambda one: min(one.start, one.speaker_start))
    heard = [
        (one, [said for said in sources.credited if is_voice(one.speaker, said, sources.evidence)]) for one in aloud
    ]
    heard = [(one, said) for one, said in heard if said]
    if len({said[0].speaker for _, said in heard}) < _SEVERAL:
        return
    for (one, said), following in zip(heard, [*(other for other, _ in heard[1:]), None], strict=True):
        ends = min(following.start, following.speaker_start) if following else len(text)
        part = text[min(one.start, one.speaker_start) : ends]
        own = usable(sources.places, said, sources.evidence)
        free = [*_forms_of([one.cue], part), *tokens.words(_crediting(text, told))]
        if missing := uncovered(part, own, free=free):
            yield f"{one.speaker} is not recorded as saying “{missing[0]}”."


def _to_pairs(text: str, sources: Sources) -> Iterator[str]:
    """Two words of one name must be beside each other in an article or on record too: no “Vladimir Lavrov”."""
    held = [sources.evidence.articles[source].text for source in {place.source for place in sources.places}]
    held += [name for one in sources.evidence.record for name in (one.speaker, one.via) if name]
    heard = {(sound(one), sound(other)) for words_there in held for one, other in _pairs(words_there)}
    lists = name_lists()
    for first, second in _pairs(text):
        is_free = first in lists.nations or first in lists.titles or first in tokens.FUNCTION_WORDS
        if not is_free and (sound(first), sound(second)) not in heard:
            yield f"The article names no “{first.title()} {second.title()}”."


def _pairs(text: str) -> set[tuple[str, str]]:
    """Words with a capital that stand beside each other, folded."""
    return {(fold_name(one), fold_name(two)) for one, two in _PAIR.findall(text)}


def _to_predicates(told: Roles, sources: Sources) -> Iterator[str]:
    """What is said must be said so: not denied, no mere possibility, no plan, in its time."""
    held = [one for found in sources.read for one in found.predicates]
    cues = {speech.start for speech in told.speeches}
    for one in told.predicates:
        alike_there = [other for other in held if _same_deed(one.lemma, other.lemma)]
        if not alike_there:
            if one.negated and not any(other.negated for other in held):
                yield f"The article does not deny “{one.lemma}”."
            if one.modal and not any(_same_modal(one.modal, other) for other in held):
                yield f"The article does not say “{one.modal}”."
            continue
        compare = _of_telling if one.start in cues else _difference
        reasons = [compare(one, other) for other in alike_there]
        if all(reasons):
            yield str(reasons[0])


def _to_nouns(text: str, told: Roles, sources: Sources) -> Iterator[str]:
    """A deed that is told as a noun ("an application") may not lose the plan or the *not* that it stands under."""
    verbs = {one.lemma for one in told.predicates}
    held = [one for found in sources.read for one in found.predicates]
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


def _difference(one: Predicate, other: Predicate) -> str | None:
    """How the article says the same otherwise; None if it does not."""
    ways, others = _ways(one.under), _ways(other.under)
    is_hoped = one.modal == "would" and others <= _ways(frozenset({"hope", "want", "plan"}))
    if one.negated != other.negated:
        return f"The article {'denies' if other.negated else 'does not deny'} “{one.lemma}”."
    if others - ways and not is_hoped:
        return f"The article does not say “{one.lemma}” as a fact."
    return None if _same_modal(one.modal, other) else f"The article does not say “{one.modal or 'simply'} {one.lemma}”."


def _of_telling(one: Predicate, other: Predicate) -> str | None:
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


def _to_slots(told: Roles, sources: Sources) -> Iterator[str]:
    """Nothing may fill a place in which the source has something else."""
    held = [slot for found in sources.read for slot in found.slots]
    cues = {speech.cue for speech in told.speeches if speech.speaker}
    for slot in told.slots:
        if not slot.filler or slot.head in _LIGHT_HEADS or slot.relation not in _RELATIONS:
            continue
        if slot.relation == "subject" and slot.head in cues and sources.credited:
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
