"""Serves the part of the Sources room that adds articles and feeds by their addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, cast

from fastapi import Body, FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup

from rag import Wish
from rag.core.errors import UsageError
from ui.middleware import BARE_POLICY
from ui.views.feeds import INTERVALS, web_html

if TYPE_CHECKING:
    from rag import FeedRefresher

_LONGEST: Final = 2_000
"""Characters of an address."""
_DONE: Final = 204


def web_intake(feeds: FeedRefresher, by: str | None) -> Markup:
    """Renders what can be added from the web, what is followed and what was fetched lately."""
    return web_html(feeds.news(), by)


def add_feeds(app: FastAPI, feeds: FeedRefresher) -> None:
    """Adds routes to fetch an address, and to refresh, time and remove feeds. An error is said by the page."""

    @app.get("/sources/web")
    def now(request: Request) -> HTMLResponse:
        headers = {"Content-Security-Policy": BARE_POLICY, "Cache-Control": "no-store"}
        return HTMLResponse(web_intake(feeds, _login(request)), headers=headers)

    @app.post("/sources/web")
    def take(
        request: Request,
        address: Annotated[str, Body(max_length=_LONGEST)],
        follow: Annotated[bool, Body()] = False,  # noqa: FBT002 - a field of the form
    ) -> Response:
        feeds.fetch(Wish(address.strip(), follow, by=_login(request)))
        return Response(status_code=_DONE)

    @app.post("/sources/web/refresh")
    def refresh(address: Annotated[str, Body(embed=True)] = "") -> Response:
        feeds.refresh(address or None)
        return Response(status_code=_DONE)

    @app.post("/sources/web/interval")
    def time(address: Annotated[str, Body()], hours: Annotated[int, Body()]) -> Response:
        if hours not in INTERVALS:
            raise UsageError(f"A feed is refreshed every {', '.join(map(str, INTERVALS))} hours; choose one of them.")
        feeds.set_interval(address, hours or None)
        return Response(status_code=_DONE)

    @app.delete("/sources/web")
    def remove(request: Request, address: str) -> Response:
        feeds.unfollow(address, _login(request))
        return Response(status_code=_DONE)


def _login(request: Request) -> str | None:
    return cast("str | None", request.scope.get("login"))
