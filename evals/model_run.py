"""Counts what the check makes of a real model's sentences: before it and after it, over cases of questions.

`python -m evals.model_run --cases FILE --data DIR` asks every case with the model that the settings name, and prints
what was offered, shown, put right and withheld, by reason; `--out FILE` keeps every sentence with its fate, to be read.
Knows nothing of how sentences are proved.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rag import OnrecordError, Settings, build
from rag.types import Answer

_KINDS = {
    "quotes altered": ("does not stand so", "as a quote", "not closed"),
    "wrong or hidden speakers": ("does not attribute", "who is speaking", "who or what", "who “", "somebody else"),
    "citations wrong": ("cites nothing", "cites a number"),
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
        self.shown += sum(sentence.verdict == "supported" for sentence in answer.sentences)
        self.corrected += len(answer.corrections)
        self.withheld.update(kind_of(one.reason) for one in answer.withheld)
        usage = answer.usage or {}
        self.seconds += usage.get("seconds") or 0.0
        self.tokens += int((usage.get("input_tokens") or 0) + (usage.get("output_tokens") or 0))

    def lines(self) -> Iterator[str]:
        """The table."""
        yield f"questions {self.questions}, answered {self.answered}, put together offline {self.offline}"
        yield f"sentences offered {self.offered}, shown {self.shown}, corrections {self.corrected}"
        for kind, count in self.withheld.most_common():
            yield f"withheld, {kind}: {count} ({count / self.offered:.1%})"
        yield f"{self.tokens:,} tokens, {self.seconds:,.0f} s of the model"


def kind_of(reason: str) -> str:
    """The kind of a reason to withhold a sentence."""
    return next((kind for kind, signs in _KINDS.items() if any(sign in reason for sign in signs)), "unsupported")


def fate(case: dict[str, Any], answer: Answer) -> dict[str, Any]:
    """An answer as a line to be read: the question, what was shown on what, and what was withheld and why."""
    quotes = {one.number: asdict(one) for one in answer.citations}
    return {
        "id": case.get("id"),
        "question": answer.question,
        "writer": answer.writer,
        "status": answer.status,
        "shown": [
            {
                "text": one.text,
                "verdict": one.verdict,
                "cited": [(quotes[n]["speaker"], quotes[n]["quote"]) for n in one.citations],
            }
            for one in answer.sentences
        ],
        "withheld": [asdict(one) for one in answer.withheld],
        "corrections": list(answer.corrections),
        "notes": list(answer.notes),
        "usage": dict(answer.usage or {}),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Asks the cases one by one, so that a run that is stopped has counted what it asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=Path, required=True, help='JSON lines with "id" and "question"')
    parser.add_argument("--data", type=Path, required=True, help="the library to ask")
    parser.add_argument("--limit", type=int, default=10_000, help="ask no more than so many")
    parser.add_argument("--out", type=Path, help="write every sentence with its fate")
    options = parser.parse_args(arguments)
    cases = [json.loads(line) for line in options.cases.read_text(encoding="utf-8").splitlines() if line.strip()]
    tally = Tally()
    try:
        with closing(build(Settings.from_environment(data=options.data), writer="model")) as assistant:
            for case in cases[: options.limit]:
                answer = assistant.ask(case["question"])
                tally.add(answer)
                if options.out:
                    with options.out.open("a", encoding="utf-8") as out:
                        out.write(json.dumps(fate(case, answer), ensure_ascii=False) + "\n")
    except OnrecordError as error:
        parser.error(str(error))
    for line in tally.lines():
        sys.stdout.write(f"{line}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
