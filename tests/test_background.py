"""What keeps a served library up to date: it reads what comes in a process beside, watches, and says how it goes."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from queue import Empty, Queue

import pytest

from rag import background
from rag.answering.assistant import Assistant
from rag.answering.retrieval.ranking import Meaning
from rag.answering.writing.extractive import OfflineWriter
from rag.background import BackgroundIndexer as Indexer
from rag.background import Held, IndexOutcome, IndexScope, Run, Watcher, concerns
from rag.core.errors import LibraryError
from rag.core.settings import Settings
from rag.library.store import Store
from rag.library.sync import Progress
from rag.vectors.exact import ExactIndex
from tests.library_parts import WordEmbedder, WordReader

WORDS = "The talks go on\n\nThe mayor, Ada Lund, said on {day} that the talks would go on for two more days.\n"
PATIENCE, WATCH_PATIENCE = 120, 30


def assistant_over(data: Path, folder: Path, *, watch: bool) -> Assistant:
    """A library that belongs to a folder and has read nothing of it yet."""
    settings = Settings(data=data, watch=watch)
    store = Store.create(data)
    with store.writing() as changes:
        changes.set_folder(folder)
    writer = OfflineWriter(settings.support, settings.sure)
    return Assistant(store, Meaning(WordEmbedder(), ExactIndex(store), WordReader()), writer, settings)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "news"
    place.mkdir()
    (place / "before.txt").write_text(WORDS.format(day="Monday"), encoding="utf-8")
    return place


def wait_until(so: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not so():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_files_come_and_go_by_themselves_while_the_chat_runs(folder: Path, tmp_path: Path) -> None:
    assistant = assistant_over(tmp_path / "library", folder, watch=True)
    keeper = Indexer(assistant.store, assistant.index, assistant.settings)
    keeper.start()
    try:
        wait_until(lambda: keeper.held("before.txt").articles == 1)  # it came while nobody watched
        before = keeper.news().state
        taken = keeper.take("handed in.txt", io.BytesIO(WORDS.format(day="Tuesday").encode()), by="ada")
        (folder / "new.txt").write_text(WORDS.format(day="Friday"), encoding="utf-8")
        (folder / "void.txt").write_text("", encoding="utf-8")
        wait_until(lambda: keeper.held(taken.source).articles == 1 and keeper.held("new.txt").articles == 1)
        wait_until(lambda: not keeper.news().busy)
        assert keeper.held("new.txt") == Held(1, 1, None)
        assert keeper.held("void.txt") == Held(0, 0, "is empty")
        assert (keeper.news().trouble, keeper.news().watched) == ((), True)
        assert keeper.news().state != before
        keeper.remove(taken.source, by="ada")
        assert keeper.held(taken.source) == Held(0, 0, None), "what is removed is gone at once"
        with assistant.store.reading() as view:
            assert view.people_are_settled()
    finally:
        keeper.close()


def test_a_run_tells_each_step_and_its_end_and_one_that_breaks_off_says_so(folder: Path, tmp_path: Path) -> None:
    store = assistant_over(tmp_path / "library", folder, watch=False).store
    steps: list[Progress] = []
    assert Run(store.data, "folder").follow(steps.append) == IndexOutcome()
    assert steps == [Progress(0, 1, "before.txt")]
    with store.reading() as view:
        assert view.held("before.txt") == (1, 1)
    with store.writing():
        locked = Run(store.data, "uploads").follow(steps.append)
    assert locked.again
    assert "Another process is writing" in (locked.trouble or "")
    run = Run(tmp_path / "library", "folder")
    run.stop()
    assert "broke off" in (run.follow(lambda _: None).trouble or "")


@pytest.mark.skipif(not hasattr(os, "getpriority"), reason="there are no priorities here")
def test_a_process_that_reads_gives_way_to_those_that_answer() -> None:
    code = (
        "import os; from rag.core.settings import yield_processor; yield_processor(); "
        "print(os.getpriority(os.PRIO_PROCESS, 0))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) > os.getpriority(os.PRIO_PROCESS, 0) or int(done.stdout) >= 10


class Played:
    """Runs that end as they are told here, the last one well."""

    def __init__(self, *outcomes: IndexOutcome) -> None:
        self.outcomes = [*outcomes, IndexOutcome()]
        self.scopes: list[IndexScope] = []

    def __call__(self, _: Path, scope: IndexScope) -> Played:
        self.scopes.append(scope)
        return self

    def follow(self, on_step: Callable[[Progress], None]) -> IndexOutcome:
        on_step(Progress(0, 1, "a.txt"))
        return self.outcomes.pop(0)

    def stop(self) -> None:
        """Nothing runs."""


@pytest.fixture
def quiet(folder: Path, tmp_path: Path) -> Iterator[Indexer]:
    """A keeper that does not watch."""
    built = assistant_over(tmp_path / "library", folder, watch=False)
    keeper = Indexer(built.store, built.index, built.settings)
    yield keeper
    keeper.close()


def test_what_is_in_the_way_is_told_until_it_has_passed(quiet: Indexer, monkeypatch: pytest.MonkeyPatch) -> None:
    played = Played(
        IndexOutcome("Nothing in the folder can be read."), IndexOutcome("Another process is writing.", again=True)
    )
    monkeypatch.setattr(background, "Run", played)
    monkeypatch.setattr(background, "TRY_AGAIN", 0.5)
    quiet.start()
    assert not quiet.news().watched
    quiet.read_again()
    wait_until(lambda: not quiet.news().busy)
    assert quiet.news().trouble == ("Nothing in the folder can be read.",)
    quiet.read_again()
    wait_until(lambda: quiet.news().trouble == ("Another process is writing.",))
    wait_until(lambda: quiet.news().trouble == () and not quiet.news().busy)
    assert played.scopes == ["folder"] * 3


def test_an_upload_is_read_by_looking_at_the_uploads_alone(quiet: Indexer, monkeypatch: pytest.MonkeyPatch) -> None:
    played = Played()
    monkeypatch.setattr(background, "Run", played)
    quiet.start()
    quiet.take("a.txt", io.BytesIO(WORDS.encode()))
    wait_until(lambda: not quiet.news().busy)
    assert played.scopes == ["uploads"]


def test_what_is_removed_while_another_writes_goes_with_the_next_run(quiet: Indexer, tmp_path: Path) -> None:
    quiet.take("a.txt", io.BytesIO(WORDS.encode()))
    with Store.open(tmp_path / "library").writing():
        quiet.remove("uploads/a.txt")
    assert quiet.news().busy
    with pytest.raises(LibraryError, match="There is no upload"):
        quiet.remove("uploads/a.txt")


class Told:
    """What a watcher of these folders says."""

    def __init__(self, *folders: Path) -> None:
        self.folders = list(folders)
        self.changes: Queue[Path] = Queue()
        self.trouble: Queue[str | None] = Queue()
        self.watcher = Watcher(lambda: self.folders, self.take, self.trouble.put)

    def take(self, changed: Collection[Path]) -> None:
        for path in changed:
            self.changes.put(path)

    def wait_for(self, path: Path) -> None:
        while self.changes.get(timeout=WATCH_PATIENCE) != path:
            pass

    def touch_until_told(self, path: Path) -> None:
        """Changes a file until that is noticed: nothing says when the system begins to tell of a folder."""
        for number in range(WATCH_PATIENCE):
            path.write_text(f"Words {number}.", encoding="utf-8")
            try:
                while self.changes.get(timeout=1) != path:
                    pass
            except Empty:
                continue
            return
        pytest.fail("nothing was noticed")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "QUIET_MS", 50)
    monkeypatch.setattr(background, "LOOK_AGAIN_MS", 100)


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Told]:
    folder = tmp_path / "news"
    folder.mkdir()
    telling = Told(folder)
    telling.watcher.start()
    yield telling
    telling.watcher.close()
    assert "watcher" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.usefixtures("quick")
def test_new_changed_and_removed_files_are_told_also_of_a_folder_that_was_gone(told: Told) -> None:
    (folder,) = told.folders
    told.touch_until_told(folder / "a.txt")
    (folder / "picture.png").write_bytes(b"\x89PNG")
    (folder / ".hidden.txt").write_text("x", encoding="utf-8")
    (folder / "b.pdf").write_bytes(b"%PDF")
    told.wait_for(folder / "b.pdf")
    (folder / "a.txt").unlink()
    told.wait_for(folder / "a.txt")
    folder.rename(folder.with_name("elsewhere"))
    while "cannot be found" not in (told.trouble.get(timeout=WATCH_PATIENCE) or ""):
        pass
    folder.mkdir()
    told.wait_for(folder)
    while told.trouble.get(timeout=WATCH_PATIENCE) is not None:
        pass
    told.touch_until_told(folder / "b.txt")


@pytest.mark.usefixtures("quick")
def test_a_library_that_cannot_be_asked_is_told_and_asked_again(tmp_path: Path) -> None:
    telling = Told(tmp_path)
    asked: list[int] = []

    def folders() -> list[Path]:
        asked.append(1)
        if len(asked) == 1:
            raise LibraryError("The library is damaged.")
        return [tmp_path]

    telling.watcher = Watcher(folders, telling.take, telling.trouble.put)
    telling.watcher.start()
    assert "The library is damaged." in str(telling.trouble.get(timeout=WATCH_PATIENCE))
    assert telling.trouble.get(timeout=WATCH_PATIENCE) is None
    telling.touch_until_told(tmp_path / "a.txt")
    telling.watcher.close()


def test_only_what_may_be_an_article_concerns_the_library(tmp_path: Path) -> None:
    news = tmp_path / "news"
    news.mkdir()
    (news / "a.png").write_bytes(b"")
    may_be = ("a.txt", "deep/a.DOCX", "articles.csv", "gone-folder", ".library/uploads/a.txt")
    is_none = ("a.png", ".a.txt.swp", ".git/a.txt", ".library/library.sqlite", ".library/uploads/.incoming-1.txt")
    for path in (*may_be, *is_none):
        assert concerns(news / path, [news, news / ".library/uploads"]) is (path in may_be), path
