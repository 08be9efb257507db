"""What verification finds: a quotation of a draft, a citation of an export, and the verdict on each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rag.core import Standing

Side = Literal["same", "draft", "article"]
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
CitationVerdict = Literal["stands", "moved", "changed", "gone"]


@dataclass(frozen=True, slots=True)
class DiffPart:
    """A run of words in a comparison: the same in both, or in the draft (the export) alone, or the article alone."""

    side: Side
    text: str


@dataclass(frozen=True, slots=True)
class FoundQuotation:
    """Where the words stand in an article, or those nearest to them; `quote` is the exact slice `start`:`end`.

    `speaker` is the speaker on record, None if it names nobody; `statement_id` is that statement, if any.
    `via`, `candidates` and `standing` are those of the statement.
    """

    source: str
    line: int
    start: int
    end: int
    quote: str
    title: str | None
    outlet: str | None
    published: str | None
    url: str | None
    speaker: str | None
    statement_id: str | None
    via: str | None = None
    candidates: tuple[str, ...] = ()
    standing: Standing = "said"


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
class CitedSlice:
    """A citation as an export has it. `number` counts the citations of the export from 1."""

    number: int
    source: str
    start: int
    end: int
    quote: str
    speaker: str | None = None
    standing: str = "said"


@dataclass(frozen=True, slots=True)
class Rechecked:
    """A citation of an export, compared with the file as it is now.

    "stands": the same words at the same place. "moved": the same words at `start`:`end`. "changed": the words are gone,
    and `now` are the nearest to them, if any. "gone": the file is gone or cannot be read. `same_speaker` says whether
    the record still credits the export's speaker, None where it names none or the words are gone.
    """

    cited: CitedSlice
    verdict: CitationVerdict
    line: int | None = None
    start: int | None = None
    end: int | None = None
    now: str | None = None
    difference: tuple[DiffPart, ...] = ()
    speaker: str | None = None
    same_speaker: bool | None = None
    notes: tuple[str, ...] = ()

    @property
    def stands(self) -> bool:
        """Whether the words are still in the file and still that speaker's."""
        return self.verdict in {"stands", "moved"} and self.same_speaker is not False
