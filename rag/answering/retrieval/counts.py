"""Counts over the whole record: which articles quote or mention somebody, who is quoted, on what."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache

from rag.answering.retrieval.ranking import SearchScope
from rag.answering.understanding.entity_index import EntityIndex, spellings
from rag.core import Query, Statement, Tally
from rag.library.queries import View
from rag.text import tokens
from rag.text.tokens import is_acronym, phrases, stem, words

Learned = Mapping[str, tuple[str, ...]]
"""Names as articles write them, in lower case, with their other names."""

_LONGEST_DOTTED = 8
"""Characters of an acronym that some papers print with full stops: U.S., U.N.D.P. The full-text index splits them."""

_PLAIN_LONG = re.compile(r"[^\W_].*[^\W_]$", re.DOTALL)


def learn(pairs: Iterable[tuple[str, str]]) -> Learned:
    """Maps short forms to long forms and vice versa, from pairs of long and short, the commonest first.

    An ambiguous short form ("AP") finds all its long forms; only the most frequent one finds the short form.
    """
    longs: dict[str, list[str]] = defaultdict(list)
    others: dict[str, list[str]] = defaultdict(list)
    for long, short in pairs:
        if not _PLAIN_LONG.match(long):
            continue
        longs[short].append(long)
        others[short.lower()].append(long)
        is_commonest = stemmed_text(longs[short][0]) == stemmed_text(long)
        others[long.lower()] += [short] if is_commonest else []
    return {name: tuple(dict.fromkeys(found)) for name, found in others.items()}


def topic_groups(text: str, known: EntityIndex, learned: Learned) -> Sequence[Sequence[str]]:
    """Returns the terms of a topic with their spellings. Long forms that articles explain stay in one piece."""
    terms: list[str] = []
    for name in sorted((name for name in learned if " " in name), key=len, reverse=True):
        if name in text.lower() and (match := re.search(rf"\b{re.escape(name)}\b", text, re.IGNORECASE)):
            terms.append(match.group())
            text = f"{text[: match.start()]} {text[match.end() :]}"
    return tuple(_spellings(term, known, learned) for term in [*terms, *phrases(text)])


def _spellings(term: str, known: EntityIndex, learned: Learned) -> tuple[str, ...]:
    """Follows what was learned by one step only: a long form may have another short form in turn."""
    general = spellings(term, known)
    names = [*general, *(name for spelling in general for name in learned.get(spelling.lower(), ()))]
    dotted = [f"{'.'.join(name)}." for name in names if is_acronym(name) and name.isalpha() and name.isupper()]
    return tuple(dict.fromkeys([*names, *(name for name in dotted if len(name) <= _LONGEST_DOTTED)]))


def tells(text: str, groups: Sequence[Sequence[str]]) -> bool:
    """Returns whether the text contains a spelling of each term; acronyms must be in capitals, `us` is not the US."""
    return all(any(_holds(text, spelling) for spelling in group) for group in groups)


def depends_on_case(groups: Sequence[Sequence[str]]) -> bool:
    """Returns whether a search that ignores case may find what `tells` rejects."""
    return any(is_acronym(spelling) for group in groups for spelling in group)


def _holds(text: str, spelling: str) -> bool:
    if is_acronym(spelling):
        plain = spelling.replace(".", "")
        return plain in {word.replace(".", "") for word in words(text)}
    return f" {stemmed_text(spelling)} " in f" {stemmed_text(text)} "


@lru_cache(maxsize=10_000)
def stemmed_text(text: str) -> str:
    """Returns the stems of a text's words, with spaces between; hyphens split words, as in the full-text index."""
    return " ".join(stem(word) for word in words(text.replace("-", " ")))


LISTED = 10
"""Articles or speakers that a count names."""


def count_record(
    query: Query, view: View, known: EntityIndex, statements: Sequence[Statement], scope: SearchScope
) -> Tally | None:
    """Counts what the query asks for; None if it asks for no count of articles or speakers.

    `statements` are the statements to count, each once.
    """
    if query.counted not in {"speakers", "articles"}:
        return None
    sources, undated = scope.sources, scope.undated
    of = len(view.originals(sources))
    if query.counted == "speakers":
        return Tally(
            "speakers", _frequent(statement.speaker for statement in statements if statement.speaker), of, undated
        )
    if query.speaker or not query.terms:
        return Tally("articles", _frequent(statement.source for statement in statements), of, undated)
    return Tally("articles", tuple(mentioning(query, view, known, sources).items()), of, undated)


def _frequent(names: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """Returns each name with its frequency, the most frequent first."""
    return tuple(sorted(Counter(names).items(), key=lambda entry: (-entry[1], entry[0])))


def mentioning(query: Query, view: View, known: EntityIndex, sources: Collection[str] | None) -> dict[str, int]:
    """Returns the articles that contain every term of the query, with the number of passages with its first name."""
    found: list[Counter[str]] = []
    for term in sorted(query.terms, key=lambda term: term not in query.names):
        group = [name for name in spellings(term, known) if _is_the_same(name, term, known)]
        passages = view.passages([passage for passage, _ in view.full_text([group], -1, among=sources)])
        found.append(Counter(passage.source for passage in passages.values() if tokens.holds(passage.text, group)))
    every = {source: count for source, count in found[0].items() if all(source in counts for counts in found)}
    return {source: every[source] for source in view.originals(every)}


def _is_the_same(name: str, term: str, known: EntityIndex) -> bool:
    """Returns whether a spelling names the same thing and not only its people: EU, but not Turkish for Turkey."""
    is_short_for = tokens.is_acronym(name) or (tokens.is_acronym(term) and " " in name)
    return name == term or is_short_for or name in known.surnames(term)
