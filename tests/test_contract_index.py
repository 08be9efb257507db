"""The contract of `onrecord index`: what it reports, what it follows, and what it refuses to lose."""

import os
from pathlib import Path

import pytest

from tests.conftest import Outcome, assert_one_sentence, onrecord

INDEX_KEYS = ["articles", "added", "changed", "removed", "failed", "passages", "statements", "seconds"]


def written(place: Path, *names: str) -> Path:
    """A folder of little articles in `place`, one a name, besides those already there."""
    folder = place / "articles"
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / f"{name}.txt").write_text(
            f"The {name} bridge\n\nThe {name} bridge was opened on Monday by the mayor.\n"
        )
    return folder


def test_index_reports_what_it_did_in_the_keys_of_the_contract(first_index: tuple[Path, Outcome]) -> None:
    report = first_index[1].json
    assert list(report) == INDEX_KEYS
    assert [report[key] for key in ("articles", "added", "changed", "removed", "failed")] == [5, 5, 0, 0, []]
    assert report["passages"] >= 5
    assert report["statements"] >= 5


def test_a_second_index_finds_nothing_to_do_and_needs_no_folder(first_index: tuple[Path, Outcome]) -> None:
    library, first = first_index
    again = onrecord("index", "--json", "--data", library)
    assert again.code == 0, again.stderr
    assert [again.json[key] for key in ("articles", "added", "changed", "removed")] == [5, 0, 0, 0]
    assert [again.json[key] for key in ("passages", "statements")] == [
        first.json[key] for key in ("passages", "statements")
    ]


def test_index_follows_new_changed_and_vanished_files(tmp_path: Path) -> None:
    folder, library = written(tmp_path, "kept", "changed", "vanished"), tmp_path / "library"
    assert onrecord("index", folder, "--data", library).code == 0
    written(tmp_path, "new")
    (folder / "changed.txt").write_text("The changed bridge\n\nThe changed bridge was closed on Tuesday.\n")
    (folder / "vanished.txt").unlink()
    report = onrecord("index", "--json", "--data", library).json
    assert [report[key] for key in ("articles", "added", "changed", "removed")] == [3, 1, 1, 1]


def test_a_file_that_cannot_be_read_is_listed_and_the_run_goes_on(tmp_path: Path) -> None:
    folder = written(tmp_path, "good")
    (folder / "bad.txt").write_bytes(b"\x00\x01\x02\x03" * 40)
    outcome = onrecord("index", folder, "--json", "--data", tmp_path / "library")
    assert outcome.code == 0
    assert outcome.json["articles"] == 1
    assert [list(failure) for failure in outcome.json["failed"]] == [["source", "reason"]]
    assert outcome.json["failed"][0]["source"] == "bad.txt"
    assert "Traceback" not in outcome.stderr


def test_a_folder_of_unreadable_files_alone_is_a_failure(tmp_path: Path) -> None:
    folder = written(tmp_path)
    (folder / "bad.txt").write_bytes(b"\x00\x01\x02\x03" * 40)
    outcome = onrecord("index", folder, "--json", "--data", tmp_path / "library")
    assert outcome.code == 1
    assert outcome.json["articles"] == 0
    assert "Traceback" not in outcome.stderr


def test_an_unknown_folder_is_one_sentence(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere"
    outcome = onrecord("index", missing, "--data", tmp_path / "library")
    assert_one_sentence(outcome, 1, str(missing))


def test_a_vanished_folder_empties_no_library(tmp_path: Path) -> None:
    folder, library = written(tmp_path, "old"), tmp_path / "library"
    assert onrecord("index", folder, "--data", library).code == 0
    folder.rename(tmp_path / "moved")
    assert_one_sentence(onrecord("index", "--data", library), 1, str(folder))
    (tmp_path / "moved").rename(folder)
    assert onrecord("index", "--json", "--data", library).json["added"] == 0


def test_another_folder_changes_nothing_and_names_both_ways_out(tmp_path: Path, library_dir: Path) -> None:
    outcome = onrecord("index", written(tmp_path, "other"), "--data", library_dir)
    assert_one_sentence(outcome, 1, "--data", "--replace")
    assert onrecord("index", "--json", "--data", library_dir).json["articles"] == 5


def test_replace_gives_the_library_to_the_other_folder(tmp_path: Path) -> None:
    library, folder, other = (
        tmp_path / "library",
        written(tmp_path / "a", "one", "two"),
        written(tmp_path / "b", "three"),
    )
    assert onrecord("index", folder, "--data", library).code == 0
    report = onrecord("index", other, "--replace", "--json", "--data", library).json
    assert [report[key] for key in ("articles", "added", "removed")] == [1, 1, 2]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_folder_is_one_sentence(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0)
    assert_one_sentence(onrecord("index", locked, "--data", tmp_path / "library"), 1, str(locked))
