"""Who said what, as escaped HTML: every statement on record, filtered, in order, each one open to its source."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from urllib.parse import urlencode

from rag import Article, Recorded, Statement, Wanted
from rag.core import ArticleDetails, ArticleListing, Kind, Span
from ui.chat import count
from ui.credit import KIND_WORDS, UNNAMED, classes_of, credit_of, tag_html
from ui.escape import attribute, text
from ui.source import SourceLink
from ui.timeline import timeline_html

PAGE: int = 50
"""How many statements are shown at once; the rest is one click away."""

ORDERS = {"newest": "Newest first", "oldest": "Oldest first", "speaker": "By speaker", "place": "By article"}
KINDS: tuple[Kind, ...] = ("direct", "mixed", "reported")
SPEAKERS_OFFERED = 2_000
"""How many names the field for the speaker completes."""

CHOICES = 12
"""How many people of an article are offered where a speaker is corrected."""


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters as the reader typed them; an empty one is not set. `view` is "then" for one speaker through time."""

    by: str = ""
    about: str = ""
    outlet: str = ""
    source: str = ""
    kind: str = ""
    since: str = ""
    until: str = ""
    order: str = "newest"
    view: str = ""

    @property
    def wanted(self) -> Wanted:
        """As the record is asked. ValueError for a day that is none."""
        return Wanted(
            by=self.by.strip() or None,
            about=self.about.strip() or None,
            outlet=self.outlet or None,
            source=self.source or None,
            kind=next((kind for kind in KINDS if kind == self.kind), None),
            since=dt.date.fromisoformat(self.since) if self.since else None,
            until=dt.date.fromisoformat(self.until) if self.until else None,
        )

    @property
    def query(self) -> str:
        """As part of an address; what is not set is left out."""
        return urlencode({name: value for name, value in asdict(self).items() if value and value != _UNSET[name]})


_UNSET = asdict(Filters())
_PLAIN = {"said", "says", "say", "saying"}
"""Verbs that tell no more than that somebody spoke."""


def room_html(
    filters: Filters, recorded: Recorded, articles: Mapping[str, Article], summary: ArticleDetails, head: str = ""
) -> str:
    """The whole room: filters, who the speaker is (`head`, as HTML), count, timeline, the first page of statements."""
    return (
        f'<h2 class="room-title">Who said what</h2>{_form_html(filters, summary)}'
        f"{head}{_count_html(filters, recorded)}{timeline_html(recorded, filters.query)}"
        f'<ol class="statements">{page_html(filters, recorded, articles, 1)}</ol>'
    )


def page_html(filters: Filters, recorded: Recorded, articles: Mapping[str, Article], page: int) -> str:
    """One page of statements as list items, the last of them the way to the next page."""
    ordered = in_order(recorded, filters)
    shown = ordered[(page - 1) * PAGE : page * PAGE]
    items = "".join(_items_html(shown, recorded, articles, then=filters.view == "then"))
    left = len(ordered) - page * PAGE
    if left <= 0:
        return items
    address = attribute(f"record?{filters.query}&page={page + 1}")
    more = (
        f'<button type="button" class="more" data-more="{address}">Show {min(left, PAGE):,} more of {left:,}</button>'
    )
    return f'{items}<li class="rest">{more}</li>'


def shown_sources(filters: Filters, recorded: Recorded, page: int) -> set[str]:
    """The articles that a page of statements needs the text of."""
    return {one.source for one in in_order(recorded, filters)[(page - 1) * PAGE : page * PAGE]}


def in_order(recorded: Recorded, filters: Filters) -> list[Statement]:
    """The statements as the reader wants them ordered; those without a date come last."""
    shelf = recorded.shelf
    every = [*recorded.statements, *recorded.undated]
    if filters.order == "speaker":
        return sorted(every, key=lambda one: (one.speaker is None, (one.speaker or "").casefold()))
    if filters.order == "place":
        return every
    dated = [one for one in every if shelf[one.source].published]
    dated.sort(key=lambda one: shelf[one.source].published or "", reverse=filters.order != "oldest")
    return dated + [one for one in every if not shelf[one.source].published]


def statement_html(identity: str, recorded: Recorded, article: Article) -> str:
    """One statement of an article as a list item; nothing if the article has no such statement."""
    return "".join(
        _item_html(one, recorded.shelf[one.source], article) for one in recorded.statements if one.id == identity
    )


def correction_html(identity: str, recorded: Recorded) -> str:
    """The form that names the speaker of a statement by hand; `recorded` are all statements of its article.

    Those between whom the article leaves it open are offered first, then everybody else it names as a speaker.
    """
    one = next((one for one in recorded.statements if one.id == identity), None)
    if one is None:
        return ""
    named = (name for other in recorded.statements for name in (other.speaker, *other.candidates, other.speaks_for))
    others = [name for name in dict.fromkeys((*one.candidates, *named)) if name and name != one.speaker]
    choices = "".join(_choice_html(name, meant=name in one.candidates) for name in others[:CHOICES])
    offered = '<div class="choices" role="group" aria-label="People of this article">'
    return (
        '<form class="correcting" data-room="record"><label>Who said it?'
        f'<input name="speaker" list="speakers" value="{attribute(one.speaker or "")}" autocomplete="off" dir="auto">'
        f'</label>{f"{offered}{choices}</div>" if choices else ""}<div class="does">'
        '<button type="submit" class="solid">Save</button>'
        '<button type="button" class="quiet" data-act="keep">Cancel</button>'
        '<span class="hint">Leave it empty if nobody is named.</span></div></form>'
    )


def _choice_html(name: str, *, meant: bool) -> str:
    marked = " meant" if meant else ""
    return f'<button type="button" class="choice{marked}" data-act="choose" dir="auto">{text(name)}</button>'


def _form_html(filters: Filters, summary: ArticleDetails) -> str:
    speakers = "".join(f'<option value="{attribute(name)}"></option>' for name in summary.speakers[:SPEAKERS_OFFERED])
    outlets = "".join(_option(name, name, filters.outlet) for name in summary.outlets)
    kinds = "".join(_option(kind, KIND_WORDS[kind].capitalize(), filters.kind) for kind in KINDS)
    orders = "".join(_option(order, name, filters.order) for order, name in ORDERS.items())
    hidden = {name: value for name, value in (("source", filters.source), ("view", filters.view)) if value}
    unseen = "".join(f'<input type="hidden" name="{name}" value="{attribute(hidden[name])}">' for name in hidden)
    return (
        '<form class="filters" data-room="record" role="search" aria-label="Filter the statements">'
        f'{_field("Speaker", "by", filters.by, listed="speakers")}<datalist id="speakers">{speakers}</datalist>'
        f"{_field('Topic', 'about', filters.about)}"
        f'<label>Outlet<select name="outlet"><option value="">Any</option>{outlets}</select></label>'
        f'<label>Kind<select name="kind"><option value="">Any</option>{kinds}</select></label>'
        f"{_field('From', 'since', filters.since, kind='date')}{_field('To', 'until', filters.until, kind='date')}"
        f'<label>Order<select name="order">{orders}</select></label>{unseen}'
        f'<span class="does"><button type="submit">Show</button>'
        '<a class="quiet" href="#record">Clear</a></span></form>'
    )


def _field(name: str, field: str, value: str, *, kind: str = "text", listed: str = "") -> str:
    completes = f' list="{listed}"' if listed else ""
    return (
        f'<label>{name}<input type="{kind}" name="{field}" value="{attribute(value)}"{completes}'
        ' autocomplete="off" dir="auto"></label>'
    )


def _option(value: str, name: str, chosen: str) -> str:
    return f'<option value="{attribute(value)}"{" selected" if value == chosen else ""}>{text(name)}</option>'


def _count_html(filters: Filters, recorded: Recorded) -> str:
    """The true count, what it leaves out, and the way to one speaker's words through time."""
    if recorded.note:
        return f'<p class="count trouble" role="status">{text(recorded.note)}</p>'
    said = [f"<b>{count(recorded.count, 'statement')}</b>"]
    repeated = len(recorded.statements) - recorded.count
    if repeated:
        said.append(f"{repeated:,} more repeat the same words in the same article")
    if recorded.undated:
        said.append(f"{count(len(recorded.undated), 'statement')} listed last, in articles without a date")
    if filters.source:
        said.append(f"only in {text(filters.source)}")
    said += _then_html(filters)
    if recorded.statements or recorded.undated:
        said.append(f'<a href="record.csv?{attribute(filters.query)}" download="statements.csv">Save as CSV</a>')
    else:
        said = ["<b>Nobody on record said that.</b> Take a filter away, or look for fewer words."]
    return f'<p class="count" role="status">{" · ".join(said)}</p>'


def _then_html(filters: Filters) -> Iterator[str]:
    """The way to one speaker's words on a topic through time, and back to the list."""
    if filters.view == "then":
        yield f"then and now: {text(' on '.join(filter(None, (filters.by, filters.about))))}, in the order of time"
        yield f'<a href="#record?{attribute(replace(filters, view="", order="newest").query)}">As a list</a>'
    elif filters.by and filters.about:
        yield f'<a href="#record?{attribute(replace(filters, view="then", order="oldest").query)}">Then and now</a>'
    elif filters.by:
        yield "add a topic to see then and now"


def _items_html(
    shown: Sequence[Statement], recorded: Recorded, articles: Mapping[str, Article], *, then: bool
) -> Iterator[str]:
    shelf = recorded.shelf
    days = groupby(shown, key=lambda one: shelf[one.source].published or "") if then else [("", iter(shown))]
    for day, group in days:
        if then:
            yield f'<li class="day"><h3>{text(day[:10] or "Without a date")}</h3></li>'
        yield from (_item_html(one, shelf[one.source], articles[one.source]) for one in group if one.source in articles)


def _item_html(one: Statement, shelved: ArticleListing, article: Article) -> str:
    """Who, how, the words, where; and what to do if the speaker is wrong."""
    verb = [one.cue] if one.cue.isalpha() and one.cue not in _PLAIN else []
    credit = credit_of(one, one.speaker_as_written or UNNAMED)
    credit = replace(credit, facts=(*verb, *credit.facts, *_polarity(one)))
    tag = tag_html(credit, element="p", href=f"#record?{urlencode({'by': one.speaker})}" if one.speaker else "")
    first = one.content[0]
    href = SourceLink(one.source, first, _others(one, first), shelved.digest).href
    where = " · ".join(
        f"<bdi>{text(part)}</bdi>" for part in (shelved.outlet, shelved.title, shelved.published) if part
    )
    offer = "Wrong speaker?" if one.speaker else "Name the speaker"
    named = f'data-statement="{attribute(one.id)}" data-source="{attribute(one.source)}"'
    return (
        f'<li class="said {classes_of(one)}" {named}>'
        f'{tag}<blockquote dir="auto">{_words(one, article)}&nbsp;<a class="chip open" href="{attribute(href)}"'
        f' aria-label="Open {attribute(one.source)} at line {article.line_of(first.start)}">open</a></blockquote>'
        f'<p class="where">{where or text(one.source)} · line {article.line_of(first.start):,}'
        f'<button type="button" class="quiet" data-act="correct">{offer}</button></p></li>'
    )


def _words(one: Statement, article: Article) -> str:
    """The words as the file has them; what stands between the pieces of an interrupted quote is ours: `[…]`."""
    pieces = (text(article.cut(span)) for span in one.content)
    return " […] ".join(f"“{piece}”" if one.kind == "direct" else piece for piece in pieces)


def _others(one: Statement, first: Span) -> tuple[Span, ...]:
    return tuple(span for span in one.content if span != first)


def _polarity(one: Statement) -> Iterator[str]:
    yield from {"denies": ["a denial"], "asks": ["a question"]}.get(one.polarity, [])
    if one.corrected:
        yield "corrected by hand"
