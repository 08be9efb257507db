"""Renders the draft check: each quotation with its verdict and source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from markupsafe import Markup

from rag import Checked, FoundQuotation
from rag.core import Span, Statement
from ui.exports import NOT_CERTAIN, Credit, credit_of, spoken_within
from ui.views.markup import Template
from ui.views.source import SourceLink

DRAFT_LIMIT = 200_000
"""Longest draft in characters: a short book."""

FILES = ".txt,.md,.docx"
"""Suffixes of the files that can be opened as drafts."""

NOTHING: Mapping[str, Sequence[Statement]] = MappingProxyType({})

VERDICTS = {
    "verbatim": "Verbatim",
    "altered": "Altered",
    "wrong_speaker": "Wrong speaker",
    "not_said": "Not said",
    "withdrawn": "Withdrawn",
    "disputed": "Disputed",
    "fabricated": "Made up",
    "fictional": "Fiction",
    "too_short": "Too short to tell",
    "not_found": "Not found",
}

CAUTIONS = {
    "relayed": "only passed on",
    "ambiguous": "speaker left open",
    "uncertain": NOT_CERTAIN,
    "unattributed": "no speaker named",
}
"""Cautions for verbatim words."""


def draft_room_html(*, opens_files: bool = True) -> Markup:
    """Renders the room before anything is checked."""
    return _SHOW("room", DRAFT_LIMIT, FILES if opens_files else "")


def findings_html(checked: Sequence[Checked], spoken: Mapping[str, Sequence[Statement]] = NOTHING) -> Markup:
    """Renders the verdicts on the quotations: the count first, then each in the order of the draft.

    `spoken` are the statements of the articles in which they were found.
    """
    verdicts = Counter(quotation.verdict for quotation in checked)
    told = ", ".join(f"{verdicts[verdict]} {name.lower()}" for verdict, name in VERDICTS.items() if verdicts[verdict])  # type: ignore[index] # the same words
    cautions = sum(1 for quotation in checked if quotation.caution)
    told += f"; {cautions} with a caution" if cautions else ""
    return _SHOW("findings", checked, told, lambda found: _credit(found, spoken.get(found.source, ())))


def _href_of(found: FoundQuotation) -> str:
    return SourceLink(found.source, Span(found.start, found.end)).href


def _credit(found: FoundQuotation, spoken: Sequence[Statement]) -> Credit:
    """Returns the article's credit at that place, with the details on record."""
    nobody = "Nobody is named there"
    within = spoken_within(spoken, Span(found.start, found.end))
    known = [credit_of(statement, nobody) for statement in within if statement.speaker == found.speaker]
    return known[0] if known else Credit(found.speaker or nobody)


_SHOW = Template("draft.html", CAUTIONS=CAUTIONS, VERDICTS=VERDICTS, href_of=_href_of)
