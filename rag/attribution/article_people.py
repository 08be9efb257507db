"""Collects the people and bodies of an article, their titles, roles and genders, and where it names them."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rag.attribution.full_names import (
    NameInText,
    enumerations,
    full_names,
    headline_of,
    long_forms,
    name_of_title,
    without_longer,
)
from rag.attribution.roles import (
    AGE_BEHIND_COMMA,
    HEADLINE,
    MARKUP,
    PersonSighted,
    Sighting,
    Tie,
    apposition,
    decide,
    fitting,
    owners_of_names,
    phrases_at,
    principal_in,
    role_of,
    roles_at,
    tie_at,
    title_before,
    title_written,
    without_namesakes,
)
from rag.core import Article, ArticlePerson, Span
from rag.text.name_matching import fold_name, gather, given_names, parts, sound
from rag.text.names import (
    Gender,
    WrittenName,
    gender_of,
    is_body,
    is_given_name,
    is_several,
    lookup_form,
    may_be_given_name,
    name_lists,
    nation_of,
    written_names,
)

_PREPOSITION = re.compile(
    r"\b(?:of|in|by|for|with|from|to|at|on|against|about|between|and|than|over|under|like|including|near|near|as)"
    r"(?: the| an?| his| her| its| their| our)?(?: [a-z-]+){0,2} $"
)
_BESIDE = re.compile(
    r"\b(?:(?:of|in|for|on|against|about|than|over|under|like|including|near|as|between|despite|by) (?:the )?"
    r"|(?:[Tt]he|[Aa]n?|[Tt]his|[Tt]hat) )$"
)
"""Words in front of a name that is not the subject: "the talks with Lund", "the Lund plan"."""
_DETERMINER = re.compile(r"\b(?:[Tt]he|[Aa]n?|[Tt]his|[Tt]hat) $")
SETS_SCENE = re.compile(r"(?:In|On|At|After|Before|During|Since|For|With|By|Despite|Earlier|Later)\b")
"""Words that open a phrase in front of the subject: “In an interview, Ham said”."""
_CLAUSE_BEFORE = re.compile(
    r"\b(?:[Ww]hile|[Ww]hen|[Aa]s|[Aa]fter|[Bb]efore|[Bb]ecause|[Ss]ince|[Aa]lthough|[Tt]hough|[Ii]f|that|whether|[Uu]ntil"
    r"|unless|where|whom?|which)\b[^,;:]*$"
)
"""Words that open a clause inside another, of whose subject the sentence does not tell."""
_SUBJECT_BEFORE = re.compile(r"\b(?:he|she|they|it|we|I|who)\b", re.IGNORECASE)
_PRONOUNS = re.compile(r"\b(?:(he|his|him|himself)|(she|her|hers|herself))\b", re.IGNORECASE)
POSSESSIVES: Mapping[str, Gender] = {"his": "he", "her": "she"}
_FAR = 120  # characters behind which a name is hardly the subject of its sentence


@dataclass(frozen=True, slots=True)
class Cast:
    """All people and bodies that an article names.

    `sightings` are the mentions in the body outside quoted words, `mentions` all of them with those in the headline
    and in quotes; both are in text order. `strangers` are those in the body that may be a person nobody knows more of,
    or one of several. `owners` tells whose a shared family name is when it stands alone, `bodies`
    the long form of a body's short name.
    """

    figures: tuple[PersonSighted, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    mentions: tuple[Sighting, ...] = ()
    strangers: tuple[Sighting, ...] = ()
    owners: Mapping[str, PersonSighted] = field(default_factory=dict)
    bodies: Mapping[str, str] = field(default_factory=dict)
    paragraphs: tuple[int, ...] = ()

    def bearers(
        self, name: Sequence[str], title: Sequence[str] = (), offset: int | None = None
    ) -> tuple[PersonSighted, ...]:
        """Finds whom a name means at `offset`: nobody, one person, or all between whom nothing decides."""
        found = fitting(self.figures, name, title)
        if len(found) < 2 or offset is None or {"elder", "younger"} & set(title):  # noqa: PLR2004
            return tuple(found)
        start = self.paragraphs[max(0, bisect_right(self.paragraphs, offset) - 1)] if self.paragraphs else 0
        return decide(found, offset, self._owner(found), list(self.before(offset, start)))

    def named(self, name: Sequence[str], title: Sequence[str] = (), offset: int | None = None) -> PersonSighted | None:
        """Finds whom a name means; None if nobody or if more than one could be meant."""
        found = self.bearers(name, title, offset)
        return found[0] if len(found) == 1 else None

    def body(self, name: str) -> str:
        """Returns the long name of a body, where the article introduces the short one."""
        return self.bodies.get(fold_name(name), name)

    def principal(self, figure: PersonSighted) -> str | None:
        """Returns for whom a person of the article speaks, as their spokesman or lawyer."""
        if figure.principal is not None:
            return figure.principal.name
        named = self.speaks_for(figure.phrase) if figure.phrase else None
        return named if named != figure.name else None

    def speaks_for(self, phrase: str) -> str | None:
        """Returns the full name of whomever the spokesman, lawyer or office in a phrase speaks for."""
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
        """Yields the mentions that end before `offset` and begin at `start` or later, nearest first."""
        index = bisect_left(self.sightings, offset, key=lambda sighting: sighting.span.start)
        for sighting in reversed(self.sightings[:index]):
            if sighting.span.start < start:
                return
            if sighting.span.end <= offset:
                yield sighting

    def _owner(self, found: Sequence[PersonSighted]) -> PersonSighted | None:
        return self.owners.get(sound(parts(found[0].name)[-1]))


def cast_of(article: Article, sentences: Sequence[Span], heard: NameInText) -> Cast:
    """Collects the people and bodies of the headline, the body and the lines under pictures."""
    runs = _runs(article, "body", "caption")
    outside = [*_runs(article, "title"), *_runs(article, "caption")]
    figures = _figures(article, runs, heard)
    _introduce(article, figures, runs)
    _add_ties(article.text, runs, figures)
    bodies = long_forms(article, heard)
    starts = [sentence.start for sentence in sentences]
    start = Cast(
        tuple(figures),
        owners=owners_of_names(figures, *_bare(article.text, runs, figures, starts, heard)),
        bodies=bodies,
        paragraphs=tuple(block.start for block in article.body),
    )
    body = [run for run in runs if run not in outside]
    return _sighted(article, start, outside, body, starts, heard)


def _runs(article: Article, *roles: str) -> list[WrittenName]:
    blocks = (block for block in article.blocks if block.role in roles)
    return [run for block in blocks for run in written_names(article.text, block.span)]


def people_of(cast: Cast, speakers: Iterable[tuple[str, Span]] = ()) -> tuple[ArticlePerson, ...]:
    """Returns the people and bodies of the cast and whoever else speaks, in the order of their first mention.

    `speakers` are the names under which statements stand, and where.
    """
    seen: dict[str, list[Sighting]] = {}
    for sighting in cast.mentions:
        if sighting.figure is not None or not is_nationality(sighting.name):
            seen.setdefault(sighting.figure.name if sighting.figure else sighting.name, []).append(sighting)
    for name, span in speakers:
        if name not in seen:
            seen[name] = [Sighting(span, name, None, is_subject=True)]
    people = (_person(name, mentions) for name, mentions in seen.items())
    return tuple(sorted(people, key=lambda person: person.first.start))


def _person(name: str, mentions: Sequence[Sighting]) -> ArticlePerson:
    figure = mentions[0].figure
    titles = tuple(figure.titles) if figure else ()
    described = tuple(figure.described) if figure else ()
    gender = figure.gender if figure else None
    return ArticlePerson(name, figure is None, titles, described, gender, mentions[0].span, len(mentions))


def is_nationality(name: str) -> bool:
    """Tells whether a name is no more than the adjective of a nation: “Russian”."""
    nation = nation_of(name)
    return nation is not None and nation != fold_name(name) and name.lower().endswith(("an", "ish", "ese", "ch", "i"))


def _figures(article: Article, runs: Sequence[WrittenName], heard: NameInText) -> list[PersonSighted]:
    """Finds everybody whom the article calls by a full name, and those whom it only ever calls “Mr Sanders”."""
    alone = {fold_name(run.text) for run in runs if len(run.name) == 1}
    figures = without_longer([PersonSighted(person.name) for person in gather(full_names(article, runs, heard))])
    for figure in figures:
        figure.is_sure = figure.name in heard.persons or fold_name(figure.name.split()[-1]) in alone
    _tell_genders(article.text, runs, figures)
    return figures + _known_by_family_name(runs, figures, heard)


def _tell_genders(text: str, runs: Iterable[WrittenName], figures: Sequence[PersonSighted]) -> None:
    """Sets he or she by the titles of full names, else by given names."""
    for run in runs:
        found = fitting(figures, run.name) if len(run.name) > 1 else []
        title = run.title or tuple(lookup_form(word) for word in title_before(text, run))
        if len(found) == 1 and (gender := gender_of(title, ())) is not None:
            found[0].gender, found[0].is_told = gender, True
    for figure in figures:
        figure.gender = figure.gender or gender_of((), tuple(figure.name.split()))


def _known_by_family_name(
    runs: Iterable[WrittenName], figures: Sequence[PersonSighted], heard: NameInText
) -> list[PersonSighted]:
    """Finds people whom the article only calls “Mr. Sanders”, and “Lady Vane” beside Lord Peter Vane."""
    found: dict[str, PersonSighted] = {}
    for run in runs:
        titled = len(run.name) == 1 and run.title and len(run.text) > 1 and not is_body(run.name) and parts(run.text)
        listed = any(word in name_lists().titles for word in run.title)
        speaks = any(offset in heard.speakers for offset in range(run.span.start, run.span.end))
        if not titled or run.title[-1] in name_lists().firms or not (listed or speaks) or is_several(run.title):
            continue
        if not fitting([*figures, *found.values()], run.name, run.title):
            gender = gender_of(run.title, run.name)
            person = PersonSighted(run.text, gender, is_told=gender is not None, introduced=[run.span.start])
            found[f"{gender} {fold_name(run.text)}"] = person
    return list(found.values())


def _introduce(article: Article, figures: Sequence[PersonSighted], runs: Sequence[WrittenName]) -> None:
    """Notes where each full name stands; the headline comes before everything."""
    headline = f" {fold_name(headline_of(article))} "
    for figure in figures:
        if given_names(figure.name) and f" {fold_name(figure.name)} " in headline:
            figure.introduced.append(HEADLINE)
    for run in runs:
        found = fitting(figures, run.name) if given_names(run.text) else []
        if len(found) == 1:
            found[0].introduced.append(run.span.start)
    for first, *_, last in enumerations(article.text, runs):
        name = f"{first.text} {last.name[-1]}" if len(first.name) == 1 and last.name else ""
        for figure in figures:
            if figure.name == name:
                figure.introduced = sorted([*figure.introduced, first.span.start])


def _add_ties(text: str, runs: Sequence[WrittenName], figures: list[PersonSighted]) -> None:
    """Relates kin and lawyers to whose they are: “his wife, Olga,” of Ivan Trost is Olga Trost."""
    last: PersonSighted | None = None
    for run in runs:
        found = fitting(figures, run.name, run.title) if run.name else []
        figure = found[0] if len(found) == 1 else None
        tie = tie_at(text, run) if run.name and not is_body(run.name) else None
        owner = _owner(tie.owner, figures, last) if tie is not None else None
        if tie is not None and tie.is_kin and figure is None and owner is None:
            figures += _known_by_given_name(text, run, tie)
        elif tie is not None and owner is not None and owner is not figure:
            _tell_gender(owner, tie)
            if tie.is_kin:
                figure = _relative(text, figures, run, owner, figure, tie)
            elif figure is not None:
                figure.principal = owner
        elif figure is not None:
            last = figure


def _tell_gender(owner: PersonSighted, tie: Tie) -> None:
    """Sets the gender of somebody by a possessive: “His mother, Adaeze Nwokolo”."""
    told = POSSESSIVES.get(tie.owner.lower())
    if told is not None and owner.gender is None:
        owner.gender = told


def _known_by_given_name(text: str, run: WrittenName, tie: Tie) -> list[PersonSighted]:
    """Finds kin whose family name the article leaves out: “the keeper's daughter, Tansy,”."""
    if len(run.name) != 1 or not tie.leads or not _is_given(text, run):
        return []
    return [PersonSighted(run.text, gender_of((tie.noun,), ()), introduced=[run.span.start])]


def _owner(written: str, figures: Sequence[PersonSighted], last: PersonSighted | None) -> PersonSighted | None:
    """Finds whose wife “his wife”, “Trost's wife” is."""
    if written.lower() in {"his", "her", "their"}:
        gender = POSSESSIVES.get(written.lower())
        return last if last is not None and (gender is None or last.gender in {None, gender}) else None
    found = fitting(figures, (written,))
    return found[0] if len(found) == 1 else None


def _relative(
    text: str,
    figures: list[PersonSighted],
    run: WrittenName,
    owner: PersonSighted,
    known: PersonSighted | None,
    tie: Tie,
) -> PersonSighted | None:
    if known is None:
        if len(run.name) > 1 or not tie.leads or not _is_given(text, run):
            return None
        known = PersonSighted(f"{run.text} {owner.name.split()[-1]}" if tie.shares_name else run.text)
        figures.append(known)
    known.gender = known.gender or gender_of((tie.noun,), ())
    known.kin_of = known.kin_of or owner
    known.kin = known.kin or tie.noun
    known.introduced = sorted({*known.introduced, run.span.start})
    return known


def _is_given(text: str, run: WrittenName) -> bool:
    """Tells whether a word is a given name alone: “his wife Olga”, not “his wife, Democratic nominee …”."""
    behind = text[run.span.end : run.span.end + 3].lstrip(MARKUP)[:1]
    right_behind = text[run.span.start - 2 : run.span.start - 1].isalpha() and run.text.istitle()  # “her father Bassel”
    alone = (right_behind or behind in {",", ".", ";", ")", ""}) and lookup_form(run.text) not in name_lists().never
    return is_given_name(run.text) or (alone and not run.possessive)


def _bare(
    text: str, runs: Iterable[WrittenName], figures: Sequence[PersonSighted], starts: Sequence[int], heard: NameInText
) -> tuple[dict[str, list[int]], dict[str, Counter[Gender]]]:
    """Finds where each family name stands alone, and the pronouns behind it in its sentence where it is the subject."""
    found: dict[str, list[int]] = {}
    told: dict[str, Counter[Gender]] = {}
    known = {sound(parts(figure.name)[-1]) for figure in figures}
    for run in runs:
        family = sound(parts(run.text)[-1]) if parts(run.text) and not given_names(run.text) else None
        if family is None or family not in known:
            continue
        found.setdefault(family, []).append(run.span.start)
        if _is_subject(text, run, starts, heard):
            told.setdefault(family, Counter()).update(_pronouns(text, run.span.end, starts))
    return found, told


def _pronouns(text: str, offset: int, starts: Sequence[int]) -> Iterator[Gender]:
    """Yields he or she as often as the rest of the sentence behind `offset` says so."""
    index = bisect_right(starts, offset)
    end = starts[index] if index < len(starts) else len(text)
    yield from ("he" if he else "she" for he, _ in _PRONOUNS.findall(text, offset, end))


def _sighted(
    article: Article,
    cast: Cast,
    outside: Sequence[WrittenName],
    runs: Sequence[WrittenName],
    starts: Sequence[int],
    heard: NameInText,
) -> Cast:
    """Returns the cast with all mentions (`outside` the body first) and what they tell of its people."""
    body: list[Sighting] = []
    everything: list[Sighting] = []
    strangers: list[Sighting] = []
    shared: set[Span] = set()
    last: PersonSighted | None = None
    for run in (*outside, *(name_of_title(article.text, run) for run in runs)):
        found = _meant(article.text, cast, run, body)
        figure = found[0] if len(found) == 1 else None
        if figure is None and (found or may_be_person(run.name, cast.bodies)):
            strangers.append(_sighting(article.text, cast, run, None, starts, heard))
            shared |= {run.span} if found else set()
        if figure is None and (
            found or not (is_body(run.name) or (bool(run.name) and fold_name(run.text) in cast.bodies))
        ):
            continue
        if figure is not None:
            _learn(article.text, run, figure, last if last is not figure else None)
            last = figure
        seen = _sighting(article.text, cast, run, figure, starts, heard)
        everything.append(seen)
        if run not in outside and not any(span.covers(run.span) for span in heard.quoted):
            body.append(seen)
    for figure in cast.figures:
        figure.gender = figure.gender if figure.is_told else _gender_by_pronouns(article.text, figure, body, starts)
    strangers = [seen for seen in strangers if seen.is_subject and not seen.is_aside]
    inside = {seen.name for seen in strangers if seen.span.start not in starts} | heard.persons
    strangers = [
        seen
        for seen in strangers
        if seen.span in shared
        or seen.name in inside
        or " " in seen.name
        or AGE_BEHIND_COMMA.match(article.text, seen.span.end)
    ]
    strangers = [seen for seen in strangers if not any(span.covers(seen.span) for span in heard.quoted)]
    return replace(cast, sightings=tuple(body), mentions=tuple(everything), strangers=tuple(strangers))


def may_be_person(name: Sequence[str], bodies: Collection[str]) -> bool:
    """Tells whether a name of nobody known may be a person's; `bodies` are the folded names of the article's bodies."""
    if (
        not name
        or is_body(tuple(name))
        or any(lookup_form(word) in name_lists().never | name_lists().things for word in name)
    ):
        return False
    return (len(name) > 1 and may_be_given_name(name[0])) or fold_name(" ".join(name)) not in bodies


def _meant(text: str, cast: Cast, run: WrittenName, body: Sequence[Sighting]) -> tuple[PersonSighted, ...]:
    title = (*run.title, *title_before(text, run))
    found = fitting(cast.figures, run.name, title) if run.name else []
    found = without_namesakes(found, text, run)
    if len(found) < 2:  # noqa: PLR2004
        return tuple(found)
    return replace(cast, sightings=tuple(body)).bearers(run.name, title, run.span.start)


def _sighting(
    text: str, cast: Cast, run: WrittenName, figure: PersonSighted | None, starts: Sequence[int], heard: NameInText
) -> Sighting:
    name = run.text if figure else cast.body(run.text)
    ends = text[run.span.start : run.span.end].rstrip(".").rfind(" ") + 1 + run.span.start
    aside = run.possessive or ends in heard.asides or _is_beside(text, run)
    speaks = any(offset in heard.speakers for offset in range(run.span.start, run.span.end))
    is_main = not any(offset in heard.inner for offset in range(run.span.start, run.span.end))
    is_main = is_main and (
        _start_of_sentence(run, starts) in heard.parsed
        or not (_CLAUSE_BEFORE.search(text[_start_of_sentence(run, starts) : run.span.start]) is not None)
    )
    subject = _is_subject(text, run, starts, heard)
    return Sighting(run.span, name, figure, subject, aside, run.possessive, speaks, is_main)


def _start_of_sentence(run: WrittenName, starts: Sequence[int]) -> int:
    index = bisect_left(starts, run.span.start + 1) - 1
    return starts[index] if index >= 0 else 0


def _is_beside(text: str, run: WrittenName) -> bool:
    """Tells whether a name only describes another noun: “an Alan Shearer goal”, “under Obama”."""
    lead = text[max(0, run.span.start - _FAR) : run.span.start].rstrip(MARKUP)
    if title := title_before(text, run):  # “the soprano Ida Falk” is nobody's report
        lead = _DETERMINER.sub("", lead.removesuffix(f"{' '.join(title)} "))
    return _BESIDE.search(lead) is not None


def _learn(text: str, run: WrittenName, figure: PersonSighted, other: PersonSighted | None) -> None:
    """Adds what stands around a mention: titles, an apposition, “his Armenian counterpart”."""
    if title := title_written(text, run):
        figure.titles.setdefault(title)
    for phrase in phrases_at(text, run):
        figure.described.setdefault(phrase)
        figure.phrase = figure.phrase or (phrase if principal_in(phrase) is not None else None)
    titles = run.title or tuple(lookup_form(word) for word in title_before(text, run))
    figure.gender = figure.gender or gender_of(titles, tuple(figure.name.split()))
    for role in roles_at(text, run):
        if role.head == "counterpart":
            known = [theirs for theirs in (other.roles if other else ()) if theirs.head != "counterpart"]
            figure.roles.update(replace(theirs, nation=role.nation) for theirs in known)
        figure.roles.add(role)
    if figure.gender is None and (apposed := apposition(text, run)):
        figure.gender = gender_of(tuple(lookup_form(word) for word in apposed.split()), ())


def _gender_by_pronouns(
    text: str, figure: PersonSighted, sightings: Sequence[Sighting], starts: Sequence[int]
) -> Gender | None:
    """Returns he or she if sentences about one person alone go on with one of the two: often, for a Madison."""
    told: Counter[Gender] = Counter()
    for number, seen in enumerate(sightings):
        index = bisect_right(starts, seen.span.start)
        start, end = starts[max(0, index - 1)], starts[index] if index < len(starts) else len(text)
        beside = (*sightings[max(0, number - 1) : number], *sightings[number + 1 : number + 2])
        if seen.figure is not figure or not seen.is_subject or any(start <= other.span.start < end for other in beside):
            continue
        told.update(_pronouns(text, seen.span.end, starts))
    (most, count), *others = told.most_common() or [("he", 0)]
    return most if count > 2 * bool(figure.gender) and not others else figure.gender


def _is_subject(text: str, run: WrittenName, starts: Sequence[int], heard: NameInText) -> bool:
    start = _start_of_sentence(run, starts)
    if start in heard.parsed:
        return any(offset in heard.subjects for offset in range(run.span.start, run.span.end))
    if run.possessive:
        return False
    lead = text[start : run.span.start]
    set_off = "," in lead[-2:] and (lead.count(",") > 1 or SETS_SCENE.match(lead) is None)
    early = len(lead) < _FAR and _PREPOSITION.search(lead) is None and not set_off
    return early and _SUBJECT_BEFORE.search(lead) is None
