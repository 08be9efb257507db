"""Renders what surrounds the rooms: the head, the dialogs, the list of conversations, the front desk, the login."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from markupsafe import Markup

from rag import called
from rag.core import ArticleDetails, Evidence, Overview
from rag.core.amounts import Pace, with_noun
from ui.chat import FIRST_QUESTION, ChatThread
from ui.views.answer import writer_words
from ui.views.markup import Template
from ui.views.source import article_href, bare_page

ROOMS = {"ask": "Ask", "record": "Who said what", "draft": "Check a draft", "sources": "Sources", "help": "Help"}
"""The rooms of the page by the name that their address has; help stands among the tools."""

SAVED_AS = {"md": "Markdown", "docx": "Word", "csv": "CSV", "json": "JSON"}
"""The forms in which a conversation is saved."""

_KEYS = (
    ("/", "Write a question"),
    ("Enter", "Ask; Shift and Enter start a new line"),
    ("Esc", "Stop the answer, or close what is open"),
    ("j  k", "Next and previous citation"),
    ("c", "Copy the latest answer with its citations"),
    ("e", "Edit the latest question"),
    ("n", "New conversation"),
    ("h", "Conversations kept on this machine"),
)
_VOICES, _OUTLETS = 6, 8
_SHOW = Template("chrome.html", ROOMS=ROOMS, SAVED_AS=SAVED_AS)


@dataclass(frozen=True, slots=True)
class DeskTopic:
    """A topic of the front desk: its name and the question about it, if it has one, and an article that shows it."""

    name: str
    ask: str
    title: str
    href: str
    articles: int
    outlet: str | None


def masthead_html(state: Markup, rooms: Sequence[str]) -> Markup:
    """Renders the head of the page; `rooms` are the names of those that there are."""
    return _SHOW("masthead", state, rooms)


def rooms_html(rooms: Sequence[str]) -> Markup:
    """Renders the rooms beside the conversation, empty until they are entered."""
    return _SHOW("rooms", rooms)


def dialogs_html(rooms: Sequence[str]) -> Markup:
    """Renders the conversations, the shortcuts, the card at a chip, and the line that says aloud what was done."""
    there = [ROOMS[room] for room in rooms if room != "help"]
    every = (*_KEYS, (f"1 – {len(there)}", ", ".join(there)), ("?", "This list"))
    return _SHOW("dialogs", [(keys.split(), meaning) for keys, meaning in every])


def listing_html(conversations: Sequence[ChatThread], search: str = "") -> Markup:
    """Renders the list of conversations, each to be opened, renamed, saved or deleted."""
    return _SHOW("listing", conversations, search)


def state_html(
    summary: ArticleDetails | None, writer: str, host: str | None = None, exam: Pace | None = None
) -> Markup:
    """Renders the state of the library in one line, as far as it can be read.

    `host` is where passages are sent for an answer to be written; None if they stay on this machine.
    `exam` is how far the exam of the model as judge has come.
    """
    examined = f"examining the model as judge: {exam.done:,} of {exam.total:,} sentences" if exam else ""
    facts = [writer_words(writer), *([f"passages go to {host}"] if host else [])]
    facts += [", ".join(filter(None, (examined, exam.left)))] if exam else []
    return _SHOW("state", [with_noun(summary.articles, "article"), *facts] if summary else facts)


def login_page_html(trouble: str = "", name: str = "") -> Markup:
    """Renders the page to log in, with what went wrong and the `name` that was given last."""
    return bare_page("Log in · onrecord", _SHOW("login", trouble, name))


def welcome_html(summary: ArticleDetails, seen: Evidence | None = None) -> Markup:
    """Renders the front desk: what the library holds, its topics, who is quoted most, and what may be asked.

    `seen` is the overview of the library; without it only the summary is shown.
    """
    if not summary.articles:
        return _SHOW("empty")
    overview = seen.overview if seen else None
    voices = overview.voices if overview else ()
    full_names = [(name, f"What did {called(name)} say?", number) for name, number in voices if " " in name][:_VOICES]
    outlets = [(name, f"#record?{urlencode({'outlet': name})}") for name in summary.outlets[:_OUTLETS]]
    openers = overview.openers if overview else (FIRST_QUESTION,)
    asked = {ask for _, ask, _ in full_names}
    questions = [question for question in openers if question not in asked]
    topics = list(_topics(overview, seen)) if overview and seen else []
    return _SHOW("welcome", list(_holdings(summary, overview)), topics, full_names, outlets, questions)


def _topics(overview: Overview, seen: Evidence) -> Iterator[DeskTopic]:
    """Yields the largest topics by their names, each with the headline of an article; others by the headline alone."""
    for topic in overview.topics:
        article = seen.articles.get(topic.best.source)
        if article:
            ask = f"What do the articles say about {topic.name}?" if topic.name else ""
            title = article.title or article.source
            yield DeskTopic(topic.name, ask, title, article_href(article.source), topic.articles, article.outlet)


def _holdings(summary: ArticleDetails, overview: Overview | None) -> Iterator[tuple[str, str]]:
    """Yields the numbers of articles and statements and the dates, each with its link."""
    copies = summary.articles - overview.articles if overview else 0
    repeats = f" (with {with_noun(copies, 'repeat')})" if copies > 0 else ""
    yield f"{with_noun(summary.articles, 'article')}{repeats}", "#sources"
    if summary.statements:
        speakers = with_noun(len(summary.speakers), "speaker")
        yield f"{with_noun(summary.statements, 'statement')} by {speakers}", "#record"
    if summary.published is None:
        yield "no publication dates given", ""
        return
    first, last = (day[:10] for day in summary.published)
    undated = f", {summary.undated:,} undated" if summary.undated else ""
    days = first if first == last else f"{first} to {last}"
    yield f"published {days}{undated}", f"#record?{urlencode({'since': first, 'until': last})}"
