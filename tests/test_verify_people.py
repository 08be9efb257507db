"""Drafts that credit people: by title, surname or role, and words that are relayed, open, not certain or not said."""

from collections.abc import Iterator

import pytest

from rag import verify_draft
from rag.app.terminal import checked_text
from rag.library.store import Store
from rag.verification.draft import Checked
from tests.case_files import table
from tests.told import press, stored


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = stored(tmp_path_factory.mktemp("drafts") / "data", *press("drafts"))
    yield opened
    opened.close()


def only(text: str, store: Store) -> Checked:
    (checked,) = verify_draft(text, store)
    return checked


def test_a_right_credit_is_never_called_wrong_and_another_mouth_is(store: Store) -> None:
    for (draft,) in table("drafts", "right"):
        checked = only(draft, store)
        assert (checked.verdict, checked.stands) == ("verbatim", True), draft
    for (draft,) in table("drafts", "wrong speaker"):
        assert only(draft, store).verdict == "wrong_speaker", draft


def test_what_must_be_known_of_verbatim_words_stands_in_their_line(store: Store) -> None:
    for draft, caution, line in table("drafts", "caution"):
        checked = only(draft, store)
        assert checked.caution == caution, draft
        assert checked_text(checked).startswith(f"line 1: {line}: “"), draft


def test_what_does_not_count_as_said_is_never_called_verbatim_and_what_is_not_said_is_called_so(store: Store) -> None:
    for draft, verdict in table("drafts", "does not count"):
        checked = only(draft, store)
        assert (checked.verdict, checked.stands) == (verdict, False), draft
        assert "said by" not in checked_text(checked), draft
    for (draft,) in table("drafts", "not said"):
        checked = only(draft, store)
        assert (checked.verdict, checked.stands) == ("not_said", False), draft
        assert checked_text(checked).startswith("line 1: not said: “"), draft
    assert only("“The bridge is closed,” Agnes Toll said.", store).verdict == "verbatim"
    assert only("Agnes Toll could say “I was quite wrong” one day.", store).verdict == "verbatim"


def test_a_credit_that_nothing_bears_out_has_to_be_looked_at_and_two_words_are_too_short(store: Store) -> None:
    credited = only("Karl Lund said: “The mill belongs to us.”", store)
    bare = only("A placard read “the mill belongs to us”.", store)
    assert (credited.verdict, credited.stands) == ("verbatim", False)
    assert (bare.verdict, bare.stands) == ("verbatim", True)
    for draft in ("Ada Lund spoke of “the bridge”.", "He said “never”.", "Vask called it “closed now”."):
        assert checked_text(only(draft, store)).startswith("line 1: too short to tell"), draft
