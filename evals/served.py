"""Starts the real chat in a process of its own and looks at what only a served page can show."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PATIENCE = 90.0
"""Seconds that a chat may take to say its address on a busy machine."""
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def faults(what: str, articles: Path, data: Path) -> Iterator[str]:
    """What is wrong with a served chat: `what` is "login" or "socks proxy"."""
    (articles / "article.txt").write_text("Pier\nMayor Ann Tell said the pier was open.\n", "utf-8")
    _onrecord("index", str(articles), "--data", str(data))
    if what == "login":
        yield from _login(data)
    else:
        with _chat(data, {"all_proxy": "socks5://127.0.0.1:9", "ALL_PROXY": "socks5://127.0.0.1:9"}) as (address, told):
            if address is None:
                yield f"the chat does not start behind a SOCKS proxy: {told}"


def _login(data: Path) -> Iterator[str]:
    logins = data / "logins"
    _onrecord("login", str(logins), "anna", given="a long password\n")
    with _chat(data, {}, "--auth", str(logins)) as (address, told):
        if address is None:
            yield f"the chat does not start: {told}"
            return
        form = {"name": "anna", "password": "a long password"}
        as_browser = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
        if (code := _post(f"{address}/login", form, as_browser)) != 303:  # noqa: PLR2004 - "see other", onwards
            yield f"a browser's log-in ends with {code}"
        from_elsewhere = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
        if (code := _post(f"{address}/login", form, from_elsewhere)) != 403:  # noqa: PLR2004 - "forbidden"
            yield f"another site's log-in ends with {code}"


def _post(address: str, form: dict[str, str], headers: dict[str, str]) -> int:
    request = urllib.request.Request(address, urllib.parse.urlencode(form).encode(), headers)  # noqa: S310 - loopback
    opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=30) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as error:
        return error.code


@contextmanager
def _chat(data: Path, settings: dict[str, str], *options: str) -> Iterator[tuple[str | None, str]]:
    """A chat's address, None if it ended, and the last line of what it said."""
    variables = [f"{name}={value}" for name, value in settings.items()]
    chat_command = [
        sys.executable,
        "-m",
        "rag.app.cli",
        "chat",
        "--no-browser",
        "--port",
        "7990",
        "--data",
        str(data),
        *options,
    ]
    command = ["env", *variables, *chat_command]
    with (data / "chat.log").open("w+") as log:
        serving = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)  # noqa: S603
        try:
            yield _wait_for_address(serving, Path(log.name))
        finally:
            serving.terminate()
            serving.wait(30)


def _wait_for_address(chat: subprocess.Popen[bytes], log: Path) -> tuple[str | None, str]:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until and chat.poll() is None:
        if found := _ADDRESS.search(log.read_text("utf-8")):
            return found.group(), ""
        time.sleep(0.2)
    return None, log.read_text("utf-8").strip().rpartition("\n")[2]


def _onrecord(*arguments: str, given: str = "") -> None:
    command = [sys.executable, "-m", "rag.app.cli", *arguments]
    subprocess.run(command, input=given, text=True, capture_output=True, check=True)  # noqa: S603
