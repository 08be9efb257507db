"""Names typed without their capitals, by a library that knows how they are written."""

import pytest

from rag.answering.understanding.entity_index import EntityIndex, LibraryLookup
from rag.answering.understanding.query import capitalised, is_typed_small
from rag.core import Person

WRITTEN = {"lund": "Lund", "portavia": "Portavia", "eaeu": "EAEU", "minister": "Minister", "prime": "Prime"}
KNOWN = EntityIndex(
    [Person("Ada Lund", ("Lund",)), Person("Tom Will", ("Will",))],
    library=LibraryLookup(kept={("written", word): name for word, name in WRITTEN.items()}),
)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("what did lund say about portavia", "what did Lund say about Portavia"),
        ("is portavia in the eaeu?", "is Portavia in the EAEU?"),
        ("What did lund say about the Pier?", "What did Lund say about the Pier?"),
        ("What did the Mayor of portavia say?", "What did the Mayor of portavia say?"),
        ("what did the prime minister say?", "what did the prime minister say?"),
        ("will it rain?", "will it rain?"),
        ("the ukrainians and the french", "the Ukrainians and the French"),
        ("Lund?", "Lund?"),
    ],
)
def test_names_get_the_capitals_that_articles_give_them(typed: str, read: str) -> None:
    assert capitalised(typed, KNOWN) == read


def test_a_question_is_typed_small_if_only_its_first_letter_is_great() -> None:
    assert is_typed_small("What did lund say? I wonder")
    assert not is_typed_small("what did Lund say?")
