"""Quotation marks of every style, and what only looks like one."""

from rag.core import Article, Block, Span
from rag.text.quotation_marks import quotations, widened_to_quotations
from tests.case_files import table
from tests.library_parts import lines_of


def _quoted(text: str) -> list[str]:
    article = lines_of(text)
    return [article.cut(quotation.inner) for quotation in quotations(article)]


def test_a_quotation_is_found_in_marks_of_every_style_and_an_apostrophe_is_none() -> None:
    for (text,) in table("quotation_marks", "marked"):
        assert _quoted(text) == ["We are ready to talk."], text
    for (text,) in table("quotation_marks", "apostrophes"):
        assert _quoted(text) == [], text
    for text, quoted in table("quotation_marks", "straight"):
        assert _quoted(text) == quoted, text
    assert _quoted("‘I don’t know the ministers’ plans,’ he said.") == ["I don’t know the ministers’ plans,"]
    assert _quoted("“He told me ‘never again’ and left,” she said.") == ["He told me ‘never again’ and left,"]
    assert _quoted("\"He told me 'never again' and left,\" she said.") == ["He told me 'never again' and left,"]
    assert _quoted("“We are ready,” he said, “to talk.”") == ["We are ready,", "to talk."]
    assert _quoted("“A mark that is never closed.\n\nA paragraph of narration.") == []
    assert _quoted('He said, "We are ready." Then the 5" pipe broke.') == ["We are ready."]


def test_only_the_body_is_looked_at_and_a_quotation_over_paragraphs_gives_a_piece_each() -> None:
    article = lines_of("He said: “First we talk.\n\n“Then we sign.\n\n“Then we go home.”\n\nNobody replied.")
    found = quotations(article)
    assert [article.cut(quotation.inner) for quotation in found] == [
        "First we talk.",
        "Then we sign.",
        "Then we go home.",
    ]
    assert [quotation.continues for quotation in found] == [True, True, False]
    text = "“Never,” says minister\n“Never,” he said."
    title, body = Block(0, 22, "title"), Block(23, 40, "body")
    within = quotations(Article("a.txt", text, "digest", "text", (title, body)))
    assert [quotation.outer.start for quotation in within] == [23]


def test_a_slice_is_widened_to_whole_quotations_and_one_that_is_a_quotation_loses_its_marks() -> None:
    text = "confirmed that none had met “in recent days.”"
    found = quotations(lines_of(text))
    half = Span(text.index("that"), text.index(" days"))
    assert widened_to_quotations(text, half, found) == Span(text.index("that"), len(text))
    text = "described it as “anti-terror” then"
    found = quotations(lines_of(text))
    whole = Span(text.index("“"), text.index("”") + 1)
    assert widened_to_quotations(text, whole, found) == Span(text.index("anti"), text.index("”"))
