"""The examination, over a little archive of one article and an answerer that knows two questions."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pytest

from evals.cases import Case, CaseError, Excerpt
from evals.metrics import METRICS
from evals.run import evaluate, examine
from rag.errors import LibraryError
from rag.types import Answer, Article, Citation, Sentence, Turn

TEXT = "The dam was built in 1911. Ann Lee said it would hold."
BUILT = Case(
    "built", "fact", "When was it built?", evidence=((Excerpt("dam.txt", "built in 1911"),),), words=(("1911",),)
)
SEA = Case("sea", "off_topic", "How deep is the sea?", reasons=("off_topic",))


class Archive:
    """Answers "When was it built?" from its one article and declines all else; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[Turn, ...], dt.date | None]] = []

    def ask(self, question: str, history: Sequence[Turn] = (), asked: dt.date | None = None) -> Answer:
        self.asked.append((question, tuple(history), asked))
        if question != BUILT.question:
            sentence = Sentence("The articles do not say.", (), "frame")
            return Answer(question, question, "declined", (sentence,), (), "archive", reason="off_topic")
        quote = TEXT[:26]
        citation = Citation(
            number=1, source="dam.txt", line=1, start=0, end=26, quote=quote, title=None, published=None, outlet=None,
            url=None, speaker=None, via=None, kind="narration", polarity="asserts", statement_id=None, digest="d1",
        )  # fmt: skip
        return Answer(question, question, "answered", (Sentence(quote, (1,), "supported"),), (citation,), "archive")

    def article(self, source: str) -> Article:
        if source != "dam.txt":
            raise LibraryError(f"{source} is not in the library.")
        return Article("dam.txt", TEXT, "d1", "text", ())


def test_every_case_is_asked_in_order_with_its_history_and_its_day() -> None:
    archive = Archive()
    history, day = (Turn("user", "And before?"),), dt.date(2024, 3, 31)
    follow_up = Case("next", "follow_up", "And now?", history=history, asked=day, reasons=("off_topic",))

    run = examine(archive, [BUILT, follow_up], "d0")

    assert [result.case.id for result in run.results] == ["built", "next"]
    assert archive.asked[-2:] == [(BUILT.question, (), None), ("And now?", history, day)]


def test_the_first_case_is_asked_once_before_the_clock_runs() -> None:
    archive = Archive()

    examine(archive, [BUILT, SEA], "d0")

    assert [question for question, _, _ in archive.asked] == [BUILT.question, BUILT.question, SEA.question]


def test_every_answer_is_measured_by_every_metric() -> None:
    run = examine(Archive(), [BUILT, SEA], "d0")

    assert all(result.scores.keys() == METRICS.keys() for result in run.results)
    assert [result.faults for result in run.results] == [(), ()]
    assert (run.writer, run.digest) == ("archive", "d0")


@pytest.mark.parametrize(
    ("excerpt", "complaint"),
    [
        (Excerpt("sea.txt", "deep"), "names sea.txt, which this library does not hold"),
        (Excerpt("dam.txt", "built in 1912"), "quotes “built in 1912”, which dam.txt does not hold"),
    ],
)
def test_cases_for_other_articles_are_refused_before_anything_is_asked(excerpt: Excerpt, complaint: str) -> None:
    archive = Archive()
    case = Case("far", "fact", "?", evidence=((excerpt,),))

    with pytest.raises(CaseError, match=f"Case far {complaint}"):
        examine(archive, [case], "d0")

    assert archive.asked == []


def test_no_cases_are_no_success() -> None:
    with pytest.raises(CaseError, match="There are no cases to ask"):
        examine(Archive(), [], "d0")


def test_cases_of_ones_own_are_measured_without_floors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = tmp_path / "mine.jsonl"
    cases.write_text(
        '{"id": "late", "kind": "fact", "question": "Late?", "evidence": [{"source": "dam.txt", "quote": "1911"}]}\n'
    )
    json_path, html_path = tmp_path / "new" / "run.json", tmp_path / "run.html"

    code = evaluate(Archive(), cases=cases, json_path=json_path, html_path=html_path)

    shown = capsys.readouterr()
    assert (code, shown.err) == (0, "")
    assert "evidence_recall" in shown.out
    assert "late: Late?" in shown.out
    assert json_path.is_file()
    assert html_path.is_file()
