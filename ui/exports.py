"""Writes answers and checked drafts as text to paste and as files: who said what, how it is told, where it stands."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from rag import NOT_CERTAIN, STANDINGS, Checked, FoundQuotation, answer_json, called, enumerated
from rag.core import Answer, Citation, Kind, Span, Statement, titled
from ui.chat import Exchange

KIND_WORDS: dict[Kind, str] = {
    "direct": "direct quote",
    "mixed": "reported, partly quoted",
    "reported": "reported",
    "narration": "the article’s own words",
}
UNNAMED_SPEAKER = NOT_CERTAIN.capitalize()
"""The speaker of a quote that names nobody; reported speech without a name is credited to the article."""

UNSURE_WHICH = "not certain which"

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

NO_SPEAKER = "Nobody is named there"
NOWHERE = "No article contains words like these."

COLUMNS = (
    "question", "number", "speaker", "remarks", "candidates", "speaks_for", "standing", "kind", "via", "quote",
    "outlet", "title", "published", "source", "line", "start", "end", "url", "digest",
)  # fmt: skip

_CLOSING = "”“\"»«’'"
# In Markdown these would turn an article's words into a fetched picture, a link or a heading.
_MARKS = re.compile(r"[\\`*_\[\]<>#|]")
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


Voice = Citation | Statement
"""An object with a speaker and the way the words are given."""


@dataclass(frozen=True, slots=True)
class Credit:
    """The people to whom words are credited. `is_open` means that only one of several in `who` spoke.

    `remarks` must stand beside the name, `standing` too where the words do not count as said; `facts` are how the
    article gives the words.
    """

    who: str
    is_open: bool = False
    remarks: tuple[str, ...] = ()
    standing: str = ""
    facts: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """`Ada Lund`, or `Ada Lund or Bo Lund, not certain which`."""
        return f"{self.who}, {UNSURE_WHICH}" if self.is_open else self.who

    @property
    def warnings(self) -> tuple[str, ...]:
        """The warnings that must appear beside the bare name."""
        return tuple(filter(None, (self.name if self.is_open else "", *self.remarks, self.standing)))

    @property
    def text(self) -> str:
        """`Ada Lund (speaker not certain; reported, via Reuters)`."""
        told = "; ".join(filter(None, (*self.remarks, self.standing, ", ".join(self.facts))))
        return f"{self.name} ({told})" if told else self.name


def credit_of(voice: Voice, otherwise: str = UNNAMED_SPEAKER) -> Credit:
    """Tells the credit of a statement; to `otherwise` if nobody is named."""
    who = voice.speaker or (enumerated(voice.candidates, "or") if voice.candidates else otherwise)
    for_whom = [f"speaks for {called(voice.speaks_for)}"] if voice.speaks_for else []
    via = [f"via {voice.via}"] if voice.via else []
    return Credit(
        who,
        is_open=not voice.speaker and len(voice.candidates) > 1,
        remarks=() if voice.is_certain else (NOT_CERTAIN,),
        standing=STANDINGS.get(voice.standing, ""),
        facts=(*for_whom, KIND_WORDS[voice.kind], *via),
    )


def citation_credit(citation: Citation) -> Credit:
    """Tells the credit of a citation: its speaker, or the article for its own words."""
    return credit_of(citation, origin(citation) if is_narrated(citation) else UNNAMED_SPEAKER)


def is_narrated(citation: Citation) -> bool:
    """Returns whether the article itself is credited."""
    unnamed = citation.speaker is None and not citation.candidates
    return citation.kind == "narration" or (unnamed and citation.kind != "direct")


def narrated(citation: Citation) -> Citation:
    """Returns the citation with the article itself credited."""
    return replace(citation, kind="narration", speaker=None, candidates=(), via=None, speaks_for=None, standing="said")


def origin(citation: Citation) -> str:
    """Names where the words were printed."""
    return citation.outlet or citation.title or citation.source


def spoken_within(statements: Iterable[Statement], span: Span) -> list[Statement]:
    """Returns the statements of an article that overlap the span."""
    return [statement for statement in statements if any(part.overlaps(span) for part in statement.content)]


def credited(citation: Citation) -> str:
    """Names the speaker, the warnings and how the article gives the words; only the article for its own words."""
    credit = citation_credit(citation)
    return credit.who if citation.kind == "narration" and not credit.warnings else credit.text


def quoted(citation: Citation) -> str:
    """Returns the words as one line: in quotation marks if they are a speaker's own."""
    words = " ".join(citation.quote.split())
    return f"“{words}”" if citation.kind == "direct" else words


def place(citation: Citation | FoundQuotation) -> str:
    """Lists outlet, title, date, file, line and characters, as far as they are known."""
    title = f"“{citation.title}”" if citation.title else None
    where = f"{citation.source}, line {citation.line}, characters {citation.start}–{citation.end}"
    known = [citation.outlet, title, citation.published, where, citation.url]
    return ", ".join(part for part in known if part)


def footnote(citation: Citation) -> str:
    """Writes the speaker, how the article gives the words, the words, and their exact place."""
    return f"{credited(citation)}: {quoted(citation)} {place(citation)}."


def markdown(answer: Answer, prefix: str = "") -> str:
    """Returns the answer with footnotes, `[^1]`; the articles' words cannot become links, pictures or headings.

    Footnote names are global in a document; `prefix` keeps those of several answers apart.
    """
    lines = [
        _marked_down(titled(sentence.text, answer.citations))
        + "".join(f" [^{prefix}{number}]" for number in sentence.citations)
        for sentence in answer.sentences
    ]
    notes = (f"[^{prefix}{citation.number}]: {_escaped(footnote(citation))}" for citation in answer.citations)
    ours = [_marked_down(titled(note, ())) for note in (*answer.corrections, *answer.notes)]
    return "\n\n".join([*lines, *ours, "\n".join(notes)]).strip() + "\n"


def plain(answer: Answer) -> str:
    """Returns the answer with numbers in brackets, and the citations below it."""
    lines = (f"{_bare(sentence.text, answer.citations)}{_numbers(sentence.citations)}" for sentence in answer.sentences)
    notes = "\n".join(f"[{citation.number}] {footnote(citation)}" for citation in answer.citations)
    ours = (_bare(note, ()) for note in (*answer.corrections, *answer.notes))
    return "\n\n".join(part for part in ("\n".join(lines), *ours, notes) if part) + "\n"


def conversation_markdown(title: str, exchanges: Iterable[Exchange]) -> str:
    """Returns a whole conversation, one heading a question."""
    parts = [f"# {_escaped(title)}\n"]
    for exchange in exchanges:
        parts.append(f"## {_escaped(' '.join(exchange.question.split()))}\n")
        if exchange.answer is not None:
            parts.append(markdown(exchange.answer, f"{exchange.number}-"))
        elif exchange.trouble is not None:
            parts.append(f"{_escaped(exchange.trouble)}\n")
    return "\n".join(parts)


def rows(exchanges: Iterable[Exchange]) -> Iterator[dict[str, Any]]:
    """Yields one row a citation, for a sheet of the quotes."""
    for exchange in exchanges:
        for citation in exchange.answer.citations if exchange.answer else ():
            remarks = "; ".join(citation_credit(citation).warnings)
            known = asdict(citation) | {"question": exchange.question, "remarks": remarks}
            yield {column: known[column] for column in COLUMNS}


def csv_text(columns: Sequence[str], lines: Iterable[Mapping[str, Any]]) -> str:
    """Returns a table for a spreadsheet; words that it would take for a formula begin with an apostrophe."""
    table = io.StringIO()
    writer = csv.DictWriter(table, columns)
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in line.items()} for line in lines)
    return table.getvalue()


def json_text(title: str, exchanges: Iterable[Exchange]) -> str:
    """Returns the answers in full, as `onrecord ask --json` prints them, one after the other."""
    given = [exchange.answer for exchange in exchanges if exchange.answer]
    answers = [answer_json(answer) for answer in given]
    return json.dumps({"conversation": title, "answers": answers}, ensure_ascii=False, indent=1)


def docx_bytes(title: str, exchanges: Iterable[Exchange]) -> bytes:
    """Makes a quote sheet for reading and printing: each question with its quotes, speakers and places."""
    from docx import Document

    document = Document()
    document.add_heading(_in_word(title), 1)
    for exchange in exchanges:
        document.add_heading(_in_word(exchange.question), 2)
        if exchange.answer is None:
            document.add_paragraph(_in_word(exchange.trouble or ""))
            continue
        cited = exchange.answer.citations
        for sentence in exchange.answer.sentences:
            _add_runs(document.add_paragraph(), sentence.text, cited, _numbers(sentence.citations))
        for note in (*exchange.answer.corrections, *exchange.answer.notes):
            _add_runs(document.add_paragraph(), note, (), "")
        if cited:
            _add_table(document, cited)
    return _word_file(document)


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
    return found.speaker or (enumerated(found.candidates, "or") if found.candidates else NO_SPEAKER)


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


def draft_paragraphs(text: str, checked: Sequence[Checked]) -> Iterator[DraftParagraph]:
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
    for paragraph in draft_paragraphs(text, checked):
        quotations = dict(paragraph.quotations)
        written = document.add_paragraph()
        for run in paragraph.runs:
            shown = written.add_run(_in_word(run.words))
            if run.number:
                quotation = quotations[run.number]
                shown.font.highlight_color = WD_COLOR_INDEX.YELLOW if needs_a_look(quotation) else None
                document.add_comment(shown, _in_word(comment_of(quotation)), author="onrecord", initials="or")
    return _word_file(document)


def _add_runs(paragraph: Any, sentence: str, citations: Sequence[Citation], numbers: str) -> None:  # noqa: ANN401 - python-docx names no types
    for words, is_title in (*titled(sentence, citations), (numbers, False)):
        paragraph.add_run(_in_word(words)).italic = is_title or None


def _add_table(document: Any, citations: Sequence[Citation]) -> None:  # noqa: ANN401 - python-docx names no types
    table = document.add_table(rows=1, cols=4, style="Light Grid")
    for cell, heading in zip(table.rows[0].cells, ("", "Who", "Words", "Where"), strict=True):
        cell.text = heading
    for citation in citations:
        words = (str(citation.number), credited(citation), quoted(citation), place(citation))
        for cell, text in zip(table.add_row().cells, words, strict=True):
            cell.text = _in_word(text)


def _marked_down(runs: Iterable[tuple[str, bool]]) -> str:
    return "".join(f"*{_escaped(words)}*" if is_title else _escaped(words) for words, is_title in runs)


def _bare(sentence: str, citations: Sequence[Citation]) -> str:
    return " ".join("".join(words for words, _ in titled(sentence, citations)).splitlines())


def _numbers(numbers: Iterable[int]) -> str:
    return "".join(f" [{number}]" for number in numbers)


def _escaped(words: str) -> str:
    return _MARKS.sub(r"\\\g<0>", words)


def _cell(value: object) -> object:
    value = "; ".join(value) if isinstance(value, list | tuple) else value
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def _in_word(words: str) -> str:
    """Returns the words as Word can carry them."""
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", words)


def _word_file(document: Any) -> bytes:  # noqa: ANN401 - python-docx names no types
    content = io.BytesIO()
    document.save(content)
    return content.getvalue()
