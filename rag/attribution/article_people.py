"""Who is named in an article: people and bodies with their names, titles, roles and genders, and where it names them.

Works on one article. `roles.py` reads the words beside a name, `bearers.py` tells who of several bears it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rag.attribution import bearers
from rag.attribution.abbreviations import abbreviations
from rag.attribution.bearers import HEADLINE, Figure, Sighting
from rag.attribution.roles import (
    apposition,
    kin_at,
    phrases_at,
    principal_in,
    role_of,
    roles_at,
    title_before,
    title_written,
)
from rag.text.name_matching import fold, gather, given_names, parts, sound
from rag.text.names import (
    Gender,
    WrittenName,
    gender_of,
    is_body,
    is_given_name,
    name_lists,
    nation_of,
    plain,
    written_names,
)
from rag.types import Article, ArticlePerson, Span

_PREPOSITION = re.compile(
    r"\b(?:of|in|by|for|with|from|to|at|on|against|about|between|and|than|over|under|like|including|near|near|as)"
    r"(?: the| an?| his| her| its| their| our)?(?: [a-z]+){0,2} $"
)
_SUBJECT_BEFORE = re.compile(r"\b(?:he|she|they|it|we|I|who)\b", re.IGNORECASE)
_AND_NAME = re.compile(r" and (?=[^\W\d_a-z])")
_PRONOUNS = re.compile(r"\b(?:(he|his|him|himself)|(she|her|hers|herself))\b", re.IGNORECASE)
_MOST_NAMES = 4  # words of a full name: given, middle, particle, family
_FAR = 120  # characters behind which a name is hardly the subject of its sentence


@dataclass(frozen=True, slots=True)
class Heard:
    """What the parser tells of the sentences it has seen.

    `persons` are strings that its entity recogniser takes for people, `bodies` for organisations: one vote among
    others. `subjects`, `speakers` and `asides` are offsets of words (asides describe another noun), `parsed` offsets of
    sentences; `quoted` is what stands in quotation marks.
    """

    persons: frozenset[str] = frozenset()
    bodies: frozenset[str] = frozenset()
    subjects: frozenset[int] = frozenset()
    speakers: frozenset[int] = frozenset()
    asides: frozenset[int] = frozenset()
    parsed: frozenset[int] = frozenset()
    quoted: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody an article names.

    `sightings` are the mentions in the body outside quoted words, `mentions` all of them with those in the headline
    and in quotes; both are in text order. `owners` tells whose a shared family name is when it stands alone, `bodies`
    the long form of a body's short name.
    """

    figures: tuple[Figure, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    mentions: tuple[Sighting, ...] = ()
    owners: Mapping[str, Figure] = field(default_factory=dict)
    bodies: Mapping[str, str] = field(default_factory=dict)
    paragraphs: tuple[int, ...] = ()

    def bearers(self, name: Sequence[str], title: Sequence[str] = (), offset: int | None = None) -> tuple[Figure, ...]:
        """Whom a name means at `offset`: nobody, one person, or all between whom nothing decides."""
        found = bearers.fitting(self.figures, name, title)
        if len(found) < 2 or offset is None:  # noqa: PLR2004
            return tuple(found)
        start = self.paragraphs[max(0, bisect_right(self.paragraphs, offset) - 1)] if self.paragraphs else 0
        return bearers.decide(found, offset, self._owner(found), list(self.before(offset, start)))

    def named(self, name: Sequence[str], title: Sequence[str] = (), offset: int | None = None) -> Figure | None:
        """Whom a name means; None if nobody or if more than one could be meant."""
        found = self.bearers(name, title, offset)
        return found[0] if len(found) == 1 else None

    def body(self, name: str) -> str:
        """The long name of a body, where the article introduces the short one."""
        return self.bodies.get(fold(name), name)

    def speaks_for(self, phrase: str) -> str | None:
        """The full name of whom the spokesman, lawyer or office of a phrase speaks for."""
        span = principal_in(phrase)
        if span is None:
            return None
        words = phrase[span.start : span.end]
        runs = [run for run in written_names(words, Span(0, len(words))) if run.name]
        if not runs:
            role = role_of(words.split())
            held = [figure for figure in self.figures if role is not None and role in figure.roles]
            return held[0].name if len(held) == 1 else None
        found = self.bearers(runs[0].name, runs[0].title)
        if found:
            return found[0].name if len(found) == 1 else None
        return self.body(runs[0].text)

    def before(self, offset: int, start: int) -> Iterator[Sighting]:
        """The mentions that end before `offset` and begin at `start` or later, nearest first."""
        index = bisect_left(self.sightings, offset, key=lambda sighting: sighting.span.start)
        for sighting in reversed(self.sightings[:index]):
            if sighting.span.start < start:
                return
            if sighting.span.end <= offset:
                yield sighting

    def _owner(self, found: Sequence[Figure]) -> Figure | None:
        return self.owners.get(sound(parts(found[0].name)[-1]))


def cast_of(article: Article, sentences: Sequence[Span], heard: Heard) -> Cast:
    """Collects the people and bodies of the headline and the body."""
    runs = [run for block in article.body for run in written_names(article.text, block.span)]
    headline = [
        run for block in article.blocks if block.role == "title" for run in written_names(article.text, block.span)
    ]
    figures = _figures(article, runs, heard)
    _introduce(article, figures, runs)
    _add_relatives(article.text, runs, figures)
    bodies = _bodies(article, heard)
    start = Cast(
        tuple(figures),
        owners=bearers.owners(figures, _bare(runs, figures)),
        bodies=bodies,
        paragraphs=tuple(block.start for block in article.body),
    )
    return _sighted(article, start, headline, runs, [sentence.start for sentence in sentences], heard)


def people_of(cast: Cast) -> tuple[ArticlePerson, ...]:
    """The people and bodies of the cast, in the order of their first mention."""
    seen: dict[str, list[Sighting]] = {}
    for sighting in cast.mentions:
        if sighting.figure is not None or not _is_nationality(sighting.name):
            seen.setdefault(sighting.figure.name if sighting.figure else sighting.name, []).append(sighting)
    return tuple(_person(name, mentions) for name, mentions in seen.items())


def _person(name: str, mentions: Sequence[Sighting]) -> ArticlePerson:
    figure = mentions[0].figure
    titles = tuple(figure.titles) if figure else ()
    described = tuple(figure.described) if figure else ()
    gender = figure.gender if figure else None
    return ArticlePerson(name, figure is None, titles, described, gender, mentions[0].span, len(mentions))


def _is_nationality(name: str) -> bool:
    """Whether a name is no more than the adjective of a nation: “Russian”."""
    nation = nation_of(name)
    return nation is not None and nation != fold(name) and name.lower().endswith(("an", "ish", "ese", "ch", "i"))


def _figures(article: Article, runs: Sequence[WrittenName], heard: Heard) -> list[Figure]:
    """Everybody whom the article calls by a full name, and those whom it only ever calls “Mr Sanders”."""
    alone = {fold(run.text) for run in runs if len(run.name) == 1}
    families = {fold(run.name[-1]) for run in runs if run.name}
    full = [run.text for run in runs if _is_full_name(article.text, run, heard, alone)]
    full += _joined(article.text, runs, full)
    full += _in_headline(article, families)
    figures = [Figure(person.name) for person in gather(full)]
    return figures + _known_by_family_name(runs, figures)


def _is_full_name(text: str, run: WrittenName, heard: Heard, alone: Collection[str]) -> bool:
    if not _could_be_full(run.name):
        return False
    if run.title or title_before(text, run) or is_given_name(run.name[0]):
        return True
    # The recogniser alone is not to be trusted with Sandy Hook: somebody speaks, or is called by the family name later.
    speaks = any(offset in heard.speakers for offset in range(run.span.start, run.span.end))
    return run.text in heard.persons and (speaks or fold(run.name[-1]) in alone)


def _could_be_full(name: Sequence[str]) -> bool:
    if not 2 <= len(name) <= _MOST_NAMES or is_body(tuple(name)) or len(plain(name[-1])) == 1:  # noqa: PLR2004
        return False
    return bool(given_names(" ".join(name))) and not any(plain(word) in name_lists().never for word in name)


def _joined(text: str, runs: Sequence[WrittenName], full: Collection[str]) -> list[str]:
    """The full names that “and” gives: both of “Anna and Karl Berg”, the second of “Ministers Ada Brel and Tom Rusk”."""
    found = []
    known = set(full)
    families = {parts(name)[-1] for name in known if parts(name)}
    for one, other in zip(runs, runs[1:], strict=False):
        beside = _AND_NAME.fullmatch(text, one.span.end, other.span.start) is not None
        if not beside or other.title or not _could_be_full(other.name):
            continue
        if one.text in known:
            found.append(other.text)
        elif len(one.name) == 1 and is_given_name(one.name[0]) and not (one.title or fold(one.text) in families):
            found += [other.text, f"{one.text} {other.name[-1]}"]
    return found


def _headline(article: Article) -> str:
    return article.title or " ".join(article.cut(block.span) for block in article.blocks if block.role == "title")


def _in_headline(article: Article, families: Collection[str]) -> list[str]:
    """The full names of the headline; where all its words have capitals, those whose family name the body has."""
    title, found = _headline(article), []
    for run in written_names(title, Span(0, len(title))) if title else ():
        called = bool(run.title or title_before(title, run))
        for end in range(2, min(len(run.name), _MOST_NAMES) + 1):
            name = run.name[:end]
            whole = end == len(run.name) and len(run.name) <= 3  # noqa: PLR2004  more words are a Title-Case Headline
            if _could_be_full(name) and (called or is_given_name(name[0])) and (whole or fold(name[-1]) in families):
                found.append(" ".join(name))
                break
    return found


def _known_by_family_name(runs: Iterable[WrittenName], figures: Sequence[Figure]) -> list[Figure]:
    """People who are only ever “Mr. Sanders” or “President Obama” here."""
    alone = dict.fromkeys(
        run.text for run in runs if len(run.name) == 1 and run.title and not is_body(run.name) and len(run.text) > 1
    )
    return [
        Figure(name)
        for name in alone
        if parts(name) and not any(bearers.may_be(figure.name, name) for figure in figures)
    ]


def _introduce(article: Article, figures: Sequence[Figure], runs: Iterable[WrittenName]) -> None:
    """Notes where each full name stands; the headline comes before everything."""
    headline = f" {fold(_headline(article))} "
    for figure in figures:
        if given_names(figure.name) and f" {fold(figure.name)} " in headline:
            figure.introduced.append(HEADLINE)
    for run in runs:
        found = bearers.fitting(figures, run.name) if given_names(run.text) else []
        if len(found) == 1:
            found[0].introduced.append(run.span.start)


def _add_relatives(text: str, runs: Sequence[WrittenName], figures: list[Figure]) -> None:
    """Tells kin from whom they are kin of: “his wife, Olga,” of Ivan Trost is Olga Trost."""
    last: Figure | None = None
    for run in runs:
        found = bearers.fitting(figures, run.name, run.title) if run.name else []
        figure = found[0] if len(found) == 1 else None
        kin = kin_at(text, run) if run.name and not is_body(run.name) else None
        if kin is not None and (owner := _owner(kin.owner, figures, last)) is not None:
            figure = _relative(figures, run, owner, shares_name=kin.shares_name, known=figure)
        if figure is not None and (kin is None or figure.kin_of is None):
            last = figure


def _owner(written: str, figures: Sequence[Figure], last: Figure | None) -> Figure | None:
    """Whose wife “his wife”, “Trost's wife” is."""
    if written.lower() in {"his", "her", "their"}:
        gender = {"his": "he", "her": "she"}.get(written.lower())
        return last if last is not None and (gender is None or last.gender in {None, gender}) else None
    found = bearers.fitting(figures, (written,))
    return found[0] if len(found) == 1 else None


def _relative(
    figures: list[Figure], run: WrittenName, owner: Figure, *, shares_name: bool, known: Figure | None
) -> Figure | None:
    if known is owner or (known is None and (len(run.name) > 1 or not shares_name)):
        return known
    if known is None:
        known = Figure(f"{run.text} {owner.name.split()[-1]}")
        figures.append(known)
    known.kin_of = known.kin_of or owner
    known.introduced = sorted({*known.introduced, run.span.start})
    return known


def _bare(runs: Iterable[WrittenName], figures: Sequence[Figure]) -> dict[str, list[int]]:
    """Where each family name stands alone, by its sound."""
    found: dict[str, list[int]] = {}
    known = {sound(parts(figure.name)[-1]) for figure in figures}
    for run in runs:
        family = sound(parts(run.text)[-1]) if parts(run.text) and not given_names(run.text) else None
        if family in known and family is not None:
            found.setdefault(family, []).append(run.span.start)
    return found


def _bodies(article: Article, heard: Heard) -> dict[str, str]:
    """The long form of every short name, and of every name of a body itself, by its folded form."""
    found = {fold(name): name for name in heard.bodies}
    for pair in abbreviations(article.text):
        runs = [run for run in written_names(pair.long, Span(0, len(pair.long))) if run.name]
        if runs:
            long = pair.long[runs[0].span.start :]
            found |= {fold(pair.short): long, fold(long): long}
    return found


def _sighted(
    article: Article,
    cast: Cast,
    headline: Sequence[WrittenName],
    runs: Sequence[WrittenName],
    starts: Sequence[int],
    heard: Heard,
) -> Cast:
    """The cast with all mentions, and its people with what the mentions tell of them."""
    body: list[Sighting] = []
    everything: list[Sighting] = []
    last: Figure | None = None
    for run in (*headline, *runs):
        figure = _meant(cast, run, body)
        if figure is None and not _names_body(cast, run):
            continue
        if figure is not None:
            _learn(article.text, run, figure, last if last is not figure else None)
            last = figure
        seen = _sighting(article.text, cast, run, figure, starts, heard)
        everything.append(seen)
        if run not in headline and not any(span.covers(run.span) for span in heard.quoted):
            body.append(seen)
    for figure in cast.figures:
        figure.gender = figure.gender or _gender_by_pronouns(article.text, figure, body, starts)
    return replace(cast, sightings=tuple(body), mentions=tuple(everything))


def _meant(cast: Cast, run: WrittenName, body: Sequence[Sighting]) -> Figure | None:
    if not run.name:
        return None
    found = bearers.fitting(cast.figures, run.name, run.title)
    if len(found) < 2:  # noqa: PLR2004
        return found[0] if found else None
    return replace(cast, sightings=tuple(body)).named(run.name, run.title, run.span.start)


def _names_body(cast: Cast, run: WrittenName) -> bool:
    return is_body(run.name) or (bool(run.name) and fold(run.text) in cast.bodies)


def _sighting(
    text: str, cast: Cast, run: WrittenName, figure: Figure | None, starts: Sequence[int], heard: Heard
) -> Sighting:
    name = run.text if figure else cast.body(run.text)
    ends = text[run.span.start : run.span.end].rstrip(".").rfind(" ") + 1 + run.span.start
    aside = run.possessive or ends in heard.asides
    return Sighting(run.span, name, figure, _is_subject(text, run, starts, heard), aside)


def _learn(text: str, run: WrittenName, figure: Figure, other: Figure | None) -> None:
    """Takes over what stands around a mention: titles, an apposition, “his Armenian counterpart”."""
    if title := title_written(text, run):
        figure.titles.setdefault(title)
    for phrase in phrases_at(text, run):
        figure.described.setdefault(phrase)
        figure.phrase = figure.phrase or (phrase if principal_in(phrase) is not None else None)
    titles = run.title or tuple(plain(word) for word in title_before(text, run))
    figure.gender = figure.gender or gender_of(titles, tuple(figure.name.split()))
    for role in roles_at(text, run):
        if role.head == "counterpart":
            known = [theirs for theirs in (other.roles if other else ()) if theirs.head != "counterpart"]
            figure.roles.update(replace(theirs, nation=role.nation) for theirs in known)
        figure.roles.add(role)
    if figure.gender is None and (apposed := apposition(text, run)):
        figure.gender = gender_of(tuple(plain(word) for word in apposed.split()), ())


def _gender_by_pronouns(
    text: str, figure: Figure, sightings: Sequence[Sighting], starts: Sequence[int]
) -> Gender | None:
    """He or she, if the sentences that name nobody else go on with one of the two alone."""
    told: Counter[Gender] = Counter()
    for number, seen in enumerate(sightings):
        if seen.figure is not figure:
            continue
        following = next((other.span.start for other in sightings[number + 1 :] if other.figure is not None), len(text))
        end = starts[index] if (index := bisect_right(starts, seen.span.end)) < len(starts) else len(text)
        told.update("he" if he else "she" for he, _ in _PRONOUNS.findall(text, seen.span.end, min(end, following)))
    (most, count), *others = told.most_common() or [("he", 0)]
    return most if count and not others else None


def _is_subject(text: str, run: WrittenName, starts: Sequence[int], heard: Heard) -> bool:
    index = bisect_left(starts, run.span.start + 1) - 1
    start = starts[index] if index >= 0 else 0
    if start in heard.parsed:
        return any(offset in heard.subjects for offset in range(run.span.start, run.span.end))
    if run.possessive:
        return False
    lead = text[start : run.span.start]
    early = len(lead) < _FAR and _PREPOSITION.search(lead) is None and "," not in lead[-2:]
    return early and _SUBJECT_BEFORE.search(lead) is None
