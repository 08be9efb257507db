"""The plots: points land where their numbers say, and names are escaped."""

import re
from xml.etree import ElementTree as ET

import pytest

from evals.plots import HEIGHT, WIDTH, Axis, Bar, Line, bars, ceiling, lines


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


def test_values_past_an_axis_stay_on_the_plot() -> None:
    assert Axis("x", 0, 10).share(99) == 1.0
    assert Axis("x", 5, 5).share(5) == 0.0


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


@pytest.mark.parametrize(("value", "end"), [(0.0, 1), (1.0, 1), (31, 40), (83.0, 100), (0.3, 0.4), (1001, 2000)])
def test_an_axis_ends_at_a_round_number(value: float, end: float) -> None:
    assert ceiling(value) == pytest.approx(end)
