"""The reports for terminals, programs and readers: they hold every case, agree with the exam, and fetch nothing."""

import html
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from evals.floors import Floors
from evals.page import as_html
from evals.plots import HEIGHT, WIDTH, Axis, Bar, Line, bars, ceiling, lines
from evals.report import ReportError, as_json, print_changes, print_exam, write
from evals.runs import MEASURES, Change, Past
from tests.exam_parts import CASE, NASTY, exam


def test_the_json_holds_means_kinds_latency_and_every_answer() -> None:
    report = json.loads(as_json(exam(), {"own": Floors("d" * 64, {"answer_match": 0.5})}, ("one floor",)))
    own = report["sets"]["own"]

    assert own["metrics"].keys() == set(MEASURES)
    assert own["metrics"]["evidence_recall"] == {"value": 1.0, "judged": 1}
    assert own["kinds"]["off_topic"]["evidence_recall"] == {"value": None, "judged": 0}
    assert own["latency"] == {"p50": 0.25, "p95": 0.75}
    assert own["risk_coverage"] == {"area": 1.0, "points": [{"coverage": 1.0, "risk": 1.0, "confidence": 0.75}]}
    assert (report["floors"], report["missed"]) == ({"own": {"answer_match": 0.5}}, ["one floor"])
    assert [result["id"] for result in own["results"]] == ["built", "sea"]
    assert own["results"][0]["answer"]["text"] == f"In 1911 {NASTY} [1]"
    assert report["baseline"].keys() == {"own"}
    assert report["usage"] == {"input_tokens": 1200.0}


def test_the_table_shows_every_metric_the_latency_the_baseline_and_the_faulty_answers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_exam(exam(), {"own": Floors("d" * 64, {"answer_match": 0.5, "false_declines": 0.1})})

    shown = capsys.readouterr().out
    assert all(name in shown for name in MEASURES)
    assert "baseline" in shown
    assert "≥ 0.500" in shown
    assert "≤ 0.100" in shown
    assert "p50 250 ms, p95 750 ms" in shown
    assert "input_tokens 1,200" in shown
    assert "- built: " in shown
    assert "- sea: " not in shown


def test_changes_are_told_case_by_case_with_both_answers(capsys: pytest.CaptureFixture[str]) -> None:
    print_changes(
        [
            Change("built", "mended", "When?", "In 1912 [1]", "In 1911 [1]", ("−answer_match",)),
            Change("sea", "added", "How deep?", "", "No.", ()),
        ]
    )

    shown = capsys.readouterr().out
    assert "mended: built: When?  [−answer_match]" in shown
    assert "    − In 1912 [1]\n    + In 1911 [1]" in shown
    assert "1 mended, 1 added" in shown
    print_changes([])
    assert capsys.readouterr().out == "Every case is answered as before.\n"


def test_a_report_that_cannot_be_written_names_its_path(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ReportError, match=r"cannot be written to .*run\.json"):
        write(tmp_path / "file" / "run.json", "{}")


PAST = [Past("2026-01-01T00:00:00+00:00", {"own": {"right": 0.5}, "gone": {"right": 1.0}}), Past.of(exam())]


def rendered(*, missed: tuple[str, ...] = (), confident: bool = True) -> str:
    floors = {"own": Floors("d" * 64, {"answer_match": 0.5})}
    return as_html(exam(confident=confident), floors, missed, PAST)


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


def test_the_page_lists_every_case_with_question_expected_got_and_evidence() -> None:
    page = Page(rendered())

    assert page.ids == ["built", "sea"]
    for shown in (
        CASE.question,
        f"read as: When was the dam built? {NASTY}",
        f"not the words 1912 {NASTY}",
        "the number 1911",
        "a difference: “Before.”",
        f"In 1911 {NASTY}",
        f"built in 1911 {NASTY}",
        "declined: off_topic",
        "How deep is the sea?",
    ):
        assert shown in page.text


def test_wrong_answers_stand_open_before_the_perfect_ones() -> None:
    page = rendered()

    assert "<h2>own: 1 wrong, 0 right but not perfect, 1 perfect</h2>" in page
    assert '<details id="built" open>' in page
    assert page.index('id="built"') < page.index("The 1 perfect ones") < page.index('id="sea"')


def test_every_piece_of_evidence_is_said_to_be_cited_or_not_and_marked_in_what_was_cited() -> None:
    page, given = rendered(), exam()
    blank = replace(given.results[0], answer=replace(given.results[0].answer, citations=(), differences=()))
    missing = replace(given, runs=(replace(given.runs[0], results=(blank,)),), baseline=())

    assert "cited ✓</span> “built in 1911" in page
    assert "not cited ✗" not in page
    assert "<mark>built in 1911 &lt;script&gt;" in page
    assert "not cited ✗</span> “built in 1911" in as_html(missing, {}, (), [Past.of(missing)])


def test_the_figures_stand_beside_their_floor_and_the_baseline() -> None:
    page = rendered()
    (row,) = [line for line in page.split("<tr>") if line.startswith('<th scope="row">answer_match</th>')]

    assert row.startswith(
        '<th scope="row">answer_match</th><td>1.000</td><td class="plain">≥ 0.500</td><td class="plain">1.000</td>'
    )


def test_the_plots_show_risk_latency_trend_and_kinds_with_their_names() -> None:
    page = rendered()

    for title in ("Risk and coverage", "Latency", "Trend: own", "Right answers by kind"):
        assert 'role="img" viewBox="0 0 420' in page
        assert f"<title>{title}</title>" in page
    assert "onrecord, area 1.000" in page
    assert "baseline, area 1.000" in page
    assert "gone" not in page
    unsure = rendered(confident=False)
    assert "onrecord's answers have no confidence" in html.unescape(unsure)
    assert "onrecord, area" not in unsure


def test_nothing_in_the_page_is_run_or_fetched() -> None:
    whole = rendered()
    page = Page(whole)

    assert not {"script", "img", "link", "iframe", "object", "a", "form"} & set(page.tags)
    assert page.addresses == []
    assert "default-src 'none'" in whole
    text = Page(rendered(missed=("evidence_recall is <low>",))).text
    assert "evidence_recall is <low>" in text
    assert "input_tokens 1,200" in text
    assert "url(" not in whole
    assert "@import" not in whole


def test_a_model_beside_has_its_column_and_the_answers_that_differ() -> None:
    given = exam()
    one, other = given.runs[0].results
    worse = replace(one, scores=dict(one.scores) | {"answer_match": 0.0, "right": 0.0})
    model = replace(given.runs[0], results=(worse, other), writer="model:openai:double")
    page = as_html(replace(given, model=(model,)), {}, (), [Past.of(given)])

    assert '<th scope="col">model:openai:double</th>' in page
    (row,) = [line for line in page.split("<tr>") if line.startswith('<th scope="row">answer_match</th>')]
    assert row.startswith('<th scope="row">answer_match</th><td>1.000</td>')
    assert '<td class="plain">0.000</td></tr>' in row
    assert "<h2>own by model:openai:double: 0 better, 1 not, 1 alike</h2>" in page
    assert len(Page(page).ids) == len(set(Page(page).ids))


def path_of(svg: str) -> str:
    found = re.findall(r'<path class="s0" d="(M[^"h]+)"', svg)
    assert len(found) == 1
    return str(found[0])


def test_a_line_runs_from_corner_to_corner_of_its_axes() -> None:
    drawn = path_of(lines("t", Axis("x", 0, 10), Axis("y"), [Line("a", ((0, 0), (10, 1)))]))
    (left, low), (right, high) = (tuple(map(float, place.split())) for place in drawn[1:].split("L"))

    assert 0 < left < right <= WIDTH
    assert 0 < high < low < HEIGHT


def test_a_stepped_line_keeps_its_height_until_the_next_point() -> None:
    drawn = path_of(lines("t", Axis("x"), Axis("y"), [Line("a", ((0.5, 0), (1, 1)), stepped=True)]))

    assert re.fullmatch(r"M[\d.]+ [\d.]+H[\d.]+V[\d.]+", drawn)


def test_values_past_an_axis_stay_on_the_plot_and_an_axis_ends_at_a_round_number() -> None:
    assert Axis("x", 0, 10).share(99) == 1.0
    assert Axis("x", 5, 5).share(5) == 0.0
    for value, end in ((0.0, 1), (1.0, 1), (31, 40), (83.0, 100), (0.3, 0.4), (1001, 2000)):
        assert ceiling(value) == pytest.approx(end)


def test_plots_are_well_formed_with_any_name() -> None:
    nasty = '<b>&"'
    for svg in (
        lines(nasty, Axis(nasty, labels=(nasty,)), Axis(nasty), [Line(nasty, ((0, 0),)), Line("empty", ())]),
        bars(nasty, [Bar(nasty, 0.5, 0.25, nasty), Bar("b", 1.0)]),
    ):
        assert ET.fromstring(svg).attrib["aria-label"] == nasty  # noqa: S314 - our own text


def test_a_bar_is_as_long_as_its_share_of_the_rail() -> None:
    widths = [float(width) for width in re.findall(r'width="([\d.]+)"', bars("t", [Bar("a", 0.25)]))]

    assert widths[1] == widths[0] / 4
