"""A chat model that fails in every way there is, behind the real page: an answer all the same, a plain note, no key."""

import logging
import socket
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from rag.library.reply_cache import Replies
from tests.faults.app_parts import KEY, Tally, assistant_over, exported, indexed, page_over, shown, thread_in
from tests.faults.rows import Row, Trials, Tried
from tests.openai_double import Cut, Fault, Hang, OpenAIDouble, Reply, Reset, failing, saying
from tests.processes import REPOSITORY
from tests.visitor import Visitor

QUESTION = "What did Lavrov say about the EU?"
LONGEST = 30.0
MOST_CALLS = 3
HUGE = 100_000_000
EVENTS = "text/event-stream"
TRUE = "Sergei Lavrov said that the decision is a sovereign decision [1]. "


def _event(text: str) -> bytes:
    return saying(text, size=len(text)).parts[1]


_REFUSAL = f'data: {{"error": {{"message": "{KEY}"}}}}\n\n'.encode()

FAULTS: Mapping[str, tuple[Fault, ...]] = {
    "refused key": (failing(401, f"Incorrect API key provided: {KEY}."),),
    "forbidden": (failing(403, f"{KEY} may not."),),
    "no such model": (failing(404, f"No model for {KEY}."),),
    "bad request": (failing(400, f"{KEY}"),) * MOST_CALLS,
    "busy": (failing(429),) * MOST_CALLS,
    "busy for a second": (failing(429, retry_after="1"),) * MOST_CALLS,
    "busy for an hour": (failing(429, retry_after="3600"),) * MOST_CALLS,
    "busy until a day": (failing(429, retry_after="Wed, 21 Oct 2099 07:28:00 GMT"),) * MOST_CALLS,
    "broken three times": (failing(500, KEY),) * MOST_CALLS,
    "away once": (failing(503),),
    "hung up": (Reset(),) * MOST_CALLS,
    "hangs": (Hang(600),) * MOST_CALLS,
    "trickles": (saying("The pier is long. " * 500, size=1, pause=0.5),) * MOST_CALLS,
    "cut": (Cut(900),),
    "cut in a header": (Cut(1),) * MOST_CALLS,
    "no stream": (Reply((b"not json",)),) * MOST_CALLS,
    "a page": (Reply((b"<html>busy</html>",), content_type="text/html"),) * MOST_CALLS,
    "malformed stream": (Reply((_event("The pier"), b"data: {not json}\n\n"), content_type=EVENTS),),
    "another type": (Reply((b'data: {"choices": 5}\n\n',), content_type=EVENTS),),
    "no choices": (Reply((b'data: {"choices": []}\n\ndata: [DONE]\n\n',), content_type=EVENTS),),
    "an error in the stream": (Reply((_REFUSAL,), content_type=EVENTS),),
    "empty": (Reply((b"",), content_type=EVENTS),),
    "says nothing": (saying(""),) * MOST_CALLS,
    "no UTF-8": (Reply((b'data: {"choices": [{"delta": {"content": "\xff\xfe"}}]}\n\n',), content_type=EVENTS),),
    "100 MB in small pieces": (saying("word " * (HUGE // 50), size=100_000),),
    "100 MB in one piece": (Reply((_event("word " * (HUGE // 5)), b"data: [DONE]\n\n"), content_type=EVENTS),),
    "100 MB without an end": (Reply((b"data: " + b"x" * HUGE,), content_type=EVENTS),),
    "one sentence without an end": (saying("on and " * 100_000, size=5_000),),
    "moved away": (Reply((b"",), 302, headers={"Location": "http://127.0.0.1:1/v1/chat/completions"}),) * MOST_CALLS,
}  # fmt: skip
PASSING = {"away once"}
"""Faults that pass within the tries that a question may cost."""
SLOW = {"hangs", "trickles", "100 MB in one piece", "100 MB without an end", "100 MB in small pieces"}


@dataclass(frozen=True, slots=True)
class _Bench:
    """A page over a real library, the double behind it, the library's folder, and what was logged."""

    visitor: Visitor
    double: OpenAIDouble
    data: Path
    logged: list[str]


def model(trials: Trials) -> Tried:
    """Tries each fault once or several times; the slow ones only if there is time for all."""
    tally, data = Tally(), trials.data
    indexed(REPOSITORY / "seeds", data)
    names = [name for name in FAULTS if trials.count >= len(FAULTS) or name not in SLOW][: trials.count]
    longest = 0.0
    with ExitStack() as opened:
        double = opened.enter_context(OpenAIDouble())
        double.routes["/v1/chat/completions"] = lambda _: saying(TRUE)
        assistant = opened.enter_context(assistant_over(data, double))
        visitor = Visitor(opened.enter_context(page_over(assistant, data)))
        logged = opened.enter_context(_Log())
        bench = _Bench(visitor, double, data, logged.lines)
        for number, name in enumerate(names):
            double.faults.clear()
            double.faults.extend(FAULTS[name])
            longest = max(longest, _tried(bench, name, f"fault{number}", tally))
    for name, address in (("nobody there", _closed()), ("no such name", "http://no-such-host.invalid/v1")):
        _elsewhere(data, name, address, tally)
    _controls(tally)
    return tally.tried(f"{len(names) + 2} faults", f"longest {longest:.1f} s")


def _tried(bench: _Bench, name: str, session: str, tally: Tally) -> float:
    before, start = len(bench.double.requests), time.monotonic()
    steps = bench.visitor.ask(QUESTION, session)
    took, calls = time.monotonic() - start, len(bench.double.requests) - before
    answer = exported(bench.visitor, thread_in(steps))
    for fault in _wrong(answer, took, calls, passes=name in PASSING):
        tally.note(f"{name}: {fault}" if fault else None)
    Replies(bench.data / "library.sqlite").forget()
    seen = shown(steps) + repr(answer) + "".join(bench.logged) + bench.visitor.get("sources").text
    tally.note(f"{name}: the key is shown" if tells_the_key(seen, bench.data) else None)
    return took


def _wrong(answer: Mapping[str, Any], took: float, calls: int, *, passes: bool = False) -> list[str | None]:
    notes = " ".join(answer["notes"])
    plain = not any(word in notes for word in ("Traceback", "Error(", "{", "<")) and notes.count(".") < 12
    return [
        None if answer["status"] == "answered" and answer["citations"] else "no answer was given",
        None
        if passes or answer["writer"] == "offline" or answer["withheld"] or "broke off" in notes
        else f"by {answer['writer']}",
        None if passes or "offline" in notes or "broke off" in notes else f"nothing is said of it: {notes}",
        None if plain else f"the note is not plain: {notes}",
        None if took <= LONGEST else f"it took {took:.0f} s",
        None if calls <= MOST_CALLS else f"{calls} requests",
    ]


def _elsewhere(data: Path, name: str, address: str, tally: Tally) -> None:
    """Asks with an address where no server is."""
    named = {"ONRECORD_MODEL": "openai:double", "OPENAI_BASE_URL": address, "OPENAI_API_KEY": KEY}
    with assistant_over(data, None, **named) as assistant:
        start = time.monotonic()
        answer = assistant.ask(QUESTION)
    fits = answer.writer == "offline" and any("cannot be reached" in note for note in answer.notes)
    tally.note(None if fits and time.monotonic() - start < LONGEST else f"{name}: {answer.writer}, {answer.notes}")


def tells_the_key(seen: str, data: Path) -> bool:
    """Whether the key stands in what was seen, or in any file of the library's folder."""
    files = (path for path in data.rglob("*") if path.is_file())
    return KEY in seen or any(KEY.encode() in path.read_bytes() for path in files)


class _Log:
    """All that is logged meanwhile, however small."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._handler = logging.Handler(logging.DEBUG)
        self._handler.emit = self._keep  # type: ignore[method-assign] # a handler is that one method

    def __enter__(self) -> Self:
        root = logging.getLogger()
        self._level = root.level
        root.addHandler(self._handler)
        root.setLevel(logging.DEBUG)
        return self

    def __exit__(self, *_: object) -> None:
        root = logging.getLogger()
        root.removeHandler(self._handler)
        root.setLevel(self._level)

    def _keep(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.getMessage()} {record.exc_info or ''}"[:2_000])


def _closed() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/v1"


def _controls(tally: Tally) -> None:
    good: dict[str, Any] = {
        "status": "answered",
        "citations": [1],
        "writer": "offline",
        "withheld": [],
        "notes": ["It was put together offline."],
    }
    bad: dict[str, list[str | None]] = {
        "an answer by nobody": _wrong({**good, "citations": []}, 1, 1),
        "a note that repeats an error": _wrong({**good, "notes": ["APIError({'error'}) offline"]}, 1, 1),
        "an answer without a note": _wrong({**good, "notes": []}, 1, 1),
        "an hour's wait": _wrong(good, 3_600, 1),
        "ten requests": _wrong(good, 1, 10),
    }
    for name, wrong in bad.items():
        tally.control(name, caught=any(wrong))
    tally.control("a key in a note", caught=tells_the_key(f"refused {KEY}", Path("nowhere")))


ROWS = (
    Row(
        "model",
        "answered ≤ 30 s by ≤ 3 calls with a plain note, offline or marked incomplete, 0 keys",
        60,
        model,
        waits=True,
    ),
)
