"""Links the names in a question to people, outlets and articles of the library."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.answering.understanding import entity_index
from rag.answering.understanding.entity_index import EntityIndex, bare
from rag.answering.understanding.normalise import phrasing_pattern, phrasings, piece
from rag.core import Bearer, EntityLink, Query
from rag.text import tokens
from rag.text.name_matching import fold_name
from rag.text.names import gender_of, is_body, name_lists, nation_of

_POSSESSIVE = re.compile("[’']s?$")
_AIDE = re.compile(r"(?P<principal>.+?)[’']s? (?:[a-z]+[ -])*(?P<role>[a-z]+)")
_FAR_MORE = 10
"""How many times the statements of all others of a first name somebody must have to be meant by it."""

_OFFICES = frozenset({"office", "team", "camp", "family"})
"""Groups that speak for somebody and are not a person."""

_LONGEST_NAME = 5
_PRONOUN = re.compile(
    "he|she|it|they|him|her|them|this|that|these|those|i|you|we|us|me|who|whom|what|which", re.IGNORECASE
)
_NO_NAME = re.compile(
    r"^(?:an?|any|all|some|many|most|several|few|no|every|each|both|what|which|how|considering|based|given|[\"“‘'].*)\b"
    r"|\b(?:who|whom|which|what|why|when|where|how|on|about)\b|\b(?:of|the|and|or|in|on|at|to|for|by|from|with|s)$",
    re.IGNORECASE,
)
_AFFILIATED = re.compile(
    r"(?:the )?[A-Z][\w&.-]*(?: [A-Z][\w&.-]*)*[’']s? (?P<behind>[A-Z]\S*(?: [A-Z]\S*)+)"
    r"|(?P<before>[A-Z]\S*(?: [A-Z]\S*)+?)(?: (?:of|from|at|with) (?:the )?[A-Z].*|, (?:the|an?) .*)"
)
"""Two words or more that are a name, and their body: "Reuters's Ada Lund", "Ada Lund of the Ferry Union"."""


def alone(name: str) -> str:
    """Returns a person's name without the body beside it; any other words unchanged."""
    beside = _AFFILIATED.fullmatch(name.strip())
    person = (beside["behind"] or beside["before"]) if beside else name
    return name if is_body(tuple(person.split())) or entity_index.OFFICE.search(person) else person


def entity_link(written: str, known: EntityIndex) -> EntityLink | None:
    """Returns everybody on record whom the words for a speaker may mean; None if they mean nobody there.

    They may be a name, a title or an occupation and a name ("Mayor Esker"), a role alone ("the prime minister"), or a
    nation and its government, for which its officials and bodies speak.
    """
    name = _POSSESSIVE.sub("", written.strip())
    if not name or _is_pronoun(bare(name)) or (_NO_NAME.search(name) and not known.named(name)):
        return None
    found = _bearing(name, known) or _bearing(alone(name), known)
    if not found and gender_of((fold_name(name).split()[0],), ()) and _bearing(bare(name), known):
        return None  # a Mrs Blunkett is not David Blunkett
    found = found or _bearing(bare(name), known) or _titled(name, known)
    if body := _under_all_names(name, found, known):
        return body
    if found:
        return EntityLink(name, found)
    if not piece("whoever").fullmatch(bare(name)) and (people := known.holders(name)):
        return EntityLink(name, _each(sorted(people), known), "role")
    return _aide(name, known) or _government(name, known)


def _under_all_names(name: str, found: tuple[Bearer, ...], known: EntityIndex) -> EntityLink | None:
    """Returns a body under every name that it has: the Fed and the Federal Reserve; None if it is found under one."""
    names = {fold_name(other): other for other in tokens.other_names(bare(name))}
    borne = (bearer for other in names.values() for bearer in _bearing(other, known))
    every = tuple({bearer.person: bearer for bearer in borne if fold_name(bearer.person) in names}.values())
    if len(every) < 2 and (found or not every):  # noqa: PLR2004 - several names
        return None
    return EntityLink(name, tuple(sorted(every, key=lambda bearer: -bearer.statements)), "body")


def _aide(name: str, known: EntityIndex) -> EntityLink | None:
    """Returns the principals of somebody identified only by them: "Blair's official spokesman"."""
    match = _AIDE.fullmatch(name)
    if match is None or fold_name(match["role"]).removesuffix("s") not in name_lists().titles | _OFFICES:
        return None
    principal = match["principal"]
    found = _bearing(bare(principal), known) or _each(sorted(known.holders(principal)), known)
    return EntityLink(name, found, "aide") if found else None


def _is_pronoun(word: str) -> bool:
    """Returns whether a word is a pronoun; the US is no "us"."""
    return _PRONOUN.fullmatch(word) is not None and not tokens.is_acronym(word)


def of_the_family(written: str, known: EntityIndex) -> EntityLink | None:
    """Returns those quoted who share the last word of a longer name that nobody on record bears.

    For a single word, those who have it as first name or as half of a double one.
    """
    parts = _POSSESSIVE.sub("", written).split()
    if not parts or not tokens.is_name(parts[-1]) or nation_of(parts[-1]):
        return None
    found = _bearing(parts[-1], known) if len(parts) > 1 else _each(known.named_in_part(parts[0]), known)
    quoted = tuple(bearer for bearer in found if bearer.statements and not bearer.is_body)
    return EntityLink(written, quoted, "family") if quoted else None


def called_in_part(written: str, known: EntityIndex) -> str | None:
    """Returns the person with all these words in their name and far more statements than others of the kind: Bernie."""
    link = of_the_family(written, known)
    words = set(fold_name(bare(_POSSESSIVE.sub("", written))).split())
    bearers = [bearer for bearer in link.bearers if words <= set(fold_name(bearer.person).split())] if link else []
    rest = sum(bearer.statements for bearer in bearers[1:])
    return bearers[0].person if bearers and bearers[0].statements >= _FAR_MORE * max(rest, 1) else None


def _bearing(name: str, known: EntityIndex) -> tuple[Bearer, ...]:
    """Returns those who bear a name, unless it is a nation's: officials speak for a country."""
    return () if nation_of(bare(name)) else known.bearers(name)


def _titled(name: str, known: EntityIndex) -> tuple[Bearer, ...]:
    """Returns those who bear the name at the end of the words, after a title or an occupation."""
    parts = name.split()
    for start in range(1, len(parts)):
        head = parts[:start]
        bearers = _bearing(" ".join(parts[start:]), known) if all(_is_title(word, known) for word in head) else ()
        if found := tuple(bearer for bearer in bearers if not bearer.is_body):
            people = known.holders(" ".join(head))
            return tuple(bearer for bearer in found if bearer.person in people) or found
    return ()


def _is_title(word: str, known: EntityIndex) -> bool:
    """Returns whether a word before a name is not a name: a title, a nation's, or one that articles write small."""
    lists, folded = name_lists(), fold_name(word)
    if (
        folded in lists.given_male | lists.given_female
        or folded in tokens.FUNCTION_WORDS - entity_index.SMALL_WORDS_OF_NAMES
    ):
        return False
    if (
        folded in lists.titles | lists.state | entity_index.SMALL_WORDS_OF_NAMES
        or nation_of(word)
        or known.is_in_a_role(word)
    ):
        return True
    is_common = known.library.occurs(word) and known.library.written(word.lower()) is None
    return is_common and not known.bearers(word)


def _government(name: str, known: EntityIndex) -> EntityLink | None:
    """Returns those who speak for a nation named alone or as a government: "the Armenian authorities"."""
    parts = [word for word in tokens.words(name) if word.lower() not in entity_index.SMALL_WORDS_OF_NAMES]
    nation = next((lead for end in range(len(parts), 0, -1) if nation_of(lead := " ".join(parts[:end]))), None)
    if nation is None or not all(fold_name(word) in name_lists().state for word in parts[len(nation.split()) :]):
        return None
    people = known.officials(nation)
    return EntityLink(name, _each(people, known), "nation") if people else None


def _each(people: Sequence[str], known: EntityIndex) -> tuple[Bearer, ...]:
    """Returns these people as bearers, those with the most statements first."""
    found = [next((bearer for bearer in known.bearers(name) if bearer.person == name), None) for name in people]
    return tuple(sorted(filter(None, found), key=lambda bearer: -bearer.statements))


def name_on_record(name: str, known: EntityIndex) -> str | None:
    """Returns the speaker's name in the library, the most quoted of all who may be meant; None for nobody."""
    found = entity_link(name, known)
    spoken = [bearer for bearer in found.bearers if bearer.statements] if found else []
    if found is None or not spoken:
        return None
    if found.by in {"nation", "body"}:
        return found.written.removeprefix("the ").removeprefix("The ")
    return found.written if found.by == "aide" else spoken[0].person


def resembled(name: str, known: EntityIndex) -> str | None:
    """Returns the person on record whose name was misspelt so; None if it was not, or two would fit."""
    if _is_pronoun(bare(name)) or piece("whoever").fullmatch(bare(name)):
        return None
    person = known.resembling(bare(name))
    return person.name if person else None


def may_speak(name: str, *, known: EntityIndex, openly: bool) -> bool:
    """Returns whether the words can name a speaker.

    Somebody on record can; a country or its capital, which does more than it says, only if the question is `openly`
    about speech. Then also a capitalised name, and an office that articles give to several people or to nobody.
    """
    if name_on_record(name, known) or (len(name.split()) <= _LONGEST_NAME and resembled(name, known)):
        return openly or nation_of(bare(name)) is None
    parts = [word for word in tokens.words(bare(name)) if word.lower() not in entity_index.SMALL_WORDS_OF_NAMES]
    if not openly or not parts or _NO_NAME.search(name):
        return False
    if entity_index.OFFICE.search(name):
        return _is_unsettled_office(name, known)
    if nation_of(bare(name)) or any(
        word.lower() in tokens.FUNCTION_WORDS and not tokens.is_acronym(word) for word in parts
    ):
        return False
    return all(map(tokens.is_name, parts)) and len(parts) <= _LONGEST_NAME


def _is_unsettled_office(name: str, known: EntityIndex) -> bool:
    """Returns whether articles give the office to several people, or do not know it at all."""
    if tokens.is_name(bare(name)) and name[:4].lower() != "the " and "’s" not in name and "'s" not in name:
        return True  # "Minister Quist": somebody is named
    office = [word for word in fold_name(name).split() if word not in entity_index.SMALL_WORDS_OF_NAMES]
    return len(known.holders(name)) > 1 or not all(map(known.library.occurs, office))


_LONGEST_PLACE = 6
_FILE = re.compile(
    r"(?P<lead>(?:in|from|according to|of|by) )?(?:the )?"
    r"(?:(?P<noun>article|file|document|source|text|story|report)s? "
    r"(?:no\.? |number |nr\.? |#|called |named |titled |entitled |with the title )?)?"
    r"(?:(?P<number>\d{1,6}\b(?! of | articles| people|,\d))"
    r"|(?P<file>[\w./-]*\w\.(?:txt|md|html?|pdf|docx|jsonl?|csv|epub|rtf|odt|xml|eml|warc(?:\.gz)?)(?:#\d+)?)"
    r"|\*(?P<starred>[^*]{3,200})\*|[“\"](?P<title>[^”\"]{3,200})[”\"])",
    re.IGNORECASE,
)
_ASKS_FOR_ONE = re.compile(
    r"(?:please )?(?:summari[sz]e|sum up|open|show|read|what (?:is|was) .*about[ ?]*$)", re.IGNORECASE
)
_KEPT = {"": "the article", "of": "of the article", "by": "by the article"}
_QUOTED_MARK = re.compile(r"[\"'“‘]?@[\"'”’]?")
_PUT: dict[str, str] = {"speaks": "what do the articles", "article": "the article", "named": " "}
"""Replacements for the words that name an outlet, by how they name it."""


@dataclass(frozen=True, slots=True)
class WithoutPlaces:
    """A question without its words on where to look, and what these name. `trouble` says what is missing there."""

    rest: str
    source: str | None = None
    outlet: str | None = None
    trouble: str | None = None


def looked_in(question: str, known: EntityIndex) -> WithoutPlaces:
    """Finds the outlet or the article that the question names."""
    return _file(question, known) or _outlet(question, known) or WithoutPlaces(question)


def _file(question: str, known: EntityIndex) -> WithoutPlaces | None:
    """Finds the article named by its number, its file or its title; an unknown title is not an article."""
    for match in _FILE.finditer(question):
        title = match["starred"] or match["title"]
        is_named = match["noun"] or match["file"] or (title and _ASKS_FOR_ONE.match(question))
        if not is_named or (match["number"] and not match["number"].startswith("0") and match["noun"][:1].isupper()):
            continue  # "Article 49" is one of a treaty
        named = match["file"] or match["number"]
        found = sorted(known.library.titled(title)) if title else known.sources_called(named)
        if len(found) == 1:
            put = f" {_KEPT.get((match['lead'] or '').lower().strip(), '')} "
            return WithoutPlaces(_joined(question[: match.start()], put, question[match.end() :]), source=found[0])
        if named:
            called = match["file"] or f"{match['noun']} {named}"
            many = f"{len(found)} files in the library answer" if found else "No file in the library answers"
            return WithoutPlaces(question, trouble=f"{many} to “{called}”.")
    return None


def _outlet(question: str, known: EntityIndex) -> WithoutPlaces | None:
    """Finds the outlet that the question names, unless as a speaker."""
    for start, end, outlet in _outlets_in(question, known):
        marked = _QUOTED_MARK.sub("@", f"{question[:start]}@{question[end:]}", count=1)
        ways = {way: put for way, put in _PUT.items() if way != "speaks" or not known.named(outlet)}
        found = ((pattern.search(marked), put) for way, put in ways.items() for pattern in phrasings("outlet", way))
        for match, put in found:
            if match:
                return WithoutPlaces(_joined(marked[: match.start()], f" {put} ", marked[match.end() :]), outlet=outlet)
    return None


def _outlets_in(question: str, known: EntityIndex) -> Iterator[tuple[int, int, str]]:
    """Finds every outlet's name in the words, longest first; a single word must have a capital."""
    found = [(match.start(), match.end()) for match in re.finditer(r"[^\s,;:?!“”\"‘()]+", question)]
    for length in range(_LONGEST_PLACE, 0, -1):
        for place in range(len(found) - length + 1):
            start, end = found[place][0], found[place + length - 1][1]
            written = re.sub(r"(?:[’']s?|\.)$", "", question[start:end])
            outlet = known.outlets.get(fold_name(written).removeprefix("the ")) if written else None
            if outlet and (length > 1 or "." in written or not written.islower()):
                yield start, start + len(written), outlet


def _joined(before: str, put: str, after: str) -> str:
    """Joins the two ends of a question with something between them."""
    return " ".join(f"{before.rstrip(' ,')}{put}{after.lstrip(' ,')}".split())


_WORD = r"(?<!\w)[A-Z][\w’'-]*(?:\.[A-Z]\w*)*"
PLACE_NAME = re.compile(rf"{_WORD}\.?(?:(?: (?:of|of the|de|van|von|der|al|bin|for the|and the) (?=[A-Z])| ){_WORD})*")


def name_offsets(text: str) -> list[tuple[int, int]]:
    """Finds the spans of names in a question: runs of capitalised words, without the one that opens it."""
    found = []
    for match in PLACE_NAME.finditer(text):
        start = match.start()
        if start == 0 and (opening := re.match(phrasing_pattern("question_opening"), text, re.IGNORECASE)):
            rest = PLACE_NAME.search(text, opening.end(), match.end())
            if rest is None:
                continue
            start = rest.start()
        if match.group().lower() in tokens.FUNCTION_WORDS and not tokens.is_acronym(match.group()):
            continue
        found.append((start, match.start() + len(re.sub(r"(?:[’']s?|\.)$", "", match.group()))))
    return found


def names_of(query: Query) -> list[str]:
    """Returns the names in a question that was understood."""
    return [query.standalone[start:end] for start, end in name_offsets(query.standalone)]


def is_person(name: str, known: EntityIndex) -> bool:
    """Returns whether an article mentions a person of that name."""
    return any(not bearer.is_body for bearer in known.bearers(bare(name))) and not nation_of(bare(name))


def gender_told(name: str, known: EntityIndex) -> str | None:
    """Returns the gender of a name, or of its bearer's title in articles: "he", "she" or nothing."""
    parts = tuple(bare(name).split())
    bearer = next((bearer for bearer in known.bearers(bare(name)) if not bearer.is_body), None)
    titles = tuple(word.lower() for title in (bearer.titles if bearer else ()) for word in title.split())
    return gender_of((name.lower().split()[0],), parts) or gender_of(
        titles, tuple(bearer.name.split()) if bearer else parts
    )
