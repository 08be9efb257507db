"""What readers said becomes drafts of cases."""

import json
from pathlib import Path

import pytest

from evals.cases import CaseError, load
from evals.feedback import FILE, drafts
from tests.conftest import onrecord
from tests.newsroom import SOVEREIGN, Newsroom
from ui.storage import FEEDBACK, Feedback

NEWSROOM = Newsroom()
ANSWER = NEWSROOM.lavrov("What did Lavrov say about the EU?")


def written(data: Path) -> Path:
    path = data / "drafts.jsonl"
    path.write_text("".join(f"{json.dumps(draft)}\n" for draft in drafts(data)), encoding="utf-8")
    return path


def test_both_sides_mean_the_same_file() -> None:
    assert FEEDBACK == FILE


def test_a_good_answer_is_a_whole_case(tmp_path: Path) -> None:
    Feedback(tmp_path).keep(ANSWER, "good")
    (case,) = load(written(tmp_path))
    assert case.question == ANSWER.question
    assert [group[0].quote for group in case.evidence] == [citation.quote for citation in ANSWER.citations]
    assert case.evidence[0][0].speakers == ("Sergei Lavrov",)


def test_a_good_decline_is_a_case_that_declines(tmp_path: Path) -> None:
    Feedback(tmp_path).keep(NEWSROOM.decline("What did Mirzoyan say about NATO?"), "good")
    (case,) = load(written(tmp_path))
    assert case.reasons == ("not_quoted_on_topic",)


def test_a_wrong_answer_waits_for_a_person_to_say_what_is_right(tmp_path: Path) -> None:
    Feedback(tmp_path).keep(ANSWER, "speaker", "It was Peskov.")
    (draft,) = drafts(tmp_path)
    assert "name the right one" in draft["note"]
    assert draft["note"].endswith("It was Peskov.")
    assert draft["allowed"][0]["quote"] == SOVEREIGN
    with pytest.raises(CaseError, match="evidence"):
        load(written(tmp_path))


def test_the_latest_judgement_of_a_question_counts(tmp_path: Path) -> None:
    kept = Feedback(tmp_path)
    kept.keep(ANSWER, "missed")
    kept.keep(ANSWER, "good")
    (draft,) = drafts(tmp_path)
    assert "evidence" in draft


@pytest.mark.parametrize("line", ["no JSON", "{}", '{"question": "?", "judgement": "odd"}'])
def test_a_spoilt_line_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / FILE).write_text(f"{line}\n", encoding="utf-8")
    with pytest.raises(CaseError, match="line 1"):
        list(drafts(tmp_path))


def test_the_command_prints_drafts_and_says_when_there_are_none(library_dir: Path, tmp_path: Path) -> None:
    assert onrecord("eval", "--from-feedback", "--data", library_dir).code == 1
    Feedback(tmp_path).keep(ANSWER, "good")
    outcome = onrecord("eval", "--from-feedback", "--data", tmp_path)
    assert outcome.code == 0
    assert json.loads(outcome.stdout)["question"] == ANSWER.question
