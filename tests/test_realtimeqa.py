"""What counts as shown, and the rivals' rankings, over the library of the seeds."""

import datetime as dt

from evals.quizzes import Question, normal
from evals.realtimeqa import by_meaning, by_words, shows
from rag import Assistant

ASKED = Question("1", "When was CEPA signed?", dt.date(2025, 5, 1), (normal("November 24, 2017"),), {})


def test_an_answer_shows_what_stands_in_its_slices(assistant: Assistant) -> None:
    assert shows(assistant.ask(ASKED.text), ASKED)
    assert not shows(assistant.ask("What did Lavrov say about the EU?"), ASKED)


def test_full_text_alone_and_vectors_alone_rank_articles(assistant: Assistant) -> None:
    for ranking in (by_words, by_meaning):
        assert ranking(assistant, "CEPA signed")[0] == "000_c64a27a414760035.txt"
