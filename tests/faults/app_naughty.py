"""Naughty strings as question, history, article, title and file name: nothing raises, all come back, none acts.

Every string is an article, a title, a name, a question on the page and an id of the batch. As a question to the
assistant itself, in the history and in the batch, our own are tried, which are of every kind, and some of the others.
The articles asked about are those of the same few: hundreds of the others differ in one byte.
"""

import html
import json
import re
import unicodedata
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from rag import Assistant
from rag.app.terminal import answer_text, printable
from rag.core import QUESTION_LIMIT, Turn
from rag.core.errors import UsageError
from rag.json_contract import answer_json
from tests.browser.planted import OWN_FORMS
from tests.faults.app_parts import (
    Tally,
    assistant_over,
    collection,
    library_of,
    page_over,
    shown,
    thread_in,
)
from tests.faults.rows import Row, Trials, Tried
from tests.processes import onrecord
from tests.visitor import Visitor
from ui.chat import Exchange
from ui.middleware import visitor_of
from ui.storage import History

OWN = (
    "", " ", "\t\r\n", "\0", "a\0b", "\ud800", "\udfff x", "\uffff\ufffe", "\x7f\x80\x9f", "\u2028\u2029\u0085\v\f",
    "\u061c\u200e\u200f\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069", "\x1b]0;owned\x07\x1b[2J", "'\"`\\", "%00%0a",
    "%s%n%x%d", "${HOME}$(id)`id`", "'; DROP TABLE article; --", '" OR ""="', "NEAR(a b, 2) AND NOT *",
    "a* OR b:c^2 -d",
    "undefined", "null", "NaN", "-1e309", "999999999999999999999999", "١٢٣", "𝒽𝑒𝓁𝓁𝑜", "👩‍👩‍👧‍👦🏳️‍🌈", "ﷺ" * 50,
    "İıŞş", "ﬁﬂ", "e\u0301" * 30, "田中さん", "الكل", "[99] [1-3]", "![x](//evil.example/x)", "“”«»‘’", "a" * 1_999,
    "What did \u202eLavrov\u202c say?", "What did Lavrov say about \0?", "who said “\u2066”?", "Compare and ",
    "../../etc/passwd", "CON", "file:///etc/passwd", "What?" * 300, "((((((" * 200, "\\u{1b}", "{{7*7}}", *OWN_FORMS,
)  # fmt: skip
"""Strings of each kind that the lists of others are made of."""

SHARE = 8
"""Of so many strings of others one is tried in every place."""

_ACTS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_SHOWN = re.compile(r'<bdi class="control"[^>]*>.</bdi>', re.DOTALL)
_ON_TERMINAL = {"Cc", "Cf", "Cs"}


def naughty(trials: Trials) -> Tried:
    strings = tuple(dict.fromkeys((*OWN, *json.loads(collection(trials, "naughty-strings.json") or "[]"))))[
        : trials.count
    ]
    tally, chosen = Tally(), _chosen(strings, trials)
    written, few = _articles(strings), replace(trials, folder=trials.folder / "few")
    failed = {one.source: one.reason for one in library_of(trials, written).failed}
    with ExitStack() as opened:
        assistant = opened.enter_context(assistant_over(trials.data))
        for source, text in written.items():
            tally.note(_kept(assistant, source, text, failed))
        visitor = Visitor(opened.enter_context(page_over(assistant, trials.data)))
        tally.note(_in_rooms(visitor, list(written)))
    library_of(few, _articles(chosen))
    with ExitStack() as opened:
        assistant = opened.enter_context(assistant_over(few.data))
        for one in chosen:
            tally.note(_asked(assistant, one))
        visitor = Visitor(opened.enter_context(page_over(assistant, few.data)))
        for number, one in enumerate(strings):
            tally.note(_on_page(visitor, History(few.data), one, f"naughty{number}"))
    tally.note(_batched(few.data, strings, chosen))
    _controls(tally)
    return tally.tried(f"{len(strings)} strings, {len(written)} articles, {len(chosen)} in every place")


def _chosen(strings: tuple[str, ...], trials: Trials) -> tuple[str, ...]:
    """Gives our own strings, and by lot one in `SHARE` of the others."""
    others = [one for one in strings if one not in OWN]
    by_lot = set(trials.chance().sample(others, len(others) // SHARE))
    return tuple(one for one in strings if one in OWN or one in by_lot)


def _articles(strings: tuple[str, ...]) -> dict[str, str]:
    """An article of each string that has any text, and one with the string as its name where possible."""
    articles: dict[str, str] = {}
    for number, one in enumerate(strings):
        if one.strip() and one.isprintable():
            articles[f"{number:04}.txt"] = f"{one}\nThe harbour of Portavia is open. {one}\n“{one},” Ada Lund said.\n"
        name = f"{one}.txt"
        if _is_a_name(name):
            articles[name] = f"A title\nThe harbour of Portavia is open, number {number}.\n"
    return articles


def _is_a_name(name: str) -> bool:
    try:
        return 4 < len(name.encode()) < 255 and not set(name) & {"/", "\0"} and not name.startswith(".")
    except UnicodeEncodeError:
        return False


def _kept(assistant: Assistant, source: str, text: str, failed: dict[str, str]) -> str | None:
    """Checks that an article stands in the library as in its file, or that the report says why not."""
    if source in failed:
        return None if failed[source] else f"{source!r} failed without a reason"
    try:
        return None if assistant.article(source).text == text else f"{source!r} changed on its way"
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
        return f"{source!r}: {error!r}"


def _asked(assistant: Assistant, words: str) -> str | None:
    """Asks it, also as a part of the history; the answer must be harmless when printed."""
    try:
        for history in ((), (Turn("user", words), Turn("assistant", words))):
            answer = assistant.ask(words if not history else "And what did Lund say?", history)
            if not history and answer.question != " ".join(words.split()):
                return f"the question {words!r} came back as {answer.question!r}"
            if acting := acts_on_terminal(printable(answer_text(answer))):
                return f"{words!r} lets {acting!r} through to the terminal"
            json.dumps(answer_json(answer))
    except UsageError:
        return f"{words!r} was refused" if any(map(str.isalnum, words)) else None
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
        return f"{words!r}: {error!r}"
    return None


def _on_page(visitor: Visitor, history: History, words: str, session: str) -> str | None:
    """Asks it on the page; it must be answered, shown, kept, listed and saved in every form."""
    steps = visitor.ask(words, session)
    if not words.strip():
        return f"{words!r} was answered" if thread_in(steps) else None
    drawn = shown(steps)
    if "Something went wrong" in drawn and len(words) <= QUESTION_LIMIT:
        return f"{words!r} broke the page"
    heading = html.unescape(re.sub(r"<[^>]+>", "", drawn.partition("<h2")[2].partition(">")[2].partition("</h2>")[0]))
    sent = words.encode(errors="replace").decode().strip().replace("\0", "\N{REPLACEMENT CHARACTER}")
    if heading != html.unescape(html.escape(sent)) and len(words) <= QUESTION_LIMIT:
        return f"{words!r} is shown as {heading!r}"
    thread = thread_in(steps)
    places = [f"conversations/{thread}{form}" for form in ("", ".md", ".csv", ".json", ".docx")]
    replies = {path: visitor.get(path) for path in (*places, "conversations")}
    broken = [path for path, reply in replies.items() if reply.status != 200]
    acting = acts_on_page(drawn + replies[places[0]].text + replies["conversations"].text)
    if broken or acting:
        return f"{words!r}: {broken} cannot be had, {acting!r} acts"
    (kept,) = history.exchanges(visitor_of(visitor.visitor), thread)
    visitor.get(f"conversations/{thread}", method="DELETE")
    return _as_kept(kept, words)


def _as_kept(exchange: Exchange, words: str) -> str | None:
    """Checks that what was kept is an answer, harmless when it is printed."""
    if not exchange.answer:
        asks = any(map(str.isalnum, words)) and len(words) <= QUESTION_LIMIT
        return f"{words!r} was refused: {exchange.trouble}" if asks else None
    acting = acts_on_terminal(printable(answer_text(exchange.answer)))
    return f"{words!r} lets {acting!r} through to the terminal" if acting else None


def _in_rooms(visitor: Visitor, sources: list[str]) -> str | None:
    """Looks at the rooms that list the articles, and at the articles."""
    paths = ["sources", "record", "record.csv", *(f"article?name={quote(one)}" for one in sources)]
    for path in paths:
        reply = visitor.get(path)
        acting = acts_on_page(reply.text) if path != "record.csv" else ""
        if reply.status != 200 or acting:
            return f"{path} is {reply.status}, {acting!r} acts"
    return None


def _batched(data: Path, strings: tuple[str, ...], chosen: tuple[str, ...]) -> str | None:
    """Runs the batch command, which must answer each line, or refuse it where nothing is asked, in its place."""
    asked = {one: one for one in chosen}
    lines = [json.dumps({"id": one, "question": asked.get(one, ""), "history": []}) for one in strings]
    done = onrecord("ask", "--batch", "--data", data, stdin="\n".join(lines) + "\n")
    if done.code or "Traceback" in done.stderr:
        return f"the batch ended with {done.code}: {done.stderr[-200:]}"
    return None if [line["id"] for line in done.lines] == list(strings) else "the batch lost or changed an id"


def acts_on_terminal(text: str) -> str:
    """Finds the characters that would act on a terminal."""
    return "".join(one for one in text if one not in "\n\t" and unicodedata.category(one) in _ON_TERMINAL)


def acts_on_page(markup: str) -> str:
    """Finds the characters of HTML that would act on the text around them."""
    return "".join(_ACTS.findall(_SHOWN.sub("", html.unescape(_SHOWN.sub("", markup)))))


def _controls(tally: Tally) -> None:
    hostile = "\x1b[31m\u202e"
    tally.control("a terminal that is sent the words as they are", caught=bool(acts_on_terminal(hostile)))
    tally.control("a page that only escapes markup", caught=bool(acts_on_page(html.escape(hostile))))
    tally.control("an assistant that raises", caught=bool(_asked(_Broken(), "x")))  # type: ignore[arg-type] # it is none


class _Broken:
    """An assistant that fails at whatever it is asked."""

    def ask(self, question: str, history: object) -> None:
        raise UnicodeError(question, history)


ROWS = (Row("naughty", "0 exceptions, all comes back as it was, nothing acts on page or terminal", 700, naughty),)
