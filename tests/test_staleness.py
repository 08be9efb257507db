"""Whoever asks is told where a cited file is gone or holds something else by now."""

import json
from pathlib import Path

import pytest

from rag.library.source_status import changes_of_files, notes_on_files
from tests.processes import onrecord

FROST = "Reef to stay open\nMinister Della Frost said the reef would stay open.\n“Nobody will close it,” Frost said.\n"
BRAND = "Mill sold\nThe mill was sold on Friday, owner Karl Brand said.\n“It was time,” Brand said.\n"


@pytest.fixture
def world(tmp_path: Path) -> tuple[Path, Path]:
    """A folder with two text files and two articles in a file of lines, and its library."""
    folder, data = tmp_path / "articles", tmp_path / "data"
    folder.mkdir()
    (folder / "reef.txt").write_text(FROST, encoding="utf-8")
    (folder / "mill.txt").write_text(BRAND, encoding="utf-8")
    wire = [{"text": "“The gate is shut,” said Ola Pint."}, {"text": "“The road is open,” said Ada Lund."}]
    (folder / "wire.jsonl").write_text("".join(json.dumps(line) + "\n" for line in wire), encoding="utf-8")
    assert onrecord("index", folder, "--data", data).code == 0
    return folder, data


def notes(data: Path, question: str) -> list[str]:
    told: list[str] = onrecord("ask", question, "--json", "--data", data).json["notes"]
    return told


def test_lists_and_searches_say_so_too_and_their_rows_stay(world: tuple[Path, Path]) -> None:
    folder, data = world
    (folder / "reef.txt").unlink()
    for words in (["statements", "--by", "Frost"], ["search", "reef open"]):
        outcome = onrecord(*words, "--data", data)
        assert "reef.txt is gone since indexing" in outcome.stderr, words
        assert "reef.txt" in outcome.stdout, words
        assert all(row["source"] for row in onrecord(*words, "--json", "--data", data).lines), words


def test_an_answer_says_which_of_its_files_or_their_lines_are_gone_or_changed(
    world: tuple[Path, Path], tmp_path: Path
) -> None:
    folder, data = world
    (folder / "reef.txt").touch()
    assert notes(data, "What did Della Frost say?") == []
    assert notes_on_files({}) == ()
    (note,) = notes_on_files(dict.fromkeys(["a.txt", "b.txt", "c.txt", "d.txt", "e.txt"], "gone"))
    assert note.startswith("a.txt, b.txt, c.txt and 2 more are gone since indexing")
    assert changes_of_files((), None, tmp_path) == {}
    folder, data = world
    (folder / "reef.txt").unlink()
    (note,) = notes(data, "What did Della Frost say?")
    assert note.startswith("reef.txt is gone since indexing")
    assert notes(data, "What did Karl Brand say?") == []
    (folder / "mill.txt").write_text(BRAND.replace("sold", "let"), encoding="utf-8")
    (note,) = notes(data, "What did Karl Brand say?")
    assert note.startswith("mill.txt has changed since indexing")
    wire = folder / "wire.jsonl"
    wire.write_bytes(wire.read_bytes().replace(b"Ada Lund", b"Ida Lund") + b'{"text": "More."}\n')
    assert notes(data, "What did Ola Pint say?") == []
    assert notes(data, "What did Ada Lund say?")[0].startswith("wire.jsonl#2 has changed")
