"""Measures who said what against people's annotations: `python -m evals.attribution --set FOLDER`.

Without a folder it measures the hand-labelled seeds.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from evals import polnear, traps
from evals.polnear import Annotated, Quoted
from evals.report import print_table
from rag.attribution.statements import attribute
from rag.core import Article, Span, Statement
from rag.ingestion.segmentation import sentences
from rag.text.name_matching import compatible, fold_name
from rag.text.quotation_marks import quotations
from rag.text.spacy_models import parser

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

Read = tuple[Annotated, tuple[Statement, ...]]

_WORD = re.compile(r"\w+")
_BANDS = (0.0, 0.6, 0.8, 0.9, 1.01)
_LAST = re.compile(r"\b(?:jr|sr|ii|iii|iv)$")


@dataclass(frozen=True, slots=True)
class Overlap:
    """Tokens found, tokens marked, and tokens in both."""

    found: int = 0
    marked: int = 0
    both: int = 0

    def __add__(self, other: Overlap) -> Overlap:
        return Overlap(self.found + other.found, self.marked + other.marked, self.both + other.both)

    @property
    def figures(self) -> tuple[float | None, float | None, float | None]:
        """Precision, recall and F1."""
        f1 = _share(2 * self.both, self.found + self.marked)
        return _share(self.both, self.found), _share(self.both, self.marked), f1


@dataclass(frozen=True, slots=True)
class Named:
    """How many of `of` things were given a name, and how many the right one."""

    of: int
    given: int
    right: int

    @property
    def figures(self) -> tuple[float | None, float | None, None]:
        """Precision and coverage."""
        return _share(self.right, self.given), _share(self.given, self.of), None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; figures run from 0 to 1 and are None where they mean nothing."""

    what: str
    precision: float | None
    recall: float | None
    f1: float | None
    note: str = ""


def content_matched(read: Iterable[Read]) -> Overlap:
    """Counts tokens of content; every attribution is matched with at most one statement, greatest overlap first."""
    return sum((_paired(*_tokens(pair)) for pair in read), Overlap())


def content_union(read: Iterable[Read]) -> Overlap:
    """Counts tokens inside any content."""
    return sum((_paired(*([set[int]().union(*part)] for part in _tokens(pair))) for pair in read), Overlap())


def content_direct(read: Iterable[Read]) -> Overlap:
    """Counts like `content_matched`, for direct quotes alone on both sides.

    A quote of ours that fits an attribution marked as mixed (“A,” he said, “B”) is neither right nor wrong here.
    """
    whole = Overlap()
    for annotated, statements in read:
        marked, _ = _tokens((annotated, statements))
        quotes = tuple(statement for statement in statements if statement.kind == "direct" and statement.marked)
        _, found = _tokens((annotated, quotes))
        pairs = dict(_pairs(marked, found))
        direct = [number for number, mark in enumerate(annotated.marked) if mark.kind == "direct"]
        counted = set(range(len(found))) - {ours for theirs, ours in pairs.items() if theirs not in direct}
        both = sum(len(marked[theirs] & found[pairs[theirs]]) for theirs in direct if theirs in pairs)
        whole += Overlap(sum(len(found[ours]) for ours in counted), sum(len(marked[number]) for number in direct), both)
    return whole


def indirect_found(read: Iterable[Read]) -> Named:
    """Counts the attributions marked as indirect for which we have a statement with much the same content."""
    found = [
        any(_is_much_the_same(words, rival) for rival in told)
        for pair in read
        for marked, told in [_tokens(pair)]
        for words, mark in zip(marked, pair[0].marked, strict=True)
        if mark.kind == "indirect"
    ]
    return Named(len(found), sum(found), sum(found))


def reported_right(read: Iterable[Read]) -> Named:
    """Counts our reported statements for which there is an attribution, of any kind, with much the same content."""
    right = [
        any(_is_much_the_same(words, rival) for rival in marked)
        for pair in read
        for marked, told in [_tokens(pair)]
        for words, statement in zip(told, pair[1], strict=True)
        if statement.kind == "reported"
    ]
    return Named(len(right), len(right), sum(right))


def _is_much_the_same(left: set[int], right: set[int]) -> bool:
    """Returns whether F1 of the two sets of words is one half or more."""
    return bool(left) and 4 * len(left & right) >= len(left) + len(right)


def content_of_marks(read: Iterable[Read]) -> Overlap:
    """Counts what quotation marks alone would find: every passage in them is a content."""
    found = (
        (pair, [_words(pair[0].article, (quoted.inner,)) for quoted in quotations(pair[0].article)]) for pair in read
    )
    return sum((_paired(_tokens(pair)[0], inside) for pair, inside in found), Overlap())


def speakers(read: Iterable[Read], name: Callable[[Read, Quoted], str | None]) -> Named:
    """Scores the names that `name` gives to quoted passages with a named speaker, by last name."""
    asked = [(pair, quoted) for pair in read for quoted in pair[0].quoted if quoted.last_name is not None]
    given = [(name(pair, quoted), quoted) for pair, quoted in asked]
    named = [(_last(given_name), quoted) for given_name, quoted in given if given_name]
    return Named(len(asked), len(named), sum(given_name == quoted.last_name for given_name, quoted in named))


def resolved(read: Iterable[Read]) -> Named:
    """Scores speakers written as a pronoun or a title, where the labels say who is meant."""
    of = given = right = 0
    for annotated, statements in read:
        marked, found = _tokens((annotated, statements))
        pairs = dict(_pairs(marked, found))
        for number, mark in enumerate(annotated.marked):
            if mark.speaker is None or _last(mark.speaker) in fold_name(mark.written).split():
                continue
            ours = statements[pairs[number]].speaker if number in pairs else None
            right += ours is not None and _is_named(ours, mark.speaker)
            of, given = of + 1, given + (ours is not None)
    return Named(of, given, right)


def kinds(read: Iterable[Read], kind: Callable[[Statement], str]) -> Named:
    """Scores the kind of each attribution whose kind somebody has labelled by reading."""
    of = given = right = 0
    for annotated, statements in read:
        pairs = dict(_pairs(*_tokens((annotated, statements))))
        for number, mark in enumerate(annotated.marked):
            if mark.told is not None:
                found = kind(statements[pairs[number]]) if number in pairs else None
                of, given, right = of + 1, given + (found is not None), right + (found == mark.told)
    return Named(of, given, right)


def ours(one: Read, quoted: Quoted) -> str | None:
    """Finds the speaker of the statement that holds most of the passage, if that is half of it or more."""
    best = _holder(one, quoted)
    return best.speaker if best is not None else None


def ours_sure(one: Read, quoted: Quoted, least: float, below: float) -> str | None:
    """Finds the speaker like `ours`, among statements with a confidence between the two bounds."""
    best = _holder(one, quoted)
    return best.speaker if best is not None and least <= best.confidence < below else None


def _holder(read: Read, quoted: Quoted) -> Statement | None:
    annotated, statements = read
    wanted = _words(annotated.article, (quoted.span,))
    held = [(len(wanted & _words(annotated.article, statement.content)), statement) for statement in statements]
    most, best = max(held, key=lambda pair: pair[0], default=(0, None))
    return best if 2 * most >= len(wanted) else None


def rows(read: Sequence[Read], seconds: float, trapped: int) -> Iterator[Row]:
    """Yields the rows of the table."""
    articles = f"{len(read)} articles, {sum(len(pair[0].marked) for pair in read)} attributions"
    yield Row("content, matched", *content_matched(read).figures, articles)
    yield Row("content, union of tokens", *content_union(read).figures)
    yield Row("direct quotes alone, matched", *content_direct(read).figures)
    yield Row("  quotation marks alone, matched", *content_of_marks(read).figures, "baseline over all attributions")
    told_right, told_found = reported_right(read), indirect_found(read)
    note = f"{told_right.right} of {told_right.of} reported; {told_found.right} of {told_found.of} marked as indirect"
    yield Row("indirect: spans found at F1 >= 0.5", told_right.figures[0], told_found.figures[1], None, note)
    named = speakers(read, ours)
    unread = sum(quoted.last_name is None for pair in read for quoted in pair[0].quoted)
    note = f"{named.of} quotes, {named.given - named.right} wrong, {named.of - named.given} unnamed"
    note += f"; {unread} sources left out that end in no name" if unread else ""
    yield Row("speaker of quotes (recall: coverage)", *named.figures, note)
    for least, below in itertools.pairwise(_BANDS):
        band = speakers(read, lambda pair, quoted, bounds=(least, below): ours_sure(pair, quoted, *bounds))  # type: ignore[misc]
        yield Row(f"  confidence {least:.2f} to {min(below, 1.0):.2f}", *band.figures, f"{band.given} quotes")
    for what, baseline in (
        ("nearest NAME said, by regex", nearest_name_said),
        ("subject of the nearest speech verb", nearest_verbs_subject),
    ):
        given = speakers(read, lambda pair, quoted, by=baseline: by(pair[0].article, quoted.span))  # type: ignore[misc]
        yield Row(f"  {what}", *given.figures, "baseline")
    told = resolved(read)
    yield Row("speaker by pronoun or title", *told.figures, f"{told.of} resolved by the labels")
    by_reading = kinds(read, lambda statement: statement.kind)
    note = f"{by_reading.of} labelled by reading, {by_reading.given - by_reading.right} wrong"
    yield Row("kind (recall: coverage)", *by_reading.figures, note)
    yield Row("  what the marks alone tell", *kinds(read, _by_marks).figures, "baseline")
    for what, caught in traps.spring(read, trapped).items():
        yield Row(f"withheld: {what}", caught.share, None, None, f"{caught.withheld} of {caught.laid}")
    words = sum(len(pair[0].article.text.split()) for pair in read)
    speed = f"{len(read) / seconds:.1f} articles/s, {words / seconds:,.0f} words/s, this stage alone"
    yield Row("speed", None, None, None, speed)


def _by_marks(statement: Statement) -> str:
    """Returns the kind by marks alone: a quote is direct, a clause with some is mixed, the rest is reported."""
    return statement.kind if statement.marked else "reported"


def attributed(annotated: Sequence[Annotated]) -> tuple[list[Read], float]:
    """Attributes every article; also gives the seconds that this stage took once its models were loaded."""
    split = [(document, sentences(document.article)) for document in annotated]
    if split:
        attribute(split[0][0].article, split[0][1])
    started = time.perf_counter()
    read = [(document, attribute(document.article, within).statements) for document, within in split]
    return read, time.perf_counter() - started


def main(words: Sequence[str] | None = None) -> int:
    """Prints the table, and writes it as JSON on request."""
    parser = argparse.ArgumentParser(prog="python -m evals.attribution", description=__doc__.partition("\n")[0])
    parser.add_argument("--set", type=Path, dest="folder", help="the folder of PolNeAR; without it, the seeds")
    parser.add_argument("--split", choices=("train", "dev"), default="dev", help="which part of it (default dev)")
    parser.add_argument("--documents", type=int, help="only so many, drawn by a fixed seed")
    parser.add_argument("--traps", type=int, default=300, help="for how many quotes to lay traps (default 300)")
    parser.add_argument("--json", type=Path, help="write the table to this file too")
    options = parser.parse_args(words)
    annotated = list(polnear.load(options.folder, options.split) if options.folder else polnear.load_seeds())
    if options.documents:
        random.Random(7).shuffle(annotated)  # noqa: S311  # a sample, not a secret
        annotated = list(itertools.islice(annotated, options.documents))
    if not annotated:
        parser.error("there is no article in that set; give the folder that holds corpus.jsonl.")
    table = list(rows(*attributed(annotated), options.traps))
    cells = [[row.what, *map(_figure, (row.precision, row.recall, row.f1)), row.note] for row in table]
    print_table(("", "precision", "recall", "F1", ""), cells)
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in table], indent=1) + "\n", encoding="utf-8")
    return 0


def _tokens(pair: Read) -> tuple[list[set[int]], list[set[int]]]:
    """Locates the words in each marked content and in each of our statements."""
    annotated, statements = pair
    marked = [_words(annotated.article, mark.content) for mark in annotated.marked]
    return marked, [_words(annotated.article, statement.content) for statement in statements]


def _words(article: Article, spans: Iterable[Span]) -> set[int]:
    return {found.start() for span in spans for found in _WORD.finditer(article.text, span.start, span.end)}


def _pairs(marked: Sequence[set[int]], found: Sequence[set[int]]) -> Iterator[tuple[int, int]]:
    """Pairs marked contents with ours, greatest overlap first, each once."""
    shared = (
        (len(left & right), i, j) for i, left in enumerate(marked) for j, right in enumerate(found) if left & right
    )
    theirs, ours_taken = set[int](), set[int]()
    for _, i, j in sorted(shared, key=lambda pair: (-pair[0], pair[1:])):
        if i not in theirs and j not in ours_taken:
            theirs.add(i)
            ours_taken.add(j)
            yield i, j


def _paired(marked: Sequence[set[int]], found: Sequence[set[int]]) -> Overlap:
    both = sum(len(marked[i] & found[j]) for i, j in _pairs(marked, found))
    return Overlap(sum(map(len, found)), sum(map(len, marked)), both)


def _last(name: str) -> str:
    words = _LAST.sub("", fold_name(name)).split()
    return words[-1] if words else ""


def _is_named(name: str, label: str) -> bool:
    """Returns whether a name is the labelled person's: the same last name, and no other given name."""
    return _last(name) == _last(label) and compatible(name, label)


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


_NAME = r"[A-Z][\w’'-]+(?: [A-Z][\w.’'-]+){0,3}"
_VERB = "said|says|added|told|asked|wrote|tweeted|replied|explained|noted|continued|argued|insisted|warned|declared"
_SAID = re.compile(rf"(?P<before>{_NAME}) (?:{_VERB})\b|\b(?:{_VERB}) (?P<after>{_NAME})")
_LEMMAS = frozenset(
    """
    say add tell ask write tweet reply explain note continue argue insist warn declare state announce claim respond
    answer joke quip shout observe remark comment conclude recall suggest acknowledge admit
    """.split()  # noqa: SIM905 - a list of words reads better so
)
_NOT_NAMES = {"He", "She", "They", "It", "We", "I", "You", "The", "But", "And", "That", "This", "Who"}


def nearest_name_said(article: Article, quote: Span) -> str | None:
    """Takes the name in the nearest “NAME said” or “said NAME” for the speaker: a baseline by regular expression."""
    found = [match for match in _SAID.finditer(article.text) if not quote.overlaps(Span(*match.span()))]
    named = [match for match in found if (match["before"] or match["after"]) not in _NOT_NAMES]
    if not named:
        return None
    nearest = min(named, key=lambda match: max(match.start() - quote.end, quote.start - match.end()))
    return nearest["before"] or nearest["after"]


def nearest_verbs_subject(article: Article, quote: Span) -> str | None:
    """Takes the subject of the nearest speech verb outside quotation marks for the speaker: a baseline by spaCy."""
    block = next((block for block in article.body if block.span.overlaps(quote)), None)
    if block is None:
        return None
    inside = [quotation.inner for quotation in quotations(article) if block.span.covers(quotation.inner)]
    verbs = [
        token
        for token in _parsed(article.cut(block.span))
        if token.lemma_ in _LEMMAS and not any(span.start <= block.start + token.idx < span.end for span in inside)
    ]
    if not verbs:
        return None
    nearest = min(verbs, key=lambda token: _distance(block.start + token.idx, quote))
    subject = next((child for child in nearest.children if child.dep_ == "nsubj"), None)
    return _proper_name(subject) if subject is not None else None


def _proper_name(subject: Token) -> str | None:
    if subject.pos_ != "PROPN":
        return None
    return " ".join(token.text for token in (*subject.lefts, subject) if token.pos_ == "PROPN")


def _distance(place: int, quote: Span) -> int:
    return max(quote.start - place, place - quote.end)


@lru_cache(maxsize=200)
def _parsed(text: str) -> Doc:
    return parser()(text)


if __name__ == "__main__":
    sys.exit(main())
