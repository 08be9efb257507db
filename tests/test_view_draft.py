"""Check a draft, as HTML."""

from dataclasses import replace
from typing import Any

from rag import Checked, DiffPart, FoundQuotation
from rag.core import Span
from tests.markup import Markup
from tests.newsroom import ORDA, SOVEREIGN, Newsroom
from ui.exports import CAUTIONS, VERDICTS
from ui.views.draft import findings_html

FOUND = FoundQuotation(
    ORDA, 11, 1985, 2251, SOVEREIGN, "Moscow Weighs in", "Orda", None, None, "Sergei Lavrov", None
)  # fmt: skip
QUOTATION = Checked("a sovereign decision", 1, 1, 21, "Peskov", "Peskov", "verbatim", FOUND)


TEXT = "“a sovereign decision” is what Peskov called it"


def quotation(**changes: Any) -> Checked:  # noqa: ANN401 - any field
    return replace(QUOTATION, **changes)


def shown(*quotations: Checked) -> Markup:
    return Markup(findings_html(TEXT, quotations))


def test_each_says_how_it_stands_and_verbatim_words_with_a_caution_say_so() -> None:
    for verdict in VERDICTS:
        page = shown(quotation(verdict=verdict))
        assert page.one("b", "verdict").text == f"1 · {VERDICTS[verdict]}", verdict
        assert "credited to Peskov" in page.one("li").text, verdict
        assert page.one("a", "chip").attributes["href"].startswith(f"source?name={ORDA}&at=1985-2251"), verdict
        assert "Sergei Lavrov" in page.one("div", "beside").text, verdict
    for caution in CAUTIONS:
        page = shown(quotation(caution=caution), quotation())
        first, second = page.all("b", "verdict")
        assert (first.text, second.text) == (f"1 · Verbatim, {CAUTIONS[caution]}", "2 · Verbatim"), caution
        assert page.one("p", "count").text == "2 quotations: 2 verbatim; 1 with a caution", caution


def test_words_found_are_credited_with_all_that_the_record_knows_of_them() -> None:
    said = replace(Newsroom().said("Sergei Lavrov"), standing="withdrawn", confidence=0.5, via="Tass")
    said = replace(said, content=(Span(1985, 2251),))
    other = replace(said, id="other", speaker="Ada Lund", standing="disputed")
    page = Markup(findings_html(TEXT, [quotation()], {ORDA: [other, said]}))
    beside = page.one("div", "beside").text
    assert "Sergei Lavrov (speaker not certain) read as withdrawn since" in beside
    assert "via Tass" in beside
    assert "disputed" not in beside


def test_the_draft_itself_is_shown_with_what_was_altered_and_what_needs_no_look_can_be_hidden() -> None:
    pieces = (
        DiffPart("same", "a"),
        DiffPart("draft", "bold"),
        DiffPart("article", "sovereign"),
        DiffPart("same", "decision"),
    )
    page = shown(quotation(verdict="altered", difference=pieces))
    assert (page.one("del").text, page.one("ins").text) == ("bold", "sovereign")
    text = "One.\n\nLund saw “the sea”, he said.\n\nShe saw “a long\nroad” there.\nLast."
    sea, road = (
        replace(quotation(text=words), start=text.index(words), end=text.index(words) + len(words))
        for words in ("the sea", "a long\nroad")
    )
    page = Markup(findings_html(text, [sea, replace(road, verdict="altered")]))
    assert [each.text for each in page.all("p") if each.attributes.get("dir") == "auto" and not each.classes] == [
        "One.", "Lund saw “the sea1”, he said.", "She saw “a long\nroad2” there.", "Last.",
    ]  # fmt: skip
    assert [(each.text, "fine" in each.classes) for each in page.all("mark")] == [
        ("the sea", True),
        ("a long\nroad", False),
    ]
    assert [("fine" in each.classes) for each in page.all("li", "said")] == [True, False]
    assert "Only what needs a look (1)" in page.one("label", "only").text
