"""Indexes who and what is on record by name, and resolves which of several people of one name a question means."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar, cast

from rapidfuzz import process
from rapidfuzz.distance import OSA

from rag.core import Bearer, EntityLink, Person, Query
from rag.core.protocols import Embedder
from rag.library.queries import View
from rag.library.statement_keys import distinct
from rag.text import tokens
from rag.text.name_matching import fold_name, sound
from rag.text.names import is_body, name_lists, names_of_nation, nation_of
from rag.text.tokens import words

SPEAKER_LEAD = re.compile(
    r"^(?:the|a|an|mr|mrs|ms|dr|president|(?:foreign |prime )?minister|spokes(?:man|woman|person))\b\.?\s*",
    re.IGNORECASE,
)
SMALL_WORDS_OF_NAMES = frozenset({"of", "the", "de", "da", "di", "van", "von", "der", "den", "al", "el", "bin"})
"""Small words inside names, written without a capital."""

OFFICE = re.compile(
    r"\b(?:minister|president|premier|chancellor|spokes(?:man|woman|person|people)|ambassador|secretary|governor|mayor|senator|"
    r"chief|chair(?:man|woman|person)?|director|commissioner|king|queen|pope|general|judge|leader|head|ceo|councillor|"
    r"envoy|prosecutor|attorney|lawyer|founder|owner|coach|captain|congress(?:man|woman)|speaker|official|representative)\b",
    re.IGNORECASE,
)
"""Words by which questions refer to somebody without a name."""

OF_ANOTHER_OFFICE = frozenset(
    {"deputy", "vice", "former", "ex", "shadow", "acting", "assistant", "designate", "elect", "late"}
)
"""Words that turn an office into another one: a deputy prime minister is not the prime minister."""

STANDS_FOR = re.compile(
    r"^what (?:does|do|is) (?P<short>[A-Z][A-Za-z.]+) (?:stand for|short for|mean)\b", re.IGNORECASE
)

_A_NAME = r"(?P<{0}>[A-Z][\w.’'-]*(?: (?:of |the |and |for )*[A-Z][\w.’'-]*)*)"
WHO_IS = re.compile(
    r"^(?:[Ww]ho|[Ww]hat) (?:exactly |precisely )?(?:is|are|was|were) (?:the |this |an? )?"
    + _A_NAME.format("name")
    + "$"
    r"|^[Ww]hat (?:sort|kind|type) of (?:an? )?(?:\w+ ){0,2}?(?:is|are|was|were) (?:the )?"
    + _A_NAME.format("thing")
    + "$"
)
"""Questions who or what somebody or something is; a capital marks a name."""

_BEING = frozenset({"am", "is", "are", "was", "were", "be", "been"})
_SPEAKS_FOR = ("spokesman", "spokeswoman", "spokesperson")
_OF = re.compile(r",? (?:of|for|at|in|to|from) | – |, ")
_SHORTEST_MISSPELT = 5
"""Letters. Names of four differ by one letter too often: Lund and Lind are two people."""


_EXAMPLES = 400
"""Passages that show how a word is written."""

_MOSTLY = 0.9
"""Minimum share of a name's uses with a capital."""

_OF_ONE_WORD = 3
"""Tokens of a text that is one word, with the two around it."""

_MOST_KEPT = 10_000
Found = TypeVar("Found")


class LibraryLookup:
    """Looks up what a library contains besides people, in one open view; without a view, in an empty library.

    Results are kept until the library changes.
    """

    def __init__(
        self, view: View | None = None, embedder: Embedder | None = None, kept: dict[Hashable, Any] | None = None
    ) -> None:
        self._view = view
        self._embedder = embedder
        self._kept: dict[Hashable, Any] = {} if kept is None else kept

    def over(self, view: View) -> LibraryLookup:
        """Returns the same lookup with another view of the same state of the library."""
        return LibraryLookup(view, self._embedder, self._kept)

    @property
    def outlets(self) -> tuple[str, ...]:
        """Returns all outlets, those with most articles first."""
        return self._keep("outlets", lambda view: view.summary().outlets, ())

    @property
    def sources(self) -> tuple[str, ...]:
        """Returns the sources of all articles."""
        return self._keep("sources", lambda view: tuple(view.sources()), ())

    def occurs(self, word: str) -> bool:
        """Returns whether any article uses a word."""
        return self._keep(("occurs", word), lambda view: bool(view.frequency([word])[word]), default=False)

    def titled(self, text: str) -> set[str]:
        """Returns the sources of the articles whose title contains the words."""
        return self._view.titled([text]) if self._view else set()

    def of_outlet(self, outlet: str) -> set[str]:
        """Returns the sources of an outlet's articles."""
        return set(self._view.dates(outlet=outlet)) if self._view else set()

    def written(self, word: str) -> str | None:
        """Returns the word with capitals if articles mostly write it so."""
        return self._keep(("written", word), lambda view: written(word, view), None)

    def is_word(self, word: str) -> bool:
        """Returns whether the model knows a word as a whole: then it is not misspelt."""
        return self._embedder is not None and self._embedder.count_tokens(word.lower()) <= _OF_ONE_WORD

    def is_bound(self, word: str, behind: str) -> bool:
        """Returns whether articles use a word only with another after it: Nagorno with Karabakh."""

        def always(view: View) -> bool:
            alone, bound = view.frequency([word, f"{word} {behind}"]).values()
            return 0 < alone == bound

        return self._keep(("bound", word, behind), always, default=False)

    def bearers(self, name: str) -> tuple[Bearer, ...] | None:
        """Returns everybody who bears a name, with or without a title; None without a library."""
        return self._keep(("bearers", name), lambda view: view.bearers(name), None)

    def _keep(self, key: Hashable, find: Callable[[View], Found], default: Found) -> Found:
        if key in self._kept or self._view is None:
            return cast("Found", self._kept.get(key, default))
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        found = self._kept[key] = find(self._view)
        return found


def written(word: str, view: View) -> str | None:
    """Returns the word with the capitals that most articles give it inside sentences; None if most give it none."""
    forms = Counter(
        match.group()
        for text in view.examples(word, _EXAMPLES)
        for match in re.finditer(rf"(?:(?<=[a-z,;] )|(?<=[a-z,;] [“\"‘]))\b{re.escape(word)}\b", text, re.IGNORECASE)
    )
    form, count = max(forms.items(), key=lambda entry: entry[1], default=("", 0))
    return form if tokens.is_name(form) and count >= _MOSTLY * forms.total() else None


class EntityIndex:
    """Indexes the people of a library by each of their names, by last word, and by introduction."""

    def __init__(
        self,
        people: Sequence[Person],
        introductions: Iterable[tuple[str, str]] = (),
        library: LibraryLookup | None = None,
    ) -> None:
        """`introductions` are pairs of phrase and name: "Russian Foreign Minister Sergei Lavrov", "Sergei Lavrov"."""
        self.library = library or LibraryLookup()
        self._introduced: dict[str, list[tuple[_Role, str]]] = defaultdict(list)
        for written, name in introductions:
            role = _Role.of(written, frozenset(fold_name(name).split()))
            if role.words & _BEING:
                continue  # a clause was read as an introduction: "most are women"
            for word in role.words:
                self._introduced[word].append((role, name))
        self._by_name = {fold_name(bare(person.name)): person for person in reversed(people)}
        self._by_alias: dict[str, dict[str, Person]] = defaultdict(dict)
        self._by_last: dict[str, dict[str, Person]] = defaultdict(dict)
        for person in people:
            for alias in (person.name, *person.aliases):
                self._by_alias[fold_name(bare(alias))][person.name] = person
                self._by_last[_last(alias)][person.name] = person
        self._by_part: dict[str, list[str]] = defaultdict(list)
        for person in people:
            for part in dict.fromkeys(fold_name(person.name).replace("-", " ").split()):
                self._by_part[part].append(person.name)

    def over(self, view: View) -> EntityIndex:
        """Returns the same index with another view of the same state of the library."""
        known = copy(self)
        known.library = self.library.over(view)
        return known

    def named_in_part(self, word: str) -> list[str]:
        """Returns everybody with a word in their name: a first name, or a half of a double one."""
        return self._by_part.get(fold_name(bare(word)), [])

    def named(self, name: str) -> Person | None:
        """Returns the one person of that name, in full or by the last word; None if two would fit."""
        wanted = fold_name(bare(name))
        if wanted in self._by_name:
            return self._by_name[wanted]
        bearers = self._by_alias.get(wanted) or self._by_last.get(wanted, {})
        return next(iter(bearers.values())) if len(bearers) == 1 else None

    def resembling(self, name: str) -> Person | None:
        """Returns the one person whose name, as it sounds, differs from this one by a single slip.

        None if two people are close, if an article or English uses the word itself, and for very short names.
        """
        wanted = [sound(word) for word in fold_name(bare(name)).split()]
        is_short = max(map(len, wanted), default=0) < _SHORTEST_MISSPELT
        if is_short or self.library.occurs(name) or self.library.is_word(name):
            return None
        near = process.extract(wanted[-1], list(self._by_sound), scorer=OSA.distance, score_cutoff=1, limit=None)
        close = {
            person.name: person
            for last, _, _ in near
            for alias, person in self._by_sound[last]
            if len(wanted) in {1, len(alias)} and all(map(_is_one_slip_from, reversed(wanted), reversed(alias)))
        }
        return next(iter(close.values())) if len(close) == 1 else None

    def holder(self, office: str) -> str | None:
        """Returns the one person introduced so, "the Russian foreign minister"; None unless there is exactly one."""
        holders = self.holders(office)
        return holders.pop() if len(holders) == 1 else None

    def holders(self, office: str) -> set[str]:
        """Returns everybody introduced so, without deputies and those who speak for the holder of the office."""
        wanted = _Role.of(office)
        fewest = min((self._introduced.get(word, []) for word in wanted.words), key=len, default=[])
        return {name for role, name in fewest if role.includes(wanted)}

    def is_in_a_role(self, word: str) -> bool:
        """Returns whether articles introduce anybody with the word: "clerk" of "clerk Nora Quade"."""
        return fold_name(word) in self._introduced

    def bearers(self, name: str) -> tuple[Bearer, ...]:
        """Finds everybody who may be meant by a name, those with the most statements first."""
        if (found := self.library.bearers(name)) is not None:
            return found
        wanted = fold_name(bare(name))
        if wanted in self._by_name:
            return (_bearer(self._by_name[wanted]),)
        people = self._by_alias.get(wanted) or self._by_last.get(wanted, {})
        return tuple(map(_bearer, people.values()))

    def officials(self, nation: str) -> list[str]:
        """Returns the names of those whom articles introduce as officials of a nation, and of its own bodies.

        "Russian Foreign Minister Sergei Lavrov", "Kremlin spokesman Dmitry Peskov"; the Kremlin, Moscow.
        """
        telling = names_of_state(nation)
        roles = {pair for names in telling for word in names for pair in self._introduced.get(word, ())}
        introduced = {
            name for role, name in roles if role.head in name_lists().state and _is_of_state(role.words, telling)
        }
        own = {
            person.name
            for name, people in self._by_alias.items()
            if is_body(tuple(name.split())) and _is_of_state(frozenset(name.split()), telling)
            for person in people.values()
        }
        return sorted(introduced | own)

    def spokespeople(self, body: str) -> list[str]:
        """Returns those whom articles introduce as speaking for a body: "Kremlin spokesman Dmitry Peskov"."""
        if not is_body(tuple(body.split())):
            return []
        return sorted({name for word in _SPEAKS_FOR for name in self.holders(f"{bare(body)} {word}")})

    def surnames(self, word: str) -> list[str]:
        """Returns all spellings of the last name of those who bear it."""
        bearers = self._by_last.get(fold_name(word), {}).values()
        return [name.split()[-1] for person in bearers for name in (person.name, *person.aliases)]

    def sources_called(self, name: str) -> list[str]:
        """Returns sources with that path, file name (with or without suffix), or number that opens the file name."""
        return self._by_file_name.get(str(int(name)) if name.isdecimal() else name.casefold(), [])

    @cached_property
    def _by_file_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for source in self.library.sources:
            name = source.rpartition("/")[2]
            number = re.match("[0-9]+", name)
            called = {source, name, name.rpartition(".")[0] or name, str(int(number.group())) if number else name}
            for folded in {word.casefold() for word in called}:
                found[folded].append(source)
        return found

    @cached_property
    def outlets(self) -> dict[str, str]:
        """Returns every outlet by its folded name without the article: "verge" is The Verge."""
        return {fold_name(outlet).removeprefix("the "): outlet for outlet in reversed(self.library.outlets)}

    @cached_property
    def _by_sound(self) -> dict[str, list[tuple[tuple[str, ...], Person]]]:
        """Returns names as they sound, with their bearers, by the last word."""
        found: dict[str, list[tuple[tuple[str, ...], Person]]] = defaultdict(list)
        for name, bearers in self._by_alias.items():
            if heard := tuple(map(sound, name.split())):
                found[heard[-1]] += [(heard, person) for person in bearers.values()]
        return found


@dataclass(frozen=True, slots=True)
class _Role:
    """An introduction: all its words, and the noun that says what somebody is: "executive" of BP."""

    words: frozenset[str]
    head: str

    @classmethod
    def of(cls, phrase: str, name: frozenset[str] = frozenset()) -> _Role:
        """Extracts the role from a phrase that may contain a name."""
        inside = [
            [word for word in fold_name(bare_office(part)).split() if word not in name] for part in _OF.split(phrase)
        ]
        head = next((part[-1] for part in inside if part), "")
        return cls(frozenset(word for part in inside for word in part), head)

    def includes(self, wanted: _Role) -> bool:
        """Returns whether the holder of this role can be called by the other."""
        lesser = (self.words - wanted.words) & OF_ANOTHER_OFFICE
        return bool(wanted.words) and wanted.words <= self.words and wanted.head == self.head and not lesser


def names_of_state(nation: str) -> list[frozenset[str]]:
    """Returns the names of a nation, each as its folded words: country, adjective, capital, seats of government."""
    lists = name_lists()
    names = [name for table in (lists.nations, lists.seats) for name, of in table.items() if of == nation_of(nation)]
    return [frozenset(fold_name(name).split()) for name in names]


def _is_of_state(words: frozenset[str], names: Iterable[frozenset[str]]) -> bool:
    """Returns whether words contain a name of the nation, and otherwise only words for offices and state bodies."""
    return any(name <= words and words - name <= name_lists().state for name in names)


def _bearer(person: Person) -> Bearer:
    return Bearer(person.name, person.name, is_body(tuple(person.name.split())), statements=1, articles=1)


def bare(name: str) -> str:
    """Returns a name without article and title: Macron for "the President Macron"."""
    while (shorter := SPEAKER_LEAD.sub("", name)) not in {name, ""}:
        name = shorter
    return name


def bare_office(phrase: str) -> str:
    """Returns an office without article and possessive endings: Kremlin spokesman for "the Kremlin's spokesman"."""
    return " ".join(word for word in words(phrase) if word.lower() not in SMALL_WORDS_OF_NAMES)


def _last(name: str) -> str:
    return fold_name(name).rsplit(" ", 1)[-1]


def _is_one_slip_from(word: str, other: str) -> bool:
    """Returns whether one letter was added, omitted, mistaken or swapped with its neighbour; not Petrov for Petrova."""
    if word == other:
        return True
    is_woman = len(word) != len(other) and max(word, other, key=len) == f"{min(word, other, key=len)}a"
    is_long = len(word) >= _SHORTEST_MISSPELT and len(other) >= _SHORTEST_MISSPELT - 1
    return is_long and not is_woman and OSA.distance(word, other, score_cutoff=1) <= 1


_INITIALS = re.compile(r"[A-Z]{2,3}|(?:[A-Z]\.){2,3}")
"""Initials that articles write with and without stops: DC, D.C."""


def groups(terms: Iterable[str], known: EntityIndex) -> tuple[tuple[str, ...], ...]:
    """Returns each term with its other spellings."""
    return tuple(spellings(term, known) for term in terms)


def of_governments(term: str, known: EntityIndex) -> tuple[str, ...]:
    """Returns the same with all names of a nation and its capital: Washington may stand for the United States."""
    return tuple(dict.fromkeys([*spellings(term, known), *names_of_nation(term)]))


def spellings(term: str, known: EntityIndex) -> tuple[str, ...]:
    """Returns the term itself, then its other spellings."""
    surnames = known.surnames(term) if tokens.is_name(term) else []
    plain = term.replace(".", "")
    dotted = [plain, f"{'.'.join(plain)}."] if _INITIALS.fullmatch(term) else []
    return tuple(dict.fromkeys([*tokens.alternatives(term), *surnames, *dotted]))


_CIVIL = {"the", "mr", "mrs", "ms", "miss", "mx", "dr"}
"""Titles for anybody, whatever the articles call them."""

_CLEARLY = 4
"""How many times as many statements as all namesakes together the person clearly meant must have."""


def disambiguated(query: Query, view: View, known: EntityIndex, sources: Collection[str] | None = None) -> Query:
    """Makes the person meant the query's speaker, with the namesakes after; leaves it open if nobody is clearly meant.

    `sources` are the only articles to search; None searches all.
    """
    link = query.link
    if link is None or link.all_speak:
        return query
    if link.by == "family":
        counted = tuple(_as_counted(bearer, view) for bearer in link.bearers)
        return replace(query, link=replace(link, bearers=counted))
    speaking = [bearer for bearer in link.bearers if bearer.statements]
    if not speaking:
        return _unquoted(query, link, view)
    if len(speaking) == 1 or query.intent == "compare":
        return _of(query, link, speaking[0], view)
    topic = groups(query.names or query.terms, known)
    on_topic = {
        bearer.person: sum(
            statement.is_said for statement in view.statements(by=[bearer.person], about=topic, sources=sources)
        )
        for bearer in speaking
    }
    cited = {
        bearer.person: len(view.statements(by=[bearer.person], sources=query.near)) if query.near else 0
        for bearer in speaking
    }
    every = {bearer.person: bearer.statements for bearer in speaking}
    meant = _clearly_first(on_topic)
    if not any(on_topic.values()):
        meant = _clearly_first(cited) or _clearly_first(every)
    if meant:
        return _of(query, link, next(bearer for bearer in speaking if bearer.person == meant), view)
    return replace(query, link=replace(link, bearers=tuple(speaking), is_open=True))


def _as_counted(bearer: Bearer, view: View) -> Bearer:
    """Returns the bearer with the number of statements that an answer about them counts."""
    if not bearer.statements:
        return bearer
    return replace(
        bearer,
        statements=len(distinct(statement for statement in view.statements(by=[bearer.person]) if statement.is_said)),
    )


def _clearly_first(counts: Mapping[str, int]) -> str | None:
    """Returns who has clearly more statements than all others together; None if nobody has."""
    first = max(counts, key=lambda name: counts[name])
    others = sum(counts.values()) - counts[first]
    return first if counts[first] and counts[first] >= _CLEARLY * others else None


def _of(query: Query, link: EntityLink, meant: Bearer, view: View) -> Query:
    """Returns the query about one of the bearers, who then comes first; a note says how the words were read."""
    others = tuple(_as_counted(bearer, view) for bearer in link.bearers if bearer is not meant)
    return replace(
        query,
        speaker=meant.person,
        speaker_is_known=True,
        link=replace(link, bearers=(meant, *others)),
        notes=(*query.notes, *_how_read(link, meant)),
    )


def _is_given(word: str) -> bool:
    """Returns whether a word is a first name: Kenneth for Ken is no title."""
    return fold_name(word) in name_lists().given_male | name_lists().given_female


def _how_read(link: EntityLink, meant: Bearer) -> Iterator[str]:
    """Says that a role was read as its holder, or a name with a title as somebody whom no article gives the title."""
    if link.by == "role":
        yield f"“{link.written}” was read as {meant.person}."
        return
    given = {word for told in (*meant.titles, *meant.roles) for word in fold_name(told).split()}
    name = set(fold_name(meant.name).split())
    title = [
        word for word in link.written.split() if not (set(fold_name(word).split()) <= name | _CIVIL or _is_given(word))
    ]
    if given and title and not any(fold_name(word) in given for word in title):
        yield f"“{link.written}” was read as {meant.person}."


def _unquoted(query: Query, link: EntityLink, view: View) -> Query:
    """Returns the query about somebody whom articles mention but do not quote with certainty."""
    person = link.bearers[0].person
    is_perhaps_quoted = bool(view.statements(by=[person], role="candidate", limit=1))
    return replace(query, speaker=person, speaker_is_known=is_perhaps_quoted)
