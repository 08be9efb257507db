"""A question of fact names people: what they are on record with is read, too."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.answering.assistant import Assistant
from rag.answering.retrieval.filters import scope_of
from rag.answering.retrieval.hybrid import said_by_those_named
from tests.small_world import query
from tests.told import Told, asking, report

RENTS = report(
    "rents.txt",
    Told("Mayor Ada Lund said rents in Portavia would fall.", "rents in Portavia would fall", "Ada Lund",
         kind="reported"),
    Told("Ada Lund said the pier would grow.", "the pier would grow", "Ada Lund", kind="reported"),
    Told("Bo Quist said rents in Portavia would rise.", "rents in Portavia would rise", "Bo Quist", kind="reported"),
    Told("French President Anne Roux said rents were no matter of hers.", "rents were no matter of hers", "Anne Roux",
         "French President Anne Roux", "reported"),
    title="Rents",
)  # fmt: skip


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    data: Path = tmp_path_factory.mktemp("voiced") / "data"
    with asking(data, RENTS) as assistant:
        yield assistant


def heard(press: Assistant, *names: str) -> list[str | None]:
    """Whose statements are read for a question of fact that names these."""
    asked = query(intent="fact", speaker=None, names=names, terms=(*names, "rents"))
    with press.store.reading() as view:
        known = press._known(view)
        return [one.speaker for one in said_by_those_named(asked, view, known, scope_of(asked, view))]


def test_those_who_are_named_are_heard_on_the_rest_of_the_question(press: Assistant) -> None:
    assert heard(press, "Lund") == ["Ada Lund"]
    assert heard(press, "Lund", "Quist") == ["Ada Lund", "Bo Quist"]
    assert heard(press) == []


def test_a_nation_is_heard_through_those_who_speak_for_it(press: Assistant) -> None:
    assert heard(press, "France") == ["Anne Roux"]
