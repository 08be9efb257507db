"""What counts as offered to a model: every letter of the sentence that answers."""

from evals.context import Offered, holds, table
from rag.core import Place
from tests.small_world import HARBOUR_ARTICLE, place

BUILT, EMPLOYS = "The harbour of Portavia was built in 1923.", "It employs 400 people."


def test_words_are_held_where_every_letter_of_them_stands_in_a_piece() -> None:
    one, two = place(HARBOUR_ARTICLE, BUILT), place(HARBOUR_ARTICLE, EMPLOYS)
    assert holds(HARBOUR_ARTICLE, BUILT, [one])
    assert holds(HARBOUR_ARTICLE, f"{BUILT} {EMPLOYS}", [one, two])
    assert not holds(HARBOUR_ARTICLE, f"{BUILT} {EMPLOYS}", [one])
    assert not holds(HARBOUR_ARTICLE, BUILT, [Place("council.txt", one.span)])
    assert not holds(HARBOUR_ARTICLE, "The harbour is old.", [one, two])


def test_the_table_names_what_is_missing() -> None:
    found = Offered("1", "When?", is_held=True, is_of_the_article=True, pieces=10, characters=900)
    missing = Offered("2", "Who?", is_held=False, is_of_the_article=False, pieces=20, characters=1_100)
    lines = list(table([found, missing]))
    assert "answering sentence among the pieces 0.500" in lines
    assert lines[-1] == "missing: 2 Who? (no article that answers)"
