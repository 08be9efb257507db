"""Finds sentences of different articles that answer a question differently: another phrase, or incompatible values.

A false difference is worse than none. Sentences in nearly the same words differ if one phrase differs, both phrases are
of the kind that the question asks for, and nothing else suggests two events. Sentences in different words are compared
by number alone: one value in each, of one unit and one noun, beside all words of the question.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

from rag.answering.reading import answer_spans
from rag.answering.retrieval.near_duplicates import AlignedToken, aligned_tokens, changes, likeness
from rag.core import AnswerType, Article, Citation, Evidence, Place, Query, ReadSlice, Span
from rag.text import quantities
from rag.text import tokens as words
from rag.text.name_matching import compatible
from rag.text.names import PARTICLES
from rag.text.spacy_models import parser

DifferenceKind = Literal["date", "figure", "name", "word", "denial"]
Contrast = Literal["contradiction", "update"]

_BESIDE = 0.1
"""Minimum share of the best slice's likelihood for comparing a slice with other articles."""

_ON_TOPIC = 0.15
"""Minimum share of the question's words, by weight, in such a slice."""

_NOUNS, _FINITE = frozenset({"NOUN", "PROPN"}), frozenset({"VB", "VBD", "VBP", "VBZ", "MD"})
_MODIFIES = frozenset({"compound", "poss", "nmod", "amod"})
_ASKING = re.compile(r"\b(?:what|which|who|whom|whose|where|why|how)\b", re.IGNORECASE)
_LONGEST = 4
"""Content words of a phrase that answers by itself."""

_MOST_ADDED = 0.2
"""Maximum share of added words with which a sentence still says the same except for a common noun."""

_NEGATIONS = frozenset({"no", "not", "never", "none", "nobody", "neither", "nor", "without"})
_MONEY = frozenset("$€£")
_ROUGH, _EXACT = 0.2, 0.005
"""Values within this share of each other are the same value, rounded."""

_LEAST_SHARE = 0.99
_KINDS: Mapping[AnswerType, frozenset[DifferenceKind]] = {
    "how_many": frozenset({"figure"}), "how_long": frozenset({"figure"}), "when": frozenset({"date", "figure"}),
    "who": frozenset({"name"}), "where": frozenset({"name"}),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Phrase:
    """The words that differ from another sentence: from the first differing content word to the last."""

    place: Place
    sentence: str
    span: Span
    kind: DifferenceKind

    @property
    def text(self) -> str:
        """Its words."""
        return self.sentence[self.span.start : self.span.end]

    def stands_in(self, text: str) -> bool:
        """Returns whether a text uses the phrase, too."""
        return re.search(rf"\b{re.escape(self.text)}", text, re.IGNORECASE) is not None

    @property
    def value(self) -> quantities.Measure | None:
        """The phrase's number, with what it counts."""
        every = quantities.measures(self.sentence)
        return next((found for found in every if Span(found.start, found.end).overlaps(self.span)), None)


def differing(query: Query, evidence: Evidence, citations: Sequence[Citation]) -> tuple[tuple[int, ...], ...]:
    """Groups citations that contradict each other, by number; each group holds one citation of every version."""
    places = {citation.number: Place(citation.source, Span(citation.start, citation.end)) for citation in citations}
    groups: list[tuple[int, ...]] = []
    for number, place in places.items():
        behind = [later for later in places if later > number]
        others = [later for later in behind if contrast(place, places[later], query, evidence) == "contradiction"]
        if others and not any(number in group for group in groups):
            groups.append((number, *others))
    return tuple(groups)


def contrasting(query: Query, evidence: Evidence) -> tuple[Place, Place] | None:
    """Finds the likeliest slice that another article contradicts, and the contradicting place; None if there is none.

    Contradictions come before differences that may be a later update.
    """
    if query.intent != "fact":
        return None
    near = compared_slices(evidence.read)
    told = {place: _told(place, query, evidence) for place in dict.fromkeys((*evidence.counterparts, *near))}
    found = [
        ((place, other), how)
        for place in near
        for other in (*evidence.counterparts, *near)
        if (how := _contrast(told[place], told[other], query, evidence))
    ]
    return min(found, key=lambda pair: pair[1] == "update", default=(None, None))[0]


def compared_slices(read: Sequence[ReadSlice]) -> list[Place]:
    """Returns the slices, likeliest first, that may be set beside what other articles tell."""
    return [
        read_slice.place
        for read_slice in read
        if read_slice.likelihood >= _BESIDE * read[0].likelihood and read_slice.signals.overlap >= _ON_TOPIC
    ]


def contrast(one: Place, other: Place, query: Query, evidence: Evidence) -> Contrast | None:
    """Returns how two articles differ in the answer; None if they do not, or are about different events.

    Figures and dates of articles of different days may both be right, the later one an update.
    """
    if query.intent != "fact":
        return None
    return _contrast(_told(one, query, evidence), _told(other, query, evidence), query, evidence)


@dataclass(frozen=True, slots=True)
class _Told:
    """What a place tells: the only value that may answer, and its sentences (itself without any) with their words."""

    place: Place
    value: quantities.Measure | None
    sentences: tuple[tuple[Place, tuple[AlignedToken, ...]], ...]


def _told(place: Place, query: Query, evidence: Evidence) -> _Told:
    every = [span for span in evidence.sentences.get(place.source, ()) if span.overlaps(place.span)]
    places = [Place(place.source, span) for span in every or [place.span]]
    words_of = tuple((sentence, aligned_tokens(evidence.quote(sentence))) for sentence in places)
    return _Told(place, _only_value(evidence.quote(place), query, evidence), words_of)


def _contrast(one: _Told, other: _Told, query: Query, evidence: Evidence) -> Contrast | None:
    if one.place.source == other.place.source:
        return None
    is_other_value = _disagree(one.value, other.value)
    kinds = frozenset[DifferenceKind]({"figure"}) if is_other_value else _kinds_apart(one, other, query, evidence)
    days = {evidence.articles[told.place.source].published or "" for told in (one, other)} - {""}
    may_be_update = bool(kinds & {"date", "figure"}) and len({day[:10] for day in days}) > 1
    return ("update" if may_be_update else "contradiction") if kinds else None


def _kinds_apart(one: _Told, other: _Told, query: Query, evidence: Evidence) -> frozenset[DifferenceKind]:
    """Returns the kinds of the only phrases in which two sentences differ, if these answer; else none."""
    alike = (
        (place, words, other_place, other_words)
        for (place, words), (other_place, other_words) in product(one.sentences, other.sentences)
        if likeness(words, other_words)
    )
    return next((kinds for pair in alike if (kinds := _kinds_of_swaps(*pair, query, evidence))), frozenset())


def _kinds_of_swaps(
    one: Place,
    first: tuple[AlignedToken, ...],
    other: Place,
    second: tuple[AlignedToken, ...],
    query: Query,
    evidence: Evidence,
) -> frozenset[DifferenceKind]:
    found = changes(first, second)
    if query.asks == "yes_no":
        is_denied = [_negations(change.one for change in found), _negations(change.other for change in found)]
        return frozenset({"denial"}) if is_denied[0] != is_denied[1] else frozenset()
    phrases = ((_phrase(change.one, one, evidence), _phrase(change.other, other, evidence)) for change in found)
    swaps = [(mine, theirs) for mine, theirs in phrases if mine and theirs]
    kinds = frozenset(phrase.kind for swap in swaps for phrase in swap)
    is_of_one = len(kinds) == 1 or not kinds & {"date", "figure"} or query.asks == "when"
    added = sum(len(change.one) + len(change.other) for change in found if not (change.one and change.other))
    if "word" in kinds and added > _MOST_ADDED * min(len(first), len(second)):
        return frozenset()
    are_apart = is_of_one and all(_may_answer(*swap, query) and _are_apart(*swap, evidence) for swap in swaps)
    return kinds if are_apart else frozenset()


def _negations(phrases: Iterable[Sequence[AlignedToken]]) -> int:
    every = (token.folded for phrase in phrases for token in phrase)
    return sum(word in _NEGATIONS or word.endswith("n't") for word in every)


def _phrase(found: Sequence[AlignedToken], place: Place, evidence: Evidence) -> _Phrase | None:
    """Returns the phrase that the tokens of a sentence form, with its kind; None without a content word."""
    told = [token for token in found if token.folded not in words.FUNCTION_WORDS]
    if not told:
        return None
    sentence, span = evidence.quote(place), Span(told[0].span.start, told[-1].span.end)
    return _Phrase(place, sentence, span, _kind(told, sentence, evidence.articles[place.source]))


def _kind(told: Sequence[AlignedToken], sentence: str, article: Article) -> DifferenceKind:
    """Classifies a phrase: a date, name, figure or other words; an opening word never written small is a name."""
    span = Span(told[0].span.start, told[-1].span.end)
    if any(Span(*match.span()).overlaps(span) for match in quantities.DATE.finditer(sentence)):
        return "date"
    if all(_is_written_as_name(token, sentence) for token in told) and not all(map(_is_number, told)):
        is_name = told[0].span.start or len(told) > 1 or not re.search(rf"\b{told[0].folded}\b", article.text)
        return "name" if is_name else "word"
    return (
        "figure"
        if any(_is_number(token) or token.folded.removesuffix("s") in quantities.COUNTING for token in told)
        else "word"
    )


def _is_written_as_name(token: AlignedToken, sentence: str) -> bool:
    return words.is_name(sentence[token.span.start :]) or token.folded in PARTICLES or _is_number(token)


def _is_number(token: AlignedToken) -> bool:
    return token.folded.strip("$€£")[:1].isdigit()


def _may_answer(one: _Phrase, other: _Phrase, query: Query) -> bool:
    """Returns whether two phrases are comparable, of the kinds asked for, and not words of the question."""
    kinds, asked = {one.kind, other.kind}, _stems(query.standalone)
    if any(_stems(phrase.text) <= asked or len(_stems(phrase.text)) > _LONGEST for phrase in (one, other)):
        return False
    opens = not (one.span.start and other.span.start)
    return kinds <= _kinds(query) and not (opens and "word" in kinds)


def _kinds(query: Query) -> frozenset[DifferenceKind]:
    """Returns the kinds of phrases that may answer."""
    if kinds := _KINDS.get(query.asks):
        return kinds
    is_open = not _ASKING.search(query.standalone)
    return frozenset({"name", "word", *({"figure", "date"} if is_open else ())})


def _are_apart(one: _Phrase, other: _Phrase, evidence: Evidence) -> bool:
    """Returns whether two phrases exclude each other."""
    kinds = {one.kind, other.kind}
    if kinds == {"figure"}:
        return _are_other_values(one, other)
    if one.stands_in(other.sentence) or other.stands_in(one.sentence):
        return False
    if "word" in kinds:
        return _are_other_things(one, other, evidence)
    return "date" in kinds or not compatible(one.text, other.text)


def _are_other_values(one: _Phrase, other: _Phrase) -> bool:
    """Returns whether two phrases cannot be one number; a rough number covers all values near it."""
    first, second = one.value, other.value
    if first is None or second is None:
        return first is second and _stems(one.text) != _stems(other.text)
    share = _ROUGH if first.is_hedged or second.is_hedged else _EXACT
    return abs(first.amount - second.amount) > share * max(first.amount, second.amount)


def _are_other_things(one: _Phrase, other: _Phrase, evidence: Evidence) -> bool:
    """Returns whether two common nouns differ, and are not two words that an article uses for one thing."""
    texts = [evidence.articles[phrase.place.source].text for phrase in (one, other)]
    return not (one.stands_in(texts[1]) and other.stands_in(texts[0])) and all(map(_is_noun, (one, other)))


def _is_noun(phrase: _Phrase) -> bool:
    """Returns whether a phrase is a noun with its modifiers, and more than a common noun for a name beside it."""
    told = [token for token in parser()(phrase.sentence) if phrase.span.covers(Span(token.idx, token.idx + len(token)))]
    if not told or told[-1].pos_ not in _NOUNS or any(token.tag_ in _FINITE for token in told):
        return False
    is_class = any(child.dep_ == "compound" and child not in told for child in told[-1].children)
    return not is_class or told[-1].dep_ in _MODIFIES


def _stems(text: str) -> frozenset[str]:
    return frozenset(words.stem(word) for word in words.words(text) if word.lower() not in words.FUNCTION_WORDS)


def _only_value(text: str, query: Query, evidence: Evidence) -> quantities.Measure | None:
    """Returns the only value in a text that could answer a question for one; None if there are several."""
    if query.asks not in {"how_many", "how_long"}:
        return None
    own = answer_spans.terms_held(text, query, evidence)
    every, held = (sum(evidence.weights.get(term, 1.0) for term in terms) for terms in (query.terms, own))
    if not every or held < _LEAST_SHARE * every:
        return None
    values = [value for value in quantities.measures(text) if value.unit and _is_asked_for(value, query)]
    return values[0] if len(values) == 1 and not values[0].is_hedged else None


def _is_asked_for(value: quantities.Measure, query: Query) -> bool:
    """Returns whether a value counts what the question names; a time or a sum may stand alone: "cost $3"."""
    asked = {words.stem(term) for term in query.terms}
    is_money, head = value.unit in _MONEY, _noun(value.head)
    if {words.stem(value.unit), "" if is_money else head} & asked:
        return True
    if head and not is_money:
        return False
    is_asked_length = query.asks == "how_long"
    return answer_spans.form(query) is quantities.MONEY if is_money else value.unit == "days" and is_asked_length


def _noun(word: str) -> str:
    """Returns the stem of the counted noun; "" for a word that only continues: "44 days and", "44 days in"."""
    return "" if word in words.FUNCTION_WORDS else words.stem(word)


def _disagree(one: quantities.Measure | None, other: quantities.Measure | None) -> bool:
    """Returns whether two values cannot both be true; six weeks may be 44 days, rounded to weeks."""
    if one is None or other is None:
        return False
    same = words.stem(one.unit) == words.stem(other.unit) and (
        one.unit in _MONEY or _noun(one.head) == _noun(other.head)
    )
    rounding = max(one.step, other.step) / 2 if one.step != other.step else 0.0
    return same and abs(one.amount - other.amount) > max(rounding, _EXACT * max(one.amount, other.amount))
