"""Renders who said what: filtered statements with links to their sources, and profiles of their speakers."""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from urllib.parse import parse_qsl, urlencode

from markupsafe import Markup

from rag import Article, Recorded, Statement, StatementSearch, Wanted
from rag.core import ArticleDetails, Kind, Profile
from rag.core.amounts import with_noun
from ui.exports import KIND_WORDS, UNNAMED_SPEAKER, credit_of
from ui.views.markup import Template, text
from ui.views.source import SourceLink

STATEMENTS_A_PAGE: int = 50
"""Statements per page."""

ORDERS = {"newest": "Newest first", "oldest": "Oldest first", "speaker": "By speaker", "place": "By article"}
KINDS: tuple[Kind, ...] = ("direct", "mixed", "reported")
SPEAKERS_OFFERED = 2_000
"""How many names the field for the speaker completes."""

CHOICES = 12
"""How many people of an article are offered where a speaker is corrected."""

SHOWN = 4
"""Roles and names of a person that are shown; the others are folded away."""

MOST = 24
"""Maximum number of people with one name shown side by side."""

MOST_BARS = 60
"""With more days than this, months are counted together; with more months, years."""

_GRAINS = ((10, "day"), (7, "month"), (4, "year"))
_PLAIN = {"said", "says", "say", "saying"}
"""Verbs that only say that somebody spoke."""


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
        """Returns the filters as a query of the record. ValueError for an invalid day."""
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
        """Writes the filters as part of an address, without empty ones."""
        return urlencode({name: value for name, value in asdict(self).items() if value and value != _UNSET[name]})


_UNSET = asdict(Filters())


def statements_room_html(
    filters: Filters, recorded: Recorded, articles: Mapping[str, Article], summary: ArticleDetails, head: str = ""
) -> Markup:
    """Renders the whole room: filters, who the speaker is (`head`), count, timeline, the first page of statements."""
    form = _SHOW("form", filters, summary, summary.speakers[:SPEAKERS_OFFERED])
    items = page_html(filters, recorded, articles, 1)
    return _SHOW("room", form, head, _count_html(filters, recorded), timeline_html(recorded, filters.query), items)


def page_html(filters: Filters, recorded: Recorded, articles: Mapping[str, Article], page: int) -> Markup:
    """Renders one page of statements as list items, the last one a link to the next page."""
    ordered = sorted_statements(recorded, filters)
    shown = _on_page(ordered, page)
    items = Markup("").join(_items_html(shown, recorded, articles, then=filters.view == "then"))
    left = len(ordered) - page * STATEMENTS_A_PAGE
    if left <= 0:
        return items
    address, following = f"record?{filters.query}&page={page + 1}", f"{min(left, STATEMENTS_A_PAGE):,}"
    return items + _SHOW("more", address, following, f"{left:,}")


def shown_sources(filters: Filters, recorded: Recorded, page: int) -> set[str]:
    """Returns the articles that a page of statements needs the text of."""
    return {statement.source for statement in _on_page(sorted_statements(recorded, filters), page)}


def _on_page(ordered: Sequence[Statement], page: int) -> Sequence[Statement]:
    return ordered[(page - 1) * STATEMENTS_A_PAGE : page * STATEMENTS_A_PAGE]


def sorted_statements(recorded: Recorded, filters: Filters) -> list[Statement]:
    """Returns the statements in the reader's order; those without a date come last."""
    shelf = recorded.shelf
    every = [*recorded.statements, *recorded.undated]
    if filters.order == "speaker":
        return sorted(every, key=lambda statement: (statement.speaker is None, (statement.speaker or "").casefold()))
    if filters.order == "place":
        return every
    dated = [statement for statement in every if shelf[statement.source].published]
    dated.sort(key=lambda statement: shelf[statement.source].published or "", reverse=filters.order != "oldest")
    return dated + [statement for statement in every if not shelf[statement.source].published]


def statement_html(identity: str, recorded: Recorded, article: Article) -> Markup:
    """Renders one statement of an article as a list item; nothing if the article has no such statement."""
    found = (statement for statement in recorded.statements if statement.id == identity)
    return Markup("").join(_item_html(statement, recorded, article) for statement in found)


def correction_html(identity: str, recorded: Recorded) -> Markup:
    """Renders the form that names the speaker of a statement by hand; `recorded` are all statements of its article.

    The candidates that the article leaves open are offered first, then its other speakers.
    """
    wanted = next((statement for statement in recorded.statements if statement.id == identity), None)
    if wanted is None:
        return Markup("")
    named = (
        name
        for statement in recorded.statements
        for name in (statement.speaker, *statement.candidates, statement.speaks_for)
    )
    others = [name for name in dict.fromkeys((*wanted.candidates, *named)) if name and name != wanted.speaker]
    return _SHOW("correction", wanted.speaker or "", [(name, name in wanted.candidates) for name in others[:CHOICES]])


def timeline_html(recorded: Recorded, query: str) -> Markup:
    """Renders a bar for each day, month or year with statements, in order; a bar links to its days.

    Empty for articles of fewer than two days. `query` are the other filters, as part of an address.
    """
    days = Counter(
        published[:10] for statement in recorded.statements if (published := recorded.shelf[statement.source].published)
    )
    if len(days) < 2:  # noqa: PLR2004 - one day is no line
        return Markup("")
    length, grain = next(
        (grain for grain in _GRAINS if len({day[: grain[0]] for day in days}) <= MOST_BARS), _GRAINS[-1]
    )
    bars: Counter[str] = Counter()
    for day, number in days.items():
        bars[day[:length]] += number
    highest = max(bars.values())
    shown = [_bar(period, bars[period], bars[period] / highest, query) for period in sorted(bars)]
    return _SHOW("timeline", grain, min(bars), max(bars), shown)


def head_html(people: StatementSearch, name: str) -> Markup:
    """Renders the head above somebody's statements: a profile, or the possible people side by side."""
    bearers = people.bearers(name)
    meant = next((bearer for bearer in bearers if bearer.person == name), bearers[0] if len(bearers) == 1 else None)
    if meant is None:
        return _SHOW("bearers", name, bearers) if bearers else Markup("")
    profile = people.profile(meant.person)
    if profile is None:
        return Markup("")
    others = [written for written in profile.names if written != profile.person]
    return _SHOW("profile", profile, others, list(_facts_of(profile)))


def _facts_of(profile: Profile) -> Iterator[str]:
    """Yields the statements by kind, the articles, and the first and last day of mention."""
    kinds = ", ".join(
        with_noun(number, KIND_WORDS[kind]) if kind == "direct" else f"{number:,} {KIND_WORDS[kind]}"
        for kind, number in profile.said
        if number
    )
    yield f"{with_noun(sum(number for _, number in profile.said), 'statement')}{f' ({kinds})' if kinds else ''}"
    yield f"mentioned in {with_noun(len(profile.sources), 'article')}"
    if days := _days_of(profile.first, profile.last):
        yield days
    if profile.by_hand:
        yield "joined or split by hand"


def _days_of(first: str | None, last: str | None) -> str:
    days = [day[:10] for day in (first, last) if day]
    return " to ".join(dict.fromkeys(days))


def _count_html(filters: Filters, recorded: Recorded) -> Markup:
    """Renders the true count, what it leaves out, and the link to one speaker's timeline."""
    if recorded.note or not (recorded.statements or recorded.undated):
        return _SHOW("nobody", recorded.note)
    parts: list[tuple[str, str, bool]] = [(with_noun(recorded.count, "statement"), "", False)]
    repeated = len(recorded.statements) - recorded.count
    if repeated:
        parts.append((f"{repeated:,} more {'repeats' if repeated == 1 else 'repeat'} one of them", "", False))
    if recorded.undated:
        undated = with_noun(recorded.undated_count, "statement")
        parts.append((f"{undated} listed last, in articles without a date", "", False))
    if filters.source:
        parts.append((f"only in {filters.source}", "", False))
    parts += ((words, href, False) for words, href in _then(filters))
    parts.append(("Save as CSV", f"record.csv?{filters.query}", True))
    return _SHOW("count_line", parts)


def _then(filters: Filters) -> Iterator[tuple[str, str]]:
    """Yields the links to one speaker's timeline on a topic, and back to the list."""
    if filters.view == "then":
        yield f"then and now: {' on '.join(filter(None, (filters.by, filters.about)))}, in the order of time", ""
        yield "As a list", f"#record?{replace(filters, view='', order='newest').query}"
    elif filters.by and filters.about:
        yield "Then and now", f"#record?{replace(filters, view='then', order='oldest').query}"
    elif filters.by:
        yield "add a topic to see then and now", ""


def _items_html(
    shown: Sequence[Statement], recorded: Recorded, articles: Mapping[str, Article], *, then: bool
) -> Iterator[Markup]:
    shelf = recorded.shelf
    days = (
        groupby(shown, key=lambda statement: shelf[statement.source].published or "") if then else [("", iter(shown))]
    )
    for day, group in days:
        if then:
            yield _SHOW("day", day[:10])
        yield from (
            _item_html(statement, recorded, articles[statement.source])
            for statement in group
            if statement.source in articles
        )


def _item_html(statement: Statement, recorded: Recorded, article: Article) -> Markup:
    """Renders a statement: speaker, kind, words, place, and the form to correct the speaker."""
    listing, first = recorded.shelf[statement.source], statement.content[0]
    verb = [statement.cue] if statement.cue.isalpha() and statement.cue not in _PLAIN else []
    credit = credit_of(statement, statement.speaker_as_written or UNNAMED_SPEAKER)
    credit = replace(credit, facts=(*verb, *credit.facts, *_remarks(statement)))
    who_href = f"#record?{urlencode({'by': statement.speaker})}" if statement.speaker else ""
    others = tuple(span for span in statement.content if span != first)
    href = SourceLink(statement.source, first, others, listing.digest).href
    line, words = article.line_of(first.start), _words(statement, article)
    return _SHOW("statement", statement, credit, who_href, listing, line, href, words)


def _words(statement: Statement, article: Article) -> Markup:
    """Returns the words as in the file; `[…]` between the pieces of an interrupted quote is ours."""
    pieces = (article.cut(span) for span in statement.content)
    return Markup(" […] ").join(text(f"“{piece}”" if statement.kind == "direct" else piece) for piece in pieces)


def _remarks(statement: Statement) -> Iterator[str]:
    yield from {"denies": ["a denial"], "asks": ["a question"]}.get(statement.polarity, [])
    if statement.corrected:
        yield "corrected by hand"


@dataclass(frozen=True, slots=True)
class TimelineBar:
    """A period with statements: its link, its label, and its height in percent."""

    query: str
    words: str
    height: str


def _bar(period: str, number: int, share: float, query: str) -> TimelineBar:
    first, last = period + "0000-01-01"[len(period) :], period + _rest_of(period)
    others = [(name, value) for name, value in parse_qsl(query) if name not in {"since", "until"}]
    address = urlencode([*others, ("since", first), ("until", last)])
    return TimelineBar(address, f"{period}: {with_noun(number, 'statement')}", f"{max(share * 100, 4):.0f}")


def _rest_of(period: str) -> str:
    """Returns the suffix that completes a period to its last day."""
    if len(period) == 10:  # noqa: PLR2004 - a whole date
        return ""
    if len(period) == 4:  # noqa: PLR2004 - a year
        return "-12-31"
    year, month = map(int, period.split("-"))
    return f"-{monthrange(year, month)[1]}"


_SHOW = Template(
    "statements.html", KINDS=KINDS, KIND_WORDS=KIND_WORDS, MOST=MOST, ORDERS=ORDERS, SHOWN=SHOWN, days_of=_days_of
)
