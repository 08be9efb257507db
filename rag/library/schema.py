"""Defines the tables of the library, and converts their rows to dataclasses and back.

The tables are written once, for SQLite; PostgreSQL has the same, translated here.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any, Final

from rag.core import Article, ArticlePerson, Block, Span, Statement
from rag.core.articles import SURE_ENOUGH
from rag.library.database import Row

SCHEMA = 7
"""The number of the last step. A library with a higher one is refused, one with a lower one is upgraded."""

_OF_ARTICLE: Final = (
    "source", "text", "digest", "extractor", "encoding", "title", "byline", "outlet", "published", "url",
)  # fmt: skip
_OF_STATEMENT: Final = (
    "speaker_as_written", "via", "cue", "kind", "polarity", "confidence", "repeats", "standing", "speaks_for",
)  # fmt: skip
"""The fields that are stored as columns unchanged."""

CHECKED: Final = {
    "article": (*_OF_ARTICLE, "blocks", "warnings", "body"),
    "statement": (
        *("id", "article", "name", "start", "end", "content", "speaker", "attributed", "correction", "marked"),
        *("candidates", *_OF_STATEMENT),
    ),
    "person": ("id", "name", "called", "is_body"),
}
"""The columns of each table that its checksum is made of."""

BY_DATABASE: Final = "kept by the database"
"""The checksum of a row in a database that keeps its own."""


MARGINS: Final = """SELECT a.id, outside(a.text, (SELECT json_group_array(json_array(p.start, p."end"))
    FROM passage AS p WHERE p.article = a.id)) AS margin FROM article AS a"""
"""For SQLite: what each article prints outside its passages, such as by-lines, captions and notices."""


def outside(text: str, spans: str) -> str:
    """Returns the parts of a text outside some spans, which are written as JSON, a line each."""
    pieces, last = [], 0
    for start, end in sorted(json.loads(spans)):
        pieces.append(text[last:start])
        last = max(last, end)
    return "\n".join([*pieces, text[last:]])


def _checksum(table: str) -> str:
    """Returns the call that makes the checksum of a row."""
    columns = ", ".join(f'"{name}"' for name in CHECKED[table])
    return f"checksum({columns})"


def _vouched(table: str) -> str:
    """Triggers that keep the checksum of a row that is added or changed."""
    columns = ", ".join(f'"{name}"' for name in CHECKED[table] if name != "id")
    update = f"UPDATE {table} SET checksum = {_checksum(table)} WHERE id = new.id;"  # noqa: S608 - likewise
    return "".join(
        f"CREATE TRIGGER {table}_vouched_{number} AFTER {event} ON {table} BEGIN {update} END;"
        for number, event in enumerate(("INSERT", f"UPDATE OF {columns}"), start=1)
    )


# The steps, by the schema that each leads to. A new library takes them all, so that it and an old one end up the same.
# A table stands behind those it refers to, as PostgreSQL demands.
#
# Texts of passages and statements stand in `article.text` alone: the full-text tables keep no copy (content=''), and
# must be told the old words when a row goes. Passage ids are AUTOINCREMENT because a plain rowid is used again after a
# removal, and a stale id in a vector index would then name another passage. `file.digest` is null until all articles of
# the file are in.
# `library.people` counts how often the people were settled, `library.rules` is the version of the rules that the files
# were last read by. `statement.speaker` is the speaker shown: whom a correction names, else whom the attribution is
# sure enough of, who also stands in `attributed`. A correction knows its words by their place and digest alone, so that
# it survives the statement, and `purge` has no text to look for in it.
# `mention` holds everybody whom an article names, and every speaker; `block` is what mentions of one person have in
# common, and `unsettled` are the blocks in which a mention came or went since `person` was last settled. `by_hand` are
# mentions that a person put together, or kept apart from all others; like a correction they outlive the article.
# `failure` remembers the files that gave no article, so that the same bytes are not tried again at every run.
# `article.body` is the digest of the words of the reporting; `story` names the report that an article is a copy of,
# `sketch` holds the shingles by which near copies are found.
STEPS = {
    1: """
CREATE TABLE embedder (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, dimension INTEGER NOT NULL CHECK (dimension > 0),
    UNIQUE (name, dimension)
) STRICT;

CREATE TABLE library (
    one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, folder TEXT, embedder INTEGER REFERENCES embedder (id),
    settled INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE TABLE file (
    source TEXT PRIMARY KEY, digest TEXT, recipe TEXT NOT NULL
) STRICT;

CREATE TABLE article (
    id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL UNIQUE,
    file TEXT NOT NULL REFERENCES file (source) ON DELETE CASCADE, recipe TEXT NOT NULL, digest TEXT NOT NULL,
    extractor TEXT NOT NULL, encoding TEXT, title TEXT, byline TEXT, outlet TEXT, published TEXT, url TEXT,
    blocks TEXT NOT NULL, warnings TEXT NOT NULL, text TEXT NOT NULL
) STRICT;
CREATE INDEX article_of_file ON article (file);
CREATE INDEX article_by_date ON article (published);
CREATE INDEX article_by_outlet ON article (outlet);

CREATE TABLE passage (
    id INTEGER PRIMARY KEY AUTOINCREMENT, article INTEGER NOT NULL REFERENCES article (id) ON DELETE CASCADE,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, sentences TEXT NOT NULL
) STRICT;
CREATE INDEX passage_of_article ON passage (article);

CREATE TABLE vector (
    passage INTEGER NOT NULL REFERENCES passage (id) ON DELETE CASCADE,
    embedder INTEGER NOT NULL REFERENCES embedder (id), coordinates BLOB NOT NULL, PRIMARY KEY (passage, embedder)
) STRICT;

CREATE TABLE statement (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL,
    article INTEGER NOT NULL REFERENCES article (id) ON DELETE CASCADE, start INTEGER NOT NULL,
    "end" INTEGER NOT NULL, content TEXT NOT NULL, speaker TEXT, speaker_as_written TEXT NOT NULL, via TEXT,
    cue TEXT NOT NULL, kind TEXT NOT NULL, polarity TEXT NOT NULL, marked INTEGER NOT NULL, confidence REAL NOT NULL,
    repeats TEXT, UNIQUE (article, name)
) STRICT;
CREATE INDEX statement_of_speaker ON statement (speaker);

CREATE TABLE person (
    name TEXT PRIMARY KEY
) STRICT;
CREATE TABLE alias (
    alias TEXT NOT NULL, person TEXT NOT NULL REFERENCES person (name) ON DELETE CASCADE, sole INTEGER NOT NULL,
    PRIMARY KEY (alias, person)
) STRICT, WITHOUT ROWID;
CREATE INDEX alias_of_person ON alias (person);

CREATE VIRTUAL TABLE passage_words USING fts5 (
    title, slice, content = '', tokenize = 'porter unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE statement_words USING fts5 (
    span, content = '', tokenize = 'porter unicode61 remove_diacritics 2'
);

CREATE TABLE change (
    id INTEGER PRIMARY KEY AUTOINCREMENT, passage INTEGER NOT NULL, added INTEGER NOT NULL
) STRICT;
CREATE TRIGGER passage_added AFTER INSERT ON passage BEGIN
    INSERT INTO change (passage, added) VALUES (new.id, 1);
END;
CREATE TRIGGER passage_removed AFTER DELETE ON passage BEGIN
    INSERT INTO change (passage, added) VALUES (old.id, 0);
END;

CREATE TABLE follower (
    name TEXT PRIMARY KEY, collection TEXT NOT NULL, embedder INTEGER NOT NULL, cursor INTEGER NOT NULL,
    clean INTEGER NOT NULL
) STRICT;
""",
    2: """
CREATE TABLE abbreviation (
    article INTEGER NOT NULL REFERENCES article (id) ON DELETE CASCADE, long TEXT NOT NULL, short TEXT NOT NULL,
    PRIMARY KEY (article, long, short)
) STRICT, WITHOUT ROWID;

CREATE TABLE correction (
    id INTEGER PRIMARY KEY AUTOINCREMENT, digest TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    cue TEXT NOT NULL, words TEXT NOT NULL, source TEXT NOT NULL, speaker TEXT, UNIQUE (digest, start, "end", cue)
) STRICT;

ALTER TABLE library ADD COLUMN people INTEGER NOT NULL DEFAULT 0;
ALTER TABLE statement ADD COLUMN attributed TEXT;
ALTER TABLE statement ADD COLUMN correction INTEGER REFERENCES correction (id) ON DELETE SET NULL;
UPDATE statement SET attributed = speaker;
CREATE INDEX statement_of_correction ON statement (correction) WHERE correction IS NOT NULL;
CREATE INDEX statement_by_name ON statement (name);
CREATE INDEX article_by_digest ON article (digest);
""",
    3: """
CREATE TABLE failure (
    source TEXT PRIMARY KEY, digest TEXT NOT NULL, recipe TEXT NOT NULL, reason TEXT NOT NULL
) STRICT;
""",
    4: """
ALTER TABLE article ADD COLUMN body TEXT;
CREATE INDEX article_by_body ON article (body) WHERE body IS NOT NULL;
ALTER TABLE statement ADD COLUMN standing TEXT NOT NULL DEFAULT 'said';
ALTER TABLE statement ADD COLUMN candidates TEXT NOT NULL DEFAULT '[]';
ALTER TABLE statement ADD COLUMN speaks_for TEXT;
CREATE INDEX statement_of_mention ON statement (article, speaker);
CREATE INDEX statement_left_open ON statement (id) WHERE candidates <> '[]';
CREATE INDEX statement_for_another ON statement (id) WHERE speaks_for IS NOT NULL;

CREATE TABLE someone (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, called TEXT NOT NULL, is_body INTEGER NOT NULL
) STRICT;
CREATE TABLE mention (
    article INTEGER NOT NULL REFERENCES article (id) ON DELETE CASCADE, name TEXT NOT NULL, block TEXT NOT NULL,
    is_body INTEGER NOT NULL, titles TEXT NOT NULL DEFAULT '[]', roles TEXT NOT NULL DEFAULT '[]', gender TEXT,
    start INTEGER NOT NULL DEFAULT 0, "end" INTEGER NOT NULL DEFAULT 0, mentions INTEGER NOT NULL DEFAULT 0,
    person INTEGER REFERENCES someone (id) ON DELETE SET NULL, PRIMARY KEY (article, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX mention_by_block ON mention (block);
CREATE INDEX mention_by_name ON mention (name, block);
CREATE INDEX mention_of_person ON mention (person);
CREATE TABLE unsettled (block TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE by_hand (
    id INTEGER PRIMARY KEY AUTOINCREMENT, is_apart INTEGER NOT NULL
) STRICT;
CREATE TABLE by_hand_mention (
    digest TEXT NOT NULL, name TEXT NOT NULL, source TEXT NOT NULL,
    by_hand INTEGER NOT NULL REFERENCES by_hand (id) ON DELETE CASCADE, PRIMARY KEY (digest, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX by_hand_mention_of ON by_hand_mention (by_hand);

INSERT INTO someone (name, called, is_body)
    SELECT DISTINCT coalesce(p.person, s.speaker), coalesce(p.person, s.speaker), names_body(s.speaker)
    FROM statement AS s LEFT JOIN alias AS p ON p.alias = s.speaker AND p.sole
    WHERE s.speaker IS NOT NULL GROUP BY 1;
INSERT INTO mention (article, name, block, is_body, person)
    SELECT DISTINCT s.article, s.speaker, block_of(s.speaker, names_body(s.speaker)), names_body(s.speaker), o.id
    FROM statement AS s LEFT JOIN alias AS p ON p.alias = s.speaker AND p.sole
    JOIN someone AS o ON o.name = coalesce(p.person, s.speaker);
INSERT INTO unsettled SELECT DISTINCT block FROM mention;
DROP TABLE alias;
DROP TABLE person;
ALTER TABLE someone RENAME TO person;
ALTER TABLE library DROP COLUMN settled;
""",
    5: f"""
ALTER TABLE library ADD COLUMN rules TEXT;
ALTER TABLE article ADD COLUMN checksum TEXT;
ALTER TABLE statement ADD COLUMN checksum TEXT;
ALTER TABLE person ADD COLUMN checksum TEXT;
UPDATE article SET checksum = {_checksum("article")};
UPDATE statement SET checksum = {_checksum("statement")};
UPDATE person SET checksum = {_checksum("person")};
{_vouched("statement")}
{_vouched("person")}
""",  # noqa: S608 - tables and columns of our own
    6: """
CREATE TABLE story (
    article INTEGER PRIMARY KEY REFERENCES article (id) ON DELETE CASCADE, name TEXT NOT NULL
) STRICT;
CREATE INDEX story_by_name ON story (name);
CREATE TABLE sketch (
    print INTEGER NOT NULL, article INTEGER NOT NULL REFERENCES article (id) ON DELETE CASCADE,
    PRIMARY KEY (print, article)
) STRICT, WITHOUT ROWID;
CREATE INDEX sketch_of_article ON sketch (article);
INSERT INTO story (article, name) SELECT id, body FROM article WHERE body IS NOT NULL;
""",
    7: f"""
CREATE VIRTUAL TABLE margin_words USING fts5 (
    words, content = '', tokenize = 'porter unicode61 remove_diacritics 2'
);
INSERT INTO margin_words (rowid, words) {MARGINS};
""",
}


def steps_after(version: int) -> Iterator[str]:
    """Yields the statements that upgrade a library of that schema to ours; after 0, those that make a new one."""
    for target in range(version + 1, SCHEMA + 1):
        statement = ""
        for piece in STEPS[target].split(";")[:-1]:
            statement += f"{piece};"
            if sqlite3.complete_statement(statement):  # a trigger holds semicolons of its own
                yield statement
                statement = ""


SCHEMA_NAME: Final = "onrecord"
"""The schema of the library in a PostgreSQL database."""

# Text is compared and ordered by code points, as SQLite does it, whatever the language of the database.
_TYPES: Final = (
    (r"\bINTEGER PRIMARY KEY AUTOINCREMENT\b", "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"),
    (r"\bINTEGER\b", "BIGINT"),
    (r"\bTEXT\b", 'TEXT COLLATE "C"'),
    (r"\bREAL\b", "DOUBLE PRECISION"),
    (r"\bBLOB\b", "BYTEA"),
    (r"\)\s*(?:STRICT|WITHOUT ROWID)(?:,\s*WITHOUT ROWID)?\s*;?\s*$", ")"),
)

_MARGIN_WORDS: Final = (
    """CREATE TABLE margin_words (article BIGINT PRIMARY KEY REFERENCES article (id) ON DELETE CASCADE,
    words TSVECTOR NOT NULL)""",
    "CREATE INDEX article_by_margin ON margin_words USING gin (words)",
)
"""Of schema 7; articles of an older library come into it when they are read again."""

# `instr` and `json_each` are SQLite's. The change log's trigger names its schema, so that `pg_restore` can load it.
# `word` counts the passages of each stem, `words_total` all passages and their words: what BM25 needs at once.
_IN_POSTGRES_ALONE: Final = (
    "CREATE TABLE schema_version (number BIGINT NOT NULL)",
    """CREATE FUNCTION instr(whole TEXT, part TEXT) RETURNS INTEGER LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS 'SELECT strpos(whole, part)'""",
    """CREATE FUNCTION json_each(list TEXT) RETURNS TABLE (key BIGINT, value TEXT) LANGUAGE sql IMMUTABLE PARALLEL SAFE
    ROWS 20 AS 'SELECT ordinality - 1, value FROM jsonb_array_elements_text(list::jsonb) WITH ORDINALITY'""",
    """CREATE FUNCTION note_passage() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF tg_op = 'INSERT' THEN INSERT INTO onrecord.change (passage, added) VALUES (new.id, 1);
    ELSE INSERT INTO onrecord.change (passage, added) VALUES (old.id, 0); END IF;
    RETURN NULL; END $$""",
    "CREATE TRIGGER passage_noted AFTER INSERT OR DELETE ON passage FOR EACH ROW EXECUTE FUNCTION note_passage()",
    *(f"ALTER TABLE {table} ALTER COLUMN checksum SET DEFAULT '{BY_DATABASE}'" for table in ("statement", "person")),
    """CREATE TABLE passage_words (passage BIGINT PRIMARY KEY REFERENCES passage (id) ON DELETE CASCADE,
    words TSVECTOR NOT NULL, length BIGINT NOT NULL) WITH (toast_tuple_target = 8160)""",
    "ALTER TABLE passage_words ALTER COLUMN words SET STORAGE EXTERNAL",  # unpacked for every word of a question
    "CREATE INDEX passage_by_words ON passage_words USING gin (words) WITH (fastupdate = off)",
    """CREATE TABLE statement_words (statement BIGINT PRIMARY KEY REFERENCES statement (id) ON DELETE CASCADE,
    words TSVECTOR NOT NULL)""",
    "CREATE INDEX statement_by_words ON statement_words USING gin (words) WITH (fastupdate = off)",
    *_MARGIN_WORDS,
    'CREATE TABLE word (stem TEXT COLLATE "C" PRIMARY KEY, passages BIGINT NOT NULL)',
    "CREATE TABLE words_total (passages BIGINT NOT NULL, length BIGINT NOT NULL)",
    "INSERT INTO words_total VALUES (0, 0)",
)

_SQLITE_ONLY = re.compile(r"\s*(?:CREATE\s+(?:VIRTUAL\s+TABLE|TRIGGER)|INSERT\s+INTO\s+\w+_words)\b")
_SQLITE_ONLY_OR_DATA = re.compile(rf"{_SQLITE_ONLY.pattern}|\s*(?:INSERT|UPDATE|DELETE)\b")


def in_postgres(statement: str) -> str:
    """Returns a statement that defines a table, written as for SQLite, as PostgreSQL understands it."""
    for pattern, type_ in _TYPES:
        statement = re.sub(pattern, type_, statement.strip())
    return statement


def postgres_steps_after(version: int) -> Iterator[str]:
    """Yields the same for PostgreSQL, without SQLite's triggers and full-text tables."""
    left_out = _SQLITE_ONLY if version else _SQLITE_ONLY_OR_DATA  # a new library has no data to bring up
    for statement in steps_after(version):
        if not left_out.match(statement):
            yield in_postgres(statement)
    if not version:
        yield from _IN_POSTGRES_ALONE
    elif version < 7:  # noqa: PLR2004 - the schema that brought them
        yield from _MARGIN_WORDS


class DamagedRow(ValueError):
    """Raised when a row does not hold what was written into it."""


def checksum(*values: object) -> str:
    """Computes the digest of a row's values, which reveals flipped bits that SQLite does not notice."""
    return hashlib.blake2b(repr(values).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


_checksum_of_person = lru_cache(maxsize=5_000, typed=True)(checksum)
"""The row of a speaker comes with every statement of theirs."""


@cache
def _checked(table: str, prefix: str) -> Callable[[Row], tuple[object, ...]]:
    """Returns what reads the values of a row that its checksum is made of."""
    return itemgetter(*(f"{prefix}{name}" for name in CHECKED[table]))


def vouch(row: Row, table: str, prefix: str = "") -> None:
    """Raises DamagedRow if the row of the table is not what was written; `prefix` precedes its column names."""
    kept = row[f"{prefix}checksum"]
    if kept == BY_DATABASE:
        return
    computed = _checksum_of_person if table == "person" else checksum
    if kept != computed(*_checked(table, prefix)(row)):
        raise DamagedRow(f"row {row[f'{prefix}id']} of its table {table} is not what was written")


def listed(values: Iterable[int | str]) -> str:
    """Writes values as JSON, for `IN (SELECT value FROM json_each(?))`: any number of values is one parameter."""
    return json.dumps([value if isinstance(value, int) else readable(value) for value in values])


def readable(text: str) -> str:
    """Replaces NUL and lone surrogates, which stand in no word on record, and which databases do not read."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


def spans_as_json(spans: Iterable[Span]) -> str:
    """Writes spans as JSON: `[[start,end],…]`."""
    return json.dumps([(span.start, span.end) for span in spans], separators=(",", ":"))


@lru_cache(maxsize=5_000)
def spans_of(text: str) -> tuple[Span, ...]:
    """Reads what `spans_as_json` wrote. Raises DamagedRow."""
    return tuple(Span(start, end) for start, end in _loaded(text))


def article_columns(article: Article) -> dict[str, object]:
    """Converts the article to columns of the table `article`."""
    columns: dict[str, object] = {name: getattr(article, name) for name in _OF_ARTICLE}
    blocks = [(block.start, block.end, block.role) for block in article.blocks]
    columns["blocks"] = json.dumps(blocks, separators=(",", ":"))
    columns["warnings"] = json.dumps(article.warnings)
    columns["body"] = body_digest(article)
    return columns | {"checksum": checksum(*(columns[name] for name in CHECKED["article"]))}


def body_digest(article: Article) -> str | None:
    """Returns the sha256 of the words of the reporting, whatever its line ends and headline; None if there are none."""
    words = " ".join(article.cut(block.span) for block in article.body).split()
    return hashlib.sha256(" ".join(words).encode()).hexdigest() if words else None


def article_of(row: Row) -> Article:
    """Makes the article of a row of the table `article`. Raises DamagedRow for a list that cannot be read."""
    return Article(
        **{name: row[name] for name in _OF_ARTICLE},
        blocks=_blocks_of(row["blocks"]),
        warnings=tuple(_loaded(row["warnings"])),
    )


@lru_cache(maxsize=2_000)
def _blocks_of(text: str) -> tuple[Block, ...]:
    return tuple(Block(start, end, role) for start, end, role in _loaded(text))


def _loaded(text: str) -> Any:  # noqa: ANN401 - whoever asks knows what was written
    try:
        return json.loads(text)
    except ValueError as error:
        raise DamagedRow(f"a list in it cannot be read: {error}") from error


def statement_columns(statement: Statement) -> dict[str, object]:
    """Converts the statement to columns of the table `statement`: only here does confidence decide who is named."""
    is_sure = statement.confidence >= SURE_ENOUGH.get(statement.kind, 0.0)
    speaker = statement.speaker if is_sure else None
    return {name: getattr(statement, name) for name in _OF_STATEMENT} | {
        "speaks_for": statement.speaks_for if is_sure else None,
        "name": statement.id,
        "start": statement.span.start,
        "end": statement.span.end,
        "content": spans_as_json(statement.content),
        "speaker": speaker,
        "attributed": speaker,
        "marked": statement.marked,
        "candidates": json.dumps(statement.candidates),
    }


@lru_cache(maxsize=10_000)
def statement_of(row: Row) -> Statement:
    """Makes the statement of a row that also has its `source`, and as `person_…` whom its speaker is known as.

    One question reads the same rows several times, and the next question some of them again; a row of the same values
    is verified once. Raises DamagedRow if the row, or the person's, is not what was written.
    """
    vouch(row, "statement")
    if row["person_id"] is not None:
        vouch(row, "person", "person_")
    return Statement(
        **{name: row[name] for name in _OF_STATEMENT},
        id=row["name"],
        source=row["source"],
        span=Span(row["start"], row["end"]),
        content=spans_of(row["content"]),
        speaker=row["person_name"] or row["speaker"],
        marked=bool(row["marked"]),
        corrected=row["correction"] is not None,
        candidates=tuple(_loaded(row["candidates"])),
    )


def mention_columns(person: ArticlePerson, block: str) -> dict[str, object]:
    """Converts a person or body of an article to columns of the table `mention`."""
    return {
        "name": person.name,
        "block": block,
        "is_body": person.is_body,
        "titles": json.dumps(person.titles),
        "roles": json.dumps(person.roles),
        "gender": person.gender,
        "start": person.first.start,
        "end": person.first.end,
        "mentions": person.mentions,
    }


@lru_cache(maxsize=1 << 12)
def stored_words(text: str) -> tuple[str, ...]:
    """Reads titles or roles as `mention_columns` wrote them. Raises DamagedRow."""
    return () if text == "[]" else tuple(_loaded(text))


@dataclass(frozen=True, slots=True)
class EmbedderState:
    """The embedder whose vectors are in use. `number` changes with every change of embedder."""

    number: int
    name: str
    dimension: int


@dataclass(frozen=True, slots=True)
class Follower:
    """The progress of an index: the last change it applied, and whether it was closed properly after that.

    `collection` says where it keeps its vectors, in the index's own format; `embedder` is the number of their embedder.
    """

    name: str
    collection: str
    embedder: int
    cursor: int
    clean: bool
