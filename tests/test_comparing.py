"""Words against a text: what the typesetter may change, what a quotation may declare, and what is a difference."""

from hypothesis import given
from hypothesis import strategies as st

from rag.core import Span
from rag.verification.comparing import DiffPart, difference, fold_typography, narrowed, notes, wording
from tests.case_files import table

TEXT = (
    "The mayor spoke. “We’ll build a second pier – and it won’t be cheap,” she said. "
    "The town council, meanwhile, called the well-being of seals “a ‘minor’ matter”. Us? The US won."
)


def places(quotation: str, text: str = TEXT) -> list[str]:
    return [text[span.start : span.end] for span in wording(quotation).places(fold_typography(text))]


def test_typesetting_and_declared_alterations_make_no_difference_and_another_word_does() -> None:
    for (quotation,) in table("wordings", "same"):
        assert len(places(quotation)) == 1, quotation
    for (quotation,) in table("wordings", "other"):
        assert places(quotation) == [], quotation
    assert places("We’ll build […] and it won’t be cheap") == ["We’ll build a second pier – and it won’t be cheap"]
    assert places("We’ll build ... and it won’t be cheap…") == places("We’ll build [...] and it won’t be cheap")
    assert places("[The councillors] called the well-being of [the] seals") != []
    assert places("[T]own council, meanwhile") == ["town council, meanwhile"]
    assert places("the well-being [sic] of seals") == ["the well-being of seals"]
    assert places("It won’t be cheap … We’ll build") == [], "not in this order"
    assert places("We’ll build … and it will be cheap") == []
    assert places(" … ".join(["a", "the"] * 12 + ["zebra"]), "the a of the " * 500 + "zebra the") != []
    assert places(" … ".join(["a", "the"] * 12 + ["zebra"]), "zebra " + "the a of the " * 500) == []
    assert places("…") == places("[…] [the EU]") == places(" ,. ") == []


def test_a_difference_is_told_word_by_word_and_liberties_in_a_sentence_each() -> None:
    original = "We’ll build a second pier – and it won’t be cheap"
    assert list(notes(original, original, declared=False)) == []
    told = list(notes("we'll build a second pier - and it won't be cheap", original, declared=False))
    assert told == [
        "The first letter differs in case.",
        "The quotation marks or apostrophes differ.",
        "The dashes differ.",
    ]
    assert list(notes("We’ll … pier", original, declared=True)) == ["Alterations that it declares were allowed for."]
    assert difference("We'll build a third pier and run", "We’ll build a second pier – and quickly run") == (
        DiffPart("same", "We'll build a"),
        DiffPart("draft", "third"),
        DiffPart("article", "second"),
        DiffPart("same", "pier"),
        DiffPart("article", "-"),
        DiffPart("same", "and"),
        DiffPart("article", "quickly"),
        DiffPart("same", "run"),
    )
    text = "Yes. He told us that the pier is long, she said."
    span = narrowed("the pier was long", text, Span(0, len(text)))
    assert text[span.start : span.end] == "the pier is long"


LETTERS = st.text(alphabet="ab ‘’'\"—–- …\u00ad\u200b\n[]", max_size=30)


@given(LETTERS, LETTERS)
def test_every_folded_character_knows_where_it_came_from(quotation: str, text: str) -> None:
    folded = fold_typography(text)
    assert len(folded.origin) == len(folded.text) + 1
    assert list(folded.origin) == sorted(folded.origin)
    for span in wording(quotation).places(folded):
        assert 0 <= span.start < span.end <= len(text)
