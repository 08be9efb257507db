"""Tiny articles are held against what a reader expects, and a wrong expectation is reported."""

import json
from pathlib import Path

from evals import witnesses

ARTICLE = "Bridge closed\nMayor Orla Finch said the bridge was unsafe.\n“It will be rebuilt,” Finch said.\n"


def case(folder: Path, expected: dict[str, object]) -> witnesses.Outcome:
    (folder / "articles").mkdir(parents=True)
    (folder / "articles" / "a.txt").write_text(ARTICLE, "utf-8")
    (folder / "expect.json").write_text(json.dumps(expected), "utf-8")
    return next(witnesses.run_case(*one) for one in witnesses.cases(folder.parent))


def test_a_case_whose_checks_hold_is_right(tmp_path: Path) -> None:
    expected = {
        "must": [{"content": "It will be rebuilt", "speaker": "Orla Finch", "whole": True}],
        "must_not": [{"content": "It will be rebuilt", "speaker": "Ann Other"}],
        "by": {"Orla Finch": 2},
        "ask": [{"question": "What did Orla Finch say?", "cites": [{"quote": "unsafe", "speaker": "Orla Finch"}]}],
    }
    assert case(tmp_path / "right", expected).faults == ()


def test_every_kind_of_check_can_fail(tmp_path: Path) -> None:
    expected = {
        "must": [{"content": "It will be rebuilt", "speaker": "Ann Other"}],
        "must_not": [{"content": "It will be rebuilt", "speaker": "Orla Finch"}, {"content": "the bridge was unsafe"}],
        "by": {"Orla Finch": 5},
        "statements": 9,
        "ask": [
            {
                "question": "What did Orla Finch say?",
                "status": "declined",
                "says": ["a word that is not there"],
                "never": ["rebuilt"],
                "cites": [{"quote": "unsafe", "speaker": "Ann Other"}],
                "cites_not": [{"quote": "unsafe"}],
            }
        ],
    }
    assert len(case(tmp_path / "wrong", expected).faults) == 10
