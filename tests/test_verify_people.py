"""Drafts that credit people: by title, surname or role, and words that are relayed, open, not certain or not said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag import verify_draft
from rag.app.terminal import checked_text
from rag.library.store import Store
from rag.verification.draft import Checked
from tests.case_files import table
from tests.told import Told, report, stored

READ_OUT = Told(
    "Clerk Nora Biel read a statement from General Amin Darzi: “The army will not obey.”",
    "The army will not obey.", "Amin Darzi", "General Amin Darzi", via="Nora Biel",
)  # fmt: skip
OPEN = Told("“The tax stays for good,” Vask said.", "The tax stays for good,", written="Vask",
            candidates=("Joren Vask", "Mila Vask"))  # fmt: skip
BUDGET = Told("“The budget is closed now,” President Joren Vask said.", "The budget is closed now,", "Joren Vask",
              "President Joren Vask")  # fmt: skip
FAKE = Told("A fake post has Olav Dahl say “I hate farmers dearly”.", "I hate farmers dearly", "Olav Dahl",
            standing="fabricated")  # fmt: skip
TAKEN_BACK = Told("Sue Elton took back “the dam had failed badly”.", "the dam had failed badly", "Sue Elton",
                  standing="withdrawn")  # fmt: skip
NOVEL = Told("In the novel, Jon Rask says “the long war is lost”.", "the long war is lost", "Jon Rask",
             standing="fictional")  # fmt: skip
UNSURE = Told("“Perhaps we will go home,” she said.", "Perhaps we will go home,", "Ada Lund", "she", confidence=0.58)
MAYOR = Told("Mayor Ada Lund said: “It rained on the bridge.”", "It rained on the bridge.", "Ada Lund",
             "Mayor Ada Lund")  # fmt: skip
POLICE = Told("Police believe Prell told his wife: “It was me, darling.”", "It was me, darling.", "Gus Prell", "Prell",
              via="police")  # fmt: skip
CLERK = Told("“Books were missing here,” Clerk Nora Quade said.", "Books were missing here,", "Clerk Nora Quade")
AIDE = Told("“He will not resign today,” Lund's spokesman said.", "He will not resign today,", "Lund's spokesman",
            speaks_for="Karl Lund")  # fmt: skip
NEVER = Told("Toll has never told voters “the weir is safe now”.")
COULD = Told("Premier Agnes Toll could say “I was quite wrong” and end the matter.")
SHORT_OF = Told("Toll stopped short of saying “we failed the valley”.")
EXPECTED = Told("Captain Ruud was expected to say “the ship sails tonight”.")
WOULD_NOT = Told("Captain Ruud did not say that the crew would be paid.")
PLACARD = Told("A placard by the gate read “the mill belongs to us”.")
TOLD_LATER = Told("Toll should have said “the bridge is closed”.")
TOLD_AT_LAST = Told("“The bridge is closed,” Toll said at last.", "The bridge is closed,", "Agnes Toll", "Toll")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    ascribed = (READ_OUT, OPEN, BUDGET, FAKE, TAKEN_BACK, NOVEL, UNSURE, MAYOR, POLICE, CLERK, AIDE, TOLD_AT_LAST)
    lines = (*ascribed, NEVER, COULD, SHORT_OF, EXPECTED, WOULD_NOT, PLACARD, TOLD_LATER)
    data: Path = tmp_path_factory.mktemp("drafts") / "data"
    opened = stored(data, *(report(f"{number}.txt", line) for number, line in enumerate(lines)))
    yield opened
    opened.close()


def only(text: str, store: Store) -> Checked:
    (checked,) = verify_draft(text, store)
    return checked


def test_a_right_credit_is_never_called_wrong(store: Store) -> None:
    for (draft,) in table("drafts", "right"):
        checked = only(draft, store)
        assert (checked.verdict, checked.stands) == ("verbatim", True), draft


def test_another_mouth_is_called_wrong(store: Store) -> None:
    for (draft,) in table("drafts", "wrong speaker"):
        assert only(draft, store).verdict == "wrong_speaker", draft


def test_what_must_be_known_of_verbatim_words_stands_in_their_line(store: Store) -> None:
    for draft, caution, line in table("drafts", "caution"):
        checked = only(draft, store)
        assert checked.caution == caution, draft
        assert checked_text(checked).startswith(f"line 1: {line}: “"), draft


def test_what_does_not_count_as_said_is_never_called_verbatim(store: Store) -> None:
    for draft, verdict in table("drafts", "does not count"):
        checked = only(draft, store)
        assert (checked.verdict, checked.stands) == (verdict, False), draft
        assert "said by" not in checked_text(checked), draft


def test_words_that_an_article_gives_only_as_not_said_are_called_so(store: Store) -> None:
    for (draft,) in table("drafts", "not said"):
        checked = only(draft, store)
        assert (checked.verdict, checked.stands) == ("not_said", False), draft
        assert checked_text(checked).startswith("line 1: not said: “"), draft


def test_what_was_said_elsewhere_or_is_denied_by_the_draft_itself_stands(store: Store) -> None:
    assert only("“The bridge is closed,” Agnes Toll said.", store).verdict == "verbatim"
    assert only("Agnes Toll could say “I was quite wrong” one day.", store).verdict == "verbatim"


def test_a_credit_that_nothing_on_record_bears_out_has_to_be_looked_at(store: Store) -> None:
    credited = only("Karl Lund said: “The mill belongs to us.”", store)
    bare = only("A placard read “the mill belongs to us”.", store)
    assert (credited.verdict, credited.stands) == ("verbatim", False)
    assert (bare.verdict, bare.stands) == ("verbatim", True)


def test_one_or_two_words_are_too_short_to_tell(store: Store) -> None:
    for draft in ("Ada Lund spoke of “the bridge”.", "He said “never”.", "Vask called it “closed now”."):
        assert checked_text(only(draft, store)).startswith("line 1: too short to tell"), draft
