"""Counts what the check makes of a real model's sentences: before it and after it, over cases of questions.

`python -m evals.model_run --cases FILE --data DIR --out FILE` asks every case with the model that the settings name,
and prints what was offered, shown, put right and withheld, by reason. What is written out keeps every reply and every
sentence with its fate, to be read, a line a case: a run that was stopped goes on behind the last. `--replay FILE` asks
no model, but judges the replies of such a file again. Knows nothing of how sentences are proved.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from evals import tape
from rag import ChatModel, OnrecordError, Settings, build
from rag.core import Answer, Turn

_WORDS_SHOWN = "The article's own words are shown"
"""Part of the reason of a sentence that is withheld and led to the words of an article that say as much."""

_KINDS = {
    "quotes altered": ("does not stand so", "as a quote", "not closed"),
    "wrong or hidden speakers": ("does not attribute", "who is speaking", "who or what", "who “", "somebody else"),
    "citations wrong": ("cites nothing", "cites a number"),
    "not asked": ("what was asked",),
    "cut off": ("cut off", "too long"),
}
"""Kinds of objections, by words of the reasons; whatever is left says what the cited words do not."""


@dataclass
class Tally:
    """The counts of a run."""

    questions: int = 0
    answered: int = 0
    offline: int = 0
    shown: int = 0
    corrected: int = 0
    withheld: Counter[str] = field(default_factory=Counter)
    led_to_words: int = 0
    seconds: float = 0.0
    tokens: int = 0

    @property
    def offered(self) -> int:
        """How many sentences the model offered."""
        return self.shown + self.withheld.total()

    def add(self, answer: Answer) -> None:
        """Takes one answer into the counts."""
        self.questions += 1
        self.answered += answer.status == "answered"
        self.offline += answer.writer == "offline"
        self.shown += sum(sentence.verdict in {"checked", "proved"} for sentence in answer.sentences)
        self.corrected += len(answer.corrections)
        self.withheld.update(kind_of(one.reason) for one in answer.withheld)
        self.led_to_words += sum(_WORDS_SHOWN in one.reason for one in answer.withheld)
        usage = answer.usage or {}
        self.seconds += usage.get("seconds") or 0.0
        self.tokens += int((usage.get("input_tokens") or 0) + (usage.get("output_tokens") or 0))

    def lines(self) -> Iterator[str]:
        """The table."""
        yield f"questions {self.questions}, answered {self.answered}, put together offline {self.offline}"
        yield f"sentences offered {self.offered}, shown {self.shown}, corrections {self.corrected}"
        yield f"withheld, and the article's own words shown in their place: {self.led_to_words}"
        for kind, count in self.withheld.most_common():
            yield f"withheld, {kind}: {count} ({count / self.offered:.1%})"
        yield f"{self.tokens:,} tokens, {self.seconds:,.0f} s of the model"


def kind_of(reason: str) -> str:
    """The kind of a reason to withhold a sentence; where it cites nothing, by what the nearest piece lacks."""
    reason = re.sub(r"^It cites (?:nothing|a number that there is not)\. (?=.)", "", reason)
    return next((kind for kind, signs in _KINDS.items() if any(sign in reason for sign in signs)), "unsupported")


def fate(case: dict[str, Any], answer: Answer, take: tape.Take | None) -> dict[str, Any]:
    """An answer as a line to be read: the question, what was shown on what, and what was withheld and why."""
    quotes = {one.number: one for one in answer.citations}
    return {
        "id": case["id"],
        "question": answer.question,
        "writer": answer.writer,
        "status": answer.status,
        "shown": [
            {
                "text": one.text,
                "verdict": one.verdict,
                "cited": [(quotes[number].speaker, quotes[number].quote) for number in one.citations],
            }
            for one in answer.sentences
        ],
        "withheld": [asdict(one) for one in answer.withheld],
        "corrections": list(answer.corrections),
        "notes": list(answer.notes),
        "usage": dict(answer.usage or {}),
        "take": tape.written(take),
    }


def run(
    cases: Sequence[dict[str, Any]], settings: Settings, replay: Sequence[tape.Take] | None = None
) -> Iterator[tuple[dict[str, Any], Answer]]:
    """Every case's line and answer, as soon as it is there; of the takes to `replay`, if there are any."""
    recorders: list[tape.Recorder] = []

    def through(chat: ChatModel) -> ChatModel:
        recorders.append(tape.Recorder(chat if replay is None else tape.Player(chat, replay)))
        return recorders[-1]

    with closing(build(settings, writer="model", through=through)) as assistant:
        for case in cases:
            recorders[0].take = None
            history = [Turn(turn["role"], turn["content"]) for turn in case.get("history") or []]
            asked = dt.date.fromisoformat(case["asked"]) if case.get("asked") else None
            answer = assistant.ask(case["question"], history, asked)
            yield fate(case, answer, recorders[0].take), answer


def main(arguments: Sequence[str] | None = None) -> int:
    """Asks the cases one by one, so that a run that is stopped has kept what it asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=Path, required=True, help="JSON lines: id, question; history, asked")
    parser.add_argument("--data", type=Path, required=True, help="the library to ask")
    parser.add_argument("--limit", type=int, default=10_000, help="ask no more than so many")
    parser.add_argument("--out", type=Path, help="keep every reply, and every sentence with its fate; go on behind it")
    parser.add_argument("--replay", type=Path, help="judge the replies kept there, and ask no model")
    options = parser.parse_args(arguments)
    tally = Tally()
    try:
        done = {line["id"] for line in lines(options.out)} if options.out and options.out.exists() else set()
        takes = [tape.read(line["take"]) for line in lines(options.replay)] if options.replay else None
        replay = [take for take in takes if take] if takes is not None else None
        cases = [case for case in lines(options.cases)[: options.limit] if case["id"] not in done]
        for line, answer in run(cases, Settings.from_environment(data=options.data), replay):
            tally.add(answer)
            if options.out:
                with options.out.open("a", encoding="utf-8") as out:
                    out.write(json.dumps(line, ensure_ascii=False) + "\n")
    except OnrecordError as error:
        parser.error(str(error))
    for told in tally.lines():
        sys.stdout.write(f"{told}\n")
    return 0


def lines(path: Path) -> list[dict[str, Any]]:
    """The JSON lines of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


if __name__ == "__main__":
    sys.exit(main())
