"""What the page shows, as escaped HTML: the conversation, its answers, the empty state. It knows no widgets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath

from rag import called
from rag.core import Answer, ArticleDetails, NearMiss, Reason, Span, Withheld
from ui.chat import Exchange, count
from ui.cited import cards_html, differences_html
from ui.credit import dot_html
from ui.escape import attribute, text
from ui.said import prose, sentence_html
from ui.source import SourceLink

DECLINES: dict[Reason | None, str] = {
    "absent_person": "Not in these articles",
    "not_quoted_on_topic": "Not on record",
    "fact_missing": "Not in these articles",
    "false_premise": "Not what the articles say",
    None: "Not in these articles",
}

WRONG = {"speaker": "Wrong speaker", "unsupported": "Not supported", "missed": "Missed something"}
"""What may be wrong with an answer, as the reader says it."""

_AGAIN = (
    '<div class="acts" role="group" aria-label="This question">'
    '<button type="button" class="quiet" data-act="again">Ask it again</button>'
    '<button type="button" class="quiet" data-act="edit">Edit the question</button></div>'
)

FIRST_QUESTION = "What are these articles about?"
"""What everybody may ask first, of any library."""

SEED_QUESTIONS = (
    FIRST_QUESTION,
    "What did Lavrov say about the EU?",
    "What did Peskov say about Armenia joining the EU?",
    "Does Russia have a military base in Armenia?",
    "What did Mirzoyan say about NATO?",
)
"""For the five articles that come with onrecord; the last one is declined, so that a decline is seen, too."""


def state_html(summary: ArticleDetails | None, writer: str, host: str | None = None) -> str:
    """The state of the library in one line, as far as it can be read.

    `host` is where passages are sent for an answer to be written; None if they stay on this machine.
    """
    facts = [writer_words(writer), *([f"passages go to {host}"] if host else [])]
    if summary:
        facts = [count(summary.articles, "article"), f"{count(len(summary.outlets), 'outlet')} named", *facts]
    return f'<p class="state">{text(" · ".join(facts))}</p>'


def welcome_html(summary: ArticleDetails) -> str:
    """The empty state: what the library holds, what may be asked, and how to add to it."""
    if not summary.articles:
        return (
            '<section class="welcome"><h2>Nothing is indexed yet</h2>'
            "<p>onrecord answers from a folder of news articles. Drop their files under "
            '<a href="#sources">Sources</a>, or run <code>onrecord index FOLDER</code> and load this page again.</p>'
            '<p class="hint">It reads text, Markdown, saved web pages, PDF and Word, and articles as JSON lines, '
            "one a line.</p>"
            "</section>"
        )
    buttons = "".join(question_button(question) for question in example_questions(summary))
    return (
        '<section class="welcome"><h2>Ask the articles</h2>'
        "<p>Answers come only from what stands in them, and every sentence opens its place in the file.</p>"
        f'<ul class="holdings">{"".join(f"<li>{fact}</li>" for fact in _holdings(summary))}</ul>'
        f'<div class="questions" role="group" aria-label="Example questions">{buttons}</div>'
        '<p class="hint">More articles: put their files into the folder, or drop them under '
        '<a href="#sources">Sources</a>. For another folder: '
        "<code>onrecord index FOLDER --data LIBRARY</code>, then <code>onrecord chat --data LIBRARY</code>.</p>"
        "</section>"
    )


def example_questions(summary: ArticleDetails) -> tuple[str, ...]:
    """Questions that the library answers: chosen ones for the seeds, otherwise made from who is on record."""
    if summary.folder and PurePath(summary.folder).name == "seeds" and summary.articles == 5:  # noqa: PLR2004 - the seeds
        return SEED_QUESTIONS
    in_full = sorted(summary.speakers[:12], key=lambda name: " " not in name)  # a single word may well be no name
    return (FIRST_QUESTION, *(f"What did {called(speaker)} say?" for speaker in in_full[:3]))


def question_button(question: str) -> str:
    """A question that is asked by a click."""
    return f'<button type="button" class="question" dir="auto">{text(question)}</button>'


def conversation_html(exchanges: Iterable[Exchange], thread: str = "") -> str:
    """The finished exchanges, oldest first."""
    return "".join(exchange_html(exchange, thread) for exchange in exchanges)


def exchange_html(exchange: Exchange, thread: str = "", key: str = "") -> str:
    """A question with its answer, its trouble, or the stage that the work has reached.

    `thread` is its conversation; by the `key` the page's script tells one asking from the next.
    """
    if exchange.answer is not None:
        answer = answer_html(exchange.answer, exchange.host, exchange.embedder)
        outcome, state = f"{answer}{_acts_html()}", "done"
    elif exchange.trouble is not None:
        outcome, state = f'<p class="trouble" role="alert">{prose(exchange.trouble)}</p>{_AGAIN}', "done"
    else:
        passed = "".join(sentence_html(sentence, exchange.citations) for sentence in exchange.sentences)
        outcome, state = f'{passed}<p class="stage" role="status">{text(exchange.stage or "")}</p>', "working"
    return (
        f'<section class="exchange" data-number="{exchange.number}" data-state="{state}"'
        f' data-thread="{attribute(thread)}" data-key="{attribute(key)}" aria-label="Question {exchange.number}">'
        f'<h2 class="asked" dir="auto" tabindex="-1">{text(exchange.question)}</h2>{outcome}</section>'
    )


def next_html(questions: Iterable[str]) -> str:
    """Questions to ask next, as buttons; nothing if there are none."""
    buttons = "".join(question_button(question) for question in questions)
    return f'<div class="questions" role="group" aria-label="Ask next">{buttons}</div>' if buttons else ""


def answer_html(answer: Answer, host: str | None = None, embedder: str | None = None) -> str:
    """An answer or a decline, with what was withheld and what was checked.

    `host` and `embedder` are the exchange's: where the passages went, and what found them.
    """
    said = "".join(sentence_html(sentence, answer.citations) for sentence in answer.sentences)
    if answer.status == "declined" and answer.reason != "off_topic":  # a greeting is no refusal
        heading = f'<p class="decline">{text(DECLINES[answer.reason])}</p>'
        said = f'<div class="declined">{heading}{said}</div>'
    corrections = "".join(f'<p class="note"><b>Corrected:</b> {prose(one)}</p>' for one in answer.corrections)
    notes = "".join(f'<p class="note">{prose(note)}</p>' for note in answer.notes)
    return (
        f"{_read_as(answer)}{said}{differences_html(answer)}{corrections}{notes}{_near_misses_html(answer.near_misses)}"
        f"{_withheld_html(answer.withheld)}{_foot_html(answer, host, embedder)}"
    )


def writer_words(writer: str) -> str:
    """Who puts the sentences together, for people: `offline writer`, or the name of the model."""
    return "offline writer" if writer == "offline" else f"written by {writer.removeprefix('model:')}"


def _holdings(summary: ArticleDetails) -> Iterator[str]:
    yield f"<b>{count(summary.articles, 'article')}</b>, {count(summary.passages, 'passage')}"
    if summary.outlets:
        yield f"outlets named: {text(_first(summary.outlets))}"
    if summary.speakers:
        yield f"on record: {text(_first(summary.speakers))} · {count(summary.statements, 'statement')}"
    if summary.published is None:
        yield "no publication dates given"
        return
    first, last = (text(day) for day in summary.published)
    undated = f", {summary.undated:,} undated" if summary.undated else ""
    yield f"published {first}{undated}" if first == last else f"published {first} to {last}{undated}"


def _first(names: Sequence[str], limit: int = 6) -> str:
    more = f" and {len(names) - limit:,} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more


def _read_as(answer: Answer) -> str:
    if answer.standalone_question == answer.question:
        return ""
    return (
        '<details class="read-as"><summary>Read with the conversation</summary>'
        f"<p>{text(answer.standalone_question)}</p>"
        f"{question_button(f'New question: {answer.question}')}</details>"
    )


def _near_misses_html(misses: Sequence[NearMiss]) -> str:
    if not misses:
        return ""
    return f'<h3 class="nearest">The nearest they come</h3>{"".join(_near_miss_html(miss, misses) for miss in misses)}'


def _near_miss_html(miss: NearMiss, misses: Sequence[NearMiss]) -> str:
    also = tuple(Span(one.start, one.end) for one in misses if one.source == miss.source and one is not miss)
    href = SourceLink(miss.source, Span(miss.start, miss.end), also).href
    dot = dot_html(miss.speaker) if miss.speaker else ""
    who = f'<b class="who">{text(miss.speaker)}</b> · ' if miss.speaker else ""
    tag = f'<figcaption class="tag">{dot}<span>{who}<span class="fact">{text(miss.why)}</span></span></figcaption>'
    return (
        f'<figure class="said near">{tag}'
        f'<blockquote dir="auto">{text(miss.quote)}&nbsp;<a class="chip open" href="{attribute(href)}"'
        f' aria-label="Open in {attribute(miss.source)}">open</a></blockquote></figure>'
    )


def _withheld_html(withheld: Sequence[Withheld]) -> str:
    if not withheld:
        return ""
    items = "".join(f"<li>{text(one.text)} <span>{text(one.reason)}</span></li>" for one in withheld)
    verb = "was" if len(withheld) == 1 else "were"
    return (
        f'<details class="withheld"><summary>{count(len(withheld), "sentence")} {verb} not proved and not shown'
        f"</summary><ul>{items}</ul></details>"
    )


def _foot_html(answer: Answer, host: str | None, embedder: str | None) -> str:
    """What was checked, then who wrote, where, what found the passages, how long it took and what it used."""
    cited = cards_html(answer, count(len(answer.citations), "citation")) if answer.citations else ""
    used = ", ".join(_used(kind, number) for kind, number in (answer.usage or {}).items() if number)
    sent = f"passages went to {host}" if host and answer.writer != "offline" else ""
    found = f"embeddings {embedder}" if embedder else ""
    wrote = writer_words(answer.writer)
    facts = [f"{len(answer.withheld)} withheld", f"{answer.seconds:.2f} s", wrote, sent, used, found]
    line = "".join(f"<span>{text(fact)}</span>" for fact in facts if fact)
    return f'<div class="foot">{cited}<p class="facts">{line}</p></div>'


def _used(kind: str, number: float) -> str:
    """`1,200 input tokens`, `2 calls`, `0.0012 dollars`."""
    return f"{number:,.0f} {kind.replace('_', ' ')}" if number == int(number) else f"{number:,.4f} {kind}"


def _acts_html() -> str:
    """What can be done with an answer; the page's script does it."""
    acts = (("markdown", "Copy with citations"), ("plain", "Copy as plain text"))
    copies = "".join(
        f'<button type="button" class="quiet" data-act="copy" data-as="{form}">{name}</button>' for form, name in acts
    )
    reasons = "".join(
        f'<button type="button" class="quiet" data-act="judge" data-judgement="{reason}">{name}</button>'
        for reason, name in WRONG.items()
    )
    return (
        f'<div class="acts" role="group" aria-label="This answer">{copies}'
        '<button type="button" class="quiet" data-act="edit">Edit the question</button>'
        '<span class="judging"><button type="button" class="quiet" data-act="judge" data-judgement="good">Good answer'
        '</button><button type="button" class="quiet" data-act="wrong" aria-expanded="false">'
        "Something is wrong</button></span>"
        f'<span class="wrong" role="group" aria-label="What is wrong" hidden>{reasons}</span></div>'
        '<div class="next" data-next></div>'
    )
