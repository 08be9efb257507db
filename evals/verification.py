"""Measures how drafts are checked: `python -m evals.verification --data DIR`, on quotations from a library's record.

A draft is made of true quotations, of such with one word altered, of such credited to somebody else on record, and of
invented ones; all look alike. Every number comes from the printed table of kinds and verdicts.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from evals.report import print_table
from rag import Assistant, Checked, Settings, build, verify_draft
from rag.core import Article, Statement

LAID = ("true", "altered", "swapped speaker", "invented")
RIGHT = {"true": "verbatim", "altered": "altered", "swapped speaker": "wrong_speaker", "invented": "not_found"}
VERDICTS = ("verbatim", "altered", "wrong_speaker", "not_said", "too_short", "not_found")

_A_DRAFT = 10
"""Quotations in one draft, as in a news report."""
_LEAST_WORDS = 5
_WORD = re.compile(r"[^\W\d_]{4,}")
_FRAMES: tuple[Callable[[str, str], str], ...] = (
    lambda quote, name: f"“{quote}” {name} said.",
    lambda quote, name: f"{name} said: “{quote}”",
    lambda quote, name: f'"{quote}," {name} told reporters on Monday.',
    lambda quote, name: f'According to {name}, "{quote}"',
    lambda quote, name: f"{name} added, “{quote}”",
    lambda quote, name: f"«{quote}», said {name}.",
)


@dataclass(frozen=True, slots=True)
class Laid:
    """A quotation of a draft: its words, whom the draft credits, and how it was altered."""

    kind: str
    quote: str
    name: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """A quotation and its verdict; None where the draft check did not find the quotation."""

    laid: Laid
    checked: Checked | None


def outcomes(assistant: Assistant, each: int, seed: int = 7) -> tuple[list[Outcome], float]:
    """Checks drafts of `each` quotations of every kind (half as many invented); gives verdicts and seconds."""
    chance = random.Random(seed)  # noqa: S311 - a sample, not a secret
    laid = list(_laid(assistant, each, chance))
    chance.shuffle(laid)
    results: list[Outcome] = []
    started = time.perf_counter()
    for first in range(0, len(laid), _A_DRAFT):
        part = laid[first : first + _A_DRAFT]
        lines = [chance.choice(_FRAMES)(quotation.quote, quotation.name) for quotation in part]
        checked = verify_draft("A report\n\n" + "\n\n".join(lines) + "\n", assistant.store)
        results += [_outcome(quotation, checked) for quotation in part]
    return results, time.perf_counter() - started


def _outcome(laid: Laid, checked: Sequence[Checked]) -> Outcome:
    bare = laid.quote.strip(" .,")
    return Outcome(laid, next((found for found in checked if found.text.strip(" .,") == bare), None))


def _laid(assistant: Assistant, each: int, chance: random.Random) -> Iterator[Laid]:
    """Makes quotations of every kind, each from another true one of a speaker known by more than one word."""
    quotes = list(_quotes(assistant))
    chance.shuffle(quotes)
    names = sorted({name for _, name in quotes})
    plan = [kind for kind in ("true", "altered", "swapped speaker") for _ in range(each)]
    for kind, (quote, name) in zip(plan, quotes, strict=False):
        if kind == "altered":
            yield Laid(kind, _altered(quote, chance), name)
        elif kind == "swapped speaker":
            yield Laid(kind, quote, chance.choice([rival for rival in names if rival.split()[-1] != name.split()[-1]]))
        else:
            yield Laid(kind, quote, name)
    for _ in range(each // 2):
        yield Laid("invented", _invented(chance), chance.choice(names))


def _quotes(assistant: Assistant) -> Iterator[tuple[str, str]]:
    """Finds direct quotes in one line, of five words or more, with their speakers."""
    with assistant.store.reading() as view:
        every = [statement for statement in view.statements(kind="direct") if _is_fit(statement)]
        articles = view.articles({statement.source for statement in every})
    for statement in every:
        quote = _sentence(articles[statement.source], statement)
        if len(quote.split()) >= _LEAST_WORDS and statement.speaker:
            yield quote, statement.speaker


def _is_fit(statement: Statement) -> bool:
    """Returns whether a person is named in full, and nobody else is credited with the same words."""
    return bool(statement.speaker and " " in statement.speaker and statement.repeats is None)


def _sentence(article: Article, statement: Statement) -> str:
    """Cuts the first slice of a quote, if it can stand between any quotation marks."""
    words = article.cut(statement.content[0]).strip(" .,")
    return "" if re.search(r"[\n\r\"“”«»„\[\]…]|\.\.\.|''", words) else words


def _altered(quote: str, chance: random.Random) -> str:
    """Replaces one word of four letters or more, if possible neither the first nor the last."""
    found = list(_WORD.finditer(quote))
    place = chance.choice(found[1:-1] or found or [re.match(r"\S+", quote)])
    if place is None:
        return f"{quote} never"
    replacement = chance.choice([word for word in _OTHERS if word != place.group().lower()])
    return f"{quote[: place.start()]}{replacement}{quote[place.end() :]}"


_OTHERS = ("never", "harbour", "quickly", "seven", "teachers", "refuse", "orange", "together", "nearly", "promised")
_SUBJECTS = ("The lighthouse keepers", "Our beekeepers", "Most violinists", "The ferry captains", "My neighbours")
_VERBS = ("will repaint", "have quietly measured", "should not have sold", "once borrowed", "are going to auction")
_OBJECTS = ("the copper weathervane", "nine crates of marmalade", "the old cinema organ", "every velvet curtain")
_ENDS = ("before the regatta", "without telling the choir", "on a rainy Thursday", "for the puppet museum")


def _invented(chance: random.Random) -> str:
    """Invents a sentence that nobody said."""
    return " ".join(chance.choice(words) for words in (_SUBJECTS, _VERBS, _OBJECTS, _ENDS))


def table(results: Sequence[Outcome]) -> dict[str, Counter[str]]:
    """Counts the verdicts by kind; "unread" where the draft's quotation itself was missed."""
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in LAID}
    for result in results:
        counts[result.laid.kind][result.checked.verdict if result.checked else "unread"] += 1
    return counts


def share_right(counts: dict[str, Counter[str]], kind: str) -> float | None:
    """Returns the share of a kind with the right verdict; None if there was none."""
    laid = counts[kind].total()
    return counts[kind][RIGHT[kind]] / laid if laid else None


def main(words: Sequence[str] | None = None) -> int:
    """Prints the table, and writes it as JSON on request."""
    parser = argparse.ArgumentParser(prog="python -m evals.verification", description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="the library to quote from")
    parser.add_argument("--each", type=int, default=200, help="quotations of each kind; half as many are invented")
    parser.add_argument("--json", type=Path, help="write the table to this file too")
    parser.add_argument("--wrong", action="store_true", help="list what was not given its verdict")
    options = parser.parse_args(words)
    with closing(build(Settings.from_environment(data=options.data))) as assistant:
        results, seconds = outcomes(assistant, options.each)
    counts = table(results)
    _print(counts, len(results), seconds)
    for result in results if options.wrong else ():
        if result.checked is None or result.checked.verdict != RIGHT[result.laid.kind]:
            sys.stdout.write(f"{result.laid.kind}: {result.laid.name}: {result.laid.quote!r}\n    {result.checked}\n")
    if options.json:
        options.json.write_text(json.dumps(counts, indent=1) + "\n", encoding="utf-8")
    return 0


def _print(counts: dict[str, Counter[str]], laid: int, seconds: float) -> None:
    rows = []
    for kind in LAID:
        right = share_right(counts, kind)
        figures = (str(counts[kind][verdict] or "") for verdict in (*VERDICTS, "unread"))
        rows.append([kind, *figures, "" if right is None else f"{right:.3f}"])
    print_table(("laid", *VERDICTS, "unread", "right"), rows)
    milliseconds = 1000 * seconds / max(laid, 1)
    sys.stdout.write(f"{laid} quotations, {milliseconds:.0f} ms each with the draft's own attribution\n")


if __name__ == "__main__":
    sys.exit(main())
