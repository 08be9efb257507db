"""The sources, as escaped HTML: every article and every file of the folder, how it stands, and the way into it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
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


def room_html(standing: Sequence[Standing], search: str = "", page: int = 1) -> str:
    """The whole room: what there is in numbers, a search, the table; of a later page the rows alone."""
    sought = search.strip().casefold()
    found = [one for one in standing if sought in _searched(one)] if sought else list(standing)
    rows = "".join(_row_html(one) for one in found[(page - 1) * PAGE : page * PAGE])
    left = len(found) - page * PAGE
    if left > 0:
        address = attribute(f"sources?{urlencode({'search': search, 'page': page + 1})}")
        more = f'<button type="button" class="more" data-more="{address}">Show more of {left:,}</button>'
        rows += f'<li class="rest">{more}</li>'
    if page > 1:
        return rows
    nothing = '<p class="nothing">No source is called that.</p>' if not found else ""
    return (
        f'<h2 class="room-title">Sources</h2>{_counts_html(standing)}'
        '<form class="filters finding" data-room="sources" role="search" aria-label="Find a source"><label>Find'
        f'<input type="search" name="search" value="{attribute(search)}" autocomplete="off"></label>'
        f'<span class="does"><button type="submit">Find</button></span></form>{nothing}<ul class="shelf">{rows}</ul>'
    )


def _counts_html(standing: Sequence[Standing]) -> str:
    """What there is, and what to do about files that are not in the library as they are."""
    states = Counter(one.state for one in standing)
    articles = sum(one.shelved is not None for one in standing)
    words = sum(one.words for one in standing)
    said = [f"<b>{count(articles, 'article')}</b>", f"{words:,} words"]
    said += [f"{states[state]:,} {STATES[state]}" for state in ("new", "changed", "gone", "failed") if states[state]]
    stale = states["new"] + states["changed"] + states["gone"]
    hint = '<p class="hint">Run <code>onrecord index</code> to bring the library up to date.</p>' if stale else ""
    return f'<p class="count" role="status">{" · ".join(said)}</p>{hint}'


def _row_html(one: Standing) -> str:
    state = f'<span class="state-of {one.state}">{text(one.reason or STATES[one.state])}</span>'
    if one.shelved is None:
        return (
            f'<li class="{one.state}"><p class="name" dir="auto">{text(one.source)}</p><p class="meta">{state}</p></li>'
        )
    read = attribute(f"article?{urlencode({'name': one.source})}")
    facts = [one.shelved.outlet, one.shelved.published or "undated", f"{one.words:,} words", one.source]
    said = attribute(f"#record?{urlencode({'source': one.source, 'order': 'place'})}")
    meta = " · ".join(f"<bdi>{text(fact)}</bdi>" for fact in facts if fact)
    title = text(one.shelved.title or one.source)
    return (
        f'<li class="{one.state}"><a class="reads name" dir="auto" href="{read}">{title}</a>'
        f'<p class="meta">{meta} · <a href="{said}">{count(one.shelved.statements, "statement")}</a>'
        f"{'' if one.state == 'indexed' else f' · {state}'}</p></li>"
    )


def _searched(one: Standing) -> str:
    shelved = one.shelved
    parts = (one.source, shelved.title, shelved.outlet, shelved.published) if shelved else (one.source,)
    return " ".join(part for part in parts if part).casefold()
