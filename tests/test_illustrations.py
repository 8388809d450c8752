"""Drawings show the numbers they are given: amount, rarity, progress."""

import math
import re
from math import hypot
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import icon_strokes, illustrations
from core.templatetags import ui
from gamification import badge_icons

HEART = '<path d="M12 20V4"/>'


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314 - our own drawing


def classes(svg: str) -> list[str]:
    return re.findall(r'class="([^"]+)"', svg)


def level(svg: str) -> float:
    """How high the water stands, from the top of the well; 53 is its floor."""
    found = re.search(r'class="ink-level" d="M8 ([\d.]+)', svg)
    return float(found[1]) if found else 53


def arcs(svg: str, kind: str) -> list[tuple[float, ...]]:
    """The arcs of a class as (x1, y1, radius, radius, 0, large, 1, x2, y2)."""
    paths = re.findall(rf'class="{kind}"[^>]* d="M([^"]+)"', svg)
    return [tuple(float(number) for number in re.split(r"[ A]", path)) for path in paths]


@given(target=st.integers(2, illustrations.SEGMENTS_AT_MOST), count=st.integers(0, 40))
def test_a_small_target_has_one_segment_per_unit_and_the_done_ones_are_thick(target, count):
    svg = illustrations.counted_ink(count=count, target=target)

    drawn = classes(svg)
    assert drawn.count("ink-count") == min(count, target)
    assert drawn.count("ink-count") + drawn.count("ink-track") == target


@given(target=st.integers(illustrations.SEGMENTS_AT_MOST + 1, 20_000), count=st.integers(1, 20_000))
def test_a_large_target_has_one_arc_that_never_closes_on_itself(target, count):
    svg = illustrations.counted_ink(count=count, target=target)

    [arc] = arcs(svg, "ink-count")
    assert arc[:2] == (32, 4)
    assert arc[-2:] != (32, 4) or count / target < 0.001


@given(target=st.integers(1, 20_000), count=st.integers(0, 20_000))
def test_the_water_rises_with_each_unit_and_stays_in_the_well(target, count):
    before = level(illustrations.counted_ink(count=count, target=target))
    after = level(illustrations.counted_ink(count=count + 1, target=target))

    assert 10 <= after <= before <= 53


@pytest.mark.parametrize(
    ("count", "target", "words"),
    [(3, 8, "3/8"), (12, 20, "12/20"), (6_200, 10_000, "62%"), (3, 2, "3/2")],
)
def test_the_number_is_written_in_the_well(count, target, words):
    svg = illustrations.counted_ink(count=count, target=target)

    assert "".join(parsed(svg).itertext()) == words


def test_a_plain_check_in_keeps_its_icon_when_pressed():
    resting, open_ = illustrations.ink(glyph=HEART, plain=True), illustrations.ink(glyph=HEART)

    assert "glyph-open" not in resting
    assert "glyph-open" in open_


def test_the_day_has_one_stroke_per_habit_in_its_category_and_state():
    svg = illustrations.day_ring(
        arcs=[("health", "done"), ("learning", "part"), ("health", "open"), ("creativity", "rest")],
        done=1,
        of_text="3개 중",
        label="오늘 3개 중 1개 했어요",
    )

    strokes = re.findall(r'class="ring-arc (\w+)" data-cat="(\w+)"', svg)
    assert strokes == [("done", "health"), ("part", "learning"), ("open", "health"), ("rest", "creativity")]


@given(count=st.integers(1, 60))
def test_the_strokes_of_a_day_go_round_without_touching(count):
    svg = illustrations.day_ring(arcs=[("health", "open")] * count, done=0, of_text="", label="")

    strokes = arcs(svg, "ring-arc open")
    ends, starts = [stroke[-2:] for stroke in strokes], [stroke[:2] for stroke in strokes[1:] + strokes[:1]]
    assert all(math.dist(end, start) > 0 for end, start in zip(ends, starts, strict=True))
    assert len(strokes) == count


def test_a_day_without_habits_is_an_empty_ring():
    svg = illustrations.day_ring(arcs=[], done=0, of_text="0개 중", label="아직 습관이 없어요")

    assert "ring-arc" not in svg
    assert ">–</text>" in svg


def test_words_in_a_drawing_are_escaped():
    svg = illustrations.day_ring(arcs=[], done=0, of_text="<b>", label='"><script>')

    assert "<b>" not in svg
    assert "<script>" not in svg


@given(percent=st.integers(1, 100))
def test_the_area_of_a_drop_is_the_share_of_the_day(percent):
    svg = illustrations.drop(percent=percent)

    radius = float(re.search(r'class="drop" cx="16" cy="16" r="([\d.]+)"', svg)[1])
    assert radius**2 / 12**2 == pytest.approx(percent / 100, abs=0.005)


def test_a_rest_is_a_bar_and_an_empty_day_has_no_drop():
    assert classes(illustrations.drop(percent=0, state="rest")) == ["drop-ring", "drop-rest"]
    assert classes(illustrations.drop(percent=0)) == ["drop-ring"]


def test_each_rarity_has_its_own_outline():
    badges = [illustrations.badge(text="한달", rarity=rarity) for rarity in ("common", "rare", "epic", "legendary")]

    outlines = {re.search(r'<(\w+) class="badge-fill"([^>]*)', svg).groups() for svg in badges}
    assert len(outlines) == 4


def test_a_badge_leans_the_same_way_each_time():
    first, again = (
        illustrations.badge(text="한달", rarity="rare"),
        illustrations.badge.__wrapped__(text="한달", rarity="rare"),
    )

    assert first == again


def test_another_icon_or_colour_is_another_badge():
    drawn = {
        ui.badge(text="한달", rarity="rare", icon=icon, color=color)
        for icon in ("", "leaf", "sun")
        for color in (None, "#A5332A", "#38A169", "#123456")
    }
    ahead = {
        ui.badge_ahead(text="한달", percent=50, icon=icon, color=color)
        for icon in ("", "leaf")
        for color in ("", "#38A169")
    }

    # No colour is the red of badges.
    assert (len(drawn), len(ahead)) == (9, 4)
    assert len({ui.badge(text="한달", rarity="rare", icon=icon) for icon, _name in badge_icons.CHOICES}) == len(
        badge_icons.CHOICES
    )


def test_every_icon_of_a_badge_has_strokes_inside_its_square():
    for icon, _name in badge_icons.CHOICES:
        points = [point for stroke in icon_strokes.strokes(ui.shapes(icon)) for point in stroke]
        assert len(points) > 3, icon
        assert all(0 <= value <= 24 for point in points for value in point), icon


@pytest.mark.parametrize(
    ("shapes", "ends"),
    [
        ('<path d="M4 4h16v2H4z"/>', [(4, 4), (20, 4), (20, 6), (4, 6), (4, 4)]),
        ('<line x1="1" y1="2" x2="3" y2="4"/>', [(1, 2), (3, 4)]),
        ('<polyline points="1 2 3 4 5 2"/>', [(1, 2), (3, 4), (5, 2)]),
        # The two flags of an arc need no space.
        ('<path d="M2 12a10 10 0 0120 0"/>', [(2, 12), (22, 12)]),
        ('<path d="M2 12C2 2 22 2 22 12"/>', [(2, 12), (22, 12)]),
    ],
)
def test_strokes_begin_and_end_where_the_shapes_say(shapes, ends):
    [stroke] = icon_strokes.strokes(shapes)

    assert (stroke[0], stroke[-1]) == (ends[0], ends[-1])
    assert not len(ends) > 2 or stroke == ends


def test_an_arc_is_a_part_of_its_circle():
    [stroke] = icon_strokes.strokes('<path d="M2 12a10 10 0 0 1 20 0"/>')

    assert all(hypot(x - 12, y - 12) == pytest.approx(10) for x, y in stroke)
    assert min(y for _x, y in stroke) == pytest.approx(2, abs=0.1)


def test_a_badge_ahead_shows_how_far():
    svg = illustrations.badge_ahead(text="쉰날", percent=50)

    [arc] = arcs(svg, "badge-got")
    assert arc[-2:] == (44, 83)


def test_every_reason_of_the_ledger_has_its_own_stamp():
    from habits.streaks import Reason

    stamps = {illustrations.stamp(reason.value) for reason in Reason}

    assert len(stamps) == len(Reason)


@pytest.mark.parametrize(
    "svg",
    [
        illustrations.mark(),
        illustrations.ink_defs(),
        illustrations.ink(glyph=HEART),
        illustrations.counted_ink(count=3, target=8),
        illustrations.counted_ink(count=300, target=500),
        illustrations.drop(percent=40),
        illustrations.badge(text="사철", rarity="legendary"),
        ui.badge(text="사철", rarity="epic", icon="leaf", color="#123456"),
        illustrations.badge_ahead(text="쉰날", percent=64),
        illustrations.badge_hidden(),
        illustrations.stamp("done"),
    ],
)
def test_a_drawing_is_well_formed_and_brings_no_style_of_its_own(svg):
    elements = list(parsed(svg).iter())

    assert elements[0].tag == "svg"
    assert not [element for element in elements if "style" in element.attrib or "fill" in element.attrib]
