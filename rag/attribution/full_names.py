"""Finds the full names of people in an article, and the abbreviations that it introduces.

Abbreviations follow Schwartz and Hearst, *A Simple Algorithm for Identifying Abbreviation Definitions in Biomedical
Text* (Pacific Symposium on Biocomputing, 2003): the letters of the short form are looked for from right to left in the
words beside it, and the first must open a word. News is less tidy, so a short form must be written in capitals and at
least half of its letters, two at the least, must open words of the long form.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rapidfuzz.distance import LCSseq

from rag.attribution.roles import PersonSighted, is_described, title_before
from rag.core import Article, Span
from rag.text.name_matching import fold_name, generation_suffix, given_names, parts
from rag.text.names import (
    WrittenName,
    has_name_of_small_word,
    is_body,
    is_given_name,
    is_plain_word,
    is_several,
    lookup_form,
    may_be_given_name,
    name_lists,
    nation_of,
    read_name,
    written_names,
)
from rag.text.spacy_models import function_words
from rag.text.speech_verbs import is_told
from rag.text.tokens import word_list

_MOST_NAMES = 4  # words of a full name: given, middle, particle, family
_OF_THING = re.compile(r"\b(?:[Tt]he|[Aa]n?|[Aa]t|[Ii]n) $")
_GOES_ON = re.compile(r" (?:is|was) \d\d\b|(?:[^.!?\n“”\"]|\.(?= [HS]h?e\b)){1,80}? (?:[Hh]e|[Ss]he)\b")
"""What follows the name of a person that stands alone: an age, or he or she in the same or the next sentence."""
_BEHIND = 120  # characters
_ALSO_NAMES = word_list("titles that are names")
_INSIDE = re.compile(r"(?:,|\b(?!the|an?|his|her|our|their|this|that|former|new|acting)[a-z]+) $")
"""Words that often precede a name inside a sentence and seldom a bare title."""
_SMALL_WORD = 3  # letters of a word that a headline in capitals may write small


@dataclass(frozen=True, slots=True)
class NameInText:
    """What the parser tells of the sentences it has seen.

    `persons` are strings that its entity recogniser takes for people, `bodies` for organisations: one vote among
    others. `subjects`, `speakers`, `asides` and `inner` are offsets of words (asides describe another noun, inner ones
    are subjects of subordinate clauses), `parsed` offsets of sentences; `quoted` is what stands in quotation marks.
    """

    persons: frozenset[str] = frozenset()
    bodies: frozenset[str] = frozenset()
    subjects: frozenset[int] = frozenset()
    speakers: frozenset[int] = frozenset()
    asides: frozenset[int] = frozenset()
    inner: frozenset[int] = frozenset()
    parsed: frozenset[int] = frozenset()
    quoted: tuple[Span, ...] = ()


def full_names(article: Article, runs: Sequence[WrittenName], heard: NameInText) -> list[str]:
    """Finds every full name of a person in the article, as often as it stands there."""
    alone = {fold_name(run.text) for run in runs if len(run.name) == 1}
    people = _persons_alone(article.text, runs, heard)
    families = {fold_name(run.name[-1]) for run in runs if run.name}
    full = [run.text for run in runs if _is_full_name(article.text, run, heard, alone, people)]
    full = [name for name in full if not _is_made_by(name.split()[0], heard)]
    known = {fold_name(name.split()[-1]) for name in full}  # kin: Chidi Okoro is one as his mother Ada Okoro is
    full += [run.text for run in runs if _shares_name(article.text, run, known, set(full))]
    full += _joined(article.text, runs, full)
    full += _in_headline(article, families - {fold_name(name) for name in heard.bodies})
    return [" ".join(word for word, _ in itertools.groupby(name.split())) for name in full]  # “Bo Lund Lund speaks”


def name_of_title(text: str, run: WrittenName) -> WrittenName:
    """Reads a title as the name that it is inside a sentence, without an article or a name: “Later, Prince sang”."""
    alone = not run.name and len(run.title) == 1 and run.title[0] in _ALSO_NAMES
    if not alone or not _INSIDE.search(text, max(0, run.span.start - _BEHIND), run.span.start):
        return run
    return replace(run, title=(), name=(text[run.span.start : run.span.end].removesuffix("'s").removesuffix("’s"),))


def _is_made_by(word: str, heard: NameInText) -> bool:
    """Tells whether a first word is a body's name, as in that of a product: “Norfone Watch”."""
    return word in heard.bodies and not (is_given_name(word) or may_be_given_name(word))


def _is_full_name(
    text: str, run: WrittenName, heard: NameInText, alone: Collection[str], people: Mapping[str, int]
) -> bool:
    title = run.title or title_before(text, run)
    firm = bool(title) and lookup_form(title[-1]).removesuffix("s") in name_lists().firms
    called = bool(title) and not (firm and not may_be_given_name(run.name[0]))
    described = nation_of(run.name[0]) is not None and is_described(text, run) if run.name else False
    if not _could_be_full(run.name, called=called or described):
        return False
    if called or is_given_name(run.name[0]):
        return True
    longer = len(run.name) > 2 and is_given_name(run.name[1])  # noqa: PLR2004  “DJ Beverly Bond”
    if longer or _is_of_thing(text, run) or _names_thing(run):
        return False
    # The recogniser alone is not to be trusted with Sandy Hook: somebody speaks, or is called by the family name later.
    speaks = _speaks(run, heard)
    usual = run.text in heard.persons or may_be_given_name(run.name[0])
    is_family = fold_name(run.name[-1]) in alone and run.name[-1] not in heard.bodies
    if usual and (speaks or is_family):
        return True
    goes_on = people.get(fold_name(run.name[-1]), -1) > run.span.start  # news gives the full name first
    if goes_on and (speaks or run.text not in heard.bodies):
        return True
    return run.text not in heard.bodies and is_described(text, run)


def _shares_name(text: str, run: WrittenName, known: Collection[str], full: Collection[str]) -> bool:
    possible = run.text not in full and len(run.name) == 2 and not run.name[0].isupper() and _could_be_full(run.name)  # noqa: PLR2004
    possible = possible and not is_plain_word(run.name[0])  # “Support Trump”
    return possible and fold_name(run.name[-1]) in known and not _is_of_thing(text, run) and not _names_thing(run)


def _persons_alone(text: str, runs: Sequence[WrittenName], heard: NameInText) -> dict[str, int]:
    """Returns the single words that stand for a person, folded, and where the article has them first.

    They speak, act, are Mr or Ms, or he or she goes on with them.
    """
    first: dict[str, int] = {}
    people: set[str] = set()
    for run in runs:
        if len(run.name) != 1 or is_body(run.name) or _is_of_thing(text, run):
            continue
        first.setdefault(fold_name(run.text), run.span.start)
        honoured = any(word in name_lists().titles for word in run.title)
        acts = run.span.start in heard.subjects and run.text not in heard.bodies
        behind = text[run.span.end : run.span.end + _BEHIND]
        if honoured or acts or _speaks(run, heard) or _GOES_ON.match(behind):
            people.add(fold_name(run.text))
    return {name: start for name, start in first.items() if name in people}


def _speaks(run: WrittenName, heard: NameInText) -> bool:
    return any(offset in heard.speakers for offset in range(run.span.start, run.span.end))


def _is_of_thing(text: str, run: WrittenName) -> bool:
    """Tells whether an article or a preposition of place stands in front, as before places and things."""
    return not run.possessive and _OF_THING.search(text, max(0, run.span.start - 12), run.span.start) is not None


def _names_thing(run: WrittenName) -> bool:
    return any(lookup_form(word) in name_lists().things for word in run.name)


def _could_be_full(name: Sequence[str], *, called: bool = False) -> bool:
    """Tells whether words may be a full name.

    Behind a title also some that else open sentences (“Minister Per Lund”).
    """
    named = name[1:] if called and nation_of("".join(name[:1])) else name  # “Sberbank chief German Gref”
    if not 2 <= len(name) <= _MOST_NAMES or is_body(tuple(named)) or len(lookup_form(name[-1])) == 1:  # noqa: PLR2004
        return False
    words = name[1:] if has_name_of_small_word(name) else name
    also_family = is_given_name(name[0]) or may_be_given_name(name[0])  # Cornel West
    odd = any(lookup_form(word) in name_lists().never for word in (words[:-1] if also_family else words))
    odd = odd or (words is name and lookup_form(name[0]) in function_words("en")) or is_told(lookup_form(name[0]))
    return bool(given_names(" ".join(name))) and (called or not odd)


def without_longer(figures: Sequence[PersonSighted]) -> list[PersonSighted]:
    """Drops figures whose name repeats another's behind what somebody is: “Kurvian PM Asta Roo”, “Asta Roo”.

    And those of headlines: “Ida Holm Blames Ost”.
    """
    names = {fold_name(figure.name) for figure in figures if len(parts(figure.name)) > 1}
    return [
        figure
        for figure in figures
        if not _is_headline(figure.name.split(), names)
        and (
            is_given_name(figure.name.split()[0])
            or not any(fold_name(figure.name).endswith(f" {name}") for name in names)
        )
    ]


def _is_headline(words: Sequence[str], names: Collection[str]) -> bool:
    """Tells whether words hold a verb behind one name or in front of another: “Ida Holm Blames Per Ost's Trust”."""
    others = {name.rpartition(" ")[2] for name in names if name != fold_name(" ".join(words))}
    for place in range(1, len(words)):
        if not is_plain_word(words[place]) or generation_suffix(words[place]):
            continue
        leads = place > 1 and fold_name(" ".join(words[:place])) in names
        is_told_of = place + 1 < len(words) and words[place].endswith("s") and fold_name(words[-1]) in others
        if leads or is_told_of:
            return True
    return False


def _joined(text: str, runs: Sequence[WrittenName], full: Collection[str]) -> list[str]:
    """Returns the full names in lists: “Anna and Karl Berg”, “Ministers Ada Brel and Tom Rusk”."""
    found = []
    known = set(full)
    families = {parts(name)[-1] for name in known if parts(name)}
    alone = [run.text for run in runs if len(run.name) == 1 and not run.title]
    for names in enumerations(text, runs):
        first, last = names[0], names[-1]
        if first.text in known:
            found += [run.text for run in names[1:] if _could_be_full(run.name)]
        elif len(names) == 2 and _shares_family(first, last, families, alone) and _could_be_full(last.name):  # noqa: PLR2004
            found += [last.text, f"{first.text} {last.name[-1]}"]
    return found


def enumerations(text: str, runs: Sequence[WrittenName]) -> Iterator[list[WrittenName]]:
    """Finds runs of names with commas between them and “and” before the last."""
    group: list[WrittenName] = []
    for run in runs:
        between = text[group[-1].span.end : run.span.start] if group else ""
        if group and between in {", ", " and ", ", and "} and not run.title:
            group.append(run)
            if "and" in between:
                yield group
                group = []
        else:
            group = [run]


def _shares_family(first: WrittenName, last: WrittenName, families: Collection[str], alone: Sequence[str]) -> bool:
    """Tells whether a single given name in front of “and Karl Berg” goes with that family name.

    A given name on no list does if the article goes on with both first names: “Ewan said”, “Lachlan said”.
    """
    if len(first.name) != 1 or lookup_form(first.text) in name_lists().never:
        return False
    if fold_name(first.text) in families or (first.title and not is_several(first.title)):
        return False
    called = alone.count(first.text) > 1 and last.name[:1] and last.name[0] in alone
    return is_given_name(first.name[0]) or bool(called)


def headline_of(article: Article) -> str:
    """Returns the words of the headline, whether the text holds them or not."""
    return article.title or " ".join(article.cut(block.span) for block in article.blocks if block.role == "title")


def _in_headline(article: Article, families: Collection[str]) -> list[str]:
    """Returns the full names of the headline.

    Where all words have capitals it is those whose family name the body has.
    """
    title = headline_of(article)
    if not title:
        return []
    found: list[str] = []
    large = _is_title_case(title)
    for run in written_names(title, Span(0, len(title))):
        if large:
            found += _in_capitals(title[run.span.start : run.span.end].split(), families)
        elif _could_be_full(run.name):
            called = bool(run.title or title_before(title, run)) or is_given_name(run.name[0])
            found += [run.text] if called or fold_name(run.name[-1]) in families else []
    return found


def _in_capitals(words: list[str], families: Collection[str]) -> Iterator[str]:
    """Yields the full names among capitalised words of a headline: “President Mila Sturm Sacks Aide”."""
    for start, end in itertools.combinations(range(len(words) + 1), 2):
        run = read_name(words[start:end])
        given = bool(run.name) and is_given_name(run.name[0])
        called = start == 0 and bool(run.title) and len(run.name) == 2 and not _is_verb(run.name[0])  # noqa: PLR2004
        if (given or called) and _could_be_full(run.name) and fold_name(run.name[-1]) in families:
            yield run.text


def _is_verb(word: str) -> bool:
    """Tells whether a word may be the verb of a headline: “Host Corners Obama”."""
    return word.endswith("s") and not is_given_name(word)


def _is_title_case(title: str) -> bool:
    words = [word for word in re.findall(r"[^\W\d_]+", title) if len(word) > _SMALL_WORD]
    return len(words) > 1 and all(word[0].isupper() for word in words)


_SHORT = r"[^\W\d_a-z][\w&./-]{1,9}"
_BRACKETED = re.compile(rf"[ \u00a0]\((?:or |the |also |known as ){{0,2}}(?P<short>{_SHORT})(?=[);,])")
_AFTER_OR = re.compile(rf",? \(?or (?:the )?[“\"]?(?P<short>{_SHORT})[”\"]?(?=[,.;:)\n]|$)")
_LONG_IN_BRACKETS = re.compile(rf"(?<![\w(])(?P<short>{_SHORT}) \((?:or |the ){{0,2}}(?P<long>[^()\n]{{5,120}})\)")
_LONG_AFTER_OR = re.compile(rf"(?<!\w)(?P<short>{_SHORT}), or (?:the )?(?P<long>[^(),;:\n]{{5,120}})(?=[,.;:)\n]|$)")
_BORDER = re.compile(
    r"[()\[\]\n“”\"!?;:]|(?<=\w\w\w)\.\s|\bknown as\b"
)  # words before one of these belong to something else
_WORD = re.compile(r"[^\s,]+")
_PART = re.compile(r"[^\W\d_][\w’']*")
_OF_A_PARTY = re.compile(r"[RDI]-[A-Z]")  # “Rubio (R-Fla.)”


@dataclass(frozen=True, slots=True)
class Abbreviation:
    """A long form and the short form that a text introduces for it, both as written."""

    long: str
    short: str


def abbreviations(text: str) -> Iterator[Abbreviation]:
    """Finds every pair that the text introduces, once each, in the order of their short forms."""
    found: dict[Abbreviation, int] = {}
    for pattern in (_BRACKETED, _AFTER_OR, _LONG_IN_BRACKETS, _LONG_AFTER_OR):
        for match in pattern.finditer(text):
            short = _as_short(match.group("short"))
            if short is None:
                continue
            given = match.groupdict().get("long")
            long = _whole(given, short) if given else _before(text[: match.start()], short)
            if long is not None:
                found.setdefault(Abbreviation(long, short), match.start("short"))
    yield from sorted(found, key=lambda abbreviation: (found[abbreviation], abbreviation.long))


def long_forms(article: Article, heard: NameInText) -> dict[str, str]:
    """Returns the long form of every short name, and of every name of a body itself, by its folded form."""
    found = {fold_name(name): name for name in sorted(heard.bodies, reverse=True)}
    for pair in abbreviations(article.text):
        runs = [run for run in written_names(pair.long, Span(0, len(pair.long))) if run.name]
        if runs:
            long = pair.long[runs[0].span.start :]
            found |= {fold_name(pair.short): long, fold_name(long): long}
    return found


def _as_short(written: str) -> str | None:
    """Returns the short form without a closing full stop that ends the sentence; None for what is no abbreviation."""
    short = written if written.count(".") > 1 else written.rstrip(".")
    short = short.rstrip("-/&")
    letters = [letter for letter in short if letter.isalpha()]
    capitals = sum(letter.isupper() for letter in letters)
    if capitals < 2 or 2 * capitals < len(letters) or _OF_A_PARTY.match(short):  # noqa: PLR2004  one capital is a word
        return None
    return short


def _before(lead: str, short: str) -> str | None:
    """Returns the long form at the end of `lead`: the fewest words that hold the letters."""
    border = max((match.end() for match in _BORDER.finditer(lead, max(0, len(lead) - 200))), default=0)
    letters = len(_letters(short))
    words = list(_WORD.finditer(lead, max(border, len(lead) - 200)))[-min(letters + 5, 2 * letters) :]
    if not words:
        return None
    window = lead[words[0].start() :].rstrip(" ,\u00a0")
    spelt = _spelt_by_openers(window, short)
    if spelt is not None:
        return spelt
    start = _start_of_long(window, short)
    return None if start is None else _fitting(window[start:], short)


def _whole(long: str, short: str) -> str | None:
    start = _start_of_long(long.strip(), short)
    return _fitting(long.strip(), short) if start == 0 else None


def _spelt_by_openers(window: str, short: str) -> str | None:
    """Returns the last words of `window` whose first letters are the short form."""
    letters = _letters(short)
    end: int | None = None
    for part in reversed(list(_PART.finditer(window))):
        if part.group()[0].lower() == letters[-1]:
            letters.pop()
            end = end or part.end()
        elif part.group()[0].isupper():
            return None
        if not letters:
            return window[window.rfind(" ", 0, part.start()) + 1 : end]
    return None


def _start_of_long(window: str, short: str) -> int | None:
    """Finds where the long form begins that ends with `window`, None if the letters are not there in order."""
    place = len(window)
    letters = _letters(short)
    for number, letter in reversed(list(enumerate(letters))):
        place -= 1
        while place >= 0 and not (
            window[place].lower() == letter and (number > 0 or place == 0 or not window[place - 1].isalnum())
        ):
            place -= 1
        if place < 0:
            return None
    return max(window.rfind(" ", 0, place + 1) + 1, 0)


def _fitting(long: str, short: str) -> str | None:
    openers = [part.group()[0].lower() for part in _PART.finditer(long)]
    letters = _letters(short)
    opening = LCSseq.similarity(letters, openers)
    if opening < 2 or 2 * opening < len(letters) or re.search(rf"(?<!\w){re.escape(short)}(?!\w)", long):  # noqa: PLR2004  one letter is chance
        return None
    return long


def _letters(short: str) -> list[str]:
    """Returns the letters to be found, in lower case; the s of a plural is none of them."""
    return [letter.lower() for letter in re.sub(r"(?<=[^\W\d_a-z.])[’']?s$", "", short) if letter.isalnum()]
