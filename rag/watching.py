"""Notices that articles' files came, changed or went, by watchfiles. Knows neither a library nor what a file says."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from threading import Event, Thread
from typing import Final

from rag.corpus.catalogue import CATALOGUE
from rag.corpus.readers import READERS
from rag.errors import OnrecordError

QUIET_MS: Final = 400
"""Changes are told when nothing else has changed for so long …"""
AT_MOST_MS: Final = 5_000
"""… and at the latest after so long."""
LOOK_AGAIN_MS: Final = 1_000
"""How often it is looked whether the folders are still there, and the same."""


class Watcher:
    """Watches folders in a thread of its own, and calls back with the files that changed.

    `folders` is asked now and then, for a library may be given another folder. `on_trouble` hears a sentence where a
    folder cannot be watched, and None when it can.
    """

    def __init__(
        self,
        folders: Callable[[], Sequence[Path]],
        on_change: Callable[[Collection[Path]], None],
        on_trouble: Callable[[str | None], None],
    ) -> None:
        self._folders = folders
        self._on_change = on_change
        self._on_trouble = on_trouble
        self.ready = Event()
        """Set once whatever changes from now on is noticed, or cannot be."""
        self._ended = Event()
        self._thread = Thread(target=self._watch, name="watcher", daemon=True)

    def start(self) -> None:
        """Begins to watch."""
        self._thread.start()

    def close(self) -> None:
        """Ends the watching."""
        self._ended.set()
        self.ready.set()
        if self._thread.is_alive():
            self._thread.join(timeout=2)

    def _watch(self) -> None:
        watched: list[Path] | None = None
        while not self._ended.is_set():
            try:
                wanted = list(self._folders())
                folders = [folder for folder in wanted if folder.is_dir()]
                gone = ", ".join(str(folder) for folder in wanted if folder not in folders)
                self._on_trouble(f"{gone} cannot be found, so nothing new is read from there." if gone else None)
                if watched is not None and watched != folders:
                    self._on_change(set(folders))  # whatever happened in them meanwhile
                watched = folders
                self._watch_while_there(folders, wanted)
            except (OnrecordError, OSError, RuntimeError) as error:
                self.ready.set()
                self._on_trouble(f"New files are not noticed by themselves ({error}); use “Read the folder again”.")
                self._ended.wait(LOOK_AGAIN_MS / 1000)

    def _watch_while_there(self, folders: Sequence[Path], wanted: Sequence[Path]) -> None:
        """Tells changes until the end, or until other folders are to be watched or are there."""
        from watchfiles import watch

        if not folders:
            self.ready.set()
            self._ended.wait(LOOK_AGAIN_MS / 1000)
            return
        changes = watch(
            *folders,
            watch_filter=lambda _, path: concerns(Path(path), folders),
            debounce=AT_MOST_MS,
            step=QUIET_MS,
            stop_event=self._ended,
            rust_timeout=LOOK_AGAIN_MS,
            yield_on_timeout=True,
            raise_interrupt=False,
            ignore_permission_denied=True,
        )
        for changed in changes:
            self.ready.set()
            if changed:
                self._on_change({Path(path) for _, path in changed})
            if list(self._folders()) != list(wanted) or [one for one in wanted if one.is_dir()] != list(folders):
                return


def concerns(path: Path, folders: Sequence[Path]) -> bool:
    """Whether a change there may concern articles: a file of theirs, or something that is no file any more or not yet.

    Of two folders within each other the inner one decides, and what is hidden in it concerns nobody.
    """
    within = [folder for folder in folders if path.is_relative_to(folder)]
    inner = max(within, key=lambda folder: len(folder.parts), default=path.parent)
    if any(part.startswith(".") for part in path.relative_to(inner).parts):
        return False
    return path.suffix.lower() in READERS or path.name == CATALOGUE or not path.is_file()
