"""The page's own help, as escaped HTML, and the tables that the README shows too. `python -m ui.help` prints them."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, fields
from itertools import pairwise

from rag import Settings
from ui.escape import text
from ui.said import prose

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
    ("Nothing leaves the machine unless a setting names where it goes", ""),
)
"""What is guaranteed, and beside it what is not."""

_ASKING = (
    ("What somebody said", "What did Lavrov say about the EU?"),
    ("Everybody on a topic", "Who spoke about the peacekeepers?"),
    ("Two people side by side", "Compare Lavrov and Peskov on Armenia."),
    ("How many, how often", "How many of the articles quote Lavrov?"),
    ("Whose words they are", "Who said “public rhetoric”?"),
    ("A fact that stands in them", "Does Russia have a military base in Armenia?"),
    ("What came before", "… and Peskov?   Since when?   Show me the first one in full."),
)
_VARIABLE = re.compile(r"\s*\b(?P<name>(?:ONRECORD|OPENAI)_[A-Z_]+)\.$")


@dataclass(frozen=True, slots=True)
class Dial:
    """One setting that the environment has a variable for."""

    variable: str
    meaning: str
    default: str


def dials() -> tuple[Dial, ...]:
    """Every setting with a variable, in the words of its docstring, which ends with the variable."""
    return tuple(
        Dial(found["name"], meaning[: found.start()].removesuffix("."), _default(name))
        for name, meaning in _documented()
        if (found := _VARIABLE.search(meaning))
    )


def promises_markdown() -> str:
    """The table of what is guaranteed, for the README."""
    rows = "\n".join(f"| {this} | {that} |" for this, that in PROMISES)
    return f"| guaranteed | not guaranteed |\n|---|---|\n{rows}"


def dials_markdown() -> str:
    """The table of the settings, for the README."""
    rows = "\n".join(f"| `{one.variable}` | {one.meaning} | {one.default} |" for one in dials())
    return f"| variable | means | default |\n|---|---|---|\n{rows}"


def room_html() -> str:
    """How to ask, how to read an answer, what is guaranteed, what can be set."""
    asking = "".join(f"<div><dt>{text(kind)}</dt><dd>{text(question)}</dd></div>" for kind, question in _ASKING)
    promises = "".join(f"<tr><td>{prose(this)}</td><td>{prose(that)}</td></tr>" for this, that in PROMISES)
    settings = "".join(
        f"<tr><td><code>{one.variable}</code></td><td>{prose(one.meaning)}</td><td>{prose(one.default)}</td></tr>"
        for one in dials()
    )
    return (
        '<h2 class="room-title">Help</h2><div class="help">'
        "<p>onrecord answers from your articles alone. Every sentence carries numbers: rest on one to read the words "
        "it stands on, press it to see them in the article. A solid red line marks a direct quote, a dashed one "
        "reported speech that is partly quoted, a dotted one reported speech, a thin one the article’s own words. "
        "A sentence of a chat model that cannot be proved is withheld and listed below the answer; where it leads to "
        "words of an article that say as much, these stand in its place.</p>"
        f"<h3>What may be asked</h3><dl>{asking}</dl>"
        '<h3>The rooms</h3><p><a href="#record">Who said what</a> lists every statement on record, with filters and '
        "its true count; with a speaker and a topic, <em>Then and now</em> puts them in the order of time. "
        '<a href="#draft">Check a draft</a> holds each quotation of a text against the articles. '
        '<a href="#sources">Sources</a> shows every article and how it stands, and takes files in: drop them there. '
        "New and changed files of the folder are read by themselves. <b>Conversations</b> are kept on this "
        "machine; a kept one is saved as Markdown, Word, CSV or JSON, and <code>onrecord verify FILE</code> checks a "
        "saved one again later.</p>"
        "<h3>What is guaranteed</h3>"
        f"{_table_html('Guaranteed and not guaranteed', ('Guaranteed', 'Not guaranteed'), promises)}"
        "<h3>Settings</h3><p>Environment variables, or the same lines in a file <code>.env</code> beside you.</p>"
        f"{_table_html('Settings', ('Variable', 'Means', 'Default'), settings)}"
        '<p class="hint"><button type="button" class="quiet" data-act="keys">Keyboard shortcuts</button></p></div>'
    )


def _table_html(name: str, heads: tuple[str, ...], rows: str) -> str:
    """A table that scrolls within itself where the screen is narrow."""
    head = "".join(f'<th scope="col">{one}</th>' for one in heads)
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{name}"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _documented() -> Iterator[tuple[str, str]]:
    """The name of each field with the string that stands below it, on one line."""
    (settings,) = ast.parse(inspect.getsource(Settings)).body
    body = settings.body if isinstance(settings, ast.ClassDef) else []
    for field, below in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            value = below.value if isinstance(below, ast.Expr) else None
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield field.target.id, " ".join(value.value.split())


def _default(name: str) -> str:
    """As it stands in a table; what is made anew on every machine is worded where the field is."""
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
