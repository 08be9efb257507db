"""Speakers named by hand: they answer everywhere, outlive the statement, and are never lost without a word."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rag.core import Article, Span, Statement
from rag.core.errors import LibraryError, UsageError
from rag.json_contract import correction_from_json, correction_json
from rag.library.corrections import correct, corrections, take_over, undo_correction
from rag.library.store import Store
from tests.library_parts import Libraries, article, fill, record, said
from tests.processes import assert_one_sentence, onrecord

TEXT = "Mr Lavrov said: gas flows.\nHe said: it rained, and it was cold.\nPeskov said: no."


def filled(libraries: Libraries, data: Path, *changed: Statement, text: str = TEXT, source: str = "a.txt") -> Store:
    """A library of one article with three statements, or with those that are given."""
    store = libraries.create(data)
    one = article(source, text)
    statements = changed or (
        said(one, Span(0, 26), Span(16, 25), "Sergei Lavrov"),
        said(one, Span(27, 63), Span(36, 62), "Sergei Lavrov"),
        said(one, Span(64, 80), Span(77, 79), "Dmitry Peskov"),
    )
    put(store, one, *statements)
    return store


@pytest.fixture
def store(libraries: Libraries, tmp_path: Path) -> Iterator[Store]:
    yield filled(libraries, tmp_path / "data")
    libraries.release(tmp_path / "data")


def put(store: Store, one: Article, *statements: Statement) -> None:
    fill(store, record(one, statements))


def speakers(store: Store) -> list[tuple[str | None, bool]]:
    with store.reading() as view:
        return [(one.speaker, one.corrected) for one in view.statements()]


def test_a_corrected_speaker_is_who_said_it_everywhere_and_it_is_taken_back_or_replaced(store: Store) -> None:
    correct(store, "s36", "  Dmitry  Peskov ")
    with store.reading() as view:
        assert [one.id for one in view.statements(by=["Dmitry Peskov"])] == ["s36", "s77"]
        assert [one.id for one in view.statements(by=["Sergei Lavrov"])] == ["s16"]
        assert view.summary().speakers == ("Dmitry Peskov", "Sergei Lavrov")
        assert view.people_are_settled()
    assert speakers(store) == [("Sergei Lavrov", False), ("Dmitry Peskov", True), ("Dmitry Peskov", False)]
    correct(store, "s36", None)
    assert speakers(store)[1] == (None, True)
    correct(store, "s36", "Dmitry Peskov")
    correct(store, "s36", "Ararat Mirzoyan")
    assert [one.speaker for one in corrections(store)] == ["Ararat Mirzoyan"]
    assert undo_correction(store, "s36")
    assert not undo_correction(store, "s36")
    assert corrections(store) == []
    assert speakers(store) == [("Sergei Lavrov", False), ("Sergei Lavrov", False), ("Dmitry Peskov", False)]


def test_a_new_name_joins_the_people_which_shows_and_another_spelling_of_a_known_one_does_not(store: Store) -> None:
    correct(store, "s77", "Maria Zakharova")
    correct(store, "s36", "Sergey Lavrov")
    with store.reading() as view:
        names = [person.name for person in view.people()]
        by_lavrov = [one.id for one in view.statements(by=[names[1]])]
    assert len(names) == 2
    assert names[0] == "Maria Zakharova"
    assert by_lavrov == ["s16", "s36"]
    versions = []
    for act in (lambda: None, lambda: correct(store, "s16", "Ararat Mirzoyan"), lambda: undo_correction(store, "s77")):
        act()
        with store.reading() as view:
            versions.append(view.people_version())
    assert len(set(versions)) == 3


def test_a_correction_outlives_reading_again_even_where_the_rules_cut_the_words_otherwise(store: Store) -> None:
    correct(store, "s36", "Dmitry Peskov")
    one = article("a.txt", TEXT)
    put(store, one, said(one, Span(27, 63), Span(36, 45), "Sergei Lavrov"))
    assert speakers(store) == [("Sergei Lavrov", False)], "a third of the words are not the words"
    put(store, one, said(one, Span(27, 63), Span(36, 60), "Sergei Lavrov"))
    assert speakers(store) == [("Dmitry Peskov", True)]
    with store.writing() as changes:
        changes.remove("a.txt")
    put(
        store,
        replace(one, source="moved.txt"),
        said(replace(one, source="moved.txt"), Span(27, 63), Span(36, 62), None),
    )
    assert speakers(store) == [("Dmitry Peskov", True)]


def test_where_the_words_are_gone_the_correction_no_longer_applies_and_stands_on_no_others(store: Store) -> None:
    correct(store, "s36", "Dmitry Peskov")
    one = article("a.txt", TEXT.replace("rained", "snowed"))
    put(store, one, said(one, Span(27, 63), Span(36, 62), "Sergei Lavrov"))
    assert speakers(store) == [("Sergei Lavrov", False)]
    (kept,) = corrections(store)
    assert (kept.source, kept.speaker, kept.statement) == ("a.txt", "Dmitry Peskov", None)
    assert not correction_json(kept)["applies"]
    one = replace(article("a.txt", "A" + TEXT), digest=article("a.txt", TEXT).digest)
    put(store, one, said(one, Span(28, 64), Span(37, 63), "Sergei Lavrov"))
    assert speakers(store) == [("Sergei Lavrov", False)]


def test_of_two_statements_of_the_same_words_the_one_with_that_cue_is_corrected(
    libraries: Libraries, tmp_path: Path
) -> None:
    one = article("a.txt", TEXT)
    accused = said(one, Span(27, 63), Span(36, 62), "Sergei Lavrov")
    denied = replace(accused, id="denial", cue="denied", polarity="denies", speaker="Dmitry Peskov")
    store = filled(libraries, tmp_path / "data", accused, denied)
    correct(store, "denial", "Maria Zakharova")
    with store.reading() as view:
        assert {one.id: one.speaker for one in view.statements()} == {
            "s36": "Sergei Lavrov",
            "denial": "Maria Zakharova",
        }


def test_corrections_are_handed_on_to_another_library_of_the_same_files(libraries: Libraries, tmp_path: Path) -> None:
    first, second = filled(libraries, tmp_path / "one"), filled(libraries, tmp_path / "two", source="elsewhere/a.txt")
    correct(first, "s36", "Dmitry Peskov")
    handed = [correction_from_json(json.loads(json.dumps(correction_json(one)))) for one in corrections(first)]
    assert take_over(second, [*handed, replace(handed[0], digest="0" * 64)]) == 1
    assert speakers(second)[1] == ("Dmitry Peskov", True)
    assert {one.statement for one in corrections(second)} == {None, "s36"}


def test_a_statement_that_is_not_there_and_a_name_that_is_none_are_refused(store: Store) -> None:
    with pytest.raises(LibraryError, match="no statement 'none'"):
        correct(store, "none", "Dmitry Peskov")
    with pytest.raises(LibraryError, match="no statement 'none'"):
        undo_correction(store, "none")
    with pytest.raises(UsageError, match="is no name"):
        correct(store, "s36", "?!")
    assert corrections(store) == []


def test_the_command_corrects_shows_exports_and_takes_over_and_half_a_correction_is_wrong_usage(
    tmp_path: Path, library_dir: Path
) -> None:
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    for copy in (mine, theirs):
        shutil.copytree(library_dir, copy)
    wrong = onrecord("statements", "--by", "Zakharova", "--json", "--data", mine).lines[0]["id"]
    corrected = onrecord("statements", "--correct", wrong, "--speaker", "peskov", "--data", mine)
    rows = onrecord("statements", "--by", "peskov", "--json", "--data", mine).lines
    exported = onrecord("statements", "--corrections", "--data", mine)
    assert (corrected.code, "Dmitry Peskov (corrected by hand)" in corrected.stdout) == (0, True)
    assert [row["speaker"] for row in rows if row.get("corrected")] == ["Dmitry Peskov"]
    assert [(line["statement"], line["applies"]) for line in exported.lines] == [(wrong, True)]
    (tmp_path / "corrections.jsonl").write_text(exported.stdout, encoding="utf-8")
    taken = onrecord("statements", "--corrections", tmp_path / "corrections.jsonl", "--data", theirs)
    assert "1 correction taken over, of which 1 apply here" in taken.stderr
    assert onrecord("statements", "--correct", wrong, "--undo", "--data", theirs).code == 0
    table = onrecord("statements", "--csv", "--data", theirs).stdout
    assert "corrected" not in table.splitlines()[0]
    for words in (["--correct", "a"], ["--speaker", "A B"], ["--correct", "a", "--nobody", "--undo"]):
        assert_one_sentence(onrecord("statements", *words, "--data", library_dir), 2, "--correct ID")
        (tmp_path / "no.jsonl").write_text('{"source": "a.txt"}\n')
        outcome = onrecord("statements", "--corrections", tmp_path / "no.jsonl", "--data", library_dir)
        assert_one_sentence(outcome, 2, "Line 1", "--corrections")
