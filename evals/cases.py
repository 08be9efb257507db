"""Questions with what a good answer cites, says and leaves out: how they are read from files, and drafted.

A case is one JSON object on one line of a `.jsonl` file; `evals/README.md` describes its keys. Cases are drafted for a
person to correct: from the statements of a library, and from what readers said of answers. A draft from statements
believes the record, which may be wrong: until somebody has read it against the article, it only tests that answers stay
as they are.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from rag.core import Article, Citation, Kind, NearMiss, Reason, Statement, Turn
from rag.core.errors import OnrecordError

CASES = Path(__file__).parent / "cases"
UNSEEN = Path(__file__).parent / "unseen"
"""Cases by somebody who has not seen the code; asked with the others, reported separately."""


class CaseError(OnrecordError):
    """A case cannot be used; the message names the file and the line, or the case."""


def _listed(value: object) -> object:
    return value if isinstance(value, list) else [value]


T = TypeVar("T")
Text = Annotated[str, StringConstraints(pattern=r"\S")]
Alternatives = Annotated[tuple[T, ...], Field(min_length=1), BeforeValidator(_listed)]
"""Any of these will do; a file may give a single one without its list."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Words of a file, who may be credited with them, and the kind as which they must be presented.

    Without `quote` the whole file is meant. Without `speakers` (or `kind`) the credit is not judged; an excerpt of kind
    "narration" must be credited to nobody.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    source: Text
    quote: Text | None = None
    speakers: Annotated[tuple[Text, ...], BeforeValidator(_listed), Field(validation_alias="speaker")] = ()
    kind: Kind | None = None

    def is_held_by(self, place: Citation | NearMiss) -> bool:
        """Returns whether the place shows all of these words."""
        return place.source == self.source and (self.quote is None or self.quote in place.quote)

    def meets(self, place: Citation | NearMiss) -> bool:
        """Returns whether the place shows these words or a part of them (one sentence of two, half of a cut quote)."""
        if place.source != self.source:
            return False
        return self.quote is None or self.quote in place.quote or place.quote in self.quote


Difference = Annotated[tuple[Alternatives[Excerpt], ...], Field(min_length=2)]
"""Sides that cannot all be true; of each side any excerpt will do."""


@dataclass(frozen=True, slots=True)
class Case:
    """A question and what is expected of its answer.

    `standalone` are the accepted wordings of the question without its history; words in (brackets) may be left out.
    `evidence` must be cited: every group, by any excerpt of it. `allowed` may be cited too, `forbidden` must not.
    `words` must stand in the answer: of every group one; `unsaid` must not. `count` is the number that it must tell.
    `differences` must be shown as such; if empty, none may be; None is not judged. `reasons` are the accepted reasons
    to decline; with none the question is to be answered.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    id: Text
    kind: Text
    question: Text
    history: tuple[Turn, ...] = ()
    asked: dt.date | None = None
    standalone: Annotated[tuple[Text, ...], BeforeValidator(_listed)] = ()
    speaker: Annotated[tuple[Text, ...], BeforeValidator(_listed)] = ()
    evidence: tuple[Alternatives[Excerpt], ...] = ()
    allowed: tuple[Excerpt, ...] = ()
    forbidden: tuple[Excerpt, ...] = ()
    words: tuple[Alternatives[Text], ...] = ()
    unsaid: tuple[Text, ...] = ()
    count: Annotated[int, Field(ge=0, strict=True)] | None = None
    differences: tuple[Difference, ...] | None = None
    reasons: tuple[Reason, ...] = ()
    note: Text | None = None

    @property
    def is_to_be_declined(self) -> bool:
        """Whether a good answer declines."""
        return bool(self.reasons)

    def expected(self) -> Iterator[Excerpt]:
        """Yields every excerpt that a good answer may cite: the evidence, then what is allowed beside it."""
        for group in self.evidence:
            yield from group
        yield from self.allowed

    def excerpts(self) -> Iterator[Excerpt]:
        """Yields every excerpt that the case names."""
        yield from (*self.expected(), *self.forbidden)
        for difference in self.differences or ():
            for side in difference:
                yield from side


@dataclass(frozen=True, slots=True)
class CaseSet:
    """Cases that are reported together: those of one file, or the unseen ones. `digest` is the sha256 of the files."""

    name: str
    cases: tuple[Case, ...]
    digest: str


def case_sets(path: Path | None = None, unseen: Path | None = None) -> tuple[CaseSet, ...]:
    """Reads the sets to ask: one for each file at `path` (by default our own), then "unseen", if there is one.

    Raises CaseError if an id occurs twice.
    """
    sets = [_case_set(file.stem, (file,)) for file in case_files(path)]
    apart = unseen or (UNSEEN if path is None and UNSEEN.is_dir() else None)
    if apart is not None:
        sets.append(_case_set("unseen", case_files(apart)))
    taken: dict[str, str] = {}
    for case_set in sets:
        for case in case_set.cases:
            if case.id in taken:
                raise CaseError(f"{case_set.name}: the id {case.id!r} is taken in {taken[case.id]}; rename one.")
            taken[case.id] = case_set.name
    return tuple(sets)


def case_files(path: Path | None = None) -> tuple[Path, ...]:
    """Lists the files of cases at `path` (a file, or a folder of `.jsonl`), by default our own; `seeds` first."""
    place = path or CASES
    if place.is_file():
        return (place,)
    found = tuple(sorted(place.glob("*.jsonl"), key=lambda file: (file.stem != "seeds", file.name)))
    if not found:
        raise CaseError(f"There are no cases in {place}; name a .jsonl file or a folder that holds some.")
    return found


def load(file: Path) -> tuple[Case, ...]:
    """Reads the cases of one file, in order. CaseError names the file, the line and what is wrong there."""
    cases: dict[str, Case] = {}
    for number, line in enumerate(_lines(file), start=1):
        if not line.strip():
            continue
        try:
            case = read_case(line)
        except ValueError as error:
            raise CaseError(f"{file.name}, line {number}: {_told(error)}") from error
        if case.id in cases:
            raise CaseError(f"{file.name}, line {number}: the id {case.id!r} is taken; give each case its own.")
        cases[case.id] = case
    return tuple(cases.values())


def read_case(line: str) -> Case:
    """Reads one case. ValueError says what is wrong with it.

    Evidence that names no speaker has the speaker of the case; narration has none.
    """
    case = _adapter().validate_json(line)
    if case.is_to_be_declined == bool(case.evidence):
        raise ValueError("A case names either `evidence` to be cited or `reasons` to decline.")
    if any(excerpt.quote is None for excerpt in case.expected()):
        raise ValueError("`quote` is missing; only what is forbidden may be a whole file.")
    return replace(
        case, evidence=tuple(tuple(_credited(excerpt, case.speaker) for excerpt in group) for group in case.evidence)
    )


@cache
def _adapter() -> TypeAdapter[Case]:
    return TypeAdapter(Case)


def _credited(excerpt: Excerpt, speakers: tuple[str, ...]) -> Excerpt:
    return replace(excerpt, speakers=() if excerpt.kind == "narration" else excerpt.speakers or speakers)


def _told(error: ValueError) -> str:
    """Returns the first error, with its key and the value found there."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors()[0]
    key = ".".join(map(str, first["loc"]))
    return f"{f'`{key}`' if key else 'the line'} is {first['input']!r}: {first['msg']}."


def _case_set(name: str, files: tuple[Path, ...]) -> CaseSet:
    total = hashlib.sha256()
    for file in files:
        total.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return CaseSet(name, tuple(case for file in files for case in load(file)), total.hexdigest())


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise CaseError(f"{file.name} is not UTF-8; save it as UTF-8.") from error


MOST = 60
FILE = "feedback.jsonl"
"""Where the page keeps what readers say, in the library's folder."""

_FEWEST_WORDS, _MOST_WORDS = 5, 14
_NAME = re.compile(r"(?<![.!?“\"]\s)(?<!^)\b[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*")
_NOTE = "Drafted from the record: read it against the article, then take this note away."
_TO_DO = {
    "good": "A reader found this answer good.",
    "speaker": "A reader says that a speaker is wrong: forbid the excerpt, and name the right one in `evidence`.",
    "unsupported": "A reader says that a sentence is not supported: move its excerpt to `forbidden`.",
    "missed": "A reader says that something is missing: name it in `evidence`.",
}


class DraftError(OnrecordError):
    """Cases cannot be drafted; the message says why."""


@dataclass(frozen=True, slots=True)
class _Quote:
    """A statement with one slice of its words that stands once in its article."""

    statement: Statement
    speaker: str
    quote: str
    topics: tuple[str, ...]

    def excerpt(self) -> dict[str, Any]:
        kind = self.statement.kind
        return {"source": self.statement.source, "quote": self.quote, "speaker": self.speaker, "kind": kind}


def make_cases(folder: Path, statements: Sequence[Statement], articles: Mapping[str, Article]) -> Path:
    """Writes `drafted.jsonl` into the folder and returns it. DraftError if it is there, or nothing is on record."""
    path = folder / "drafted.jsonl"
    if path.exists():
        raise DraftError(f"{path} is there already; rename it, so that no correction of yours is lost.")
    cases = list(from_statements(statements, articles))
    if not cases:
        raise DraftError("The library holds no statement with a named speaker to draft cases from.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{json.dumps(case, ensure_ascii=False)}\n" for case in cases), encoding="utf-8")
    except OSError as error:
        raise DraftError(f"{path} cannot be written ({error.strerror}); name another folder.") from error
    return path


def from_statements(statements: Sequence[Statement], articles: Mapping[str, Article]) -> Iterator[dict[str, Any]]:
    """Drafts up to `MOST` cases: every speaker's first statement before anybody's second."""
    by_speaker: dict[str, list[_Quote]] = {}
    for statement in statements:
        for quote in _quotes(statement, articles[statement.source]):
            by_speaker.setdefault(quote.speaker, []).append(quote)
    turns = (quote for turn in zip_longest(*by_speaker.values()) for quote in turn if quote is not None)
    cases = (case for quote in turns for case in _cases(quote, by_speaker))
    for number, case in zip(range(1, MOST + 1), cases, strict=False):
        yield {"id": f"drafted-{number:03}"} | case | {"note": _NOTE}


def _quotes(said: Statement, article: Article) -> Iterator[_Quote]:
    quote = article.cut(max(said.content, key=lambda span: span.end - span.start))
    if said.speaker and said.repeats is None and len(quote.split()) >= _FEWEST_WORDS and article.text.count(quote) == 1:
        names = [name for name in _NAME.findall(quote) if not set(name.split()) & set(said.speaker.split())]
        yield _Quote(said, said.speaker, quote, tuple(dict.fromkeys(names)))


def _cases(quote: _Quote, by_speaker: Mapping[str, Sequence[_Quote]]) -> Iterator[dict[str, Any]]:
    """Asks who said it, what they said about its topic, and what somebody who did not speak of it said about it."""
    evidence = [quote.excerpt()]
    words = " ".join(quote.quote.split()[:_MOST_WORDS])
    if quote.statement.kind == "direct" and '"' not in quote.quote and words in quote.quote:
        yield {"kind": "who_said", "question": f"Who said “{words}”?", "evidence": evidence, "words": [quote.speaker]}
    for topic in quote.topics[:1]:
        asked = f"What did {quote.speaker} say about {topic}?"
        same = [rival.excerpt() for rival in by_speaker[quote.speaker] if rival is not quote and topic in rival.quote]
        allowed = {"allowed": same} if same else {}
        yield {"kind": "attribution", "question": asked, "evidence": evidence, **allowed}
        silent = [name for name, quotes in by_speaker.items() if not any(topic in quote.quote for quote in quotes)]
        for name in silent[:1]:
            asked = f"What did {name} say about {topic}?"
            declines = ["not_quoted_on_topic"]
            yield {"kind": "wrong_speaker", "question": asked, "allowed": evidence, "reasons": declines}


def from_feedback(data: Path) -> Iterator[dict[str, Any]]:
    """Drafts a case for each question that readers judged, by its latest judgement. CaseError if nothing was judged.

    A good answer gives a whole case. What a wrong answer cited stands under `allowed`: only a person knows what would
    be right, and the case does not load until they have added `evidence` or `reasons`.
    """
    path = data / FILE
    if not path.exists():
        raise CaseError(f"Nobody has judged an answer yet ({path} is missing); do so in `onrecord chat`.")
    latest = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            judged = json.loads(line)
            latest[judged["question"]] = _judged_case(judged)
        except (ValueError, KeyError, TypeError) as error:
            raise CaseError(f"{path}, line {number} is no judgement ({error}); take the line out.") from error
    yield from latest.values()


def _judged_case(judged: dict[str, Any]) -> dict[str, Any]:
    question = judged["standalone_question"]
    note = f"DRAFT. {_TO_DO[judged['judgement']]} {judged.get('note', '')}".strip()
    name = hashlib.sha256(question.encode()).hexdigest()[:8]
    case = {"id": f"feedback-{name}", "kind": "feedback", "question": question, "note": note}
    excerpts = [_cited(citation) for citation in judged["citations"]]
    if judged["judgement"] != "good":
        return case | {"allowed": excerpts}
    return case | ({"evidence": excerpts} if excerpts else {"reasons": [judged["reason"]]})


def _cited(citation: dict[str, Any]) -> dict[str, Any]:
    excerpt = {name: citation[name] for name in ("source", "quote", "kind")}
    return excerpt | ({"speaker": citation["speaker"]} if citation["speaker"] else {})
