"""Lays traps for the check of a model's sentences: right ones with one edit that makes them wrong, over the seeds.

`python -m evals.proof_traps` prints how many of each kind the gate alone withholds, and how many the gate and the proof
by words together, as where no judge may read; and how many right sentences each loses. The right sentences stand in
`rephrased.jsonl`; what the articles say word for word is right as well. A trap counts only if the sentence that it was
made from passes, so that nothing but the edit can be the reason to withhold it.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from evals.sets import read_lines
from rag.answering.checking.gate import Beside, pass_gate, proved
from rag.core import Claim, Evidence, Place
from rag.core.errors import OnrecordError
from rag.ingestion.segmentation import sentences
from rag.library.store import Store

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
