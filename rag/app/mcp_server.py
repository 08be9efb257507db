"""Serves the Model Context Protocol: tools by which another assistant quotes the articles exactly."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Final, Literal

import anyio
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
from mcp_types import ToolAnnotations
from pydantic import Field
from starlette.applications import Starlette

from rag import __version__
from rag.answering.retrieval.statements import Wanted
from rag.app.service import HITS, ROWS, AskedQuestion, LibraryService
from rag.core import Turn
from rag.core.errors import OnrecordError
from rag.json_contract import answer_json

MCP_PATH: Final = "/mcp"

INSTRUCTIONS: Final = """\
onrecord holds a folder of news articles and a record of who said what in them.
Quote these articles only through its tools. Put words between quotation marks only if a tool returned them as `quote`,
character for character, and name as their speaker only the `speaker` that came with them. Where `speaker` is null, or
`candidates` are several, say that the article does not tell who speaks. `kind` tells a direct quotation from reported
speech; reported speech gets no quotation marks. `via` is who passed the words on: say so. Words whose `standing` is not
"said" were withdrawn, disputed or made up: never give them as said. Cite `source` with `start` and `end` for each.
Before you show a text with quotations, check each with verify_quote. If ask declines, say that the articles do not
answer; do not answer from memory as if they did.
"""

_ASK: Final = """\
Answers a question from the articles alone, each sentence checked and cited. Start here. Every entry of `citations` is
an exact slice of a file: `source`, `start`, `end`, `quote`, `speaker`. "declined": the articles do not answer, and
`near_misses` are only the nearest passages, not an answer. `withheld` failed the check: do not repeat it. For a
follow-up give the `earlier_questions` of the conversation, oldest first.
"""
_SEARCH: Final = """\
Finds passages by words and meaning, best first. `quote` is the exact passage at `source` `start`:`end`; it may hold
several people's words, so take a speaker only from its `statements`, each with its own exact place.
"""
_STATEMENTS: Final = """\
Lists everything on record that somebody said, with the true `count`: use it for "everything", "how often", "who else".
Each row is one exact quotable slice. `next_offset` tells where to go on; several people may bear the name (`notes`).
"""
_VERIFY: Final = """\
Checks one quotation against the articles before you use it. Only "verbatim" with `stands` true may be printed as it is;
"altered" gives the words as they stand (`found.quote`) and the `difference`; "wrong_speaker" names who the record says
spoke (`found.speaker`); "not_found" must not be quoted from these articles.
"""
_READ: Final = """\
Reads an article, or a part of it, by its `source`: exact text from `start` to `end`, with every statement on record
within it. Go on at `next_start`. Words in the text that no statement covers are the outlet's own.
"""

_READS: Final = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
Day = Annotated[dt.date | None, Field(description="YYYY-MM-DD, inclusive")]


def make_mcp_server(service: LibraryService) -> MCPServer:
    """Returns the server with its five tools, which only read."""
    server = MCPServer("onrecord", instructions=INSTRUCTIONS, version=__version__, log_level="WARNING")
    _add_tools(server, service)
    return server


def _add_tools(server: MCPServer, service: LibraryService) -> None:
    @server.tool(description=_ASK, annotations=_READS)
    async def ask(question: str, earlier_questions: list[str] | None = None) -> dict[str, Any]:
        turns = tuple(Turn("user", earlier) for earlier in earlier_questions or ())
        with _one_sentence():
            return answer_json(await service.ask(AskedQuestion(question=question, door="mcp", history=turns)))

    @server.tool(description=_SEARCH, annotations=_READS)
    def search(query: str, limit: Annotated[int, Field(ge=1, le=HITS)] = 8) -> dict[str, Any]:
        with _one_sentence():
            return service.search(query, limit)

    @server.tool(description=_STATEMENTS, annotations=_READS)
    def statements(  # noqa: PLR0913, PLR0917 - one for each filter of `onrecord statements`
        by: str | None = None,
        about: str | None = None,
        source: str | None = None,
        outlet: str | None = None,
        kind: Literal["direct", "reported", "mixed"] | None = None,
        since: Day = None,
        until: Day = None,
        offset: Annotated[int, Field(ge=0)] = 0,
        limit: Annotated[int, Field(ge=1, le=ROWS)] = 50,
    ) -> dict[str, Any]:
        wanted = Wanted(by=by, about=about, source=source, outlet=outlet, kind=kind, since=since, until=until)
        with _one_sentence():
            return service.statements(wanted, offset, limit, quotable=True)

    @server.tool(description=_VERIFY, annotations=_READS)
    def verify_quote(quote: str, speaker: str | None = None) -> dict[str, Any]:
        with _one_sentence():
            return service.verify_quote(quote, speaker)

    @server.tool(description=_READ, annotations=_READS)
    def read_article(
        source: str, start: Annotated[int, Field(ge=0)] = 0, end: Annotated[int | None, Field(ge=1)] = None
    ) -> dict[str, Any]:
        with _one_sentence():
            return service.article(source, start, end)


def mcp_application(server: MCPServer) -> Starlette:
    """Returns the server over streamable HTTP at `MCP_PATH`; its lifespan must run as long as it is served.

    It keeps no sessions. Host and origin are checked by whoever serves it.
    """
    unguarded = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    return server.streamable_http_app(streamable_http_path=MCP_PATH, stateless_http=True, transport_security=unguarded)


def serve_stdio(server: MCPServer) -> None:
    """Serves on standard input and output until the input ends."""
    anyio.run(server.run_stdio_async)


@contextmanager
def _one_sentence() -> Iterator[None]:
    """Turns an error of ours into one that the asking model reads."""
    try:
        yield
    except OnrecordError as error:
        raise ToolError(str(error)) from error
