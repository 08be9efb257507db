"""Renders the draft check: the draft itself, each quotation marked, with its verdict and source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType

from markupsafe import Markup

from rag import Checked, FoundQuotation
from rag.core import Span, Statement
from ui.exports import (
    NO_SPEAKER,
    NOWHERE,
    VERDICTS,
    Credit,
    credit_of,
    draft_paragraphs,
    needs_a_look,
    speaker_of,
    spoken_within,
    verdict_of,
)
from ui.views.markup import Template
from ui.views.source import SourceLink

DRAFT_LIMIT = 200_000
"""Longest draft in characters: a short book."""

TOO_LONG = f"A draft may have {DRAFT_LIMIT:,} characters; check it in parts."

FILES = ".txt,.md,.docx"
"""Suffixes of the files that can be opened as drafts."""

NOTHING: Mapping[str, Sequence[Statement]] = MappingProxyType({})


def draft_room_html(*, opens_files: bool = True) -> Markup:
    """Renders the room before anything is checked."""
    return _SHOW("room", DRAFT_LIMIT, FILES if opens_files else "")


def findings_html(text: str, checked: Sequence[Checked], spoken: Mapping[str, Sequence[Statement]] = NOTHING) -> Markup:
    """Renders the checked draft: the counts, then its own words with each quotation marked and judged below.

    `spoken` are the statements of the articles in which quotations were found.
    """
    verdicts = Counter(quotation.verdict for quotation in checked)
    told = ", ".join(f"{verdicts[verdict]} {name.lower()}" for verdict, name in VERDICTS.items() if verdicts[verdict])  # type: ignore[index] # the same words
    cautions = sum(1 for quotation in checked if quotation.caution)
    told += f"; {cautions} with a caution" if cautions else ""
    wrong = sum(map(needs_a_look, checked))
    credit = partial(_credit_in, spoken)
    return _SHOW("findings", checked, told, wrong, list(draft_paragraphs(text, checked)), credit)


def _classes(quotation: Checked) -> str:
    """Returns the classes of a quotation and of its finding."""
    return " ".join(
        [
            quotation.verdict,
            *(["cautious"] if quotation.caution else []),
            *(["fine"] if not needs_a_look(quotation) else []),
        ]
    )


def _href_of(found: FoundQuotation) -> str:
    return SourceLink(found.source, Span(found.start, found.end)).href


def _credit_in(spoken: Mapping[str, Sequence[Statement]], found: FoundQuotation) -> Credit:
    """Returns the article's credit at that place, with the details on record."""
    within = spoken_within(spoken.get(found.source, ()), Span(found.start, found.end))
    known = [credit_of(statement, NO_SPEAKER) for statement in within if statement.speaker == found.speaker]
    return known[0] if known else Credit(speaker_of(found))


_SHOW = Template("draft.html", NOWHERE=NOWHERE, classes=_classes, href_of=_href_of, verdict_of=verdict_of)
