"""The reports for terminals, programs and readers: they hold every case, agree with the exam, and fetch nothing."""

import html
import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from evals.page import Axis, Bar, Line, as_html, bars, lines
from evals.report import as_json, print_changes, print_exam
from evals.runs import MEASURES, Change, Floors, Past
from tests.exam_parts import CASE, NASTY, exam

FLOORS = {"own": Floors("d" * 64, {"answer_match": 0.5, "false_declines": 0.1})}
PAST = [Past("2026-01-01T00:00:00+00:00", {"own": {"right": 0.5}, "gone": {"right": 1.0}}), Past.of(exam())]


def test_the_json_holds_means_kinds_latency_and_every_answer() -> None:
    report = json.loads(as_json(exam(), FLOORS, ("one floor",)))
    own = report["sets"]["own"]
    assert own["metrics"].keys() == set(MEASURES)
    assert own["metrics"]["evidence_recall"] == {"value": 1.0, "judged": 1}
    assert own["kinds"]["off_topic"]["evidence_recall"] == {"value": None, "judged": 0}
    assert own["latency"] == {"p50": 0.25, "p95": 0.75}
    assert own["risk_coverage"] == {"area": 1.0, "points": [{"coverage": 1.0, "risk": 1.0, "confidence": 0.75}]}
    assert (report["floors"], report["missed"]) == ({"own": FLOORS["own"].bounds}, ["one floor"])
    assert [result["id"] for result in own["results"]] == ["built", "sea"]
    assert own["results"][0]["answer"]["text"] == f"In 1911 {NASTY} [1]"
    assert (report["baseline"].keys(), report["usage"]) == ({"own"}, {"input_tokens": 1200.0})


def test_the_table_shows_every_metric_and_changes_case_by_case_with_both_answers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_exam(exam(), FLOORS)
    shown = capsys.readouterr().out
    told = ("baseline", "≥ 0.500", "≤ 0.100", "p50 250 ms, p95 750 ms", "input_tokens 1,200", "- built: ")
    assert [words for words in (*MEASURES, *told) if words not in shown] == []
    assert "- sea: " not in shown
    mended = Change("built", "mended", "When?", "In 1912 [1]", "In 1911 [1]", ("−answer_match",))
    print_changes([mended, Change("sea", "added", "How deep?", "", "No.", ())])
    shown = capsys.readouterr().out
    for words in ("mended: built: When?  [−answer_match]", "    − In 1912 [1]\n    + In 1911 [1]", "1 mended, 1 added"):
        assert words in shown, words
    print_changes([])
    assert capsys.readouterr().out == "Every case is answered as before.\n"


def rendered(*, missed: tuple[str, ...] = (), confident: bool = True) -> str:
    return as_html(exam(confident=confident), FLOORS, missed, PAST)


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


def test_the_page_lists_every_case_the_wrong_ones_first_and_runs_or_fetches_nothing() -> None:
    page = rendered()
    seen = Page(page)
    assert seen.ids == ["built", "sea"]
    assert "<h2>own: 1 wrong, 0 right but not perfect, 1 perfect</h2>" in page
    assert page.index('<details id="built" open>') < page.index("The 1 perfect ones") < page.index('id="sea"')
    for told in (
        CASE.question, f"read as: When was the dam built? {NASTY}", f"not the words 1912 {NASTY}", "the number 1911",
        "a difference: “Before.”", f"In 1911 {NASTY}", f"built in 1911 {NASTY}", "declined: off_topic",
        "How deep is the sea?",
    ):  # fmt: skip
        assert told in seen.text, told
    whole = rendered(missed=("evidence_recall is <low>",))
    shut = Page(whole)
    assert not {"script", "img", "link", "iframe", "object", "a", "form"} & set(shut.tags)
    assert shut.addresses == []
    assert "default-src 'none'" in whole
    assert "evidence_recall is <low>" in shut.text
    assert not {words for words in ("url(", "@import") if words in whole}


def test_the_plots_show_risk_latency_trend_and_kinds_and_are_well_formed_with_any_name() -> None:
    page, unsure = rendered(), html.unescape(rendered(confident=False))
    for title in ("Risk and coverage", "Latency", "Trend: own", "Right answers by kind"):
        assert f"<title>{title}</title>" in page, title
    assert "onrecord, area 1.000" in page
    assert "baseline, area 1.000" in page
    assert "gone" not in page
    assert "onrecord's answers have no confidence" in unsure
    assert "onrecord, area" not in unsure
    nasty = '<b>&"'
    drawn = lines(nasty, Axis(nasty, labels=(nasty,)), Axis(nasty), [Line(nasty, ((0, 0),)), Line("empty", ())])
    for svg in (drawn, bars(nasty, [Bar(nasty, 0.5, 0.25, nasty), Bar("b", 1.0)])):
        assert ET.fromstring(svg).attrib["aria-label"] == nasty, svg  # noqa: S314 - our own text
    widths = [float(width) for width in re.findall(r'width="([\d.]+)"', bars("t", [Bar("a", 0.25)]))]
    assert widths[1] == widths[0] / 4
