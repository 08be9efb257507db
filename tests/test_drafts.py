"""Drafted cases: they load, their words stand in the articles, and no correction is overwritten."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from evals.cases import load
from evals.drafts import MOST, DraftError, make_cases

if TYPE_CHECKING:
    from rag import Assistant


@pytest.fixture(scope="module")
def drafted(assistant: "Assistant", tmp_path_factory: pytest.TempPathFactory) -> Path:
    with assistant.store.reading() as view:
        return make_cases(tmp_path_factory.mktemp("cases"), view.statements(), view.articles(view.sources()))


def test_drafts_load_as_cases_and_quote_their_articles(drafted: Path, assistant: "Assistant") -> None:
    cases = load(drafted)

    assert 20 < len(cases) <= MOST
    for case in cases:
        assert all(assistant.article(e.source).text.count(e.quote or "") == 1 for e in case.excerpts())


def test_drafts_ask_who_said_it_what_they_said_and_what_others_did_not_say(drafted: Path) -> None:
    cases = load(drafted)

    assert {case.kind for case in cases} == {"who_said", "attribution", "wrong_speaker"}
    assert all(case.is_to_be_declined == (case.kind == "wrong_speaker") for case in cases)
    assert all(case.note and "Drafted" in case.note for case in cases)


def test_every_speaker_has_a_first_draft_before_anybody_has_many(drafted: Path) -> None:
    named = [e.speakers[0] for case in load(drafted) if case.kind != "wrong_speaker" for e in case.evidence[0]]

    assert {"Dmitry Peskov", "Sergei Lavrov", "Maria Zakharova", "Ararat Mirzoyan"} <= set(named)


def test_a_corrected_file_is_not_overwritten(drafted: Path) -> None:
    before = drafted.read_text(encoding="utf-8")

    with pytest.raises(DraftError, match="is there already"):
        make_cases(drafted.parent, [], {})
    assert drafted.read_text(encoding="utf-8") == before


def test_a_library_without_statements_is_told(tmp_path: Path) -> None:
    with pytest.raises(DraftError, match="no statement with a named speaker"):
        make_cases(tmp_path, [], {})
    assert not list(tmp_path.iterdir())
