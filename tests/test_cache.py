"""Replies are kept once they are paid for, until they are forgotten; what is spent is counted by the day."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.library import reply_cache
from rag.library.reply_cache import Replies
from tests.library_parts import Libraries


@pytest.fixture
def replies(libraries: Libraries, tmp_path: Path) -> Iterator[Replies]:
    store = libraries.create(tmp_path)
    store.close()
    yield Replies(store.database)
    libraries.release(tmp_path)


def test_replies_are_found_again_the_oldest_go_first_and_what_is_spent_adds_up(
    replies: Replies, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert replies.find("key") is None
    replies.keep("key", "It is old [1].")
    assert replies.find("key") == "It is old [1]."
    monkeypatch.setattr(reply_cache, "_MOST", 2)
    for key in ("a", "b", "c"):
        replies.keep(key, key)
    assert [replies.find(key) for key in ("a", "b", "c")] == [None, "b", "c"]
    assert replies.spent() == 0
    replies.spend(70)
    replies.spend(30)
    assert replies.spent() == 100


def test_forgetting_leaves_no_byte_of_a_reply_and_a_library_that_cannot_be_written_to_stops_none(
    replies: Replies, tmp_path: Path
) -> None:
    replies.keep("key", "A sentence that stands nowhere else 4711.")
    replies.forget()
    assert replies.find("key") is None
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("library.sqlite*"))
    assert b"stands nowhere else 4711" not in kept
    nowhere = Replies(tmp_path / "missing" / "library.sqlite")
    nowhere.keep("key", "x")
    nowhere.spend(1)
    assert (nowhere.find("key"), nowhere.spent()) == (None, 0)
