"""A library of an older schema is brought up to this one, whole, and ends up like a new one."""

import contextlib
import sqlite3
import threading
from pathlib import Path

import pytest

from rag.library import schema
from rag.library.sqlite import APPLICATION
from rag.library.store import Store
from tests.library_parts import article, fill, record


def of_schema_1(data: Path) -> Path:
    """A library as the first onrecord made it, with one statement."""
    data.mkdir()
    path = data / "library.sqlite"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(schema.STEPS[1])
        connection.execute("PRAGMA user_version = 1")
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute("INSERT INTO library (one, id) VALUES (1, 'abc')")
        connection.execute("INSERT INTO file VALUES ('a.txt', 'd', '')")
        connection.execute(
            "INSERT INTO article (source, file, recipe, digest, extractor, blocks, warnings, text) "
            "VALUES ('a.txt', 'a.txt', '', 'd', 'text', '[]', '[]', 'He said no.')"
        )
        connection.execute(
            'INSERT INTO statement (name, article, start, "end", content, speaker, speaker_as_written, cue, kind, '
            "polarity, marked, confidence) VALUES ('s', 1, 0, 11, '[[8,10]]', 'Bo Quist', 'He', 'said', 'direct', "
            "'asserts', 1, 0.9)"
        )
        connection.execute("INSERT INTO statement_words (rowid, span) VALUES (1, 'He said no.')")
    return path


def shape(path: Path) -> set[tuple[str, str, str]]:
    """Every table with its columns, and every index."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return set(
            connection.execute(
                "SELECT m.name, m.type, coalesce(c.name || ' ' || c.type, '') FROM sqlite_schema AS m "
                "LEFT JOIN pragma_table_info(m.name) AS c"
            )
        )


def test_an_old_library_gets_what_it_lacks_and_keeps_what_it_has(tmp_path: Path) -> None:
    old = of_schema_1(tmp_path / "old")
    store = Store.open(old.parent)
    with store.reading() as view:
        assert [(one.speaker, one.corrected) for one in view.statements(by=["Bo Quist"])] == [("Bo Quist", False)]
        assert view.abbreviations() == []
        assert view.is_printed("said no")
    new = Store.create(tmp_path / "new")
    assert shape(old) == shape(new.path)
    fill(store, record(article("a.txt", "Nobody spoke.")))
    with store.reading() as view:
        assert (view.is_printed("said no"), view.is_printed("nobody")) == (False, True)


def test_a_step_that_fails_leaves_the_old_schema_whole_and_two_at_once_both_find_it_brought_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = of_schema_1(tmp_path / "old")
    before = shape(old)
    broken = {**schema.STEPS, 2: f"{schema.STEPS[2]}\nCREATE TABLE article (again TEXT);"}
    monkeypatch.setattr(schema, "STEPS", broken)
    with pytest.raises(sqlite3.OperationalError):
        Store.open(old.parent)
    assert shape(old) == before
    monkeypatch.undo()
    opened: list[int] = []

    def open_it() -> None:
        with Store.open(old.parent).reading() as view:
            opened.append(len(view.statements()))

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert opened == [1, 1, 1, 1]
