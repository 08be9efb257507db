"""What the page is made of: the parts that its routes and its widgets share, and who is asking."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, TypedDict, cast

from starlette.requests import Request

from ui.chat import Assistant
from ui.draft import Checked
from ui.feedback import Feedback
from ui.history import History
from ui.people import People

if TYPE_CHECKING:
    from rag import Desk, Keeper, Shelf


class Parts(TypedDict, total=False):
    """The parts that a page may do without."""

    desk: Desk | None
    people: People | None
    verify: Callable[[str], Sequence[Checked]] | None
    correct: Callable[[str, str | None], object] | None
    shelf: Shelf | None
    keeper: Keeper | None
    read_draft: Callable[[str, IO[bytes]], str] | None


@dataclass(frozen=True, slots=True)
class Rooms:
    """The parts of one running page. What there is no part for, there is no room for.

    `people` tell who is who; `verify` says of every quotation in a text how it stands; `correct` names the speaker of a
    statement by its id; `keeper` takes files in; `read_draft` gives the text of a file, by its name and its bytes.
    """

    assistant: Assistant
    history: History
    feedback: Feedback
    desk: Desk | None = None
    people: People | None = None
    verify: Callable[[str], Sequence[Checked]] | None = None
    correct: Callable[[str, str | None], object] | None = None
    shelf: Shelf | None = None
    keeper: Keeper | None = None
    read_draft: Callable[[str, IO[bytes]], str] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The rooms that there are, in their order."""
        there = {"ask": True, "record": self.desk, "draft": self.verify, "sources": self.shelf, "help": True}
        return tuple(room for room, part in there.items() if part)


def visitor(request: Request) -> str:
    """Who is asking; found out by `ui.visitors` before any route is reached."""
    return cast("str", request.scope["visitor"])
