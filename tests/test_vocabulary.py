"""How words are looked up in the articles, over the real library of the seeds."""

import pytest

from rag import Assistant
from rag.answering.understanding.normalise import meant, written


@pytest.mark.parametrize(
    ("word", "form"),
    [("lavrov", "Lavrov"), ("eaeu", "EAEU"), ("KARABAKH", "Karabakh"), ("peace", None), ("zanzibar", None)],
)
def test_a_word_is_written_as_the_articles_write_it(assistant: Assistant, word: str, form: str | None) -> None:
    with assistant.store.reading() as view:
        assert written(word, view) == form


@pytest.mark.parametrize(
    ("word", "form"),
    [
        ("Karabach", "Karabakh"),
        ("soverignty", "sovereignty"),
        ("teritory", "territory"),
        ("sovereignty", None),
        ("Karbkh", None),
        ("Baku", None),
        ("provision", None),
    ],
)
def test_a_slip_of_the_pen_is_read_as_the_word_in_use(assistant: Assistant, word: str, form: str | None) -> None:
    with assistant.store.reading() as view:
        assert meant(word, view.vocabulary(), view) == form


def test_a_word_that_the_model_knows_whole_is_no_slip(assistant: Assistant) -> None:
    note = assistant.understand("Was there a contest?").notes
    assert note == ()
