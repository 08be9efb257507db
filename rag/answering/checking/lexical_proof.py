"""Proves a generated sentence from its cited words: quotations letter by letter, the rest, unjudged, word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from rag.answering.checking.source_words import (
    HIDDEN,
    homes,
    introductions,
    is_voice,
    read_around,
    same_name,
    touching,
    uncovered,
    usable,
)
from rag.answering.claims.credits import CLOSING, OPENING
from rag.answering.reading.semantic_roles import Modal, Predicate, Roles, Slot, roles
from rag.core import Evidence, Place, Span, Statement
from rag.text import tokens
from rag.text.name_matching import fold_name, sound
from rag.text.names import name_lists
from rag.text.quantities import unproved
from rag.text.quotation_marks import QUOTATION, folded_marks
from rag.text.synonyms import alike, kin

_POINTS_OUT = re.compile(r"\W*(he|she|they|it|this|these|those|such|his|her|their|its)\b", re.IGNORECASE)
_FIRST_PERSON = re.compile(r"\b(?:I|[Ww]e|[Mm]y|[Oo]urs?)\b")
_SECOND_PERSON = re.compile(r"\b(?:you|yours?|yourself|yourselves)\b", re.IGNORECASE)
_THIRD_PERSON = re.compile(r"\b(?:he|she|his|her|him|hers)\b", re.IGNORECASE)
_PAIR = re.compile(r"(?=\b([A-Z][\w-]*[a-z][\w-]*) ([A-Z][\w-]*[a-z][\w-]*))")
_SEVERAL = 2
_OF_REPORTING = frozenset(
    {"reporter", "reporters", "journalist", "journalists", "news", "outlet", "interview", "article", "articles"}
)
"""Words for reporting itself: beside a credit ("told a journalist") they need no proof, elsewhere they do."""

_NEUTRAL = tokens.word_list("introducing anything")
"""Verbs that may introduce anything that somebody is recorded as saying."""

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
"""Relations that say who did what to whom, from where, with whom; other rules check when and how."""

_NEAR = 400
"""Characters around quoted words in which to look for their quotation marks."""

LOOSE = " .,;:"
"""Marks that English puts inside a quotation although they do not belong to it."""


def objection_to_proof(text: str, sources: Sources, *, is_copy: bool) -> str | None:
    """Returns why the cited words do not prove the sentence; None if they do. A copy of them is always proved."""
    told = roles(text)
    if not told.predicates:
        return "It is no sentence."
    return _objection_to_pronouns(text) or (None if is_copy else next(_objections(text, told, sources), None))


@dataclass(frozen=True)
class Sources:
    """The sources of a sentence: its places, and the statements that it credits."""

    places: tuple[Place, ...]
    credited: tuple[Statement, ...]
    evidence: Evidence

    @cached_property
    def usable(self) -> str:
        """The words that the sentence may use."""
        return usable(self.places, self.credited, self.evidence)

    @cached_property
    def read(self) -> list[Roles]:
        """The semantic roles in the whole sentences of the places."""
        return [roles(text) for text in read_around(self.places, self.evidence)]

    @property
    def credits(self) -> str:
        """Words that may be used of the credited speakers, and the articles' own names."""
        articles = [self.evidence.articles[place.source] for place in self.places]
        named = [part for article in articles for part in (article.outlet, article.published) if part]
        return " ".join([introductions(self.credited, self.evidence), *named])


def _objections(text: str, told: Roles, sources: Sources) -> Iterator[str]:
    if _SECOND_PERSON.search(QUOTATION.sub("", text)):
        yield "It speaks to the reader, of whom no article tells."
    if any(speech.negated and not _stands_negated(speech.cue, sources) for speech in told.speeches):
        yield "The article does not say that this was not said."
    if figure := unproved(text, f"{sources.usable} {' '.join(_dates(sources))}"):
        yield f"The cited words do not hold “{figure.written}”."
    yield from _to_words(text, told, sources)
    yield from _to_reporting(text, told, sources)
    yield from _to_pairs(text, sources)
    yield from _to_each_speaker(text, told, sources)
    yield from _to_predicates(told, sources)
    yield from _to_nouns(text, told, sources)
    yield from _to_slots(told, sources)


def _objection_to_pronouns(text: str) -> str | None:
    """Objects to a pronoun without a referent in the sentence, except within a quotation."""
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
    return any(
        predicate.negated and alike(predicate.lemma, cue) for found in sources.read for predicate in found.predicates
    )


def _to_words(text: str, told: Roles, sources: Sources) -> Iterator[str]:
    """Objects to content words without a match in the sources; titles may match words about the speaker."""
    usable_words = sources.usable
    cues = [speech.cue for speech in told.speeches if speech.cue in _NEUTRAL]
    cited = " ".join(statement.cue for statement in sources.credited)
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


def _to_reporting(text: str, told: Roles, sources: Sources) -> Iterator[str]:
    """Objects to articles and journalists that the sources do not name: such a sentence is about the answer itself.

    Where somebody is credited they only say how it was told, "to journalists".
    """
    if told.speeches or sources.credited:
        return
    held = {tokens.stem(word) for word in tokens.words(f"{sources.usable} {sources.credits}")}
    for word in tokens.words(text):
        if word.lower() in _OF_REPORTING and tokens.stem(word) not in held:
            yield f"The cited words do not say “{word}”."


def _first_names(text: str, usable_words: str, evidence: Evidence) -> Iterator[str]:
    """Yields the rest of full names on record whose last word is in the sources."""
    for name in {statement.speaker for statement in evidence.record if statement.speaker and statement.speaker in text}:
        *first, last = tokens.words(name) or [""]
        if any(same_name(last, word) for word in tokens.words(usable_words)):
            yield from first


def _meant_by_pronouns(sources: Sources) -> Iterator[str]:
    """Yields the names of credited speakers whom the sources call "it" or "he"."""
    for statement in sources.credited:
        if statement.speaker and statement.speaker_as_written.lower() in tokens.PRONOUNS:
            yield from tokens.words(statement.speaker)


def _is_in_credit(word: str, credit: str) -> bool:
    return not uncovered(word, credit) or any(same_name(word, credit_word) for credit_word in tokens.words(credit))


def _forms_of(cues: Sequence[str], text: str) -> list[str]:
    """Returns the words of the text that are forms of one of the verbs."""
    stems = {tokens.stem(form) for cue in cues for form in tokens.alternatives(cue)}
    return [word for word in tokens.words(text) if tokens.stem(word) in stems]


def _crediting(text: str, told: Roles) -> str:
    """Returns the words that credit the speaker: from the name to the cue, or the name alone."""
    parts = []
    for speech in told.speeches:
        end = speech.speaker_start + len(speech.speaker)
        between = text[end : speech.start]
        parts.append(text[speech.speaker_start : speech.start] if between.startswith(",") else speech.speaker)
    return " ".join(parts)


def _dates(sources: Sources) -> list[str]:
    return [str(sources.evidence.articles[place.source].published or "") for place in sources.places]


def _to_each_speaker(text: str, told: Roles, sources: Sources) -> Iterator[str]:
    """Objects if one of several speakers in a sentence did not say their part."""
    aloud = sorted(
        (speech for speech in told.speeches if speech.speaker),
        key=lambda speech: min(speech.start, speech.speaker_start),
    )
    heard = [
        (speech, [said for said in sources.credited if is_voice(speech.speaker, said, sources.evidence)])
        for speech in aloud
    ]
    heard = [(speech, said) for speech, said in heard if said]
    if len({said[0].speaker for _, said in heard}) < _SEVERAL:
        return
    for (speech, said), following in zip(
        heard, [*(following_speech for following_speech, _ in heard[1:]), None], strict=True
    ):
        ends = min(following.start, following.speaker_start) if following else len(text)
        part = text[min(speech.start, speech.speaker_start) : ends]
        own = usable(sources.places, said, sources.evidence)
        free = [*_forms_of([speech.cue], part), *tokens.words(_crediting(text, told))]
        if missing := uncovered(part, own, free=free):
            yield f"{speech.speaker} is not recorded as saying “{missing[0]}”."


def _to_pairs(text: str, sources: Sources) -> Iterator[str]:
    """Objects to two words of a name that are not adjacent in an article or on record: no “Vladimir Lavrov”."""
    held = [sources.evidence.articles[source].text for source in {place.source for place in sources.places}]
    held += [name for statement in sources.evidence.record for name in (statement.speaker, statement.via) if name]
    heard = {(sound(first), sound(second)) for words_there in held for first, second in _pairs(words_there)}
    lists = name_lists()
    for first, second in _pairs(text):
        is_free = first in lists.nations or first in lists.titles or first in tokens.FUNCTION_WORDS
        if not is_free and (sound(first), sound(second)) not in heard:
            yield f"The article names no “{first.title()} {second.title()}”."


def _pairs(text: str) -> set[tuple[str, str]]:
    """Returns adjacent capitalised words, folded."""
    return {(fold_name(first), fold_name(second)) for first, second in _PAIR.findall(text)}


def _to_predicates(told: Roles, sources: Sources) -> Iterator[str]:
    """Objects to a predicate that the source negates, makes a mere possibility or plan, or puts in another tense."""
    held = [predicate for found in sources.read for predicate in found.predicates]
    cues = {speech.start for speech in told.speeches}
    for predicate in told.predicates:
        alike_there = [match for match in held if _same_deed(predicate.lemma, match.lemma)]
        if not alike_there:
            if predicate.negated and not any(match.negated for match in held):
                yield f"The article does not deny “{predicate.lemma}”."
            if predicate.modal and not any(_same_modal(predicate.modal, match) for match in held):
                yield f"The article does not say “{predicate.modal}”."
            continue
        compare = _of_telling if predicate.start in cues else _difference
        reasons = [compare(predicate, match) for match in alike_there]
        if all(reasons):
            yield str(reasons[0])


def _to_nouns(text: str, told: Roles, sources: Sources) -> Iterator[str]:
    """Objects to an act told as a noun ("an application") without the plan or the *not* of its source."""
    verbs = {predicate.lemma for predicate in told.predicates}
    held = [predicate for found in sources.read for predicate in found.predicates]
    told_words = tokens.words(text)
    signs = {
        number
        for number, group in enumerate(_IRREALIS)
        if any(alike(word, sign) for word in told_words for sign in group)
    }
    for word in told_words:
        if word.lower() in tokens.FUNCTION_WORDS or any(alike(word, verb) for verb in verbs):
            continue
        ways = [_ways(predicate.under) for predicate in held if _same_deed(word.lower(), predicate.lemma)]
        if ways and all(ways) and not any(way & signs for way in ways):
            yield f"The article does not say “{word}” as a fact."


def _same_deed(one: str, other: str) -> bool:
    return one == other or alike(one, other)


def _difference(one: Predicate, other: Predicate) -> str | None:
    """Returns how the source's predicate differs; None if it does not."""
    ways, others = _ways(one.under), _ways(other.under)
    is_hoped = one.modal == "would" and others <= _ways(frozenset({"hope", "want", "plan"}))
    if one.negated != other.negated:
        return f"The article {'denies' if other.negated else 'does not deny'} “{one.lemma}”."
    if others - ways and not is_hoped:
        return f"The article does not say “{one.lemma}” as a fact."
    return None if _same_modal(one.modal, other) else f"The article does not say “{one.modal or 'simply'} {one.lemma}”."


def _of_telling(one: Predicate, other: Predicate) -> str | None:
    """Returns how a verb of speech differs: its tense does not matter, its negation does."""
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
    """Objects to a role that the source fills otherwise."""
    held = [slot for found in sources.read for slot in found.slots]
    cues = {speech.cue for speech in told.speeches if speech.speaker}
    for slot in told.slots:
        if not slot.filler or slot.head in _LIGHT_HEADS or slot.relation not in _RELATIONS:
            continue
        if slot.relation == "subject" and slot.head in cues and sources.credited:
            continue  # who speaks is proved by the record
        same = [
            source_slot
            for source_slot in held
            if source_slot.relation == slot.relation and _same_deed(slot.head, source_slot.head)
        ]
        if same and not any(_may_be_same(slot, source_slot) for source_slot in same) and _stands_elsewhere(slot, held):
            told_there = " ".join(sorted(same[0].filler))
            yield f"The article has “{told_there}” where it has “{' '.join(sorted(slot.filler))}”."


def _may_be_same(slot: Slot, other: Slot) -> bool:
    if not other.filler:
        return True
    return any(
        same_name(word, held_word) for word in _in_all_forms(slot.filler) for held_word in _in_all_forms(other.filler)
    )


def _in_all_forms(filler: frozenset[str]) -> set[str]:
    """Returns the words with all forms of the names among them: EU, European, Union."""
    return {part for word in filler for name in tokens.alternatives(word) for part in name.split()}


def _stands_elsewhere(slot: Slot, held: Sequence[Slot]) -> bool:
    """Returns whether the source has the filler in another role, or it is a name: only then is it an exchange."""
    named = any(tokens.is_name(word) for word in slot.filler)
    return named or any(
        same_name(word, held_word) for source_slot in held for word in slot.filler for held_word in source_slot.filler
    )


def objection_to_quotes(
    text: str, places: Sequence[Place], credited: Sequence[Statement], evidence: Evidence
) -> str | None:
    """Returns why a quotation in the sentence may not be shown; None if all may, or there is none."""
    for quoted in QUOTATION.finditer(text):
        wanted = folded_marks(quoted["words"]).strip(LOOSE)
        found = _find(wanted, places, evidence)
        if not found:
            return f"“{quoted['words']}” does not stand so in the cited words."
        if not any(_is_quoted(place, credited, evidence) for place in found):
            return f"The article does not give “{quoted['words']}” as a quote."
    return None


def _find(wanted: str, places: Sequence[Place], evidence: Evidence) -> list[Place]:
    """Finds folded words in the places, whole words only."""
    found = []
    for place in places:
        text = folded_marks(evidence.quote(place))
        # What is a sentence there may stand within another here, and the other way.
        first = f"[{re.escape(wanted[:1].lower())}{re.escape(wanted[:1].upper())}]"
        for match in re.finditer(rf"(?<!\w){first}{re.escape(wanted[1:])}(?!\w)", text) if wanted else ():
            start = place.span.start + match.start()
            found.append(Place(place.source, Span(start, start + len(wanted))))
    return found


def _is_quoted(place: Place, credited: Sequence[Statement], evidence: Evidence) -> bool:
    """Returns whether the words are in quotation marks, or a direct quote of somebody who is credited."""
    record = [
        statement
        for statement in touching([place], evidence)
        if any(part.covers(place.span) for part in statement.content)
    ]
    if any(statement.kind == "direct" and statement in credited for statement in record):
        return True
    own = [statement for statement in record if statement.speaker]
    return _stands_in_marks(place, evidence) and (not own or any(statement in credited for statement in own))


def _stands_in_marks(place: Place, evidence: Evidence) -> bool:
    """Returns whether a quotation mark opens before the words and closes after them, in one paragraph."""
    text, start, end = evidence.articles[place.source].text, place.span.start, place.span.end
    before = text[max(0, start - _NEAR) : start].rsplit("\n", 1)[-1]
    after = text[end : end + _NEAR].split("\n", 1)[0]
    curly = before.rfind("“") > before.rfind("”") and ("”" in after or '"' in after)
    straight = before.count('"') % 2 == 1 and '"' in after
    angled = before.rfind("«") > before.rfind("»") and "»" in after
    low = before.rfind("„") > max(before.rfind("“"), before.rfind("”")) and ("“" in after or "”" in after)
    return curly or straight or angled or low


def with_exact_quotes(text: str, places: Sequence[Place], evidence: Evidence) -> str:
    """Replaces each quotation by its source's characters; a comma or stop that is not there moves out of the marks."""

    def exact(quoted: re.Match[str]) -> str:
        bare = quoted["words"].strip(LOOSE)
        place, *_ = _find(folded_marks(bare), places, evidence)
        rest = quoted["words"].rstrip()[len(quoted["words"].rstrip(LOOSE)) :]
        longer = Span(place.span.start, place.span.end + len(rest))
        whole = evidence.articles[place.source].text[longer.start : longer.end]
        is_same = folded_marks(whole)[1:] == folded_marks(bare + rest)[1:]
        if rest and is_same and any(cited.span.covers(longer) for cited in places):
            return f"{OPENING}{whole}{CLOSING}"
        outside = "" if text[quoted.end() : quoted.end() + 1] in set(LOOSE.strip()) else rest
        return f"{OPENING}{evidence.quote(place)}{CLOSING}{outside}"

    return QUOTATION.sub(exact, text)
