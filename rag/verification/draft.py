"""Checks the quotations of a draft against the library: verbatim, altered, wrong speaker, not found."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import IO, Final, Literal, NamedTuple

from rag.answering.claims.credits import enumerated
from rag.attribution.statements import attribute
from rag.core import Article, Block, Place, Reading, Span, Statement
from rag.core.errors import UnreadableFile, UsageError
from rag.ingestion.layout import find_lines
from rag.ingestion.readers import read_file
from rag.ingestion.segmentation import sentences
from rag.library.store import Store
from rag.text import tokens
from rag.text.quotation_marks import quotations
from rag.verification.comparing import (
    DiffPart,
    FoundQuotation,
    Reference,
    Wording,
    common_words,
    difference,
    is_one_name,
    nearest_words,
    notes,
    wording,
)

DraftVerdict = Literal[
    "verbatim",
    "altered",
    "wrong_speaker",
    "not_said",
    "too_short",
    "not_found",
    "withdrawn",
    "disputed",
    "fabricated",
    "fictional",
]
Caution = Literal["relayed", "ambiguous", "uncertain", "unattributed"]

DRAFTS = (".md", ".txt", ".docx")
"""Suffixes of the files that are read as drafts."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A quotation of a draft and its verdict.

    `text` is the quotation without its marks, at `start`:`end` of the draft. `credited` is the speaker that the
    draft names, `credited_as_written` the words it uses; None where that could not be read.
    "verbatim": the words stand in `found`, and nothing on record speaks against the credit. "altered": `found` has the
    nearest words, `difference` tells how they differ. "wrong_speaker": the record credits `found.speaker`. "not_said":
    only as what was not said, or could be. "too_short": one or two words, which prove nothing. "withdrawn", "disputed",
    "fabricated", "fictional": the words do not count as said. `caution` qualifies verbatim words:
    they are passed on and the draft does not say so ("relayed"), the article leaves open who said them ("ambiguous"),
    the record is not sure ("uncertain") or names nobody ("unattributed"). `notes` list permitted differences.
    """

    text: str
    line: int
    start: int
    end: int
    credited: str | None
    credited_as_written: str | None
    verdict: DraftVerdict
    found: FoundQuotation | None = None
    difference: tuple[DiffPart, ...] = ()
    notes: tuple[str, ...] = ()
    elsewhere: tuple[FoundQuotation, ...] = ()
    caution: Caution | None = None

    @property
    def stands(self) -> bool:
        """Whether it may be printed as it is; a quotation that is too short counts as printable.

        A credit without a statement on record needs a look even if the words are there.
        """
        credits_somebody = bool(self.credited or self.credited_as_written)
        is_borne_out = not (self.caution == "unattributed" and credits_somebody)
        return self.verdict in {"verbatim", "too_short"} and is_borne_out


@dataclass(frozen=True, slots=True)
class Quoted:
    """What a draft quotes: the words without their marks, where they stand, and the draft's own statement of them."""

    text: str
    line: int
    span: Span
    said: Statement | None

    @property
    def credited(self) -> str | None:
        """The speaker that the draft names, by the fullest name it gives."""
        return self.said.speaker if self.said else None

    @property
    def credited_as_written(self) -> str | None:
        """The words by which the draft names the speaker here."""
        return self.said.speaker_as_written or None if self.said else None


def quotations_of_draft(text: str) -> tuple[Quoted, ...]:
    """Returns every quotation in a draft, in order; of nested ones the outermost."""
    draft = _article(text)
    said = attribute(draft, sentences(draft)).statements
    found = (quotation.inner for quotation in quotations(draft))
    return tuple(Quoted(draft.cut(span), draft.line_of(span.start), span, _said(span, said)) for span in found)


def draft_text(path: Path) -> str:
    """Returns the text of a draft. Raises UsageError, with the reason, for a file that cannot be read as one."""
    try:
        return _text(path)
    except UnreadableFile as error:
        raise UsageError(f"{path} {error}.") from error


def read_draft(name: str, content: IO[bytes]) -> str:
    """Returns the text of a draft given as bytes; its name gives the format. Raises UnreadableFile."""
    suffix = Path(name).suffix.lower()
    if suffix not in DRAFTS:
        raise UnreadableFile(f"is no draft that is read; those that are: {', '.join(DRAFTS)}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"draft{suffix}"
        with path.open("xb") as file:
            shutil.copyfileobj(content, file)
        return _text(path)


def _text(path: Path) -> str:
    reading = next(iter(read_file(path, path.name)))
    if not isinstance(reading, Reading):
        raise UnreadableFile(reading.reason)
    return reading.text


def _article(text: str) -> Article:
    """Returns the draft as attribution reads articles: every paragraph is reporting."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    blocks = tuple(Block(line.start, line.end, "body") for line in find_lines(text))
    return Article("draft", text, digest, "draft", blocks)


def _said(span: Span, statements: Iterable[Statement]) -> Statement | None:
    """Returns the statement that holds most of the quotation, if that is half of it; a direct one before others."""
    best = max(
        statements,
        key=lambda statement: (statement.said_within(span), statement.kind == "direct", statement.confidence),
        default=None,
    )
    return best if best is not None and 2 * best.said_within(span) >= span.end - span.start else None


TOO_SHORT: Final = 2
"""Words. So few occur in many places and prove nothing."""

ALTERED: Final = 0.6
"""Minimum share of a quotation's words that an article has in the same order for the verdict "altered"."""

SURE: Final = 0.6
"""Minimum confidence in the reading of the draft's credit for the verdict that its speaker is wrong."""

_SHORT: Final = "So few words stand in many places."
_STANDINGS: Final = {
    "withdrawn": "The article tells that these words were taken back.",
    "disputed": "The article tells that it is disputed whether these words were said.",
    "fabricated": "The article tells that these words were made up.",
    "fictional": "The article gives these words as spoken in a work of fiction or satire.",
}
_OWN_SPEECH: Final = frozenset({"said", "says", "say", "saying", "told", "tells", "tell", "telling", "added", "adds"})
"""Verbs by which somebody speaks for themselves and does not pass on another's words."""

_LEAST_RUN = 3
"""Words in a row that must be the same; two in a quotation of few."""
_FEW = 6
_NEAREST = 50
"""Minimum similarity, of 100, of the letters of a part and its counterpart."""
_PASSAGES = 10
_STATEMENTS = 100
_MARGIN = 400
"""Characters around a passage in which a quotation may start or end."""
_PLACES = 20


def verify_draft(text: str, store: Store) -> tuple[Checked, ...]:
    """Returns every quotation of a draft, in order, with how it stands against the articles of the library."""
    found = quotations_of_draft(text)
    with store.reading() as view:
        reference = Reference(view)
        return tuple(_checked(quoted, reference) for quoted in found)


def verify_quote(quote: str, speaker: str | None, store: Store) -> Checked:
    """Returns how one quotation, given without its marks, stands against the articles.

    `speaker` is whom it is credited to, by name or by an office that one person on record holds; None credits nobody.
    """
    span = Span(0, len(quote))
    with store.reading() as view:
        reference = Reference(view)
        who = speaker and (reference.known.holder(speaker) or speaker)
        said = who and Statement(
            "quote", "draft", span, (span,), who, who, None, "said", "direct", "asserts", marked=True, confidence=1.0
        )
        return _checked(Quoted(quote, 1, span, said or None), reference)


@dataclass(frozen=True, slots=True)
class _Near:
    """The slice of an article nearest to a quotation, ordered by similarity."""

    share: float
    run: int
    article: Article
    span: Span
    pieces: tuple[DiffPart, ...]


def _checked(quoted: Quoted, reference: Reference) -> Checked:
    sought = wording(quoted.text)
    if len(sought.words) <= TOO_SHORT:
        return _short(quoted, sought, reference)
    places = list(islice(reference.verbatim(sought), _PLACES))
    if places:
        return _verbatim(quoted, sought, places, reference)
    near = _nearest(sought, _name(quoted, reference), reference)
    if near is None:
        return _result(quoted, "not_found")
    said = _credited(quoted, near.article, near.span, reference)
    remark: tuple[str, ...] = ()
    if said and said.speaker and (name := _name(quoted, reference)) and not reference.is_same(name, said):
        remark = (f"The record credits {said.speaker} with the nearest words.",)
    found = reference.found(near.article, near.span, said)
    return _result(quoted, "altered", found, difference=near.pieces, remarks=remark)


def _short(quoted: Quoted, sought: Wording, reference: Reference) -> Checked:
    """Judges one or two words, which prove nothing; shows the credited speaker's statement, else any place."""
    name = _name(quoted, reference)
    for article, span, said in reference.by_speaker(name, sought) if name and sought.words else ():
        return _result(quoted, "too_short", reference.found(article, span, said), remarks=(_SHORT,))
    for article, span in reference.verbatim(sought) if sought.words else ():
        found = reference.found(article, span, _credited(quoted, article, span, reference))
        return _result(quoted, "too_short", found, remarks=(_SHORT,))
    return _result(quoted, "too_short", remarks=("The words stand nowhere in the articles.",))


class _Place(NamedTuple):
    """A place with the words of a quotation, and the statement there that is nearest to the draft's."""

    article: Article
    span: Span
    said: Statement | None


def _verbatim(quoted: Quoted, sought: Wording, places: Sequence[tuple[Article, Span]], reference: Reference) -> Checked:
    """Judges verbatim words by their speaker, preferring a place where the record agrees with the draft."""
    told = [_Place(article, span, _credited(quoted, article, span, reference)) for article, span in places]
    best = min(told, key=lambda place: _rank(quoted, place.said, reference))
    verdict, caution, remark = _judged(quoted, best, reference)
    found = reference.found(best.article, best.span, best.said)
    others = tuple(reference.found(place.article, place.span, place.said) for place in told if place is not best)
    remarks = (*notes(quoted.text, best.article.cut(best.span), declared=sought.declared), *remark)
    return replace(_result(quoted, verdict, found, remarks=remarks, elsewhere=others), caution=caution)


def _rank(quoted: Quoted, said: Statement | None, reference: Reference) -> tuple[bool, bool, bool]:
    """Ranks a statement by how well it supports the draft: speaker, whether it was said, named or not."""
    return not _agrees(quoted, said, reference), said is not None and not said.is_said, said is None or not said.speaker


def _judged(
    quoted: Quoted, place: _Place, reference: Reference
) -> tuple[DraftVerdict, Caution | None, tuple[str, ...]]:
    """Tells the verdict on verbatim words, its caution and the sentences that explain them."""
    name, said = _name(quoted, reference), place.said
    told = quoted.said.standing if quoted.said else "said"
    if said is not None and said.standing != "said" and said.standing != told:  # noqa: PLR1714 - for the type checker
        return said.standing, None, (_STANDINGS[said.standing],)
    if said is not None and _agrees(quoted, said, reference):
        caution, remark = _caution(quoted, said, reference)
        spoken_for = name and reference.speaks_for(said, name)
        return (
            "verbatim",
            caution,
            (*remark, *([f"The draft credits {name}, the record {said.speaker}."] if spoken_for else [])),
        )
    if said is None or not (said.speaker or said.candidates):
        return _nobodys(quoted, place, reference)
    if name is None:
        return "verbatim", _caution(quoted, said, reference)[0], (_unread(quoted),)
    if quoted.said is not None and quoted.said.confidence >= SURE and said.is_certain:
        return "wrong_speaker", None, ()
    whom = said.speaker or enumerated(said.candidates, "or")
    remark = (f"The draft seems to credit {name}, the record {whom}; look at both.",)
    return "verbatim", None if said.is_certain else "uncertain", remark


def _nobodys(
    quoted: Quoted, place: _Place, reference: Reference
) -> tuple[DraftVerdict, Caution | None, tuple[str, ...]]:
    """Tells the verdict on words recorded without a speaker: the outlet's own, not said, or open."""
    names = [name for name in (_name(quoted, reference), quoted.credited_as_written) if name]
    outlet = place.article.outlet
    if place.said is None and names and reference.is_unsaid(place.article, place.span):
        return "not_said", None, ("The article gives these words as what was not said, or only could be.",)
    if place.said is None and outlet and any(is_one_name(name, outlet) for name in names):
        return "verbatim", None, ()
    return "verbatim", "unattributed", ("The record names no speaker for these words.",)


def _agrees(quoted: Quoted, said: Statement | None, reference: Reference) -> bool:
    """Returns whether the draft credits the statement's speaker, or names whoever passed it on as that."""
    if said is None:
        return False
    names = [name for name in (_name(quoted, reference), quoted.credited_as_written) if name]
    if any(reference.is_same(name, said) or reference.is_candidate(name, said) for name in names):
        return True
    is_telling = quoted.said is not None and not set(tokens.words(quoted.said.cue.lower())) & _OWN_SPEECH
    return is_telling and any(reference.passes_on(name, said) for name in names)


def _caution(quoted: Quoted, said: Statement, reference: Reference) -> tuple[Caution | None, tuple[str, ...]]:
    """Returns the caution for words that are rightly credited."""
    if said.candidates:
        return "ambiguous", (f"It is not certain who said so: {enumerated(said.candidates, 'or')}.",)
    if not said.is_certain:
        return "uncertain", (f"The record is not certain that {said.speaker} said so.",)
    told = [
        name for name in (quoted.said.via if quoted.said else None, quoted.credited, quoted.credited_as_written) if name
    ]
    if said.via and not any(reference.passes_on(name, said) for name in told):
        return "relayed", (f"The article gives these words according to {said.via}; the draft does not say so.",)
    return None, ()


def _unread(quoted: Quoted) -> str:
    if quoted.credited_as_written:
        return f"Whom the draft means by “{quoted.credited_as_written}” could not be told."
    return "The draft names no speaker here that could be read."


def _name(quoted: Quoted, reference: Reference) -> str | None:
    """Returns whom the draft credits: by name, or by an office that one person on record holds."""
    if quoted.credited:
        return quoted.credited
    return reference.known.holder(quoted.credited_as_written) if quoted.credited_as_written else None


def _credited(quoted: Quoted, article: Article, span: Span, reference: Reference) -> Statement | None:
    """Returns the statement of these words by the draft's speaker, or else the first."""
    name = _name(quoted, reference)
    holding = reference.credited(article.source, span)
    return next((said for said in holding if name and reference.is_same(name, said)), next(iter(holding), None))


def _nearest(sought: Wording, name: str | None, reference: Reference) -> _Near | None:
    """Finds the place that has most of the words in their order, if that is enough of them.

    Searches the passages with the rarest words and all statements of the credited speaker.
    """
    windows = [Place(passage.source, passage.span) for passage in reference.similar(sought)[:_PASSAGES]]
    windows += (
        [Place(statement.source, statement.span) for statement in reference.said_by(name)[:_STATEMENTS]] if name else []
    )
    near = [found for window in windows if (found := _near(sought, window, reference))]
    best = max(near, key=lambda place: (place.share, place.run), default=None)
    if best is None or best.share < ALTERED or best.run < (_LEAST_RUN if len(sought.words) > _FEW else 2):
        return None
    return best


def _near(sought: Wording, window: Place, reference: Reference) -> _Near | None:
    """Compares the words in and around the window, part by part."""
    article = reference.article(window.source)
    around = Span(max(0, window.span.start - _MARGIN), min(window.span.end + _MARGIN, len(article.text)))
    spans: list[Span] = []
    pieces: list[DiffPart] = []
    common = run = 0
    for part in sought.parts:
        span = nearest_words(part, article.text, around, _NEAREST)
        if span is None:
            continue
        spans.append(span)
        pieces += [DiffPart("same", "[…]"), *difference(part, article.cut(span))]
        shared, longest = common_words(part, article.cut(span))
        common, run = common + shared, max(run, longest)
    if not spans or any(block.role == "furniture" and block.span.overlaps(spans[0]) for block in article.blocks):
        return None
    whole = Span(min(span.start for span in spans), max(span.end for span in spans))
    return _Near(common / len(sought.words), run, article, whole, tuple(pieces[1:]))


def _result(
    quoted: Quoted,
    verdict: DraftVerdict,
    found: FoundQuotation | None = None,
    *,
    difference: tuple[DiffPart, ...] = (),
    remarks: tuple[str, ...] = (),
    elsewhere: tuple[FoundQuotation, ...] = (),
) -> Checked:
    return Checked(
        text=quoted.text,
        line=quoted.line,
        start=quoted.span.start,
        end=quoted.span.end,
        credited=quoted.credited,
        credited_as_written=quoted.credited_as_written,
        verdict=verdict,
        found=found,
        difference=difference,
        notes=remarks,
        elsewhere=elsewhere,
    )
