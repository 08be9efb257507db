"""How often one client may ask: whoever asks faster than people do is told to wait, so that nobody else has to."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Final

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

A_MINUTE: Final = 60
"""Questions of one client that are taken in a minute."""

_MINUTE: Final = 60.0
_ASKING: Final = ("POST", "/gradio_api/queue/join")


class Pace:
    """ASGI middleware: of the questions of one login, else of one address, no more than `most` a minute are taken."""

    def __init__(self, app: ASGIApp, most: int = A_MINUTE, clock: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._most = most
        self._clock = clock
        self._asked: defaultdict[str, deque[float]] = defaultdict(deque)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets the question pass, or says when the next one may come."""
        if scope["type"] == "http" and (scope["method"], scope["path"]) == _ASKING:
            pause = self._pause(scope.get("login") or (scope.get("client") or ("",))[0])
            if pause:
                said = {"detail": f"More than {self._most} questions in a minute; ask again in {pause} seconds."}
                await JSONResponse(said, 429, {"Retry-After": str(pause)})(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _pause(self, client: str) -> int:
        """Seconds until the client may ask again; 0 if now, which counts as asked."""
        now = self._clock()
        for known in [one for one, times in self._asked.items() if times[-1] <= now - _MINUTE]:
            del self._asked[known]
        times = self._asked[client]
        while times and times[0] <= now - _MINUTE:
            times.popleft()
        if len(times) >= self._most:
            return int(times[0] + _MINUTE - now) + 1
        times.append(now)
        return 0
