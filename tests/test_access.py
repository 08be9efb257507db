"""Logins: passwords that cannot be had from the file, sessions that end, guessing that is slow."""

from pathlib import Path

import pytest

from rag.core.errors import UsageError
from tests.conftest import assert_one_sentence, onrecord
from ui.auth import SESSION, TRIES, WINDOW, Logins, Password, is_loopback, read_logins, require, write_login

SECRET = "correct horse"  # noqa: S105 - a test's own


class Clock:
    """A clock that is set by hand."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def kept() -> Password:
    return Password.of(SECRET)


@pytest.fixture
def logins(kept: Password) -> Logins:
    return Logins({"ada": kept}, Clock())


def test_a_login_is_written_read_and_changed_and_the_file_does_not_tell_the_password(tmp_path: Path) -> None:
    path = tmp_path / "logins"
    write_login(path, "ada", SECRET)
    write_login(path, "bo", "another one")
    write_login(path, "ada", "a new password")
    known = read_logins(path)
    assert list(known) == ["ada", "bo"]
    assert known["ada"].is_met_by("a new password")
    assert not known["ada"].is_met_by(SECRET)
    assert "new password" not in path.read_text()
    assert path.stat().st_mode & 0o077 == 0


def test_the_same_password_is_never_kept_alike() -> None:
    assert str(Password.of(SECRET)) != str(Password.of(SECRET))


@pytest.mark.parametrize("name", ["", "a:b", "#a", "a\nb", "x" * 65])
def test_a_name_that_would_spoil_the_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="name"):
        write_login(tmp_path / "logins", name, SECRET)


def test_a_short_password_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="8 characters"):
        write_login(tmp_path / "logins", "ada", "short")


@pytest.mark.parametrize(
    "words", ["", "# nobody\n", "ada:secret\n", "ada:scrypt:x:y:z\n", "ada:md5:1:YQ==:YQ==\n", "\xff"]
)
def test_a_spoilt_file_is_refused_with_the_remedy(tmp_path: Path, words: str) -> None:
    path = tmp_path / "logins"
    path.write_text(words, encoding="latin-1")
    with pytest.raises(UsageError, match="onrecord login"):
        read_logins(path)


def test_a_session_is_had_for_the_password_alone(logins: Logins) -> None:
    token = logins.enter("ada", SECRET, "1.1.1.1")
    assert token is not None
    assert logins.who(token) == "ada"
    assert logins.enter("ada", "wrong", "1.1.1.1") is None
    assert logins.enter("nobody", SECRET, "1.1.1.1") is None
    assert logins.who(None) is logins.who("made up") is None


def test_a_session_ends_by_leaving_and_by_itself(logins: Logins) -> None:
    first, second = logins.enter("ada", SECRET, "1"), logins.enter("ada", SECRET, "1")
    logins.leave(first)
    assert (logins.who(first), logins.who(second)) == (None, "ada")
    assert isinstance(logins.clock, Clock)
    logins.clock.now += SESSION
    assert logins.who(second) is None


def test_guessing_is_paused_by_name_and_by_address_and_the_pause_ends(logins: Logins) -> None:
    for number in range(TRIES):
        assert logins.pause("ada", "1.1.1.1") == 0
        logins.enter("ada", f"guess {number}", "1.1.1.1")
    assert 0 < logins.pause("ada", "9.9.9.9") <= WINDOW + 1
    assert 0 < logins.pause("bo", "1.1.1.1") <= WINDOW + 1
    assert logins.pause("bo", "9.9.9.9") == 0
    assert isinstance(logins.clock, Clock)
    logins.clock.now += WINDOW
    assert logins.pause("ada", "1.1.1.1") == 0


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "::", "news.example"])  # noqa: S104 - that is the point
def test_the_network_is_refused_unless_there_are_logins_or_it_is_said(host: str) -> None:
    with pytest.raises(UsageError, match="--auth FILE"):
        require(host, has_logins=False, insecure=False)
    require(host, has_logins=True, insecure=False)
    require(host, has_logins=False, insecure=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "::1", "localhost"])
def test_this_machine_alone_needs_no_login(host: str) -> None:
    assert is_loopback(host)
    require(host, has_logins=False, insecure=False)


def test_the_command_refuses_the_network_in_one_sentence(tmp_path: Path) -> None:
    assert_one_sentence(onrecord("chat", "--host", "0.0.0.0", "--data", tmp_path), 2, "--auth", "--insecure")  # noqa: S104 - likewise
