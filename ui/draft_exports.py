"""Splits a checked draft into its paragraphs, and writes it as Word and Markdown with a comment at each quotation."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag import Checked, FoundQuotation, enumerated
from ui.exports import NOT_CERTAIN, place, printable

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
    "relayed": "second-hand",
    "ambiguous": "speaker unclear",
    "uncertain": NOT_CERTAIN,
    "unattributed": "no speaker named",
}
"""Cautions for verbatim words."""

NOBODY = "Nobody is named there"
NOWHERE = "No article contains words like these."
_CLOSING = "”“\"»«’'"


@dataclass(frozen=True, slots=True)
class DraftRun:
    """Words of a draft: a quotation with its number, counted from 1, or the text between two."""

    words: str
    number: int | None = None


@dataclass(frozen=True, slots=True)
class DraftParagraph:
    """A paragraph of a draft and the quotations in it, by their numbers."""

    runs: tuple[DraftRun, ...]
    quotations: tuple[tuple[int, Checked], ...]

    @property
    def needs_a_look(self) -> bool:
        """Whether any of its quotations does."""
        return any(needs_a_look(quotation) for _, quotation in self.quotations)


def needs_a_look(quotation: Checked) -> bool:
    """Returns whether somebody should read the source before the quotation is printed."""
    return not quotation.stands or quotation.caution is not None


def verdict_of(quotation: Checked) -> str:
    """`Altered`, or `Verbatim, second-hand`."""
    caution = [CAUTIONS[quotation.caution]] if quotation.caution else []
    return ", ".join([VERDICTS[quotation.verdict], *caution])


def speaker_of(found: FoundQuotation) -> str:
    """Names the speaker on record, or everybody whom the article leaves open."""
    return found.speaker or (enumerated(found.candidates, "or") if found.candidates else NOBODY)


def comment_of(quotation: Checked) -> str:
    """Writes the verdict, what the article has instead, who said it, and the exact place."""
    found = quotation.found
    told = [f"{verdict_of(quotation)}."]
    if found is None:
        told.append(NOWHERE)
    else:
        words = f"The article has: “{' '.join(found.quote.split())}”. " if quotation.verdict == "altered" else ""
        told.append(f"{words}{speaker_of(found)}; {place(found)}.")
    return " ".join([*told, *quotation.notes])


def paragraphs(text: str, checked: Sequence[Checked]) -> Iterator[DraftParagraph]:
    """Yields the paragraphs that are not empty, in order; a quotation over several lines keeps them together."""
    numbered = list(enumerate(checked, start=1))
    start = 0
    for ending in (*(line.start() for line in re.finditer(r"\n", text)), len(text)):
        if ending < start or any(quotation.start < ending < quotation.end for quotation in checked):
            continue
        within = tuple((number, each) for number, each in numbered if start <= each.start and each.end <= ending)
        if text[start:ending].strip():
            yield DraftParagraph(tuple(_runs(text, start, ending, within)), within)
        start = ending + 1


def _runs(text: str, start: int, end: int, within: Sequence[tuple[int, Checked]]) -> Iterator[DraftRun]:
    for number, quotation in within:
        if start < quotation.start:
            yield DraftRun(text[start : quotation.start])
        yield DraftRun(text[quotation.start : quotation.end], number)
        start = quotation.end
    if start < end:
        yield DraftRun(text[start:end])


def draft_markdown(text: str, checked: Sequence[Checked]) -> str:
    """Returns the draft as it stands, with a footnote at each quotation."""
    pieces, start = [], 0
    for number, quotation in enumerate(checked, start=1):
        after = quotation.end + (text[quotation.end : quotation.end + 1] in {*_CLOSING})
        pieces += [text[start:after], f"[^check-{number}]"]
        start = after
    notes = "\n".join(f"[^check-{number}]: {comment_of(each)}" for number, each in enumerate(checked, start=1))
    return f"{''.join([*pieces, text[start:]]).rstrip()}\n\n{notes}".rstrip() + "\n"


def draft_docx(text: str, checked: Sequence[Checked]) -> bytes:
    """Makes a Word document of the draft with a comment at each quotation; those that need a look are highlighted."""
    from docx import Document
    from docx.enum.text import WD_COLOR_INDEX

    document = Document()
    for paragraph in paragraphs(text, checked):
        quotations = dict(paragraph.quotations)
        written = document.add_paragraph()
        for run in paragraph.runs:
            shown = written.add_run(printable(run.words))
            if run.number:
                quotation = quotations[run.number]
                shown.font.highlight_color = WD_COLOR_INDEX.YELLOW if needs_a_look(quotation) else None
                document.add_comment(shown, printable(comment_of(quotation)), author="onrecord", initials="or")
    content = io.BytesIO()
    document.save(content)
    return content.getvalue()
