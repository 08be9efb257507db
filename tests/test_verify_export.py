"""Exports checked again: words that stand, moved, changed or are gone with their file, and whose they are."""

import csv
import io
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from rag.core.errors import UsageError
from rag.library.store import Store
from rag.verification.exports import CitedSlice, Rechecked, citations, verify_citations
from tests.processes import Outcome, assert_one_sentence, onrecord
from tests.told import Told, report, stored

SOURCE = "001_b0ebb45aa22ba165.txt"


@dataclass(frozen=True, slots=True)
class World:
    """A folder of the seeds, its library, and an answer that was exported from it."""

    folder: Path
    data: Path
    answer: dict[str, Any]

    @property
    def cited(self) -> CitedSlice:
        """The citation whose words are changed."""
        row = next(row for row in self.answer["citations"] if "weighing the pros and cons" in row["quote"])
        return CitedSlice(row["number"], row["source"], row["start"], row["end"], row["quote"], row["speaker"])

    def again(self, cited: CitedSlice) -> Rechecked:
        (checked,) = verify_citations([cited], Store.open(self.data))
        return checked

    def verified(self, path: Path, content: object, *options: str) -> Outcome:
        """What the command says of a file with this content: text, or what is written as JSON."""
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8", newline="")
        return onrecord("verify", path, *options, "--data", self.data)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, seeds: Path) -> World:
    folder = tmp_path_factory.mktemp("verify")
    shutil.copytree(seeds, folder / "articles")
    assert onrecord("index", folder / "articles", "--data", folder / "data").code == 0
    answer = onrecord("ask", "What did Lavrov say about the EU?", "--json", "--data", folder / "data").json
    return World(folder / "articles", folder / "data", answer)


@pytest.fixture
def world(whole: World) -> Iterator[World]:
    """The world, whose folder is as it was again after the test."""
    kept = {path: path.read_bytes() for path in whole.folder.iterdir()}
    yield whole
    for path, content in kept.items():
        path.write_bytes(content)


def test_exports_of_answers_conversations_and_statements_stand_whole(world: World, tmp_path: Path) -> None:
    cited = len(world.answer["citations"])
    conversation = {"conversation": "The EU", "answers": [world.answer, world.answer | {"citations": []}, world.answer]}
    for name, content, count in (
        ("answer.json", json.dumps(world.answer, indent=1), cited),
        ("answers.jsonl", f"{json.dumps(world.answer)}\n{json.dumps({'id': 1, 'error': 'x'})}\n", cited),
        ("conversation.json", conversation, 2 * cited),
    ):
        outcome = world.verified(tmp_path / name, content, "--json")
        assert outcome.code == 0, outcome
        assert [row["verdict"] for row in outcome.lines] == ["stands"] * count, name
    for name, option in (("all.jsonl", "--json"), ("all.csv", "--csv")):
        listed = onrecord("statements", option, "--data", world.data).stdout
        (tmp_path / name).write_text(listed, encoding="utf-8", newline="")
        checked = verify_citations(citations(tmp_path / name), Store.open(world.data))
        assert [one for one in checked if not one.stands] == [], name
        assert sum(one.same_speaker is True for one in checked) > 30, name


def test_words_that_moved_are_found_at_their_new_place(world: World) -> None:
    file, one = world.folder / SOURCE, world.cited
    before = world.again(one)
    file.write_bytes(b"A new first line.\n" + file.read_bytes())
    moved = world.again(one)
    assert (moved.verdict, moved.start, moved.now) == ("moved", one.start + 18, one.quote)
    assert moved.line == (before.line or 0) + 1
    assert (moved.same_speaker, moved.stands) == (None, True)
    assert "run `onrecord index`" in moved.notes[0]


def test_words_that_changed_are_shown_beside_those_that_stand_there_now(world: World) -> None:
    file, one = world.folder / SOURCE, world.cited
    file.write_bytes(file.read_bytes().replace(b"weighing the pros and cons", b"counting the pros and cons"))
    changed = world.again(one)
    assert (changed.verdict, changed.stands) == ("changed", False)
    assert changed.now == one.quote.replace("weighing", "counting")
    assert [piece.text for piece in changed.difference if piece.side != "same"] == ["weighing", "counting"]


def test_words_of_which_nothing_is_left_files_that_are_gone_and_sources_outside_are_told(world: World) -> None:
    (world.folder / SOURCE).write_text("Bread\n\nThe bakers of the valley have raised their prices once more.\n")
    changed = world.again(world.cited)
    (world.folder / SOURCE).unlink()
    gone = world.again(world.cited)
    assert (changed.verdict, changed.now) == ("changed", None)
    assert (gone.verdict, gone.notes) == ("gone", (f"{SOURCE} is no file any more.",))
    (world.folder.parent / "outside.txt").write_text("Secret words that stand outside.\n")
    assert world.again(CitedSlice(1, "../outside.txt", 0, 6, "Secret")).verdict == "gone"


def test_a_speaker_whom_the_record_does_not_credit_does_not_stand(world: World, tmp_path: Path) -> None:
    row = world.answer["citations"][1]
    sheet = io.StringIO(newline="")
    table = csv.DictWriter(sheet, ["source", "start", "end", "quote", "speaker"], extrasaction="ignore")
    table.writeheader()
    table.writerows(row | {"speaker": speaker} for speaker in ("Lavrov", "Maria Zakharova", ""))
    outcome = world.verified(tmp_path / "sheet.csv", sheet.getvalue(), "--json")
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


def test_an_export_or_a_file_that_is_none_is_named_and_what_a_sheet_guards_is_read(
    tmp_path: Path, world: World
) -> None:
    for name, content in (
        ("a.json", "no json"),
        ("b.json", "[]"),
        ("c.csv", "quote,end\nx,1\n"),
        ("d.json", '{"citations": [{"source": "a"}]}'),
    ):
        (tmp_path / name).write_text(content)
        with pytest.raises(UsageError, match=name):
            citations(tmp_path / name)
    assert_one_sentence(world.verified(tmp_path / "a.xls", "x"), 2, ".docx", ".csv")
    rows = "source,start,end,quote,speaker\na.txt,0,6,'=1+1 ok,\na.txt,0,6,'tis so,\n"
    (tmp_path / "sheet.csv").write_text(rows, encoding="utf-8")
    assert [one.quote for one in citations(tmp_path / "sheet.csv")] == ["=1+1 ok", "'tis so"]


def test_a_draft_is_checked_by_the_command(world: World, tmp_path: Path) -> None:
    quote = world.answer["citations"][1]["quote"]
    good = world.verified(tmp_path / "good.md", f"# Report\n\nSergei Lavrov said: “{quote}”\n")
    bad = world.verified(tmp_path / "bad.md", f"# Report\n\nMaria Zakharova said: “{quote}”\n")
    rows = onrecord("verify", tmp_path / "bad.md", "--json", "--data", world.data)
    assert (good.code, bad.code, rows.code) == (0, 1, 1)
    assert "the draft credits Maria Zakharova, the record Sergei Lavrov" in bad.stdout
    assert [(row["verdict"], row["stands"], row["found"]["source"]) for row in rows.lines] == [
        ("wrong_speaker", False, SOURCE)
    ]


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
