"""Decides which mentions in different articles are one person or body; the order of the articles does not matter.

Two mentions are one person only if their full names agree and nothing contradicts. A family name alone joins nobody: it
stays what the article writes. Only mentions of one block need be compared; `block_of` names it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import combinations
from typing import Final

from rag.people.naming import (
    LongForms,
    body_key,
    differ_by_a_nickname,
    differ_by_a_slip,
    family_of,
    full_name,
    fullness,
    names_agree,
)
from rag.people.profiles import (
    ArticleMention,
    Linked,
    PersonEvidence,
    contradict,
    goes_with_given_name,
    is_noble,
    person_evidence,
    share_a_role,
    speak_for_each_other,
)
from rag.text.name_matching import fold_name, sound
from rag.text.names import Gender, gender_of

_NO_LONG_FORMS: Final = LongForms()
_POSSESSIVE: Final = ("'s", "’s", "'", "’")
_COMPANY: Final = 2
"""Least number of others whom two articles must both name for that to count against different roles or given names."""
_COMMON: Final = 6
"""Different people of one family name from which on the same full name may well be two people's."""
_DOMINANT: Final = 5
"""Articles about one bearer, and times as many as about any other, that make a name theirs where nothing is told."""


@dataclass(frozen=True, slots=True)
class ByHand:
    """Mentions that somebody put together. Nobody else joins them where `is_apart`."""

    keys: frozenset[tuple[str, str]]
    is_apart: bool


@dataclass(slots=True)
class _Group:
    """Mentions that count as one so far, and all that is told of them."""

    mentions: list[ArticleMention] = field(default_factory=list)
    evidence: PersonEvidence = field(default_factory=PersonEvidence)
    company: set[str] = field(default_factory=set)

    def take(self, mentions: Iterable[ArticleMention]) -> None:
        for mention in mentions:
            self.mentions.append(mention)
            self.evidence |= _evidence(mention)
            self.company |= mention.company


def block_of(name: str, *, is_body: bool) -> str:
    """Returns the key that mentions must share to be one person or body, but for slips of the pen and abbreviations."""
    return body_key(name) if is_body else family_of(name)


def link(
    mentions: Iterable[ArticleMention], by_hand: Sequence[ByHand] = (), long_forms: LongForms = _NO_LONG_FORMS
) -> tuple[Linked, ...]:
    """Groups mentions of a block into people and bodies, ordered by name."""
    ordered = sorted(
        (_recognised(mention, long_forms) for mention in mentions),
        key=lambda mention: (mention.published or "", mention.key),
    )
    held = {mention.key: mention for mention in ordered}
    apart = [[held[key] for key in sorted(group.keys) if key in held] for group in by_hand if group.is_apart]
    taken = {mention.key for group in apart for mention in group}
    free = [mention for mention in ordered if mention.key not in taken]
    bodies, persons = _bodies_and_persons(free)
    groups = [*_linked_bodies(bodies, long_forms), *_linked_persons(persons), *apart]
    groups = _put_together(groups, [group.keys for group in by_hand if not group.is_apart])
    return tuple(sorted((_linked(group) for group in groups if group), key=_order))


def _recognised(mention: ArticleMention, long_forms: LongForms) -> ArticleMention:
    is_open = not mention.is_body and _is_unknown(mention) and _evidence(mention).genders == frozenset()
    return replace(mention, is_body=True) if is_open and long_forms.names_body(mention.name) else mention


def _order(linked: Linked) -> tuple[str, int, tuple[str, str]]:
    return (fold_name(linked.name), -linked.statements, min(mention.key for mention in linked.mentions))


def _bodies_and_persons(mentions: Iterable[ArticleMention]) -> tuple[list[ArticleMention], list[ArticleMention]]:
    """Splits bodies from people; where articles differ, those that tell of a person outweigh as many others."""
    every = list(mentions)
    bodies = Counter(fold_name(mention.name) for mention in every if mention.is_body)
    told = Counter(fold_name(mention.name) for mention in every if not mention.is_body and not _is_unknown(mention))
    parted: tuple[list[ArticleMention], list[ArticleMention]] = ([], [])
    for mention in every:
        name = fold_name(mention.name)
        is_person = told[name] >= max(1, bodies[name]) if mention.is_body else not bodies[name] or told[name]
        parted[bool(is_person)].append(mention)
    return parted


def _is_unknown(mention: ArticleMention) -> bool:
    return _evidence(mention).tells_nothing and not (mention.gender or mention.titles)


def _linked_bodies(mentions: Iterable[ArticleMention], long_forms: LongForms) -> list[list[ArticleMention]]:
    groups: dict[str, list[ArticleMention]] = defaultdict(list)
    for mention in mentions:
        groups[body_key(long_forms.long_of(mention.name, mention.key[0]))].append(mention)
    return list(groups.values())


def _linked_persons(mentions: Iterable[ArticleMention]) -> list[list[ArticleMention]]:
    full: list[ArticleMention] = []
    bare: list[ArticleMention] = []
    for mention in mentions:
        (full if full_name(mention.name).is_full else bare).append(mention)
    pools = _pools(full)
    split = _by_likeness if len(pools) >= _COMMON else _by_evidence
    groups = [group for pool in pools for group in split(pool)]
    return [group.mentions for group in [*_with_slips(groups), *_bare(bare)]]


def _pools(mentions: Iterable[ArticleMention]) -> list[list[ArticleMention]]:
    """Returns mentions whose full names agree all with each other.

    A name that fits two pools goes where more speaks for it. Who is the younger one, Jr. or III, is another than the
    bearer of the plain name where any article names both.
    """
    forms: dict[str, list[ArticleMention]] = defaultdict(list)
    for mention in mentions:
        forms[" ".join(map(sound, fold_name(mention.name).split()))].append(mention)
    names = {form: forms[form][0].name for form in forms}
    pools: list[list[str]] = []
    unclear: list[str] = []
    rank = {
        form: (full_name(names[form]).generation or "", -fullness(names[form]), -len(forms[form])) for form in forms
    }
    for form in sorted(forms, key=lambda form: (*rank[form], form)):
        fitting = [pool for pool in pools if all(_may_be_one(forms[form], forms[other]) for other in pool)]
        if len(fitting) == 1:
            fitting[0].append(form)
        elif fitting:
            unclear.append(form)
        else:
            pools.append([form])
    found = [[mention for form in pool for mention in forms[form]] for pool in pools]
    for form in unclear:
        _distribute(forms[form], [pool for pool in found if names_agree(pool[0].name, names[form])], found)
    return found


def _may_be_one(one: Sequence[ArticleMention], other: Sequence[ArticleMention]) -> bool:
    """Tells whether mentions under two names may be of one person.

    No article names one as a father and as a son, and a nickname alone joins nobody.
    """
    first, second = full_name(one[0].name), full_name(other[0].name)
    if first.generation != second.generation and first.given == second.given:
        sources = {mention.key[0] for mention in one}
        if any(mention.key[0] in sources for mention in other):
            return False
    if not names_agree(one[0].name, other[0].name):
        return False
    return not differ_by_a_nickname(first, second) or _have_much_in_common(one, other)


def _have_much_in_common(one: Sequence[ArticleMention], other: Sequence[ArticleMention]) -> bool:
    """Tells whether Mike Brown and Michael Brown are one: by a role, by the others named, or one article names both."""
    if {mention.key[0] for mention in one} & {mention.key[0] for mention in other}:
        return True
    first, second = _group(one), _group(other)
    return share_a_role(first.evidence, second.evidence) or len(first.company & second.company) >= _COMPANY


def _distribute(
    mentions: Sequence[ArticleMention], fitting: Sequence[list[ArticleMention]], pools: list[list[ArticleMention]]
) -> None:
    """Gives each mention to the only one of the pools that it has something in common with; the rest stay apart."""
    candidates = [_group(pool) for pool in fitting]
    added: list[list[ArticleMention]] = [[] for _ in fitting]
    left: list[ArticleMention] = []
    for mention in mentions:
        place = _nearest(mention, candidates)
        (left if place is None else added[place]).append(mention)
    for pool, more in zip(fitting, added, strict=True):
        pool.extend(more)
    if left:
        pools.append(left)


def _nearest(mention: ArticleMention, groups: Sequence[_Group]) -> int | None:
    """Returns the one group that does not contradict, or of several the one that shares a role or company.

    None if unclear.
    """
    evidence = _evidence(mention)
    open_to = [place for place, group in enumerate(groups) if not _are_two(mention, evidence, group)]
    if len(open_to) == 1:
        return open_to[0]
    for is_near in (_shares_role, _shares_company):
        near = [place for place in open_to if is_near(mention, groups[place])]
        if len(near) == 1:
            return near[0]
        open_to = near or open_to
    return None


def _shares_role(mention: ArticleMention, group: _Group) -> bool:
    return share_a_role(_evidence(mention), group.evidence)


def _shares_company(mention: ArticleMention, group: _Group) -> bool:
    return not mention.company.isdisjoint(group.company)


def _are_two(mention: ArticleMention, evidence: PersonEvidence, group: _Group) -> bool:
    if not contradict(evidence, group.evidence):
        return False
    return len(mention.company & group.company) < _COMPANY


def _by_evidence(pool: Sequence[ArticleMention]) -> list[_Group]:
    """Splits mentions of one name where what is told of them contradicts."""
    telling: dict[PersonEvidence, list[ArticleMention]] = defaultdict(list)
    for mention in pool:
        telling[_evidence(mention)].append(mention)
    if not _may_be_split(telling):
        return [_group(pool)]
    both = len({gender for evidence in telling for gender in evidence.genders}) > 1
    groups: list[_Group] = []
    silent: list[ArticleMention] = []
    for evidence in sorted(
        telling, key=lambda evidence: (-len(evidence.spheres), -len(telling[evidence]), _as_text(evidence))
    ):
        for mention in telling[evidence]:
            if evidence.tells_nothing and not (both and evidence.genders):
                silent.append(mention)
            elif (place := _home(mention, groups)) is None:
                groups.append(_group([mention]))
            else:
                groups[place].take([mention])
    return _with_silent(groups, silent)


def _by_likeness(pool: Sequence[ArticleMention]) -> list[_Group]:
    """Joins mentions of a common name only where a role or the others in the article speak for it.

    What nothing speaks for goes to a bearer who is by far the best known, and else stays apart.
    """
    groups: list[_Group] = []
    for mention in sorted(
        pool, key=lambda mention: (-len(_evidence(mention).spheres), -len(mention.company), mention.key)
    ):
        alike = [group for group in groups if _are_alike(mention, group)]
        for group in alike[1:]:
            if not contradict(alike[0].evidence, group.evidence):
                alike[0].take(group.mentions)
                groups.remove(group)
        if alike:
            alike[0].take([mention])
        else:
            groups.append(_group([mention]))
    return _with_dominant(groups)


def _are_alike(mention: ArticleMention, group: _Group) -> bool:
    evidence = _evidence(mention)
    return not _are_two(mention, evidence, group) and (
        speak_for_each_other(evidence, group.evidence) or _shares_company(mention, group)
    )


def _with_dominant(groups: list[_Group]) -> list[_Group]:
    first, *others = sorted(groups, key=lambda group: (-len(group.mentions), group.mentions[0].key))
    kept = [first]
    for group in others:
        known = len(first.mentions) >= _DOMINANT * max(1, len(group.mentions))
        if known and not contradict(first.evidence, group.evidence):
            first.take(group.mentions)
        else:
            kept.append(group)
    return kept


def _may_be_split(telling: Iterable[PersonEvidence]) -> bool:
    """Tells whether any two contradict, be it of another time; saves most names the rest."""
    kinds: dict[PersonEvidence, PersonEvidence] = {}
    for evidence in telling:
        kind = replace(evidence, days=None)
        kinds[kind] = kinds.get(kind, evidence) | evidence
    return any(contradict(first, other) for first, other in combinations(kinds.values(), 2))


def _home(mention: ArticleMention, groups: Sequence[_Group]) -> int | None:
    """Returns the group that a mention belongs to, of several the one nearest to it, else the largest."""
    evidence = _evidence(mention)
    open_to = [place for place, group in enumerate(groups) if not _are_two(mention, evidence, group)]
    return max(
        open_to,
        key=lambda place: (
            _shares_role(mention, groups[place]),
            len(mention.company & groups[place].company),
            len(groups[place].mentions),
            -place,
        ),
        default=None,
    )


def _with_silent(groups: list[_Group], silent: Sequence[ArticleMention]) -> list[_Group]:
    """Adds the mentions of which nothing is told: to the only group, or to the only one with the same company."""
    if not groups:
        return [_group(silent)] if silent else []
    unclear = []
    places = [(mention, _nearest(mention, groups)) for mention in silent]
    for mention, place in places:
        if place is None:
            unclear.append(mention)
        else:
            groups[place].take([mention])
    return [*groups, _group(unclear)] if unclear else groups


def _with_slips(groups: Sequence[_Group]) -> list[_Group]:
    """Joins groups whose family names differ by a letter, where roles and company show that it is a slip of the pen."""
    kept: list[_Group] = []
    for group in sorted(groups, key=lambda group: (-len(group.mentions), group.mentions[0].name)):
        name = group.mentions[0].name
        for other in kept:
            alike = differ_by_a_slip(name, other.mentions[0].name) and share_a_role(group.evidence, other.evidence)
            if alike and not contradict(group.evidence, other.evidence):
                other.take(group.mentions)
                break
        else:
            kept.append(group)
    return kept


def _bare(mentions: Iterable[ArticleMention]) -> list[_Group]:
    """Groups family names alone where a title or role is the same; the rest stay as the articles write them.

    Those of which nothing is told are kept together as what they are, a name and not a person.
    """
    groups: list[_Group] = []
    silent: dict[tuple[str, ...], list[ArticleMention]] = defaultdict(list)
    for mention in mentions:
        evidence = _evidence(mention)
        if not evidence.phrases and not _noble_title([mention]):
            silent[full_name(mention.name).family].append(mention)
            continue
        fitting = [group for group in groups if _is_same_bearer(mention, evidence, group)]
        if fitting:
            fitting[0].take([mention])
        else:
            groups.append(_group([mention]))
    return [*groups, *(_group(named) for family in sorted(silent) for named in _by_gender(silent[family]))]


def _by_gender(mentions: Sequence[ArticleMention]) -> list[list[ArticleMention]]:
    genders = {mention.gender for mention in mentions if mention.gender}
    if len(genders) < 2:  # noqa: PLR2004  he and she
        return [list(mentions)]
    found = [[mention for mention in mentions if mention.gender == gender] for gender in ("he", "she", None)]
    return [group for group in found if group]


def _is_same_bearer(mention: ArticleMention, evidence: PersonEvidence, group: _Group) -> bool:
    noble = _noble_title([mention])
    same_title = noble is not None and noble == _noble_title(group.mentions) and not goes_with_given_name(noble)
    return (
        full_name(mention.name).family == full_name(group.mentions[0].name).family
        and (same_title or share_a_role(evidence, group.evidence))
        and not contradict(evidence, group.evidence)
    )


def _put_together(
    groups: list[list[ArticleMention]], joined: Sequence[frozenset[tuple[str, str]]]
) -> list[list[ArticleMention]]:
    for keys in joined:
        touched = [group for group in groups if any(mention.key in keys for mention in group)]
        rest = [group for group in groups if group not in touched]
        groups = [*rest, [mention for group in touched for mention in group]]
    return groups


def _group(mentions: Iterable[ArticleMention]) -> _Group:
    group = _Group()
    group.take(mentions)
    return group


def _linked(mentions: Sequence[ArticleMention]) -> Linked:
    is_body = sum(mention.is_body for mention in mentions) * 2 > len(mentions)
    articles = Counter(mention.name for mention in mentions)
    said: Counter[str] = Counter()
    for mention in mentions:
        said[mention.name] += mention.statements

    def known(name: str) -> tuple[int, int]:
        return said[name], articles[name]

    if is_body:
        name = max(
            articles,
            key=lambda written: (
                len(body_key(written)),
                said[written],
                not written.endswith(_POSSESSIVE),
                articles[written],
                written,
            ),
        )
    else:
        # A middle name alone does not make a name better known: "Donald Trump" often beats "Donald J. Trump".
        name = max(
            articles, key=lambda written: (min(fullness(written), 2), *known(written), fullness(written), written)
        )
        if not full_name(name).is_full and (title := _noble_title(mentions)):
            name = f"{title} {name}"
    return Linked(name, is_body, tuple(sorted(mentions, key=lambda mention: (mention.published or "", mention.key))))


def _noble_title(mentions: Sequence[ArticleMention]) -> str | None:
    titles = {
        fold_name(title).rpartition(" ")[2] for mention in mentions for title in mention.titles if is_noble(title)
    }
    return min(titles).title() if len(titles) == 1 else None


def _evidence(mention: ArticleMention) -> PersonEvidence:
    return _told(mention.name, mention.titles, mention.roles, mention.gender, mention.published)


@lru_cache(maxsize=1 << 15)
def _told(
    name: str, titles: tuple[str, ...], roles: tuple[str, ...], gender: Gender | None, published: str | None
) -> PersonEvidence:
    """Returns what a mention tells; each is asked several times, and the commonest names have thousands."""
    return person_evidence(titles, roles, gender_of((), tuple(name.split())) or gender, published)


def _as_text(evidence: PersonEvidence) -> str:
    return repr((sorted(evidence.phrases), sorted(evidence.genders), sorted(evidence.styles), evidence.days))
