"""Reads names as news writes them: titles, given names, bodies, nations."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib import resources
from itertools import groupby
from typing import Any, Literal

from rag.core import Span
from rag.text.spacy_models import function_words, inflected, verbs
from rag.text.speech_verbs import is_told
from rag.text.tokens import without_accents, word_list

Gender = Literal["he", "she"]

_PARTICLES = r"(?:de|del|della|da|di|dos|du|la|le|van|von|der|den|ter|bin|ibn|al|el|ben|bint|of|['’]t)"
_LEADING = r"(?:(?:(?:\b(?:von|van|de|del|di|da|der|den|ter|bin|ibn|bint)|['’]t)[ \u00a0]){0,2}(?:al-|el-)?)"
"""Particles that may open a family name in running text: “von der Leyen said”, “al-Nasri said”."""
_UNSEEN = "\u00ad\u200b-\u200d\u2060\ufeff"
"""Marks of no width: they part no word and are no letter of it."""
_JOINED = rf"\u0300-\u036f{_UNSEEN}"
# Inside a word also what a wrong decoding leaves of a letter (“TrÃ©vidic”): the name stays one word.
_WORD = (
    r"(?:[A-Z]{2,}(?:/[A-Z]{2,})+|"  # RFE/RL
    rf"[^\W\d_a-zà-öø-ÿ](?:[\w’'.\-\x80-\x9f\xa1-\xaa\xac-\xba\xbc-\xbf{_JOINED}]*"
    rf"(?:[^\W_]|[{_JOINED}]|(?<=s)[’'](?=[ \u00a0][^\W\d_a-zà-öø-ÿ])))?\.?)"
)
_RUN = re.compile(
    rf"(?<![^\W_])(?<!-)(?<!\bd['’]){_LEADING}{_WORD}"
    rf"(?:[ \u00a0](?:(?:{_PARTICLES}|&)[ \u00a0]){{0,2}}(?:al-|el-)?{_WORD})*"
)
_REACH = re.compile(
    rf" (?:for|of|on)(?: the)? {_WORD}(?: (?:(?:for|of|on|and)(?: the)? )?{_WORD})*"
    rf"| and {_WORD}(?![\w’'])(?! [^\W\d_a-z])"
)
"""How the name of a body goes on: the Centers *for Disease Control*, the Board of Trade *and Industry*."""
_WORD_BEFORE = re.compile(r"\b([a-z][a-z-]+) $")
_LONGEST_WORD = 20
_OPENS = re.compile(r"(?:^|[.!?:\n])[\s\"“‘']*$")
_SENTENCE_END = re.compile(r"[?\n]|[.!](?=\s)")
_NO_WIDTH = re.compile(f"[{_UNSEEN}]")
_POSSESSIVE = re.compile(r"[’']s?$")
_ALSO_NAMES = word_list("titles that are names")
_ALSO_FAMILIES = word_list("bodies that are names")
PARTISANS = word_list("partisans")
"""What a member of a party is called."""
_HONORIFICS = {"mr", "mrs", "ms", "miss"}
SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})
_SHORT = {"jr.", "sr.", "st."}
PARTICLES = frozenset("de del della da di dos du van von der den ter bin ibn bint t 't ’t".split())  # noqa: SIM905
"""Words in lower case that belong to a family name."""
_INITIALS = re.compile(r"(?:[A-Z]\.-?){1,3}[A-Z]?\.?")
_OF_WORK = re.compile(r"(?:[a-z]{3}(?:master|keeper|worker|ologist|ivist|ician|grapher)|[a-z]{4}maker)$")
"""How words end that are for whoever does a work: choirmaster, shopkeeper, archivist."""
_OF_A_PLACE = re.compile(r"[a-z]{3}(?:ian|ese|ish)$")
"""How words end that tell where somebody is from: the Californian Kerry Hale."""
_BASED = re.compile(r"[^\W\d_a-z][\w.]*-(?:[a-z]+ed|born|led|run)")  # Norland-based, Kessel-born
_OFFICES = word_list("offices of state")
_AUXILIARIES = {"has", "have", "had", "is", "are", "was", "were", "did", "told"}
_SHARING = word_list("offices of nobody")
"""Whose the offices and unions are that are named after nobody."""


@dataclass(frozen=True, slots=True)
class NameLists:
    """The lists of `names.toml`. `nations` gives countries, adjectives and capitals the same key.

    `seats` gives the seats of governments the key of their nation, `state` are words of offices and bodies of a state.
    """

    titles: frozenset[str]
    male: frozenset[str]
    female: frozenset[str]
    bodies: frozenset[str]
    things: frozenset[str]
    openers: frozenset[str]
    never: frozenset[str]
    given_male: frozenset[str]
    given_female: frozenset[str]
    family_first: frozenset[str]
    kin: frozenset[str]
    same_name: frozenset[str]
    proxies: frozenset[str]
    firms: frozenset[str]
    nicknames: dict[str, str]
    nations: dict[str, str]
    seats: dict[str, str]
    state: frozenset[str]


@dataclass(frozen=True, slots=True)
class WrittenName:
    """A run of capitalised words taken apart. `title` is in lower case, `name` are words as written, maybe none."""

    span: Span
    title: tuple[str, ...]
    name: tuple[str, ...]
    possessive: bool

    @property
    def text(self) -> str:
        """Returns the name without title."""
        return " ".join(self.name)


@cache
def name_lists() -> NameLists:
    """Returns the lists that ship with the package."""
    table: dict[str, str] = tomllib.loads(resources.files("rag.text").joinpath("names.toml").read_text("utf-8"))
    words = {key: frozenset(value.split()) for key, value in table.items()}
    pairs = {key: dict(pair.split("=") for pair in table[key].split()) for key in ("nicknames", "seats")}
    nations = {
        word.replace("-", " "): line.split()[0] for line in table["nations"].split("\n") for word in line.split()
    }
    words |= {"never": words["never"] | words["openers"], "kin": words["kin"] | words["same_name"]}
    lists: dict[str, Any] = {
        **words,
        "nicknames": pairs["nicknames"],
        "nations": nations,
        "seats": {seat.replace("-", " "): nation for seat, nation in pairs["seats"].items()},
    }
    return NameLists(**lists)


@cache
def person_nouns() -> frozenset[str]:
    """Returns nouns that say what somebody is (occupations, kin, parts in an event), singular and in lower case."""
    lines = resources.files("rag.text").joinpath("person_nouns.txt").read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


@cache
def _more_given_names() -> dict[str, str]:
    """Returns given names beyond those of `names.toml`, and whether he, she or both have them."""
    lines = resources.files("rag.text").joinpath("given_names.txt").read_text("utf-8").splitlines()
    groups = (line.partition(": ") for line in lines if not line.startswith("#"))
    return {name: gender for gender, _, names in groups for name in names.split()}


@lru_cache(maxsize=20_000)
def is_person_noun(word: str) -> bool:
    """Tells whether a word says what somebody is: warden, ministers, ex-minister, secretary-general."""
    folded = lookup_form(word)
    known, titles = person_nouns(), name_lists().titles
    forms = (folded, folded.removesuffix("s"), f"{folded[:-3]}man" if folded.endswith("men") else folded)
    if any(form in known or form in titles or _OF_WORK.search(form) for form in forms):
        return True
    first, hyphen, rest = folded.partition("-")
    return bool(hyphen) and (is_person_noun(rest) or first in titles)


def may_be_trade(word: str) -> bool:
    """Tells whether a word in lower case right in front of a name may say what somebody is, listed or not: smith."""
    listed = is_person_noun(word)
    return listed or (
        word.isalpha()
        and word.islower()
        and len(word) > 3  # noqa: PLR2004
        and not word.endswith(("ly", "ed", "ing"))
        and word not in function_words("en")
    )


def lookup_form(word: str) -> str:
    """Returns a word for looking up in the lists: lower case, no closing full stop, no possessive."""
    return _POSSESSIVE.sub("", word).rstrip(".").lower()


def written_names(text: str, span: Span) -> Iterator[WrittenName]:
    """Finds every run of capitalised words in `span`, taken apart.

    Runs that are no name but a title or a nation included.
    """
    for run in _RUN.finditer(text, span.start, span.end):
        before = _WORD_BEFORE.search(text, max(span.start, run.start() - _LONGEST_WORD), run.start())
        called = before is not None and is_person_noun(before.group(1))
        for start, words in _parts_of_run(run.group(), run.start()):
            first = start == run.start() and len(words) > 1
            named = first and (called or _is_called_will(text, words[0], run.start()))
            found = read_name(words, start, opens=not named)
            yield (
                _without_opener(found, words)
                if start == run.start() and _OPENS.search(text[max(0, start - 4) : start]) is not None
                else found
            )


def _is_called_will(text: str, word: str, place: int) -> bool:
    """Tells whether a small word of English is a given name there: behind other words, or in no question."""
    if not has_name_of_small_word((word,)):
        return False
    ends = _SENTENCE_END.search(text, place)
    return not _OPENS.search(text[max(0, place - 4) : place]) or ends is None or ends.group() != "?"


def has_name_of_small_word(name: Sequence[str]) -> bool:
    """Tells whether the given name is a small word of English too: Will."""
    return is_given_name(name[0]) and lookup_form(name[0]) in function_words("en")


def _without_opener(found: WrittenName, words: list[str]) -> WrittenName:
    """Drops the participle or adverb that opens a sentence: “Sentencing Callum Wroe, the judge said”."""
    if found.title or len(words) < 2 or found.name[:1] != (words[0],):  # noqa: PLR2004
        return found
    adverb = len(words[0]) > len("early") and words[0].endswith("ly") and not may_be_given_name(words[0])
    plain = len(words) > 2 and is_given_name(words[1]) and is_plain_word(words[0])  # noqa: PLR2004  “Defiant Per Ost”
    if not adverb and not plain and not is_participle(words[0]):
        return found
    rest = read_name(words[1:], found.span.start + len(words[0]) + 1)
    return rest if rest.name and not rest.title and not is_body(rest.name) else found


@lru_cache(maxsize=20_000)
def is_participle(word: str) -> bool:
    """Tells whether a word is the “-ing” form of a verb, whatever the sentence makes of it."""
    stem = lookup_form(word).removesuffix("ing")
    if stem == lookup_form(word) or is_given_name(word):
        return False
    double = len(stem) > 2 and stem[-1] == stem[-2]  # noqa: PLR2004
    return bool({stem, f"{stem}e", stem[:-1] if double else stem} & verbs())


@lru_cache(maxsize=20_000)
def is_plain_word(word: str) -> bool:
    """Tells whether a word with a capital may be a verb or an adjective and is no given name: Compares."""
    folded = lookup_form(word)
    if may_be_given_name(word) or not folded.isalpha():
        return False
    stems = {folded, *(folded.removesuffix(ending) for ending in ("s", "es", "ed", "d", "ing"))}
    stems |= {f"{stem[:-1]}y" for stem in stems if stem.endswith("i")}
    return folded in inflected() or is_participle(word) or not stems.isdisjoint(verbs())


def cleaned(word: str) -> str:
    """Returns a word of a name as a record keeps it: composed letters, no marks of no width."""
    return unicodedata.normalize("NFC", _NO_WIDTH.sub("", word))


def read_name(words: list[str], start: int = 0, *, opens: bool = True) -> WrittenName:
    """Splits a run: opening function words go, titles go to `title`, what follows the last title is the name.

    Without `opens` the first word is part of the name, whatever it is: “union man Per Ost”.
    """
    found = _taken_apart(words, start, opens=opens)
    return replace(found, name=tuple(map(cleaned, found.name)))


def _taken_apart(words: list[str], start: int, *, opens: bool) -> WrittenName:
    end = start + len(" ".join(words))
    last = [word.rstrip(".") if word.endswith(("'s.", "’s.")) else word for word in words[-1:]]
    possessive = any(_POSSESSIVE.search(word) for word in last)
    kept = [*words[:-1], *(_POSSESSIVE.sub("", word) for word in last)]
    while opens and kept and (_opens_sentence(kept[0]) or (len(kept) > 1 and _BASED.fullmatch(kept[0]))):
        start += len(words[len(words) - len(kept)]) + 1
        kept.pop(0)
    if (office := _office(kept)) is not None:
        return WrittenName(Span(start, max(end, start + 1)), office, tuple(_trim_end(kept[len(office) :])), possessive)
    last_title = max((place for place, word in enumerate(kept) if _is_title(word, place, kept)), default=-1)
    last_title += _body_in_front(kept[last_title + 1 :])
    last_title += _occupation(kept[last_title + 1 :], titled=last_title >= 0)
    title = tuple(lookup_form(word) for word in kept[: last_title + 1])
    name = _trim_end(_without_place(kept[last_title + 1 :]))
    return WrittenName(Span(start, max(end, start + 1)), title, tuple(name), possessive)


def _body_in_front(words: list[str]) -> int:
    """Counts the words of a body in front of a full name that is not linked to it: “Harbour Council Peter Lund”."""
    place = len(words) - 2
    is_person = place > 1 and is_given_name(words[place]) and not is_body(tuple(words[place:]))
    last = lookup_form(words[place - 1]) if is_person else ""
    return place if last in name_lists().bodies and words[place - 1][0].isupper() else 0


def _occupation(words: list[str], *, titled: bool) -> int:
    """Counts how many words in front of a name say what somebody is, listed or not: “Clerk Nora Quade”, “Nurse Lamm”.

    Behind a title the last two words are a name: the Quin of “Mayor Quin Esker” is not one of five children.
    """
    least = 2 if titled else 1
    for place in range(len(words) - 1, -1, -1):
        word, rest = words[place], [other for other in words[place + 1 :] if other not in PARTICLES]
        if len(rest) < least or (place and len(rest) == 1) or not word[0].isupper() or is_body(tuple(rest)):
            continue
        of_place = len(rest) > 1 and may_be_given_name(rest[0]) and _OF_A_PLACE.search(word)
        office = word.isupper() and 1 < len(word) < 5 and len(rest) > 1 and is_given_name(rest[0])  # noqa: PLR2004  “GM”
        partisan = len(rest) > 1 and may_be_given_name(rest[0]) and lookup_form(word) in PARTISANS
        if (is_person_noun(word) or of_place or office or partisan) and not is_given_name(word) and "of" not in words:
            return place + 1
    return 0


def is_several(title: Sequence[str]) -> bool:
    """Tells whether a title is that of several people: “Ministers Ada Brel and Tom Rusk”."""
    last = title[-1] if title else ""
    return last.endswith("s") and last not in person_nouns() | name_lists().titles and is_person_noun(last)


def is_given_name(word: str) -> bool:
    """Tells whether a word is on the lists of given names."""
    folded = without_accents(lookup_form(word))
    return folded in name_lists().given_male or folded in name_lists().given_female


def may_be_given_name(word: str) -> bool:
    """Tells whether some people have a word for a given name, though it may be a place's too: Orlando, Thaddeus."""
    return is_given_name(word) or without_accents(lookup_form(word)) in _more_given_names()


def gender_of(title: tuple[str, ...], name: tuple[str, ...]) -> Gender | None:
    """Tells what titles and the given name tell, None where they do not."""
    lists = name_lists()
    body = max((place for place, word in enumerate(title) if word in lists.bodies), default=-1)
    for word in title[body + 1 :]:  # a Notre Dame law school professor
        if word in lists.male:
            return "he"
        if word in lists.female or word.endswith("woman"):
            return "she"
    if len(name) < 2:  # noqa: PLR2004  a bare family name tells nothing
        return None
    return _gender_of_given(without_accents(lookup_form(name[0])), lookup_form(name[-1]))


def _gender_of_given(first: str, last: str) -> Gender | None:
    lists = name_lists()
    if first in lists.given_female and first not in lists.given_male:
        return "she"
    if first in lists.given_male and first not in lists.given_female:
        return "he"
    if re.search(r"(?:[oe]va|ina|skaya|dottir)$", last):
        return "she"
    return None if first in lists.given_male else _gender_told(first)


def _gender_told(given: str) -> Gender | None:
    told = _more_given_names().get(given)
    return "he" if told == "he" else "she" if told == "she" else None


def nation_of(word: str) -> str | None:
    """Returns the nation that a country's name, adjective or capital stands for."""
    return name_lists().nations.get(lookup_form(word))


@cache
def names_of_nation(word: str) -> tuple[str, ...]:
    """Returns the country, adjective and capital of the nation that the word stands for.

    None where it stands for none.
    """
    nation = nation_of(word)
    same = (name for name, key in name_lists().nations.items() if nation is not None and key == nation)
    return tuple(name.title() for name in same if len(name) > len("us"))


@lru_cache(maxsize=20_000)
def is_body(name: tuple[str, ...]) -> bool:
    """Tells whether a name is that of a ministry, a paper, a country: of anything that is not one person."""
    lists = name_lists()
    called = len(name) > 1 and is_given_name(name[0])  # Jordan Smith, Sofia Lind
    family = nation_of(name[-1]) is not None or lookup_form(name[-1]) in _ALSO_FAMILIES if called else False
    if family and len(name) <= 3:  # noqa: PLR2004  Oliver Irish, Liam Fox
        return has_name_of_small_word(name) or is_body(name[:-1])
    return any(
        lookup_form(word) in lists.bodies
        or word == "&"
        or (nation_of(word) and (place or not called))
        or (
            ("." in word[1:-1] or (word.isupper() and len(word) > 2))  # noqa: PLR2004  RBK, but not J. or Jr
            and not (place + 1 < len(name) and _INITIALS.fullmatch(word))  # J.R. Olsen
        )
        for place, word in enumerate(name)
    )


def _is_title(word: str, place: int, words: list[str]) -> bool:
    lists = name_lists()
    if lookup_form(word).removeprefix("co-") not in lists.titles:
        return False
    if place and place == len(words) - 1 and lookup_form(words[place - 1]) in _HONORIFICS:  # Mr. Prince, Ms. Major
        return False
    last = place == len(words) - 1 or words[place + 1] == "of"
    if place and last and lookup_form(word) in _ALSO_NAMES:  # Stephen King, Peter King of New York, Dairy Queen
        return lookup_form(words[place - 1]) in lists.titles or nation_of(words[place - 1]) is not None
    # "Justice Department", "General Electric": a title word inside a body's name is part of the name.
    rest = words[place + 1 :]
    return not (rest and any(lookup_form(other) in lists.bodies for other in rest))


def _without_place(words: list[str]) -> list[str]:
    """Drops the place of “Chris Stewart of Utah”; the Department of Defense keeps all of its name."""
    if "of" not in words or any(lookup_form(word) in name_lists().bodies for word in words):
        return words
    return words[: words.index("of")]


def whole_body(text: str, name: WrittenName, end: int) -> WrittenName:
    """Extends the name of a body by all that belongs to it before `end`: the Centers for Disease Control."""
    bodies = name_lists().bodies
    kind = [
        lookup_form(word).removesuffix("s")
        for word in name.name[: name.name.index("of") if "of" in name.name else None]
    ]
    if not kind or name.possessive or not {kind[-1], f"{kind[-1]}s"} & bodies or is_given_name(name.name[0]):
        return name
    found = _REACH.match(text, name.span.end, end)
    words = _POSSESSIVE.sub("", found.group()).rstrip(".").split() if found else []
    capitals = {lookup_form(word) for word in words if word[0].isupper()}
    joined = words[:1] == ["and"] and (len(kind) == len(name.name) or bool(capitals & bodies))
    if found is None or joined or capitals & name_lists().openers:
        return name
    return replace(name, span=Span(name.span.start, found.end()), name=(*name.name, *words))


def _office(words: list[str]) -> tuple[str, ...] | None:
    """Returns the title that is a phrase: “U.S. Secretary of State Ana Doral”."""
    place = words.index("of") if "of" in words[:4] else 0
    if not place or lookup_form(words[place - 1]) not in name_lists().titles or place + 1 == len(words):
        return None
    return tuple(map(lookup_form, words[: place + 2])) if lookup_form(words[place + 1]) in _OFFICES else None


def _opens_sentence(word: str) -> bool:
    """Tells whether a capital stands only because a sentence opens with the word: "The", "You'll"."""
    spoken = re.split("[’']", lookup_form(word))[0]
    return bool(spoken) and spoken in name_lists().openers and not _is_initial(word)


def _trim_end(words: list[str]) -> list[str]:
    while words and lookup_form(words[-1]) in name_lists().openers and not _belongs_last(words):
        words = words[:-1]
    return [word if (word in _SHORT or _is_initial(word) or "." in word[:-1]) else word.rstrip(".") for word in words]


def _belongs_last(words: list[str]) -> bool:
    """Tells whether a name may end in a word that else opens sentences: Theresa May, USA Today."""
    last = lookup_form(words[-1])
    if len(words) > 1 and last in {"one", "ten"}:  # Formula One, the Big Ten
        return True
    return last == "may" or (last == "today" and len(words) > 1 and words[-2].isupper())


def _is_initial(word: str) -> bool:
    return len(word) == 2 and word.endswith(".")  # noqa: PLR2004  "I. Newton"


def _parts_of_run(run: str, start: int) -> Iterator[tuple[int, list[str]]]:
    """Splits a run at possessives, and the capitals that open an article at their verbs: “HARBOUR HAS SAID that”."""
    if not run.isupper():
        yield from _split_at_possessive(run, start)
        return
    for is_verb, words in groupby(re.finditer(r"\S+", run), key=lambda word: _is_verb_in_capitals(word.group())):
        places = [word.span() for word in words]
        if not is_verb:
            yield from _split_at_possessive(run[places[0][0] : places[-1][1]], start + places[0][0])


def _is_verb_in_capitals(word: str) -> bool:
    return word.lower() in _AUXILIARIES or is_told(word.lower()) or is_participle(word)


def _split_at_possessive(run: str, start: int) -> Iterator[tuple[int, list[str]]]:
    """Splits “Armenia's Prime Minister Nikol Pashinyan” in two, and a run at the end of a sentence."""
    words: list[str] = []
    begin = offset = start
    for word in re.split(r"[ \u00a0]", run):
        words.append(word)
        offset += len(word) + 1
        if (_POSSESSIVE.search(word) and not _goes_on(word, run[offset - start :], words[:-1])) or (
            word.endswith(".") and _ends_sentence(word)
        ):
            yield begin, words
            words, begin = [], offset
    if words:
        yield begin, words


def _goes_on(word: str, rest: str, before: Sequence[str]) -> bool:
    """Tells whether a possessive is part of a body's name: the Sheriff's Office, the Women's Health Organization."""
    words = [lookup_form(other) for other in rest.split()]
    held = bool(words) and words[0] in name_lists().bodies  # the Trade Representative's Office
    shared = lookup_form(word) in _SHARING or (
        (held or word.endswith(("s'", "s’"))) and is_person_noun(lookup_form(word))
    )
    shared = shared and bool(words)
    return shared and (
        words[-1] in name_lists().bodies or is_body(tuple(before))
    )  # the Department of Veterans’ Affairs


def _ends_sentence(word: str) -> bool:
    bare = word.rstrip(".").lower()
    return (
        len(bare) > 1 and "." not in bare and bare not in name_lists().titles and bare not in SUFFIXES and bare != "st"
    )
