"""A draft's quotations against the articles: verbatim, altered, another's, too short to tell, or nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rag import Checked, verify_draft
from rag.core import Article, Block, Span, Statement
from rag.core.errors import UsageError
from rag.library.corrections import correct
from rag.library.store import Store
from rag.verification.draft import draft_text, quotations_of_draft
from tests.case_files import table
from tests.library_parts import article, record, said
from tests.told import stored

HARBOUR = (
    "“We will build a second pier, and it will be ready in spring,” Ada Lund said on Monday.\n"
    "Ada Lund said that the town would not borrow a single crown for it.\n"
    "The harbour was built of granite from the northern quarries in 1923.\n"
    "Kremlin spokesman Igor Belov said: “The herring season is nobody's business but ours.”\n"
    "Latest news: all of the swimming pools were closed by the council again."
)
COUNCIL = (
    "Bo Quist told reporters: “The pier is a mistake that our children will pay for.”\n"
    "“The pier is lovely,” said a visitor.\n"
    "“We will build a second pier, and it will be ready in spring,” wrote the Gull.\n"
)


def statement(of: Article, words: str, speaker: str | None, written: str | None = None) -> Statement:
    start = of.text.index(words)
    line = next(block for block in of.blocks if block.start <= start < block.end)
    one = said(of, Span(line.start, line.end), Span(start, start + len(words)), speaker)
    return replace(one, id=f"{of.source}:{start}", speaker_as_written=written or speaker or "a visitor")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    harbour, council = article("harbour.txt", HARBOUR, outlet="The Gull"), article("council.txt", COUNCIL)
    furniture = Block(harbour.blocks[-1].start, harbour.blocks[-1].end, "furniture")
    harbour = replace(harbour, blocks=(*harbour.blocks[:-1], furniture))
    statements = {
        harbour: [
            statement(harbour, "We will build a second pier, and it will be ready in spring", "Ada Lund"),
            statement(harbour, "that the town would not borrow a single crown for it", "Ada Lund"),
            statement(
                harbour,
                "The herring season is nobody's business but ours.",
                "Igor Belov",
                "Kremlin spokesman Igor Belov",
            ),
        ],
        council: [
            statement(council, "The pier is a mistake that our children will pay for.", "Bo Quist"),
            statement(council, "The pier is lovely", None),
        ],
    }
    records = []
    for one, spoken in statements.items():
        kept = record(one, spoken)
        reporting = tuple(passage for passage in kept.passages if one.is_quotable(passage.span))
        records.append(replace(kept, passages=reporting, vectors=kept.vectors[: len(reporting)]))
    store = stored(tmp_path / "data", *records)
    yield store
    store.close()


def only(text: str, store: Store) -> Checked:
    (checked,) = verify_draft(text, store)
    return checked


def test_true_words_of_the_right_speaker_are_verbatim_with_their_place(store: Store) -> None:
    draft = "News\n\n“We will build a second pier, and it will be ready in spring,” Ada Lund said."
    checked = only(draft, store)
    assert (checked.verdict, checked.credited, checked.line, checked.notes) == ("verbatim", "Ada Lund", 3, ())
    assert draft[checked.start : checked.end].rstrip(",") == HARBOUR[1:60]
    assert checked.found is not None
    assert (checked.found.source, checked.found.line, checked.found.outlet) == ("harbour.txt", 1, "The Gull")
    assert HARBOUR[checked.found.start : checked.found.end] == checked.found.quote == HARBOUR[1:60]
    assert (checked.found.speaker, checked.found.statement_id) == ("Ada Lund", "harbour.txt:1")
    assert [place.source for place in checked.elsewhere] == ["council.txt"]


def test_the_newsrooms_own_style_and_declared_alterations_are_allowed(store: Store) -> None:
    for (draft,) in table("drafts", "own style"):
        assert only(draft, store).verdict == "verbatim", draft


def test_an_altered_word_is_shown_beside_the_true_one(store: Store) -> None:
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
    correct(store, f"council.txt:{COUNCIL.index('The pier')}", "Ada Lund")
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


def test_where_the_draft_or_the_record_names_nobody_that_is_said(store: Store) -> None:
    checked = only("“We will build a second pier, and it will be ready in spring.”", store)
    assert (checked.verdict, checked.credited) == ("verbatim", None)
    assert checked.notes == ("The draft names no speaker here that could be read.",)
    checked = only("“The pier is lovely,” Ada Lund said.", store)
    assert checked.verdict == "verbatim"
    assert checked.notes == ("The record names no speaker for these words.",)


def test_every_quotation_of_a_draft_comes_back_in_its_order(store: Store) -> None:
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


def test_a_word_document_is_read_paragraph_by_paragraph(tmp_path: Path) -> None:
    import docx

    document = docx.Document()
    document.add_paragraph("“The pier is lovely,” Ada Lund said.")
    document.add_table(1, 1).cell(0, 0).text = "She said: “No.”"
    document.add_paragraph("The end.")
    document.save(str(tmp_path / "draft.docx"))
    assert draft_text(tmp_path / "draft.docx") == "“The pier is lovely,” Ada Lund said.\nShe said: “No.”\nThe end."


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for name, content in (("a.docx", b"no zip"), ("a.md", b""), ("a.txt", b"\0\1\2" * 50)):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UsageError, match=name):
            draft_text(tmp_path / name)
        with pytest.raises(UsageError, match="none"):
            draft_text(tmp_path / f"none{Path(name).suffix}")
