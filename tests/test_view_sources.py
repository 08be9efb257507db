"""The sources: every article and file, and how each stands; then the same as HTML."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag import Assistant, Settings, SourceList, SourceStatus, build
from rag.core import ArticleListing
from tests.markup import Markup
from tests.newsroom import ORDA
from tests.processes import onrecord
from ui.views.sources import Intake, Sought, sources_room_html

ARTICLE = SourceStatus(ORDA, "indexed", ArticleListing(ORDA, "Moscow Weighs in", "Orda", None, "d", 12), 480)


@pytest.fixture
def folder(tmp_path: Path, seeds: Path) -> Path:
    """A folder of two articles."""
    place = tmp_path / "news"
    place.mkdir()
    for name in sorted(file.name for file in seeds.glob("*.txt"))[:2]:
        shutil.copy(seeds / name, place / name)
    (place / "void.txt").write_bytes(b"")
    return place


@pytest.fixture
def small(folder: Path, tmp_path: Path) -> Iterator[Assistant]:
    """A library of that folder."""
    onrecord("index", folder, "--data", tmp_path / "data")
    built = build(Settings.from_environment({}, data=tmp_path / "data"))
    yield built
    built.close()


def test_every_article_and_every_file_is_listed_with_how_it_stands(small: Assistant, folder: Path) -> None:
    shelf = SourceList(small.store)
    first, second, void = shelf.standing()
    assert (void.state, void.reason) == ("failed", "is empty")
    assert (first.state, second.state) == ("indexed", "indexed")
    assert first.listing is not None
    assert first.listing.statements > 0
    assert first.words > 100
    (folder / first.source).write_text("Other words.\n", encoding="utf-8")
    (folder / second.source).unlink()
    (folder / "new.md").write_text("A new article with some words in it.\n", encoding="utf-8")
    (folder / "picture.png").write_bytes(b"\x89PNG")
    standing = {one.source: one for one in shelf.standing()}
    assert {source: one.state for source, one in standing.items()} == {
        first.source: "changed", second.source: "gone", "new.md": "new", "void.txt": "failed",
    }  # fmt: skip
    (folder / "void.txt").write_text("Words at last.", encoding="utf-8")
    assert shelf.standing()[-1].state == "new"


def test_the_room_counts_articles_and_states_and_finds_by_title_outlet_or_file() -> None:
    page = Markup(sources_room_html([ARTICLE]))
    assert page.one("p", "count").text == "1 article · 480 words"
    assert page.one("a", "reads").attributes["href"] == f"article?name={ORDA}"
    assert page.one("p", "meta").text == f"Orda · undated · 480 words · {ORDA} · 12 statements"
    assert not page.all("p", "hint")
    others = [SourceStatus("x.txt", "new"), ARTICLE]
    for search in ("moscow", "ORDA", ORDA[:6]):
        assert [link.text for link in Markup(sources_room_html(others, Sought(search))).all("a", "reads")] == [
            "Moscow Weighs in"
        ], search
    assert (
        Markup(sources_room_html(others, Sought("nowhere"))).one("p", "nothing").text
        == "No source has these words in its name, title, outlet or date."
    )
    others = [ARTICLE, SourceStatus("x.txt", "new"), SourceStatus("y.txt", "failed", reason="is empty")]
    page = Markup(sources_room_html(others))
    assert [link.attributes["href"] for link in page.all("a") if "state=" in link.attributes["href"]] == [
        "#sources?state=new",
        "#sources?state=failed",
    ]
    failed = Markup(sources_room_html(others, Sought(state="failed")))
    assert [name.text for name in failed.all("p", "name")] == ["y.txt"]
    assert (
        Markup(sources_room_html([ARTICLE], Sought(state="gone"))).one("p", "nothing").text
        == "No source is in that state."
    )


def test_only_what_the_reader_may_remove_has_a_button_and_a_file_of_many_has_one() -> None:
    mine = [SourceStatus(f"uploads/w.jsonl#{number}", "indexed", ARTICLE.listing, 5) for number in (1, 2)]
    shown = [ARTICLE, *mine, SourceStatus("uploads/hers.txt", "new")]
    page = Markup(sources_room_html(shown, intake=Intake([".txt"], 20_000_000, {"uploads/w.jsonl"}, watched=True)))
    offered = [
        one.attributes["data-source"] for one in page.all("button") if one.attributes.get("data-act") == "unload"
    ]
    assert offered == ["uploads/w.jsonl"]
    assert "picked up automatically" in page.one("span", "now").text
    assert not page.all("p", "hint"), "there is a button for it"
    assert not Markup(sources_room_html(shown)).all("section", "intake")
