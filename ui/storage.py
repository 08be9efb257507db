"""Stores readers' conversations, each visible only to its own visitor, and feedback in the library's folder."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from threading import Lock
from typing import Final, Literal

from pydantic import TypeAdapter

from rag import Connection, Database, Row, SQLiteFile
from rag.core import Answer
from rag.core.errors import OnrecordError
from ui.chat import ChatThread, Exchange

CONVERSATIONS: Final = "conversations.sqlite"
FEEDBACK: Final = "feedback.jsonl"
TITLE_LIMIT: Final = 120
"""Longest title in characters; a conversation is named after its first question until it is renamed."""

NOTE_LIMIT: Final = 1_000
_EVERY: Final = 1 << 62
"""More exchanges than any conversation has."""

Judgement = Literal["good", "speaker", "unsupported", "missed"]
_EXCHANGES: Final = TypeAdapter(Exchange)

_TABLES = (
    """CREATE TABLE IF NOT EXISTS conversation (
        id TEXT PRIMARY KEY, owner TEXT NOT NULL, title TEXT NOT NULL, changed TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX IF NOT EXISTS conversation_of_owner ON conversation (owner, changed)",
    """CREATE TABLE IF NOT EXISTS exchange (
        conversation TEXT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
        number INTEGER NOT NULL, content TEXT NOT NULL,
        PRIMARY KEY (conversation, number)
    ) STRICT, WITHOUT ROWID""",
)


class UnknownConversation(OnrecordError):
    """Raised if no conversation has that id or it is somebody else's, without telling which."""

    def __init__(self) -> None:
        super().__init__("There is no such conversation here; begin a new one.")


class History:
    """The conversations of a library, in a file beside it or in its database. Safe to use from several threads.

    Every method takes the owner; other people's conversations cannot be read, changed or told from ones that never
    existed. Deleted words are overwritten in the file.
    """

    def __init__(self, data: Path, database: Database | None = None) -> None:
        """Without a `database` that several servers share they are in a file of the folder `data`."""
        self._database = database or _file_in(data)
        with self._connected() as connection:
            connection.define(*_TABLES)

    def begin(self, owner: str, question: str) -> str:
        """Returns the unguessable id of a new one, named after its first question."""
        name = secrets.token_urlsafe(16)
        with self._open() as connection:
            connection.execute(
                "INSERT INTO conversation (id, owner, title, changed) VALUES (?, ?, ?, ?)",
                (name, owner, _titled(question), _now()),
            )
        return name

    def exchanges(self, owner: str, conversation: str, last: int = _EVERY) -> tuple[Exchange, ...]:
        """Returns the exchanges, oldest first; with `last`, only so many. Raises UnknownConversation."""
        with self._open() as connection:
            _require(connection, owner, conversation)
            rows = connection.execute(
                "SELECT content FROM exchange WHERE conversation = ? ORDER BY number DESC LIMIT ?", (conversation, last)
            ).fetchall()
        return tuple(_EXCHANGES.validate_json(content) for (content,) in reversed(rows))

    def exchange(self, owner: str, conversation: str, number: int) -> Exchange:
        """Returns the exchange of that number. Raises UnknownConversation if there is none."""
        with self._open() as connection:
            _require(connection, owner, conversation)
            row = connection.execute(
                "SELECT content FROM exchange WHERE conversation = ? AND number = ?", (conversation, number)
            ).fetchone()
        if row is None:
            raise UnknownConversation
        return _EXCHANGES.validate_json(row[0])

    def keep(self, owner: str, conversation: str, exchange: Exchange) -> None:
        """Stores a finished exchange, replacing one with the same number. Raises UnknownConversation."""
        with self._open() as connection:
            _require(connection, owner, conversation)
            connection.execute(
                "INSERT INTO exchange (conversation, number, content) VALUES (?, ?, ?) "
                "ON CONFLICT (conversation, number) DO UPDATE SET content = excluded.content",
                (conversation, exchange.number, _EXCHANGES.dump_json(exchange).decode()),
            )
            connection.execute("UPDATE conversation SET changed = ? WHERE id = ?", (_now(), conversation))

    def cut(self, owner: str, conversation: str, number: int) -> None:
        """Deletes the exchange of that number and all after it. Raises UnknownConversation."""
        with self._open() as connection:
            _require(connection, owner, conversation)
            connection.execute("DELETE FROM exchange WHERE conversation = ? AND number >= ?", (conversation, number))

    def listing(self, owner: str, search: str = "") -> list[ChatThread]:
        """Returns the owner's conversations, the latest first; with `search`, those whose title or words hold it."""
        sought = search.strip().casefold()
        with self._open() as connection:
            rows = connection.execute(
                "SELECT c.id, c.title, c.changed, (SELECT count(*) FROM exchange WHERE conversation = c.id) "
                "FROM conversation AS c WHERE c.owner = ? ORDER BY c.changed DESC, c.id",
                (owner,),
            ).fetchall()
            return [ChatThread(*row) for row in rows if not sought or _holds(connection, row, sought)]

    def rename(self, owner: str, conversation: str, title: str) -> None:
        """Gives it another title; an empty one changes nothing. Raises UnknownConversation."""
        with self._open() as connection:
            _require(connection, owner, conversation)
            if title.strip():
                connection.execute("UPDATE conversation SET title = ? WHERE id = ?", (_titled(title), conversation))

    def title(self, owner: str, conversation: str) -> str:
        """Returns the title. Raises UnknownConversation."""
        with self._open() as connection:
            return _require(connection, owner, conversation)

    def delete(self, owner: str, conversation: str) -> None:
        """Deletes the conversation. Raises UnknownConversation."""
        with self._open() as connection:
            _require(connection, owner, conversation)
            connection.execute("DELETE FROM conversation WHERE id = ?", (conversation,))

    def forget_but(self, sources: Collection[str]) -> int:
        """Deletes every exchange that quotes an article other than these, for every owner; returns their number."""
        with self._open() as connection:
            rows = connection.execute("SELECT conversation, number, content FROM exchange").fetchall()
            gone = [row[:2] for row in rows if not _EXCHANGES.validate_json(row[2]).sources.issubset(sources)]
            connection.executemany("DELETE FROM exchange WHERE conversation = ? AND number = ?", gone)
            connection.execute("DELETE FROM conversation WHERE id NOT IN (SELECT conversation FROM exchange)")
        with self._connected() as connection:
            connection.settle()
        return len(gone)

    @contextmanager
    def _open(self) -> Iterator[Connection]:
        """Returns a connection for one transaction."""
        with self._connected() as connection, connection.transaction():
            yield connection

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        with connected(self._database) as connection:
            connection.overwrite()
            yield connection


@contextmanager
def connected(database: Database) -> Iterator[Connection]:
    """Returns a connection. Raises OnrecordError, with the remedy, if the database cannot be used."""
    try:
        with closing(database.connect()) as connection:
            yield connection
    except database.failure as error:
        why, is_file = " ".join(str(error).split()), isinstance(database, SQLiteFile)
        remedy = "move it away to begin a new one" if is_file else "check that it answers"
        raise OnrecordError(f"{database.name} cannot be used ({why}); {remedy}.") from error


def _file_in(data: Path) -> SQLiteFile:
    path = data / CONVERSATIONS
    try:
        data.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        raise OnrecordError(f"{data} cannot be written to ({error.strerror}); check its rights.") from error
    return SQLiteFile(path)


def _holds(connection: Connection, conversation: Row, sought: str) -> bool:
    """Returns whether the title or the words of a conversation hold what is sought, in any case."""
    if sought in conversation["title"].casefold():
        return True
    rows = connection.execute("SELECT content FROM exchange WHERE conversation = ?", (conversation["id"],))
    return any(sought in content.casefold() for (content,) in rows)


class Feedback:
    """Stores judgements, without saying who judged."""

    def __init__(self, data: Path) -> None:
        self._path = data / FEEDBACK
        self._lock = Lock()

    def keep(self, answer: Answer, judgement: Judgement, note: str = "") -> None:
        """Adds a line. A later line on the same question and answer replaces an earlier one."""
        line = {
            "given": dt.datetime.now().astimezone().isoformat(timespec="seconds"),
            "judgement": judgement,
            "note": note.strip()[:NOTE_LIMIT].encode(errors="replace").decode(),
            "question": answer.question,
            "standalone_question": answer.standalone_question,
            "status": answer.status,
            "reason": answer.reason,
            "text": answer.text,
            "citations": [asdict(citation) for citation in answer.citations],
        }
        try:
            with self._lock, self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
        except OSError as error:
            raise OnrecordError(f"{self._path} cannot be written to ({error.strerror}); check its rights.") from error


def forget_feedback(data: Path, sources: Collection[str]) -> int:
    """Deletes judgements of answers that quote an article other than these; returns their number."""
    path = data / FEEDBACK
    if not path.exists():
        return 0
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [
        line for line in lines if {citation["source"] for citation in json.loads(line)["citations"]}.issubset(sources)
    ]
    path.write_text("".join(kept), encoding="utf-8")
    return len(lines) - len(kept)


def _require(connection: Connection, owner: str, conversation: str) -> str:
    row = connection.execute(
        "SELECT title FROM conversation WHERE id = ? AND owner = ?", (conversation, owner)
    ).fetchone()
    if row is None:
        raise UnknownConversation
    title: str = row[0]
    return title


def _titled(words: str) -> str:
    title = " ".join(words.encode(errors="replace").decode().split())
    return title if len(title) <= TITLE_LIMIT else f"{title[: TITLE_LIMIT - 2]} …"


def _now() -> str:
    return dt.datetime.now().astimezone().isoformat(timespec="microseconds")
