"""A port that is free, an address to type, and no browser where there is none."""

import errno
import webbrowser

import pytest

from rag.core.errors import UsageError
from ui.app import address_of, listen, open_in_browser


def test_a_free_port_is_taken_as_asked() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
    with listen("127.0.0.1", port) as again:
        assert again.getsockname()[1] == port


def test_a_taken_port_gives_way_to_a_later_one() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with listen("127.0.0.1", port) as second:
            assert second.getsockname()[1] > port


def test_an_address_of_another_machine_is_refused_with_the_remedy() -> None:
    with pytest.raises(UsageError, match=r"192\.0\.2\.1 .*--host 127\.0\.0\.1"):
        listen("192.0.2.1", 7860)


@pytest.mark.parametrize("port", [65_536, -101])
def test_no_free_port_at_all_is_said(port: int) -> None:
    with pytest.raises(UsageError, match="--port"):
        listen("127.0.0.1", port)


def test_the_address_names_host_and_port() -> None:
    with listen("127.0.0.1", 0) as listener:
        assert address_of(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}/"


def test_an_address_of_the_sixth_version_is_bracketed() -> None:
    try:
        listener = listen("::1", 0)
    except (UsageError, OSError) as error:  # a machine without IPv6
        pytest.skip(f"no IPv6 here: {error or errno.EAFNOSUPPORT}")
    with listener:
        assert address_of(listener) == f"http://[::1]:{listener.getsockname()[1]}/"


class NoBrowser:
    """A machine without any browser."""

    def get(self, using: str | None = None) -> webbrowser.BaseBrowser:
        raise webbrowser.Error(f"could not locate runnable browser {using}")


def test_a_machine_without_a_browser_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webbrowser, "get", NoBrowser().get)
    open_in_browser("http://127.0.0.1:1/")


def test_a_browser_that_would_run_in_the_terminal_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webbrowser, "get", lambda: webbrowser.GenericBrowser("false-browser-that-is-not-there"))
    open_in_browser("http://127.0.0.1:1/")
