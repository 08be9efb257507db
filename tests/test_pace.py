"""How often one client may ask, by a clock that the test moves."""

from collections.abc import Callable
from functools import partial

from starlette.types import ASGIApp

from tests.test_safety import asked
from ui.middleware import RateLimit

JOIN = "/gradio_api/queue/join"
ASKING = ("POST", JOIN)


class Clock:
    """A clock that stands still until it is moved."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def paced(clock: Clock, most: int) -> Callable[[ASGIApp], ASGIApp]:
    """One middleware for all requests, over whatever application."""
    made: list[RateLimit] = []

    def around(app: ASGIApp) -> ASGIApp:
        made[:] = made or [RateLimit(app, ASKING, most, clock)]
        return made[0]

    return around


def test_whoever_asks_too_often_is_told_when_to_come_back_and_may() -> None:
    clock = Clock()
    ask = partial(asked, paced(clock, 2), JOIN)
    assert [ask().status, ask().status] == [200, 200]
    clock.now += 20
    refused = ask()
    assert (refused.status, refused.headers["retry-after"]) == (429, "41")
    assert b"ask again in 41 seconds" in refused.body
    clock.now += 41
    assert ask().status == 200


def test_whatever_is_no_question_is_not_counted() -> None:
    around = paced(Clock(), 1)
    assert [asked(around, "/record").status for _ in range(3)] == [200, 200, 200]
    assert asked(around, JOIN).status == 200


def test_one_client_takes_nothing_from_another() -> None:
    pace = RateLimit(lambda *_: None, ASKING, 1, Clock())  # type: ignore[arg-type] # never called
    assert [pace._pause("ada"), pace._pause("bo")] == [0, 0]
    assert pace._pause("ada") == 61
