"""Makes the groups that the reader is trained on: `python -m evals.reader_groups --set FOLDER --open FOLDER`.

A group is a question, the sentences that answer it and sentences that do not. The wrong ones are what onrecord itself
finds for the question in a library of the articles asked about and of their nearest neighbours: the same event, other
years, other people. A statement has its speaker in front, as in the product. A tenth of the articles is held out.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import random
import re
import sys
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from functools import cache
from math import log
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evals.sets import index_folder, read_lines
from rag import Assistant, Settings, build
from rag.core import Article, Place, Span, Statement
from rag.text.tokens import FUNCTION_WORDS, stem, words

NEIGHBOURS = 3
"""Articles added to the library for each one asked about: those that share most with its beginning."""

ARTICLES = 1300
"""Articles of the library at most: what two busy cores index in a quarter of an hour."""

BEGINNING = 600
PASSAGES = 10
HELD_OUT = 10
"""One article in this many is held out, with all its questions."""

SAME = 0.6
"""Share of a right sentence's content words in a sentence of another article from which it may be right, too."""

LEAST = 20
MOST_WRONG = 40
OPENED = 2500
"""Questions drawn from the open sets below."""

OPEN_SETS = ("qamr", "qed", "xquad", "selqa")
LATER_SETS = ("rtqa", "rtqaev")
CORPORA = {
    "realtimeqa-dev-2022": "_id",
    "bbc-news-2225": "_id",
    "polnear": "doc_id",
    "giveme5w1h-news-cluster": "_id",
}
OWN = Path(__file__).parent / "reader_questions.jsonl"
"""Questions of our own on articles of the same sets, with the offsets of the sentences that answer."""

TESTED = "realtimeqa-dev-2022"
"""The set whose own questions examine onrecord: no article of theirs is read here."""

Key = tuple[str, str]
Candidate = tuple[str, str, str, str]
"""Title, speaker ("" where the article speaks), sentence, the sentence before it ("" where there is none)."""


@dataclass(frozen=True, slots=True)
class Group:
    """A question with sentences that answer it, none where nothing does, and sentences that do not."""

    id: str
    kind: str
    question: str
    right: tuple[Candidate, ...]
    wrong: tuple[Candidate, ...]


def main(arguments: Sequence[str] | None = None) -> int:
    """Makes the library unless it is there, then the three files of groups, and say what was left out."""
    parser = argparse.ArgumentParser(prog="python -m evals.reader_groups", description=__doc__.partition("\n")[0])
    parser.add_argument("--set", type=Path, required=True, help="the folder `reader-train`, the articles' beside it")
    parser.add_argument("--open", type=Path, required=True, help="the folder `reader-open`")
    parser.add_argument("--out", type=Path, default=Path("artifacts/reader"), help="where library and groups go")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    tested = _tested(options.set.parent / TESTED)
    kept = questions_fit(options.set)
    sys.stdout.write(f"{len(kept)} questions are fit to train on\n")
    _library(options.set.parent, options.out, kept, tested.articles)
    keys = library_keys(options.out)
    held = held_out(kept)
    with closing(build(Settings.from_environment(data=options.out / "library"))) as assistant:
        assistant.meaning = replace(assistant.meaning, reader=NoReader())
        made = dict(_of_library(assistant, kept, keys))
    apart = [group for key, groups in made.items() for group in groups if key in held]
    trained = [group for key, groups in made.items() for group in groups if key not in held]
    others = list(_of_others(options.set, options.open, tested.questions))
    for name, groups in {"held": apart, "train": trained, "open": others}.items():
        path = options.out / f"{name}.jsonl"
        path.write_text("".join(json.dumps(asdict(group)) + "\n" for group in groups), encoding="utf-8")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        sys.stdout.write(f"{path}: {len(groups)} groups, sha256 {digest}\n")
    return 0


@dataclass(frozen=True, slots=True)
class Tested:
    """The test questions of other evals, folded, and the articles that they rest on."""

    questions: frozenset[str]
    articles: frozenset[str]


class NoReader:
    """Scores all candidates alike, so that only words and vectors choose what the reader learns to separate."""

    name = "none"

    def scores(self, question: str, candidates: Sequence[object]) -> NDArray[np.float32]:  # noqa: ARG002
        """Returns zero for each candidate."""
        return np.zeros(len(candidates), np.float32)


def _tested(folder: Path) -> Tested:
    labels = read_lines(folder / "verified.jsonl")
    rows = (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines()[1:]
    graded = {article for _, article, grade in (row.split("\t") for row in rows) if int(grade) > 1}
    named = {label["doc"] for label in labels if label["doc"]}
    return Tested(
        frozenset(_folded(question["text"]) for question in read_lines(folder / "queries.jsonl")),
        frozenset(graded | named),
    )


def _folded(question: str) -> str:
    return " ".join(re.findall(r"\w+", question.lower()))


def _is_fit(question: Mapping[str, Any], tested: Tested) -> bool:
    """Whether a question may be trained on: not one of the tested, not on their articles, answered by one sentence."""
    on_tested = question["set"] == TESTED and question["doc"] in tested.articles
    return not on_tested and _folded(question["question"]) not in tested.questions and "+" not in question["kind"]


def held_out(questions: Iterable[Mapping[str, Any]]) -> frozenset[Key]:
    """Returns the articles that no training sees: a tenth of those of each writing, drawn by a fixed seed."""
    asked: dict[str, set[Key]] = defaultdict(set)
    for question in questions:
        asked[question["id"][0]].add((question["set"], question["doc"]))
    drawn = (random.Random(0).sample(sorted(every), len(every) // HELD_OUT) for every in asked.values())  # noqa: S311
    return frozenset(key for keys in drawn for key in keys)


def questions_fit(folder: Path) -> list[Mapping[str, Any]]:
    """Finds the questions, ours and those of `reader-train`, that one sentence or none answers, but for tested ones."""
    tested = _tested(folder.parent / TESTED)
    every = [*read_lines(folder / "questions.jsonl"), *read_lines(OWN)]
    return [question for question in every if _is_fit(question, tested)]


def library_keys(out: Path) -> dict[str, Key]:
    """Returns the set and name of each article of the library by its source there."""
    listed = json.loads((out / "articles.json").read_text(encoding="utf-8"))
    return {f"articles.jsonl#{line}": (name, doc) for line, (name, doc) in enumerate(listed, start=1)}


def held_questions(folder: Path, out: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yields the questions on held out articles, each with its article's source in the library."""
    sources = {key: source for source, key in library_keys(out).items()}
    kept = questions_fit(folder)
    held = held_out(kept)
    for question in kept:
        key = (question["set"], question["doc"])
        if key in held:
            yield sources[key], question


def is_marked(span: Span, marked: Iterable[Span]) -> bool:
    """Returns whether half of the span, or half of a marked one, lies in the other."""
    return any(2 * span.shared(one) >= min(length(span), length(one)) for one in marked)


def _library(data: Path, out: Path, questions: Sequence[Mapping[str, Any]], tested: Collection[str]) -> None:
    """Indexes the articles asked about with their neighbours, unless they are."""
    folder, names = out / "articles", out / "articles.json"
    if not names.exists():
        corpus = {
            (name, row[key]): row
            for name, key in CORPORA.items()
            for row in read_lines(data / name / "corpus.jsonl")
            if row.get("split", "train") == "train" and not (name == TESTED and row[key] in tested)
        }
        chosen = _with_neighbours(corpus, {(question["set"], question["doc"]) for question in questions})
        folder.mkdir(exist_ok=True)
        with (folder / "articles.jsonl").open("w", encoding="utf-8") as lines:
            lines.writelines(json.dumps(_article(corpus[key])) + "\n" for key in chosen)
        names.write_text(json.dumps(chosen), encoding="utf-8")
    if not (out / "library" / ".whole").exists():
        index_folder(folder, out / "library")
        (out / "library" / ".whole").touch()


def _article(line: Mapping[str, Any]) -> dict[str, Any]:
    published = str(line.get("publish_date") or line.get("date") or "").replace("/", "-")
    outlet = line.get("source") or line.get("publisher")
    return {"title": line.get("title"), "text": line["text"], "outlet": outlet, "published": published or None}


def _with_neighbours(corpus: Mapping[Key, Mapping[str, Any]], asked: Collection[Key]) -> list[Key]:
    """Returns the articles asked about, and for each those others whose beginnings share most of its rare words."""
    begins = {key: stems(f"{article.get('title')} {article['text'][:BEGINNING]}") for key, article in corpus.items()}
    holding: dict[str, list[Key]] = defaultdict(list)
    for key, terms in begins.items():
        for term in terms:
            holding[term].append(key)
    chosen = dict.fromkeys(sorted(asked))
    for key in sorted(asked):
        shared: Counter[Key] = Counter()
        for term in sorted(begins[key]):
            for neighbour in holding[term]:
                shared[neighbour] += log(len(corpus) / len(holding[term]))  # type: ignore[assignment]  # a float adds up
        near = [neighbour for neighbour, _ in shared.most_common(NEIGHBOURS + 1) if neighbour != key]
        chosen |= dict.fromkeys(near[:NEIGHBOURS])
    return list(chosen)[:ARTICLES]


@cache
def stems(text: str) -> frozenset[str]:
    """Returns the content words of a text, stemmed."""
    return frozenset(stem(word) for word in words(text) if word.lower() not in FUNCTION_WORDS)


def _of_library(
    assistant: Assistant, questions: Sequence[Mapping[str, Any]], keys: Mapping[str, Key]
) -> Iterator[tuple[Key, list[Group]]]:
    """Yields every article asked about with the groups of its questions."""
    sources = {key: source for source, key in keys.items()}
    with assistant.store.reading() as view:
        pages = Pages(view.articles(keys), view.sentences(keys), view.statements(sources=list(keys)))
    asked: dict[Key, list[Mapping[str, Any]]] = defaultdict(list)
    for question in questions:
        asked[question["set"], question["doc"]].append(question)
    for key, every in asked.items():
        yield key, [group for question in every if (group := _group(assistant, pages, sources[key], question))]


class Pages:
    """The articles with their sentences, each with whoever speaks in it."""

    def __init__(
        self,
        articles: Mapping[str, Article],
        sentences: Mapping[str, tuple[Span, ...]],
        statements: Iterable[Statement],
    ) -> None:
        self.articles = articles
        self.sentences = sentences
        self._record: dict[str, list[Statement]] = defaultdict(list)
        for statement in statements:
            self._record[statement.source].append(statement)

    def text(self, source: str, span: Span) -> str:
        """Returns a sentence in one line."""
        return " ".join(self.articles[source].cut(span).split())

    def candidate(self, source: str, span: Span) -> Candidate:
        """Returns a sentence with its title and whoever speaks in it."""
        place = Place(source, span)
        told = [statement.speaker for statement in self._record[source] if statement.speaker and statement.tells(place)]
        every = self.sentences.get(source, ())
        holding = bisect_right(every, span.start, key=lambda sentence: sentence.start) - 1
        before = self.text(source, every[holding - 1]) if holding > 0 else ""
        return self.articles[source].title or "", told[0] if told else "", self.text(source, span), before


def _group(assistant: Assistant, pages: Pages, source: str, question: Mapping[str, Any]) -> Group | None:
    """Returns the question with its sentences; None where none of those marked is a sentence of the article's body."""
    gold = [Span(*span) for span in question["spans"]]
    own = pages.sentences.get(source, ())
    right = [span for span in own if is_marked(span, gold)]
    if gold and not right:
        return None
    found = assistant.search(question["question"], PASSAGES)
    places = dict.fromkeys((hit.passage.source, span) for hit in found for span in hit.passage.sentences)
    marked = [pages.text(source, span) for span in right]
    wrong = [
        (where, span)
        for where, span in [*places, *((source, span) for span in own)]
        if not (where == source and any(span.overlaps(gold_span) for gold_span in gold))
        and len(pages.text(where, span)) > LEAST
        and (where == source or not any(is_same(pages.text(where, span), marked_text) for marked_text in marked))
    ]
    return Group(
        question["id"],
        question["kind"],
        question["question"],
        tuple(pages.candidate(source, span) for span in right),
        tuple(pages.candidate(*place) for place in list(dict.fromkeys(wrong))[:MOST_WRONG]),
    )


def length(span: Span) -> int:
    """Returns how many characters a span has."""
    return span.end - span.start


def is_same(text: str, right: str) -> bool:
    """Returns whether a sentence of another article holds so much of a right one that it may be right as well."""
    terms = stems(right)
    return len(terms & stems(text)) >= SAME * len(terms)


def _of_others(folder: Path, opened: Path, tested: Collection[str]) -> Iterator[Group]:
    """Yields ready-made groups: RealTime QA of later years, and the open sets with whole questions."""
    later = list(_grouped(folder / "realtimeqa-2022-24.jsonl.gz", LATER_SETS))
    encyclopaedic = list(_grouped(opened / "groups.jsonl.gz", OPEN_SETS))
    drawn = random.Random(0).sample(encyclopaedic, min(OPENED, len(encyclopaedic)))  # noqa: S311 - a seeded draw
    yield from (group for group in [*later, *drawn] if _folded(group.question) not in tested)


def _grouped(path: Path, sets: Collection[str]) -> Iterator[Group]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for number, group in enumerate(map(json.loads, lines)):
            if group["set"] in sets:
                right, wrong = ([(title, "", text, "") for title, text in group[side]] for side in ("pos", "neg"))
                identity = f"{group['set']}-{group.get('id', number)}"
                yield Group(identity, group["set"], group["q"], tuple(right), tuple(wrong[:MOST_WRONG]))


if __name__ == "__main__":
    sys.exit(main())
