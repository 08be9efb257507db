"""The sources, as escaped HTML: every article and every file, how it stands, the way into it, and what may be added."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from rag import Standing
from ui.chat import count
from ui.escape import attribute, text

STATES = {
    "indexed": "indexed",
    "changed": "changed since it was read",
    "gone": "the file is gone",
    "new": "not read yet",
    "failed": "cannot be read",
}
PAGE = 200
"""How many are listed at once."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Which of the sources are to be listed: those that hold the words, in that state; all if nothing is said."""

    search: str = ""
    state: str = ""
    page: int = 1

    def finds(self, one: Standing) -> bool:
        """Whether it is one of them."""
        return (not self.state or one.state == self.state) and self.search.strip().casefold() in _searched(one)

    @property
    def next_page(self) -> str:
        """The address of the next page of the list."""
        return f"sources?{urlencode({'search': self.search, 'state': self.state, 'page': self.page + 1})}"


@dataclass(frozen=True, slots=True)
class Intake:
    """What may be done about the sources from the page. `removable` are the uploads that this reader may remove."""

    formats: Sequence[str]
    most_bytes: int
    removable: Collection[str] = field(default=frozenset())
    watched: bool = False


ALL = Sought()


def room_html(standing: Sequence[Standing], sought: Sought = ALL, intake: Intake | None = None) -> str:
    """The whole room: numbers, files to hand in, a search, the list; of a later page of the list the rows alone."""
    found = [one for one in standing if sought.finds(one)]
    shown = found[(sought.page - 1) * PAGE : sought.page * PAGE]
    rows = "".join(_rows_html(shown, intake.removable if intake else ()))
    left = len(found) - sought.page * PAGE
    if left > 0:
        more = f'<button type="button" class="more" data-more="{attribute(sought.next_page)}">Show more of {left:,}'
        rows += f'<li class="rest">{more}</button></li>'
    if sought.page > 1:
        return rows
    nothing = "" if found else f'<p class="nothing">{_nothing(sought)}</p>'
    return (
        f'<h2 class="room-title">Sources</h2><div class="tally">{_counts_html(standing, sought, intake)}</div>'
        f"{_intake_html(intake) if intake else ''}{_search_html(sought, intake)}"
        f'<div class="listed">{nothing}<ul class="shelf">{rows}</ul></div>'
    )


def _counts_html(standing: Sequence[Standing], sought: Sought, intake: Intake | None) -> str:
    """What there is, and what to do about files that are not in the library as they are."""
    states = Counter(one.state for one in standing)
    articles = sum(one.shelved is not None for one in standing)
    words = sum(one.words for one in standing)
    said = [f"<b>{count(articles, 'article')}</b>", f"{words:,} words"]
    for state in ("new", "changed", "gone", "failed"):
        if states[state]:
            told = f"{states[state]:,} {STATES[state]}"
            said.append(told if sought.state == state else f'<a href="#sources?state={state}">{told}</a>')
    if sought.state or sought.search:
        said.append('<a href="#sources">Show all</a>')
    stale = states["new"] + states["changed"] + states["gone"]
    hint = '<p class="hint">Run <code>onrecord index</code> to bring the library up to date.</p>'
    return f'<p class="count" role="status">{" · ".join(said)}</p>{hint if stale and not intake else ""}'


def _intake_html(intake: Intake) -> str:
    """Where files are handed in, and what is being read."""
    formats = ", ".join(suffix.removeprefix(".") for suffix in intake.formats if suffix != ".htm")
    watched = "New, changed and removed files of the folder are read by themselves. " if intake.watched else ""
    return (
        f'<section class="intake" aria-label="Add articles" data-most="{intake.most_bytes}" '
        f'data-formats="{attribute(" ".join(intake.formats))}">'
        '<p class="drop"><span class="invites">Drop articles here, or</span> <label class="quiet file">Choose files'
        f'<input type="file" multiple accept="{attribute(",".join(intake.formats))}" aria-describedby="intake-takes">'
        f'</label></p><p class="takes" id="intake-takes">{text(formats)}; up to {intake.most_bytes // 1_000_000} MB '
        "each. They join this library, under uploads/.</p>"
        '<ul class="arrivals" aria-label="Files handed in" hidden></ul>'
        '<button type="button" class="quiet clear" data-act="clear-arrivals" hidden>Clear this list</button></section>'
        f'<p class="keeping"><span class="now" role="status">{watched}</span> '
        '<button type="button" class="quiet" data-act="read-again">Read the folder again</button></p>'
        '<p class="trouble standing-trouble" role="alert" hidden></p>'
    )


def _search_html(sought: Sought, intake: Intake | None) -> str:
    state = f'<input type="hidden" name="state" value="{attribute(sought.state)}">' if sought.state else ""
    rule = "" if intake else " bare"
    return (
        f'<form class="filters finding{rule}" data-room="sources" role="search" aria-label="Find a source"><label>Find'
        f'<input type="search" name="search" value="{attribute(sought.search)}" autocomplete="off"></label>{state}'
        '<span class="does"><button type="submit">Find</button></span></form>'
    )


def _nothing(sought: Sought) -> str:
    if sought.search:
        return "No source is called that."
    return "None is in that state." if sought.state else "There is nothing yet."


def _rows_html(shown: Sequence[Standing], removable: Collection[str]) -> Iterator[str]:
    """A row each; a file of many articles can be removed at the first of them."""
    offered: set[str] = set()
    for one in shown:
        offers = one.file in removable and one.file not in offered
        offered.add(one.file)
        yield _row_html(one, _removal_html(one) if offers else "")


def _removal_html(one: Standing) -> str:
    return (
        f'<button type="button" class="quiet" data-act="unload" data-source="{attribute(one.file)}"'
        f' aria-label="Remove {attribute(one.file)}">Remove</button>'
    )


def _row_html(one: Standing, removal: str) -> str:
    state = f'<span class="state-of {one.state}">{text(one.reason or STATES[one.state])}</span>'
    if one.shelved is None:
        return (
            f'<li class="{one.state}"><p class="name" dir="auto">{text(one.source)}</p>'
            f'<p class="meta">{state}{removal}</p></li>'
        )
    read = attribute(f"article?{urlencode({'name': one.source})}")
    facts = [one.shelved.outlet, one.shelved.published or "undated", f"{one.words:,} words", one.source]
    said = attribute(f"#record?{urlencode({'source': one.source, 'order': 'place'})}")
    meta = " · ".join(f"<bdi>{text(fact)}</bdi>" for fact in facts if fact)
    title = text(one.shelved.title or one.source)
    return (
        f'<li class="{one.state}"><a class="reads name" dir="auto" href="{read}">{title}</a>'
        f'<p class="meta">{meta} · <a href="{said}">{count(one.shelved.statements, "statement")}</a>'
        f"{'' if one.state == 'indexed' else f' · {state}'}{removal}</p></li>"
    )


def _searched(one: Standing) -> str:
    shelved = one.shelved
    parts = (one.source, shelved.title, shelved.outlet, shelved.published) if shelved else (one.source,)
    return " ".join(part for part in parts if part).casefold()
