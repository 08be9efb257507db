"""What an answer rests on, as escaped HTML: one card a citation, and sources that differ side by side."""

from __future__ import annotations

from rag.core import Answer, Citation
from ui.copies import footnote, place
from ui.credit import classes_of
from ui.escape import attribute, text
from ui.said import chip_html, citation_tag


def cards_html(answer: Answer, counted: str) -> str:
    """Every citation in a fold whose summary is `counted`; the page shows one of them at its chip, too."""
    cards = "".join(_card_html(citation) for citation in answer.citations)
    return (
        f'<details class="cited"><summary><span class="checked">✓ {text(counted)} checked against the file</span>'
        f'</summary><ol class="cards">{cards}</ol></details>'
    )


def differences_html(answer: Answer) -> str:
    """Citations that cannot all be true, set beside each other."""
    by_number = {citation.number: citation for citation in answer.citations}
    groups = []
    for group in answer.differences:
        sides = "".join(_side_html(by_number[number], answer) for number in group)
        groups.append(f'<div class="sides">{sides}</div>')
    if not groups:
        return ""
    return f'<section class="differ"><h3>The articles differ</h3>{"".join(groups)}</section>'


def _card_html(citation: Citation) -> str:
    return (
        f'<li class="card {classes_of(citation)}" data-citation="{citation.number}" value="{citation.number}">'
        f"{citation_tag(citation, 'p')}"
        f'<blockquote dir="auto">{_words(citation)}</blockquote><p class="where">{text(place(citation))}</p>'
        f'<button type="button" class="quiet" data-act="footnote" data-words="{attribute(footnote(citation))}"'
        f' aria-label="Copy citation {citation.number} as a footnote">Copy as footnote</button></li>'
    )


def _side_html(citation: Citation, answer: Answer) -> str:
    return (
        f'<figure class="side said {classes_of(citation)}">{citation_tag(citation)}'
        f'<blockquote dir="auto">{_words(citation)}{chip_html(citation, answer.citations)}</blockquote></figure>'
    )


def _words(citation: Citation) -> str:
    """The cited words; quotation marks are ours where the file's own stand outside the slice."""
    return f"“{text(citation.quote)}”" if citation.kind == "direct" else text(citation.quote)
