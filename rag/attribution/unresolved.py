"""Collects an article's statements before anybody is known by name: cue, content, how the speaker is written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import takewhile
from typing import TYPE_CHECKING

from rag.attribution.direct_speech import Utterance, utterances
from rag.attribution.indirect_speech import attributions
from rag.attribution.masking import Unit, is_title, without_markup
from rag.attribution.masking import units as units_of
from rag.attribution.mentions import SpeakerMention, mention_of
from rag.attribution.relays import Attribution, is_denied, only_leads_to
from rag.attribution.standing import is_maker, is_of_today, standing_of
from rag.attribution.syntax import is_cue, is_in_passing, is_passive, is_said
from rag.attribution.unmarked_quotes import LABEL, Interview, interview_of
from rag.core import Article, Kind, Polarity, Span, Standing
from rag.text.languages import is_english
from rag.text.name_matching import fold_name
from rag.text.names import is_person_noun, is_plain_word, nation_of, read_name, written_names
from rag.text.quotation_marks import Quotation, quotations
from rag.text.spacy_models import function_words, parser
from rag.text.speech_verbs import lexicon
from rag.text.tokens import word_list

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

_AUTHORS = {"i", "we", "you", "me", "us"}  # outside quotes these are the journalist or the reader
_LEAST_WORDS = 5  # of a quotation that is kept though nobody is named as its speaker
_SURE = {"before": 0.97, "after": 0.97, "colon": 0.9, "signed": 0.9, "carried": 0.6, "unknown": 0.2, "voiced": 0.2}
_UNMARKED = 0.85
_STORY = 2  # paragraphs that a story goes on behind the sentence that opens it
_VERDICT = 2  # sentences behind a statement that may take it back


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A statement whose speaker is not resolved yet. `units` are the first and last unit that it touches.

    `led` is the cue of a colon line in front, where the quote has a cue of its own as well; `through` are the mentions
    of those who pass the words on, `via` their names once they are known. `is_naming`: somebody is only called
    something, or spoken to about it. `is_in_passing`: the sentence around the cue's clause is the journalist's.
    """

    units: tuple[int, int]
    cue: str
    cue_span: Span
    content: tuple[Span, ...]
    speaker: SpeakerMention | None
    kind: Kind
    polarity: Polarity
    marked: bool
    confidence: float
    led: Span | None = None
    through: tuple[SpeakerMention, ...] = ()
    standing: Standing = "said"
    is_naming: bool = False
    is_carried: bool = False
    is_in_passing: bool = False
    via: str | None = None


def unresolved(article: Article, units: Sequence[Unit], docs: Sequence[Doc | None]) -> list[Unresolved]:
    """Finds every attribution of the article, in the order of their cues."""
    spoken = utterances(units, docs)
    interview = interview_of(article)
    quoted = (_quoted(article, units, docs, utterance, interview) for utterance in spoken)
    found = [draft for draft in quoted if draft is not None]
    for report in _reports(article, units, docs, spoken):
        _add(found, report, article)
    found.sort(key=lambda draft: (draft.units[0], draft.cue_span.start))
    openings = [number for number, unit in enumerate(units) if _setting().match(unit.skeleton)]
    found = [replace(draft, standing="fictional") if _is_told_in(draft, units, openings) else draft for draft in found]
    for number in range(1, len(found)):
        found[number] = _going_on(found[number], found[number - 1], units)
    true = any(draft.standing == "fictional" for draft in found) and any(map(is_of_today, docs))
    return [replace(draft, standing="said") if true and draft.standing == "fictional" else draft for draft in found]


@cache
def _setting() -> re.Pattern[str]:
    return re.compile(rf"\s*In (?:[^\s,.]+ ){{1,6}}?(?:{'|'.join(sorted(word_list('fiction')))})\b")


def _is_told_in(draft: Unresolved, units: Sequence[Unit], openings: Sequence[int]) -> bool:
    """Tells whether a story that opens close in front goes on: in the present, by nobody named until it opens."""
    block = units[draft.units[0]].block
    near = [place for place in openings if place < draft.units[0] and block - units[place].block <= _STORY]
    if not near or draft.standing != "said" or not draft.cue.endswith("s"):
        return False
    words = draft.speaker.words if draft.speaker is not None and draft.speaker.kind in {"name", "noun"} else ()
    known = any(words[-1] in unit.skeleton for unit in units[: near[-1] + 1]) if words else False
    return not known and not any(is_maker(word.lower()) for word in words)


def _going_on(draft: Unresolved, before: Unresolved, units: Sequence[Unit]) -> Unresolved:
    """Returns the statement, standing as the one before in its paragraph if the same one speaks, or “he”, or nobody."""
    same = draft.speaker is None or draft.speaker.kind in {"he", "she"} or draft.speaker == before.speaker
    if not same or units[before.units[1]].block != units[draft.units[0]].block:
        return draft
    made_up = before.standing in {"fictional", "fabricated"} and draft.standing == "said"
    return replace(draft, standing=before.standing) if made_up else draft


def _behind(units: Sequence[Unit], docs: Sequence[Doc | None], number: int) -> list[Doc]:
    near = range(number + 1, min(number + 1 + _VERDICT, len(units)))
    following = takewhile(lambda place: not (units[place].speeches or units[place].fragments), near)
    close = (docs[place] for place in following if units[place].block - units[number].block <= 1)
    return [doc for doc in close if doc is not None]


def _add(found: list[Unresolved], report: Unresolved, article: Article) -> None:
    """Adds what is reported; with a quote under the same cue it is one statement: “The line, she said, “is open.””.

    What stands before a cue whose quote is a sentence of its own sets the scene: “In Vienna, she said, “We …””.
    """
    for number, quoted in enumerate(found):
        under = quoted.cue_span == report.cue_span and quoted.marked and quoted.units == report.units
        if (
            under
            and report.content[0] < quoted.cue_span < quoted.content[0]
            and article.text[quoted.content[0].start].isupper()
        ):
            return
        if under and not any(span.overlaps(other) for span in quoted.content for other in report.content):
            content = tuple(sorted((*report.content, *quoted.content)))
            found[number] = replace(quoted, content=content, kind="mixed", polarity=report.polarity)
            return
    found.append(report)


def _reports(
    article: Article, units: Sequence[Unit], docs: Sequence[Doc | None], spoken: Sequence[Utterance]
) -> Iterator[Unresolved]:
    used = {(utterance.cue_unit, utterance.cue.i, utterance.how) for utterance in spoken if utterance.cue is not None}
    used |= {(utterance.lead[1], utterance.lead[0].i, "colon") for utterance in spoken if utterance.lead is not None}
    for number, (unit, doc) in enumerate(zip(units, docs, strict=True)):
        for attribution in attributions(unit, doc, article.text) if doc is not None else ():
            sides = {how for cue_unit, index, how in used if (cue_unit, index) == (number, attribution.cue.i)}
            # A cue that leads in a quote by a colon line belongs to it; before a quote it may govern a clause as well.
            if attribution.frame == "according" and _only_passes_on(number, attribution, spoken):
                continue
            if _only_frames(number, attribution, spoken):
                continue
            if sides - {"carried", "before"} or ("before" in sides and attribution.frame != "clause"):
                continue
            draft = _reported(article, units, docs, number, attribution)
            if draft is not None:
                yield draft


def _only_passes_on(number: int, attribution: Attribution, spoken: Sequence[Utterance]) -> bool:
    """Recognises “…,” Lavrov said, according to News Armenia: the outlet is the quote's via and says nothing more."""
    cues = (utterance.cue for utterance in spoken if utterance.cue_unit == number and utterance.cue is not None)
    return any(cue.i in attribution.words and cue.i != attribution.cue.i for cue in cues)


def _quoted(
    article: Article, units: Sequence[Unit], docs: Sequence[Doc | None], utterance: Utterance, interview: Interview
) -> Unresolved | None:
    content = tuple(span for quote in utterance.quotations if (span := _inside(article.text, quote.inner)) is not None)
    marked = any(quote.marked for quote in utterance.quotations)
    place = utterance.speaker_unit if utterance.speaker_unit >= 0 else utterance.cue_unit
    speaker = _mention(article, units, place, utterance.speaker)
    turn = _of_turn(article, units[utterance.unit], utterance.quotations[0], interview)
    speaker = turn or speaker
    words = sum(len(article.cut(span).split()) for span in content)
    enough = marked and (words >= _LEAST_WORDS or utterance.how == "voiced")
    if not content or (speaker is None and not enough):
        return None
    first, led = utterance.unit, None
    through = [mention_of(voice, units[number], article.text) for voice, number in utterance.voices]
    if utterance.how in {"before", "after", "colon"}:
        first = min(first, utterance.cue_unit)
    if utterance.lead is not None:
        cue, number = utterance.lead
        first, led = min(first, number), units[number].span_of(cue.idx, cue.idx + len(cue.text))
    polarity = _polarity(utterance, units)
    if polarity == "denies" and utterance.cue_span is not None:  # “denied “any wrongdoing by us””
        content = (Span(utterance.cue_span.start, utterance.quotations[0].outer.end), *content[1:])
    return Unresolved(
        units=(first, utterance.last_unit),
        cue=utterance.cue_text,
        cue_span=utterance.cue_span or Span(content[0].start, content[0].start + 1),
        content=content,
        speaker=speaker,
        kind="mixed" if polarity == "denies" else "direct",
        polarity=polarity,
        marked=marked,
        confidence=_SURE["colon" if turn else utterance.how] * (1.0 if marked else _UNMARKED),
        led=led,
        through=tuple(through),
        standing=_standing(units, docs, utterance),
        is_carried=utterance.how == "carried",
        is_in_passing=utterance.cue is not None and is_in_passing(utterance.cue),
    )


def _only_frames(number: int, attribution: Attribution, spoken: Sequence[Utterance]) -> bool:
    """Recognises “Police believe Prell told his wife: “…””: the belief is the quote's via and says nothing more."""
    for utterance in spoken:
        if (
            utterance.cue is None
            or utterance.cue_unit != number
            or (attribution.speaker, number) not in utterance.voices
        ):
            continue
        through = [voice for voice, _ in utterance.voices]
        is_tag = utterance.how == "after" and attribution.cue.i > utterance.cue.i
        if utterance.cue.i in attribution.words and (
            is_tag or only_leads_to(utterance.cue, attribution.words, through)
        ):
            return True
    return False


def _polarity(utterance: Utterance, units: Sequence[Unit]) -> Polarity:
    """Tells how quoted words are meant; “denied “any wrongdoing”” denies them, “I did nothing,” he denied does not."""
    if utterance.cue is None:
        return "asserts"
    polarity = lexicon().polarity(utterance.cue.lemma_, "clause")
    leads = {speech.lead for speech in units[utterance.unit].speeches if speech.quotation == utterance.quotations[0]}
    return "asserts" if polarity == "denies" and (utterance.how != "before" or leads != {"cue"}) else polarity


def _reported(
    article: Article, units: Sequence[Unit], docs: Sequence[Doc | None], number: int, attribution: Attribution
) -> Unresolved | None:
    unit = units[number]
    speaker = _mention(article, units, number, attribution.speaker)
    content = tuple(attribution.content)
    if _says_nothing(attribution):
        return None
    through = [mention_of(voice, unit, article.text) for voice in attribution.via]
    if speaker is not None and _is_own(article, speaker, attribution.cue):
        speaker = through.pop() if through else None  # “…, Orda reports, citing police”
    if (speaker is None and not _is_hearsay(attribution)) or (speaker and speaker.written.lower() in _AUTHORS):
        return None
    if speaker is not None and attribution.frame != "noun" and any(span.overlaps(speaker.span) for span in content):
        return None
    cue = unit.span_of(attribution.cue.idx, attribution.cue.idx + len(attribution.cue.text))
    if any(quote.inner.covers(cue) for quote in unit.fragments):
        return None  # the cue itself is quoted: somebody else's words
    told = [quote for quote in unit.fragments if quote.marked]
    if attribution.frame != "name":  # “called it an “Axis of Sand””, but not “had read “The Axis of Sand””
        told = [quote for quote in told if not is_title(article.text, unit.span.start, quote)]
    marked = any(quote.inner.overlaps(span) for quote in told for span in content)
    if not marked and _is_only_a_thing(attribution):
        return None
    return Unresolved(
        units=(number, number),
        cue=attribution.cue_text,
        cue_span=cue,
        content=content,
        speaker=speaker,
        kind="mixed" if marked else "reported",
        polarity=attribution.polarity,
        marked=marked,
        confidence=attribution.likelihood,
        is_naming=attribution.frame in {"name", "about"},
        through=tuple(through),
        is_in_passing=is_in_passing(attribution.cue),
        standing=standing_of(attribution.cue, attribution.speaker, _behind(units, docs, number)),
    )


def _is_a_tag(words: Sequence[Token]) -> bool:
    """Tells whether words beside a mark only introduce a quotation: “added: “…”, she said”."""
    first, last = words[0], words[-1]
    behind = last.nbor().text if last.i + 1 < len(last.doc) else ""
    beside = behind == ":" or (first.i > 0 and first.nbor(-1).is_punct)
    return beside and all(word.is_punct or word.pos_ in {"PRON", "AUX"} or is_cue(word, "quote") for word in words)


def _is_hearsay(attribution: Attribution) -> bool:
    """Tells whether it is told without a speaker, by the grammar of its cue: “is said to”, “it was reported that”."""
    impersonal = attribution.frame == "clause" and is_passive(attribution.cue)
    return impersonal or attribution.frame in {"hearsay", "noun"}


def _says_nothing(attribution: Attribution) -> bool:
    """Recognises “He denied it” says something, “she criticised it” and “this was confirmed by the Kremlin” do not."""
    words = [attribution.cue.doc[index] for index in sorted(attribution.words)]
    if attribution.frame == "clause":
        return _is_a_tag(words)
    bare = len(words) == 1 and words[0].pos_ != "PROPN"
    return attribution.frame == "object" and bare and attribution.polarity != "denies"


def _is_only_a_thing(attribution: Attribution) -> bool:
    """Recognises “She says Leo Tann”: what the parser cuts off as the object of “say” tells nothing without a verb."""
    words = (attribution.cue.doc[index] for index in attribution.words)
    is_object = attribution.frame == "object" and attribution.cue.lemma_ == "say"
    return is_object and not any(word.pos_ in {"VERB", "AUX"} for word in words)


def _inside(text: str, inner: Span) -> Span | None:
    start, end = inner.start, inner.end
    while end > start and (text[end - 1] in ",*_" or text[end - 1].isspace()):
        end -= 1
    while start < end and text[start] in "*_":
        start += 1
    return Span(start, end) if end > start else None


def _is_own(article: Article, speaker: SpeakerMention, cue: Token) -> bool:
    """Recognises the narration of the article's own outlet: “…, Orda reports” in an article of Orda's."""
    outlet = fold_name(article.outlet or "").removeprefix("the ")
    reports = "relay" in lexicon().frames(cue.lemma_)
    return reports and bool(outlet) and fold_name(speaker.written).removeprefix("the ") == outlet


def _mention(article: Article, units: Sequence[Unit], number: int, token: Token | None) -> SpeakerMention | None:
    if token is None:
        return None
    place = units[number].origin[token.idx]
    mention = _without_lead(mention_of(token, units[number], article.text), article.text, place)
    return replace(mention, written=without_markup(mention.written))


def _of_turn(article: Article, unit: Unit, quotation: Quotation, interview: Interview) -> SpeakerMention | None:
    """Finds whose turn of an interview a quotation is, where a label or its place says so."""
    label = LABEL.match(article.text, unit.span.start, unit.span.end)
    name = interview.labels.get(label["label"]) if label is not None else None
    name = name or interview.answers.get(quotation.inner.start)
    if name is None or quotation.marked:
        return None
    span = Span(*label.span("label")) if label is not None else quotation.inner
    written = label["label"] if label is not None else ""
    return SpeakerMention(written, span, "name", tuple(name.split()), read_name(name.split(), span.start))


def _without_lead(mention: SpeakerMention, text: str, place: int) -> SpeakerMention:
    """Keeps the part at `place` where the parser takes two phrases for one: “Quoting Bo Lund, Irma Falk”."""
    first, _, rest = mention.written.rpartition(", ")
    participle = (first.split()[:1] or [""])[0].endswith("ing") and rest[:1].isupper()
    end = mention.span.start + len(first)
    if participle and place < end:
        return _part(mention, text, Span(end - len(first.split(maxsplit=1)[-1]), end))
    if not participle:
        first, _, rest = mention.written.rpartition(": ")
    return _part(mention, text, Span(mention.span.end - len(rest), mention.span.end)) if first and rest else mention


def _part(mention: SpeakerMention, text: str, span: Span) -> SpeakerMention:
    name = next((run for run in written_names(text, span) if run.name), mention.name)
    written = text[span.start : span.end]
    return replace(mention, written=written, span=span, words=tuple(written.split()), name=name)


def _standing(units: Sequence[Unit], docs: Sequence[Doc | None], utterance: Utterance) -> Standing:
    if utterance.cue is not None and is_denied(utterance.cue):
        return "disputed"
    return standing_of(utterance.cue, utterance.speaker, _behind(units, docs, utterance.last_unit))


def voice(via: SpeakerMention, name: str | None, text: str) -> str:
    """Returns who passed the words on: by the article's name for them, or as written."""
    if name is not None or via.name is not None:
        return name or (via.name.text if via.name is not None else "")
    opens = text[: via.span.start].rstrip()[-1:] in {"", *'.?!:”"—–'} or text[via.span.start - 1] in "\r\n"
    small = via.words[0].istitle() and (is_plain_word(via.words[0]) or is_person_noun(via.words[0]))
    small = small or via.words[0].lower() in function_words("en")
    return via.written if nation_of(via.words[0]) or not (small and opens) else via.written[0].lower() + via.written[1:]


def is_unsaid(article: Article, sentences: Sequence[Span], span: Span) -> bool:
    """Tells whether the sentence around the words is about speech that did not take place: “Toll could say “…””."""
    if not is_english(article):
        return False
    unit = next((unit for unit in units_of(article, sentences, quotations(article)) if unit.span.covers(span)), None)
    around = next((sentence for sentence in unit.sentences if sentence.overlaps(span)), None) if unit else None
    if unit is None or around is None:
        return False
    words = _narrated(unit, around)
    cues = [token for token in words if is_cue(token, "quote")] or [token for token in words if is_cue(token, "clause")]
    return bool(cues) and not any(is_said(cue, quoted=True) for cue in cues)


def _narrated(unit: Unit, sentence: Span) -> list[Token]:
    return [token for token in parser()(unit.skeleton) if sentence.start <= unit.origin[token.idx] < sentence.end]
