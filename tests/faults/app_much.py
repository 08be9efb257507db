"""Too much of everything: refused politely and at once, nobody else harmed, and the memory stays where it was."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

from pydantic import TypeAdapter

from rag import Assistant, Settings
from rag.answering.writing.context import estimated_tokens
from rag.core import Turn
from tests.faults.app_parts import Tally, assistant_over, indexed, page_of_seeds, seconds_of, shown, thread_in
from tests.faults.rows import Row, Trials, Tried
from tests.openai_double import OpenAIDouble, saying
from tests.processes import REPOSITORY
from tests.visitor import Reply, Visitor
from ui.chat import Exchange
from ui.middleware import A_MINUTE, visitor_of
from ui.storage import History

QUESTION = "What did Lavrov say about the EU?"
AT_ONCE = 0.2
"""Seconds in which a refusal must be there, the quickest of `TRIES`: the others met who else uses the processor."""
TRIES = 5
PATIENT = 5.0
"""Seconds that anybody else may wait for an answer meanwhile."""
GROWTH = 150
"""Megabytes by which the process may be larger afterwards."""
CAP = Settings().model_tokens
JSON = {"Content_Type": "application/json"}


def much(trials: Trials) -> Tried:
    tally, data = Tally(), trials.data
    indexed(REPOSITORY / "seeds", data)
    figures = [_long_prompt(data, trials.count, tally)]
    with ExitStack() as opened:
        visitor = Visitor(opened.enter_context(page_of_seeds(trials, a_minute=A_MINUTE)))
        visitor.ask(QUESTION, "warm")
        before = _megabytes()
        figures += _refused(visitor, tally)
        figures.append(_long_talk(visitor, data, trials.count, tally))
        figures.append(_flood(visitor.address, trials.count // 20, tally))
        grown = _megabytes() - before
    tally.note(f"the process grew by {grown:.0f} MB" if grown > GROWTH else None)
    _controls(tally)
    return tally.tried(*figures, f"grew by {grown:.0f} MB")


def _requests(visitor: Visitor) -> dict[str, Callable[[], Reply]]:
    """What is too much in one request; each must be refused with a 4xx status, or a sentence."""
    nested = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    brackets = "(" * 50_000 + ")" * 50_000

    def sent(path: str, body: bytes) -> Callable[[], Reply]:
        return lambda: visitor.get(path, body, **JSON)

    def asked(words: str) -> Callable[[], Reply]:
        return lambda: Reply(413, {}, shown(visitor.ask(words, f"much{len(words)}{time.monotonic()}")))

    return {
        "a question of 1 MB": lambda: visitor.join("x" * 1_000_000, "mega"),
        "a question of 10 MB": lambda: visitor.join("x" * 10_000_000, "deca"),
        "a question of 900 kB": asked("why " * 225_000),
        "100,000 brackets": asked(brackets),
        "100,000 words": asked("Lavrov " * 100_000),
        "nested JSON to the queue": sent("gradio_api/queue/join", nested[: 900_000]),
        "nested lists to the queue": sent("gradio_api/queue/join", b"[" * 100_000 + b"]" * 100_000),
        "nested lists to cancel": sent("gradio_api/cancel", b"[" * 100_000 + b"]" * 100_000),
        "nested lists as a draft": sent("draft", b"[" * 100_000 + b"]" * 100_000),
        "a draft of 900 kB": sent("draft", json.dumps({"text": "“" * 300_000}).encode()[:999_999]),
        "nested lists as a speaker": sent("record/speaker", b"[" * 100_000 + b"]" * 100_000),
        "an address of 60 kB": lambda: visitor.get(f"record?about={'x' * 60_000}"),
        "a cookie of 60 kB": lambda: visitor.get("conversations", Cookie=f"onrecord={'x' * 60_000}"),
        "a page of 10^30": lambda: visitor.get(f"record?page={10**30}"),
    }  # fmt: skip


def _refused(visitor: Visitor, tally: Tally) -> Iterator[str]:
    slowest = 0.0
    for name, send in _requests(visitor).items():
        took = []
        for _ in range(TRIES):
            start = time.monotonic()
            reply = _reply_or_end(send)
            took.append(time.monotonic() - start)
            rude = reply.status >= 500 or any(words in reply.text for words in ("Traceback", "Something went wrong"))
            tally.note(f"{name}: {reply.status}" if rude else None)
        slowest = max(slowest, min(took))
        tally.note(f"{name} took {min(took):.2f} s" if min(took) > AT_ONCE else None)
    yield f"refused in at most {slowest * 1_000:.0f} ms"


def _reply_or_end(send: Callable[[], Reply]) -> Reply:
    """Gives the reply; a server that hangs up has refused the request, too."""
    try:
        return send()
    except ConnectionError:
        return Reply(413, {}, "")


def _long_talk(visitor: Visitor, data: Path, turns: int, tally: Tally) -> str:
    history, owner = History(data), visitor_of(visitor.visitor)
    thread = thread_in(visitor.ask(QUESTION, "long"))
    (first,) = history.exchanges(owner, thread)
    last = turns // 2
    rows = (
        (thread, number, TypeAdapter(Exchange).dump_json(replace(first, number=number)).decode())
        for number in range(2, last + 1)
    )
    with history._open() as connection:  # one by one, each of them would wait for the disk
        connection.executemany("INSERT INTO exchange (conversation, number, content) VALUES (?, ?, ?)", rows)
    took = {
        "asked on": seconds_of(lambda: visitor.ask("And what did Peskov say?", "longer", thread)),
        "drawn": seconds_of(lambda: visitor.get(f"conversations/{thread}")),
        "copied": seconds_of(lambda: visitor.get(f"conversations/{thread}/{last}/copy")),
        "listed": seconds_of(lambda: visitor.get("conversations")),
    }
    for name, seconds in took.items():
        tally.note(f"{turns} turns are {name} in {seconds:.1f} s" if seconds > PATIENT / 5 else None)
    return f"{turns:,} turns " + ", ".join(f"{name} {seconds:.2f} s" for name, seconds in took.items())


def _long_prompt(data: Path, turns: int, tally: Tally) -> str:
    """Hands over so long a conversation that the prompt must be capped."""
    told = tuple(Turn("user" if number % 2 == 0 else "assistant", "word " * 40) for number in range(turns))
    with OpenAIDouble() as double, assistant_over(data, double) as assistant:
        double.routes["/v1/chat/completions"] = lambda _: saying("The articles do not say.")
        took = seconds_of(lambda: _asked(assistant, told))
        sent = sum(estimated_tokens(one["content"]) for call in double.requests[-1:] for one in call.body["messages"])
    tally.note(None if 0 < sent <= CAP else f"a prompt of {sent} tokens after {turns} turns")
    return f"prompt of {sent:,} tokens after {turns:,} turns in {took:.1f} s"


def _asked(assistant: Assistant, told: tuple[Turn, ...]) -> None:
    assistant.ask(QUESTION, told)


def _flood(address: str, count: int, tally: Tally) -> str:
    """Has one client ask very often while another asks once and is answered."""
    flooding = Visitor(address, "f" * 43)
    with ThreadPoolExecutor(16) as many:
        began = time.monotonic()
        joined = [many.submit(_timed, flooding, number) for number in range(count)]
        waited = [seconds_of(partial(_other, address, number, tally)) for number in range(5)]
        replies = [one.result() for one in joined]
        lasted = time.monotonic() - began
    refused = [seconds for status, seconds in replies if status in {429, 503}]
    broken = [status for status, _ in replies if status not in {200, 429, 503}]
    tally.note(f"a flood is met by {sorted(set(broken))}" if broken else None)
    tally.note(f"{count} requests in {lasted:.0f} s are all taken" if count > 100 and not refused else None)
    tally.note(f"another waits {max(waited):.1f} s" if max(waited) > PATIENT else None)
    return f"{len(refused)} of {count} at once refused, another waits {max(waited):.1f} s"


def _timed(visitor: Visitor, number: int) -> tuple[int, float]:
    start = time.monotonic()
    return visitor.join(QUESTION, f"flood{number}").status, time.monotonic() - start


def _other(address: str, number: int, tally: Tally) -> None:
    """Notes whether another visitor is answered."""
    tally.note(_answered(address, number))


def _answered(address: str, number: int) -> str | None:
    other = Visitor(address, f"{number}" * 43, comes_from="127.0.0.2")
    joined = other.join(QUESTION, f"other{number}")
    if joined.status != 200:
        return f"another is refused meanwhile ({joined.status})"
    return None if "Lavrov" in shown(other.steps(f"other{number}")) else "another is not answered"


def _megabytes() -> float:
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="utf-8").splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1_000 for line in lines if line.startswith("VmRSS")), 0.0)


def _controls(tally: Tally) -> None:
    before = _megabytes()
    kept = b"x" * (2 * GROWTH * 1_000_000)
    tally.control(
        "a process that keeps what it is sent", caught=not before or _megabytes() - before > GROWTH or not kept
    )
    tally.control("a refusal that takes its time", caught=seconds_of(lambda: time.sleep(AT_ONCE)) >= AT_ONCE)


ROWS = (
    Row(
        "much",
        "refused politely < 200 ms, others unharmed, memory flat, prompt under its cap",
        10_000,
        much,
        alone=True,
    ),
)
