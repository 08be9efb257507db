"""Drafted cases: they load, their words stand in the articles, and no correction is overwritten."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from evals.cases import Case, CaseError, load
from evals.drafts import FILE, MOST, DraftError, from_feedback, make_cases
from tests.conftest import onrecord
from tests.newsroom import SOVEREIGN, Newsroom
from ui.storage import FEEDBACK, Feedback

if TYPE_CHECKING:
    from rag import Assistant

NEWSROOM = Newsroom()
ANSWER = NEWSROOM.lavrov("What did Lavrov say about the EU?")


@pytest.fixture(scope="module")
def drafted(assistant: "Assistant", tmp_path_factory: pytest.TempPathFactory) -> Path:
    with assistant.store.reading() as view:
        return make_cases(tmp_path_factory.mktemp("cases"), view.statements(), view.articles(view.sources()))


def test_drafts_ask_who_said_it_what_they_said_and_what_others_did_not_say(
    drafted: Path, assistant: "Assistant"
) -> None:
    cases = load(drafted)
    assert 20 < len(cases) <= MOST
    assert {case.kind for case in cases} == {"who_said", "attribution", "wrong_speaker"}
    for case in cases:
        assert all(assistant.article(e.source).text.count(e.quote or "") == 1 for e in case.excerpts())
        assert case.is_to_be_declined == (case.kind == "wrong_speaker")
        assert "Drafted" in (case.note or "")
    named = {e.speakers[0] for case in cases if case.kind != "wrong_speaker" for e in case.evidence[0]}
    assert {"Dmitry Peskov", "Sergei Lavrov", "Maria Zakharova", "Ararat Mirzoyan"} <= named


def test_a_corrected_file_is_not_overwritten_and_an_empty_library_is_told(drafted: Path, tmp_path: Path) -> None:
    before = drafted.read_text(encoding="utf-8")
    with pytest.raises(DraftError, match="is there already"):
        make_cases(drafted.parent, [], {})
    assert drafted.read_text(encoding="utf-8") == before
    with pytest.raises(DraftError, match="no statement with a named speaker"):
        make_cases(tmp_path, [], {})
    assert not list(tmp_path.iterdir())


def judged(data: Path) -> tuple[Case, ...]:
    path = data / "drafts.jsonl"
    path.write_text("".join(f"{json.dumps(draft)}\n" for draft in from_feedback(data)), encoding="utf-8")
    return load(path)


def test_a_good_answer_is_a_whole_case_and_a_good_decline_one_that_declines(tmp_path: Path) -> None:
    assert FEEDBACK == FILE
    for answer in (ANSWER, NEWSROOM.decline("What did Mirzoyan say about NATO?")):
        Feedback(tmp_path).keep(answer, "good")
    told, declined = judged(tmp_path)
    assert told.question == ANSWER.question
    assert [group[0].quote for group in told.evidence] == [citation.quote for citation in ANSWER.citations]
    assert told.evidence[0][0].speakers == ("Sergei Lavrov",)
    assert declined.reasons == ("not_quoted_on_topic",)


def test_a_wrong_answer_waits_for_a_person_to_say_what_is_right(tmp_path: Path) -> None:
    Feedback(tmp_path).keep(ANSWER, "speaker", "It was Peskov.")
    (draft,) = from_feedback(tmp_path)
    assert "name the right one" in draft["note"]
    assert draft["note"].endswith("It was Peskov.")
    assert draft["allowed"][0]["quote"] == SOVEREIGN
    with pytest.raises(CaseError, match="evidence"):
        judged(tmp_path)


def test_the_latest_judgement_of_a_question_counts(tmp_path: Path) -> None:
    kept = Feedback(tmp_path)
    kept.keep(ANSWER, "missed")
    kept.keep(ANSWER, "good")
    (draft,) = from_feedback(tmp_path)
    assert "evidence" in draft


def test_a_spoilt_line_is_named(tmp_path: Path) -> None:
    for line in ("no JSON", "{}", '{"question": "?", "judgement": "odd"}'):
        (tmp_path / FILE).write_text(f"{line}\n", encoding="utf-8")
        with pytest.raises(CaseError, match="line 1"):
            list(from_feedback(tmp_path))


def test_the_command_prints_drafts_and_says_when_there_are_none(library_dir: Path, tmp_path: Path) -> None:
    assert onrecord("eval", "--from-feedback", "--data", library_dir).code == 1
    Feedback(tmp_path).keep(ANSWER, "good")
    outcome = onrecord("eval", "--from-feedback", "--data", tmp_path)
    assert outcome.code == 0
    assert json.loads(outcome.stdout)["question"] == ANSWER.question
