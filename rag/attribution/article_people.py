"""Who is named in an article: people with their names, roles and genders, and where they are mentioned.

Knows one article and nothing of the others; who speaks where is decided elsewhere.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from rag.text.name_matching import fold, gather, parts, same_family, slip_of, sound
from rag.text.names import Gender, WrittenName, gender_of, is_body, name_lists, nation_of, plain, written_names
from rag.types import Article, ArticlePerson, Span

_BEFORE = re.compile(r"((?:[\w’'.-]+ ){0,4}[a-z][\w-]*) $")
_AFTER = re.compile(r", (?:who is |now )?((?:the |a |an |his |her |its )?[\w’' .-]{3,70}?)[,.;]")
_IS = re.compile(r" (is|was|serves as|served as) ((?:the |an? )[\w’' .-]{3,70}?)[,.;]")
_RANK = re.compile(r"\b([Ff]ormer|[Tt]hen|[Aa]cting|[Ee]x|[Oo]utgoing)[ -]$")
_PREPOSITION = re.compile(
    r"\b(?:of|in|by|for|with|from|to|at|on|against|about|between|and|than|over|under|like|including|near|near|as)"
    r"(?: the| an?| his| her| its| their| our)?(?: [a-z]+){0,2} $"
)
_SPOKES = {"spokesman", "spokeswoman", "spokesperson", "spokesmen"}


@dataclass(frozen=True, slots=True)
class Heard:
    """What the parser tells of the sentences it has seen.

    `persons` are strings that its entity recogniser takes for people: one vote among others. `subjects` and `speakers`
    are offsets of words, `parsed` offsets of sentences; `quoted` is what stands in quotation marks.
    """

    persons: frozenset[str] = frozenset()
    subjects: frozenset[int] = frozenset()
    speakers: frozenset[int] = frozenset()
    parsed: frozenset[int] = frozenset()
    quoted: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Role:
    """What an article calls somebody: “Russian foreign minister” is head minister, modifier foreign, nation russia."""

    head: str
    modifiers: frozenset[str]
    nation: str | None


@dataclass(slots=True)
class Figure:
    """A person of the article."""

    name: str
    gender: Gender | None = None
    roles: set[Role] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Sighting:
    """One mention by name. `figure` is None for a body. `is_subject`: somebody of whom the clause says something."""

    span: Span
    name: str
    figure: Figure | None
    is_subject: bool


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody an article names; `sightings` are in text order."""

    figures: tuple[Figure, ...]
    sightings: tuple[Sighting, ...]

    def named(self, name: Sequence[str], title: tuple[str, ...] = ()) -> Figure | None:
        """Whom a name means here; None if nobody or if more than one could be meant."""
        return _match(self.figures, name, title)

    def before(self, offset: int, start: int) -> Iterator[Sighting]:
        """The mentions that end before `offset` and begin at `start` or later, nearest first."""
        index = bisect_left(self.sightings, offset, key=lambda sighting: sighting.span.start)
        for sighting in reversed(self.sightings[:index]):
            if sighting.span.start < start:
                return
            if sighting.span.end <= offset:
                yield sighting


def cast_of(article: Article, sentences: Sequence[Span], heard: Heard) -> Cast:
    """Collects the people of the body. A name inside quoted words counts as a name, not as a mention."""
    runs = [run for block in article.body for run in written_names(article.text, block.span)]
    alone = {fold(run.text) for run in runs if len(run.name) == 1}
    full = [run.text for run in runs if _is_full_name(article.text, run, heard, alone)]
    figures = [Figure(person.name) for person in gather(full)]
    figures += _known_by_family_name(runs, figures)
    starts = [sentence.start for sentence in sentences]
    sightings: list[Sighting] = []
    last: Figure | None = None
    for run in runs:
        figure = _match(figures, run.name, run.title) if run.name else None
        if figure is None and not is_body(run.name):
            continue
        if figure is not None:
            _learn(article.text, run, figure, last if last is not figure else None)
            last = figure
        if not any(span.covers(run.span) for span in heard.quoted):
            sightings.append(Sighting(run.span, run.text, figure, _is_subject(article.text, run, starts, heard)))
    return Cast(tuple(figures), tuple(sightings))


def people_of(cast: Cast) -> tuple[ArticlePerson, ...]:
    """The people and bodies of the cast, in the order of their first mention."""
    found: dict[str, ArticlePerson] = {}
    for seen in cast.sightings:
        name = seen.figure.name if seen.figure else seen.name
        known = found.get(name)
        roles = tuple(sorted(role.head for role in seen.figure.roles)) if seen.figure else ()
        gender = seen.figure.gender if seen.figure else None
        found[name] = (
            replace(known, mentions=known.mentions + 1)
            if known
            else ArticlePerson(name, seen.figure is None, (), roles, gender, seen.span, 1)
        )
    return tuple(found.values())


def role_of(words: Iterable[str]) -> Role | None:
    """The role that a phrase describes, None if its words name no office or work."""
    folded = [plain(word) for word in words]
    heads = [place for place, word in enumerate(folded) if word in name_lists().titles]
    if not heads:
        return None
    head = folded[heads[-1]]
    before = folded[: heads[-1]]
    nation = next((nation for word in before if (nation := nation_of(word))), None)
    skip = {"the", "a", "an", "his", "her", "its", "their", "s", ""}
    modifiers = frozenset(word for word in before if word not in skip and nation_of(word) is None)
    return Role("spokesperson" if head in _SPOKES else head, modifiers, nation)


def _match(figures: Iterable[Figure], name: Sequence[str], title: tuple[str, ...]) -> Figure | None:
    written = " ".join(name)
    folded = parts(written)
    if not folded:
        return None
    fitting = [figure for figure in figures if _may_be(figure.name, written, folded)]
    if not fitting and len(folded) == 1:
        known = name_lists().given_male | name_lists().given_female
        fitting = [figure for figure in figures if folded[0] in known and parts(figure.name)[0] == folded[0]]
    if not fitting:
        fitting = [figure for figure in figures if slip_of(figure.name, written)]
    gender = gender_of(title, tuple(name))
    if len(fitting) > 1 and gender:
        fitting = [figure for figure in fitting if figure.gender == gender] or fitting
    exact = [figure for figure in fitting if fold(figure.name) == fold(written)]
    return (exact or fitting)[0] if len(exact or fitting) == 1 else None


def _may_be(figure: str, written: str, folded: Sequence[str]) -> bool:
    if not same_family(figure, written):
        return False
    given = parts(figure)[:-1]
    if not given or len(folded) == 1:
        return True
    nicknames = name_lists().nicknames
    one, other = given[0], folded[0]
    return sound(nicknames.get(one, one)) == sound(nicknames.get(other, other)) or (
        1 in {len(one), len(other)} and one[0] == other[0]
    )


def _is_full_name(text: str, run: WrittenName, heard: Heard, alone: Collection[str]) -> bool:
    if not 2 <= len(run.name) <= 4 or is_body(run.name) or len(plain(run.name[-1])) == 1:  # noqa: PLR2004  given, middle, particle, family
        return False
    if any(plain(word) in name_lists().never for word in run.name):
        return False
    first = plain(run.name[0])
    known = name_lists().given_male | name_lists().given_female
    if run.title or _title_before(text, run) or first in known:
        return True
    # The recogniser alone is not to be trusted with Sandy Hook: somebody speaks, or is called by the family name later.
    speaks = any(offset in heard.speakers for offset in range(run.span.start, run.span.end))
    return run.text in heard.persons and (speaks or fold(run.name[-1]) in alone)


def _known_by_family_name(runs: Iterable[WrittenName], figures: Sequence[Figure]) -> list[Figure]:
    """People who are only ever “Mr. Sanders” or “President Obama” here."""
    alone = Counter(
        run.text for run in runs if len(run.name) == 1 and run.title and not is_body(run.name) and len(run.text) > 1
    )
    return [
        Figure(name)
        for name in alone
        if parts(name) and not any(_may_be(figure.name, name, parts(name)) for figure in figures)
    ]


def _title_before(text: str, run: WrittenName) -> tuple[str, ...]:
    """The lower-case title in front of a name: “Kremlin spokesperson Dmitry Peskov”."""
    found = _BEFORE.search(text[max(0, run.span.start - 60) : run.span.start])
    if found is None:
        return ()
    words = re.split(r"[\s]", re.split(r"[,;:.] ", found.group(1))[-1])
    return tuple(words) if plain(words[-1]) in name_lists().titles else ()


def _learn(text: str, run: WrittenName, figure: Figure, other: Figure | None) -> None:
    """Takes over what stands around a mention: titles, an apposition, “his Armenian counterpart”."""
    before = _title_before(text, run)
    rank = _rank_before(text, run)
    titles = run.title or tuple(plain(word) for word in before)
    figure.gender = figure.gender or gender_of(titles, tuple(figure.name.split()))
    described = (*_possessor(text, run), *rank, *run.title) if run.title else before
    for role in filter(None, (role_of(described), _apposition(text, run), _said_to_be(text, run))):
        if role.head == "counterpart":
            known = [theirs for theirs in (other.roles if other else ()) if theirs.head != "counterpart"]
            figure.roles.update(replace(theirs, nation=role.nation) for theirs in known)
        figure.roles.add(role)
    if figure.gender is None and (apposed := _AFTER.match(text, run.span.end)):
        figure.gender = gender_of(tuple(plain(word) for word in apposed.group(1).split()), ())


def _rank_before(text: str, run: WrittenName) -> tuple[str, ...]:
    """The “Former” of “Former Foreign Minister Anna Novak”, which no run of capitals keeps."""
    found = _RANK.search(text[max(0, run.span.start - 12) : run.span.start])
    return (found.group(1).lower(),) if found else ()


def _said_to_be(text: str, run: WrittenName) -> Role | None:
    """“Anna Novak is the foreign minister of Austria”; who was it is a former one."""
    found = _IS.match(text, run.span.end)
    role = _role_in(found.group(2)) if found else None
    if found is None or role is None:
        return None
    past = frozenset({"former"}) if found.group(1) in {"was", "served as"} else frozenset[str]()
    return replace(role, modifiers=role.modifiers | past)


def _possessor(text: str, run: WrittenName) -> tuple[str, ...]:
    found = re.search(r"([\w.-]+)[’']s? $", text[max(0, run.span.start - 40) : run.span.start])
    return (found.group(1),) if found else ()


def _apposition(text: str, run: WrittenName) -> Role | None:
    found = _AFTER.match(text, run.span.end)
    if found is None:
        return None
    return _role_in(found.group(1))


def _role_in(phrase: str) -> Role | None:
    words = re.split(r" (?:of|for|at|in|to|who|and|on|with) ", phrase)[0].split()
    if not words or plain(words[-1]) not in name_lists().titles:
        return None
    rest = phrase[len(" ".join(words)) :].split()
    return role_of([*words[:-1], *(word for word in rest if nation_of(word)), words[-1]])


def _is_subject(text: str, run: WrittenName, starts: Sequence[int], heard: Heard) -> bool:
    index = bisect_left(starts, run.span.start + 1) - 1
    start = starts[index] if index >= 0 else 0
    if start in heard.parsed:
        return any(offset in heard.subjects for offset in range(run.span.start, run.span.end))
    if run.possessive:
        return False
    lead = text[start : run.span.start]
    return len(lead) < 120 and _PREPOSITION.search(lead) is None and "," not in lead[-2:]  # noqa: PLR2004  a subject stands early
