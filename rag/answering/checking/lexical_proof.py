"""Proves a generated sentence word by word from its cited words, where no judge reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.answering.checking.semantic_roles import Roles, objections_to_deeds, roles
from rag.answering.checking.source_words import (
    alike,
    homes,
    introductions,
    kin,
    read_around,
    same_name,
    uncovered,
    usable,
)
from rag.answering.checking.speaker_credit import (
    HIDDEN,
    is_voice,
    objections_to_names,
)
from rag.core import Evidence, Place, Statement
from rag.text import tokens
from rag.text.quantities import unproved
from rag.text.quotation_marks import QUOTATION
from rag.text.speech_verbs import lexicon

_POINTS_OUT = re.compile(r"\W*(he|she|they|it|this|these|those|such|his|her|their|its)\b", re.IGNORECASE)
_FIRST_PERSON = re.compile(r"\b(?:I|[Ww]e|[Mm]y|[Oo]urs?)\b")
_THIRD_PERSON = re.compile(r"\b(?:he|she|his|her|him|hers)\b", re.IGNORECASE)
_ALONE = re.compile(r"\b(?:he|she|his|her|him|hers|I|[Mm]y|[Mm]e|[Mm]ine)\b")
_TOGETHER = re.compile(r"\b(?:[Ww]e|[Oo]urs?|us)\b")
_NEGATION = re.compile(
    r"\b(?:not|no|never|none|nobody|nothing|nor|neither|without|cannot|unable|fail\w*|den(?:y|ied|ies)|refus\w+|"
    r"reject\w*|dismiss\w*|disagree\w*)\b|n['’]t\b",
    re.IGNORECASE,
)
_SIGNS = {
    "may": re.compile(r"\b(?:may|might|could|can|possibl[ey]|perhaps|probably|potential(?:ly)?)\b"),
    "must": re.compile(r"\b(?:must|should|ought|ha(?:s|ve|d) to|needs?)\b"),
}
_SEVERAL = 2
_NEUTRAL = frozenset(
    """
    say tell state add note remark comment mention speak report explain write indicate express accord view talk quote
    """.split()  # noqa: SIM905 - a list of words reads better so
)
"""Verbs that may introduce whatever somebody is recorded as saying."""

_STRONG = frozenset(
    """
    deny reject dismiss refute confirm admit acknowledge concede warn threaten accuse blame condemn criticize criticise
    praise promise pledge vow urge demand call ask question insist welcome apologize apologise agree disagree claim
    allege announce predict boast complain lament fear hope believe reveal disclose emphasize emphasise stress
    """.split()  # noqa: SIM905 - a list of words reads better so
)
"""Verbs of speech that say how something was meant: the source must use them, or one like them."""

_NEUTRAL_FOR = {"emphasize", "emphasise", "stress", "underline", "underscore", "highlight", "reiterate", "insist"}


def objection_to_proof(text: str, sources: Sources, *, is_copy: bool) -> str | None:
    """Why the sentence is not proved by the words that it cites; None if it is, as a copy of them always."""
    told = roles(text)
    if not told.predicates:
        return "It is no sentence."
    return _objection_to_pronouns(text) or (None if is_copy else next(_objections(text, told, sources), None))


@dataclass(frozen=True, slots=True)
class Sources:
    """What a sentence rests on: its places, and the statements that it credits."""

    places: tuple[Place, ...]
    credited: tuple[Statement, ...]
    evidence: Evidence

    @property
    def usable(self) -> str:
        """The words that the sentence may use."""
        return usable(self.places, self.credited, self.evidence)

    @property
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
    yield from _to_polarity(told, sources)
    usable_words = sources.usable
    if figure := unproved(text, f"{usable_words} {' '.join(_dates(sources))}"):
        everything = " ".join(map(sources.evidence.quote, sources.places))
        hides = not sources.credited and unproved(text, f"{everything} {' '.join(_dates(sources))}") is None
        yield HIDDEN if hides else f"The cited words do not hold “{figure.written}”."
    yield from _to_words(text, told, usable_words, sources)
    if _THIRD_PERSON.search(text) and _TOGETHER.search(usable_words) and not _ALONE.search(usable_words):
        yield "It says of one person what “we” said of several."
    yield from _to_signs(text, sources)
    yield from objections_to_names(text, sources.places, sources.evidence)
    yield from _to_each_speaker(text, told, sources)
    yield from objections_to_deeds(text, told, sources.read, is_credited=bool(sources.credited))


def _objection_to_pronouns(text: str) -> str | None:
    """A pronoun that points out of the sentence says nothing out of its place, but within a quotation."""
    text = QUOTATION.sub(lambda quoted: "x" * len(quoted[0]), text)
    if first := _POINTS_OUT.match(text):
        return f"It does not say who or what “{first[1]}” is."
    if _FIRST_PERSON.search(text):
        return "It speaks as if it were somebody else."
    pronoun = _THIRD_PERSON.search(text)
    before = tokens.words(text[: pronoun.start()]) if pronoun else []
    if pronoun and not any(tokens.is_name(word) and word.lower() not in tokens.FUNCTION_WORDS for word in before):
        return f"It does not say who “{pronoun[0]}” is."
    return None


def _to_polarity(told: Roles, sources: Sources) -> Iterator[str]:
    """Who denied did not assert, and the other way."""
    cues = {speech.cue for speech in told.speeches if speech.cue in _STRONG or not speech.negated}
    denies = {cue for cue in cues if _denies(cue)}
    if any(speech.negated and not _stands_negated(speech.cue, sources) for speech in told.speeches):
        yield "The article does not say that this was not said."
    heard = {one.polarity for one in sources.credited}
    if denies and heard and "denies" not in heard and not _holds_cue(denies, sources):
        yield "The article reports no denial."
    if heard == {"denies"} and not denies:
        yield "The article reports a denial."
    if heard == {"asks"} and not any("ask" in kin(cue) or cue in {"ask", "question", "wonder"} for cue in cues):
        yield "The article reports a question."
    strong = {cue for cue in cues & _STRONG if cue not in _NEUTRAL_FOR}
    for cue in sorted(strong):
        if not _holds_cue({cue}, sources):
            yield f"The article does not say “{cue}”."


def _denies(cue: str) -> bool:
    return any(lexicon().polarity(cue, frame) == "denies" for frame in lexicon().frames(cue))


def _holds_cue(cues: set[str], sources: Sources) -> bool:
    read = " ".join([*read_around(sources.places, sources.evidence), *(one.cue for one in sources.credited)])
    return any(alike(cue, word) for cue in cues for word in tokens.words(read))


def _stands_negated(cue: str, sources: Sources) -> bool:
    return any(one.negated and alike(one.lemma, cue) for found in sources.read for one in found.predicates)


def _to_words(text: str, told: Roles, usable_words: str, sources: Sources) -> Iterator[str]:
    """Every telling word must have its like in the sources; titles and the like in what they say of the speaker."""
    cues = [speech.cue for speech in told.speeches if speech.cue in _NEUTRAL | _NEUTRAL_FOR]
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


def _to_signs(text: str, sources: Sources) -> Iterator[str]:
    """A *not* or a *may* more than in the sources is one too many, wherever it stands."""
    read = "\n".join(read_around(sources.places, sources.evidence))
    if len(_NEGATION.findall(text)) > len(_NEGATION.findall(read)):
        yield "It denies more than the article."
    for sign, signs in _SIGNS.items():
        if signs.search(text) and not signs.search(read):
            yield f"The article does not say “{sign}”."


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
