"""Measures which sentences of a model are shown: `python -m evals.faithfulness --set FILE --judge FILE`.

The set (sentences that a model might write, right and wrong, with the words that they rest on) does not come with
onrecord, nor does the file with a strong judge's verdicts. Its articles are indexed, its questions asked of the real
product. A model on loopback answers with the sentence and the numbers of the pieces that hold its evidence, read off
the prompt; a judge on loopback says the verdict that the file holds, and no where it is not shown the evidence.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from importlib import resources
from itertools import groupby
from pathlib import Path
from threading import Thread
from typing import Any

from evals.acting import Stage
from evals.sets import article_of, index, is_indexed, read_lines, write_lines
from rag import Answer, OnrecordError, Settings, build, examine_judge

SEEDS = Path("seeds")
BY_CODE = ("quote_altered", "speaker_swapped", "number", "date", "name_swapped")
"""Kinds of faults that must never be shown: what code can know for certain."""

_SHINGLE = 6
"""Words in a row by which a piece is known to hold a stretch of the evidence."""

_HELD = 0.97
"""Share of the evidence's words that the pieces must hold to offer it; the rest is marks and bylines."""

_NUMBERED = re.compile(r"^\S* ?\[(\d{1,3})\] (.+)$", re.MULTILINE)
_SENTENCE = re.compile(r"^(\d{1,2})\. (.+(?:\n(?!\d{1,2}\. |\n).+)*)", re.MULTILINE)
_SPECIFIC = re.compile(r"[“‘].*?[”’]|\d+")
_MARKS = str.maketrans("“”‘’", "\"\"''")


@dataclass(frozen=True, slots=True)
class Item:
    """A sentence that a model might write to the question, and the words that it rests on."""

    id: str
    question: str
    sentence: str
    evidence: tuple[str, ...]
    fault: str | None
    verdict: str

    @property
    def is_edit(self) -> bool:
        """Whether it is a right sentence with a few words changed."""
        return self.id.endswith("-x")


@dataclass(frozen=True, slots=True)
class Fate:
    """The result of an item: whether the model was asked and shown the evidence, and what the reader saw."""

    id: str
    fault: str | None
    is_edit: bool
    asked: bool
    offered: bool
    seen: str
    """`shown` as written, its evidence's own `words` instead, or `lost`."""

    reason: str


class StandIn:
    """Plays the writer and the judge of one item after another."""

    def __init__(self, *, always_yes: bool = False, fails_exam: bool = False) -> None:
        self._always_yes = always_yes
        self._exam = {} if fails_exam else _exam()
        self._item: Item | None = None
        self.offered: bool | None = None

    def take(self, item: Item) -> None:
        """Sets the item to play."""
        self._item, self.offered = item, None

    def reply(self, model: str, messages: Sequence[str]) -> str:
        """Replies as the model of that name."""
        return self._judge(messages[-1]) if model == "judge" else self._write("\n".join(messages[1:]))

    def _write(self, asked: str) -> str:
        if self._item is None:
            return "The articles do not say."
        pieces = {int(number): words(text) for number, text in _NUMBERED.findall(asked)}
        chosen, held = holding(pieces, self._item.evidence)
        self.offered = held >= _HELD
        numbers = "".join(f" [{number}]" for number in chosen or list(pieces)[:1])
        sentence, ended = self._item.sentence, self._item.sentence.endswith(".")
        return f"{sentence[:-1]}{numbers}." if ended else f"{sentence}{numbers}"

    def _judge(self, asked: str) -> str:
        return "\n".join(f"{number}. {self._verdict(text)}" for number, text in _SENTENCE.findall(asked))

    def _verdict(self, text: str) -> str:
        sentence, _, cited = text.partition("\n")
        if sentence in self._exam:
            return self._exam[sentence]
        if self._always_yes:
            return "yes"
        if self._item is None or plain(sentence) != plain(self._item.sentence):
            return "no"
        return self._item.verdict if holding({1: words(cited)}, self._item.evidence)[1] >= _HELD else "no"


def _exam() -> Mapping[str, str]:
    """Reads the verdicts that the shipped exam expects."""
    file = resources.files("rag.answering.checking") / "exam.jsonl"
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.is_file() else []
    return {row["sentence"]: "yes" if row["label"] == "right" else "no" for row in rows}


def words(text: str) -> tuple[str, ...]:
    """Splits a text into the words by which places are compared."""
    return tuple(re.findall(r"\w+", text.lower()))


def plain(text: str) -> str:
    """Normalises a sentence for comparing: straight marks, single spaces."""
    return " ".join(text.translate(_MARKS).split())


def holding(pieces: Mapping[int, tuple[str, ...]], evidence: Iterable[str]) -> tuple[list[int], float]:
    """Finds the fewest pieces that hold the evidence, and the least share of a span that they hold."""
    chosen: list[int] = []
    least = 1.0
    for span in map(words, evidence):
        places = {number: _held(span, piece) for number, piece in pieces.items()}
        found: set[int] = set().union(*(places[number] for number in chosen))
        while added := max(places, key=lambda number: len(places[number] - found), default=None):
            if len(places[added] - found) < min(_SHINGLE, len(span)) / 2:
                break
            found |= places[added]
            chosen += [added] if added not in chosen else []
        least = min(least, len(found) / max(1, len(span)))
    return sorted(chosen), least


def _held(span: Sequence[str], piece: Sequence[str]) -> set[int]:
    """Finds the places of a span's words that stand in the piece, in the same order."""
    width = min(_SHINGLE, len(span), len(piece)) or 1
    known = _shingles(tuple(piece), width)
    return {
        place + offset
        for place in range(len(span) - width + 1)
        if tuple(span[place : place + width]) in known
        for offset in range(width)
    }


@lru_cache(maxsize=512)
def _shingles(piece: tuple[str, ...], width: int) -> frozenset[tuple[str, ...]]:
    return frozenset(piece[place : place + width] for place in range(len(piece) - width + 1))


def load(items: Path, verdicts: Path, corpus: Mapping[str, Mapping[str, Any]]) -> list[Item]:
    """Reads the items with the words of their evidence and the strong judge's verdicts."""
    said = {row["id"]: row["verdict"] for row in read_lines(verdicts)}
    texts = {source: article["text"] for source, article in corpus.items()}
    return [
        Item(
            row["id"],
            row["question"],
            row["sentence"],
            tuple(_text(span["source"], texts)[span["start"] : span["end"]] for span in row["evidence"]),
            row["fault"],
            said.get(row["id"], "no"),
        )
        for row in read_lines(items)
    ]


def _text(source: str, texts: Mapping[str, str]) -> str:
    return texts[source] if source in texts else (SEEDS.parent / source).read_bytes().decode("utf-8")


def _index(items: Path, corpus: Mapping[str, Mapping[str, Any]], data: Path, further: int) -> None:
    """Indexes the seeds and the articles that the set names, and `further` others of the corpus."""
    named = {span["source"] for row in read_lines(items) for span in row["evidence"]}
    others = [source for source in corpus if source not in named][:further]
    shutil.copytree(SEEDS, data / "articles" / "seeds", dirs_exist_ok=True)
    chosen = (*(source for source in corpus if source in named), *others)
    index((article_of(corpus[source]) for source in chosen), data)


def play(items: Sequence[Item], settings: Settings, actor: StandIn) -> Iterator[Fate]:
    """Asks every item's question and yields the fate of its sentence."""
    with _Playback(actor) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        named = replace(settings, model="openai:writer", judge="openai:judge", openai_base_url=server.url)
        with closing(build(named, writer="model", through=lambda chat: chat)) as assistant:
            examine_judge(assistant)
            for question, asked in groupby(items, key=lambda item: item.question):
                query = assistant.understand(question)
                evidence = assistant.find(query)
                for item in asked:
                    actor.take(item)
                    answer = assistant.check(query, evidence, assistant.write(query, evidence))
                    yield _fate(item, answer, offered=actor.offered)


class _Playback(Stage):
    """The server of the stand-in, which replies at once."""

    def __init__(self, actor: StandIn) -> None:
        super().__init__(Path(), 0)
        self._actor = actor

    def ask(self, body: Mapping[str, Any]) -> str:
        """Passes the request to the stand-in."""
        return self._actor.reply(str(body["model"]), [str(message["content"]) for message in body["messages"]])


def _fate(item: Item, answer: Answer, *, offered: bool | None) -> Fate:
    held = holding({citation.number: words(citation.quote) for citation in answer.citations}, item.evidence)[1]
    sentence = plain(item.sentence)
    shown = any(plain(shown_sentence.text) == sentence for shown_sentence in answer.sentences)
    reasons = [withheld.reason for withheld in answer.withheld if plain(withheld.text) == sentence]
    return Fate(
        item.id,
        item.fault,
        item.is_edit,
        offered is not None,
        bool(offered),
        "shown" if shown else "words" if held > 1 / 2 else "lost",
        "" if shown else reasons[0] if reasons else "; ".join(withheld.reason for withheld in answer.withheld),
    )


def table(fates: Sequence[Fate], *, kinds: bool) -> Iterator[str]:
    """Counts the fates of the sentences."""
    right = [fate for fate in fates if not fate.fault]
    offered = [fate for fate in right if fate.offered]
    yield f"right sentences: {len(right)}"
    yield _row("the model was asked", right, lambda fate: fate.asked)
    yield _row("evidence offered (bar 93 %)", right, lambda fate: fate.offered)
    yield _row("shown as written, of those offered (bar 92 %)", offered, lambda fate: fate.seen == "shown")
    yield _row("shown as written, of all", right, lambda fate: fate.seen == "shown")
    yield _row("the evidence's own words shown instead", right, lambda fate: fate.seen == "words")
    yield _row("lost", right, lambda fate: fate.seen == "lost")
    wrong = [fate for fate in fates if fate.fault]
    yield f"wrong sentences: {len(wrong)}"
    yield _row("shown (bar 1 %)", wrong, lambda fate: fate.seen == "shown")
    yield _row("shown, minimal edits", [fate for fate in wrong if fate.is_edit], lambda fate: fate.seen == "shown")
    yield _row("shown, the others", [fate for fate in wrong if not fate.is_edit], lambda fate: fate.seen == "shown")
    certain = [fate for fate in wrong if fate.fault in BY_CODE]
    yield _row("shown, quotes, speakers, numbers, dates, names (bar 0)", certain, lambda fate: fate.seen == "shown")
    for kind in sorted({fate.fault for fate in wrong if fate.fault}) if kinds else ():
        yield _row(f"shown, {kind}", [fate for fate in wrong if fate.fault == kind], lambda fate: fate.seen == "shown")
    yield "why right sentences with their evidence were not shown:"
    for reason, count in Counter(_SPECIFIC.sub("…", fate.reason) for fate in offered if fate.reason).most_common(12):
        yield f"  {count:4} {reason}"


def _row(name: str, fates: Sequence[Fate], holds: Callable[[Fate], bool]) -> str:
    count = sum(map(holds, fates))
    return f"  {name:<58} {count:4} of {len(fates):4}  {100 * count / max(1, len(fates)):5.1f} %"


def main(arguments: Sequence[str] | None = None) -> int:
    """Plays the set back and prints the table."""
    parser = argparse.ArgumentParser(prog="python -m evals.faithfulness", description=__doc__.partition("\n")[0])
    parser.add_argument("--set", type=Path, required=True, help="the sentences, JSON lines")
    parser.add_argument("--judge", type=Path, required=True, help='a strong judge\'s verdicts, {"id","verdict"} lines')
    parser.add_argument("--corpus", type=Path, help="the articles (default: realtimeqa-dev-2022 beside the set)")
    parser.add_argument("--data", type=Path, default=Path("artifacts", "faithfulness"), help="a library; made if none")
    parser.add_argument("--further", type=int, default=0, help="index so many other articles of the corpus as well")
    parser.add_argument("--limit", type=int, help="play no more than so many, evenly drawn")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--always-yes", action="store_true", help="a judge that says yes to all: the gate alone")
    mode.add_argument("--strict", action="store_true", help="a judge that fails its exam: the proof by words")
    parser.add_argument("--kinds", action="store_true", help="print the wrong sentences shown by kind")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what became of every sentence here")
    options = parser.parse_args(arguments)
    try:
        fates = list(_run(options))
    except (OnrecordError, OSError) as error:
        parser.error(str(error))
    for told in table(fates, kinds=options.kinds):
        sys.stdout.write(f"{told}\n")
    if options.json:
        write_lines(options.json, map(asdict, fates))
    return 0


def _run(options: argparse.Namespace) -> Iterator[Fate]:
    folder = options.corpus or options.set.parent.parent / "realtimeqa-dev-2022"
    corpus = {row["_id"]: row for row in read_lines(folder / "corpus.jsonl")}
    if not is_indexed(options.data):
        _index(options.set, corpus, options.data, options.further)
    items = sorted(load(options.set, options.judge, corpus), key=lambda item: item.question)
    if options.limit:
        items = items[:: max(1, len(items) // options.limit)]
    actor = StandIn(always_yes=options.always_yes, fails_exam=options.strict)
    for count, fate in enumerate(play(items, Settings.from_environment(data=options.data), actor), start=1):
        yield fate
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{count} of {len(items)}")


if __name__ == "__main__":
    sys.exit(main())
