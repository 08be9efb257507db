"""The examination, over a little archive of one article and an answerer that knows two questions."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pytest

from evals import runs
from evals.cases import Case, CaseError, CaseSet, Excerpt, case_sets
from evals.run import Wanted, evaluate, examine
from rag.core import Answer, Article, Hit, Sentence, Span, Turn
from rag.core.errors import LibraryError
from tests.answers import cited

TEXT = "The dam was built in 1911. Ann Lee said it would hold."
BUILT = Case(
    "built", "fact", "When was it built?", evidence=((Excerpt("dam.txt", "built in 1911"),),), words=(("1911",),)
)


def own(*cases: Case) -> CaseSet:
    return CaseSet("own", cases, "d0")


class Archive:
    """Answers "When was it built?" from its one article and declines all else; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[Turn, ...], dt.date | None]] = []
        self.sought: list[str] = []

    def ask(self, question: str, history: Sequence[Turn] = (), asked: dt.date | None = None) -> Answer:
        self.asked.append((question, tuple(history), asked))
        if question != BUILT.question:
            sentence = Sentence("The articles do not say.", (), "frame")
            return Answer(question, question, "declined", (sentence,), (), "archive", reason="off_topic")
        citation = cited(1, self.article("dam.txt"), TEXT[:26])
        return Answer(question, question, "answered", (Sentence(TEXT[:26], (1,), "checked"),), (citation,), "archive")

    def search(self, question: str, limit: int = 10) -> list[Hit]:
        self.sought.append(question)
        return [Hit(self.article("dam.txt").passage((Span(0, 26),)), 1.0)][:limit]

    def article(self, source: str) -> Article:
        if source != "dam.txt":
            raise LibraryError(f"{source} is not in the library.")
        return Article("dam.txt", TEXT, "d1", "text", ())


def test_every_case_is_asked_in_order_with_its_history_and_its_day_the_first_once_before_the_clock_runs() -> None:
    archive = Archive()
    history, day = (Turn("user", "And before?"),), dt.date(2024, 3, 31)
    follow_up = Case("next", "follow_up", "And now?", history=history, asked=day, reasons=("off_topic",))
    run = examine(archive, own(BUILT, follow_up))
    assert [result.case.id for result in run.results] == ["built", "next"]
    assert archive.asked == [(BUILT.question, (), None)] * 2 + [("And now?", history, day)]
    assert archive.sought == [BUILT.question], "Only cases with evidence are searched for."


def test_cases_for_other_articles_and_no_cases_are_refused_before_anything_is_asked() -> None:
    archive = Archive()
    for excerpt, complaint in (
        (Excerpt("sea.txt", "deep"), "names sea.txt, which this library does not hold"),
        (Excerpt("dam.txt", "built in 1912"), "quotes “built in 1912”, which dam.txt does not hold"),
    ):
        with pytest.raises(CaseError, match=f"Case far {complaint}"):
            examine(archive, own(Case("far", "fact", "?", evidence=((excerpt,),))))
    with pytest.raises(CaseError, match="There are no cases to ask"):
        examine(archive, own())
    assert archive.asked == []


MINE = '{"id": "late", "kind": "fact", "question": "Late?", "evidence": [{"source": "dam.txt", "quote": "1911"}]}\n'


def test_cases_of_ones_own_are_measured_without_floors_and_kept_with_the_unseen_ones_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cases, unseen = tmp_path / "mine.jsonl", tmp_path / "theirs.jsonl"
    cases.write_text(MINE)
    unseen.write_text(MINE.replace("late", "later"))
    json_path, html_path = tmp_path / "new" / "run.json", tmp_path / "run.html"
    code = evaluate(Archive(), Wanted(tmp_path / "runs", cases, unseen, json_path=json_path, html_path=html_path))
    shown = capsys.readouterr()
    assert code == 0
    assert "floor" not in shown.err
    assert "evidence_recall" in shown.out
    assert "late: Late?" in shown.out
    assert "mine: 1 cases" in shown.out
    assert "unseen: 1 cases" in shown.out
    assert html_path.is_file()
    (kept,) = (tmp_path / "runs").glob("*.json")
    assert kept.read_text() == json_path.read_text()


def test_our_own_cases_below_their_floors_fail_the_exam_with_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text(MINE)
    monkeypatch.setattr("evals.cases.CASES", tmp_path)
    monkeypatch.setattr("evals.cases.UNSEEN", tmp_path / "none")
    digest = examine(Archive(), case_sets()[0]).digest
    monkeypatch.setattr(runs, "load_floors", lambda: {"mine": runs.Floors(digest, {"evidence_recall": 0.5})})
    code = evaluate(Archive(), Wanted(tmp_path / "runs"))
    assert code == 1
    assert "mine: evidence_recall is 0.000; its floor is at least 0.500" in capsys.readouterr().err
