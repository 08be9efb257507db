"""How names are looked up: in full, by the last word, by office, and misspelt."""

import pytest

from rag.answering.understanding.entity_index import EntityIndex, LibraryLookup
from rag.core import Person
from tests.questions import KNOWN, LAVROV, PASHINYAN, ZAKHAROVA


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Lavrof", LAVROV),
        ("lavrov’", LAVROV),
        ("Lavrow", LAVROV),
        ("Lavorv", LAVROV),
        ("Lavvrov", LAVROV),
        ("Sergej Lavrof", LAVROV),
        ("Zaharova", ZAKHAROVA),
        ("Pashinjan", PASHINYAN),
    ],
)
def test_one_slip_of_the_pen_is_forgiven(written: str, meant: str) -> None:
    person = KNOWN.resembling(written)
    assert person is not None
    assert person.name == meant


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("Lind", "names of four letters differ by one too often"),
        ("Lavrova", "a woman of the family is somebody else"),
        ("Lavinsky", "too far from anybody"),
        ("Carvalhe", "two people come as close"),
        ("Boris Lavrof", "the first name is another"),
        ("", "there is no name"),
    ],
)
def test_a_name_is_not_bent_to_fit(written: str, why: str) -> None:
    assert KNOWN.resembling(written) is None, why


def test_a_word_that_articles_use_is_not_taken_for_a_misspelt_name() -> None:
    known = EntityIndex([Person("Ada Harbor")], library=LibraryLookup(kept={("occurs", "Harbour"): True}))
    assert known.resembling("Harbour") is None
    assert known.resembling("Harbur") == Person("Ada Harbor")


def test_a_name_that_two_people_bear_names_neither() -> None:
    assert KNOWN.named("Holm") is None
    assert KNOWN.named("Eva Holm") == Person("Eva Holm", ("Holm",))
