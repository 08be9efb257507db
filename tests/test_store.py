"""The library's file: one state to a reader, one transaction an article, one sentence to whoever finds it broken."""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.core import Person, Span, Statement
from rag.core.errors import EmptyLibrary, LibraryError, LibraryLocked
from rag.library.store import Record, Store
from tests.library_parts import DIMENSION, EMBEDDER, Libraries, article, line_spans, record, said
from tests.processes import started, told

SEEDS = Path(__file__).parent.parent / "seeds"


@pytest.fixture
def store(libraries: Libraries, tmp_path: Path) -> Iterator[Store]:
    yield empty(libraries.create(tmp_path / "library"))
    libraries.release(tmp_path / "library")


@pytest.fixture
def in_a_file(tmp_path: Path) -> Store:
    return empty(Store.create(tmp_path / "library"))


def empty(store: Store) -> Store:
    with store.writing() as changes:
        changes.set_embedder(EMBEDDER, DIMENSION)
    return store


def put(store: Store, *records: Record) -> None:
    with store.writing() as changes:
        for each in records:
            changes.put(each)


def lavrov_and_peskov() -> list[Record]:
    one = article(
        "a.txt", "Mr Lavrov said: gas flows.\nRain fell.", title="Gas talks", outlet="Orda", published="2024-05-01"
    )
    two = article(
        "b.txt", "Peskov denied that gas flows.\nLavrov said it rained.", title="Rain", published="2024-06-01"
    )
    three = article("c.txt", "Sergei Lavrov said: the EU is far.", outlet="Orda")
    return [
        record(one, [said(one, Span(0, 26), Span(16, 25), "Lavrov")]),
        record(
            two,
            [
                said(two, Span(0, 29), Span(19, 28), "Dmitry Peskov", "reported"),
                said(two, Span(30, 52), Span(42, 51), "Lavrov", "reported"),
            ],
        ),
        record(three, [said(three, Span(0, 34), Span(20, 33), "Sergei Lavrov")]),
    ]


def test_what_is_put_comes_back_character_for_character(store: Store) -> None:
    text = "\ufeffFirst “line” – naïve.\r\nSecond\x00 line 𝔘𝔫𝔦.\n"
    plain = article("dir/ä b.txt", text, title="Tïtle", outlet="Ö", published="2024-01-02")
    original = replace(plain, byline="By me", url="https://example.org", warnings=("guessed",), encoding=None)
    statement = said(original, Span(0, 5), Span(1, 5), None, "mixed")
    kept = record(original, [replace(statement, content=(Span(1, 3), Span(4, 5)), via="RIA", polarity="denies")])
    put(store, kept)
    with store.reading() as view:
        assert view.article("dir/ä b.txt") == original
        assert tuple(view.passages([1, 2, 3, 99]).values()) == kept.passages
        assert tuple(view.statements()) == kept.statements
        ids, vectors = view.vectors.after(0)
    assert ids.tolist() == [1, 2]
    np.testing.assert_array_equal(vectors, kept.vectors)


def test_putting_a_source_again_replaces_all_that_was_known_of_it(store: Store) -> None:
    put(store, *lavrov_and_peskov())
    new = article("b.txt", "Nobody spoke.", title="Calm")
    put(store, record(new))
    with store.reading() as view:
        assert view.article("b.txt") == new
        assert [statement.source for statement in view.statements()] == ["a.txt", "c.txt"]
        assert view.frequency(["peskov", "nobody", "rain", "gas"]) == {"peskov": 0, "nobody": 1, "rain": 1, "gas": 2}
        assert view.passage_count() == view.vectors.count() == 4


def test_passage_ids_are_never_given_twice(store: Store) -> None:
    put(store, *lavrov_and_peskov())
    with store.writing() as changes:
        changes.remove("c.txt")
        changes.put(lavrov_and_peskov()[2])
    with store.reading() as view:
        assert set(view.vectors.after(0)[0].tolist()) == {1, 2, 3, 4, 6}
        assert view.vectors.removed(0) == {5}
        assert [passage for _, passage in view.vectors.changes(0)] == [1, 2, 3, 4, 5, 5, 6]


def test_an_interrupted_put_leaves_the_old_state_whole(store: Store) -> None:
    put(store, *lavrov_and_peskov())
    twice = lavrov_and_peskov()[1].statements[0]
    broken = record(article("b.txt", "Peskov denied that gas flows, again."), [twice, twice])
    with pytest.raises(store.database.failure, match=r"(?i)unique"), store.writing() as changes:
        changes.put(broken)
    with store.reading() as view:
        assert view.article("b.txt") == lavrov_and_peskov()[1].article
        assert view.frequency(["again", "peskov"]) == {"again": 0, "peskov": 1}
        assert len(view.statements(source="b.txt")) == 2


def test_a_record_that_is_not_cut_from_its_article_or_has_bad_vectors_is_refused(store: Store) -> None:
    good = lavrov_and_peskov()[0]
    with pytest.raises(ValueError, match="not a slice"):
        replace(good, passages=(replace(good.passages[0], text="Mr Lavrov said: gas stops."), good.passages[1]))
    with pytest.raises(ValueError, match="reaches past"):
        replace(good, statements=(replace(good.statements[0], content=(Span(16, 999),)),))
    with pytest.raises(ValueError, match="came with vectors"):
        replace(good, vectors=good.vectors[:1])
    for vectors in (np.ones((2, 3), np.float32), np.zeros((2, DIMENSION), np.float32), good.vectors * np.nan):
        with pytest.raises(LibraryError), store.writing() as changes:
            changes.put(replace(good, vectors=vectors))
    with store.reading() as view:
        assert view.sources() == []


def test_a_reading_sees_one_state_whatever_is_written_meanwhile_by_any_thread(store: Store) -> None:
    put(store, lavrov_and_peskov()[0])
    with store.reading() as view:
        put(store, lavrov_and_peskov()[1])
        assert view.sources() == ["a.txt"]
        assert view.frequency(["peskov"]) == {"peskov": 0}
    with store.reading() as view:
        assert view.sources() == ["a.txt", "b.txt"]
    with store.writing() as changes:
        for source in ("a.txt", "b.txt"):
            changes.remove(source)
    whole: list[bool] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            with store.reading() as view:
                whole.append(view.passage_count() == view.vectors.count() == 2 * len(view.sources()))

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for number in range(20):
        put(store, record(article(f"{number % 10}.txt", f"One of {number}.\nTwo of {number}.")))
    done.set()
    for reader in readers:
        reader.join()
    assert len(whole) > 4
    assert all(whole)


def write_beside(data: Path, address: str | None) -> None:
    """Writes to a library, as another process; prints why not."""
    try:
        with Store.open(data, address).writing():
            pass
    except LibraryLocked as error:
        told(str(error))


def test_a_second_writer_is_told_in_one_sentence(store: Store, libraries: Libraries) -> None:
    with store.writing():
        with pytest.raises(LibraryLocked), store.writing():
            pass
        other = started(write_beside, store.data, libraries.address(store.data)).finish()
    assert (other.code, other.stdout.count("Another process is writing"), other.stderr) == (0, 1, "")
    with store.writing():
        pass


def test_a_closed_store_an_unknown_source_and_an_absent_library_are_named(tmp_path: Path, store: Store) -> None:
    with pytest.raises(EmptyLibrary, match=f"in {tmp_path} yet; run `onrecord index"):
        Store.open(tmp_path)
    (tmp_path / "library.sqlite").touch()
    with pytest.raises(EmptyLibrary):
        Store.open(tmp_path)
    Store.create(tmp_path)
    with Store.open(tmp_path).reading() as view:
        assert view.summary().articles == 0
    with pytest.raises(LibraryError, match=r"no article .z\.txt"), store.reading() as view:
        view.article("z.txt")
    store.close()
    with pytest.raises(LibraryError, match="was closed"), store.reading():
        pass


@pytest.mark.parametrize(
    ("table", "column", "damaged"),
    [
        ("article", "text", "'Gas and coke.'"),
        ("article", "text", "CAST(x'476173ff' AS TEXT)"),
        ("article", "blocks", "'{0,2}'"),
        ("article", "title", "'Another headline'"),
        ("statement", "speaker", "'Bo Quisx'"),
        ("statement", "content", "'[[0,2]]'"),
        ("statement", "kind", "'reported'"),
        ("person", "name", "'Bo Quisx'"),
    ],
)
def test_a_row_that_changed_in_the_file_is_told_and_never_quoted(
    in_a_file: Store, table: str, column: str, damaged: str
) -> None:
    kept = article("a.txt", "Gas and coal.")
    put(in_a_file, record(kept, [said(kept, Span(0, 13), Span(0, 3), "Bo Quist")]))
    with in_a_file.writing() as changes:
        changes.settle_people()
    with sqlite3.connect(in_a_file.path) as connection:
        connection.executescript("DROP TRIGGER statement_vouched_2; DROP TRIGGER person_vouched_2;")
        connection.execute(f"UPDATE {table} SET {column} = {damaged}")  # noqa: S608 - a row of the table above
    with pytest.raises(LibraryError, match=r"is damaged .*; delete that file and run `onrecord index") as told:
        read_everything(in_a_file.data)
    assert "\n" not in str(told.value)
    with pytest.raises(LibraryError, match="is damaged"), Store.open(in_a_file.data).reading() as view:
        view.require_sound()


def test_a_damaged_library_is_told_with_its_cure(in_a_file: Store) -> None:
    put(in_a_file, *(record(article(f"{n}.txt", f"Line {n}. " * 200)) for n in range(50)))
    in_a_file.close()
    size = in_a_file.path.stat().st_size
    with in_a_file.path.open("r+b") as file:
        file.seek(size // 4)
        file.write(b"\xff" * (size // 2))
    with pytest.raises(LibraryError, match=r"is damaged .*; delete that file and run `onrecord index"):
        read_everything(in_a_file.data)
    in_a_file.path.write_bytes(b"This is no database at all. " * 500)
    with pytest.raises(LibraryError, match="is damaged"):
        Store.open(in_a_file.data)


def read_everything(data: Path) -> None:
    with Store.open(data).reading() as view:
        view.articles(view.sources())
        view.statements()


def test_speakers_come_back_under_the_fullest_name_of_the_person_and_the_summary_counts_what_there_is(
    store: Store,
) -> None:
    put(store, *lavrov_and_peskov())
    with store.reading() as view:
        assert not view.people_are_settled()
    with store.writing() as changes:
        changes.settle_people()
    with store.reading() as view:
        assert view.people_are_settled()
        assert view.people() == (Person("Dmitry Peskov"), Person("Lavrov"), Person("Sergei Lavrov"))
        assert [one.speaker for one in view.statements()] == ["Lavrov", "Dmitry Peskov", "Lavrov", "Sergei Lavrov"]
        assert len(view.statements(by=["Sergei Lavrov"])) == 1
        assert len(view.statements(by=["Lavrov"])) == 2, "a family name alone joins nobody"
    with store.writing() as changes:
        changes.set_folder(store.data)
    with store.reading() as view:
        summary = view.summary()
    assert (summary.articles, summary.passages, summary.statements) == (3, 5, 4)
    assert summary.outlets == ("Orda",)
    assert summary.speakers == ("Lavrov", "Dmitry Peskov", "Sergei Lavrov")
    assert summary.published == ("2024-05-01", "2024-06-01")
    assert summary.undated == 1
    assert summary.embedder == EMBEDDER
    assert summary.folder == str(store.data.resolve())


def sources_of(statements: list[Statement]) -> list[tuple[str, int]]:
    return [(statement.source, statement.span.start) for statement in statements]


def test_statements_are_filtered_by_every_filter_at_once(store: Store) -> None:
    put(store, *lavrov_and_peskov())
    with store.reading() as view:
        assert sources_of(view.statements()) == [("a.txt", 0), ("b.txt", 0), ("b.txt", 30), ("c.txt", 0)]
        assert sources_of(view.statements(about=[["gas"], ["flow", "stop"]])) == [("a.txt", 0), ("b.txt", 0)]
        assert sources_of(view.statements(about=[["deny"]])) == [("b.txt", 0)], "the cue is matched, stemmed"
        assert sources_of(view.statements(about=[["talks"]])) == [], "the title is not"
        assert sources_of(view.statements(about=[["the EU"]])) == [("c.txt", 0)]
        assert sources_of(view.statements(about=[["?"]])) == []
        assert sources_of(view.statements(about=[["?"], ["gas"]], by=["Lavrov"])) == [("a.txt", 0)]
        assert sources_of(view.statements(kind="reported", by=["Lavrov"])) == [("b.txt", 30)]
        assert sources_of(view.statements(since="2024-05-01", until="2024-05-31")) == [("a.txt", 0)]
        assert sources_of(view.statements(until="2024-06-01")) == [("a.txt", 0), ("b.txt", 0), ("b.txt", 30)]
        assert sources_of(view.statements(sources=["c.txt", "b.txt"], by=["Lavrov", "Sergei Lavrov"])) == [
            ("b.txt", 30),
            ("c.txt", 0),
        ]
        assert sources_of(view.statements(source="c.txt")) == [("c.txt", 0)]
        assert view.statements(by=[]) == []


def test_full_text_ranks_rare_words_first(store: Store) -> None:
    put(
        store,
        *lavrov_and_peskov(),
        record(article("d.txt", "Gas.\nGas and coal.\nGas or wood.\nWood.\nNothing.\nStill.")),
    )
    with store.reading() as view:
        found = view.full_text([["coal"], ["gas"]], 3)
        assert next(view.passages([number])[number].text for number, _ in found) == "Gas and coal."
        assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
        assert view.full_text([["gas and", "still"]], 10) != []
        titled = view.full_text([["talks"]], 10)
        assert {view.passages([number])[number].source for number, _ in titled} == {"a.txt"}
        assert view.full_text([], 10) == view.full_text([["", "?!"], []], 10) == []


def test_an_embedder_counts_only_when_every_passage_has_its_vector(store: Store) -> None:
    put(store, *lavrov_and_peskov())
    with store.writing() as changes:
        waiting = changes.passages_without("other", 4, 3)
        assert waiting[0] == (1, "Gas talks", "Mr Lavrov said: gas flows.")
        changes.add_vectors("other", 4, [number for number, _, _ in waiting], np.eye(3, 4, dtype=np.float32))
        with pytest.raises(LibraryError, match="2 passages have no vector by other"):
            changes.set_embedder("other", 4)
    with store.reading() as view:
        before = view.vectors.embedder
        assert before is not None
        assert (before.name, view.vectors.after(0)[1].shape) == (EMBEDDER, (5, DIMENSION))
    with store.writing() as changes:
        rest = [number for number, _, _ in changes.passages_without("other", 4, 100)]
        changes.add_vectors("other", 4, rest, np.ones((2, 4), np.float32))
        changes.set_embedder("other", 4)
    with store.reading() as view:
        after = view.vectors.embedder
        assert after is not None
        assert (after.name, after.dimension, after.number > before.number) == ("other", 4, True)
        assert view.vectors.after(0)[1].shape == (5, 4)


def test_a_file_of_many_articles_counts_as_read_when_all_are_in(store: Store) -> None:
    lines = [article(f"f.jsonl#{n}", f"Line {n}.") for n in (1, 2, 3)]
    with store.writing() as changes:
        changes.begin("f.jsonl")
        for line in lines:
            changes.put(record(line), file="f.jsonl", recipe="r")
        with store.reading() as view:
            assert view.files()["f.jsonl"].digest is None
        assert changes.finish("f.jsonl", "d1", "r") == 0
        changes.begin("f.jsonl")
        assert changes.keep("f.jsonl#1", lines[0].digest, "r")
        assert not changes.keep("f.jsonl#2", "other bytes", "r")
        assert not changes.keep("f.jsonl#2", lines[1].digest, "other rules")
        changes.put(record(article("f.jsonl#2", "New line.")), file="f.jsonl", recipe="r")
        assert changes.finish("f.jsonl", "d2", "r") == 1
    with store.reading() as view:
        assert view.sources() == ["f.jsonl#1", "f.jsonl#2"]
        assert view.files()["f.jsonl"].digest == "d2"
        assert view.article("f.jsonl#2").text == "New line."
    with store.writing() as changes:
        assert changes.remove("f.jsonl") == 2
    with store.reading() as view:
        assert (view.sources(), view.files(), view.passage_count()) == ([], {}, 0)


WORDS = st.sampled_from(
    ["gas", "flows", "flowing", "Äpfel", "apfel", "U.S.", "us", "rained", "1991", "well-being", "𝔘", "it's", "ÉTÉ"]
)
TEXTS = st.lists(st.lists(WORDS, min_size=1, max_size=8).map(" ".join), min_size=1, max_size=4).map("\n".join)


@pytest.fixture(scope="module")
def churned(libraries: Libraries, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A library in which every example goes on where the one before has left it."""
    return empty(libraries.create(tmp_path_factory.mktemp("churned")))


@settings(max_examples=12, deadline=None)
@given(steps=st.lists(st.tuples(st.sampled_from("abc"), st.one_of(st.none(), TEXTS)), max_size=12))
def test_after_any_changes_full_text_is_that_of_a_fresh_library(
    steps: list[tuple[str, str | None]], churned: Store, libraries: Libraries, tmp_path_factory: pytest.TempPathFactory
) -> None:
    fresh = libraries.create(tmp_path_factory.mktemp("library"))
    last: dict[str, Record] = {}
    with churned.writing() as changes:
        for source, text in [*dict.fromkeys("abc").items(), *steps]:
            changes.remove(source)
            last.pop(source, None)
            if text is not None:
                of = article(source, text, title=text[:5])
                last[source] = record(of, [said(of, span, span, "Lavrov") for span in line_spans(text)])
                changes.put(last[source])
    with fresh.writing() as changes:
        changes.set_embedder(EMBEDDER, DIMENSION)
        for each in last.values():
            changes.put(each)
    words = indexed_words if libraries.server else vocabulary
    assert words(churned) == words(fresh)
    fresh.close()
    libraries.release(fresh.data)


def test_what_is_printed_beside_the_passages_is_found_until_its_article_goes(
    libraries: Libraries, tmp_path: Path
) -> None:
    store = libraries.create(tmp_path)
    told = article("a.txt", "The dam holds.\nPictures: Ida Flow.\nSoon more.")
    whole = record(told)
    with store.writing() as changes:
        changes.set_embedder(EMBEDDER, DIMENSION)
        changes.put(replace(whole, passages=whole.passages[:1], vectors=whole.vectors[:1]))
    with store.reading() as view:
        found = {name: view.is_printed(name) for name in ("ida FLOW", "dam", "Flow Ida", "Id", "Flow more", "?")}
    assert found == {"ida FLOW": True, "dam": True, "Flow Ida": False, "Id": False, "Flow more": False, "?": False}
    with store.writing() as changes:
        changes.remove("a.txt")
    with store.reading() as view:
        assert not view.is_printed("Ida Flow")
    store.close()
    libraries.release(store.data)


def indexed_words(store: Store) -> list[list[tuple[object, ...]]]:
    """What PostgreSQL keeps of the words: both full-text tables, and how many passages hold each word."""
    queries = (
        "SELECT words::text FROM passage_words ORDER BY 1",
        "SELECT words::text FROM statement_words ORDER BY 1",
        "SELECT stem, passages FROM word ORDER BY stem",
        "SELECT * FROM words_total",
    )
    with contextlib.closing(store.database.connect()) as connection:
        return [[tuple(row) for row in connection.execute(query)] for query in queries]


def vocabulary(store: Store) -> list[list[tuple[object, ...]]]:
    """Every word of both full-text tables, with its column and how often it stands there; the tables are checked."""
    with contextlib.closing(sqlite3.connect(store.path)) as connection:
        connection.executescript(
            "INSERT INTO passage_words (passage_words) VALUES ('integrity-check');"
            "INSERT INTO statement_words (statement_words) VALUES ('integrity-check');"
            "INSERT INTO margin_words (margin_words) VALUES ('integrity-check');"
            "CREATE VIRTUAL TABLE temp.of_passages USING fts5vocab('main', 'passage_words', 'col');"
            "CREATE VIRTUAL TABLE temp.of_statements USING fts5vocab('main', 'statement_words', 'col');"
        )
        passages = connection.execute("SELECT * FROM of_passages ORDER BY term, col").fetchall()
        return [passages, connection.execute("SELECT * FROM of_statements ORDER BY term, col").fetchall()]


@pytest.fixture(scope="module")
def asked(libraries: Libraries, tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = empty(libraries.create(tmp_path_factory.mktemp("asked")))
    put(store, *lavrov_and_peskov())
    return store


def ask_everything(store: Store, text: str) -> None:
    """Whatever was typed reaches every door that words go through."""
    with store.reading() as view:
        assert all(score > 0 for _, score in view.full_text([[text, "gas"], [text]], 5))
        assert view.frequency([text])[text] >= 0
        view.statements(about=[[text]], by=[text], source=text, sources=[text])
        view.articles([text])


@settings(deadline=None)
@given(text=st.text(st.characters(exclude_categories=())))
def test_no_question_words_raise(asked: Store, text: str) -> None:
    ask_everything(asked, text)


NAUGHTY = (
    *('"', '""', 'a" OR "b', "NEAR(a b)", "title: gas", "^gas", "gas*", "-gas", "gas AND", "(", "{a b}:c"),
    *("\0", "gas\0rain", "\ud800", "?" * 10_000, "gas " * 20_000, "'; DROP TABLE article; --"),
)


def test_the_query_language_is_out_of_reach_and_many_thousand_alternatives_are_one_question(asked: Store) -> None:
    for text in NAUGHTY:
        ask_everything(asked, text)
    with asked.reading() as view:
        many = [f"word{number}" for number in range(5_000)]
        assert len(view.full_text([many, ["gas"]], 10)) == 3
        assert len(view.full_text([[*many[:50], "gas"]] * 50, 10)) == 3
        assert len(view.statements(sources=[*many, "a.txt"])) == 1
        assert len(view.articles([*many, "a.txt"])) == 1


def test_frequency_counts_what_full_text_finds(store: Store) -> None:
    put(
        store,
        *(record(article(path.name, path.read_text("utf-8"), title="Gas")) for path in sorted(SEEDS.glob("*.txt"))),
    )
    words = ["Armenia", "armenian", "EU", "Lavrov's", "memberships", "running", "peacekeepers", "naïve", "2025", "gas"]
    with store.reading() as view:
        assert view.frequency(words) == {word: len(view.full_text([[word]], 10_000)) for word in words}
        assert view.frequency(["gas"])["gas"] == view.passage_count()
        assert view.words_beginning("ga") == ["ga", "gain"]
        assert view.words_beginning("zz") == []
