"""Whom the words of a question name: somebody on record, somebody whom no article quotes, or nobody at all."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.answering import patterns, words
from rag.answering.known import Known, bare
from rag.text.name_matching import fold
from rag.text.names import gender_of, is_body, name_lists, nation_of
from rag.types import Bearer, EntityLink

_POSSESSIVE = re.compile("[’']s?$")
_AIDE = re.compile(r"(?P<principal>.+?)[’']s? (?:[a-z]+[ -])*(?P<role>[a-z]+)")
_OFFICES = frozenset({"office", "team", "camp", "family"})
"""What speaks for somebody and is no one person."""


_LONGEST_NAME = 5
_LONGEST_TYPED_SMALL = 2
_CLASS = re.compile(
    "people|police|media|press|staff|public|everyone|everybody|anyone|anybody|someone|somebody|nobody|others|"
    "experts|officials|scientists|researchers|critics|analysts|doctors|residents|voters|authorities|sources|"
    "reporters|journalists|lawmakers|prosecutors|economists|investors|fans|parents|workers|articles|article|"
    "study|report|reports|survey|poll|paper|newspaper|book|government|company|bible|law|text|story|website|"
    "data|research|letter|film|movie",
    re.IGNORECASE,
)
"""Words for whoever it may be; to ask what they said is to ask what the articles say."""

_PRONOUN = re.compile(
    "he|she|it|they|him|her|them|this|that|these|those|i|you|we|us|me|who|whom|what|which", re.IGNORECASE
)
_ENDS_OR_OPENS_NO_NAME = re.compile(
    r"^(?:an?|any|all|some|many|most|several|few|no|every|each|both|what|which|how|considering|based|given|[\"“‘'].*)\b"
    r"|\b(?:of|the|and|or|in|on|at|to|for|by|from|with|s)$",
    re.IGNORECASE,
)

_AFFILIATED = re.compile(
    r"(?:the )?[A-Z][\w&.-]*(?: [A-Z][\w&.-]*)*[’']s? (?P<behind>[A-Z]\S*(?: [A-Z]\S*)+)"
    r"|(?P<before>[A-Z]\S*(?: [A-Z]\S*)+?)(?: (?:of|from|at|with) (?:the )?[A-Z].*|, (?:the|an?) .*)"
)
"""Two words or more that are a name, and whose they are: "Reuters's Ada Lund", "Ada Lund of the Ferry Union"."""


def alone(name: str) -> str:
    """A person's name without the body that the question names beside it; any other words as they are."""
    beside = _AFFILIATED.fullmatch(name.strip())
    person = (beside["behind"] or beside["before"]) if beside else name
    return name if is_body(tuple(person.split())) or patterns.OFFICE.search(person) else person


def entity_link(written: str, known: Known) -> EntityLink | None:
    """Everybody on record whom the words for a speaker may mean; None if they mean nobody there.

    They may be a name, a title or an occupation and a name ("Mayor Esker"), a role alone ("the prime minister"), or a
    nation and its government, for which its officials and bodies speak.
    """
    name = _POSSESSIVE.sub("", written.strip())
    if not name or _is_pronoun(bare(name)):
        return None
    found = _bearing(name, known) or _bearing(alone(name), known)
    if not found and gender_of((fold(name).split()[0],), ()) and _bearing(bare(name), known):
        return None  # a Mrs Blunkett is not David Blunkett
    if found := found or _bearing(bare(name), known):
        return EntityLink(name, found)
    if found := _titled(name, known):
        return EntityLink(name, found)
    if not _CLASS.fullmatch(bare(name)) and (people := known.holders(name)):
        return EntityLink(name, _each(sorted(people), known), "role")
    return _aide(name, known) or _government(name, known)


def _aide(name: str, known: Known) -> EntityLink | None:
    """Those for whom somebody speaks who is named by that alone: "Blair's official spokesman"."""
    match = _AIDE.fullmatch(name)
    if match is None or fold(match["role"]).removesuffix("s") not in name_lists().titles | _OFFICES:
        return None
    principal = match["principal"]
    found = _bearing(bare(principal), known) or _each(sorted(known.holders(principal)), known)
    return EntityLink(name, found, "aide") if found else None


def _is_pronoun(word: str) -> bool:
    """Whether a word only points at somebody; the US is no "us"."""
    return _PRONOUN.fullmatch(word) is not None and not words.is_acronym(word)


def of_the_family(written: str, known: Known) -> EntityLink | None:
    """Those who are quoted and share the last word of a longer name that nobody on record bears.

    Of a single word, those who have it as their first name or as half of a double one.
    """
    parts = _POSSESSIVE.sub("", written).split()
    if not parts or not words.is_name(parts[-1]) or nation_of(parts[-1]):
        return None
    found = _bearing(parts[-1], known) if len(parts) > 1 else _each(known.named_in_part(parts[0]), known)
    found = tuple(bearer for bearer in found if not bearer.is_body)
    quoted = tuple(bearer for bearer in found if bearer.statements)
    return EntityLink(written, quoted, "family") if quoted else None


def _bearing(name: str, known: Known) -> tuple[Bearer, ...]:
    """Those who bear a name, if it is none of a nation: what a country says its officials do."""
    return () if nation_of(bare(name)) else known.bearers(name)


def _titled(name: str, known: Known) -> tuple[Bearer, ...]:
    """Those who bear the name at the end of the words, where what stands before it is a title or an occupation."""
    parts = name.split()
    for start in range(1, len(parts)):
        head, tail = parts[:start], " ".join(parts[start:])
        found = _bearing(tail, known) if all(_is_of_an_office(word, known) for word in head) else ()
        found = tuple(bearer for bearer in found if not bearer.is_body)
        if found:
            people = known.holders(" ".join(head))
            return tuple(bearer for bearer in found if bearer.person in people) or found
    return ()


def _is_of_an_office(word: str, known: Known) -> bool:
    """Whether a word before a name is none itself: a title, a nation's, or one that articles write small."""
    lists, folded = name_lists(), fold(word)
    if folded in lists.given_male | lists.given_female or folded in words.FUNCTION_WORDS - patterns.PARTICLES:
        return False
    if folded in lists.titles | lists.state | patterns.PARTICLES or nation_of(word) or known.is_in_a_role(word):
        return True
    is_common = known.holdings.occurs(word) and known.holdings.written(word.lower()) is None
    return is_common and not known.bearers(word)


def _government(name: str, known: Known) -> EntityLink | None:
    """Those who speak for the nation that the words name, alone or as its government: "the Armenian authorities"."""
    parts = [word for word in words.words(name) if word.lower() not in patterns.PARTICLES]
    nation = next((lead for end in range(len(parts), 0, -1) if nation_of(lead := " ".join(parts[:end]))), None)
    if nation is None or not all(fold(word) in name_lists().state for word in parts[len(nation.split()) :]):
        return None
    people = known.officials(nation)
    return EntityLink(name, _each(people, known), "nation") if people else None


def _each(people: Sequence[str], known: Known) -> tuple[Bearer, ...]:
    """The people of these names as bearers, those with the most statements first."""
    found = [next((bearer for bearer in known.bearers(name) if bearer.person == name), None) for name in people]
    return tuple(sorted(filter(None, found), key=lambda bearer: -bearer.statements))


def on_record(name: str, known: Known) -> str | None:
    """The name under which the library knows the speaker, the most quoted of all who may be meant; None for nobody."""
    found = entity_link(name, known)
    spoken = [bearer for bearer in found.bearers if bearer.statements] if found else []
    if found and found.by == "aide" and spoken:
        return found.written
    if found and found.by == "nation" and spoken:
        return without_article(found.written)
    return spoken[0].person if spoken else None


def without_article(written: str) -> str:
    """A government or an aide as the question names them, without an article."""
    return written.removeprefix("the ").removeprefix("The ")


def resembled(name: str, known: Known) -> str | None:
    """The name of the person on record whose name was misspelt so; None if it was not, or two would fit."""
    if _is_pronoun(bare(name)) or _CLASS.fullmatch(bare(name)):
        return None
    person = known.resembling(bare(name))
    return person.name if person else None


def may_speak(name: str, *, known: Known, openly: bool) -> bool:
    """Whether the words can name a speaker.

    Somebody on record can; a country or its capital, which does more than it says, only where the question is `openly`
    of speech. There so can what is written as a name, and an office that articles give to several people or to nobody.
    """
    if on_record(name, known) or (len(name.split()) <= _LONGEST_NAME and resembled(name, known)):
        return openly or nation_of(bare(name)) is None
    parts = [word for word in words.words(bare(name)) if word.lower() not in patterns.PARTICLES]
    if not openly or not parts or _ENDS_OR_OPENS_NO_NAME.search(name):
        return False
    if patterns.OFFICE.search(name):
        return _is_unsettled_office(name, known)
    if nation_of(bare(name)) or any(
        word.lower() in words.FUNCTION_WORDS and not words.is_acronym(word) for word in parts
    ):
        return False
    if all(map(words.is_name, parts)):
        return len(parts) <= _LONGEST_NAME
    return len(parts) <= _LONGEST_TYPED_SMALL and _is_typed_small(name, known)


def _is_unsettled_office(name: str, known: Known) -> bool:
    """Whether articles give the office to several people, or do not know it at all."""
    if words.is_name(bare(name)) and name[:4].lower() != "the " and "’s" not in name and "'s" not in name:
        return True  # "Minister Quist": somebody is named
    office = [word for word in fold(name).split() if word not in patterns.PARTICLES]
    return len(known.holders(name)) > 1 or not all(map(known.holdings.occurs, office))


def _is_typed_small(name: str, known: Known) -> bool:
    """Whether a name was typed without its capital: a word that no article uses, nor English for a group."""
    parts = name.split()
    return name == bare(name) and not any(
        _CLASS.fullmatch(part)
        or part.lower() in patterns.PARTICLES
        or not part.isalpha()
        or known.holdings.occurs(part)
        for part in parts
    )
