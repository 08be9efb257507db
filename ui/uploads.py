"""The addresses by which files come in, go, and are told of. It knows no HTML but the sentence of a refusal."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from typing import IO, Annotated, Final, TypeVar, cast

import anyio
from fastapi import FastAPI, Query, Request
from fastapi.responses import JSONResponse, Response
from starlette.requests import ClientDisconnect

from rag import Keeper
from rag.core.errors import OnrecordError, UnreadableFile
from ui.shelf import Intake

IN_MEMORY: Final = 1_000_000
"""Bytes of a file on its way that are kept in memory; what is larger waits on disk."""

Made = TypeVar("Made")


def login_of(request: Request) -> str | None:
    """Who has logged in; None where nobody does."""
    return cast("str | None", request.scope.get("login"))


def intake(keeper: Keeper, by: str | None) -> Intake:
    """What a reader may do about the sources."""
    return Intake(keeper.formats, keeper.most_bytes, keeper.removable(by), keeper.news().watched)


def add_uploads(app: FastAPI, keeper: Keeper) -> None:
    """Files in, files out, and how the reading of them goes. That a file is refused is a result like any other."""

    @app.post("/uploads")
    async def take(request: Request, name: str) -> JSONResponse:
        by = login_of(request)
        try:
            taken = await received(request, lambda content: keeper.take(name, content, by))
        except OnrecordError as error:
            return JSONResponse({"state": "failed", "reason": str(error)})
        return JSONResponse({"state": taken.state, "source": taken.source, "notes": taken.notes})

    @app.delete("/uploads")
    def remove(request: Request, source: str) -> Response:
        keeper.remove(source, login_of(request))
        return Response(status_code=204)

    @app.post("/sources/again")
    def read_again() -> Response:
        keeper.read_again()
        return Response(status_code=204)

    @app.get("/sources/news")
    def news(of: Annotated[list[str] | None, Query()] = None) -> JSONResponse:
        now = keeper.news()
        step = now.step and {"done": now.step.done, "total": now.step.total, "source": now.step.source}
        held = {source: keeper.held(source) for source in (of or ())[:50]}
        came = {
            source: {"articles": one.articles, "statements": one.statements, "reason": one.reason}
            for source, one in held.items()
        }
        told = {"busy": now.busy, "step": step, "trouble": now.trouble, "state": now.state, "watched": now.watched}
        return JSONResponse({**told, "of": came}, headers={"Cache-Control": "no-store"})


def add_draft_files(app: FastAPI, read: Callable[[str, IO[bytes]], str]) -> None:
    """The text of a draft that is opened as a file, to be checked as any other."""

    @app.post("/draft/text")
    async def words(request: Request, name: str) -> JSONResponse:
        try:
            return JSONResponse({"text": await received(request, lambda content: read(name, content))})
        except OnrecordError as error:
            return JSONResponse({"reason": f"{name} {error}."})


async def received(request: Request, make: Callable[[IO[bytes]], Made]) -> Made:
    """What is made of the file that a request brings, in a thread beside, so that nobody else waits for it.

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
