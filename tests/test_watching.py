"""The watcher tells what concerns articles, outlives folders that go, and ends when it is told to."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from pathlib import Path
from queue import Empty, Queue

import pytest

from rag import background
from rag.background import Watcher, concerns
from rag.core.errors import LibraryError

PATIENCE = 30


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
        while self.changes.get(timeout=PATIENCE) != path:
            pass

    def touch_until_told(self, path: Path) -> None:
        """Changes a file until that is noticed: nothing says when the system begins to tell of a folder."""
        for number in range(PATIENCE):
            path.write_text(f"Words {number}.", encoding="utf-8")
            try:
                while self.changes.get(timeout=1) != path:
                    pass
            except Empty:
                continue
            return
        pytest.fail("nothing was noticed")


@pytest.fixture(autouse=True)
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


def test_new_changed_and_removed_files_are_told(told: Told) -> None:
    (folder,) = told.folders
    told.touch_until_told(folder / "a.txt")
    (folder / "picture.png").write_bytes(b"\x89PNG")
    (folder / ".hidden.txt").write_text("x", encoding="utf-8")
    (folder / "b.pdf").write_bytes(b"%PDF")
    told.wait_for(folder / "b.pdf")
    (folder / "a.txt").unlink()
    told.wait_for(folder / "a.txt")


def test_a_folder_that_is_gone_is_told_and_watched_again_when_it_is_back(told: Told) -> None:
    (folder,) = told.folders
    told.touch_until_told(folder / "a.txt")
    folder.rename(folder.with_name("elsewhere"))
    while "cannot be found" not in (told.trouble.get(timeout=PATIENCE) or ""):
        pass
    folder.mkdir()
    told.wait_for(folder)
    while told.trouble.get(timeout=PATIENCE) is not None:
        pass
    told.touch_until_told(folder / "b.txt")


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
    assert "The library is damaged." in str(telling.trouble.get(timeout=PATIENCE))
    assert telling.trouble.get(timeout=PATIENCE) is None
    telling.touch_until_told(tmp_path / "a.txt")
    telling.watcher.close()


@pytest.mark.parametrize(
    ("path", "does"),
    [
        ("news/a.txt", True),
        ("news/deep/a.DOCX", True),
        ("news/articles.csv", True),
        ("news/a.png", False),
        ("news/.a.txt.swp", False),
        ("news/.git/a.txt", False),
        ("news/gone-folder", True),
        ("news/.library/library.sqlite", False),
        ("news/.library/uploads/a.txt", True),
        ("news/.library/uploads/.incoming-1.txt", False),
    ],
)
def test_only_what_may_be_an_article_concerns_the_library(tmp_path: Path, path: str, does: bool) -> None:  # noqa: FBT001 - a row of the table
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "a.png").write_bytes(b"")
    assert concerns(tmp_path / path, [tmp_path / "news", tmp_path / "news/.library/uploads"]) is does
