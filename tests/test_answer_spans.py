"""What form of words a question asks for, and where a sentence holds it."""

import datetime as dt

from rag.answering.reading.answer_spans import key_spans
from rag.answering.understanding.query import understand
from rag.core import Query
from tests.case_files import table
from tests.questions import KNOWN


def asked(question: str) -> Query:
    return understand(question, (), dt.date(2024, 5, 1), KNOWN)


def test_the_form_that_is_asked_for_and_the_key_words_that_have_it_are_found() -> None:
    for question, kind in table("answer_spans", "form"):
        assert asked(question).asks == kind, question
    for question, sentence, keys in table("answer_spans", "key words"):
        found = [sentence[span.start : span.end] for span in key_spans(sentence, asked(question))]
        assert found == keys, question
