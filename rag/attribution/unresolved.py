"""Statements before anybody is known by name: cue, content, how the speaker is written. Knows no people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rag.attribution.direct_speech import Utterance, utterances
from rag.attribution.indirect_speech import attributions
from rag.attribution.masking import Unit, is_title
from rag.attribution.mentions import Mention, mention_of
from rag.attribution.nesting import Attribution
from rag.attribution.standing import goes_on, standing_of
from rag.types import Article, Kind, Polarity, Span, Standing

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

_AUTHORS = {"i", "we", "you", "me", "us"}  # outside quotes these are the journalist or the reader
_LEAST_WORDS = 5  # of a quotation that is kept though nobody is named as its speaker
_ASKING = {"ask", "inquire", "enquire", "wonder"}
_SURE = {"before": 0.97, "after": 0.97, "colon": 0.9, "signed": 0.9, "carried": 0.6, "unknown": 0.2}
_LEAST_REPORTED = 0.7
"""Confidence of a verb of speech with what it governs, however seldom people mark its like."""
_VERDICT = 2
"""Units behind a statement that may tell what became of it."""
_UNMARKED = 0.85


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A statement whose speaker is not resolved yet. `units` are the first and last unit that it touches.

    `led` is the cue of a colon line in front, where the quote has a cue of its own as well.
    """

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
    standing: Standing = "said"


def unresolved(article: Article, units: Sequence[Unit], docs: Sequence[Doc | None]) -> list[Unresolved]:
    """Every attribution of the article, in the order of their cues."""
    spoken = utterances(units, docs)
    quoted = (_quoted(article, units, utterance) for utterance in spoken)
    found = [one for one in quoted if one is not None]
    for report in _reports(article, units, docs, spoken):
        _add(found, report, article)
    return _with_stories(sorted(found, key=lambda one: (one.units[0], one.cue_span.start)), units)


def _with_stories(found: list[Unresolved], units: Sequence[Unit]) -> list[Unresolved]:
    """What a character says goes on in the sentences behind, while a pronoun or nobody is named as its speaker."""
    for number, one in enumerate(found[1:], start=1):
        before = found[number - 1]
        same = units[before.units[1]].block == units[one.units[0]].block
        if same and (one.speaker is None or one.speaker.kind in {"he", "she"} or one.speaker == before.speaker):
            found[number] = replace(one, standing=goes_on(before.standing, one.standing))
    return found


def _behind(units: Sequence[Unit], number: int) -> str:
    """The narration right behind a unit, which may tell what became of the words in it."""
    following = units[number + 1 : number + 1 + _VERDICT]
    return " ".join(unit.skeleton.strip() for unit in following)


def _add(found: list[Unresolved], report: Unresolved, article: Article) -> None:
    """Adds what is reported; with a quote under the same cue it is one statement: “The line, she said, “is open.””.

    What stands in front of a cue whose quote is a sentence of its own sets the scene: “In Vienna, she said, “We …””.
    """
    for number, one in enumerate(found):
        under = one.cue_span == report.cue_span and one.marked and one.units == report.units
        if under and report.content[0] < one.cue_span < one.content[0] and article.text[one.content[0].start].isupper():
            return
        if under and not any(span.overlaps(other) for span in one.content for other in report.content):
            content = tuple(sorted((*report.content, *one.content)))
            found[number] = replace(one, content=content, kind="mixed", polarity=report.polarity)
            return
    found.append(report)


def _reports(
    article: Article, units: Sequence[Unit], docs: Sequence[Doc | None], spoken: Sequence[Utterance]
) -> Iterator[Unresolved]:
    used = {(one.cue_unit, one.cue.i, one.how) for one in spoken if one.cue is not None}
    used |= {(one.lead[1], one.lead[0].i, "colon") for one in spoken if one.lead is not None}
    for number, (unit, doc) in enumerate(zip(units, docs, strict=True)):
        for attribution in attributions(unit, doc, article.text) if doc is not None else ():
            sides = {how for cue_unit, index, how in used if (cue_unit, index) == (number, attribution.cue.i)}
            # A cue that leads in a quote by a colon line belongs to it; before a quote it may govern a clause as well.
            if attribution.frame == "according" and _only_passes_on(number, attribution, spoken):
                continue
            if sides - {"carried", "before"} or ("before" in sides and attribution.frame != "clause"):
                continue
            one = _reported(article, units, number, attribution)
            if one is not None:
                yield one


def _only_passes_on(number: int, attribution: Attribution, spoken: Sequence[Utterance]) -> bool:
    """“…,” Lavrov said, according to News Armenia: the outlet is the quote's via and says nothing more."""
    cues = (one.cue for one in spoken if one.cue_unit == number and one.cue is not None)
    return any(cue.i in attribution.words and cue.i != attribution.cue.i for cue in cues)


def _quoted(article: Article, units: Sequence[Unit], utterance: Utterance) -> Unresolved | None:
    content = tuple(span for quote in utterance.quotations if (span := _inside(article.text, quote.inner)) is not None)
    marked = any(quote.marked for quote in utterance.quotations)
    speaker = _mention(article, units, utterance.cue_unit, utterance.speaker)
    words = sum(len(article.cut(span).split()) for span in content)
    if not content or (speaker is None and (words < _LEAST_WORDS or not marked)):
        return None
    first, led = utterance.unit, None
    if utterance.how in {"before", "after", "colon"}:
        first = min(first, utterance.cue_unit)
    if utterance.lead is not None:
        cue, number = utterance.lead
        first, led = min(first, number), units[number].span_of(cue.idx, cue.idx + len(cue.text))
    return Unresolved(
        units=(first, utterance.last_unit),
        cue=utterance.cue_text,
        cue_span=utterance.cue_span or Span(content[0].start, content[0].start + 1),
        content=content,
        speaker=speaker,
        via=_voice(_mention(article, units, utterance.via_unit, utterance.via)),
        kind="direct",
        polarity="asks" if utterance.cue is not None and utterance.cue.lemma_ in _ASKING else "asserts",
        marked=marked,
        confidence=_SURE[utterance.how] * (1.0 if marked else _UNMARKED),
        led=led,
    )


def _reported(article: Article, units: Sequence[Unit], number: int, attribution: Attribution) -> Unresolved | None:
    unit = units[number]
    speaker = mention_of(attribution.speaker, unit, article.text) if attribution.speaker is not None else None
    content = tuple(attribution.content)
    if speaker is None or speaker.written.lower() in _AUTHORS or _says_nothing(attribution):
        return None
    if attribution.frame != "noun" and any(span.overlaps(speaker.span) for span in content):
        return None
    cue = unit.span_of(attribution.cue.idx, attribution.cue.idx + len(attribution.cue.text))
    if any(quote.inner.covers(cue) for quote in unit.fragments):
        return None  # the cue itself is quoted: somebody else's words
    told = [quote for quote in unit.fragments if quote.marked]
    if (
        attribution.frame != "name"
    ):  # “called it an “Axis of Sand””, but not “said that she had read “The Axis of Sand””
        told = [quote for quote in told if not is_title(article.text, unit.span.start, quote)]
    marked = any(quote.inner.overlaps(span) for quote in told for span in content)
    return Unresolved(
        units=(number, number),
        cue=attribution.cue_text,
        cue_span=cue,
        content=content,
        speaker=speaker,
        via=_chain([mention_of(voice, unit, article.text) for voice in attribution.via]),
        kind="mixed" if marked else "reported",
        polarity=attribution.polarity,
        marked=marked,
        confidence=max(_LEAST_REPORTED, attribution.likelihood),
        standing=standing_of(attribution.cue, attribution.speaker, _behind(units, number)),
    )


def _says_nothing(attribution: Attribution) -> bool:
    """“He denied it” says something, “she criticised it” and “this was confirmed by the Kremlin” do not."""
    return attribution.frame == "object" and len(attribution.words) == 1 and attribution.polarity != "denies"


def _inside(text: str, inner: Span) -> Span | None:
    """The quoted words without the comma that only the tag behind them needs."""
    start, end = inner.start, inner.end
    while end > start and (text[end - 1] == "," or text[end - 1].isspace()):
        end -= 1
    return Span(start, end) if end > start else None


def _mention(article: Article, units: Sequence[Unit], number: int, token: Token | None) -> Mention | None:
    return mention_of(token, units[number], article.text) if token is not None else None


def _chain(through: Sequence[Mention]) -> str | None:
    """The voices that pass words on, outermost first: “Reuters, citing police”."""
    return ", citing ".join(voice for one in through if (voice := _voice(one)) is not None) or None


def _voice(via: Mention | None) -> str | None:
    """Who passed the words on: by name, without article, or as written."""
    if via is None:
        return None
    return via.name.text if via.name is not None else via.written
