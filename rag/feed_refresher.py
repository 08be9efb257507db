"""Fetches pages and feeds for a served library, in a separate process: what readers ask for, and feeds that are due.

`python -m rag.feed_refresher DATA` is that process. It reads its orders as JSON from stdin, fetches one address after
the other, and prints what came of each as a JSON line. What it keeps lies among the uploads and is indexed from there.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Condition, Thread
from typing import Any, Final

from rag.core.errors import LibraryError, OnrecordError
from rag.core.settings import Settings
from rag.ingestion.fetching import Fetcher
from rag.library.folder import Uploads
from rag.library.news import Wish, add, refresh
from rag.library.web_pages import Feed, Fetch, WebPages

LOOK_EVERY: Final = 60.0
"""Seconds between two looks at which feeds are due."""
MOST_WAITING: Final = 50
"""Addresses that may wait to be fetched."""


@dataclass(frozen=True, slots=True)
class FeedNews:
    """The state of fetching: what is followed, what was fetched lately (newest first), what is being fetched."""

    feeds: tuple[Feed, ...]
    fetches: tuple[Fetch, ...]
    waiting: int
    trouble: str | None

    @property
    def busy(self) -> bool:
        """Whether something is being fetched or waits for it."""
        return self.waiting > 0


class FeedRefresher:
    """Fetches one order after the other, in the background. Thread-safe. `on_new` is called when articles have come."""

    def __init__(self, data: Path, uploads: Uploads, on_new: Callable[[], None]) -> None:
        self._data = data
        self._pages = WebPages(data)
        self._uploads = uploads
        self._on_new = on_new
        self._changed = Condition()
        self._orders: deque[dict[str, Any]] = deque()
        self._child: subprocess.Popen[str] | None = None
        self._working = self._closed = False
        self._trouble: str | None = None
        self._thread = Thread(target=self._work, name="feeds", daemon=True)

    def start(self) -> None:
        """Starts working, and refreshing what is due."""
        self._thread.start()

    def close(self) -> None:
        """Stops; what was fetched stays."""
        with self._changed:
            self._closed = True
            if self._child:
                self._child.terminate()
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def fetch(self, wish: Wish) -> None:
        """Has an address fetched. Raises LibraryError if too many wait."""
        self._order({"add": asdict(wish)})

    def refresh(self, address: str | None = None) -> None:
        """Has one feed refreshed, or all."""
        feeds = [self._pages.feed(address)] if address else self._pages.feeds
        self._order({"refresh": [feed.address for feed in feeds]})

    def set_interval(self, address: str, hours: int | None) -> None:
        """Sets after how many hours a feed is refreshed; None for only when asked."""
        self._pages.feed(address)
        self._pages.change(address, every=hours)

    def unfollow(self, address: str, by: str | None = None) -> None:
        """Forgets a feed; its articles stay."""
        self._pages.unfollow(address, by)

    def news(self) -> FeedNews:
        """Returns the current state."""
        with self._changed:
            waiting, trouble = len(self._orders) + self._working, self._trouble
        return FeedNews(self._pages.feeds, self._pages.fetches, waiting, trouble)

    def _order(self, order: dict[str, Any]) -> None:
        with self._changed:
            if len(self._orders) >= MOST_WAITING:
                raise LibraryError(f"{MOST_WAITING} addresses wait to be fetched already; add more when they are in.")
            self._orders.append(order)
            self._changed.notify_all()

    def _work(self) -> None:
        while (order := self._next()) is not None:
            try:
                self._carry_out(order)
                trouble = None
            except (OnrecordError, OSError, ValueError) as error:
                trouble = str(error)
            with self._changed:
                self._child, self._working, self._trouble = None, False, trouble

    def _next(self) -> dict[str, Any] | None:
        """Waits for the next order, or for feeds that are due; None at the end."""
        while True:
            with self._changed:
                if self._orders and not self._closed:
                    self._working = True
                    return self._orders.popleft()
                if self._closed:
                    return None
            due = self._due()
            with self._changed:
                if due and not self._closed:
                    self._working = True
                    return {"refresh": due}
                self._changed.wait_for(lambda: self._orders or self._closed, timeout=LOOK_EVERY)

    def _due(self) -> list[str]:
        at = datetime.now(UTC)
        with suppress(OnrecordError):
            return [feed.address for feed in self._pages.feeds if feed.is_due(at)]
        return []

    def _carry_out(self, order: dict[str, Any]) -> None:
        with self._changed:
            if self._closed:
                return
            self._child = subprocess.Popen(  # noqa: S603 - this Python, this module, and a library of our own
                [sys.executable, "-m", "rag.feed_refresher", str(self._data)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
            )
        by, came = order.get("add", {}).get("by"), False
        with self._child as child:
            if child.stdin:
                child.stdin.write(json.dumps(order))
                child.stdin.close()
            for line in child.stdout or ():
                fetch = Fetch(**json.loads(line))
                came = came or fetch.state in {"added", "updated"}
                self._claim(fetch, by)
        if child.returncode and not self._closed:
            raise LibraryError("Fetching broke off; try again, or use `onrecord add`, which may say why.")
        if came:
            self._on_new()

    def _claim(self, fetch: Fetch, by: str | None) -> None:
        """Makes a new article that of whoever asked for it, or follows its feed."""
        owner = by
        if fetch.feed:
            with suppress(LibraryError):
                owner = self._pages.feed(fetch.feed).by
        if fetch.state == "added" and fetch.source and owner:
            self._uploads.claim(fetch.source, owner)


def _main(data: Path, order: dict[str, Any]) -> None:
    fetcher = Fetcher(Settings.from_environment(data=data).fetch_hosts or ())
    if "add" in order:
        add(data, Wish(**order["add"]), fetcher, _emit)
    else:
        refresh(data, fetcher, _emit, order["refresh"])


def _emit(fetch: Fetch) -> None:
    sys.stdout.write(json.dumps(asdict(fetch)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _main(Path(sys.argv[1]), json.loads(sys.stdin.read()))
