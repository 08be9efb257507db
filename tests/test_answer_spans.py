"""What form of words a question asks for, and where a sentence holds it."""

import datetime as dt

import pytest

from rag.answering.reading.answer_spans import key_spans
from rag.answering.understanding.query import understand
from rag.core import Query
from tests.questions import KNOWN


def asked(question: str) -> Query:
    return understand(question, (), dt.date(2024, 5, 1), KNOWN)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("When was the pier built?", "when"),
        ("The pier opened at last. What year was it built?", "when"),
        ("A bidder bought the pier. How much did he pay?", "how_many"),
        ("What share of the town wants a pier?", "how_many"),
        ("How long is the ferry ride?", "how_long"),
        ("The mayor resigned. Who follows her?", "who"),
        ("Where is the pier?", "where"),
        ("Which town built a pier?", "what"),
    ],
)
def test_the_form_is_read_from_the_words_wherever_they_stand(question: str, kind: str) -> None:
    assert asked(question).asks == kind


@pytest.mark.parametrize(
    ("question", "sentence", "keys"),
    [
        ("When was it signed?", "The pact was signed on November 24, 2017, in Tern.", ["November 24, 2017"]),
        ("When did it begin?", "It began in the late 1980s.", ["late 1980s"]),
        ("How many people fled?", "More than 100,000 people fled in 2023.", ["100,000"]),
        ("How much did it cost?", "It cost $1.5 billion.", ["$1.5 billion"]),
        ("What share agrees?", "Of them, 62% agree.", ["62%"]),
        ("What percentage agrees?", "Of 500 asked, two-thirds agree.", ["two-thirds"]),
        ("How much did the pier cost?", "In 3 years it swallowed 40 million euros.", ["40 million euros"]),
        ("The clerk got a starting pay of how much?", "Of 10 clerks each got $22 an hour.", ["$22"]),
        ("How long was the war?", "It was a six-week war.", ["six-week"]),
        ("Who won in 2022?", "In Tern, Ada Lund won in 2022.", ["Tern", "Ada Lund"]),
        ("What happened in Tern?", "Ada Lund won.", []),
    ],
)
def test_key_words_are_those_that_answer(question: str, sentence: str, keys: list[str]) -> None:
    found = [sentence[span.start : span.end] for span in key_spans(sentence, asked(question))]
    assert found == keys
