"""Purge, backup and restore: nothing of a removed article stays, and what comes back is what was there."""

import contextlib
import json
import sqlite3
import zipfile
from pathlib import Path

import pytest

from rag.core import Span
from rag.core.errors import LibraryError, LibraryLocked
from rag.library.corrections import correct, corrections
from rag.library.store import Store
from rag.library.upkeep import backup, purge, restore
from rag.vectors.chroma import ChromaIndex
from tests.library_parts import article, record, said, word_vector
from tests.processes import assert_one_sentence, onrecord
from tests.told import stored

SECRETS = tuple(f"The xylograph{number}q was hidden behind quartz{number}z cupboard." for number in range(20))
KEPT = "Nobody minded the weather."


def filled(data: Path) -> Store:
    """A library with one article that stays and one that tells secrets, with a statement each."""
    secret, kept = article("secret.txt", "\n".join(SECRETS), title=SECRETS[0]), article("kept.txt", KEPT)
    return stored(
        data,
        record(secret, [said(secret, Span(0, 60), Span(0, 58), "Zebulon Quaxworth")]),
        record(kept, [said(kept, Span(0, 26), Span(0, 25), "Ada Lund")]),
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return filled(tmp_path / "data")


def held_bytes(data: Path) -> bytes:
    return b"\0".join(path.read_bytes() for path in sorted(data.rglob("*")) if path.is_file())


def remove_secret(store: Store) -> None:
    with store.writing() as changes:
        changes.remove("secret.txt")
        changes.settle_people()


def test_after_a_purge_the_vectors_are_built_anew_without_those_that_are_gone(store: Store) -> None:
    first = ChromaIndex.embedded(store)
    first.follow()
    first.close()
    remove_secret(store)
    purge(store)
    assert not (store.data / "chroma").exists()
    with contextlib.closing(ChromaIndex.embedded(store)) as index:
        assert index.follow() == 1
        with store.reading() as view:
            assert view.full_text([["weather"]], 5) != []
            assert [one.speaker for one in view.statements(about=[["weather"]])] == ["Ada Lund"]
        assert [round(cosine, 4) for _, cosine in index.nearest(word_vector(KEPT), 5)] == [1.0]


def test_a_purge_forgets_corrections_of_articles_that_are_gone_and_keeps_the_others(store: Store) -> None:
    with store.reading() as view:
        identities = {one.source: one.id for one in view.statements()}
    with store.writing() as changes:  # the two would else share an id
        changes.correct(identities["secret.txt"], "Bo Quist")
    remove_secret(store)
    assert [one.source for one in corrections(store)] == ["secret.txt"]
    assert purge(store).corrections == 1
    correct(store, identities["kept.txt"], "Bo Quist")
    assert purge(store).corrections == 0
    assert [one.source for one in corrections(store)] == ["kept.txt"]


def test_a_purge_says_that_others_are_at_the_library_rather_than_leave_bytes(store: Store) -> None:
    with contextlib.closing(ChromaIndex.embedded(store)), pytest.raises(LibraryLocked, match="close the chat"):
        purge(store)
    with Store.open(store.data).reading() as view:
        view.sources()
        remove_secret(store)
        with pytest.raises(LibraryLocked, match="is reading the library"):
            purge(store)
    purge(store)
    assert SECRETS[3].encode() not in held_bytes(store.data)


def test_a_backup_is_one_file_from_which_everything_comes_back_and_overwrites_none(
    store: Store, tmp_path: Path
) -> None:
    (store.data / "uploads" / "deep").mkdir(parents=True)
    (store.data / "uploads" / "deep" / "a.txt").write_bytes(b"\xffupload\r\n")
    with contextlib.closing(sqlite3.connect(store.data / "conversations.sqlite")) as beside:
        beside.execute("CREATE TABLE talk (words TEXT)")
    with store.reading() as view:
        before = (view.articles(view.sources()), view.statements(), view.people())
    size = backup(store, tmp_path / "today.backup")
    restore(tmp_path / "today.backup", tmp_path / "elsewhere" / "new")
    again = Store.open(tmp_path / "elsewhere" / "new")
    with again.reading() as view:
        assert (view.articles(view.sources()), view.statements(), view.people()) == before
        assert view.vectors.follower("chroma") is None
    assert (again.data / "uploads" / "deep" / "a.txt").read_bytes() == b"\xffupload\r\n"
    with contextlib.closing(sqlite3.connect(again.data / "conversations.sqlite")) as beside:
        assert beside.execute("SELECT count(*) FROM talk").fetchone() == (0,)
    assert size == (tmp_path / "today.backup").stat().st_size
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "elsewhere", "today.backup"]
    (tmp_path / "precious").write_text("mine")
    with pytest.raises(LibraryError, match="exists already"):
        backup(store, tmp_path / "precious")
    with pytest.raises(LibraryError, match="cannot be written"):
        backup(store, tmp_path / "no folder" / "file")
    assert (tmp_path / "precious").read_text() == "mine"


def test_a_library_is_replaced_only_if_it_is_said_and_then_whole(store: Store, tmp_path: Path) -> None:
    backup(store, tmp_path / "full")
    remove_secret(store)
    (store.data / "uploads").mkdir()
    (store.data / "uploads" / "later.txt").write_text("later")
    index = ChromaIndex.embedded(store)
    index.follow()
    with pytest.raises(LibraryError, match="--replace"):
        restore(tmp_path / "full", store.data)
    with pytest.raises(LibraryLocked, match="close the chat"):
        restore(tmp_path / "full", store.data, replace=True)
    index.close()
    store.close()
    restore(tmp_path / "full", store.data, replace=True)
    with Store.open(store.data).reading() as view:
        assert view.sources() == ["kept.txt", "secret.txt"]
    assert not (store.data / "uploads").exists()
    assert not (store.data / "chroma").exists()


def rewritten(file: Path, name: str, content: bytes, copy: Path) -> Path:
    """The backup with one of its files changed, added or, if empty, left out."""
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(copy, "w") as target:
        for member in source.namelist():
            if member != name:
                target.writestr(member, source.read(member))
        if content:
            target.writestr(name, content)
    return copy


def test_a_file_that_is_no_whole_backup_changes_nothing(store: Store, tmp_path: Path) -> None:
    good = tmp_path / "good"
    backup(store, good)
    escape = json.dumps({"schema": 2, "files": {"library.sqlite": "0", "../escaped.sqlite": "0"}}).encode()
    (tmp_path / "text").write_text("no zip at all")
    (tmp_path / "cut").write_bytes(good.read_bytes()[:-200])
    bad = [
        tmp_path / "text",
        tmp_path / "cut",
        rewritten(good, "library.sqlite", b"", tmp_path / "without"),
        rewritten(good, "library.sqlite", b"SQLite format 3\0 and nonsense", tmp_path / "other"),
        rewritten(good, "backup.json", b"", tmp_path / "nameless"),
        rewritten(good, "backup.json", escape, tmp_path / "escape"),
    ]
    for file in bad:
        with pytest.raises(LibraryError, match="no whole backup"):
            restore(file, tmp_path / "new")
    with pytest.raises(LibraryError, match="There is no file"):
        restore(tmp_path / "none", tmp_path / "new")
    assert not (tmp_path / "new").exists()
    assert not (tmp_path / "escaped.sqlite").exists()


def test_the_commands_back_up_restore_and_purge(library_dir: Path, tmp_path: Path) -> None:
    made = onrecord("backup", tmp_path / "b", "--data", library_dir)
    back = onrecord("restore", tmp_path / "b", "--data", tmp_path / "new")
    purged = onrecord("purge", "--data", tmp_path / "new")
    asked = onrecord("statements", "--by", "Zakharova", "--data", tmp_path / "new")
    assert (made.code, back.code, purged.code, asked.code) == (0, 0, 0, 0), (made, back, purged, asked)
    assert "5 articles" in back.stdout
    assert "Maria Zakharova" in asked.stdout
    assert_one_sentence(onrecord("restore", tmp_path / "b", "--data", tmp_path / "new"), 1, "--replace")
