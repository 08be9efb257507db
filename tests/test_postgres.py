"""A library in PostgreSQL: what only a server has to show. What all libraries must do stands in their own tests."""

import contextlib
import json
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.core import Span
from rag.core.errors import EmptyLibrary, LibraryError
from rag.library import postgres, schema
from rag.library.store import Store
from rag.library.upkeep import backup, purge, restore
from rag.vectors.exact import ExactIndex
from tests.library_parts import DIMENSION, EMBEDDER, Libraries, article, record, said, word_vector
from tests.postgres_server import Server
from tests.processes import assert_one_sentence, onrecord, started, told

pytestmark = pytest.mark.server

GAS = article("a.txt", "Mr Lavrov said: gas flows.\nRain\x00fell.", title="Gas talks", published="2024-05-01")
RAIN = article("b.txt", "Dmitry Peskov said it rained.\nThe European Union met.", outlet="Orda")


@pytest.fixture
def libraries(postgres: Server) -> Iterator[Libraries]:
    made = Libraries(postgres)
    yield made
    made.release()


def filled(store: Store) -> Store:
    with store.writing() as changes:
        changes.set_embedder(EMBEDDER, DIMENSION)
        changes.put(record(GAS, [said(GAS, Span(0, 26), Span(16, 25), "Sergei Lavrov")]))
        changes.put(record(RAIN, [said(RAIN, Span(0, 29), Span(19, 28), "Dmitry Peskov", "reported")]))
        changes.correct("s19", "Maria Zakharova")
        changes.settle_people()
    return store


def everything(store: Store) -> tuple[object, ...]:
    with store.reading() as view:
        return (
            view.articles(view.sources()),
            view.statements(),
            view.people(),
            view.corrections(),
            list(view.passages(list(range(9))).values()),
            {word: len(view.full_text([[word]], 10)) for word in ("gas", "rained", "European Union", "talks")},
            [len(view.statements(about=[[word]])) for word in ("gas", "rain")],
            view.files(),
            [tuple(row) for row in view._connection.execute("SELECT article, name FROM story ORDER BY article")],
        )


def test_both_databases_have_the_same_tables_and_columns(libraries: Libraries, tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(Store.create(tmp_path / "file").path)) as connection:
        rows = connection.execute(
            "SELECT m.name, c.name FROM sqlite_schema AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table' "
            "AND m.name NOT LIKE '%_words%' AND m.name NOT LIKE 'sqlite_%'"
        ).fetchall()
    with contextlib.closing(libraries.create(tmp_path).database.connect()) as server:
        there = server.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'onrecord'"
        ).fetchall()
    own = {"margin_words", "passage_words", "statement_words", "word", "words_total", "schema_version"}
    assert {tuple(row) for row in there if row[0] not in own} == set(rows)


def test_a_step_of_the_schema_is_taken_by_both(
    libraries: Libraries, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = filled(libraries.create(tmp_path))
    step = "CREATE TABLE feed (id INTEGER PRIMARY KEY AUTOINCREMENT, url TEXT NOT NULL UNIQUE, read REAL) STRICT;"
    fill = "INSERT INTO feed (url) SELECT source FROM article;"
    newer = schema.SCHEMA + 1
    monkeypatch.setitem(schema.STEPS, newer, step + fill)
    for module in (postgres, schema):
        monkeypatch.setattr(module, "SCHEMA", newer)
    store.database.bring_up()
    assert store.database.check() == newer
    with contextlib.closing(store.database.connect()) as connection:
        assert [tuple(row) for row in connection.execute("SELECT id, url FROM feed")] == [(1, "a.txt"), (2, "b.txt")]
    monkeypatch.undo()
    with pytest.raises(LibraryError, match=f"schema {newer}"):
        libraries.open(tmp_path)


def test_a_backup_from_a_file_is_restored_into_postgresql(libraries: Libraries, tmp_path: Path) -> None:
    before = filled(Store.create(tmp_path / "file"))
    (before.data / "uploads").mkdir()
    (before.data / "uploads" / "u.txt").write_text("upload")
    backup(before, tmp_path / "backup.zip")
    data = tmp_path / "server"
    restore(tmp_path / "backup.zip", data, libraries.address(data))
    after = libraries.open(data)
    assert everything(after) == everything(before)
    assert sorted(path.name for path in data.iterdir() if "lock" not in path.name) == ["uploads"]
    index = ExactIndex(after)
    index.follow()
    assert index.nearest(word_vector("The European Union met."), 1)[0][1] == pytest.approx(1, abs=1e-6)
    with after.writing() as changes:
        changes.put(record(article("c.txt", "New.")))
    with after.reading() as view:
        assert view.vectors.after(0)[0].tolist() == [1, 2, 3, 4, 5], "new passages are numbered after the old"
    with pytest.raises(LibraryError, match=r"holds a library already.*--replace"):
        restore(tmp_path / "backup.zip", data, libraries.address(data))
    restore(tmp_path / "backup.zip", data, libraries.address(data), replace=True)
    assert everything(after) == everything(before)


def test_its_backup_is_that_of_postgresql_and_brings_everything_back(libraries: Libraries, tmp_path: Path) -> None:
    store = filled(libraries.create(tmp_path / "one"))
    with pytest.raises(LibraryError, match="pg_dump"):
        backup(store, tmp_path / "file")
    server, dump = libraries.server, tmp_path / "dump"
    assert server is not None
    one, other = libraries.address(tmp_path / "one"), libraries.address(tmp_path / "other")
    assert one
    assert other
    with dump.open("wb") as file:
        subprocess.run(
            [server.programs / "pg_dump", "--format=custom", "--schema=onrecord", one], stdout=file, check=True
        )
    subprocess.run([server.programs / "pg_restore", "--dbname", other, dump], check=True)
    again = libraries.open(tmp_path / "other")
    assert everything(again) == everything(store)
    with again.writing() as changes:
        changes.put(record(article("c.txt", "New.")))


def delete_slowly(data: Path, address: str) -> None:
    """Deletes every article in a transaction that does not end."""
    with Store.open(data, address).writing() as changes, changes._connection.transaction():
        changes._connection.execute("DELETE FROM article")
        told("in it")
        time.sleep(60)


def test_who_is_killed_while_writing_leaves_a_whole_library_and_no_lock(libraries: Libraries, tmp_path: Path) -> None:
    store = filled(libraries.create(tmp_path))
    before = everything(store)
    with started(delete_slowly, tmp_path, libraries.address(tmp_path)) as child:
        while not child.said() and child.is_at_work(0.05):
            pass
        assert child.said() == '"in it"\n'
        child.kill()
    assert everything(store) == before
    with store.writing() as changes:
        changes.put(record(article("c.txt", "New.")))


def test_a_purge_leaves_no_word_in_the_tables_and_readers_go_on_when_their_connections_end(
    libraries: Libraries, tmp_path: Path
) -> None:
    store = filled(libraries.create(tmp_path))
    before = everything(store)
    with contextlib.closing(store.database.connect()) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert everything(store) == before
    with store.writing() as changes:
        changes.remove("a.txt")
    assert purge(store).corrections == 0
    with contextlib.closing(store.database.connect()) as connection:
        words = [row[0] for row in connection.execute("SELECT stem FROM word")]
    assert "peskov" in words
    assert "lavrov" not in words


def test_a_server_that_is_not_there_is_told_without_the_password_and_an_empty_database_is_empty(
    tmp_path: Path, libraries: Libraries
) -> None:
    address = f"postgresql://ada:tell-nobody@/news?host={tmp_path}"
    with pytest.raises(LibraryError, match=r"postgresql://.*/news cannot be reached .*ONRECORD_LIBRARY") as told:
        Store.open(tmp_path, address)
    assert "tell-nobody" not in str(told.value)
    assert "\n" not in str(told.value)
    outcome = onrecord("ask", "Who?", "--data", tmp_path, given={"ONRECORD_LIBRARY": address})
    assert_one_sentence(outcome, 1, "cannot be reached")
    wrong = onrecord("ask", "Who?", "--data", tmp_path, given={"ONRECORD_LIBRARY": "mysql://ada:tell-nobody@x/y"})
    assert_one_sentence(wrong, 2, "ONRECORD_LIBRARY")
    assert "tell-nobody" not in wrong.stderr
    with pytest.raises(EmptyLibrary, match="Nothing is indexed"):
        libraries.open(tmp_path)


QUESTIONS = (
    "What did Lavrov say about the EU?",
    "What did Zakharova say about Armenia?",
    "Who spoke about Azerbaijan?",
    "How many people are quoted?",
    "What did Pashinyan say about membership of the European Union?",
    "Why do cats purr?",
)


def test_the_commands_index_and_answer_there_as_they_do_in_a_file(
    libraries: Libraries, tmp_path: Path, seeds: Path, library_dir: Path
) -> None:
    data = tmp_path / "data"
    given = libraries.variables(data)
    indexed = onrecord("index", seeds, "--data", data, "--json", given=given)
    assert indexed.code == 0, indexed.stderr
    assert indexed.json["articles"] == 5
    assert not (data / "library.sqlite").exists()
    again = onrecord("index", "--data", data, "--json", given=given).json
    assert (again["added"], again["changed"]) == (0, 0)
    asked = "\n".join(json.dumps({"id": str(n), "question": question}) for n, question in enumerate(QUESTIONS))
    there, here = (
        onrecord("ask", "--batch", "--data", folder, stdin=asked, given=place).lines
        for folder, place in ((data, given), (library_dir, {}))
    )
    assert [{**answer, "seconds": 0} for answer in there] == [{**answer, "seconds": 0} for answer in here]
    assert {answer["status"] for answer in here} == {"answered", "declined"}
    findings = onrecord("doctor", "--json", "--data", data, given=given).lines
    assert {finding["state"] for finding in findings} == {"ok"}, findings
