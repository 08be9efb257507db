"""Serves the page's own addresses: sources, conversations, statements, files."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, Final, Literal, TypeVar, cast
from urllib.parse import quote

import anyio
from fastapi import Body, Depends, FastAPI, Form, Query, Request
from fastapi import Path as InPath
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from fastapi.staticfiles import StaticFiles
from markupsafe import Markup
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect

from rag import Checked, LibraryService, SourceList, StatementSearch, Wanted, Wish
from rag.core import Answer, Statement
from rag.core.errors import LibraryError, OnrecordError, UnreadableFile, UsageError
from ui import exports
from ui.chat import REMEMBERED, ChatAssistant, Exchange, next_questions, overview, turns
from ui.middleware import BARE_POLICY
from ui.storage import Feedback, History, Judgement, UnknownConversation
from ui.views import answer as answers
from ui.views import chrome, draft, sources, statements
from ui.views import help as guidance
from ui.views.source import bare_page, notice_html, parse_span, source_page
from ui.views.sources import INTERVALS, Intake, Sought, web_html
from ui.views.statements import Filters

if TYPE_CHECKING:
    from rag import BackgroundIndexer, FeedRefresher

IN_MEMORY: Final = 1_000_000
"""Bytes of an upload that are kept in memory; larger ones go to disk."""

_LONGEST_ADDRESS: Final = 2_000
_STATIC = Path(__file__).parent / "static"
_MEDIA_TYPES = {
    "md": "text/markdown",
    "csv": "text/csv",
    "json": "application/json",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Rooms:
    """The parts of one running page. A room without its part is left out.

    `desk` searches statements and people; `verify` checks every quotation in a text; `correct` names the speaker of a
    statement by its id; `keeper` takes files in; `feeds` fetches from the web; `read_draft` gives the text of a file,
    by its name and its bytes; `service` answers other programs, and its journal notes what is asked.
    """

    assistant: ChatAssistant
    history: History
    feedback: Feedback
    desk: StatementSearch | None = None
    verify: Callable[[str], Sequence[Checked]] | None = None
    correct: Callable[[str, str | None], object] | None = None
    shelf: SourceList | None = None
    keeper: BackgroundIndexer | None = None
    feeds: FeedRefresher | None = None
    read_draft: Callable[[str, IO[bytes]], str] | None = None
    service: LibraryService | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The rooms that there are, in their order."""
        there = {"ask": True, "record": self.desk, "draft": self.verify, "sources": self.shelf, "help": True}
        return tuple(room for room, part in there.items() if part)


def visitor(request: Request) -> str:
    """Returns the visitor, as identified by `ui.middleware`."""
    return cast("str", request.scope["visitor"])


def login_of(request: Request) -> str | None:
    """Returns the login; None without logins."""
    return cast("str | None", request.scope.get("login"))


Visitor = Annotated[str, Depends(visitor)]
Login = Annotated[str | None, Depends(login_of)]
Number = Annotated[int, InPath(ge=1, le=1_000_000_000)]


def add_routes(app: FastAPI, rooms: Rooms) -> None:
    """Adds all routes; a missing part has none."""
    _add_house(app, rooms.assistant, rooms.desk, corrects=bool(rooms.correct and rooms.desk))
    _add_conversations(app, rooms)
    _add_exchanges(app, rooms)
    if rooms.desk:
        _add_record(app, rooms, rooms.desk)
    if rooms.shelf and rooms.desk:
        _add_sources(app, rooms, rooms.shelf, rooms.desk)
    if rooms.keeper:
        add_uploads(app, rooms.keeper)
    if rooms.feeds:
        add_feeds(app, rooms.feeds)
    if rooms.verify:
        _add_draft(app, rooms.verify, rooms.desk, opens_files=rooms.read_draft is not None)
    if rooms.read_draft:
        add_draft_files(app, rooms.read_draft)
    if rooms.correct and rooms.desk:
        _add_correcting(app, rooms.correct, rooms.desk)

    @app.exception_handler(OnrecordError)
    def say(_: Request, error: OnrecordError) -> HTMLResponse:
        status = 404 if isinstance(error, UnknownConversation) else 409
        return _html(notice_html(str(error)), status)


def _add_house(app: FastAPI, assistant: ChatAssistant, desk: StatementSearch | None, *, corrects: bool) -> None:
    @app.get("/greeting")
    def greeting(login: Login) -> dict[str, Any]:
        state, welcome = greet(assistant)
        judge = getattr(assistant, "judge", None)
        exam = bool(judge and judge.exam)
        return {"state": state, "welcome": welcome, "corrects": corrects, "login": login, "is_examining": exam}

    @app.get("/help")
    def guide() -> HTMLResponse:
        return _html(guidance.help_room_html())

    @app.get("/source")
    def source(name: str, at: str, also: str = "", digest: str = "") -> HTMLResponse:
        spoken = desk.in_article(name) if desk else ()
        page, status = _source(assistant, name, (at, *filter(None, also.split(","))), digest, spoken)
        return HTMLResponse(page, status_code=status, headers={"Content-Security-Policy": BARE_POLICY})

    @app.get("/text")
    def alone(name: str) -> PlainTextResponse:
        headers = {"Content-Security-Policy": f"{BARE_POLICY}; sandbox"}
        return PlainTextResponse(assistant.article(name).text, headers=headers)

    app.mount("/page", GZipMiddleware(StaticFiles(directory=_STATIC)))


def greet(assistant: ChatAssistant, *, sees: bool = True) -> tuple[Markup, Markup]:
    """Renders the page before any question: the state in its head, and what the library holds.

    If `sees`, also the topics of the articles, which take a moment in a large library.
    """
    name, host = assistant.writer.name, getattr(assistant.writer, "host", None)  # one that writes here has none
    try:
        summary = assistant.summary()
    except OnrecordError as error:
        return chrome.state_html(None, name), notice_html(str(error))
    seen = overview(assistant) if sees and summary.articles else None
    judge = getattr(assistant, "judge", None)  # only a model's sentences are judged
    return chrome.state_html(summary, name, host, judge.exam if judge else None), chrome.welcome_html(summary, seen)


def _source(
    assistant: ChatAssistant, name: str, spans: Sequence[str], digest: str, spoken: Sequence[Statement]
) -> tuple[Markup, int]:
    """Returns the page that shows a slice of an article, or says why it cannot; and its HTTP status."""
    try:
        at, *also = (parse_span(span) for span in spans)
        article = assistant.article(name)
        article.cut(at)
    except LibraryError as error:
        return bare_page("Not found", notice_html(str(error))), 404
    except ValueError:
        return bare_page("Not found", notice_html("No place in this article has that address.")), 404
    if digest and digest != article.digest:
        changed = f"{name} has changed since that answer was given. Ask again to read it as it is now."
        return bare_page("Changed", notice_html(changed)), 409
    return source_page(article, at, also, spoken), 200


def _add_conversations(app: FastAPI, rooms: Rooms) -> None:
    history = rooms.history

    @app.get("/conversations")
    def listing(who: Visitor, search: str = "") -> HTMLResponse:
        return _html(chrome.listing_html(history.listing(who, search), search))

    @app.get("/conversations/{name}.{form}")
    def export(who: Visitor, name: str, form: str) -> Response:
        title, exchanges = history.title(who, name), history.exchanges(who, name)
        if form not in chrome.SAVED_AS:
            return _html(notice_html("A conversation is saved as .md, .docx, .csv or .json."), 404)
        return _file(_saved(form, title, exchanges), f"{title}.{form}")

    @app.get("/conversations/{name}")
    def reopen(who: Visitor, name: str) -> HTMLResponse:
        exchanges = history.exchanges(who, name, REMEMBERED)
        return _html(answers.conversation_html(exchanges, name, _gone(exchanges, rooms.desk)))

    @app.post("/conversations/{name}/title", status_code=204)
    def rename(who: Visitor, name: str, title: Annotated[str, Body(embed=True)]) -> None:
        history.rename(who, name, title)

    @app.delete("/conversations/{name}", status_code=204)
    def delete(who: Visitor, name: str) -> None:
        history.delete(who, name)


def _saved(form: str, title: str, exchanges: Sequence[Exchange]) -> str | bytes:
    """Returns a conversation in one of the forms in which it is saved."""
    if form == "csv":
        return exports.csv_text(exports.COLUMNS, exports.rows(exchanges))
    if form == "docx":
        return exports.docx_bytes(title, exchanges)
    write = exports.conversation_markdown if form == "md" else exports.json_text
    return write(title, exchanges)


def _gone(exchanges: Sequence[Exchange], desk: StatementSearch | None) -> frozenset[str]:
    """Returns the digests of cited articles that the library no longer holds as they were."""
    if desk is None:
        return frozenset()
    cited = {
        citation.digest: citation.source
        for exchange in exchanges
        if exchange.answer
        for citation in exchange.answer.citations
    }
    held = {article.digest for article in desk.articles(set(cited.values())).values()}
    return frozenset(cited.keys() - held)


def _add_exchanges(app: FastAPI, rooms: Rooms) -> None:
    def answer_of(who: str, name: str, number: int) -> Answer:
        found = rooms.history.exchange(who, name, number).answer
        if found is None:
            raise UnknownConversation
        return found

    @app.get("/conversations/{name}/{number}/copy")
    def copy(who: Visitor, name: str, number: Number, form: str = "plain") -> PlainTextResponse:
        answer = answer_of(who, name, number)
        return PlainTextResponse(exports.markdown(answer) if form == "markdown" else exports.plain(answer))

    @app.get("/conversations/{name}/{number}/next")
    def onward(who: Visitor, name: str, number: Number) -> HTMLResponse:
        answer = answer_of(who, name, number)
        before = turns(rooms.history.exchanges(who, name, REMEMBERED))
        return _html(answers.next_html(next_questions(rooms.assistant, answer, before)))

    @app.post("/conversations/{name}/{number}/judgement", status_code=204)
    def judge(who: Visitor, name: str, number: Number, judgement: Annotated[Judgement, Body(embed=True)]) -> None:
        rooms.feedback.keep(answer_of(who, name, number), judgement)


def _add_record(app: FastAPI, rooms: Rooms, desk: StatementSearch) -> None:
    @app.get("/record")
    def room(filters: Annotated[Filters, Depends()], page: int = 1) -> HTMLResponse:
        try:
            recorded = desk.recorded(filters.wanted)
        except ValueError:
            return _html(notice_html("A day is written as 2024-03-31."), 422)
        articles = desk.articles(statements.shown_sources(filters, recorded, page))
        if page > 1:
            return _html(statements.page_html(filters, recorded, articles, page))
        name = " ".join(filters.by.split())
        head = statements.head_html(desk, name) if name else ""
        return _html(statements.statements_room_html(filters, recorded, articles, rooms.assistant.summary(), head))

    @app.get("/record.csv")
    def table(filters: Annotated[Filters, Depends()]) -> Response:
        rows = desk.rows(statements.sorted_statements(desk.recorded(filters.wanted), filters))
        return _file(exports.csv_text(desk.columns, rows), "statements.csv")


def _add_sources(app: FastAPI, rooms: Rooms, shelf: SourceList, desk: StatementSearch) -> None:
    @app.get("/sources")
    def standing(by: Login, search: str = "", state: str = "", page: int = 1) -> HTMLResponse:
        may = intake(rooms.keeper, by) if rooms.keeper else None
        web = web_html(rooms.feeds.news(), by) if rooms.feeds else ""
        return _html(sources.sources_room_html(shelf.standing(), Sought(search, state, max(page, 1)), may, web))

    @app.get("/article")
    def whole(name: str) -> HTMLResponse:
        article = desk.articles([name]).get(name)
        if article is None:
            return _html(bare_page("Not found", notice_html(f"The library holds no article {name}.")), 404)
        spoken = [span for statement in desk.in_article(name) for span in statement.content]
        return _html(source_page(article, None, spoken))


def _add_draft(
    app: FastAPI, verify: Callable[[str], Sequence[Checked]], desk: StatementSearch | None, *, opens_files: bool
) -> None:
    @app.get("/draft")
    def room() -> HTMLResponse:
        return _html(draft.draft_room_html(opens_files=opens_files))

    @app.post("/draft")
    def check(words: Annotated[str, Body(embed=True, alias="text")]) -> HTMLResponse:
        if len(words) > draft.DRAFT_LIMIT:
            return _html(notice_html(draft.TOO_LONG), 413)
        checked = verify(words)
        found = {quotation.found.source for quotation in checked if quotation.found}
        spoken = {source: desk.in_article(source) for source in found} if desk else {}
        return _html(draft.findings_html(words, checked, spoken))

    @app.post("/draft/checked.{form}")
    def save(
        form: Literal["docx", "md"],
        words: Annotated[str, Form(alias="text")],
        name: Annotated[str, Form()] = "",
    ) -> Response:
        text = words.replace("\r\n", "\n")
        if len(text) > draft.DRAFT_LIMIT:
            return _html(notice_html(draft.TOO_LONG), 413)
        write = exports.draft_docx if form == "docx" else exports.draft_markdown
        return _file(write(text, verify(text)), f"{Path(name).stem or 'Draft'}, checked.{form}")


def _add_correcting(app: FastAPI, correct: Callable[[str, str | None], object], desk: StatementSearch) -> None:
    @app.post("/record/speaker", status_code=204)
    def name(statement: Annotated[str, Body()], speaker: Annotated[str | None, Body()] = None) -> None:
        correct(statement, speaker)

    @app.get("/record/correction")
    def form(statement: str, source: str) -> HTMLResponse:
        return _html(statements.correction_html(statement, desk.recorded(Wanted(source=source))))

    @app.get("/record/statement")
    def single(statement: str, source: str) -> HTMLResponse:
        articles = desk.articles([source])
        recorded = desk.recorded(Wanted(source=source))
        return _html("".join(statements.statement_html(statement, recorded, article) for article in articles.values()))


def _html(fragment: str, status: int = 200) -> HTMLResponse:
    headers = {"Content-Security-Policy": BARE_POLICY, "Cache-Control": "no-store"}
    return HTMLResponse(fragment, status_code=status, headers=headers)


def _file(content: str | bytes, name: str) -> Response:
    """Returns a download with its name, also in ASCII for browsers that need it."""
    bare = re.sub(r"[/\\\x00-\x1f]+", "_", name)
    plain = re.sub(r"[^\w.() -]+", "_", bare.encode("ascii", "replace").decode()).strip("_ ")
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(bare, safe='')}"
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
    return Response(content, media_type=_MEDIA_TYPES[name.rpartition(".")[2]], headers=headers)


def intake(keeper: BackgroundIndexer, by: str | None) -> Intake:
    """Returns what a reader may change about the sources."""
    return Intake(keeper.formats, keeper.most_bytes, keeper.removable(by), keeper.news().watched)


def add_uploads(app: FastAPI, keeper: BackgroundIndexer) -> None:
    """Adds routes to upload and remove files and to follow indexing. A refused file is a normal result."""

    @app.post("/uploads")
    async def take(request: Request, by: Login, name: str) -> dict[str, Any]:
        try:
            taken = await received(request, lambda content: keeper.take(name, content, by))
        except OnrecordError as error:
            return {"state": "failed", "reason": str(error)}
        return {"state": taken.state, "source": taken.source, "notes": taken.notes}

    @app.delete("/uploads", status_code=204)
    def remove(by: Login, source: str) -> None:
        keeper.remove(source, by)

    @app.post("/sources/again", status_code=204)
    def read_again() -> None:
        keeper.read_again()

    @app.get("/sources/news")
    def news(of: Annotated[list[str] | None, Query()] = None) -> JSONResponse:
        came = {source: asdict(keeper.held(source)) for source in (of or ())[:50]}
        return JSONResponse(asdict(keeper.news()) | {"of": came}, headers={"Cache-Control": "no-store"})


def add_feeds(app: FastAPI, feeds: FeedRefresher) -> None:
    """Adds routes to fetch an address, and to refresh, time and remove feeds. An error is said by the page."""

    @app.get("/sources/web")
    def now(by: Login) -> HTMLResponse:
        return _html(web_html(feeds.news(), by))

    @app.post("/sources/web", status_code=204)
    def take(
        by: Login,
        address: Annotated[str, Body(max_length=_LONGEST_ADDRESS)],
        follow: Annotated[bool, Body()] = False,  # noqa: FBT002 - a field of the form
    ) -> None:
        feeds.fetch(Wish(address.strip(), follow, by=by))

    @app.post("/sources/web/refresh", status_code=204)
    def refresh(address: Annotated[str, Body(embed=True)] = "") -> None:
        feeds.refresh(address or None)

    @app.post("/sources/web/interval", status_code=204)
    def time(address: Annotated[str, Body()], hours: Annotated[int, Body()]) -> None:
        if hours not in INTERVALS:
            raise UsageError(f"A feed is refreshed every {', '.join(map(str, INTERVALS))} hours; choose one of them.")
        feeds.set_interval(address, hours or None)

    @app.delete("/sources/web", status_code=204)
    def remove(by: Login, address: str) -> None:
        feeds.unfollow(address, by)


def add_draft_files(app: FastAPI, read: Callable[[str, IO[bytes]], str]) -> None:
    """Adds the route that returns the text of a draft opened as a file."""

    @app.post("/draft/text")
    async def words(request: Request, name: str) -> dict[str, str]:
        try:
            return {"text": await received(request, lambda content: read(name, content))}
        except OnrecordError as error:
            return {"reason": f"{name} {error}."}


async def received(request: Request, make: Callable[[IO[bytes]], Made]) -> Made:
    """Applies `make` to a request's file in a separate thread, so that nobody else waits.

    Raises UnreadableFile if it breaks off or there is no room for it.
    """
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as content:
        try:
            async for piece in request.stream():
                content.write(piece)
        except ClientDisconnect as error:
            raise UnreadableFile("broke off on its way; hand it in again") from error
        except OSError as error:
            raise UnreadableFile(f"has no room on this machine ({error.strerror}); make some first") from error
        content.seek(0)
        return await anyio.to_thread.run_sync(make, cast("IO[bytes]", content))
