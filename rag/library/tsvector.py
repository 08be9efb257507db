"""Full text by PostgreSQL's `tsvector`, with words cut and stemmed as SQLite's FTS5 does, and ranked by BM25.

The words are cut here and not by PostgreSQL, whose parser depends on the language of the database and drops common
words. PostgreSQL's own ranking knows no rare words; BM25 needs in how many passages each word stands, which
`word` and `words_total` count.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from math import log
from typing import Final

from rag.library.database import Connection, Groups, PassageText, one_number
from rag.library.rows import listed
from rag.text.tokens import stem, without_accents

LONGEST_PHRASE: Final = 1_000
"""Characters. No passage is much longer, so none contains a longer phrase."""

_WORD = re.compile(r"[^\W_]+")
_LONGEST_STEM: Final = 400
"""Characters of which PostgreSQL can keep any; it refuses a longer word."""

_SATURATION, _BY_LENGTH = 1.2, 0.75
"""k1 and b of BM25, as FTS5 has them."""

_LEAST_WEIGHT: Final = 1e-6
"""The weight of a word that stands in half of all passages or more, as FTS5 has it."""

_SCORED = """SELECT w.passage, (
    SELECT sum(t.weight * ts_rank(?::float4[], w.words, t.query))
    FROM unnest(?::tsquery[], ?::float8[]) AS t (query, weight)
) AS score FROM passage_words AS w WHERE w.words @@ ?::tsquery {only}ORDER BY score DESC, w.passage LIMIT ?"""


class TSVector:
    """Full text in the tables `passage_words` and `statement_words`. A title's words have weight A, others D."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add_passages(self, passages: Sequence[PassageText]) -> None:
        """Makes new passages findable."""
        cut = [(number, stems(title), stems(text)) for number, title, text in passages]
        self._connection.executemany(
            "INSERT INTO passage_words (passage, words, length) VALUES (?, ?::tsvector, ?)",
            [(number, _vector(title, body), len(title) + len(body)) for number, title, body in cut],
        )
        held = Counter(word for _, title, body in cut for word in {*title, *body})
        self._connection.execute(
            "INSERT INTO word SELECT * FROM unnest(?::text[], ?::bigint[]) "
            "ON CONFLICT (stem) DO UPDATE SET passages = word.passages + excluded.passages",
            (sorted(held), [held[word] for word in sorted(held)]),
        )
        self._connection.execute(
            "UPDATE words_total SET passages = passages + ?, length = length + ?",
            (len(cut), sum(len(title) + len(body) for _, title, body in cut)),
        )

    def add_statements(self, statements: Sequence[tuple[int, str]]) -> None:
        """Makes new statements findable."""
        self._connection.executemany(
            "INSERT INTO statement_words (statement, words) VALUES (?, ?::tsvector)",
            [(number, _vector([], stems(span))) for number, span in statements],
        )

    def remove(self, article: int, title: str, text: str) -> None:
        """Takes the words of an article out of the counts; they go with its passages."""
        del title, text
        of_article = "passage_words AS w JOIN passage AS p ON p.id = w.passage WHERE p.article = ?"
        self._connection.execute(
            "UPDATE word SET passages = word.passages - gone.passages FROM ("  # noqa: S608 - a constant
            f"SELECT held.lexeme, count(*) AS passages FROM (SELECT w.words FROM {of_article}) AS w, "
            "unnest(w.words) AS held GROUP BY held.lexeme) AS gone WHERE word.stem = gone.lexeme",
            (article,),
        )
        self._connection.execute("DELETE FROM word WHERE passages <= 0")
        self._connection.execute(
            "UPDATE words_total SET passages = words_total.passages - gone.passages, "  # noqa: S608 - a constant
            "length = words_total.length - gone.length FROM ("
            f"SELECT count(*) AS passages, coalesce(sum(w.length), 0) AS length FROM {of_article}) AS gone",
            (article,),
        )

    def ranked(
        self, groups: Groups, limit: int, *, every: bool, title_weight: float, among: Collection[str] | None
    ) -> list[tuple[int, float]]:
        """Finds the best passages by BM25."""
        asked = _asked(groups)
        counts = self._counts({query for group in asked for query in group})
        there = [[query for query in group if counts[query]] for group in asked]
        sought = _joined(there, every=every)
        if sought is None or (every and not all(there)):
            return []
        passages = one_number(self._connection, "SELECT passages FROM words_total")
        weights = {query: _weight(counts[query], passages) for group in there for query in group}
        most = max(title_weight, 1.0)
        only = (
            ""
            if among is None
            else (
                "AND w.passage IN (SELECT p.id FROM json_each(?) AS wanted "
                "JOIN article AS a ON a.source = wanted.value JOIN passage AS p ON p.article = a.id) "
            )
        )
        rows = self._connection.execute(
            _SCORED.format(only=only),
            [
                [1 / most, 1 / most, 1 / most, title_weight / most],
                list(weights),
                list(weights.values()),
                sought,
                *([] if among is None else [listed(among)]),
                limit,
            ],
        )
        return [(row["passage"], row["score"]) for row in rows]

    def count(self, word: str) -> int:
        """Counts the passages that hold a word or phrase."""
        query = _phrase(word)
        return self._counts({query})[query] if query else 0

    def examples(self, word: str, limit: int) -> list[int]:
        """Returns the ids of passages that hold a word."""
        query = _phrase(word, weight="D")
        rows = self._connection.execute(
            "SELECT passage FROM passage_words WHERE words @@ ?::tsquery LIMIT ?", (query, limit)
        )
        return [row["passage"] for row in rows] if query else []

    def beginning(self, letters: str) -> list[str]:
        """Returns every word of the passages that begins with these letters."""
        rows = self._connection.execute(
            "SELECT stem FROM word WHERE stem >= ? AND stem < ? ORDER BY stem", (letters, f"{letters}\U0010ffff")
        )
        return [row["stem"] for row in rows]

    def sources(self, group: Sequence[str], *, in_title: bool) -> set[str]:
        """Returns the sources of the articles that hold one of the alternatives."""
        queries = [query for text in group if (query := _phrase(text, weight="A" if in_title else ""))]
        rows = self._connection.execute(
            "SELECT DISTINCT a.source FROM passage_words AS w JOIN passage AS p ON p.id = w.passage "
            "JOIN article AS a ON a.id = p.article WHERE w.words @@ ?::tsquery",
            (_joined([queries], every=True) or "",),
        )
        return {row["source"] for row in rows}

    def condition(self, about: Groups) -> tuple[str, str] | None:
        """Returns the condition of a statement `s` that holds one of each group, and its value."""
        sought = _joined(_asked(about), every=True)
        if sought is None:
            return None
        return "s.id IN (SELECT statement FROM statement_words WHERE words @@ ?::tsquery)", sought

    def _counts(self, queries: Collection[str]) -> dict[str, int]:
        """Counts the passages of each query: of a single word they are known, of a phrase they are searched."""
        words = {query: query.strip("'") for query in queries if " " not in query}
        rows = self._connection.execute(
            "SELECT stem, passages FROM word WHERE stem = ANY (?::text[])", ([*words.values()],)
        )
        known = {row["stem"]: row["passages"] for row in rows}
        return {query: known.get(words[query], 0) if query in words else self._held(query) for query in queries}

    def _held(self, query: str) -> int:
        return one_number(self._connection, "SELECT count(*) FROM passage_words WHERE words @@ ?::tsquery", query)


def stems(text: str) -> list[str]:
    """Cuts a text into words, folded and stemmed; FTS5 too leaves words of two letters as they are."""
    words = _WORD.findall(without_accents(text.lower()))
    return [(stem(word) if len(word) > 2 else word)[:_LONGEST_STEM] for word in words]  # noqa: PLR2004 - two letters


def _vector(title: Sequence[str], body: Sequence[str]) -> str:
    """Writes words with their places as a `tsvector`; no phrase reaches from the title into the text."""
    places: dict[str, list[str]] = defaultdict(list)
    for place, word in enumerate(title, start=1):
        places[word].append(f"{place}A")
    for place, word in enumerate(body, start=len(title) + 2):
        places[word].append(str(place))
    return " ".join(f"'{word}':{','.join(found)}" for word, found in places.items())


def _phrase(text: str, weight: str = "") -> str | None:
    """Returns the query for one word or phrase; None if there is no word in it."""
    cut = stems(text[:LONGEST_PHRASE].encode("utf-8", "replace").decode("utf-8"))
    label = f":{weight}" if weight else ""
    return " <-> ".join(f"'{word}'{label}" for word in cut) or None


def _asked(groups: Groups) -> list[list[str]]:
    """Returns the queries of each group that has any."""
    found = ([query for text in group if (query := _phrase(text))] for group in groups)
    return [group for group in found if group]


def _joined(groups: Iterable[Sequence[str]], *, every: bool) -> str | None:
    """Joins groups of alternatives into one query, by AND if `every`, else by OR; None without a word."""
    joined = [" | ".join(f"({query})" for query in group) for group in groups if group]
    return (" & " if every else " | ").join(f"({group})" for group in joined) or None


def _weight(passages: int, of: int) -> float:
    """Returns the inverse document frequency, as FTS5 has it."""
    return max(log((of - passages + 0.5) / (passages + 0.5)), _LEAST_WEIGHT)
