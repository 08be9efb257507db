"""Measures whether articles that differ are shown as such: `python -m evals.contradictions --set FOLDER --data DIR`.

Of RealTime QA's questions, some get an article that gives one of the quiz's wrong choices for the answer, in two forms:
a copy of the article that answers, changed throughout under another outlet's name, and another article of those days in
which the changed sentence stands. Each question is asked over the set's articles and its changed one, and over the
set's articles alone, where no difference may be announced.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.quizzes import FILE, Question, load
from evals.realtimeqa import asked
from rag import Answer, Assistant, Citation, Settings, build

CHANGED = "changed.jsonl"
FORMS = ("copy", "sentence")
_OUTLET = "The Second Paper"
_SEED = 14


@dataclass(frozen=True, slots=True)
class Changed:
    """A question, its answer as the evidence writes it, the wrong choice in its place, and the article by form."""

    question: Question
    answer: str
    wrong: str
    articles: Mapping[str, Mapping[str, Any]]


def main(words: Sequence[str] | None = None) -> int:
    """Make the library with the changed articles unless it is there, ask, print the table."""
    parser = argparse.ArgumentParser(prog="python -m evals.contradictions", description=__doc__.partition("\n")[0])
    parser.add_argument("--set", type=Path, required=True, help="the folder of the set")
    parser.add_argument("--data", type=Path, required=True, help="where the library is, or is to be made")
    parser.add_argument("--library", type=Path, help="a library of the set's articles to start from")
    parser.add_argument("--each", type=int, default=50, help="how many questions get a changed article")
    parser.add_argument("--untouched", type=int, default=150, help="how many are asked over the set's articles alone")
    parser.add_argument("--part", choices=["looking", "counted", "both"], default="both", help="which half to ask")
    parser.add_argument("--json", type=Path, help="write every answer here")
    options = parser.parse_args(words)
    changed = list(changed_articles(options.set, options.each))
    _make(options.data, options.library, changed)
    halves = {"looking": changed[::2], "counted": changed[1::2]}
    rows: list[dict[str, Any]] = []
    with closing(build(Settings.from_environment(data=options.data))) as assistant:
        sources = _sources(assistant)
        for name in halves if options.part == "both" else [options.part]:
            for form in FORMS:
                asked_of = [_asked(assistant, one, form, changed.index(one), sources) for one in halves[name]]
                _print(f"{name}, {form}", asked_of)
                rows += ({**row, "half": name} for row in asked_of)
        untouched = load(options.set).answerable[: options.untouched]
        given = [(one, asked(assistant, one, sources)) for one in untouched]
        falsely = [(one, answer) for one, answer in given if _announces(answer)]
        of_later = sum(not answer.differences for _, answer in falsely)
        sys.stdout.write(
            f"untouched: {len(falsely) - of_later} of {len(given)} announce a difference, {of_later} a later state\n"
        )
        rows += (_row(one, answer, "untouched") for one, answer in falsely)
    if options.json:
        options.json.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return 0


def changed_articles(folder: Path, each: int) -> Iterator[Changed]:
    """The questions whose answer stands in the evidence, by lot, with their changed articles."""
    corpus = {one["_id"]: one for one in _lines(folder / "corpus.jsonl")}
    questions = {one["_id"]: one for one in _lines(folder / "queries.jsonl")}
    labels = {one["_id"]: one for one in _lines(folder / "verified.jsonl")}
    every = [one for one in load(folder).answerable if _answer(questions[one.id], labels[one.id]["evidence"])]
    for question in random.Random(_SEED).sample(every, min(each, len(every))):  # noqa: S311 - no secret
        label, line = labels[question.id], questions[question.id]
        written = _answer(line, label["evidence"]) or ""
        wrong = _wrong(line, label["evidence"], written)
        original = corpus[label["doc"]]
        sentence = _swapped(label["evidence"], written, wrong)
        host = _host(corpus, original, question)
        yield Changed(
            question,
            written,
            wrong,
            {
                "copy": _article(
                    original, _swapped(original["text"], written, wrong), _swapped(original["title"], written, wrong)
                ),
                "sentence": _article(host, _inserted(host["text"], sentence), host["title"]),
            },
        )


def _answer(question: Mapping[str, Any], evidence: str) -> str | None:
    """The first of the question's answers that stands in the evidence, as it is written there."""
    bare = [answer.strip("\"'“” ") for answer in question["answers"]]
    found = (re.search(rf"\b{re.escape(answer)}\b", evidence, re.IGNORECASE) for answer in bare if answer[:1].isalnum())
    money = (re.search(re.escape(answer), evidence) for answer in bare if not answer[:1].isalnum())
    return next((match.group() for match in (*found, *money) if match), None)


def _wrong(question: Mapping[str, Any], evidence: str, written: str) -> str:
    """One of the wrong choices, by lot, that the evidence does not hold; as the answer is written, small or capital."""
    right = {answer.strip("\"'“” ").lower() for answer in question["answers"]}
    bare = [choice.strip("\"'“” ") for choice in question["choices"]]
    left = [choice for choice in bare if choice.lower() not in right and choice.lower() not in evidence.lower()]
    chosen = random.Random(question["_id"]).choice(left)  # noqa: S311 - no secret
    return f"{chosen[0].lower()}{chosen[1:]}" if written.islower() else chosen


def _swapped(text: str, written: str, wrong: str) -> str:
    return re.sub(rf"(?<!\w){re.escape(written)}(?!\w)", lambda _: wrong, text, flags=re.IGNORECASE)


def _host(
    corpus: Mapping[str, Mapping[str, Any]], original: Mapping[str, Any], question: Question
) -> Mapping[str, Any]:
    """The next article after the original, of the same day where there is one, that does not hold the answer."""
    ids = list(corpus)
    start = ids.index(original["_id"])
    others = [corpus[one] for one in (*ids[start + 1 :], *ids[:start])]
    others.sort(key=lambda other: _day(other) != _day(original))
    return next(other for other in others if not question.is_answered_in(other["text"]))


def _day(article: Mapping[str, Any]) -> str:
    return str(article["publish_date"] or "")[:10]


def _inserted(text: str, sentence: str) -> str:
    """The text with the sentence as its second paragraph."""
    first, _, rest = text.partition("\n\n")
    return f"{first}\n\n{sentence}\n\n{rest}"


def _article(like: Mapping[str, Any], text: str, title: str) -> dict[str, Any]:
    published = str(like["publish_date"] or "").replace("/", "-")
    return {"title": title, "text": text, "outlet": _OUTLET, "published": published or None}


def _make(data: Path, library: Path | None, changed: Sequence[Changed]) -> None:
    """The library of the set's articles and the changed ones, by the command that everybody uses."""
    if (data / "articles" / CHANGED).exists():
        return
    if library:
        shutil.copytree(library, data, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.lock"))
    articles = [one.articles[form] for one in changed for form in FORMS]
    with (data / "articles" / CHANGED).open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(article) + "\n" for article in articles)
    command = [sys.executable, "-m", "rag.app.cli", "index", str(data / "articles"), "--data", str(data), "--replace"]
    subprocess.run(command, check=True)  # noqa: S603 - our own command


def _sources(assistant: Assistant) -> frozenset[str]:
    with assistant.store.reading() as view:
        return frozenset(source for source in view.sources() if source.startswith(FILE))


def _asked(assistant: Assistant, one: Changed, form: str, position: int, sources: Collection[str]) -> dict[str, Any]:
    """The answer over the set's articles and the changed one, with what is shown of both versions."""
    changed = f"{CHANGED}#{position * len(FORMS) + FORMS.index(form) + 1}"
    answer = asked(assistant, one.question, frozenset({*sources, changed}))
    both = answer.citations
    return {
        **_row(one.question, answer, form),
        "answer": one.answer,
        "wrong": one.wrong,
        "cited": [
            any(_tells(cited, one.answer) for cited in both if cited.source != changed),
            any(_tells(cited, one.wrong) for cited in both if cited.source == changed),
        ],
        "shown": is_shown(answer, one, changed),
    }


def is_shown(answer: Answer, one: Changed, changed: str) -> bool:
    """Whether a difference is announced that sets the changed article's words against the true ones of another."""
    by_number = {citation.number: citation for citation in answer.citations}
    groups = [[by_number[number] for number in group] for group in answer.differences]
    return any(
        any(cited.source == changed and _tells(cited, one.wrong) for cited in group)
        and any(cited.source != changed and _tells(cited, one.answer) for cited in group)
        for group in groups
    )


def _announces(answer: Answer) -> bool:
    """Whether an answer says that articles differ, be it that one of them tells a later state."""
    return any(sentence.verdict == "frame" and "differ" in sentence.text for sentence in answer.sentences)


def _tells(cited: Citation, words: str) -> bool:
    return words.lower() in cited.quote.lower()


def _row(question: Question, answer: Answer, form: str) -> dict[str, Any]:
    return {
        "id": question.id,
        "question": question.text,
        "form": form,
        "status": answer.status,
        "text": answer.text,
        "differences": answer.differences,
    }


def _print(name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    shown = sum(row["shown"] for row in rows)
    cited = sum(all(row["cited"]) for row in rows)
    declined = sum(row["status"] == "declined" for row in rows)
    sys.stdout.write(f"{name}: shown as a difference {shown} of {len(rows)}; both cited {cited}; declined {declined}\n")
    sys.stdout.flush()


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


if __name__ == "__main__":
    sys.exit(main())
