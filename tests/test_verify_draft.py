"""A draft's quotations against the articles: verbatim, altered, another's, too short to tell, or nowhere."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rag import Checked, verify_draft
from rag.core.errors import UsageError
from rag.library.corrections import correct
from rag.library.store import Store
from rag.verification.draft import draft_text, quotations_of_draft
from tests.case_files import table
from tests.told import press, stored

LINES, COUNCIL = press("pier")
HARBOUR = LINES.article.text


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    *lines, last = LINES.article.blocks  # which is furniture, and so no passage
    harbour = replace(LINES.article, outlet="The Gull", blocks=(*lines, replace(last, role="furniture")))
    kept = replace(LINES, article=harbour, passages=LINES.passages[:-1], vectors=LINES.vectors[:-1])
    store = stored(tmp_path / "data", kept, COUNCIL)
    yield store
    store.close()


def only(text: str, store: Store) -> Checked:
    (checked,) = verify_draft(text, store)
    return checked


def test_true_words_are_verbatim_in_the_newsrooms_own_style_and_an_altered_one_is_shown(store: Store) -> None:
    draft = "News\n\n“We will build a second pier, and it will be ready in spring,” Ada Lund said."
    checked = only(draft, store)
    assert (checked.verdict, checked.credited, checked.line, checked.notes) == ("verbatim", "Ada Lund", 3, ())
    assert draft[checked.start : checked.end].rstrip(",") == HARBOUR[1:60]
    assert checked.found is not None
    assert (checked.found.source, checked.found.line, checked.found.outlet) == ("harbour.txt", 1, "The Gull")
    assert HARBOUR[checked.found.start : checked.found.end] == checked.found.quote == HARBOUR[1:60]
    assert (checked.found.speaker, checked.found.statement_id) == ("Ada Lund", "harbour.txt:1")
    assert [place.source for place in checked.elsewhere] == ["council.txt"]
    for (styled,) in table("drafts", "own style"):
        assert only(styled, store).verdict == "verbatim", styled
    checked = only("“We will build a third pier, and it will be ready in spring,” Ada Lund said.", store)
    assert checked.verdict == "altered"
    assert [(piece.side, piece.text) for piece in checked.difference][1:3] == [
        ("draft", "third"),
        ("article", "second"),
    ]
    assert checked.found is not None
    assert checked.found.quote == HARBOUR[1:60]


def test_another_mouth_is_told_with_whose_the_words_are_and_a_correction_by_hand_counts(store: Store) -> None:
    checked = only("“The pier is a mistake that our children will pay for,” Ada Lund said.", store)
    assert (checked.verdict, checked.credited) == ("wrong_speaker", "Ada Lund")
    assert checked.found is not None
    assert checked.found.speaker == "Bo Quist"
    assert not checked.stands
    checked = only("“The herring season is nobody's business but ours,” the Kremlin said.", store)
    assert checked.verdict == "verbatim"
    draft = "“The pier is a mistake that our children will pay for,” Ada Lund said."
    correct(store, f"council.txt:{COUNCIL.article.text.index('The pier')}", "Ada Lund")
    assert only(draft, store).verdict == "verbatim"


def test_what_nobody_said_is_not_found_and_two_words_prove_nothing(store: Store) -> None:
    assert only("“The lighthouse will be painted green by violinists,” Ada Lund said.", store).verdict == "not_found"
    furniture = only("“All of the swimming pools were closed by the council again,” Ada Lund said.", store)
    assert furniture.verdict == "not_found"
    own = only("Ada Lund spoke of a “second pier” on Monday.", store)
    assert own.verdict == "too_short"
    assert own.found is not None
    assert own.found.speaker == "Ada Lund"
    elsewhere = only("Bo Quist spoke of a “northern quarries” plan.", store)
    nowhere = only("He spoke of “purple walruses” at length.", store)
    assert (elsewhere.verdict, nowhere.verdict) == ("too_short", "too_short")
    assert nowhere.notes == ("The words stand nowhere in the articles.",)


def test_every_quotation_comes_back_in_its_order_and_where_nobody_is_named_that_is_said(store: Store) -> None:
    draft = (
        "“The pier is lovely,” said a visitor. Bo Quist said: “The pier is a mistake.”\n\n'Nobody asked us,' he said.\n"
    )
    assert [draft[one.start : one.end] for one in verify_draft(draft, store)] == [
        one.text for one in quotations_of_draft(draft)
    ]
    assert [one.text for one in quotations_of_draft(draft)] == [
        "The pier is lovely,",
        "The pier is a mistake.",
        "Nobody asked us,",
    ]
    assert verify_draft("No quotation at all.", store) == verify_draft("", store) == ()
    checked = only("“We will build a second pier, and it will be ready in spring.”", store)
    assert (checked.verdict, checked.credited) == ("verbatim", None)
    assert checked.notes == ("The draft names no speaker here that could be read.",)
    checked = only("“The pier is lovely,” Ada Lund said.", store)
    assert checked.verdict == "verbatim"
    assert checked.notes == ("The record names no speaker for these words.",)


def test_a_word_document_is_read_paragraph_by_paragraph_and_what_cannot_be_read_named(tmp_path: Path) -> None:
    import docx

    document = docx.Document()
    document.add_paragraph("“The pier is lovely,” Ada Lund said.")
    document.add_table(1, 1).cell(0, 0).text = "She said: “No.”"
    document.add_paragraph("The end.")
    document.save(str(tmp_path / "draft.docx"))
    assert draft_text(tmp_path / "draft.docx") == "“The pier is lovely,” Ada Lund said.\nShe said: “No.”\nThe end."
    for name, content in (("a.docx", b"no zip"), ("a.md", b""), ("a.txt", b"\0\1\2" * 50)):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UsageError, match=name):
            draft_text(tmp_path / name)
        with pytest.raises(UsageError, match="none"):
            draft_text(tmp_path / f"none{Path(name).suffix}")
