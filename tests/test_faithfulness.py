"""Sentences are played back over the real product, and what became of each is counted."""

import json
from pathlib import Path
from typing import Any

import pytest

from evals.faithfulness import holding, main, words

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
