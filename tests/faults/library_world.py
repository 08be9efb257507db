"""A small world of articles that are told apart by one word each, and whether a library of them is whole.

`Library.held` is how another process sees the library; `examined` opens it as the chat does, in a process of its own.
"""

import contextlib
import hashlib
import json
import sqlite3
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from rag.core.protocols import VectorIndex
from rag.library.store import Store, View
from tests.faults.rows import Trials
from tests.processes import failed, onrecord, started, told

PROBES: Final = 200
"""Passages that are looked for by their own vectors."""
SECONDS_TO_ANSWER: Final = 10
LINES: Final = "many.jsonl"
QUESTION: Final = "What did Ada Lund say about the bridge?"
_ROUNDING: Final = 1e-4

Held = dict[str, str]
"""The digest of each article's bytes, by source."""


def article(number: int, version: int = 1) -> str:
    """Writes an article of two sentences by one speaker; no two have the same words."""
    word = f"quay{number}v{version}x"
    return f"Bridge {word}\n\nMayor Ada Lund said on Monday that the bridge {word} would open in {1900 + version}.\n"


@dataclass(frozen=True, slots=True)
class Library:
    """A folder of articles and the library over it."""

    home: Path

    @property
    def folder(self) -> Path:
        return self.home / "articles"

    @property
    def data(self) -> Path:
        return self.home / "data"

    def write(self, numbers: Iterable[int], version: int = 1) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        for number in numbers:
            (self.folder / f"{number:05}.txt").write_text(article(number, version), encoding="utf-8")

    def write_lines(self, numbers: Iterable[int], version: int = 1) -> None:
        """Writes one file of many articles, a line each."""
        lines = [json.dumps({"text": article(number, version)}) for number in numbers]
        (self.folder / LINES).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    def wanted(self) -> Held:
        """Digests what the folder holds."""
        lines = self.folder / LINES
        many = lines.read_bytes().splitlines() if lines.exists() else []
        held = {f"{LINES}#{number}": digest_of(line) for number, line in enumerate(many, start=1)}
        return held | {path.name: digest_of(path.read_bytes()) for path in self.folder.glob("*.txt")}

    def held(self) -> Held:
        """Digests what another process finds in the library now."""
        address = f"{self.store.absolute().as_uri()}?mode=ro"
        with (
            contextlib.suppress(sqlite3.OperationalError),
            contextlib.closing(sqlite3.connect(address, uri=True, timeout=30)) as connection,
        ):
            return dict(connection.execute("SELECT source, digest FROM article"))
        return {}

    @property
    def store(self) -> Path:
        return self.data / "library.sqlite"

    def whole(self) -> bytes:
        """Reads the library's own file with all that was written, while nobody has it open."""
        with contextlib.closing(sqlite3.connect(self.store)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return self.store.read_bytes()

    def give_back(self, whole: bytes) -> None:
        """Restores the library's own file."""
        for path in self.data.glob("library.sqlite*"):
            path.unlink()
        self.store.write_bytes(whole)

    @classmethod
    def of(cls, trials: Trials, articles: int) -> tuple[Self, list[str]]:
        """Makes a row's library of so many articles; gives what went wrong, too."""
        made = cls(trials.folder / "library")
        made.write(range(articles))
        return made, made.index()

    def index(self) -> list[str]:
        """Brings the library up to date by the real command; gives what went wrong."""
        outcome = onrecord("index", self.folder, "--data", self.data)
        return [] if outcome.code == 0 else [failed("index", outcome)]


def digest_of(content: bytes) -> str:
    """Digests bytes as the library does."""
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found when the library was opened as the chat opens it: `missed` is all that is not as it must be."""

    missed: tuple[str, ...]
    seconds: float


def examined(library: Library, *, timed: bool = True) -> Examined:
    """Opens the library in its own process, asks it, and looks for passages by their own vectors."""
    outcome = started(_examine, library.data).finish()
    if outcome.code or not outcome.stdout:
        return Examined((failed("opening it", outcome),), 0)
    found = json.loads(outcome.stdout)
    missed = list(found["missed"])
    if timed and found["seconds"] > SECONDS_TO_ANSWER:
        missed.append(f"it answered after {found['seconds']:.1f} s")
    return Examined(tuple(missed), found["seconds"])


def _examine(data: Path) -> None:
    from rag import Settings, build

    start = time.monotonic()
    with contextlib.closing(build(Settings.from_environment(data=data), owns_index=True)) as assistant:
        answer = assistant.ask(QUESTION)
        seconds = time.monotonic() - start
        missed = []
        if answer.status != "answered" or not answer.citations:
            missed.append(f"it does not answer: {answer.status}")
        texts = {one.source: assistant.article(one.source).text for one in answer.citations}
        missed += [
            f"a citation of {one.source} is no slice of it"
            for one in answer.citations
            if texts[one.source][one.start : one.end] != one.quote
        ]
        if assistant.index.name != "chroma":
            missed.append(f"{assistant.index.name} answers in place of Chroma")
        missed += unsound(assistant.store) + lost_vectors(assistant.store, assistant.index)
    told({"seconds": seconds, "missed": missed})


def unsound(store: Store) -> list[str]:
    """Finds what does not fit together in the library's tables."""
    with contextlib.closing(sqlite3.connect(store.path)) as connection:
        found = connection.execute("PRAGMA integrity_check").fetchone()[0]
        missed = [] if found == "ok" else [f"the file is damaged: {found}"]
        if connection.execute("PRAGMA foreign_key_check").fetchone():
            missed.append("rows refer to rows that are not there")
    with store.reading() as view:
        if not view.vectors.count() == view.passage_count() == len(view.sources()):
            missed.append(
                f"{len(view.sources())} articles have {view.passage_count()} passages, {view.vectors.count()} vectors"
            )
        missed += [
            f"the words of {source} find {found}" for source, found in _by_their_words(view) if found != [source]
        ]
    return missed


def _by_their_words(view: View) -> Iterable[tuple[str, list[str]]]:
    """Yields each article, and those that its own word finds in full text."""
    for source, one in view.articles(view.sources()).items():
        word = one.text.split()[1]
        passages = view.passages([passage for passage, _ in view.full_text([[word]], 5)])
        yield source, [passage.source for passage in passages.values()]


def lost_vectors(store: Store, index: VectorIndex, probes: int = PROBES) -> list[str]:
    """Counts the passages that are not nearest to their own vectors."""
    with store.reading() as view:
        ids, vectors = view.vectors.after(0)
    step = max(1, len(ids) // probes)
    chosen = range(0, len(ids), step)
    lost = 0
    for row in chosen:
        found = index.nearest(vectors[row].tolist(), 1)
        lost += not found or found[0][0] != ids[row] or abs(found[0][1] - 1) > _ROUNDING
    return [f"{lost} of {len(chosen)} passages are not found by their own vectors"] if lost else []


def lost_articles(before: Mapping[str, str], seen: Mapping[str, str], after: Held, wanted: Held) -> list[str]:
    """What a run that was cut short did to the articles that is neither the old state nor the new one.

    `before` is what the library held, `seen` what another process had read from it last before the run was cut short,
    `wanted` what the folder holds, `after` what the library holds now.
    """
    missed = []
    for source in sorted(before.keys() | seen.keys() | after.keys()):
        old, last, now, new = (state.get(source) for state in (before, seen, after, wanted))
        if now not in {old, new}:
            missed.append(f"{source} is neither as it was nor as it is in the folder")
        elif last == new and now != new:
            missed.append(f"{source} was seen as it is in the folder, and is so no more")
    return missed
