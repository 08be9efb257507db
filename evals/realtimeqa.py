"""Measures finding, answering and declining on RealTime QA: `python -m evals.realtimeqa --set FOLDER`.

The set (news quizzes of 2022 with 2,116 articles, and labels checked by reading) does not come with onrecord. Knows the
door, and nothing of how answers are made. Plain BM25 and plain dense search stand beside ours in the same run.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from evals.quizzes import Question, Quiz, load
from rag import Answer, Assistant, Settings, build

SLICES = 4
LONGEST = 400
DEEP = 50
MEASURES = ("hit@4", "hit@10", "MRR@10", "nDCG@10")

Ranking = Callable[[Question], list[str]]
"""Sources of articles for a question, best first."""


def main(words: Sequence[str] | None = None) -> int:
    """Index the set unless a library is given, ask, print the table."""
    parser = argparse.ArgumentParser(prog="python -m evals.realtimeqa", description=__doc__.partition("\n")[0])
    parser.add_argument("--set", type=Path, required=True, help="the folder of the set")
    parser.add_argument("--data", type=Path, help="a library of the set's articles; made here where there is none")
    parser.add_argument("--json", type=Path, help="write the figures and every answer here")
    options = parser.parse_args(words)
    quiz = load(options.set)
    data = options.data or Path("artifacts", "realtimeqa")
    if not (data / "library.sqlite").exists():
        index(quiz, data)
    figures: dict[str, float] = {}
    with closing(build(Settings.from_environment(data=data))) as assistant:
        for part in (finding, answering, declining):
            measured_now = part(assistant, quiz)
            figures |= measured_now
            for name, value in measured_now.items():
                sys.stdout.write(f"{name:<58} {value:.3f}\n")
            sys.stdout.flush()
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0


def index(quiz: Quiz, data: Path) -> None:
    """The articles of the set as a library of its own, by the command that everybody uses."""
    folder = data / "articles"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "articles.jsonl").open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(article) + "\n" for article in quiz.articles)
    command = [sys.executable, "-m", "rag.app.cli"]
    subprocess.run([*command, "index", str(folder), "--data", str(data)], check=True)  # noqa: S603 - our own command


def finding(assistant: Assistant, quiz: Quiz) -> dict[str, float]:
    """How well articles are ranked: ours, then full text alone and vectors alone."""
    rankings: dict[str, Ranking] = {
        "onrecord": lambda asked: [hit.passage.source for hit in assistant.search(asked.text, DEEP, asked=asked.asked)],
        "plain BM25": lambda asked: by_words(assistant, asked.text),
        "plain dense": lambda asked: by_meaning(assistant, asked.text),
    }
    return {
        f"{name}, article {measure}": value
        for name, ranking in rankings.items()
        for measure, value in measured(quiz, ranking).items()
    }


def measured(quiz: Quiz, ranking: Ranking) -> dict[str, float]:
    """Hit@k, MRR and nDCG by `ir-measures` over the answerable questions; an article counts at its best passage."""
    import ir_measures
    from ir_measures import RR, Success, nDCG

    wanted = dict(zip(MEASURES, (Success @ 4, Success @ 10, RR @ 10, nDCG @ 10), strict=True))
    relevant = {one.id: dict(one.relevant) for one in quiz.answerable}
    found = {
        one.id: {source: -float(place) for place, source in enumerate(dict.fromkeys(ranking(one)))}
        for one in quiz.answerable
    }
    results = ir_measures.calc_aggregate(wanted.values(), relevant, found)
    return {name: float(results[measure]) for name, measure in wanted.items()}


def by_words(assistant: Assistant, question: str) -> list[str]:
    """Full text alone: BM25 over all words of the question."""
    with assistant.store.reading() as view:
        found = view.full_text([[word] for word in question.split()], DEEP)
        passages = view.passages([passage for passage, _ in found])
    return [passage.source for passage in passages.values()]


def by_meaning(assistant: Assistant, question: str) -> list[str]:
    """Vectors alone: the passages nearest to the question."""
    near = assistant.index.nearest(assistant.embedder.embed_query(question), DEEP)
    with assistant.store.reading() as view:
        passages = view.passages([passage for passage, _ in near])
    return [passage.source for passage in passages.values()]


def answering(assistant: Assistant, quiz: Quiz) -> dict[str, float]:
    """How often an answer shows the gold words within the first few slices, and how much is shown for it."""
    answers = [(one, assistant.ask(one.text, asked=one.asked)) for one in quiz.answerable]
    given = [answer for _, answer in answers if answer.status == "answered"]
    slices = [len(answer.citations) for answer in given]
    return {
        f"answer string in the first {SLICES} slices of {LONGEST} characters": _share(
            shows(answer, one) for one, answer in answers
        ),
        "slices shown in an answer, on average": sum(slices) / max(1, len(slices)),
    }


def shows(answer: Answer, asked: Question) -> bool:
    """Whether one of the first slices shown holds the gold answer; what stands beyond LONGEST is not counted."""
    return any(asked.is_answered_in(citation.quote[:LONGEST]) for citation in answer.citations[:SLICES])


def declining(assistant: Assistant, quiz: Quiz) -> dict[str, float]:
    """How often questions are declined: as they are, without every article that holds the answer, and of 2024."""
    answers = {
        "answerable questions": [asked(assistant, one, None) for one in quiz.answerable],
        "the same without the articles that answer": [
            asked(assistant, one, quiz.without_answer(one)) for one in quiz.answerable
        ],
        "questions of 2024, day of asking not given": [assistant.ask(one.text) for one in quiz.later],
    }
    return {
        f"{what}, {name}": _share([is_so(answer) for answer in given])
        for name, given in answers.items()
        for what, is_so in (("declined", _is_declined), ("declined or only the closest", _is_unsure))
    }


def _is_declined(answer: Answer) -> bool:
    return answer.status == "declined"


def _is_unsure(answer: Answer) -> bool:
    return answer.status == "declined" or answer.is_closest


def asked(assistant: Assistant, one: Question, among: Collection[str] | None) -> Answer:
    """The answer from some of the articles alone."""
    query = assistant.understand(one.text, asked=one.asked)
    evidence = assistant.find(query, among)
    return assistant.check(query, evidence, assistant.write(query, evidence))


def _share(held: Iterator[bool] | list[bool]) -> float:
    every = list(held)
    return sum(every) / len(every)


if __name__ == "__main__":
    sys.exit(main())
