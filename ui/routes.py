"""The page's own addresses: sources, conversations, the record. It turns requests into verbs and knows no HTML."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

from fastapi import Body, Depends, FastAPI, Request
from fastapi import Path as InPath
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, Response
from fastapi.staticfiles import StaticFiles

from rag import Desk, Shelf, Wanted
from rag.core import Answer, Statement
from rag.core.errors import LibraryError, OnrecordError
from ui import copies, draft, frame, record, render, sheets
from ui import help as guidance
from ui import shelf as sources
from ui.chat import REMEMBERED, Assistant, turns
from ui.draft import Checked
from ui.feedback import Judgement
from ui.history import UnknownConversation
from ui.onward import next_questions
from ui.people import head_html
from ui.record import Filters
from ui.rooms import Rooms, visitor
from ui.safety import BARE_POLICY
from ui.shelf import Sought
from ui.source import bare_page, notice_html, parse_span, source_page
from ui.uploads import add_draft_files, add_uploads, intake, login_of

_HERE = Path(__file__).parent
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
Visitor = Annotated[str, Depends(visitor)]
Number = Annotated[int, InPath(ge=1, le=1_000_000_000)]


def add_routes(app: FastAPI, rooms: Rooms) -> None:
    """All of them."""
    _add_house(app, rooms.assistant, rooms.desk, corrects=bool(rooms.correct and rooms.desk))
    _add_conversations(app, rooms)
    _add_exchanges(app, rooms)
    if rooms.desk:
        _add_record(app, rooms, rooms.desk)
    if rooms.shelf and rooms.desk:
        _add_sources(app, rooms, rooms.shelf, rooms.desk)
    if rooms.keeper:
        add_uploads(app, rooms.keeper)
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


def _add_house(app: FastAPI, assistant: Assistant, desk: Desk | None, *, corrects: bool) -> None:
    @app.get("/healthz")
    def healthz() -> JSONResponse:
        return JSONResponse({"status": "ok", "articles": assistant.summary().articles})

    @app.get("/greeting")
    def greeting(request: Request) -> JSONResponse:
        state, welcome = greet(assistant)
        login = request.scope.get("login")
        return JSONResponse({"state": state, "welcome": welcome, "corrects": corrects, "login": login})

    @app.get("/help")
    def guide() -> HTMLResponse:
        return _html(guidance.room_html())

    @app.get("/page/style.css")
    def style() -> FileResponse:
        return FileResponse(_HERE / "style.css", headers={"Cache-Control": "no-cache"})

    @app.get("/source")
    def source(name: str, at: str, also: str = "", digest: str = "") -> HTMLResponse:
        spoken = desk.in_article(name) if desk else ()
        page, status = _source(assistant, name, (at, *filter(None, also.split(","))), digest, spoken)
        return HTMLResponse(page, status_code=status, headers={"Content-Security-Policy": BARE_POLICY})

    @app.get("/text")
    def alone(name: str) -> PlainTextResponse:
        headers = {"Content-Security-Policy": f"{BARE_POLICY}; sandbox"}
        return PlainTextResponse(assistant.article(name).text, headers=headers)

    app.mount("/page", StaticFiles(directory=_HERE / "static"))


def greet(assistant: Assistant) -> tuple[str, str]:
    """What the page shows before anything is asked: the state in its head, and what the library holds."""
    name, host = assistant.writer.name, getattr(assistant.writer, "host", None)  # one that writes here has none
    try:
        summary = assistant.summary()
    except OnrecordError as error:
        return render.state_html(None, name), notice_html(str(error))
    return render.state_html(summary, name, host), render.welcome_html(summary)


def _source(
    assistant: Assistant, name: str, spans: Sequence[str], digest: str, spoken: Sequence[Statement]
) -> tuple[str, int]:
    """The page that shows a slice of an article, or says why it cannot; and its HTTP status."""
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
        return _html(frame.listing_html(history.listing(who, search), search))

    @app.get("/conversations/{name}.{form}")
    def export(who: Visitor, name: str, form: str) -> Response:
        title, exchanges = history.title(who, name), history.exchanges(who, name)
        if form == "md":
            return _file(copies.conversation_markdown(title, exchanges), "text/markdown", "conversation.md")
        if form == "csv":
            return _file(sheets.csv_text(sheets.COLUMNS, sheets.rows(exchanges)), "text/csv", "quotes.csv")
        if form == "json":
            return _file(sheets.json_text(title, exchanges), "application/json", "answers.json")
        if form == "docx":
            return _file(sheets.docx_bytes(title, exchanges), _DOCX, "quotes.docx")
        return _html(notice_html("A conversation is saved as .md, .docx, .csv or .json."), 404)

    @app.get("/conversations/{name}")
    def reopen(who: Visitor, name: str) -> HTMLResponse:
        return _html(render.conversation_html(history.exchanges(who, name, REMEMBERED), name))

    @app.post("/conversations/{name}/title")
    def rename(who: Visitor, name: str, title: Annotated[str, Body(embed=True)]) -> Response:
        history.rename(who, name, title)
        return Response(status_code=204)

    @app.delete("/conversations/{name}")
    def delete(who: Visitor, name: str) -> Response:
        history.delete(who, name)
        return Response(status_code=204)


def _add_exchanges(app: FastAPI, rooms: Rooms) -> None:
    def answer_of(who: str, name: str, number: int) -> Answer:
        found = rooms.history.exchange(who, name, number).answer
        if found is None:
            raise UnknownConversation
        return found

    @app.get("/conversations/{name}/{number}/copy")
    def copy(who: Visitor, name: str, number: Number, form: str = "plain") -> PlainTextResponse:
        answer = answer_of(who, name, number)
        return PlainTextResponse(copies.markdown(answer) if form == "markdown" else copies.plain(answer))

    @app.get("/conversations/{name}/{number}/next")
    def onward(who: Visitor, name: str, number: Number) -> HTMLResponse:
        answer = answer_of(who, name, number)
        before = turns(rooms.history.exchanges(who, name, REMEMBERED))
        return _html(render.next_html(next_questions(rooms.assistant, answer, before)))

    @app.post("/conversations/{name}/{number}/judgement")
    def judge(who: Visitor, name: str, number: Number, judgement: Annotated[Judgement, Body(embed=True)]) -> Response:
        rooms.feedback.keep(answer_of(who, name, number), judgement)
        return Response(status_code=204)


def _add_record(app: FastAPI, rooms: Rooms, desk: Desk) -> None:
    @app.get("/record")
    def statements(filters: Annotated[Filters, Depends()], page: int = 1) -> HTMLResponse:
        try:
            recorded = desk.recorded(filters.wanted)
        except ValueError:
            return _html(notice_html("A day is written as 2024-03-31."), 422)
        articles = desk.articles(record.shown_sources(filters, recorded, page))
        if page > 1:
            return _html(record.page_html(filters, recorded, articles, page))
        name = " ".join(filters.by.split())
        head = head_html(rooms.people, name) if rooms.people and name else ""
        return _html(record.room_html(filters, recorded, articles, rooms.assistant.summary(), head))

    @app.get("/record.csv")
    def table(filters: Annotated[Filters, Depends()]) -> Response:
        rows = desk.rows(record.in_order(desk.recorded(filters.wanted), filters))
        return _file(sheets.csv_text(desk.columns, rows), "text/csv", "statements.csv")


def _add_sources(app: FastAPI, rooms: Rooms, shelf: Shelf, desk: Desk) -> None:
    @app.get("/sources")
    def standing(request: Request, search: str = "", state: str = "", page: int = 1) -> HTMLResponse:
        may = intake(rooms.keeper, login_of(request)) if rooms.keeper else None
        return _html(sources.room_html(shelf.standing(), Sought(search, state, max(page, 1)), may))

    @app.get("/article")
    def whole(name: str) -> HTMLResponse:
        article = desk.articles([name]).get(name)
        if article is None:
            return _html(bare_page("Not found", notice_html(f"The library holds no article {name}.")), 404)
        spoken = [span for one in desk.in_article(name) for span in one.content]
        return _html(source_page(article, None, spoken))


def _add_draft(
    app: FastAPI, verify: Callable[[str], Sequence[Checked]], desk: Desk | None, *, opens_files: bool
) -> None:
    @app.get("/draft")
    def room() -> HTMLResponse:
        return _html(draft.room_html(opens_files=opens_files))

    @app.post("/draft")
    def check(words: Annotated[str, Body(embed=True, alias="text")]) -> HTMLResponse:
        if len(words) > draft.DRAFT_LIMIT:
            too_long = f"A draft may have {draft.DRAFT_LIMIT:,} characters; check it in parts."
            return _html(notice_html(too_long), 413)
        checked = verify(words)
        sources = {one.found.source for one in checked if one.found}
        spoken = {source: desk.in_article(source) for source in sources} if desk else {}
        return _html(draft.findings_html(checked, spoken))


def _add_correcting(app: FastAPI, correct: Callable[[str, str | None], object], desk: Desk) -> None:
    @app.post("/record/speaker")
    def name(statement: Annotated[str, Body()], speaker: Annotated[str | None, Body()] = None) -> Response:
        correct(statement, speaker)
        return Response(status_code=204)

    @app.get("/record/correction")
    def form(statement: str, source: str) -> HTMLResponse:
        return _html(record.correction_html(statement, desk.recorded(Wanted(source=source))))

    @app.get("/record/statement")
    def single(statement: str, source: str) -> HTMLResponse:
        articles = desk.articles([source])
        recorded = desk.recorded(Wanted(source=source))
        return _html("".join(record.statement_html(statement, recorded, one) for one in articles.values()))


def _html(fragment: str, status: int = 200) -> HTMLResponse:
    headers = {"Content-Security-Policy": BARE_POLICY, "Cache-Control": "no-store"}
    return HTMLResponse(fragment, status_code=status, headers=headers)


def _file(content: str | bytes, kind: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=kind, headers=headers)
