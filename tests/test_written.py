"""How words are looked up in the articles, over the real library of the seeds."""

import pytest

from rag import Assistant
from rag.answering.understanding.entity_index import written


@pytest.mark.parametrize(
    ("word", "form"),
    [("lavrov", "Lavrov"), ("eaeu", "EAEU"), ("KARABAKH", "Karabakh"), ("peace", None), ("zanzibar", None)],
)
def test_a_word_is_written_as_the_articles_write_it(assistant: Assistant, word: str, form: str | None) -> None:
    with assistant.store.reading() as view:
        assert written(word, view) == form


def test_a_word_that_the_model_knows_whole_is_no_misspelt_name(assistant: Assistant) -> None:
    assert assistant.understand("who set the contest alight").notes == ()
