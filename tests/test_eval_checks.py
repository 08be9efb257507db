"""What measures drafts, tiny articles and a model's sentences: what is laid is what it says, and faults are counted."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING

from evals import verification

if TYPE_CHECKING:
    from rag import Assistant
import json
from pathlib import Path
from typing import Any

import pytest

from evals import witnesses
from evals.faithfulness import holding, main, words


def test_true_quotes_are_left_and_lies_are_lies(assistant: Assistant) -> None:
    true = dict(verification._quotes(assistant))
    laid = list(verification._laid(assistant, 3, random.Random(1)))  # noqa: S311 - a sample, not a secret
    assert Counter(one.kind for one in laid) == {"true": 3, "altered": 3, "swapped speaker": 3, "invented": 1}
    for one in laid:
        if one.kind == "true":
            assert true[one.quote] == one.name
        elif one.kind == "swapped speaker":
            assert true[one.quote] != one.name
        else:
            assert one.quote not in true
        if one.kind == "altered":
            assert any(
                sum(ours != theirs for ours, theirs in zip(one.quote.split(), quote.split(), strict=True)) == 1
                for quote in true
                if len(quote.split()) == len(one.quote.split())
            )


def test_few_quotes_of_the_seeds_are_given_their_verdicts(assistant: Assistant) -> None:
    results, seconds = verification.outcomes(assistant, 3)
    counts = verification.table(results)
    assert seconds > 0
    assert sum(count.total() for count in counts.values()) == len(results) == 10
    assert counts["true"] == {"verbatim": 3}
    assert counts["altered"] == {"altered": 3}
    assert counts["invented"] == {"not_found": 1}
    assert counts["swapped speaker"]["wrong_speaker"] + counts["swapped speaker"]["verbatim"] == 3


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


SEED = "000_c64a27a414760035.txt"
EVIDENCE = "A 2024 opinion poll revealed that 62% of Armenians trust the EU, marking a 19-point increase over two years"
RIGHT = "A survey in 2024 found that 62% of Armenians trusted the EU, up 19 points in two years."
WRONG = RIGHT.replace("62%", "26%")


def test_evidence_is_held_where_all_its_words_stand_in_order_in_the_pieces() -> None:
    evidence = "The pier was built in 1923 and it employs four hundred people of the town"
    first, second = words("From the port: the pier was built in 1923 and it employs"), words("a pier and a town")
    rest = words("In 1923 and it employs four hundred people of the town.")
    assert holding({1: second, 2: first, 3: rest}, [evidence]) == ([2, 3], 1.0)
    assert holding({1: second}, [evidence]) == ([], 0.0)


@pytest.mark.server
def test_a_right_sentence_is_shown_and_a_wrong_figure_is_not_though_the_judge_says_yes(
    tmp_path: Path, library_dir: Path, seeds: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start = (seeds / SEED).read_text(encoding="utf-8").index(EVIDENCE)
    span = {"source": f"seeds/{SEED}", "start": start, "end": start + len(EVIDENCE)}
    asked = {"question": "How many Armenians trust the EU?", "evidence": [span]}
    items: list[dict[str, Any]] = [
        {"id": "s0-r1", "sentence": RIGHT, "fault": None, **asked},
        {"id": "s0-r1-x", "sentence": WRONG, "fault": "number", **asked},
    ]
    files = {name: tmp_path / name for name in ("set.jsonl", "judge.jsonl", "corpus.jsonl", "fates.json")}
    files["set.jsonl"].write_text("".join(f"{json.dumps(item)}\n" for item in items), encoding="utf-8")
    files["judge.jsonl"].write_text("".join(f'{{"id": "{item["id"]}", "verdict": "yes"}}\n' for item in items))
    files["corpus.jsonl"].write_text("")
    told = ["--set", files["set.jsonl"], "--judge", files["judge.jsonl"], "--corpus", tmp_path]
    assert main([*map(str, told), "--data", str(library_dir), "--json", str(files["fates.json"])]) == 0
    fates = [json.loads(line) for line in files["fates.json"].read_text(encoding="utf-8").splitlines()]
    assert [fate["offered"] for fate in fates] == [True, True]
    assert [fate["seen"] == "shown" for fate in fates] == [True, False]
    assert "evidence offered" in capsys.readouterr().out
