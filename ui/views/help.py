"""The page's own help, and the tables that the README shows too. `python -m ui.views.help` prints them."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, fields
from itertools import pairwise

from markupsafe import Markup

from rag import Settings
from ui.views.markup import Template

PROMISES = (
    (
        "Every citation is a character-exact slice of the article: `text[start:end] == quote`",
        "that a source is right",
    ),
    (
        "Words in quotation marks are verbatim in the cited slice; our omissions are `[…]`, outside the marks",
        "that a cited slice is all that matters",
    ),
    (
        "A statement is credited to a speaker only if the article attributes it to that speaker",
        "that reported speech is what was really said",
    ),
    (
        "A sentence that cannot be proved is withheld and listed, never shown as fact",
        "that every attribution is found; who said what is recorded for English articles only",
    ),
    (
        "If the articles do not answer, it declines, says why, and offers the nearest thing they do say",
        "that every question the articles could answer is answered",
    ),
    (
        (
            "With a model, code checks the quotations, names, numbers, dates and speakers of every sentence against "
            "the places it cites"
        ),
        (
            "meaning: it is read a second time by a model that passed an exam (the page tells its figures), or, "
            "without one, proved word by word"
        ),
    ),
    ("Nothing leaves the machine unless a setting names where it goes; only an address that you add is fetched", ""),
)
"""Each guarantee, with its limits."""

_ASKING = (
    ("What somebody said", "What did Lavrov say about the EU?"),
    ("Everybody on a topic", "Who spoke about the peacekeepers?"),
    ("Two people side by side", "Compare Lavrov and Peskov on Armenia."),
    ("How many, how often", "How many of the articles quote Lavrov?"),
    ("Whose words they are", "Who said “public rhetoric”?"),
    ("A fact that stands in them", "Does Russia have a military base in Armenia?"),
    ("What came before", "… and Peskov?   Since when?   Show me the first one in full."),
)
_SHOW = Template("help.html")
_VARIABLE = re.compile(r"\s*\b(?P<name>(?:ONRECORD|OPENAI)_[A-Z_]+)\.$")


@dataclass(frozen=True, slots=True)
class Dial:
    """One setting that the environment has a variable for."""

    variable: str
    meaning: str
    default: str


def dials() -> tuple[Dial, ...]:
    """Returns every setting with a variable, in the words of its docstring, which ends with the variable."""
    return tuple(
        Dial(found["name"], meaning[: found.start()].removesuffix("."), _default(name))
        for name, meaning in _documented()
        if (found := _VARIABLE.search(meaning))
    )


def promises_markdown() -> str:
    """Returns the table of what is guaranteed, for the README."""
    rows = "\n".join(f"| {this} | {that} |" for this, that in PROMISES)
    return f"| guaranteed | not guaranteed |\n|---|---|\n{rows}"


def dials_markdown() -> str:
    """Returns the table of the settings, for the README."""
    rows = "\n".join(f"| `{dial.variable}` | {dial.meaning} | {dial.default} |" for dial in dials())
    return f"| variable | means | default |\n|---|---|---|\n{rows}"


def help_room_html() -> Markup:
    """Renders the help: how to ask, how to read an answer, what is guaranteed, what can be set."""
    return _SHOW("room", _ASKING, PROMISES, dials())


def _documented() -> Iterator[tuple[str, str]]:
    """Yields the name of each field with the string that stands below it, on one line."""
    (settings,) = ast.parse(inspect.getsource(Settings)).body
    body = settings.body if isinstance(settings, ast.ClassDef) else []
    for field, below in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            value = below.value if isinstance(below, ast.Expr) else None
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield field.target.id, " ".join(value.value.split())


def _default(name: str) -> str:
    """Writes a default for the table; the field itself describes values computed per machine."""
    (default,) = [field.default for field in fields(Settings) if field.name == name]
    if default is MISSING:
        return ""
    if default is None:
        return "unset"
    if isinstance(default, bool):
        return "`on`" if default else "`off`"
    return f"{default:,.0f}" if isinstance(default, int | float) else f"`{default}`"


if __name__ == "__main__":
    sys.stdout.write(f"{promises_markdown()}\n\n{dials_markdown()}\n")
