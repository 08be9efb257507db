"""The reports: they hold every case, they agree with the run, and the page neither runs nor fetches anything."""

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from evals.cases import Case, Excerpt
from evals.gate import Floors
from evals.metrics import METRICS, Result, Run, measure
from evals.report import ReportError, as_html, as_json, print_run, write
from rag.types import Answer, Article, Citation, NearMiss, Sentence, Turn, Withheld

NASTY = '<script>alert(1)</script> & "it" <img src=http://evil.example/x>'
TEXT = f"Before. The dam was built in 1911 {NASTY}. After."
ARTICLES = {"dam.txt": Article("dam.txt", TEXT, "d1", "text", ())}
CASE = Case(
    "built",
    "fact",
    f"When was it built? {NASTY}",
    history=(Turn("user", f"Earlier {NASTY}"),),
    evidence=((Excerpt("dam.txt", f"built in 1911 {NASTY}", ("Ann Lee",)),),),
    allowed=(Excerpt("dam.txt", "Before."),),
    forbidden=(Excerpt("dam.txt", "After."), Excerpt("sea.txt")),
    words=(("1911", NASTY),),
    note=f"Note {NASTY}",
)
DECLINE = Case("sea", "off_topic", "How deep is the sea?", reasons=("off_topic",))


def results() -> tuple[Result, Result]:
    citation = Citation(
        number=1, source="dam.txt", line=1, start=8, end=len(TEXT) - 7, quote=TEXT[8:-7], title=NASTY, published=None,
        outlet=None, url="http://outlet.example/dam", speaker=NASTY, via=None, kind="direct", polarity="asserts",
        statement_id=None, digest="d1",
    )  # fmt: skip
    near = NearMiss("dam.txt", 0, 7, "Before.", None, NASTY)
    answered = Answer(
        CASE.question, CASE.question, "answered", (Sentence(f"In 1911 {NASTY}", (1,), "supported"),), (citation,),
        "offline", notes=(NASTY,), withheld=(Withheld(NASTY, NASTY),), near_misses=(near,),
    )  # fmt: skip
    declined = Answer("?", "?", "declined", (Sentence("No.", (), "frame"),), (), "offline", reason="off_topic")
    return (
        Result(CASE, answered, measure(CASE, answered, ARTICLES), 0.25),
        Result(DECLINE, declined, measure(DECLINE, declined, ARTICLES), 0.75),
    )


@pytest.fixture
def run() -> Run:
    return Run(results(), "d" * 64, "offline")


class Page(HTMLParser):
    """Collects what a browser would see in a page: tags, links, ids, headings and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href", "srcset", "action", "data"}]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_lists_every_case_with_question_expected_got_and_evidence(run: Run) -> None:
    page = Page(as_html(run, ()))

    assert page.ids == ["built", "sea"]
    for shown in (
        CASE.question,
        f"In 1911 {NASTY}",
        f"built in 1911 {NASTY}",
        "declined: off_topic",
        "How deep is the sea?",
    ):
        assert shown in page.text


def test_the_page_marks_the_expected_words_in_what_was_cited(run: Run) -> None:
    assert "<mark>built in 1911 &lt;script&gt;" in as_html(run, ())


def test_nothing_in_the_page_is_run_or_fetched(run: Run) -> None:
    whole = as_html(run, ())
    page = Page(whole)

    assert not {"script", "img", "link", "iframe", "object", "a", "form"} & set(page.tags)
    assert page.addresses == []
    assert "default-src 'none'" in whole
    assert "url(" not in whole
    assert "@import" not in whole


def test_the_page_says_which_floors_were_missed(run: Run) -> None:
    assert "evidence_recall is <low>" in Page(as_html(run, ("evidence_recall is <low>",))).text


def test_the_json_holds_means_kinds_latency_and_every_answer(run: Run) -> None:
    report = json.loads(as_json(run, Floors(run.digest, {"answer_match": 0.5}), ("one floor",)))

    assert report["metrics"].keys() == METRICS.keys()
    assert report["metrics"]["evidence_recall"] == {"value": 1.0, "judged": 1}
    assert report["kinds"]["off_topic"]["evidence_recall"] == {"value": None, "judged": 0}
    assert report["latency"] == {"p50": 0.25, "p95": 0.75}
    assert (report["floors"], report["missed"]) == ({"answer_match": 0.5}, ["one floor"])
    assert [result["id"] for result in report["results"]] == ["built", "sea"]
    assert report["results"][0]["answer"]["text"] == f"In 1911 {NASTY} [1]"


def test_the_table_shows_every_metric_the_latency_and_the_faulty_answers(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    print_run(run, Floors(run.digest, {"answer_match": 0.5, "false_declines": 0.1}))

    shown = capsys.readouterr().out
    assert all(name in shown for name in METRICS)
    assert "≥ 0.500" in shown
    assert "≤ 0.100" in shown
    assert "p50 250 ms, p95 750 ms" in shown
    assert "- built: " in shown
    assert "- sea: " not in shown


def test_a_report_that_cannot_be_written_names_its_path(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ReportError, match=r"cannot be written to .*run\.json"):
        write(tmp_path / "file" / "run.json", "{}")
