"""What the chat does, without its page: an assistant that owns Chroma and a keeper, in one process that goes on."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.faults.library_world import QUESTION, Library, lost_vectors
from tests.processes import PATIENCE, Child, pipe, started

if TYPE_CHECKING:
    from rag import Assistant, BackgroundIndexer

_STOP: Final = "stop"


@dataclass(frozen=True, slots=True)
class Said:
    """What the chat said to a wish: the `trouble` in a sentence or none, and how long it took.

    `broken` is what nobody may ever be told: that something failed for which there is no sentence.
    """

    trouble: str | None
    seconds: float
    cited: tuple[tuple[str, int, int, str, str], ...] = ()
    broken: str | None = None


@dataclass(frozen=True, slots=True)
class Chat:
    """The other end of the process."""

    line: Connection
    child: Child

    def ask(self, question: str = QUESTION) -> Said:
        return self._wish("ask", question)

    def read(self) -> Said:
        return self._wish("read")

    def take(self, name: str, content: bytes) -> Said:
        """Hands in a file, which is read to the end."""
        return self._wish("take", name, content)

    def lost(self) -> Said:
        return self._wish("lost")

    def _wish(self, name: str, *words: object) -> Said:
        try:
            self.line.send((name, *words))
            if not self.line.poll(PATIENCE):
                return Said(None, PATIENCE, broken=f"nothing came of {name}")
            said: Said = self.line.recv()
        except (EOFError, ConnectionError):
            self.child.is_at_work(PATIENCE)
            last = self.child.said("err").strip().rpartition("\n")[2]
            return Said(None, 0, broken=f"the process ended, exit code {self.child.process.exitcode}: {last[:300]}")
        return said


@contextmanager
def chatting(library: Library, **variables: str) -> Iterator[Chat]:
    """Opens a chat over the library."""
    ours, theirs = pipe()
    with started(_chat, library.data, theirs, **variables) as child:
        theirs.close()
        yield Chat(ours, child)
        with suppress(ConnectionError):
            ours.send((_STOP,))
        child.is_at_work(PATIENCE)


def _chat(data: Path, line: Connection) -> None:
    from rag import BackgroundIndexer, OnrecordError, Settings, build

    settings = Settings.from_environment({"ONRECORD_WATCH": "off"}, data=data)
    try:
        with (
            closing(build(settings, owns_index=True)) as assistant,
            closing(BackgroundIndexer(assistant.store, assistant.index, assistant.settings)) as keeper,
        ):
            keeper.start()
            while (wish := line.recv()) != (_STOP,):
                line.send(_granted(assistant, keeper, *wish))
    except OnrecordError as error:  # as the command line has it: it ends with a sentence
        line.send(Said(str(error), 0))


def _granted(assistant: Assistant, keeper: BackgroundIndexer, name: str, *words: Any) -> Said:  # noqa: ANN401 - as it was wished
    from rag import OnrecordError

    start, trouble, broken = time.monotonic(), None, None
    cited: tuple[tuple[str, int, int, str, str], ...] = ()
    try:
        if name == "ask":
            answer = assistant.ask(*words)
            trouble = None if answer.status == "answered" else f"it does not answer: {answer.status}"
            cited = tuple((one.source, one.start, one.end, one.quote, one.digest) for one in answer.citations)
        elif name == "lost":
            assistant.index.follow()
            trouble = "; ".join(lost_vectors(assistant.store, assistant.index)) or assistant.index.trouble
        else:
            if name == "take":
                keeper.take(words[0], io.BytesIO(words[1]))
            else:
                keeper.read_again()
            trouble = _idle(keeper)
    except OnrecordError as error:
        trouble = str(error)
    except Exception as error:  # noqa: BLE001 - it is what is looked for
        broken = f"{name}: {type(error).__name__}: {error}"
    return Said(trouble, time.monotonic() - start, cited, broken)


def _idle(keeper: BackgroundIndexer) -> str | None:
    """Waits until nothing is being read; gives the trouble."""
    while keeper.news().busy:
        time.sleep(0.02)
    return "; ".join(keeper.news().trouble) or None
