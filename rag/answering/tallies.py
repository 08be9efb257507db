"""Counts over the whole record, by SQL: which articles quote or mention, who is quoted, on what else. Words nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from itertools import islice

from rag.answering import words
from rag.answering.forms import MONTHS
from rag.answering.known import Known
from rag.answering.scope import Scope
from rag.answering.spelling import spellings
from rag.library.view import View
from rag.text.names import name_lists
from rag.types import Query, Statement, Tally

_READ = 200
"""Statements of a speaker that are read to see what else they are on record on."""

LISTED = 10
"""Articles or speakers that a count names."""

_ELSEWHERE = 3
_NAME = re.compile(r"(?<![.!?“\"‘] )(?<!^)\b[A-Z]\w+(?:(?: of| for)? [A-Z]\w+)*\b(?!-)")
_TIME = re.compile(rf"(?:{MONTHS}|(?:mon|tues|wednes|thurs|fri|satur|sun)day|[ECMP][SD]?T|GMT)", re.IGNORECASE)


def tally(query: Query, view: View, known: Known, statements: Sequence[Statement], scope: Scope) -> Tally | None:
    """What the query asks to be counted; None where it asks for no count of articles or speakers.

    `statements` are those that count, each once.
    """
    sources, undated = scope.sources, scope.undated
    of = len(view.originals(sources))
    if query.counted == "speakers":
        return Tally("speakers", _frequent(one.speaker for one in statements if one.speaker), of, undated)
    if query.counted != "articles":
        return None
    if query.speaker or not query.terms:
        return Tally("articles", _frequent(one.source for one in statements), of, undated)
    return Tally("articles", tuple(mentioning(query, view, known, sources).items()), of, undated)


def _names_something(name: str, texts: Sequence[str]) -> bool:
    """Whether a capital makes a name, and not a day, a nation's people, or a word that also stands in small letters."""
    parts = [word.lower() for word in words.words(name)]
    is_plain = len(parts) == 1 and (_is_of_a_people(parts[0]) or any(_holds_small(text, parts[0]) for text in texts))
    is_cut = any(part in words.FUNCTION_WORDS for part in (parts[0], parts[-1])) and not words.is_acronym(name)
    return not (is_plain or is_cut or any(_TIME.fullmatch(part) for part in parts))


def _holds_small(text: str, word: str) -> bool:
    """Whether a text has a word in small letters; few have the letters at all, and only those are taken apart."""
    return word in text and word in words.words(text)


def _is_of_a_people(word: str) -> bool:
    """Whether a word is a nation's adjective, and not the country or its capital: American, Armenian, French."""
    nation = name_lists().nations.get(word)
    return (
        nation is not None and nation != word and (word[:2] == nation[:2] or word in {"american", "british", "dutch"})
    )


def _frequent(names: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """Each name with how often it comes, the most frequent first."""
    return tuple(sorted(Counter(names).items(), key=lambda entry: (-entry[1], entry[0])))


def mentioning(query: Query, view: View, known: Known, sources: Collection[str] | None) -> dict[str, int]:
    """The articles that hold every term of the query, with how many passages hold its first name."""
    found: list[Counter[str]] = []
    for term in sorted(query.terms, key=lambda term: term not in query.names):
        group = [name for name in spellings(term, known) if _is_the_same(name, term, known)]
        passages = view.passages([passage for passage, _ in view.full_text([group], -1, among=sources)])
        found.append(Counter(one.source for one in passages.values() if words.holds(one.text, group)))
    every = {source: count for source, count in found[0].items() if all(source in other for other in found)}
    return {source: every[source] for source in view.originals(every)}


def _is_the_same(name: str, term: str, known: Known) -> bool:
    """Whether a spelling names the same and not only its people: EU for European Union, not Turkish for Turkey."""
    is_short_for = words.is_acronym(name) or (words.is_acronym(term) and " " in name)
    return name == term or is_short_for or name in known.surnames(term)


def elsewhere(query: Query, view: View) -> tuple[str, ...]:
    """The names that stand in most statements of the query's speaker, their own left out."""
    is_aide = query.link is not None and query.link.by == "aide"
    if not query.speaker or not query.speaker_is_known or is_aide:
        return ()
    statements = [one for one in view.statements(by=query.voices, limit=_READ) if one.is_said]
    articles = view.articles({one.source for one in statements})
    own = {word.lower() for word in words.words(query.speaker)}
    named: Counter[str] = Counter()
    for one in statements:
        said = " ".join(articles[one.source].cut(part) for part in one.content)
        named.update({name for name in _NAME.findall(said) if not own & {word.lower() for word in words.words(name)}})
    texts = [article.text for article in articles.values()]
    ranked = sorted(named, key=lambda name: (-named[name], name))
    return tuple(islice((name for name in ranked if _names_something(name, texts)), _ELSEWHERE))
