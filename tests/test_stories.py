"""A report that several outlets print, whole or shortened, is one story wherever something is counted or listed."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rag.answering.assistant import Assistant
from rag.answering.retrieval.ranking import Meaning
from rag.answering.writing.extractive import OfflineWriter
from rag.core import Reading
from rag.core.settings import Settings
from rag.ingestion.layout import lay_out
from rag.library.statement_keys import distinct
from rag.library.stories import is_one_report
from rag.library.sync import sync
from rag.vectors.exact import ExactIndex
from tests.library_parts import (
    DIMENSION,
    EMBEDDER,
    Libraries,
    WordEmbedder,
    WordReader,
    article,
    line_spans,
    record,
    said,
)

WIRE = (
    "The harbour of Portavia will open again on 3 April, Mayor Ada Lund said on Thursday.",
    "“We have waited for two years and we will not wait for another summer,” Lund told the council.",
    "Some 400 boats lie in the next bay, and their owners have paid for their berths twice over.",
    "The dredger that broke down in the first winter has been sold to a yard in Tern for scrap.",
    "“It was the wrong ship in the wrong place,” harbour master Bo Quist said after the meeting.",
    "The council will talk about the price of the berths when it meets again at the end of the month.",
)
ADDED = "Portavia is known for its annual regatta, which brings many visitors to the coast."


def told(headline: str, *sentences: str) -> str:
    return f"{headline}\n\n" + "\n\n".join(sentences) + "\n"


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory, libraries: Libraries) -> Iterator[Assistant]:
    """A library of one report in three outlets, and of another report of the same form."""
    folder = tmp_path_factory.mktemp("stories") / "news"
    folder.mkdir()
    other = [line.replace("3 April", "9 May").replace("400", "650").replace("two", "three") for line in WIRE]
    for name, text in {
        "gull.txt": told("Harbour opens again", *WIRE),
        "tern.txt": told("Portavia’s harbour to open", *WIRE[:4]),
        "coast.txt": told("Harbour news", *WIRE, ADDED),
        "later.txt": told("Harbour opens again", *other),
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    outlets = "gull.txt,The Gull\ntern.txt,Tern Times\ncoast.txt,Coast\nlater.txt,The Gull\n"
    (folder / "articles.csv").write_text(f"source,outlet\n{outlets}", encoding="utf-8")
    settings = Settings(data=folder.parent / "data")
    store = libraries.create(settings.data)
    sync(store, folder, embedder=WordEmbedder(), settings=settings)
    writer = OfflineWriter(settings.support, settings.sure)
    made = Assistant(store, Meaning(WordEmbedder(), ExactIndex(store), WordReader()), writer, settings)
    yield made
    made.close()


def test_near_copies_are_one_story_that_an_answer_counts_once_with_who_else_carries_it(assistant: Assistant) -> None:
    with assistant.store.reading() as view:
        assert view.stories() == {
            "gull.txt": [("gull.txt", "The Gull"), ("tern.txt", "Tern Times"), ("coast.txt", "Coast")]
        }
        assert view.originals() == ["gull.txt", "later.txt"]
        assert view.originals(["coast.txt", "tern.txt"]) == ["coast.txt"]
    with assistant.store.reading() as view:
        quist = next(person for person in view.everybody() if person.name == "Bo Quist")
        (bearer,) = view.bearers("Quist")
        profile = view.profile("Bo Quist")
    assert profile is not None
    assert (quist.statements, quist.articles) == (bearer.statements, bearer.articles) == (2, 2)
    assert (profile.statements, len(profile.sources)) == (2, 2)
    counted = assistant.ask("How many articles quote Bo Quist?").text
    assert counted.startswith("Found: two of two articles that quote Bo Quist, ")
    assert "*Harbour opens again* (The Gull) (1 statement, also in Tern Times and Coast)" in counted
    listed = assistant.ask("How many times is Bo Quist quoted?").text
    assert listed.startswith("Found: two statements by Bo Quist, in ")


def test_counts_of_people_agree_with_the_list_where_copies_are_not_attributed_alike(
    tmp_path: Path, libraries: Libraries
) -> None:
    store = libraries.create(tmp_path)
    with store.writing() as changes:
        changes.set_embedder(EMBEDDER, DIMENSION)
        for source, lines in (("a.txt", (0, 1)), ("b.txt", (1, 2)), ("c.txt", (2, 3))):
            one = article(source, "Rain will fall.\nGas will flow.\nSnow will melt.\nWinds will turn.")
            spans = [line_spans(one.text)[line] for line in lines]
            first, second = (replace(said(one, span, span, "Ada Lund"), id=f"{source} {span.start}") for span in spans)
            changes.put(record(one, [first, replace(second, kind="reported", repeats=first.id)]))
        alone = article("d.txt", "Ice will crack.\nFog will lift.")
        first, second = (said(alone, span, span, "Ada Lund") for span in line_spans(alone.text))
        changes.put(record(alone, [first, replace(second, repeats=first.id)]))
        changes.correct(first.id, "Bo Quist")
        changes.settle_people()
    with store.reading() as view:
        told = distinct(view.statements(by=["Ada Lund"]))
        profile = view.profile("Ada Lund")
        (bearer,) = view.bearers("Lund")
        (lund, _) = view.everybody()
    assert profile is not None
    assert dict(profile.said) == Counter(statement.kind for statement in told) == {"direct": 4}
    assert lund == bearer
    assert (bearer.statements, bearer.articles) == (4, 2)


def test_the_keys_of_statements_are_those_of_what_is_said_and_a_run_of_words_finds_its_passages(
    assistant: Assistant,
) -> None:
    with assistant.store.reading() as view:
        for by in (["Ada Lund"], ["Bo Quist", "Ada Lund"]):
            every = [one for one in view.statements(by=by) if one.is_said and one.polarity != "asks"]
            keys = view.statement_keys(by)
            assert [(key.source, key.id, key.span, key.speaker, key.repeats) for key in keys] == [
                (one.source, one.id, one.span, one.speaker, one.repeats) for one in every
            ]
            assert any(key.repeats for key in keys)
            assert len(view.statement_keys(by, ["later.txt"])) == sum(one.source == "later.txt" for one in every) > 0
        told = Counter((one.source, one.speaker) for one in every)
        assert view.most_said(["tern.txt"]) == {
            "tern.txt": max(count for (source, _), count in told.items() if source == "tern.txt")
        }
        found = view.passages(view.passages_holding("we have waited for two years", 9)).values()
        assert sorted(passage.source for passage in found) == ["coast.txt", "gull.txt", "tern.txt"]
        assert view.passages_holding("harbour opens again", 9) == [], "a title is no passage"


def test_what_differs_in_figures_names_or_days_is_another_report() -> None:
    def reading(text: str, published: str | None = None) -> Reading:
        return Reading("a.txt", text, "d", "plain text", published=published)

    whole = told("Harbour opens again", *WIRE)
    one = lay_out(reading(whole, "2024-03-12"), None)
    assert is_one_report(one, lay_out(reading(whole, "2024-03-14"), None))
    for text, published in (
        (whole, "2024-04-12"),
        (whole.replace("400", "40"), "2024-03-12"),
        (whole.replace("Lund", "Vale").replace("Quist", "Moss").replace("Tern", "Marl").replace("Ada", "Eva"), None),
        (told("Harbour opens again", *WIRE[:2]), None),
        (told("Harbour opens again", WIRE[1], WIRE[4], *(line[::-1] for line in WIRE)), None),
    ):
        assert not is_one_report(one, lay_out(reading(text, published), None)), text


def test_a_story_ends_with_its_last_article(tmp_path: Path, libraries: Libraries) -> None:
    (tmp_path / "a.txt").write_text(told("Harbour", *WIRE), encoding="utf-8")
    (tmp_path / "b.txt").write_text(told("Harbour", *WIRE, ADDED), encoding="utf-8")
    settings = replace(Settings(), data=tmp_path / "data")
    store = libraries.create(settings.data)
    sync(store, tmp_path, embedder=WordEmbedder(), settings=settings)
    (tmp_path / "a.txt").unlink()
    sync(store, tmp_path, embedder=WordEmbedder(), settings=settings)
    with store.reading() as view:
        assert view.stories() == {}
        assert view.originals() == ["b.txt"]
        (remaining,) = view._connection.execute("SELECT count(*) FROM story").fetchone()
    assert remaining == 1
    store.close()
