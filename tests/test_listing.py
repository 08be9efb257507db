"""The whole record, filtered: topics under all their names, the true count, and what is only near kept apart."""

import csv
import datetime as dt
import io
from dataclasses import replace
from pathlib import Path

import pytest

from rag.answering.retrieval.counts import learn, tells, topic_groups
from rag.answering.retrieval.statements import StatementListing, Wanted, list_statements, perhaps
from rag.answering.understanding.entity_index import EntityIndex
from rag.attribution.full_names import Abbreviation
from rag.core import Statement
from rag.core.articles import SURE_ENOUGH
from rag.core.errors import UsageError
from rag.library.store import Store
from rag.library.writer import Record
from tests.library_parts import article, line_spans, record, said
from tests.processes import onrecord
from tests.told import stored

NOBODY = EntityIndex(())


def recorded(source: str, *lines: str, published: str | None = None, speaker: str = "Ada Lund") -> Record:
    """An article in which every line is a statement."""
    one = article(source, "\n".join(lines), published=published)
    return record(
        one, [replace(said(one, span, span, speaker), id=f"{source}{span.start}") for span in line_spans(one.text)]
    )


def found(store: Store, wanted: Wanted) -> StatementListing:
    with store.reading() as view:
        return list_statements(view, wanted)


def texts(store: Store, statements: tuple[Statement, ...]) -> list[str]:
    with store.reading() as view:
        return [view.article(one.source).cut(one.span) for one in statements]


def test_a_topic_is_found_under_its_names_and_a_short_form_of_two_things_finds_both(tmp_path: Path) -> None:
    first = recorded("a.txt", "The Harbour Trust Fund is full.", "The HTF paid.", "The htf paid.", "The EU paid.")
    explained = replace(first, abbreviations=(Abbreviation("Harbour Trust Fund", "HTF"),))
    store = stored(tmp_path / "data", explained, recorded("b.txt", "The European Union paid."))
    for about in ("HTF", "Harbour Trust Fund", "the harbour trust fund"):
        told = texts(store, found(store, Wanted(about=about)).statements)
        assert told == ["The Harbour Trust Fund is full.", "The HTF paid."], about
    assert len(found(store, Wanted(about="EU")).statements) == 2
    with store.reading() as view:
        assert view.abbreviations() == [("Harbour Trust Fund", "HTF")]
    store = stored(
        tmp_path / "data", recorded("a.txt", "Tell us who starts.", "The U.S. signed START.", "Americans ask.")
    )
    assert texts(store, found(store, Wanted(about="US")).statements) == ["The U.S. signed START.", "Americans ask."]
    assert texts(store, found(store, Wanted(about="START")).statements) == ["The U.S. signed START."]
    assert found(store, Wanted(about="WHO")).statements == ()
    learned = learn([("Associated Press", "AP"), ("Andhra Pradesh", "AP")])
    assert topic_groups("AP", NOBODY, learned) == (("AP", "A.P.", "Associated Press", "Andhra Pradesh"),)
    assert topic_groups("Associated Press", NOBODY, learned) == (("Associated Press", "AP", "A.P."),)
    assert topic_groups("Andhra Pradesh", NOBODY, learned) == (("Andhra Pradesh",),)
    assert tells("He told the Associated Press so.", topic_groups("AP", NOBODY, learned))


def test_dates_bound_the_list_and_statements_are_listed_once_and_counted(tmp_path: Path) -> None:
    store = stored(
        tmp_path / "data",
        recorded("a.txt", "Spring tides.", published="2024-03-31T23:59:00+02:00"),
        recorded("b.txt", "Summer tides.", published="2024-07-01"),
        recorded("c.txt", "Undated tides."),
    )
    listing = found(store, Wanted(about="tides", since=dt.date(2024, 3, 31), until=dt.date(2024, 3, 31)))
    assert texts(store, listing.statements) == ["Spring tides."]
    assert texts(store, listing.undated) == ["Undated tides."]
    assert found(store, Wanted(about="tides")).undated == ()
    many = recorded("a.txt", *(f"Tide {number} is high." for number in range(150)))
    again = replace(many.statements[7], repeats=many.statements[3].id)
    statements = (*many.statements[:7], again, *many.statements[8:])
    store = stored(tmp_path / "many", replace(many, statements=statements))
    listing = found(store, Wanted(by="lund", about="tide"))
    assert (len(listing.statements), listing.count) == (150, 149)
    store = stored(tmp_path / "data", recorded("a.txt", "Tides."))
    with pytest.raises(UsageError, match="no word to look for"):
        found(store, Wanted(about="of the"))


def test_a_speaker_of_whom_attribution_is_unsure_is_not_named(tmp_path: Path) -> None:
    sure = recorded("a.txt", "Sure.", "Unsure.")
    unsure = replace(sure.statements[1], confidence=SURE_ENOUGH["direct"] - 0.01, speaker_as_written="he")
    store = stored(tmp_path / "data", replace(sure, statements=(sure.statements[0], unsure)))
    assert [one.id for one in found(store, Wanted(by="Ada Lund")).statements] == ["a.txt0"]
    (kept,) = found(store, Wanted(about="unsure")).statements
    assert (kept.speaker, kept.speaker_as_written, kept.confidence) == (None, "he", SURE_ENOUGH["direct"] - 0.01)
    with store.reading() as view:
        assert view.summary().speakers == ("Ada Lund",)


class MeaningEmbedder:
    """Two meanings, the sea and everything else; titles and words play no part."""

    name = "meaning"
    dimension = 2

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return [1.0, 0.0] if any(word in text.lower() for word in ("tide", "wave", "surf")) else [0.0, 1.0]


def test_what_is_near_in_meaning_is_offered_apart_and_never_counted(tmp_path: Path) -> None:
    import numpy as np

    embedder = MeaningEmbedder()
    store = Store.create(tmp_path / "data")
    records = [
        recorded("a.txt", "The tide is high.", "Waves are breaking.", "Bread is cheap."),
        recorded("b.txt", "The surf is up.", speaker="Bo Quist"),
    ]
    with store.writing() as changes:
        changes.set_embedder(embedder.name, embedder.dimension)
        for one in records:
            vectors = np.array(embedder.embed_documents([passage.text for passage in one.passages]), np.float32)
            changes.put(replace(one, vectors=vectors))
        changes.settle_people()
    wanted = Wanted(by="Lund", about="tide")
    with store.reading() as view:
        listing = list_statements(view, wanted)
        near = perhaps(view, wanted, listing, embedder)
        assert perhaps(view, Wanted(about="tide"), listing, embedder) == []
    assert texts(store, listing.statements) == ["The tide is high."]
    assert texts(store, tuple(near)) == ["Waves are breaking."]


def test_a_speaker_may_be_named_by_office_and_rows_say_whether_they_are_perhaps_where_it_was_asked(
    library_dir: Path,
) -> None:
    by_office = onrecord("statements", "--by", "Russian foreign minister", "--json", "--data", library_dir)
    by_name = onrecord("statements", "--by", "lavrov", "--json", "--data", library_dir)
    assert by_office.lines == by_name.lines != []
    rows = onrecord("statements", "--by", "lavrov", "--about", "european union", "--json", "--data", library_dir).lines
    assert any("weighing the pros and cons" in row["content"] and "European" not in row["content"] for row in rows)
    words = ("statements", "--by", "peskov", "--about", "peacekeepers", "--data", library_dir)
    plain, asked = onrecord(*words, "--json"), onrecord(*words, "--json", "--perhaps")
    table = onrecord(*words, "--csv", "--perhaps").stdout.splitlines()[0]
    assert all("perhaps" not in row for row in plain.lines)
    assert [row for row in asked.lines if not row["perhaps"]] == [row | {"perhaps": False} for row in plain.lines]
    assert table.endswith(",content,perhaps")
    assert plain.stderr == asked.stderr


def test_several_who_may_have_spoken_stand_in_one_cell_of_a_table(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "visit.txt").write_text("Visit\n\nRuth Voss met Karen Lyng in gaol. “They starve us,” she said.\n")
    onrecord("index", folder, "--data", tmp_path / "data")
    (row,) = csv.DictReader(io.StringIO(onrecord("statements", "--csv", "--data", tmp_path / "data").stdout))
    assert (row["speaker"], row["candidates"]) == ("", "Ruth Voss; Karen Lyng")
