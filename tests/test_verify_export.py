"""Exports checked again: words that stand, moved, changed or are gone with their file, and whose they are."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rag.core.errors import UsageError
from rag.library.store import Store
from rag.verification.exports import CitedSlice, Rechecked, citations, verify_citations
from tests.processes import assert_one_sentence, onrecord
from tests.told import Told, report, stored

SOURCE = "001_b0ebb45aa22ba165.txt"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, seeds: Path) -> tuple[Path, Path, dict[str, Any]]:
    """A folder of the seeds, its library, and an answer that was exported from it."""
    folder = tmp_path_factory.mktemp("verify")
    shutil.copytree(seeds, folder / "articles")
    assert onrecord("index", folder / "articles", "--data", folder / "data").code == 0
    answer = onrecord("ask", "What did Lavrov say about the EU?", "--json", "--data", folder / "data").json
    return folder / "articles", folder / "data", answer


@pytest.fixture
def articles(world: tuple[Path, Path, dict[str, Any]]) -> Any:  # noqa: ANN401 - yields a folder
    """The folder, which is as it was again after the test."""
    folder = world[0]
    kept = {path: path.read_bytes() for path in folder.iterdir()}
    yield folder
    for path, content in kept.items():
        path.write_bytes(content)


def row_of(world: tuple[Path, Path, dict[str, Any]]) -> dict[str, Any]:
    """The citation whose words are changed."""
    found: dict[str, Any] = next(row for row in world[2]["citations"] if "weighing the pros and cons" in row["quote"])
    return found


def cited(world: tuple[Path, Path, dict[str, Any]]) -> CitedSlice:
    row = row_of(world)
    return CitedSlice(row["number"], row["source"], row["start"], row["end"], row["quote"], row["speaker"])


def again(world: tuple[Path, Path, dict[str, Any]], *cited: CitedSlice) -> tuple[Rechecked, ...]:
    return verify_citations(cited, Store.open(world[1]))


def test_an_answer_and_a_conversation_just_exported_stand_whole(
    world: tuple[Path, Path, dict[str, Any]], tmp_path: Path
) -> None:
    for name, text in (
        ("answer.json", json.dumps(world[2], indent=1)),
        ("answers.jsonl", f"{json.dumps(world[2])}\n{json.dumps({'id': 1, 'error': 'x'})}\n"),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
        outcome = onrecord("verify", tmp_path / name, "--json", "--data", world[1])
        assert outcome.code == 0, outcome
        assert {row["verdict"] for row in outcome.lines} == {"stands"}, name
        assert len(outcome.lines) == len(world[2]["citations"]), name
    exported = {"conversation": "The EU", "answers": [world[2], {**world[2], "citations": []}, world[2]]}
    (tmp_path / "conversation.json").write_text(json.dumps(exported), encoding="utf-8")
    outcome = onrecord("verify", tmp_path / "conversation.json", "--json", "--data", world[1])
    assert outcome.code == 0, outcome
    assert len(outcome.lines) == 2 * len(world[2]["citations"])


def test_every_statement_on_record_stands_as_json_and_as_csv(
    world: tuple[Path, Path, dict[str, Any]], tmp_path: Path
) -> None:
    for name, option in (("all.jsonl", "--json"), ("all.csv", "--csv")):
        (tmp_path / name).write_text(
            onrecord("statements", option, "--data", world[1]).stdout, encoding="utf-8", newline=""
        )
        checked = verify_citations(citations(tmp_path / name), Store.open(world[1]))
        assert [one for one in checked if not one.stands] == [], name
        assert sum(one.same_speaker is True for one in checked) > 30, name


def test_words_that_moved_are_found_at_their_new_place(
    world: tuple[Path, Path, dict[str, Any]], articles: Path
) -> None:
    file = articles / SOURCE
    file.write_bytes(b"A new first line.\n" + file.read_bytes())
    one = cited(world)
    (moved,) = again(world, one)
    assert (moved.verdict, moved.start, moved.now) == ("moved", one.start + 18, one.quote)
    assert moved.line == row_of(world)["line"] + 1
    assert (moved.same_speaker, moved.stands) == (None, True)
    assert "run `onrecord index`" in moved.notes[0]


def test_words_that_changed_are_shown_beside_those_that_stand_there_now(
    world: tuple[Path, Path, dict[str, Any]], articles: Path
) -> None:
    file = articles / SOURCE
    one = cited(world)
    file.write_bytes(file.read_bytes().replace(b"weighing the pros and cons", b"counting the pros and cons"))
    (changed,) = again(world, one)
    assert (changed.verdict, changed.stands) == ("changed", False)
    assert changed.now == one.quote.replace("weighing", "counting")
    assert [piece.text for piece in changed.difference if piece.side != "same"] == ["weighing", "counting"]


def test_words_of_which_nothing_is_left_files_that_are_gone_and_sources_outside_are_told(
    world: tuple[Path, Path, dict[str, Any]], articles: Path
) -> None:
    (articles / SOURCE).write_text("Bread\n\nThe bakers of the valley have raised their prices once more.\n")
    (changed,) = again(world, cited(world))
    (articles / SOURCE).unlink()
    (gone,) = again(world, cited(world))
    assert (changed.verdict, changed.now) == ("changed", None)
    assert (gone.verdict, gone.notes) == ("gone", (f"{SOURCE} is no file any more.",))
    (world[0].parent / "outside.txt").write_text("Secret words that stand outside.\n")
    outside = CitedSlice(1, "../outside.txt", 0, 6, "Secret")
    assert [one.verdict for one in again(world, outside)] == ["gone"]


def test_a_speaker_whom_the_record_does_not_credit_does_not_stand(
    world: tuple[Path, Path, dict[str, Any]], tmp_path: Path
) -> None:
    row = world[2]["citations"][1]
    with (tmp_path / "sheet.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, ["source", "start", "end", "quote", "speaker"], extrasaction="ignore")
        table.writeheader()
        table.writerows([row | {"speaker": "Lavrov"}, row | {"speaker": "Maria Zakharova"}, row | {"speaker": ""}])
    outcome = onrecord("verify", tmp_path / "sheet.csv", "--json", "--data", world[1])
    assert outcome.code == 1
    assert [line["same_speaker"] for line in outcome.lines] == [True, False, None]
    assert [line["speaker"] for line in outcome.lines] == ["Sergei Lavrov", "Sergei Lavrov", None]


def test_articles_of_a_json_lines_file_are_checked_by_their_line(tmp_path: Path) -> None:
    from tests.library_parts import DIMENSION, EMBEDDER

    folder = tmp_path / "folder"
    folder.mkdir()
    feed = folder / "feed.jsonl"
    feed.write_text('{"text": "The pier is long."}\n{"text": "The pier is short."}\n')
    store = Store.create(tmp_path / "data")
    with store.writing() as changes:
        changes.set_embedder(EMBEDDER, DIMENSION)
        changes.set_folder(folder)
    asked = [
        CitedSlice(1, "feed.jsonl#1", 0, 8, "The pier"),
        CitedSlice(2, "feed.jsonl#2", 12, 17, "short"),
        CitedSlice(3, "feed.jsonl#3", 0, 1, "T"),
    ]
    assert [one.verdict for one in verify_citations(asked, store)] == ["stands", "stands", "gone"]


def test_an_export_that_is_none_is_named_with_its_remedy(tmp_path: Path) -> None:
    for name, content in (
        ("a.json", "no json"),
        ("b.json", "[]"),
        ("c.csv", "quote,end\nx,1\n"),
        ("d.json", '{"citations": [{"source": "a"}]}'),
    ):
        (tmp_path / name).write_text(content)
        with pytest.raises(UsageError, match=name):
            citations(tmp_path / name)


def test_another_kind_of_file_is_wrong_usage(world: tuple[Path, Path, dict[str, Any]], tmp_path: Path) -> None:
    (tmp_path / "a.xls").write_text("x")
    assert_one_sentence(onrecord("verify", tmp_path / "a.xls", "--data", world[1]), 2, ".docx", ".csv")


def test_a_draft_is_checked_by_the_command(world: tuple[Path, Path, dict[str, Any]], tmp_path: Path) -> None:
    quote = world[2]["citations"][1]["quote"]
    (tmp_path / "good.md").write_text(f"# Report\n\nSergei Lavrov said: “{quote}”\n", encoding="utf-8")
    (tmp_path / "bad.md").write_text(f"# Report\n\nMaria Zakharova said: “{quote}”\n", encoding="utf-8")
    good = onrecord("verify", tmp_path / "good.md", "--data", world[1])
    bad = onrecord("verify", tmp_path / "bad.md", "--data", world[1])
    rows = onrecord("verify", tmp_path / "bad.md", "--json", "--data", world[1])
    assert (good.code, bad.code, rows.code) == (0, 1, 1)
    assert "the draft credits Maria Zakharova, the record Sergei Lavrov" in bad.stdout
    assert [(row["verdict"], row["stands"], row["found"]["source"]) for row in rows.lines] == [
        ("wrong_speaker", False, SOURCE)
    ]


def test_words_that_a_sheet_guards_from_being_a_formula_are_the_files(tmp_path: Path) -> None:
    rows = "source,start,end,quote,speaker\na.txt,0,6,'=1+1 ok,\na.txt,0,6,'tis so,\n"
    (tmp_path / "sheet.csv").write_text(rows, encoding="utf-8")
    assert [one.quote for one in citations(tmp_path / "sheet.csv")] == ["=1+1 ok", "'tis so"]


def test_what_does_not_count_as_said_any_more_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    fake = Told("A fake post has Olav Dahl say “I hate farmers”.", "I hate farmers", "Olav Dahl", standing="fabricated")
    kept = report("a.txt", fake)
    kept = replace(kept, article=replace(kept.article, extractor="plain text"))
    (folder / "a.txt").write_text(kept.article.text, encoding="utf-8")
    store = stored(tmp_path / "data", kept)
    with store.writing() as changes:
        changes.set_folder(folder)
    start = kept.article.text.index("I hate")
    (checked,) = verify_citations([CitedSlice(1, "a.txt", start, start + 14, "I hate farmers", "Olav Dahl")], store)
    assert checked.verdict == "stands"
    assert "The record counts these words as fabricated." in checked.notes
