"""Who did what to whom, and whether: a sentence's roles against those of its sources. Knows grammar's results, no text.

A sentence may leave much out. It may not deny what is said, say simply what is only planned or possible, or put one in
the place of another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.answering import words
from rag.answering.checking.semantic_roles import Modal, Predicate, Roles, Slot
from rag.answering.checking.wording import alike, same_name

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
    told_words = words.words(text)
    signs = {
        number
        for number, group in enumerate(_IRREALIS)
        if any(alike(word, sign) for word in told_words for sign in group)
    }
    for word in told_words:
        if word.lower() in words.FUNCTION_WORDS or any(alike(word, verb) for verb in verbs):
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
    return {part for word in filler for name in words.alternatives(word) for part in name.split()}


def _stands_elsewhere(slot: Slot, held: Sequence[Slot]) -> bool:
    """Whether the source knows the filler in another place, or it is a name: only then is it an exchange."""
    named = any(words.is_name(word) for word in slot.filler)
    return named or any(same_name(one, two) for other in held for one in slot.filler for two in other.filler)
