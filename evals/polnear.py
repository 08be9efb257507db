"""Reads articles in which people have marked who said what: PolNeAR, and the seeds.

PolNeAR (Newell, Margolin and Ruths, LREC 2018) is read from one folder: `corpus.jsonl` holds the articles,
`attributions_SPLIT.jsonl` the annotations and `quotes_SPLIT.jsonl` the quoted passages; offsets count characters of the
article's `text`. Its first line is the title; what is marked there is left out, as titles are no statements.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.sets import read_lines
from rag.core import Article, Block, Reading, Span
from rag.ingestion.layout import lay_out
from rag.ingestion.readers import read_file
from rag.text.name_matching import fold_name

SEEDS = Path(__file__).parent.parent / "seeds"
SEEDS_GOLD = Path(__file__).with_name("seeds_gold.jsonl")
KINDS_GOLD = Path(__file__).with_name("kinds_gold.jsonl")
"""Document, offsets and kind of 200 attributions of PolNeAR dev that stand without quotation marks; no text."""
PERSONS_GOLD = Path(__file__).with_name("persons_gold.jsonl")
"""The same for attributions of PolNeAR dev whose source is a pronoun or a title: who that is."""

_Content = tuple[Span, ...]

_BRACKETED = re.compile(r"\s*\([^)]*\)?")
_TAIL = re.compile(
    r"\s(?:of|for|from|at|in|on|with|to|by|about|behind|through|during|via|and|or|who|whose|which|that|as)\s"
)
_SUFFIXES = {"jr", "sr", "ii", "iii", "iv"}
_NO_NAMES = {"the", "a", "an", "one", "some", "most", "many", "several", "both", "another", "all", "no", "his", "her"}


@dataclass(frozen=True, slots=True)
class Marked:
    """One attribution as a person marked it.

    `kind` is "direct", "mixed" or "indirect" in PolNeAR's sense. `speaker` is the person's full name where the labels
    resolve it (the seeds do, of PolNeAR a sample); `written` is how the sentence names them. `told` is "direct",
    "reported" or "mixed" in our sense, where somebody has labelled that by reading.
    """

    content: tuple[Span, ...]
    kind: str
    written: str
    speaker: str | None = None
    told: str | None = None


@dataclass(frozen=True, slots=True)
class Quoted:
    """A passage in quotation marks. `last_name` is the speaker's, folded; None where the source's head is no name.

    `others` are sources of the same article who did not say it.
    """

    span: Span
    source: str
    last_name: str | None
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Annotated:
    """An article with its marks."""

    article: Article
    marked: tuple[Marked, ...]
    quoted: tuple[Quoted, ...]


def last_name(source: str) -> str | None:
    """Finds the folded last name of a source as written: the last word of its head name; None if that is no name.

    What stands in brackets goes. The first part between commas that, cut before its first preposition, relative or
    "and", ends in a capitalised word holds the name: "Trump's campaign manager, Kellyanne Conway," is conway, "Howard
    Dean of Vermont" is dean, "the Trump campaign" is nobody. Jr. and the like do not count.
    """
    for part in _BRACKETED.sub("", source).split(","):
        head = _TAIL.split(f"{part.strip()} ")[0].split()
        words = [re.sub(r"[’']s?$", "", word.strip("“”\"':;")) for word in head if fold_name(word)]
        while words and fold_name(words[-1]) in _SUFFIXES:
            words.pop()
        if words and words[-1][:1].isupper() and fold_name(words[-1]) not in _NO_NAMES:
            return fold_name(words[-1]).split()[-1]
    return None


def load(folder: Path, split: str) -> Iterator[Annotated]:
    """Reads the articles of a split, ordered by name. Of several annotators of one, the first by name counts."""
    marks = _by_document(folder / f"attributions_{split}.jsonl")
    quotes = _by_document(folder / f"quotes_{split}.jsonl")
    kinds, persons = _labels(KINDS_GOLD, "kind"), _labels(PERSONS_GOLD, "speaker")
    rows = [row for row in read_lines(folder / "corpus.jsonl") if row["split"] == split]
    for row in sorted(rows, key=lambda row: str(row["doc_id"])):
        article = laid_out(row["doc_id"], row["text"])
        body = article.body[0].start if article.body else len(article.text)
        annotator = min((mark["annotator"] for mark in marks[row["doc_id"]]), default=None)
        own = (mark for mark in marks[row["doc_id"]] if mark["annotator"] == annotator)
        read_by_us = kinds.get(row["doc_id"], {}), persons.get(row["doc_id"], {})
        marked = (_marked(mark, *read_by_us) for mark in own if mark["content_spans"])
        quoted = (_quoted(quote, article.text) for quote in quotes[row["doc_id"]] if quote["speaker_is_named"])
        yield Annotated(
            article,
            tuple(mark for mark in marked if mark.content[0].start >= body),
            tuple(quote for quote in quoted if quote is not None and quote.span.start >= body),
        )


def load_seeds(gold: Path = SEEDS_GOLD, folder: Path = SEEDS) -> Iterator[Annotated]:
    """Reads the seeds with their labels; a direct quote whose speaker is known is a quoted passage."""
    labels: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in read_lines(gold):
        labels[row["source"]].append(row)
    for source, rows in sorted(labels.items()):
        reading = next(iter(read_file(folder / source, source)))
        if not isinstance(reading, Reading):
            raise TypeError(f"{source} cannot be read: {reading.reason}")
        article = lay_out(reading)
        speakers = {row["speaker"] for row in rows if row["speaker"]}
        marked, quoted, taken = [], [], set[Span]()
        for row in rows:
            content = tuple(_free(article.text, words, taken) for words in row["content"])
            # PolNeAR's type goes by the punctuation: a quote that the file does not mark is indirect there.
            kind = row["kind"] if row["marked"] else "indirect"
            marked.append(Marked(content, kind, row["speaker_as_written"], row["speaker"], row["kind"]))
            if row["kind"] == "direct" and row["speaker"]:
                others = tuple(sorted(speakers - {row["speaker"]}))
                quoted += [Quoted(span, row["speaker"], last_name(row["speaker"]), others) for span in content]
        yield Annotated(article, tuple(marked), tuple(quoted))


def _free(text: str, words: str, taken: set[Span]) -> Span:
    """Locates the words; a label that comes twice names the second place."""
    places = [Span(found.start(), found.end()) for found in re.finditer(re.escape(words), text)]
    place = next((place for place in places if place not in taken), places[0])
    taken.add(place)
    return place


def laid_out(source: str, text: str) -> Article:
    """Makes an article of a text: a block of every line that is not empty, of which the first is the title."""
    blocks: list[Block] = []
    for found in re.finditer(r"\S[^\n]*", text):
        end = found.start() + len(found.group().rstrip())
        blocks.append(Block(found.start(), end, "body" if blocks else "title"))
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Article(source, text, digest, "polnear", tuple(blocks), title=text.partition("\n")[0].strip())


def _marked(row: dict[str, Any], kinds: Mapping[_Content, str], persons: Mapping[_Content, str]) -> Marked:
    spans = tuple(sorted(Span(start, end) for start, end in row["content_spans"]))
    return Marked(spans, row["type"], row["source"] or "", persons.get(spans), kinds.get(spans))


def _labels(path: Path, what: str) -> dict[str, dict[_Content, str]]:
    """Reads labels of our own by document and content."""
    labels: dict[str, dict[_Content, str]] = defaultdict(dict)
    for row in read_lines(path):
        labels[row["document"]][tuple(sorted(Span(start, end) for start, end in row["content"]))] = row[what]
    return labels


def _quoted(row: dict[str, Any], text: str) -> Quoted | None:
    """Locates the passage, without a comma at its end, at the place nearest to its source."""
    words = row["quote"].rstrip(", ")
    places = [found.start() for found in re.finditer(re.escape(words), text)]
    if not places:
        return None
    sources: Sequence[Sequence[int]] = row["speaker_source_spans"]
    start = min(places, key=lambda place: abs(place - sources[0][0]) if sources else place)
    return Quoted(
        Span(start, start + len(words)),
        row["speaker"],
        last_name(row["speaker"]),
        tuple(row["other_named_sources_in_article"]),
    )


def _by_document(path: Path) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in read_lines(path):
        rows[row["doc_id"]].append(row)
    return rows
