"""What readers say of answers is kept, line by line."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rag.core.errors import OnrecordError
from tests.newsroom import SOVEREIGN, Newsroom
from ui.storage import FEEDBACK, Feedback, forget_feedback

ANSWER = Newsroom().lavrov("What did Lavrov say?")


def lines(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / FEEDBACK).read_text(encoding="utf-8").splitlines()]


def test_a_judgement_is_kept_with_question_answer_and_places(tmp_path: Path) -> None:
    Feedback(tmp_path).keep(ANSWER, "speaker", "  It was \ud83d Peskov.\n")
    (line,) = lines(tmp_path)
    assert (line["judgement"], line["note"], line["question"]) == ("speaker", "It was ? Peskov.", ANSWER.question)
    assert SOVEREIGN in str(line["citations"])


def test_many_at_once_stay_whole_lines(tmp_path: Path) -> None:
    feedback = Feedback(tmp_path)
    with ThreadPoolExecutor(8) as many:
        list(many.map(lambda number: feedback.keep(ANSWER, "good", str(number)), range(50)))
    assert sorted(int(str(line["note"])) for line in lines(tmp_path)) == list(range(50))


def test_judgements_of_answers_that_quote_a_forgotten_article_are_gone(tmp_path: Path) -> None:
    assert forget_feedback(tmp_path, []) == 0
    Feedback(tmp_path).keep(ANSWER, "good")
    assert forget_feedback(tmp_path, {citation.source for citation in ANSWER.citations}) == 0
    assert forget_feedback(tmp_path, []) == 1
    assert (tmp_path / FEEDBACK).read_bytes() == b""


def test_a_file_that_cannot_be_written_is_said_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / FEEDBACK).mkdir()
    with pytest.raises(OnrecordError, match="check its rights"):
        Feedback(tmp_path).keep(ANSWER, "good")
