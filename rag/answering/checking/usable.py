"""Which words of its sources a model's sentence may use, and what they say of those it credits. Knows no sentence.

What somebody is recorded as saying may be used only by a sentence that credits it to them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from rag.answering import words
from rag.text.names import is_person_noun, name_lists
from rag.types import Article, Evidence, Place, Span, Statement

_OF = frozenset({"of", "for", "the"})
"""Words between an office and whose it is."""


def touching(places: Sequence[Place], evidence: Evidence) -> list[Statement]:
    """The statements whose content the places hold a part of."""
    return [
        one
        for one in evidence.record
        if any(
            one.source == place.source and any(part.overlaps(place.span) for part in one.content) for place in places
        )
    ]


def read_around(places: Sequence[Place], evidence: Evidence) -> list[str]:
    """The whole sentences and attributions that the places stand in, each once."""
    spans: dict[tuple[str, Span], None] = {}
    for place in places:
        inside = [span for span in evidence.sentences.get(place.source, ()) if span.overlaps(place.span)]
        told = [one.span for one in touching([place], evidence)]
        for span in inside or [place.span]:
            spans[place.source, span] = None
        for span in told:
            if not any(other.covers(span) for other in inside):
                spans[place.source, span] = None
    return [evidence.articles[source].cut(span) for source, span in spans]


def usable(places: Sequence[Place], credited: Sequence[Statement], evidence: Evidence) -> str:
    """The words of the sources that the sentence may use, what others are recorded as saying left out."""
    record = touching(places, evidence)
    parts = []
    for source in dict.fromkeys(place.source for place in places):
        article = evidence.articles[source]
        spans = [place.span for place in places if place.source == source]
        spans += [one.span for one in credited if one.source == source]
        parts.append(_kept(article, _merged(spans), [one for one in record if one.source == source], credited))
    return "\n".join(parts)


def _kept(article: Article, spans: Sequence[Span], record: Sequence[Statement], credited: Sequence[Statement]) -> str:
    kept: list[str] = []
    for span in spans:
        others = [part for one in record if not _is_open(one, article, credited) for part in one.content]
        own = [part for one in credited for part in (*one.content, one.span) if one.source == article.source]
        kept.append(
            "".join(
                article.text[place] if _is_usable(place, others, own) else " " for place in range(span.start, span.end)
            )
        )
    return "\n".join(kept)


def _is_usable(place: int, others: Sequence[Span], own: Sequence[Span]) -> bool:
    """Whether the innermost span around a character is one that may be used."""
    ours = min((span.end - span.start for span in own if span.start <= place < span.end), default=None)
    theirs = min((span.end - span.start for span in others if span.start <= place < span.end), default=None)
    return theirs is None or (ours is not None and ours <= theirs)


def _is_open(one: Statement, article: Article, credited: Sequence[Statement]) -> bool:
    """Whether the statement needs no credit: it is credited, or the article itself tells it."""
    return one in credited or (one.speaker is not None and one.speaker == article.outlet)


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def introductions(credited: Sequence[Statement], evidence: Evidence) -> str:
    """The words by which articles say who the credited are: their titles, roles and whom they speak for."""
    found: dict[str, None] = {}
    for one in credited:
        found |= dict.fromkeys(part for part in (one.speaker, one.via, one.speaker_as_written, one.speaks_for) if part)
        if one.speaker:
            same = (other.speaker_as_written for other in evidence.record if other.speaker == one.speaker)
            beside = (told for article in evidence.articles.values() for told in _beside(one.speaker, article))
            found |= dict.fromkeys([*same, *beside])
    return "; ".join(found)


def _beside(name: str, article: Article) -> Iterator[str]:
    """The titles right before a name in an article, and what stands behind it between commas."""
    for found in re.finditer(
        rf"(?P<before>(?:[\w’'-]+ ){{0,5}}){re.escape(name)}(?:, (?P<behind>[^,.;\n]+)[,.])?", article.text
    ):
        titles: list[str] = []
        for word in reversed(found["before"].split()):
            if not (word[:1].isupper() or is_person_noun(word.lower()) or word.lower() in name_lists().titles | _OF):
                break
            titles.insert(0, word)
        yield " ".join([*titles, *filter(None, [found["behind"]])])


def homes(credited: Sequence[Statement], evidence: Evidence) -> frozenset[str]:
    """The nations that the credited speak for as "we", by how articles introduce them: "the Russian minister"."""
    found: set[str] = set()
    for one in credited:
        said = " ".join(evidence.articles[one.source].cut(part) for part in one.content)
        if one.kind != "direct" or not re.search(r"\b(?:we|our|us)\b", said, re.IGNORECASE):
            continue
        for other in evidence.record:
            if other.speaker == one.speaker:
                for word in words.words(other.speaker_as_written):
                    nation = name_lists().seats.get(word.lower()) or name_lists().nations.get(word.lower())
                    found |= {f"nation:{nation}"} if nation else set()
    return frozenset(found)
