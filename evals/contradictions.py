"""Measures whether differences between articles are shown: `python -m evals.contradictions --set FOLDER --data DIR`.

Some of RealTime QA's questions get an article that gives one of the quiz's wrong choices for the answer, in two forms:
a copy of the article that answers, changed throughout, under another outlet's name, and another article of those days
with the changed sentence inserted. Each question is asked over the set's articles and its changed one, and over the
set's articles alone, where no difference may be announced.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.realtimeqa import Question, ask, load
from evals.sets import FILE, article_of, index_folder, read_lines, write_lines
from rag import Answer, Assistant, Citation, Settings, build

CHANGED = "changed.jsonl"
FORMS = ("copy", "sentence")
_OUTLET = "The Second Paper"
_SEED = 14

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Changed:
    """A question, its answer as the evidence writes it, the wrong choice in its place, and the article by form."""

    question: Question
    answer: str
    wrong: str
    articles: Mapping[str, Row]


def main(words: Sequence[str] | None = None) -> int:
    """Makes the library with the changed articles unless it is there, asks, prints the table."""
    parser = argparse.ArgumentParser(prog="python -m evals.contradictions", description=__doc__.partition("\n")[0])
    parser.add_argument("--set", type=Path, required=True, help="the folder of the set")
    parser.add_argument("--data", type=Path, required=True, help="where the library is, or is to be made")
    parser.add_argument("--library", type=Path, help="a library of the set's articles to start from")
    parser.add_argument("--each", type=int, default=50, help="how many questions get a changed article")
    parser.add_argument("--untouched", type=int, default=150, help="how many are asked over the set's articles alone")
    parser.add_argument("--json", type=Path, help="write every answer here")
    options = parser.parse_args(words)
    changed = list(changed_articles(options.set, options.each))
    _make(options.data, options.library, changed)
    rows: list[dict[str, Any]] = []
    with closing(build(Settings.from_environment(data=options.data))) as assistant:
        sources = _sources(assistant)
        for form in FORMS:
            answers = [_asked(assistant, item, form, position, sources) for position, item in enumerate(changed)]
            sys.stdout.write(f"{form}: {_counts(answers)}\n")
            rows += answers
        untouched = load(options.set).answerable[: options.untouched]
        given = [(question, ask(assistant, question, sources)) for question in untouched]
    falsely = [(question, answer) for question, answer in given if _announces(answer)]
    later = sum(not answer.differences for _, answer in falsely)
    sys.stdout.write(
        f"untouched: {len(falsely) - later} of {len(given)} announce a difference, {later} a later state\n"
    )
    rows += (_row(question, answer, "untouched") for question, answer in falsely)
    if options.json:
        write_lines(options.json, rows)
    return 0


def changed_articles(folder: Path, each: int) -> Iterator[Changed]:
    """Draws questions whose answer stands in the evidence, and makes their changed articles."""
    corpus = {row["_id"]: row for row in read_lines(folder / "corpus.jsonl")}
    questions = {row["_id"]: row for row in read_lines(folder / "queries.jsonl")}
    labels = {row["_id"]: row for row in read_lines(folder / "verified.jsonl")}
    every = [
        question
        for question in load(folder).answerable
        if _answer(questions[question.id], labels[question.id]["evidence"])
    ]
    for question in random.Random(_SEED).sample(every, min(each, len(every))):  # noqa: S311 - no secret
        row, evidence = questions[question.id], labels[question.id]["evidence"]
        written = _answer(row, evidence) or ""
        wrong = _wrong(row, evidence, written)
        original = corpus[labels[question.id]["doc"]]
        host = _host(corpus, original, question)
        text, title = (_swapped(original[part], written, wrong) for part in ("text", "title"))
        copy = _article(original, text, title)
        first, _, rest = host["text"].partition("\n\n")
        sentence = f"{first}\n\n{_swapped(evidence, written, wrong)}\n\n{rest}"
        yield Changed(question, written, wrong, {"copy": copy, "sentence": _article(host, sentence, host["title"])})


def _bare(texts: Sequence[str]) -> list[str]:
    return [text.strip("\"'“” ") for text in texts]


def _answer(question: Row, evidence: str) -> str | None:
    """Finds the first of the question's answers in the evidence, as it is written there; words before sums of money."""
    answers = sorted(_bare(question["answers"]), key=lambda answer: not answer[:1].isalnum())
    patterns = (rf"\b{re.escape(answer)}\b" if answer[:1].isalnum() else re.escape(answer) for answer in answers)
    found = (re.search(pattern, evidence, re.IGNORECASE) for pattern in patterns)
    return next((match.group() for match in found if match), None)


def _wrong(question: Row, evidence: str, written: str) -> str:
    """Draws a wrong choice that the evidence does not hold, and writes it small or capital like the answer."""
    right = {answer.lower() for answer in _bare(question["answers"])}
    choices = [choice for choice in _bare(question["choices"]) if choice.lower() not in right]
    left = [choice for choice in choices if choice.lower() not in evidence.lower()]
    chosen = random.Random(question["_id"]).choice(left)  # noqa: S311 - no secret
    return f"{chosen[0].lower()}{chosen[1:]}" if written.islower() else chosen


def _swapped(text: str, written: str, wrong: str) -> str:
    return re.sub(rf"(?<!\w){re.escape(written)}(?!\w)", lambda _: wrong, text, flags=re.IGNORECASE)


def _host(corpus: Mapping[str, Row], original: Row, question: Question) -> Row:
    """Finds the next article after the original, of the same day if possible, that does not hold the answer."""
    ids = list(corpus)
    start = ids.index(original["_id"])
    others = [corpus[identity] for identity in (*ids[start + 1 :], *ids[:start])]
    others.sort(key=lambda article: _day(article) != _day(original))
    return next(article for article in others if not question.is_answered_in(article["text"]))


def _day(article: Row) -> str:
    return str(article["publish_date"] or "")[:10]


def _article(like: Row, text: str, title: str) -> dict[str, Any]:
    published = article_of(like)["published"]
    return {"title": title, "text": text, "outlet": _OUTLET, "published": published}


def _make(data: Path, library: Path | None, changed: Sequence[Changed]) -> None:
    """Indexes the set's articles and the changed ones with the real command."""
    if (data / "articles" / CHANGED).exists():
        return
    if library:
        shutil.copytree(library, data, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.lock"))
    write_lines(data / "articles" / CHANGED, (item.articles[form] for item in changed for form in FORMS))
    index_folder(data / "articles", data, "--replace")


def _sources(assistant: Assistant) -> frozenset[str]:
    with assistant.store.reading() as view:
        return frozenset(source for source in view.sources() if source.startswith(FILE))


def _asked(assistant: Assistant, item: Changed, form: str, position: int, sources: Collection[str]) -> dict[str, Any]:
    """Asks over the set's articles and the changed one, and says what is shown of both versions."""
    changed = f"{CHANGED}#{position * len(FORMS) + FORMS.index(form) + 1}"
    answer = ask(assistant, item.question, frozenset({*sources, changed}))
    return {
        **_row(item.question, answer, form),
        "answer": item.answer,
        "wrong": item.wrong,
        "cited": _tells_both(answer.citations, item, changed),
        "shown": is_shown(answer, item, changed),
    }


def is_shown(answer: Answer, one: Changed, changed: str) -> bool:
    """Whether a difference is announced that sets the changed article's words against the true ones of another."""
    by_number = {citation.number: citation for citation in answer.citations}
    return any(_tells_both([by_number[number] for number in group], one, changed) for group in answer.differences)


def _tells_both(cited: Sequence[Citation], item: Changed, changed: str) -> bool:
    return any(c.source == changed and item.wrong.lower() in c.quote.lower() for c in cited) and any(
        c.source != changed and item.answer.lower() in c.quote.lower() for c in cited
    )


def _announces(answer: Answer) -> bool:
    """Returns whether an answer says that articles differ, or that one of them tells a later state."""
    return any(sentence.verdict == "frame" and "differ" in sentence.text for sentence in answer.sentences)


def _row(question: Question, answer: Answer, form: str) -> dict[str, Any]:
    told = {"status": answer.status, "text": answer.text, "differences": answer.differences}
    return {"id": question.id, "question": question.text, "form": form, **told}


def _counts(rows: Sequence[Row]) -> str:
    shown, cited = (sum(row[key] for row in rows) for key in ("shown", "cited"))
    declined = sum(row["status"] == "declined" for row in rows)
    return f"shown as a difference {shown} of {len(rows)}; both cited {cited}; declined {declined}"


if __name__ == "__main__":
    sys.exit(main())
