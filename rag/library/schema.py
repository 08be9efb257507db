"""Defines the tables of the library and opens connections to them."""

from __future__ import annotations

import contextlib
import secrets
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from rag.core.errors import EmptyLibrary, LibraryError, LibraryLocked
from rag.library.rows import CHECKED, DamagedRow, checksum
from rag.people.linking import block_of
from rag.text.names import is_body

C = TypeVar("C", bound=sqlite3.Connection)

SCHEMA = 6
"""Kept in the file as `PRAGMA user_version`. A higher one is refused, a lower one is upgraded."""

APPLICATION = 0x6F6E7263
"""Kept in the file as `PRAGMA application_id` ("onrc"), so that no other program's database is taken for a library."""

BUSY_SECONDS = 30
"""Seconds a statement waits for another process's transaction; ours last milliseconds."""

_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_NO_TEXT = "Could not decode to UTF-8"
"""The message of Python's sqlite3, which has no error code, for bytes that are not text."""
_LOCKED = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_CLOSED_TO_US = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH})
_NO_ROOM = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR})

# The tables of schema 1; what came later stands in `STEPS`, so that a new library and an old one end up the same.
# PostgreSQL has the same, translated by `rag.library.postgres_tables`, so a table stands behind those it refers to.
# `file.digest` is null until all articles of the file are in.
# Texts of passages and statements stand in `article.text` alone: the full-text tables keep no copy (content=''), and
# `rag.library.writer` hands them the old words when a row goes.
# Passage ids are AUTOINCREMENT because a plain rowid is used again after a removal, and a stale id in a vector index
# would then name another passage.
FIRST_TABLES = """
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
"""


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


# The upgrade steps, by the schema that each leads to.
# `library.people` counts how often the people were settled. `statement.speaker` is the speaker shown: whom a correction
# names, else whom the attribution is sure enough of, who also stands in `attributed`. A correction knows its words by
# their place and digest alone, so that it survives the statement, and `purge` has no text to look for in it.
# `article.body` is the digest of the words of the reporting: copies of one article share it.
# `mention` holds everybody whom an article names, and every speaker; `block` is what mentions of one person have in
# common, and `unsettled` are the blocks in which a mention came or went since `person` was last settled. `by_hand` are
# mentions that a person put together, or kept apart from all others; like a correction they outlive the article.
# `failure` remembers the files that gave no article, so that the same bytes are not tried again at every run.
# `story` names the report that an article is a copy of, `sketch` holds the shingles by which near copies are found.
# `library.rules` is the version of the rules that the files were last read by. The checksums tell of damage.
STEPS = {
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
}


@contextlib.contextmanager
def plain_errors(path: Path) -> Iterator[None]:
    """Converts SQLite errors about the library at `path` to one sentence that names the remedy."""
    try:
        yield
    except (sqlite3.Error, DamagedRow, UnicodeDecodeError) as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the kind, the rest is detail
        what = "words in it are no text" if _NO_TEXT in str(error) else error
        if code in _DAMAGED or not isinstance(error, sqlite3.Error) or what is not error:
            raise LibraryError(
                f"The library {path} is damaged ({what}); delete that file and run `onrecord index FOLDER` again."
            ) from error
        if code in _LOCKED:
            raise LibraryLocked(
                f"Another process is writing to the library {path}; try again when it is done."
            ) from error
        if code in _CLOSED_TO_US:
            raise LibraryError(
                f"The library {path} cannot be used ({error}); check that its folder exists and may be written to."
            ) from error
        if code in _NO_ROOM:
            raise LibraryError(
                f"The library {path} cannot be read or written ({error}); check that its disk is well and has room."
            ) from error
        raise


def connect(path: Path) -> sqlite3.Connection:
    """Returns a connection to an existing library."""
    return connect_as(sqlite3.Connection, path)


def connect_as(kind: type[C], path: Path) -> C:
    """Returns a connection to an existing library in autocommit mode, usable from any one thread at a time.

    `synchronous` stays FULL: an article that was reported as indexed is on disk even if the power fails.
    """
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        factory=kind,
    )
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA cache_size = -16384")  # in KiB, for each connection
    connection.create_function("names_body", 1, lambda name: is_body(tuple(name.split())), deterministic=True)
    connection.create_function("block_of", 2, lambda name, body: block_of(name, is_body=body), deterministic=True)
    connection.create_function("checksum", -1, checksum, deterministic=True)
    return connection


def check_schema(path: Path) -> int:
    """Returns the schema of the library at `path`, which may be older than ours.

    Raises EmptyLibrary if there is none, LibraryError if it is not one that can be used.
    """
    _require_file(path)
    with plain_errors(path), contextlib.closing(connect(path)) as connection:
        version = _version(connection)
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if not tables:
        raise EmptyLibrary(path.parent)
    if application != APPLICATION:
        raise LibraryError(f"{path} is not a library of onrecord; choose another folder with `--data`.")
    if not 1 <= version <= SCHEMA:
        raise LibraryError(
            f"The library {path} has schema {version} and this onrecord knows {SCHEMA}; "
            "use the onrecord that wrote it, or index into a new library with `--data`."
        )
    return version


def _require_file(path: Path) -> None:
    """Raises EmptyLibrary if nothing is there, LibraryError for what is no file or is out of reach."""
    try:
        is_file = stat.S_ISREG(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        raise EmptyLibrary(path.parent) from None
    except OSError as error:
        raise LibraryError(f"The library {path} cannot be used ({error.strerror}); check its rights.") from error
    if not is_file:
        raise LibraryError(f"{path} is not a library of onrecord; choose another folder with `--data`.")


def make(path: Path) -> None:
    """Makes the tables in a new or empty file, all or none; the caller holds the writers' lock."""
    with plain_errors(path):
        path.touch()
        with contextlib.closing(connect(path)) as connection:
            if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
                return  # another process made them while this one waited for the lock
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(f"BEGIN IMMEDIATE; {FIRST_TABLES} PRAGMA application_id = {APPLICATION};")
            _step_up(connection, 1)
            connection.execute("INSERT INTO library (one, id) VALUES (1, ?)", (secrets.token_hex(8),))
            connection.execute("COMMIT")


def bring_up(path: Path) -> None:
    """Upgrades a library of an older schema, all or nothing; the caller holds the writers' lock."""
    with plain_errors(path), contextlib.closing(connect(path)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        _step_up(connection, _version(connection))
        connection.execute("COMMIT")


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def _step_up(connection: sqlite3.Connection, version: int) -> None:
    """Applies every remaining step within the caller's transaction, which `executescript` would end."""
    for target in range(version + 1, SCHEMA + 1):
        command = ""
        for piece in STEPS[target].split(";"):
            command += f"{piece};"
            if sqlite3.complete_statement(command):  # a trigger holds semicolons of its own
                connection.execute(command)
                command = ""
    connection.execute(f"PRAGMA user_version = {SCHEMA}")
