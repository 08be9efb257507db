"""People on record, as escaped HTML: what the articles tell of one, and those who share a name side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol
from urllib.parse import urlencode

from rag.core import Kind
from ui.chat import count
from ui.credit import KIND_WORDS, dot_html
from ui.escape import attribute, text

SHOWN = 4
"""How many roles and names stand open; the others are behind a fold."""

MOST = 24
"""How many people of one name are set side by side."""


class HeldRole(Protocol):
    """A title or role as articles write it."""

    @property
    def role(self) -> str:
        """The words."""

    @property
    def first(self) -> str | None:
        """The first day on which an article says so."""

    @property
    def last(self) -> str | None:
        """The last day."""


class Profile(Protocol):
    """What the articles tell of one person or body."""

    @property
    def person(self) -> str:
        """The name they are known by on record."""

    @property
    def names(self) -> tuple[str, ...]:
        """All forms of the name, the fullest first."""

    @property
    def roles(self) -> Sequence[HeldRole]:
        """Titles and roles with their days."""

    @property
    def said(self) -> tuple[tuple[Kind, int], ...]:
        """The number of statements by kind."""

    @property
    def first(self) -> str | None:
        """The day of the first article that mentions them."""

    @property
    def last(self) -> str | None:
        """The day of the last one."""

    @property
    def sources(self) -> tuple[str, ...]:
        """The articles that mention them."""

    @property
    def namesakes(self) -> tuple[str, ...]:
        """Others of the same family name."""

    @property
    def by_hand(self) -> bool:
        """Whether a person joined or split them."""


class Bearer(Protocol):
    """Somebody on record who bears a name that was looked for."""

    @property
    def person(self) -> str:
        """The name they are known by on record."""

    @property
    def statements(self) -> int:
        """How many statements are theirs."""

    @property
    def articles(self) -> int:
        """How many articles mention them."""

    @property
    def titles(self) -> tuple[str, ...]:
        """What stands in front of the name."""

    @property
    def roles(self) -> tuple[str, ...]:
        """What articles call them."""


class People(Protocol):
    """Who is who across all articles."""

    def bearers(self, name: str) -> Sequence[Bearer]:
        """Everybody who may be meant by a name, the most quoted first."""

    def profile(self, person: str) -> Profile | None:
        """What the articles tell of the person or body known by this name."""


def head_html(people: People, name: str) -> str:
    """What stands above the statements of somebody: a profile, or those who may be meant, side by side."""
    bearers = people.bearers(name)
    meant = next((one for one in bearers if one.person == name), bearers[0] if len(bearers) == 1 else None)
    if meant is None:
        return _bearers_html(name, bearers) if bearers else ""
    profile = people.profile(meant.person)
    return _profile_html(profile) if profile else ""


def _profile_html(profile: Profile) -> str:
    others = [name for name in profile.names if name != profile.person]
    also = f'<p class="meta">also written {_names(others)}</p>' if others else ""
    namesakes = ", ".join(_person_html(name) for name in profile.namesakes)
    beside = f'<p class="meta">others of that name: {namesakes}</p>' if namesakes else ""
    return (
        f'<section class="profile" aria-label="About this speaker"><h3 class="tag">{dot_html(profile.person)}'
        f'<bdi class="who">{text(profile.person)}</bdi></h3>{also}{_roles_html(profile.roles)}'
        f'<p class="meta">{" · ".join(_counts(profile))}</p>{beside}</section>'
    )


def _counts(profile: Profile) -> Iterator[str]:
    """Statements by kind, articles, the days between which they are mentioned."""
    every = sum(number for _, number in profile.said)
    kinds = ", ".join(_of_kind(kind, number) for kind, number in profile.said if number)
    yield f"<b>{count(every, 'statement')}</b>{f' ({kinds})' if kinds else ''}"
    yield f"mentioned in {count(len(profile.sources), 'article')}"
    if days := _days(profile.first, profile.last):
        yield text(days)
    if profile.by_hand:
        yield "joined or split by hand"


def _of_kind(kind: Kind, number: int) -> str:
    return count(number, KIND_WORDS[kind]) if kind == "direct" else f"{number:,} {KIND_WORDS[kind]}"


def _roles_html(roles: Sequence[HeldRole]) -> str:
    items = [f"<li><bdi>{text(one.role)}</bdi>{_held(one)}</li>" for one in roles]
    if not items:
        return ""
    rest = f"<details><summary>{len(items) - SHOWN} more</summary><ul>{''.join(items[SHOWN:])}</ul></details>"
    return f'<ul class="roles">{"".join(items[:SHOWN])}</ul>{rest if len(items) > SHOWN else ""}'


def _held(role: HeldRole) -> str:
    days = _days(role.first, role.last)
    return f' <span class="days">{text(days)}</span>' if days else ""


def _days(first: str | None, last: str | None) -> str:
    days = [day[:10] for day in (first, last) if day]
    return " to ".join(dict.fromkeys(days))


def _bearers_html(name: str, bearers: Sequence[Bearer]) -> str:
    cards = "".join(_bearer_html(one) for one in bearers[:MOST])
    return (
        f'<section class="bearers" aria-label="Who may be meant"><p>{len(bearers):,} on record bear the name '
        f"<b><bdi>{text(name)}</bdi></b>. Whom do you mean?</p><ul>{cards}</ul></section>"
    )


def _bearer_html(one: Bearer) -> str:
    told = ", ".join([*one.titles, *one.roles][:SHOWN])
    roles = f'<p class="roles"><bdi>{text(told)}</bdi></p>' if told else ""
    return (
        f'<li><p class="tag">{dot_html(one.person)}<span>{_person_html(one.person)}</span></p>{roles}'
        f'<p class="meta">{count(one.statements, "statement")} · {count(one.articles, "article")}</p></li>'
    )


def _person_html(person: str) -> str:
    return f'<a class="who" href="#record?{attribute(urlencode({"by": person}))}"><bdi>{text(person)}</bdi></a>'


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(f"<bdi>{text(name)}</bdi>" for name in names[:SHOWN])
    return shown + (f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else "")
