"""Lays traps for the check: what is true, made false by one edit. All of it must be withheld.

`python -m evals.traps` does so over the seeds with the sentences of a model: it prints how many of each kind the gate
alone withholds, and how many the gate and the proof by words together, as where no judge may read; and how many right
sentences each loses. The right sentences stand in `rephrased.jsonl`; what the articles say word for word is right as
well. A trap counts only if the sentence that it was made from passes, so that nothing but the edit can be the reason.

`spring`, for `evals.attribution`, takes true quotes with another speaker, another word, another article, each made as a
writer would make it, with the credit that the check accepts for the speaker it names.
"""

from __future__ import annotations

import argparse
import datetime as dt
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from evals.polnear import Annotated, Quoted, last_name
from evals.sets import read_lines
from rag.answering.checking.check import check
from rag.answering.checking.gate import Beside, pass_gate, proved
from rag.answering.claims.credits import CLOSING, OPENING, credits_for
from rag.core import Article, Claim, Draft, Evidence, Place, Query, Span, Statement
from rag.core.errors import OnrecordError
from rag.ingestion.segmentation import sentences
from rag.library.store import Store

_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, slots=True)
class Caught:
    """How many claims of one kind were laid, and how many of them were withheld."""

    laid: int
    withheld: int

    @property
    def share(self) -> float | None:
        """The share withheld; None where none was laid."""
        return self.withheld / self.laid if self.laid else None


@dataclass(frozen=True, slots=True)
class _Scene:
    """A quoted passage, the statements of its article, and another article with its own."""

    article: Article
    record: tuple[Statement, ...]
    quoted: Quoted
    other: Article
    others_record: tuple[Statement, ...]

    @property
    def evidence(self) -> Evidence:
        articles = {article.source: article for article in (self.article, self.other)}
        return Evidence(articles, record=(*self.record, *self.others_record))

    def claim(self, speaker: str | Statement, *, words: str | None = None, place: Place | None = None) -> Claim:
        """Writes “Speaker, in *Title*: “words””, resting on the passage unless another place is given."""
        place = place or Place(self.article.source, self.quoted.span)
        article = self.article if place.source == self.article.source else self.other
        told = speaker if isinstance(speaker, Statement) else _statement(speaker, place)
        text = (
            f"{credits_for(told, article, (place,))[0]}{OPENING}{words or self.article.cut(self.quoted.span)}{CLOSING}"
        )
        return Claim(text, (place,), told.speaker)


def _statement(speaker: str, place: Place) -> Statement:
    """Makes the statement that the speaker would have made, for its credit."""
    return Statement(
        id="",
        source=place.source,
        span=place.span,
        content=(place.span,),
        speaker=speaker,
        speaker_as_written=speaker,
        via=None,
        cue="said",
        kind="direct",
        polarity="asserts",
        marked=True,
        confidence=1.0,
    )


def spring(read: Sequence[tuple[Annotated, tuple[Statement, ...]]], limit: int) -> dict[str, Caught]:
    """Lays every trap for `limit` quotes whose speaker is known; "genuine" are the same quotes as they are."""
    laid: Counter[str] = Counter()
    withheld: Counter[str] = Counter()
    for scene in list(_scenes(read))[:limit]:
        for name, claims in _traps(scene).items():
            laid[name] += bool(claims)
            # One claim that passes is a miss, however many were laid for the same quote.
            withheld[name] += bool(claims) and all(_is_withheld(claim, scene.evidence) for claim in claims)
    return {name: Caught(laid[name], withheld[name]) for name in laid}


def _scenes(read: Sequence[tuple[Annotated, tuple[Statement, ...]]]) -> Iterator[_Scene]:
    for index, (annotated, record) in enumerate(read):
        other, others_record = read[(index + 1) % len(read)]
        for quoted in annotated.quoted:
            if quoted.last_name is not None and other is not annotated:
                yield _Scene(annotated.article, record, quoted, other.article, others_record)


def _traps(scene: _Scene) -> dict[str, list[Claim]]:
    own = _on_record(scene)
    true = own or scene.quoted.source
    moved = _moved(scene)
    return {
        "genuine": [scene.claim(own)] if own else [],
        "swapped speaker": [scene.claim(name) for name in _others(scene)],
        "altered word": [scene.claim(true, words=words) for words in _altered(scene)],
        "moved to another article": [scene.claim(name, place=moved) for name in _voices(scene)] if moved else [],
    }


def _on_record(scene: _Scene) -> Statement | None:
    """Finds the statement that gives the whole passage as a direct quote by the true speaker."""
    for statement in scene.record:
        whole = statement.kind == "direct" and any(span.covers(scene.quoted.span) for span in statement.content)
        if whole and statement.speaker and last_name(statement.speaker) == scene.quoted.last_name:
            return statement
    return None


def _others(scene: _Scene) -> list[str]:
    """Names everybody else who speaks in the article, by the record and by the annotators."""
    names = {statement.speaker for statement in scene.record if statement.speaker} | set(scene.quoted.others)
    return sorted(name for name in names if last_name(name) not in {None, scene.quoted.last_name})


def _altered(scene: _Scene) -> list[str]:
    """Alters the passage: its longest word changed, and its start negated."""
    words = scene.article.cut(scene.quoted.span)
    longest = max(_WORD.finditer(words), key=lambda found: len(found.group()), default=None)
    if longest is None:
        return []
    changed = f"{words[: longest.start()]}not{words[longest.end() :]}"
    return [changed, f"Not {words}"]


def _moved(scene: _Scene) -> Place | None:
    """Finds a place in the other article that is as wide as the passage."""
    for block in scene.other.body:
        if block.end - block.start >= scene.quoted.span.end - scene.quoted.span.start:
            length = scene.quoted.span.end - scene.quoted.span.start
            return Place(scene.other.source, Span(block.start, block.start + length))
    return None


def _voices(scene: _Scene) -> list[str]:
    """Names the true speaker and everybody who speaks in the other article."""
    return sorted({scene.quoted.source, *(statement.speaker for statement in scene.others_record if statement.speaker)})


def _is_withheld(claim: Claim, evidence: Evidence) -> bool:
    today = dt.date(2000, 1, 1)  # unused by a claim that rests on words
    query = Query("?", "?", "statement", today)
    answer = check(query, evidence, Draft([claim], "offline"))
    return len(answer.withheld) == 1 and not answer.citations


RIGHT = Path(__file__).parent / "rephrased.jsonl"

CERTAIN = ("with_hidden_speaker", "of_another_number", "of_another_name", "with_an_altered_quote")
"""Traps that the gate must catch alone; the others are for the judge behind it."""

_COUNTS = {
    "two": "five",
    "three": "four",
    "six": "nine",
    "thousands": "millions",
    "tens": "hundreds",
    "autumn": "spring",
}
_MONTHS = {"January": "June", "March": "May", "September": "October", "November": "December"}
_PEOPLE = ("Peskov", "Lavrov", "Pashinyan", "Zakharova", "Mirzoyan", "Aliyev")
_LANDS = ("Armenia", "Azerbaijan", "Russia", "Georgia", "Turkey")
_BEARERS = {name: name for name in (*_PEOPLE, *_LANDS, "Putin", "Ukraine", "Karabakh")} | {
    "Moscow": "Russia", "Kremlin": "Russia", "Baku": "Azerbaijan", "Yerevan": "Armenia", "Russian": "Russia",
    "Armenian": "Armenia", "Azerbaijani": "Azerbaijan", "Armenians": "Armenia",
}  # fmt: skip
_OTHERS = {
    "supports": "opposes", "welcomed": "criticised", "rejected": "accepted", "beneficial": "harmful", "good": "bad",
    "increase": "decrease", "rose": "fell", "regained": "lost", "stability": "chaos", "peace": "war",
    "sovereign": "foreign", "strengthening": "weakening", "pleased": "angry", "agreed": "refused", "denied": "admitted",
    "reducing": "increasing", "displaced": "rescued", "ready": "unable", "confirmed": "denied", "warned": "boasted",
    "said": "denied", "told": "promised", "acknowledged": "disputed", "accused": "cleared", "before": "after",
    "relevant": "obsolete", "direct": "secret", "longest": "shortest", "signed": "cancelled", "military": "cultural",
    "crucial": "harmless", "added": "admitted", "announced": "cancelled", "launched": "ended", "fled": "returned",
}  # fmt: skip
_MODALS = (
    (r"\bwill (?:continue to )?(?=\w)", "may "),
    (r"\bwould be\b", "will certainly be"),
    (r"\bwould be\b", "was"),
    (r"\bis\b", "may be"),
    (r"\bis\b", "was once"),
    (r"\bhas (?!been\b)(?=\w+ed\b|never\b|seen\b)", "will have "),
    (r"\bhas (?=a\b|good\b)", "used to have "),
    (r"\bare\b(?! also)", "could be"),
    (r"\bwas considering (?:seeking|applying for)\b", "has applied for"),
    (r"\b(?:planned|plans|wanted|wants|hoped|hopes) to \w+", "has already begun to"),
    (r"\bplans to apply\b", "an application"),
    (r"\bready to (?:assist|help)\b", "forced to help"),
    (r"\bcould\b", "must"),
    (r"\b(?:might|may)\b", "will"),
    (r"\bhas (?=strained|sparked|played)", "may have "),
)
_AUXILIARY = r"\b(is|was|are|were|has|have|had|will|would|does|can|could)\b(?! not\b|n['’]t\b| never\b)"
_SPEAKING = (
    r"(?:said|told|added|explained|confirmed|emphasi[sz]ed|indicated|announced|rejected|warned|reported|remarked)"
)
_SPEAKER = rf"\b(?:[A-Z][\w.]+ (?:spokes\w+ )?){{0,5}}[A-Z]\w+(?= (?:also |further )?{_SPEAKING}\b)"
_NAME = re.compile(r"\b[A-Z][a-z]{3,}\b(?:-[A-Z][a-z]+)?")
_QUOTED = re.compile(r"“([^”]+)”")
_LONG_WORD = re.compile(r"\b[a-z]{5,}\b")


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence, and the pieces of an article that it cites, by number from 1."""

    text: str
    evidence: Evidence
    pieces: tuple[tuple[Place, ...], ...]
    numbers: tuple[int, ...]

    def objection(self, text: str, *, by_gate: bool = False) -> str | None:
        """Says why the sentence, in these words, would be withheld by the gate or the proof; None if it is shown."""
        claim = Claim(text, rephrased=True, numbers=self.numbers)
        at_gate = pass_gate(claim, self.pieces, self.evidence)
        if by_gate or at_gate.objection:
            return at_gate.objection
        return proved(claim, self.pieces, self.evidence, Beside()).objection

    def holds_names_of(self, text: str) -> bool:
        """Whether the cited words hold all the people and countries that the text adds to the right sentence."""
        cited = " ".join(self.evidence.quote(place) for number in self.numbers for place in self.pieces[number - 1])
        return _named(text) - _named(self.text) <= _named(cited)


def _named(text: str) -> set[str]:
    """Finds the people and countries that a text names; a capital stands for its country."""
    return {_BEARERS[word] for word in re.findall(r"\w+", text) if word in _BEARERS}


def without_or_with_not(text: str) -> Iterator[str]:
    """Adds or removes a *not*."""
    yield from _replaced(text, r" (?:not|never)\b(?! only)", "")
    yield from _replaced(text, r"\b(do|does|did|is|was|are|were)n['’]t\b", r"\1")
    yield from _replaced(text, _AUXILIARY, r"\1 not")
    yield from _replaced(text, r"\bsaid (?=that\b|\w)", "did not say ")
    yield from _replaced(text, r"\b(more than)\b", "no \\1")
    yield from _replaced(text, r"\b(plann\w+|continue|ready|agreed|wanted|plans) to (?=\w+)", r"\1 not to ")


def swapped(text: str) -> Iterator[str]:
    """Swaps two names, unless they stand side by side as in “A and B”."""
    names = [name for name in _NAME.finditer(text) if name[0] in _BEARERS]
    for place, first in enumerate(names):
        for second in names[place + 1 :]:
            between = text[first.end() : second.start()]
            if (
                _BEARERS[first[0]] != _BEARERS[second[0]]
                and len(between.split()) > 1
                and not re.search(r"\band\b|\bof\b|^ \w+ $|,", between)
            ):
                yield text[: first.start()] + second[0] + between + first[0] + text[second.end() :]


def of_other_modality(text: str) -> Iterator[str]:
    """Changes the modality: will for may, was for is, done for planned."""
    for pattern, changed in _MODALS:
        yield from _replaced(text, pattern, changed)


def with_hidden_speaker(text: str) -> Iterator[str]:
    """Hides the speaker behind a pronoun, another's capital or the passive."""
    for hidden in ("He", "Ankara", "The president"):
        yield from _replaced(text, _SPEAKER, hidden)
    yield from _replaced(text, rf"^.*{_SPEAKER} said (?:that )?", "It was said that ")
    yield from _replaced(text, rf"^.*{_SPEAKER} said (?:that )?(?=[a-zA-Z])", "In his view, ")


def of_another_count(text: str) -> Iterator[str]:
    """Changes a number that is written out."""
    for word, changed in _COUNTS.items():
        yield from _replaced(text, rf"\b{word}\b", changed)


def of_another_number(text: str) -> Iterator[str]:
    """Changes a number in figures, a month or a unit."""
    for number in re.finditer(r"\d+", text):
        yield f"{text[: number.start()]}{int(number[0]) + 1}{text[number.end() :]}"
    for word, changed in (_MONTHS).items():
        yield from _replaced(text, rf"\b{word}\b", changed)
    yield from _replaced(text, r"%| percent", " million")
    yield from _replaced(text, r"-(day|week)\b", "-month")


def of_another_name(text: str) -> Iterator[str]:
    """Puts another person or country that the sentence does not name."""
    for group in (_PEOPLE, _LANDS):
        for name in group:
            changed = group[(group.index(name) + 1) % len(group)]
            if changed not in _named(text):
                yield from _replaced(text, rf"\b{name}\b", changed)


def with_another_word(text: str) -> Iterator[str]:
    """Puts a word that says the contrary, or something else."""
    for word, changed in _OTHERS.items():
        yield from _replaced(text, rf"\b{word}\b", changed)


def with_an_altered_quote(text: str) -> Iterator[str]:
    """Drops a word from a quotation, or adds one."""
    for quoted in _QUOTED.finditer(text):
        for word in _LONG_WORD.finditer(text, quoted.start(1) + 8, quoted.end(1) - 12):
            yield text[: word.start()] + text[word.end() :].lstrip()
            yield f"{text[: word.start()]}really {text[word.start() :]}"
            break


TRAPS: dict[str, Callable[[str], Iterator[str]]] = {
    trap.__name__: trap
    for trap in (
        without_or_with_not,
        swapped,
        of_other_modality,
        with_hidden_speaker,
        of_another_number,
        of_another_count,
        of_another_name,
        with_another_word,
        with_an_altered_quote,
    )
}


def _replaced(text: str, pattern: str, replacement: str) -> Iterator[str]:
    """Replaces the first match of the pattern; yields nothing where there is none."""
    changed = re.sub(pattern, replacement, text, count=1)
    if changed != text:
        yield changed


def right(evidence: Evidence) -> list[Case]:
    """Reads the sentences written by hand, over the articles' sentences as pieces."""
    cases = []
    for row in read_lines(RIGHT):
        pieces = _pieces(row["source"], evidence)
        cited = [_number(words, pieces, evidence) for words in row["cites"]]
        cases.append(Case(row["text"], evidence, pieces, tuple(dict.fromkeys(cited))))
    return cases


def verbatim(evidence: Evidence) -> list[Case]:
    """Takes the sentences of the articles as they are, each citing itself."""
    return [
        Case(_as_told(evidence.quote(piece[0])), evidence, pieces, (number,))
        for pieces in (_pieces(source, evidence) for source in evidence.articles)
        for number, piece in enumerate(pieces, start=1)
    ]


def _as_told(words: str) -> str:
    """Replaces the quotation marks of the words with those that a model would use."""
    return re.sub(r'"([^"]*)"', r"“\1”", words)


def _pieces(source: str, evidence: Evidence) -> tuple[tuple[Place, ...], ...]:
    return tuple((Place(source, span),) for span in evidence.sentences[source])


def _number(words: str, pieces: Sequence[tuple[Place, ...]], evidence: Evidence) -> int:
    for number, (place,) in enumerate(pieces, start=1):
        if words in evidence.quote(place):
            return number
    raise ValueError(f"No sentence holds {words!r}.")


def seeds(data: Path, limit: int | None = None) -> Evidence:
    """Loads everything in the library at `data`, or its first `limit` articles, as evidence."""
    with closing(Store.open(data)) as store, store.reading() as view:
        articles = view.articles(view.sources()[:limit])
        record = tuple(view.statements(sources=list(articles)))
    return Evidence(
        articles, record=record, sentences={source: sentences(article) for source, article in articles.items()}
    )


@dataclass(frozen=True, slots=True)
class Outcome:
    """Traps laid and withheld by kind, those that were missed, and the right sentences that were lost."""

    laid: Counter[str]
    withheld: Counter[str]
    missed: tuple[tuple[str, str], ...]
    right: int
    lost: tuple[tuple[str, str], ...]


def lay(cases: Sequence[Case], count_lost: Sequence[Case], *, by_gate: bool = False) -> Outcome:
    """Lays every trap that can be made of the cases that pass; counts what is lost of `count_lost`."""
    lost = [(case.text, reason) for case in count_lost if (reason := case.objection(case.text, by_gate=by_gate))]
    laid: Counter[str] = Counter()
    withheld: Counter[str] = Counter()
    missed = []
    for case in cases:
        if case.objection(case.text, by_gate=by_gate):
            continue
        for kind, trap in TRAPS.items():
            for text in trap(case.text):
                if by_gate and kind == of_another_name.__name__ and case.holds_names_of(text):
                    continue  # a misplaced name that the cited words hold is left to the judge
                laid[kind] += 1
                if case.objection(text, by_gate=by_gate):
                    withheld[kind] += 1
                else:
                    missed.append((kind, text))
    return Outcome(laid, withheld, tuple(missed), len(count_lost), tuple(lost))


def _lines(outcome: Outcome, *, by_gate: bool, reads: bool) -> Iterator[str]:
    """Yields the table of one way of checking."""
    yield "the gate alone" if by_gate else "the gate and the proof by words"
    counted = [kind for kind in outcome.laid if not by_gate or kind in CERTAIN]
    for kind, laid in outcome.laid.items():
        aside = "" if kind in counted else "  (left to the reading behind it)"
        yield f"  {kind:24} {outcome.withheld[kind]:4} of {laid:4} withheld{aside}"
    total, withheld = sum(outcome.laid[kind] for kind in counted), sum(outcome.withheld[kind] for kind in counted)
    yield f"  {'all that it must catch':24} {withheld:4} of {total:4} withheld ({withheld / max(total, 1):.1%})"
    yield f"  {'right sentences lost':24} {len(outcome.lost):4} of {outcome.right:4}"
    for name, text in (*outcome.missed, *outcome.lost) if reads else ():
        yield f"{name}\n    {text}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table; with `--read`, every trap that was missed and every right sentence that was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(".onrecord"), help="a library of seeds/")
    parser.add_argument(
        "--articles", type=int, help="take so many articles of any library, and only what they say word for word"
    )
    parser.add_argument("--read", action="store_true", help="list what went wrong")
    options = parser.parse_args(arguments)
    try:
        evidence = seeds(options.data, options.articles)
    except OnrecordError as error:
        parser.error(str(error))
    written = right(evidence) if options.articles is None else []
    as_printed = verbatim(evidence)
    for by_gate in (True, False):
        outcome = lay([*written, *as_printed], written or as_printed, by_gate=by_gate)
        for line in _lines(outcome, by_gate=by_gate, reads=options.read):
            sys.stdout.write(f"{line}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
