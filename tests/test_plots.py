"""Plots draw numbers as shapes at the right place, with a text for each."""

import re
from xml.etree import ElementTree as ET

import pytest

from core import plots
from core.plots import DayCell

SVG = "{http://www.w3.org/2000/svg}"


def parsed(svg):
    return ET.fromstring(svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1))  # noqa: S314 - our own drawing


def points(svg, kind="curve"):
    """The corners of each line of that class."""
    return [
        [tuple(map(float, pair.split(","))) for pair in line.get("points").split()]
        for line in parsed(svg).iter(f"{SVG}polyline")
        if line.get("class") == kind
    ]


def test_a_day_of_the_map_stands_in_its_week_and_says_what_it_was():
    svg = plots.year_map(
        [[None, DayCell("done", "11월 17일 했어요")], [DayCell(0.25, "11월 23일 4개 중 1개")]],
        months=[(1, "12월")],
        label="한 해",
    )

    root = parsed(svg)
    weeks = root.findall(f"{SVG}g")
    done, part = (week.find(f"{SVG}g") for week in weeks)
    assert (root.get("role"), root.get("aria-label")) == ("img", "한 해")
    assert [group.find(f"{SVG}title").text for group in (done, part)] == ["11월 17일 했어요", "11월 23일 4개 중 1개"]
    assert [week.get("transform") for week in weeks] == ["translate(0)", "translate(14)"]
    assert [group.get("transform") for group in (done, part)] == ["translate(0 30)", "translate(0 16)"]
    assert [(dot.get("cx"), dot.get("cy")) for dot in done.iter(f"{SVG}circle")] == [("7", "7")]
    assert root.find(f"{SVG}text").get("x") == "14"


def test_the_area_of_a_dot_is_the_share_done():
    quarter, whole, none = (plots.day(share) for share in (0.25, 1.0, 0.0))

    assert 'class="dot-3" cx="7" cy="7" r="2.5"' in quarter
    assert 'class="dot-3" cx="7" cy="7" r="4.9"' in whole
    # Colour is never the only sign: partial cells have an outline, empty cells only an outline.
    assert [("dot-0" in svg, "dot-3" in svg) for svg in (quarter, whole, none)] == [
        (True, True),
        (False, True),
        (True, False),
    ]


@pytest.mark.parametrize(
    "marks", [["done", "partly", "protected", "rested", "missed", "not_due", "open", 0.5, 1.0]], ids=["marks"]
)
def test_each_mark_has_a_shape_of_its_own(marks):
    shapes = {re.sub(r' class="[^"]*"', "", plots.day(mark)) + str("dot-0" in plots.day(mark)) for mark in marks}

    # Done and all done are the same.
    assert len(shapes) >= len(marks) - 2
    assert plots.day("done") == plots.day(1.0)


def test_a_curve_goes_from_edge_to_edge_and_higher_is_stronger():
    (line,) = points(plots.curve([0.0, 50.0, 100.0], label="힘"))

    assert line == [(0, 100), (500, 50), (1000, 0)]


def test_a_curve_of_one_day_is_a_point_and_of_none_is_empty():
    assert points(plots.curve([40.0], label="힘")) == [[(1000, 60)]]
    assert points(plots.curve([], label="힘")) == []


def test_a_gap_of_a_curve_is_no_line_over_it():
    svg = plots.curve([0.0, 50.0, None, 100.0, None, 20.0, 40.0], label="주마다")

    assert [[x for x, _y in line] for line in points(svg)] == [[0, 167], [500], [833, 1000]]
    # The value alone is a point; the other is the last one.
    assert re.findall(r'class="pt" d="([^"]+)"', svg) == ["M500 0h0", "M1000 60h0"]
    assert points(plots.curve([None, None], label="주마다")) == []


def test_a_period_that_goes_on_is_dashed_and_has_no_area():
    svg = plots.curve([10.0, 50.0, 20.0], label="주마다", is_open=True)

    assert points(svg) == [[(0, 90), (500, 50)]]
    assert points(svg, "curve-open") == [[(500, 50), (1000, 80)]]
    assert 'd="M0 100L0,90 500,50L500 100z"' in svg


def test_an_open_period_after_a_gap_is_a_point():
    svg = plots.curve([10.0, None, 20.0], label="주마다", is_open=True)

    assert (points(svg, "curve-open"), 'class="pt" d="M1000 80h0"' in svg) == ([], True)


def test_rest_is_a_band():
    svg = plots.curve([1.0, 2.0], bands=[(0.25, 0.5)], label="힘")

    assert 'class="rest-band" x="250" y="0" width="250" height="100"' in svg


def test_a_day_without_a_score_breaks_the_line():
    svg = plots.lines([0.0, 1.0, None, 0.5, 0.5], [None] * 5, label="기분과 기운")

    assert [[x for x, _y in line] for line in points(svg)] == [[100, 300], [700, 900]]
    assert points(svg, "curve-2") == []
    assert svg.count('class="pt"') == 4


def test_a_score_alone_is_a_point_without_a_line():
    svg = plots.lines([None, 0.5, None], [None] * 3, label="기분과 기운")

    assert (svg.count("<polyline"), svg.count('class="pt"')) == (0, 1)


def test_stems_stand_for_days_that_asked_for_something():
    svg = plots.stems([1.0, None, 0.25], label="완료율")

    assert [bar.get("height") for bar in parsed(svg).iter(f"{SVG}rect")] == ["100", "25"]


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0, None])
def test_rings_and_bubbles_are_whole_svg(share):
    assert parsed(plots.ring(share)).get("aria-hidden") == "true"
    assert parsed(plots.bubble(share or 0.0)).get("aria-hidden") == "true"


def test_words_are_escaped():
    svg = plots.year_map([[DayCell("done", "<b>&")]], months=[], label='"<')

    assert parsed(svg).get("aria-label") == '"<'
    assert parsed(svg).find(f"{SVG}g/{SVG}g/{SVG}title").text == "<b>&"
