"""The page: it holds every case, it agrees with the exam, and it neither runs nor fetches anything."""

from dataclasses import replace
from html.parser import HTMLParser

from evals.floors import Floors
from evals.page import as_html
from evals.runs import Past
from tests.exam_parts import CASE, NASTY, exam

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


def test_every_piece_of_evidence_is_said_to_be_cited_or_not() -> None:
    page = rendered()
    given = exam()
    blank = replace(given.results[0], answer=replace(given.results[0].answer, citations=(), differences=()))
    missing = replace(given, runs=(replace(given.runs[0], results=(blank,)),), baseline=())

    assert "cited ✓</span> “built in 1911" in page
    assert "not cited ✗" not in page
    assert "not cited ✗</span> “built in 1911" in as_html(missing, {}, (), [Past.of(missing)])


def test_the_page_marks_the_expected_words_in_what_was_cited() -> None:
    assert "<mark>built in 1911 &lt;script&gt;" in rendered()


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


def test_answers_without_confidence_are_said_to_have_none() -> None:
    page = rendered(confident=False)

    assert "onrecord's answers have no confidence" in page.replace("&#x27;", "'")
    assert "onrecord, area" not in page


def test_nothing_in_the_page_is_run_or_fetched() -> None:
    whole = rendered()
    page = Page(whole)

    assert not {"script", "img", "link", "iframe", "object", "a", "form"} & set(page.tags)
    assert page.addresses == []
    assert "default-src 'none'" in whole
    assert "url(" not in whole
    assert "@import" not in whole


def test_the_page_says_which_floors_were_missed_and_what_the_writing_took() -> None:
    text = Page(rendered(missed=("evidence_recall is <low>",))).text

    assert "evidence_recall is <low>" in text
    assert "input_tokens 1,200" in text


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
