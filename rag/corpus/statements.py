"""Who said what: every attribution in the body of an article. Knows one article, not the library nor questions.

What counts. A statement is one cue and its content: words in quotation marks with whoever is said to have spoken them,
the clause or object of a verb of speech, belief or judgement (`cues.toml`), "according to", a claim that is somebody's
("a claim by Pashinyan that …"). The content of reported speech opens with its "that", as in the PARC and PolNeAR
annotations. "a military operation it described as “anti-terror”" is a statement too: the words are credited to
somebody. Titles, scare quotes without a cue, hypotheticals ("would say", "if he says", "refused to say"), questions and
headlines are none. A statement without any speaker ("it was announced that …") is not recorded, except for a quotation,
whose speaker may be unknown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rag.corpus.cast import Heard, cast_of
from rag.corpus.clauses import Attribution, attributions, is_cue
from rag.corpus.language import parser
from rag.corpus.mentions import Mention, Resolver, mention_of
from rag.corpus.quotes import quotations
from rag.corpus.skeleton import Unit, units
from rag.corpus.speeches import Utterance, utterances
from rag.corpus.unmarked import unmarked_quotes
from rag.types import Article, Kind, Polarity, Span, Statement

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

_AUTHORS = {"i", "we", "you", "me", "us"}  # outside quotes these are the journalist or the reader
_LEAST_WORDS = 5  # of a quotation that is kept though nobody is named as its speaker
_SURE = {"before": 0.97, "after": 0.97, "colon": 0.9, "carried": 0.6, "unknown": 0.2}


@dataclass(frozen=True, slots=True)
class _Draft:
    """A statement before its speaker is known by name. `units` are the first and last unit that it touches."""

    units: tuple[int, int]
    cue: str
    cue_span: Span
    content: tuple[Span, ...]
    speaker: Mention | None
    via: str | None
    kind: Kind
    polarity: Polarity
    marked: bool
    confidence: float
    led: Span | None = None


def attribute(article: Article, sentences: Sequence[Span]) -> tuple[Statement, ...]:
    """Every statement in the body, in text order. `sentences` are those of the body, ordered and exact."""
    marked = quotations(article)
    plain = unmarked_quotes(article, sentences, marked)
    quoted = [quote for quote in marked if not any(quote.outer.overlaps(other.outer) for other in plain)]
    parts = units(article, sentences, sorted([*quoted, *plain]))
    docs = _parse(parts)
    drafts = sorted(_drafts(article, parts, docs), key=lambda draft: (draft.units[0], draft.cue_span.start))
    resolver = Resolver(article, cast_of(article, sentences, _heard(parts, docs)), sentences)
    return tuple(_settle(article, parts, drafts, resolver))


def _parse(parts: Sequence[Unit]) -> list[Doc | None]:
    """Parses the units that may hold an attribution, in one batch; None for the others."""
    speaking = [unit.skeleton for unit in parts if unit.speaks]
    parsed = iter(parser().pipe(speaking, batch_size=64))
    return [next(parsed) if unit.speaks else None for unit in parts]


def _heard(parts: Sequence[Unit], docs: Sequence[Doc | None]) -> Heard:
    """What the parser tells the cast of the article."""
    persons: set[str] = set()
    subjects: set[int] = set()
    speakers: set[int] = set()
    seen: set[int] = set()
    for unit, doc in zip(parts, docs, strict=True):
        if doc is None:
            continue
        seen.update(sentence.start for sentence in unit.sentences)
        names = (entity.text for entity in doc.ents if entity.label_ == "PERSON")
        persons.update(name.removesuffix("'s").removesuffix("’s") for name in names)
        acting = [token for token in doc if token.dep_ in {"nsubj", "nsubjpass"}]
        subjects.update(unit.origin[token.idx] for token in acting)
        speakers.update(unit.origin[token.idx] for token in acting if is_cue(token.head, "quote"))
    quoted = tuple(speech.quotation.inner for unit in parts for speech in unit.speeches)
    return Heard(frozenset(persons), frozenset(subjects), frozenset(speakers), frozenset(seen), quoted)


def _drafts(article: Article, parts: Sequence[Unit], docs: Sequence[Doc | None]) -> Iterator[_Draft]:
    spoken = utterances(parts, docs)
    for utterance in spoken:
        draft = _quoted(article, parts, utterance)
        if draft is not None:
            yield draft
    used = {(utterance.cue_unit, utterance.cue.i, utterance.how) for utterance in spoken if utterance.cue is not None}
    used |= {(lead[1], lead[0].i, "colon") for utterance in spoken if (lead := utterance.lead) is not None}
    for number, (unit, doc) in enumerate(zip(parts, docs, strict=True)):
        for attribution in attributions(unit, doc, article.text) if doc is not None else ():
            quotes = {how for cue_unit, index, how in used if (cue_unit, index) == (number, attribution.cue.i)}
            # A cue that leads in a quote by a colon line belongs to it; beside a quote it may govern a clause as well.
            if "colon" in quotes or (quotes and (attribution.frame != "clause" or "after" in quotes)):
                continue
            draft = _reported(article, unit, number, attribution)
            if draft is not None:
                yield draft


def _quoted(article: Article, parts: Sequence[Unit], utterance: Utterance) -> _Draft | None:
    content = tuple(span for quote in utterance.quotations if (span := _inside(article.text, quote.inner)) is not None)
    if not content:
        return None
    words = sum(len(article.cut(span).split()) for span in content)
    marked = any(quote.marked for quote in utterance.quotations)
    speaker = _mention(article, parts, utterance.cue_unit, utterance.speaker)
    if speaker is None and (words < _LEAST_WORDS or not marked):
        return None
    cue_span = utterance.cue_span or Span(content[0].start, content[0].start + 1)
    via = _mention(article, parts, utterance.via_unit, utterance.via)
    confidence = _SURE.get(utterance.how, 0.9) * (1.0 if marked else 0.85)
    first = utterance.unit if utterance.how in {"carried", "unknown"} else min(utterance.unit, utterance.cue_unit)
    led = None
    if utterance.lead is not None:
        cue, number = utterance.lead
        led = parts[number].span_of(cue.idx, cue.idx + len(cue.text))
        first = min(first, number)
    touched = (first, max(utterance.last_unit, first))
    polarity: Polarity = (
        "asks" if utterance.cue is not None and utterance.cue.lemma_ in {"ask", "inquire", "wonder"} else "asserts"
    )
    return _Draft(
        touched,
        utterance.cue_text,
        cue_span,
        content,
        speaker,
        _plain(via),
        "direct",
        polarity,
        marked,
        confidence,
        led,
    )


def _reported(article: Article, unit: Unit, number: int, attribution: Attribution) -> _Draft | None:
    speaker = mention_of(attribution.speaker, unit, article.text) if attribution.speaker is not None else None
    if speaker is None or speaker.written.lower() in _AUTHORS:
        return None
    if (
        attribution.frame == "object"
        and len(attribution.content) == 1
        and len(attribution.words) < 2
        and attribution.polarity != "denies"
    ):  # noqa: PLR2004
        if not (attribution.speaker and attribution.speaker.dep_ == "pobj"):
            return None
    content = tuple(attribution.content)
    if any(span.overlaps(speaker.span) for span in content) and attribution.frame != "noun":
        return None
    cue = unit.span_of(attribution.cue.idx, attribution.cue.idx + len(attribution.cue.text))
    if any(quote.inner.covers(cue) for quote in unit.fragments):
        return None
    marked = any(quote.marked and quote.inner.overlaps(span) for quote in unit.fragments for span in content)
    via = mention_of(attribution.via, unit, article.text) if attribution.via is not None else None
    kind: Kind = "mixed" if marked else "reported"
    return _Draft(
        (number, number),
        attribution.cue_text,
        cue,
        content,
        speaker,
        _plain(via),
        kind,
        attribution.polarity,
        marked,
        0.9,
    )


def _inside(text: str, inner: Span) -> Span | None:
    """The quoted words without the comma that only the tag behind them needs."""
    start, end = inner.start, inner.end
    while end > start and (text[end - 1] == "," or text[end - 1].isspace()):
        end -= 1
    return Span(start, end) if end > start else None


def _mention(article: Article, parts: Sequence[Unit], number: int, token: Token | None) -> Mention | None:
    return mention_of(token, parts[number], article.text) if token is not None else None


def _plain(via: Mention | None) -> str | None:
    """Who passed the words on, by name, without article."""
    if via is None:
        return None
    return via.name.text if via.name is not None else via.written


def _settle(
    article: Article, parts: Sequence[Unit], drafts: Sequence[_Draft], resolver: Resolver
) -> Iterator[Statement]:
    """Names the speakers in text order and gives every statement its span and id."""
    settled: list[tuple[_Draft, str | None]] = []
    taken: set[str] = set()
    for draft in drafts:
        name, certainty = resolver.whom(draft.speaker)
        resolver.remember(draft.cue_span.start, name)
        draft = replace(
            draft, confidence=draft.confidence * certainty, via=draft.via or _inherited(draft, name, settled, parts)
        )
        settled.append((draft, name))
    for draft, name in settled:
        others = [other for other, called in settled if other is not draft and not _same(draft, name, other, called)]
        yield Statement(
            id=_identity(article, draft, taken),
            source=article.source,
            span=_reach(article, parts, draft, others),
            content=draft.content,
            speaker=name,
            speaker_as_written=draft.speaker.written if draft.speaker else "",
            via=draft.via if draft.via != name else None,
            cue=draft.cue,
            kind=draft.kind,
            polarity=draft.polarity,
            marked=draft.marked,
            confidence=round(draft.confidence, 2),
        )


def _same(one: _Draft, name: str | None, other: _Draft, called: str | None) -> bool:
    if name is not None or called is not None:
        return name == called
    return one.speaker is not None and other.speaker is not None and one.speaker.span == other.speaker.span


def _inherited(
    draft: _Draft, name: str | None, settled: Sequence[tuple[_Draft, str | None]], parts: Sequence[Unit]
) -> str | None:
    """An unmarked quote right after what an outlet reported of the same speaker comes from that outlet."""
    if draft.marked or draft.kind != "direct" or name is None or draft.led is not None:
        return None
    block = parts[draft.units[0]].block
    for other, called in reversed(settled):
        if parts[other.units[1]].block == block - 1 and called == name:
            return other.via
    return None


def _identity(article: Article, draft: _Draft, taken: set[str]) -> str:
    first = draft.content[0]
    key = f"{article.source}\0{article.digest}\0{first.start}:{first.end}"
    identity = hashlib.sha256(key.encode()).hexdigest()[:12]
    while identity in taken:  # two attributions of the same words: an accusation and its denial
        key += "\0again"
        identity = hashlib.sha256(key.encode()).hexdigest()[:12]
    taken.add(identity)
    return identity


def _reach(article: Article, parts: Sequence[Unit], draft: _Draft, others: Sequence[_Draft]) -> Span:
    """The whole attribution: its sentences, unless somebody else speaks in them too, then only its own words."""
    places = [
        *draft.content,
        *([draft.cue_span] if draft.cue else []),
        *([draft.speaker.span] if draft.speaker else []),
    ]
    touched = parts[draft.units[0] : draft.units[1] + 1]
    places = [place for place in places if any(unit.span.covers(place) for unit in touched)]
    if draft.led is not None:
        places.append(draft.led)
    start, end = min(place.start for place in places), max(place.end for place in places)
    for sentence in (sentence for unit in touched for sentence in unit.sentences):
        if not sentence.overlaps(Span(start, end)):
            continue
        foreign = any(
            other.cue_span.overlaps(sentence) or any(span.overlaps(sentence) for span in other.content)
            for other in others
        )
        if not foreign:
            start, end = min(start, sentence.start), max(end, sentence.end)
    return _with_marks(article.text, Span(start, end))


def _with_marks(text: str, span: Span) -> Span:
    start, end = span.start, span.end
    if start and text[start - 1] in "\"“«„‘'":
        start -= 1
    if text[end : end + 1] and text[end] in '"”»’':
        end += 1
    return Span(start, end)
