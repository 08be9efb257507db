"""The real command and a real browser, started and ended; for the browser tests and for pictures of the page."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.processes import REPOSITORY, onrecord

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
)  # fmt: skip
SAYS_WHERE = "onrecord is at "


@contextmanager
def running_chat(data: Path, *options: str, **variables: str) -> Iterator[str]:
    """`onrecord chat` over a library, on a free port; gives the page's address."""
    words = [sys.executable, "-m", "rag.app.cli", "chat", "--data", str(data), "--port", "0", "--no-browser", *options]
    around = os.environ | variables
    running = subprocess.Popen(words, cwd=REPOSITORY, stderr=subprocess.PIPE, text=True, env=around)
    assert running.stderr is not None
    said: list[str] = []
    try:
        for line in running.stderr:
            said.append(line)
            if line.startswith(SAYS_WHERE):
                break
        else:
            raise AssertionError(f"onrecord chat ended before it served:\n{''.join(said)}")
        yield line.removeprefix(SAYS_WHERE).split()[0]
    finally:
        running.terminate()
        running.communicate(timeout=60)


@contextmanager
def page_over_seeds() -> Iterator[tuple[str, Browser]]:
    """The real page over a library of the seeds that is thrown away, and a browser to see it."""
    with tempfile.TemporaryDirectory() as scratch:
        data = Path(scratch) / "data"
        onrecord("index", REPOSITORY / "seeds", "--data", data)
        with running_chat(data) as address, chromium() as browser:
            yield address, browser


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, quiet. ImportError without playwright, FileNotFoundError without Chromium."""
    from playwright.sync_api import sync_playwright

    if not Path(CHROMIUM).exists():
        raise FileNotFoundError("Chromium is not installed; on Debian, `apt-get install chromium` brings it.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()
