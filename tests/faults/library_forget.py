"""Forget: of an article that is gone no byte is left in the library's folder after a purge, however it went.

Each way of going is tried with sentences of its own, which readers were shown and judged before; and a purge that was
killed at each of its moments is purged again.
"""

import io
import json
import random
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from tests.faults.library_kill import dying
from tests.faults.library_world import Library, article, examined
from tests.faults.rows import Row, Trials, Tried
from tests.processes import failed, onrecord, started

SENTENCES: Final = 20
_WAYS: Final = ("removed", "changed", "a line", "an upload", "another folder")
_MOMENTS: Final = {
    "library.writer.Changes": ("forget_traces", "compact"),
    "vectors.chroma._Directory": ("create", "open"),
}


def secrets(way: str, chance: random.Random) -> list[str]:
    letters = "bdfgklmnprstvz"
    words = ["".join(chance.choice(letters) + chance.choice("aeiou") for _ in range(4)) for _ in range(2 * SENTENCES)]
    return [f"The {one} was hidden behind {other} {way}" for one, other in zip(words[::2], words[1::2], strict=True)]


def telling(sentences: list[str]) -> str:
    """Writes an article that says them, and quotes somebody with them."""
    said = "\n\n".join(f"“{sentence},” {sentence.split()[1].title()} Quaxworth said." for sentence in sentences)
    return f"{sentences[0]}\n\n{said}\n"


def left(data: Path, sentences: list[str]) -> list[str]:
    """Finds the sentences, and their rare words, of which bytes are left in the folder or its names."""
    sought = [*sentences, *(word for sentence in sentences for word in sentence.split()[1:6:4])]
    forms = {form: one for one in sought for form in (one.encode(), one.lower().encode(), one.encode("utf-16-le"))}
    held = b"\0".join(path.name.encode() + path.read_bytes() for path in data.rglob("*") if path.is_file())
    return sorted({one for form, one in forms.items() if form in held})


class Forgetting:
    """A library with an article for each way of going."""

    def __init__(self, library: Library, chance: random.Random) -> None:
        self.library = library
        self.told = {way: secrets(way, chance) for way in _WAYS}

    def fill(self) -> Iterator[str]:
        """Has everything read, asked, answered and kept."""
        self.library.write(range(5))
        (self.library.folder / "removed.txt").write_text(telling(self.told["removed"]))
        (self.library.folder / "changed.txt").write_text(telling(self.told["changed"]))
        lines = [article(90), telling(self.told["a line"])]
        (self.library.folder / "many.jsonl").write_text("".join(json.dumps({"text": line}) + "\n" for line in lines))
        yield from self.library.index()
        outcome = started(_read_and_judge, self.library.data, telling(self.told["an upload"])).finish()
        if outcome.code:
            yield failed("reading and judging", outcome)
        for way in _WAYS[:-1]:
            if len(left(self.library.data, self.told[way])) < SENTENCES:
                yield f"control: what is there is not found, {way}"

    def let_go(self) -> Iterator[str]:
        (self.library.folder / "removed.txt").unlink()
        (self.library.folder / "changed.txt").write_text(article(91))
        (self.library.folder / "many.jsonl").write_text(json.dumps({"text": article(90)}) + "\n")
        for path in (self.library.data / "uploads").glob("*.txt"):
            path.unlink()
        yield from self.library.index()

    def give_to_another(self) -> Iterator[str]:
        """Reads another folder, which is then given up for the first."""
        other = Library(self.library.home / "other")
        other.write([95])
        (other.folder / "told.txt").write_text(telling(self.told["another folder"]))
        for folder in (other.folder, self.library.folder):
            outcome = onrecord("index", folder, "--replace", "--data", self.library.data)
            if outcome.code:
                yield failed("index --replace", outcome)

    def purge(self) -> Iterator[str]:
        """Purges, and looks for every sentence."""
        outcome = onrecord("purge", "--data", self.library.data)
        if outcome.code:
            yield failed("purge", outcome)
        for way, sentences in self.told.items():
            if found := left(self.library.data, sentences):
                yield f"{way}: {len(found)} are left, such as {found[0]!r}"
        yield from examined(self.library, timed=False).missed


def _read_and_judge(data: Path, upload: str) -> None:
    """Asks about the articles and keeps everything that may be kept."""
    from rag import Settings, build
    from rag.library.reply_cache import Replies
    from rag.library.sync import sync_uploads
    from rag.library.uploads import Uploads
    from ui.chat import Exchange
    from ui.storage import Feedback, History

    with closing(build(Settings.from_environment(data=data), owns_index=True)) as assistant:
        Uploads(assistant.store).take("handed in.txt", io.BytesIO(upload.encode()))
        sync_uploads(assistant.store, embedder=assistant.embedder, settings=assistant.settings)
        history = History(data)
        replies = Replies(assistant.store.path)
        (data / "evals").mkdir()
        with assistant.store.reading() as view:
            # What a reader was shown of an article that is still there, though it changed, is the reader's.
            shown = {one.speaker or "" for one in view.statements() if one.source != "changed.txt"}
            speakers = sorted(speaker for speaker in shown if "Quaxworth" in speaker)
        for number, speaker in enumerate(speakers[:12], start=1):
            answer = assistant.ask(f"What did {speaker} say?")
            conversation = history.begin("a" * 43, answer.question)
            history.keep("a" * 43, conversation, Exchange(number, answer.question, answer=answer))
            Feedback(data).keep(answer, "good")
            replies.keep(str(number), answer.text)
            (data / "evals" / f"{number}.json").write_text(answer.text)


def _killed(library: Library) -> Iterator[str]:
    moment, ended = 0, False
    while not ended:
        moment += 1
        outcome = started(dying, moment, _MOMENTS, "purge", "--data", str(library.data)).finish()
        ended = outcome.code >= 0
        if outcome.code > 0:
            yield failed(f"a purge after one that was killed at moment {moment - 1}", outcome)


def run(trials: Trials) -> Tried:
    """Fills a library for each trial and purges it, killed at all of its moments."""
    missed: list[str] = []
    for number in range(trials.count):
        forgetting = Forgetting(Library(trials.folder / f"library {number}"), trials.chance(number))
        steps: tuple[Callable[[], Iterator[str]], ...] = (
            forgetting.fill,
            forgetting.give_to_another,
            forgetting.let_go,
            lambda: _killed(forgetting.library),  # noqa: B023 - called at once
            forgetting.purge,
        )
        for step in steps:
            missed += step()
    count = trials.count * len(_WAYS) * SENTENCES
    return Tried(
        count, f"sentences gone in {len(_WAYS)} ways, 0 bytes left; control: they are found before", tuple(missed)
    )


ROWS = (Row("forget", "0 bytes of 20 sentences that are gone in the data folder after a purge", 4, run),)
