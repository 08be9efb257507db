"""What the page shows, as escaped HTML: the conversation, its answers, the empty state. It knows no widgets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath

from rag.types import Answer, NearMiss, Reason, Span, Summary, Withheld
from ui.chat import Exchange, count
from ui.escape import attribute, text
from ui.said import chip_html, dot_html, prose, sentence_html
from ui.source import SourceLink

DECLINES: dict[Reason | None, str] = {
    "absent_person": "Not in these articles",
    "not_quoted_on_topic": "Not on record",
    "fact_missing": "Not in these articles",
    "false_premise": "Not what the articles say",
    "off_topic": "Outside these articles",
    None: "Not in these articles",
}

SEED_QUESTIONS = (
    "What did Lavrov say about the EU?",
    "What did Peskov say about Armenia joining the EU?",
    "Does Russia have a military base in Armenia?",
    "What did Mirzoyan say about NATO?",
)
"""For the five articles that come with onrecord; the last one is declined, so that a decline is seen, too."""


def masthead_html(summary: Summary | None, writer: str, host: str | None = None) -> str:
    """The page's head: the name, and the state of the library in one line, as far as it can be read.

    `host` is where passages are sent for an answer to be written; None if they stay on this machine.
    """
    facts = [writer_words(writer), *([f"passages go to {host}"] if host else [])]
    if summary:
        facts = [count(summary.articles, "article"), f"{count(len(summary.outlets), 'outlet')} named", *facts]
    return (
        '<header class="masthead"><h1 class="wordmark">on<i>record</i></h1>'
        f'<p class="state">{text(" · ".join(facts))}</p></header>'
    )


def welcome_html(summary: Summary) -> str:
    """The empty state: what the library holds, what may be asked, and how to add to it."""
    if not summary.articles:
        return (
            '<section class="welcome"><h2>Nothing is indexed yet</h2>'
            "<p>Run <code>onrecord index FOLDER</code>, then load this page again.</p></section>"
        )
    buttons = "".join(question_button(question) for question in example_questions(summary))
    return (
        '<section class="welcome"><h2>Ask the articles</h2>'
        "<p>Answers come only from what stands in them, and every sentence opens its place in the file.</p>"
        f'<ul class="holdings">{"".join(f"<li>{fact}</li>" for fact in _holdings(summary))}</ul>'
        f'<div class="questions" role="group" aria-label="Example questions">{buttons}</div>'
        '<p class="hint">After a change in the folder: <code>onrecord index</code>. For another folder: '
        "<code>onrecord index FOLDER --data LIBRARY</code>, then <code>onrecord chat --data LIBRARY</code>.</p>"
        "</section>"
    )


def example_questions(summary: Summary) -> tuple[str, ...]:
    """Four questions that the library answers: chosen ones for the seeds, otherwise made from who is on record."""
    if summary.folder and PurePath(summary.folder).name == "seeds" and summary.articles == 5:  # noqa: PLR2004 - the seeds
        return SEED_QUESTIONS
    return tuple(f"What did {speaker} say?" for speaker in summary.speakers[:4])


def question_button(question: str) -> str:
    """A question that is asked by a click."""
    return f'<button type="button" class="question" dir="auto">{text(question)}</button>'


def conversation_html(exchanges: Iterable[Exchange]) -> str:
    """The finished exchanges, oldest first."""
    return "".join(exchange_html(exchange) for exchange in exchanges)


def exchange_html(exchange: Exchange) -> str:
    """A question with its answer, its trouble, or the stage that the work has reached."""
    if exchange.answer is not None:
        outcome, state = answer_html(exchange.answer), "done"
    elif exchange.trouble is not None:
        outcome, state = f'<p class="trouble">{prose(exchange.trouble)}</p>', "done"
    else:
        outcome, state = f'<p class="stage">{text(exchange.stage or "")}</p>', "working"
    buttons = "".join(question_button(question) for question in exchange.follow_ups)
    group = f'<div class="questions" role="group" aria-label="Ask next">{buttons}</div>' if buttons else ""
    return (
        f'<section class="exchange" data-number="{exchange.number}" data-state="{state}">'
        f'<h2 class="asked" dir="auto">{text(exchange.question)}</h2>{outcome}{group}</section>'
    )


def answer_html(answer: Answer) -> str:
    """An answer or a decline, with what was withheld and what was checked."""
    said = "".join(sentence_html(sentence, answer) for sentence in answer.sentences)
    if answer.status == "declined":
        heading = f'<p class="decline">{text(DECLINES[answer.reason])}</p>'
        said = f'<div class="declined">{heading}{said}</div>'
    notes = "".join(f'<p class="note">{prose(note)}</p>' for note in (*answer.corrections, *answer.notes))
    return (
        f"{_read_as(answer)}{said}{notes}{_differences_html(answer)}{_near_misses_html(answer.near_misses)}"
        f"{_withheld_html(answer.withheld)}{_foot_html(answer)}"
    )


def writer_words(writer: str) -> str:
    """Who puts the sentences together, for people: `offline writer`, or the name of the model."""
    return "offline writer" if writer == "offline" else f"written by {writer.removeprefix('model:')}"


def _holdings(summary: Summary) -> Iterator[str]:
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
    return f'<p class="read-as">Read as: {text(answer.standalone_question)}</p>'


def _differences_html(answer: Answer) -> str:
    by_number = {citation.number: citation for citation in answer.citations}
    lines = []
    for group in answer.differences:
        chips = " against".join(chip_html(by_number[number], answer.citations) for number in group)
        lines.append(f'<p class="note"><b>The articles differ:</b>{chips}</p>')
    return "".join(lines)


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
    return (
        f'<details class="withheld"><summary>{count(len(withheld), "sentence")} withheld: '
        f"not borne out by the articles</summary><ul>{items}</ul></details>"
    )


def _foot_html(answer: Answer) -> str:
    checked = len(answer.citations)
    facts = [f'<span class="checked">✓ {count(checked, "citation")} checked against the file</span>'] if checked else []
    facts += [f"<span>{fact}</span>" for fact in (f"{len(answer.withheld)} withheld", f"{answer.seconds:.2f} s")]
    return f'<p class="foot">{"".join(facts)}<span>{text(writer_words(answer.writer))}</span></p>'
