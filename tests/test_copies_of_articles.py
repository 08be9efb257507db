"""An article that stands in several files is one article: its statements are counted once, and the files named."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag import Assistant, Settings, build
from tests.processes import onrecord

WARDEN = (
    "Reef to be closed\nReef warden Marlo Quint said divers must stay away from the reef until June.\n"
    "“The coral is bleeding,” Quint said.\n"
)
MASON = "Tower leans\nThe tower leans towards the reef, mason Bo Tilt said.\n“It can wait,” Tilt said.\n"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of two articles, one of them in four files: as it is, ended and headed otherwise, and as a line."""
    folder, data = tmp_path_factory.mktemp("articles"), tmp_path_factory.mktemp("library") / "data"
    (folder / "reef.txt").write_text(WARDEN, encoding="utf-8")
    (folder / "a copy of reef.txt").write_bytes(b"\xef\xbb\xbf" + WARDEN.replace("\n", "\r\n").encode())
    (folder / "later.txt").write_text("\n" + WARDEN.replace("to be closed", "shut"), encoding="utf-8")
    (folder / "wire.jsonl").write_text(json.dumps({"text": WARDEN}) + "\n", encoding="utf-8")
    (folder / "tower.txt").write_text(MASON, encoding="utf-8")
    assert onrecord("index", folder, "--data", data).code == 0
    return data


@pytest.fixture(scope="module")
def assistant(library: Path) -> Iterator[Assistant]:
    made = build(Settings(data=library))
    yield made
    made.close()


def test_statements_and_articles_of_copies_are_counted_once_and_the_files_too(assistant: Assistant) -> None:
    for question, told in (
        ("How many times is Marlo Quint quoted?", "Found: two statements by Marlo Quint, in "),
        ("What did Marlo Quint say?", "Marlo Quint is on record, in "),
    ):
        answer = assistant.ask(question)
        assert answer.text.startswith(f"{told}*Reef to be closed*, "), question
        assert "which stands in four files." in answer.text, question
        assert {citation.source for citation in answer.citations} == {"reef.txt"}, question
    both = assistant.ask("How many articles mention the reef?").text
    assert both.startswith("Found: two of two articles that mention the reef, *Reef to be closed* (in four files) and ")
    one = assistant.ask("How many articles quote Marlo Quint?").text
    assert one.startswith("Found: one of two articles that quotes Marlo Quint, ")
    assert "(2 statements, in four files)" in one
    with assistant.store.reading() as view:
        assert set(view.copies().values()) == {"reef.txt"}
        assert view.originals() == ["reef.txt", "tower.txt"]


def test_the_list_counts_once_and_names_the_copies_and_one_asked_for_answers_for_itself(library: Path) -> None:
    listed = onrecord("statements", "--source", "later.txt", "--data", library)
    assert [line.partition(":")[0] for line in listed.stdout.splitlines()] == ["later.txt", "later.txt"]
    assert listed.stderr.startswith("2 statements\n")
    listed = onrecord("statements", "--by", "Quint", "--data", library)
    assert [line.partition(":")[0] for line in listed.stdout.splitlines()] == ["reef.txt", "reef.txt"]
    assert "(also in a copy of reef.txt, later.txt, wire.jsonl#1)" in listed.stdout
    assert listed.stderr.startswith("2 statements (6 more repeat ")
    assert len(onrecord("statements", "--by", "Quint", "--json", "--data", library).lines) == 8
