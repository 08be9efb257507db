"""Finds passages and statements by words: SQLite's FTS5, and PostgreSQL's `tsvector`, which are to find the same.

For `tsvector` the words are cut and stemmed here as FTS5 does it: PostgreSQL's parser depends on the language of the
database and drops common words. They are ranked by BM25, which needs in how many passages each word stands; `word` and
`words_total` count that.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from math import log
from typing import Final

from rag.library.database import Connection, FullText, PassageText, WordGroups
from rag.library.schema import MARGINS, listed, outside, readable
from rag.text.tokens import has_words, stem, without_accents

_LONGEST_PHRASE: Final = 1_000
"""Characters. No passage is much longer, so none contains a longer phrase; looking one up would take seconds."""

_PASSAGES_OF: Final = """SELECT p.id FROM json_each(?) AS wanted JOIN article AS a ON a.source = wanted.value
    JOIN passage AS p ON p.article = a.id"""
"""The passages of the articles with the listed sources."""


def fts5(connection: Connection) -> FullText:
    """Returns the full text of a library in SQLite."""
    return _FTS5(connection)


def tsvector(connection: Connection) -> FullText:
    """Returns the full text of a library in PostgreSQL."""
    return _TSVector(connection)


class _FTS5:
    """Full text by SQLite's FTS5. Its tables keep no copy of the words, so they must be told the old ones."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add_passages(self, passages: Sequence[PassageText]) -> None:
        self._connection.executemany("INSERT INTO passage_words (rowid, title, slice) VALUES (?, ?, ?)", passages)

    def add_margin(self, article: int) -> None:
        self._connection.execute(f"INSERT INTO margin_words (rowid, words) {MARGINS} WHERE a.id = ?", (article,))

    def add_statements(self, statements: Sequence[tuple[int, str]]) -> None:
        self._connection.executemany("INSERT INTO statement_words (rowid, span) VALUES (?, ?)", statements)

    def remove(self, article: int, title: str, text: str) -> None:
        self._connection.execute(
            "INSERT INTO margin_words (margin_words, rowid, words) "  # noqa: S608 - a constant
            f"SELECT 'delete', id, margin FROM ({MARGINS} WHERE a.id = ?)",
            (article,),
        )
        for row in self._connection.execute('SELECT id, start, "end" FROM passage WHERE article = ?', (article,)):
            self._connection.execute(
                "INSERT INTO passage_words (passage_words, rowid, title, slice) VALUES ('delete', ?, ?, ?)",
                (row["id"], title, text[row["start"] : row["end"]]),
            )
        for row in self._connection.execute('SELECT id, start, "end" FROM statement WHERE article = ?', (article,)):
            self._connection.execute(
                "INSERT INTO statement_words (statement_words, rowid, span) VALUES ('delete', ?, ?)",
                (row["id"], text[row["start"] : row["end"]]),
            )

    def ranked(
        self, groups: WordGroups, limit: int, *, title_weight: float, among: Collection[str] | None
    ) -> list[tuple[int, float]]:
        sought = _expression(groups, every=False)
        if sought is None:
            return []
        # The plus keeps SQLite from asking the full text anew for every passage that is allowed.
        only = "" if among is None else f"AND +rowid IN ({_PASSAGES_OF}) "
        rows = self._connection.execute(
            f"SELECT rowid, -bm25(passage_words, ?, 1.0) AS score FROM passage_words WHERE passage_words MATCH ? {only}"  # noqa: S608 - constants, values are bound
            "ORDER BY score DESC, rowid LIMIT ?",
            [title_weight, sought, *([] if among is None else [listed(among)]), limit],
        )
        return [(row["rowid"], row["score"]) for row in rows]

    def count(self, word: str) -> int:
        sought = _expression([[word]], every=True)
        query = "SELECT count(*) FROM passage_words WHERE passage_words MATCH ?"
        return self._connection.number(query, sought) if sought else 0

    def is_in_margin(self, words: str) -> bool:
        sought = _expression([[words]], every=True)
        query = "SELECT 1 FROM margin_words WHERE margin_words MATCH ? LIMIT 1"
        return sought is not None and self._connection.first(query, (sought,)) is not None

    def examples(self, words: str, limit: int) -> list[int]:
        sought = _expression([[words]], every=True)
        if sought is None:
            return []
        rows = self._connection.execute(
            "SELECT rowid FROM passage_words WHERE passage_words MATCH ? LIMIT ?", (f"slice : {sought}", limit)
        )
        return [row["rowid"] for row in rows]

    def beginning(self, letters: str) -> list[str]:
        self._connection.execute(
            "CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab('main', 'passage_words', 'row')"
        )
        rows = self._connection.execute(
            "SELECT term FROM temp.vocabulary WHERE term >= ? AND term < ?", (letters, f"{letters}\U0010ffff")
        )
        return [row["term"] for row in rows]

    def sources(self, group: Sequence[str], *, in_title: bool) -> set[str]:
        sought = _expression([group], every=True)
        if sought is None:
            return set()
        rows = self._connection.execute(
            "SELECT DISTINCT a.source FROM passage_words JOIN passage AS p ON p.id = passage_words.rowid "
            "JOIN article AS a ON a.id = p.article WHERE passage_words MATCH ?",
            (f"title : {sought}" if in_title else sought,),
        )
        return {row["source"] for row in rows}

    def condition(self, about: WordGroups) -> tuple[str, str] | None:
        sought = _expression(about, every=True)
        if sought is None:
            return None
        return "s.id IN (SELECT rowid FROM statement_words WHERE statement_words MATCH ?)", sought


def _expression(groups: WordGroups, *, every: bool) -> str | None:
    """Joins groups of alternatives into one FTS5 expression, by AND if `every`, else by OR; None without a word."""
    alternatives = ([_quoted(text) for text in group if has_words(text)] for group in groups)
    joined = [" OR ".join(group) for group in alternatives if group]
    if not joined:
        return None
    return " AND ".join(f"({group})" for group in joined) if every else " OR ".join(joined)


def _quoted(text: str) -> str:
    """Returns the text as one quoted phrase."""
    return '"' + readable(text[:_LONGEST_PHRASE]).replace('"', '""') + '"'


_WORD = re.compile(r"[^\W_]+")
_LONGEST_STEM: Final = 400
"""Characters of which PostgreSQL can keep any; it refuses a longer word."""

_LEAST_WEIGHT: Final = 1e-6
"""The weight of a word that stands in half of all passages or more, as FTS5 has it."""

_SCORED = """SELECT w.passage, (
    SELECT sum(t.weight * ts_rank(?::float4[], w.words, t.query))
    FROM unnest(?::tsquery[], ?::float8[]) AS t (query, weight)
) AS score FROM passage_words AS w WHERE w.words @@ ?::tsquery {only}ORDER BY score DESC, w.passage LIMIT ?"""


class _TSVector:
    """Full text in the tables `passage_words` and `statement_words`. A title's words have weight A, others D."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add_passages(self, passages: Sequence[PassageText]) -> None:
        cut = [(number, _stems(title), _stems(text)) for number, title, text in passages]
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

    def add_margin(self, article: int) -> None:
        of_article = 'SELECT start, "end" FROM passage WHERE article = ?'
        spans = [(row["start"], row["end"]) for row in self._connection.execute(of_article, (article,))]
        text = self._connection.execute("SELECT text FROM article WHERE id = ?", (article,)).fetchone()["text"]
        self._connection.execute(
            "INSERT INTO margin_words (article, words) VALUES (?, ?::tsvector)",
            (article, _vector([], _stems(outside(text, json.dumps(spans))))),
        )

    def add_statements(self, statements: Sequence[tuple[int, str]]) -> None:
        self._connection.executemany(
            "INSERT INTO statement_words (statement, words) VALUES (?, ?::tsvector)",
            [(number, _vector([], _stems(span))) for number, span in statements],
        )

    def remove(self, article: int, title: str, text: str) -> None:  # noqa: ARG002 - they go with its passages
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
        self, groups: WordGroups, limit: int, *, title_weight: float, among: Collection[str] | None
    ) -> list[tuple[int, float]]:
        asked = _asked(groups)
        counts = self._counts({query for group in asked for query in group})
        there = [[query for query in group if counts[query]] for group in asked]
        sought = _joined(there, every=False)
        if sought is None:
            return []
        passages = self._connection.number("SELECT passages FROM words_total")
        weights = {query: _weight(counts[query], passages) for group in there for query in group}
        most = max(title_weight, 1.0)
        only = "" if among is None else f"AND w.passage IN ({_PASSAGES_OF}) "
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
        query = _phrase(word)
        return self._counts({query})[query] if query else 0

    def is_in_margin(self, words: str) -> bool:
        query = _phrase(words)
        held = "SELECT 1 FROM margin_words WHERE words @@ ?::tsquery LIMIT 1"
        return query is not None and self._connection.first(held, (query,)) is not None

    def examples(self, words: str, limit: int) -> list[int]:
        query = _phrase(words, weight="D")
        rows = self._connection.execute(
            "SELECT passage FROM passage_words WHERE words @@ ?::tsquery LIMIT ?", (query, limit)
        )
        return [row["passage"] for row in rows]

    def beginning(self, letters: str) -> list[str]:
        rows = self._connection.execute(
            "SELECT stem FROM word WHERE stem >= ? AND stem < ? ORDER BY stem", (letters, f"{letters}\U0010ffff")
        )
        return [row["stem"] for row in rows]

    def sources(self, group: Sequence[str], *, in_title: bool) -> set[str]:
        queries = [query for text in group if (query := _phrase(text, weight="A" if in_title else ""))]
        rows = self._connection.execute(
            "SELECT DISTINCT a.source FROM passage_words AS w JOIN passage AS p ON p.id = w.passage "
            "JOIN article AS a ON a.id = p.article WHERE w.words @@ ?::tsquery",
            (_joined([queries], every=True) or "",),
        )
        return {row["source"] for row in rows}

    def condition(self, about: WordGroups) -> tuple[str, str] | None:
        sought = _joined(_asked(about), every=True)
        if sought is None:
            return None
        return "s.id IN (SELECT statement FROM statement_words WHERE words @@ ?::tsquery)", sought

    def _counts(self, queries: Collection[str]) -> dict[str, int]:
        words = {query.strip("'"): query for query in queries if " " not in query}
        rows = self._connection.execute("SELECT stem, passages FROM word WHERE stem = ANY (?::text[])", ([*words],))
        counts = dict.fromkeys(words.values(), 0) | {words[row["stem"]]: row["passages"] for row in rows}
        held = "SELECT count(*) FROM passage_words WHERE words @@ ?::tsquery"
        return counts | {query: self._connection.number(held, query) for query in queries if query not in counts}


def _stems(text: str) -> list[str]:
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
    cut = _stems(readable(text[:_LONGEST_PHRASE]))
    label = f":{weight}" if weight else ""
    return " <-> ".join(f"'{word}'{label}" for word in cut) or None


def _asked(groups: WordGroups) -> list[list[str]]:
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
