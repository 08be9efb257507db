"""What the page is made of: the parts that its routes and its widgets share, and who is asking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from starlette.requests import Request

from ui.chat import Assistant
from ui.feedback import Feedback
from ui.history import History

if TYPE_CHECKING:
    from rag import Desk


@dataclass(frozen=True, slots=True)
class Rooms:
    """The parts of one running page. Without a `desk` there is no room for the whole record."""

    assistant: Assistant
    history: History
    feedback: Feedback
    desk: Desk | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The rooms that there are, in their order."""
        return ("ask", "record") if self.desk else ("ask",)


def visitor(request: Request) -> str:
    """Who is asking; found out by `ui.visitors` before any route is reached."""
    return cast("str", request.scope["visitor"])
