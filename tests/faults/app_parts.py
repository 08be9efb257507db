"""What the rows of the app share: how trials are counted, a real library, a page served over it."""

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from rag import Assistant, BackgroundIndexer, Settings, SourceList, StatementSearch, build
from rag.core import SyncReport
from rag.library.corrections import correct
from rag.library.store import Store
from rag.library.sync import sync
from rag.vectors.embedders import make_embedder
from rag.verification.draft import read_draft, verify_draft
from tests.faults.rows import Trials, Tried
from tests.openai_double import OpenAIDouble
from tests.processes import REPOSITORY
from tests.served import served
from tests.visitor import Visitor
from ui.app import LOOPBACK, create_app, open_rooms
from ui.auth import Logins

KEY = "sk-a-secret-key-of-the-harness"


@dataclass
class Tally:
    """Trials and what missed the bar in them; a control is a known fault that must be found."""

    trials: int = 0
    missed: list[str] = field(default_factory=list)

    def note(self, fault: str | None) -> None:
        """Counts one trial, and its fault if there is one."""
        self.trials += 1
        if fault:
            self.missed.append(fault[:300])

    def control(self, name: str, *, caught: bool) -> None:
        if not caught:
            self.missed.append(f"the control was not caught: {name}")

    def tried(self, *figures: str) -> Tried:
        """Sums up, with the figures to be told."""
        return Tried(self.trials, "; ".join((*figures, f"{len(self.missed)} at fault")), tuple(self.missed))


def collection(trials: Trials, name: str) -> str:
    path = trials.payloads / name if trials.payloads else None
    return path.read_text(encoding="utf-8", errors="replace") if path and path.is_file() else ""


def shown(steps: list[list[Any]]) -> str:
    """Gives the exchange as it stands on the page after these steps; each replaces the one before."""
    for step in reversed(steps):
        if len(step) > 1 and step[1]:
            last = step[1] if isinstance(step[1], str) else step[1][-1][-1] if isinstance(step[1], list) else ""
            return str(last)
    return ""


def indexed(folder: Path, data: Path) -> SyncReport:
    """Indexes a folder into a new library, with the real embedder."""
    settings = Settings.from_environment({}, data=data)
    with closing(Store.create(data)) as store:
        return sync(store, folder, embedder=make_embedder(settings), settings=settings)


def library_of(trials: Trials, articles: Mapping[str, str]) -> SyncReport:
    """Makes the row's library of these articles."""
    folder = trials.folder / "articles"
    folder.mkdir(parents=True)
    for name, text in articles.items():
        (folder / name).write_bytes(text.encode())
    return indexed(folder, trials.data)


def seconds_of(act: Callable[[], object]) -> float:
    """Says how long it takes."""
    start = time.monotonic()
    act()
    return time.monotonic() - start


@contextmanager
def page_of_seeds(trials: Trials, logins: Logins | None = None, a_minute: int = 1_000_000) -> Iterator[str]:
    """Serves every room of the page over the seeds; gives its address."""
    if not trials.data.exists():
        indexed(REPOSITORY / "seeds", trials.data)
    with assistant_over(trials.data) as assistant, page_over(assistant, trials.data, logins, a_minute) as address:
        yield address


@contextmanager
def assistant_over(data: Path, model: OpenAIDouble | None = None, **variables: str) -> Iterator[Assistant]:
    """Builds onrecord over a library, writing with the model behind the double if there is one."""
    given: Mapping[str, str] = {}
    if model:
        given = {"ONRECORD_MODEL": "openai:double", "OPENAI_BASE_URL": model.url, "OPENAI_API_KEY": KEY}
    with closing(build(Settings.from_environment({**given, **variables}, data=data))) as assistant:
        yield assistant


@contextmanager
def page_over(
    assistant: Assistant, data: Path, logins: Logins | None = None, a_minute: int = 1_000_000
) -> Iterator[str]:
    """Serves every room of the page over an assistant, as `onrecord chat` does; gives its address."""
    with ExitStack() as opened:
        keeper = opened.enter_context(closing(BackgroundIndexer(assistant.store, assistant.index, assistant.settings)))
        rooms = open_rooms(
            assistant,
            data,
            desk=StatementSearch(assistant.store),
            shelf=SourceList(assistant.store),
            keeper=keeper,
            read_draft=read_draft,
            verify=partial(verify_draft, store=assistant.store),
            correct=partial(correct, assistant.store),
        )
        keeper.start()
        address = opened.enter_context(
            served(create_app(rooms, allowed_hosts=LOOPBACK, logins=logins, a_minute=a_minute))
        )
        hush()
        yield address


def hush() -> None:
    """Silences a server that has started: Gradio logs a traceback for every unknown stream that breaks off."""
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)


def thread_in(steps: list[list[Any]]) -> str:
    return shown(steps).partition('data-thread="')[2].partition('"')[0]


def exported(visitor: Visitor, thread: str) -> dict[str, Any]:
    answers = json.loads(visitor.get(f"conversations/{thread}.json").text)["answers"]
    last: dict[str, Any] = answers[-1]
    return last
