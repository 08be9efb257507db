"""Measures what a chat model is given to read: `python -m evals.context --set FOLDER --data DIR`.

Of the questions of RealTime QA whose answer a reader found, it counts those whose answering sentence is among the
numbered pieces. No model is asked. Knows the door, and nothing of how pieces are chosen.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from evals.quizzes import Question, Quiz, load
from evals.realtimeqa import index
from rag import Article, Assistant, Settings, build
from rag.core import Place, Span

NOBODY = "http://127.0.0.1:9/v1"
"""Where nobody listens: the prompt is made, and never sent."""


@dataclass(frozen=True, slots=True)
class Offered:
    """What was offered to a model on one question: whether the answer is in it, in how many pieces of what length."""

    id: str
    question: str
    is_held: bool
    is_of_the_article: bool
    pieces: int
    characters: int


def main(words: Sequence[str] | None = None) -> int:
    """Makes the prompts of all questions, prints the table and the questions whose answer is missing."""
    parser = argparse.ArgumentParser(prog="python -m evals.context", description=__doc__.partition("\n")[0])
    parser.add_argument("--set", type=Path, required=True, help="the folder of the set")
    parser.add_argument("--data", type=Path, help="a library of the set's articles; made here where there is none")
    parser.add_argument("--limit", type=int, default=10_000, help="ask no more than so many")
    options = parser.parse_args(words)
    quiz = load(options.set)
    data = options.data or Path("artifacts", "realtimeqa")
    if not (data / "library.sqlite").exists():
        index(quiz, data)
    settings = replace(Settings.from_environment(data=data), model="openai:nobody", openai_base_url=NOBODY)
    with closing(build(settings, writer="model")) as assistant:
        offered = list(offers(assistant, quiz, answering_sentences(options.set), options.limit))
    for told in table(offered):
        sys.stdout.write(f"{told}\n")
    return 0


def offers(assistant: Assistant, quiz: Quiz, evidence: dict[str, str], limit: int) -> Iterator[Offered]:
    """What is offered on each question."""
    for asked in [one for one in quiz.answerable if evidence.get(one.id)][:limit]:
        query = assistant.understand(asked.text, asked=asked.asked)
        found = assistant.find(query)
        places = [places[-1] for places in assistant.write(query, found).pieces]
        articles = found.articles.values()
        yield Offered(
            asked.id,
            asked.text,
            any(holds(article, evidence[asked.id], places) for article in articles),
            _is_found(asked, places),
            len(places),
            sum(len(found.quote(place)) for place in places),
        )


def answering_sentences(folder: Path) -> dict[str, str]:
    """The words in which a reader found the answer, by question."""
    lines = map(json.loads, (folder / "verified.jsonl").read_text(encoding="utf-8").splitlines())
    return {line["_id"]: line["evidence"] for line in lines if line["evidence"]}


def holds(article: Article, words: str, places: Sequence[Place]) -> bool:
    """Whether words of an article stand in the places, every letter of them."""
    start = article.text.find(words)
    if start < 0:
        return False
    wanted = Span(start, start + len(words))
    spans = [place.span for place in places if place.source == article.source]
    covered = {at for span in spans for at in range(max(span.start, wanted.start), min(span.end, wanted.end))}
    return all(at in covered or article.text[at].isspace() for at in range(wanted.start, wanted.end))


def _is_found(asked: Question, places: Sequence[Place]) -> bool:
    return any(place.source in asked.relevant for place in places)


def table(offered: Sequence[Offered]) -> Iterator[str]:
    """The figures, then the questions whose answer is missing."""
    count = len(offered)
    yield f"questions {count}"
    yield f"answering sentence among the pieces {sum(one.is_held for one in offered) / count:.3f}"
    yield f"an article that answers among them {sum(one.is_of_the_article for one in offered) / count:.3f}"
    yield f"pieces, median {statistics.median(one.pieces for one in offered):.0f}"
    yield f"characters, median {statistics.median(one.characters for one in offered):,.0f}"
    for one in offered:
        if not one.is_held:
            yield f"missing: {one.id} {one.question}{'' if one.is_of_the_article else ' (no article that answers)'}"


if __name__ == "__main__":
    sys.exit(main())
