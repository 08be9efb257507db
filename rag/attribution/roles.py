"""What an article calls somebody: titles, offices, kin, and for whom somebody speaks. Reads the words beside a name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache

from rag.core import Span
from rag.text.names import WrittenName, is_person_noun, is_several, lookup_form, may_be_trade, name_lists, nation_of
from rag.text.speech_verbs import is_told

_BEFORE = re.compile(r"((?:[\w’'.-]+ ){0,4}[a-z][\w-]*) $")
_DETERMINED = r"(?:\b(?:[Hh]is|[Hh]er|[Tt]heir|[Ii]ts|[Tt]he)|[’']s)"
_APPOSED = re.compile(rf"{_DETERMINED} ((?:[a-z-]+ ){{0,3}}[a-z-]+), $")
_APPOSED_OF = re.compile(
    rf"(?:^|[.:;\n“\"] ?){_DETERMINED} ((?:[\w-]+ ){{0,3}}?[a-z-]+)(?: (?:of|for|at|in) [^.,:;\n]+)?, $"
)
"""What somebody is as the subject, with a place or a body: “The leader of the council, Amos Gray,”."""
_AFTER = re.compile(r"[*_]{0,2}, (?:who is |now )?((?:the |a |an |his |her |its )?[\w’' .-]{3,70}?)[,.;]")
_IS = re.compile(r" (is|was|serves as|served as) ((?:the |an? )[\w’' .-]{3,70}?)[,.;]")
_BECAME = re.compile(r" (is|was|has been|will be) (?:[\w-]+ ){1,5}?as ((?:the |an? )?[\w’' .-]{3,50}?)[,.;]")
_RANK = re.compile(r"\b([Ff]ormer|[Tt]hen|[Aa]cting|[Ee]x|[Oo]utgoing)[ -]$")
_OWNER = re.compile(r"([\w.-]+)[’']s? $")
_OF = re.compile(r" (?:of|for|at|in|to|who|and|on|with) ")
_DETERMINERS = re.compile(r"^(?:the|an?|his|her|its|their) ")
_SPOKES = {"spokesman", "spokeswoman", "spokesperson", "spokesmen"}
_OUTSIDE = frozenset("by with from to of in at on for and but that when as said his her their its the a an".split())  # noqa: SIM905
"""Words in front of a description that are none of it."""
_OF_PERSON = re.compile(r",? \(?(?:aged )?\d{1,2}(?:[,.;)]| and\b)|,? who(?:se)?\b")
"""What stands behind the name of a person alone: an age, “who”."""
MARKUP = "*_"
"""Marks of Markdown that may stand around a name."""
_NEAR = 60  # characters in front of a name that may describe it


@dataclass(frozen=True, slots=True)
class Role:
    """What an article calls somebody: “Russian foreign minister” is head minister, modifier foreign, nation russia."""

    head: str
    modifiers: frozenset[str]
    nation: str | None


@dataclass(frozen=True, slots=True)
class Tie:
    """Whose kin or lawyer somebody is: “his wife, Olga” (`owner` is he), “Trost's lawyer Nora Quade” (Trost).

    `leads`: it stands in front of the name, as it must before a name that the article does not know otherwise.
    """

    owner: str
    noun: str
    leads: bool = True

    @property
    def shares_name(self) -> bool:
        """Whether such kin as a rule have one family name."""
        return self.noun in name_lists().same_name

    @property
    def is_kin(self) -> bool:
        """Whether it is kin and not a lawyer or spokesman."""
        return self.noun in name_lists().kin


def role_of(words: Iterable[str]) -> Role | None:
    """The role that a phrase describes, None if its words name no office or work."""
    written = list(words)
    owners = {
        place for place, word in enumerate(written[1:]) if word in {"'s", "’s"} and nation_of(written[place]) is None
    }
    folded = [lookup_form(word) for place, word in enumerate(written) if place not in owners]
    heads = [place for place, word in enumerate(folded) if word in name_lists().titles or is_person_noun(word)]
    if not heads:
        return None
    head = folded[heads[-1]]
    before = folded[: heads[-1]]
    nation = next((nation for word in before if (nation := nation_of(word))), None)
    skip = {"the", "a", "an", "his", "her", "its", "their", "s", ""}
    modifiers = frozenset(word for word in before if word not in skip and nation_of(word) is None)
    return Role("spokesperson" if head in _SPOKES else head, modifiers, nation)


def title_before(text: str, run: WrittenName) -> tuple[str, ...]:
    """The lower-case title in front of a name: “Kremlin spokesperson Dmitry Peskov”, “her pupil, Mira Toft”."""
    near = text[max(0, run.span.start - _NEAR) : run.span.start].rstrip(MARKUP)
    words = near.rstrip(", ").rsplit(None, 1)
    if near.endswith((" elder ", " younger ")):  # of two who share a family name
        return (words[-1],)
    if not words or not words[-1][0].islower() or not near.endswith(" ") or not _calls(text, run, words[-1]):
        return ()
    if near.endswith(", "):
        apposed = _APPOSED.search(near)
        return tuple(apposed.group(1).split()) if apposed else ()
    found = _BEFORE.search(near)
    if found is None:
        return ()
    title = re.split(r"\s", re.split(r"[,;:.] ", found.group(1))[-1])
    outside = (place + 1 for place, word in enumerate(title) if is_told(word) or word in _OUTSIDE)
    return tuple(title[max(outside, default=0) :])


def _calls(text: str, run: WrittenName, word: str) -> bool:
    """Whether a word in front of a name says what somebody is; in a tag it need not be a listed one.

    “The gate rusts, smith Ola Pint said”.
    """
    if is_person_noun(word):
        return True
    in_tag = text[: run.span.start].rstrip(MARKUP).endswith(f", {word} ") and len(run.name) > 1
    behind = re.match(r" ([a-z]+)\b", text[run.span.end :])
    return in_tag and may_be_trade(word) and behind is not None and is_told(behind.group(1))


def is_described(text: str, run: WrittenName) -> bool:
    """Whether the words beside a name tell that it is a person's: an age, “who”, an office or work in apposition."""
    behind = text[run.span.end : run.span.end + _NEAR]
    if _OF_PERSON.match(behind):
        return True
    before = _APPOSED_OF.search(text, max(0, run.span.start - 2 * _NEAR), run.span.start)
    if before is not None and is_person_noun(before.group(1).split()[-1]) and behind[:1] == ",":
        return True
    phrase = apposition(text, run)
    return phrase is not None and not is_several(phrase.split()[-1:]) and _role_in(phrase) is not None


def title_written(text: str, run: WrittenName) -> str:
    """The capitalised titles in front of a name, as written; empty where there are none."""
    if not run.title:
        return ""
    words = text[run.span.start : run.span.end].split()
    title = " ".join(words[: len(run.title)])
    return title[:-1] if is_several(run.title) else title


def roles_at(text: str, run: WrittenName) -> Iterator[Role]:
    """The roles that the words around one mention give."""
    before = title_before(text, run)
    described = (*_possessor(text, run), *_rank_before(text, run), *run.title) if run.title else before
    found = (role_of(described), _role_in(apposition(text, run) or ""), _said_to_be(text, run))
    yield from filter(None, found)


def phrases_at(text: str, run: WrittenName) -> Iterator[str]:
    """The same as written, without article: “immigration minister”, “chief executive of BP”."""
    before = title_before(text, run)
    said = _IS.match(text, run.span.end)
    phrases = (" ".join(before), apposition(text, run), said.group(2) if said else None)
    for phrase in phrases:
        if phrase and _role_in(phrase) is not None:
            yield _DETERMINERS.sub("", phrase.strip())


def apposition(text: str, run: WrittenName) -> str | None:
    """The words between commas behind a name: “the immigration minister”."""
    found = _AFTER.match(text, run.span.end)
    return found.group(1) if found else None


def tie_at(text: str, run: WrittenName) -> Tie | None:
    """Whose kin, lawyer or spokesman the words in front of a name or behind it make of somebody."""
    start = max(0, run.span.start - _NEAR)
    before = _tie_before().search(text[start : run.span.start].rstrip(MARKUP))
    found = before or _tie_behind().match(text, run.span.end)
    return Tie(found.group("owner"), lookup_form(found.group("noun")), before is not None) if found else None


def is_proxy(word: str) -> bool:
    """Whether a word is for somebody who speaks for another."""
    return lookup_form(word) in name_lists().proxies


def principal_in(phrase: str) -> Span | None:
    """Where a phrase names whom its spokesman, lawyer, aide, office or source speaks for; None if it has none."""
    found = next((match for pattern in _principals() if (match := pattern.search(phrase))), None)
    return Span(*found.span("principal")) if found else None


@cache
def _tie_before() -> re.Pattern[str]:
    owner = r"(?P<owner>[Hh]is|[Hh]er|[Tt]heir|[\w.-]+(?=[’']s? ))(?:[’']s?)?"
    return re.compile(rf"\b{owner} (?:[\w-]+ ){{0,2}}(?P<noun>{_ties()})(?:,? |, (?:[a-z][\w-]* ){{1,3}})$")


@cache
def _tie_behind() -> re.Pattern[str]:
    return re.compile(rf", (?P<owner>his|her) (?:[a-z-]+ ){{0,2}}(?P<noun>{_ties()})\b")


@cache
def _principals() -> tuple[re.Pattern[str], ...]:
    """“Spokesman for X”, “source close to X”; “X's lawyer”; “X spokesman”."""
    spokes = "spokes(?:man|woman|person|men|people)"
    proxy = "|".join(sorted((f"{word}s?" for word in name_lists().proxies), key=len, reverse=True))
    proxy = rf"\b(?:{proxy}|{spokes})\b"
    behind = r"(?P<principal>(?:the |[Mm](?:r|rs|s)\.? )?(?:[\w’'.&-]+ ?){1,6})"
    owner = r"(?P<principal>(?:[\w’'.&-]+ ){0,5}?[\w.&-]+)[’']s?"
    beside = r"(?P<principal>[A-Z][\w.&-]*(?: [A-Z][\w.&-]*){0,5})"
    return (
        re.compile(rf"{proxy} (?:(?:for|of|to|representing) |[\w ]{{0,12}}\bclose to ){behind}", re.IGNORECASE),
        re.compile(rf"^{owner} (?:[\w-]+ ){{0,4}}?{proxy}", re.IGNORECASE),
        re.compile(rf"^(?:[Tt]he |[Aa] )?{beside} (?:[a-z-]+ )?{spokes}\b"),
    )


def _ties() -> str:
    return "|".join(sorted(name_lists().kin | name_lists().proxies, key=len, reverse=True))


def _rank_before(text: str, run: WrittenName) -> tuple[str, ...]:
    """The “Former” of “Former Foreign Minister Anna Novak”, which no run of capitals keeps."""
    found = _RANK.search(text, max(0, run.span.start - 12), run.span.start)
    return (found.group(1).lower(),) if found else ()


def _said_to_be(text: str, run: WrittenName) -> Role | None:
    """“Anna Novak is the foreign minister of Austria”; who was it is a former one."""
    found = _IS.match(text, run.span.end) or _BECAME.match(text, run.span.end)
    role = _role_in(found.group(2)) if found else None
    if found is None or role is None:
        return None
    over = found.re is _IS and found.group(1) in {"was", "served as"}
    past = frozenset({"former"}) if over else frozenset[str]()
    return replace(role, modifiers=role.modifiers | past)


def _possessor(text: str, run: WrittenName) -> tuple[str, ...]:
    found = _OWNER.search(text, max(0, run.span.start - 40), run.span.start)
    return (found.group(1),) if found else ()


def _role_in(phrase: str) -> Role | None:
    words = _OF.split(phrase)[0].split()
    if not words or not is_person_noun(words[-1]):
        return None
    rest = phrase[len(" ".join(words)) :].split()
    return role_of([*words[:-1], *(word for word in rest if nation_of(word)), words[-1]])
