"""Each achievement that is shipped has a history that earns it, and one that just misses."""

import dataclasses
import datetime as dt
import tomllib
from bisect import bisect_left
from itertools import pairwise
from pathlib import Path

import pytest

from core.templatetags import ui
from gamification import badge_icons, criteria, points
from gamification.criteria import Criterion
from gamification.reachability import Known, Script, construct
from gamification.replays import Act
from tests.gamification.test_reachability import acts, earns

CONTENT = Path(__file__).parents[2] / "gamification/content/achievements.toml"
SHIPPED = {one["id"]: one for one in tomllib.loads(CONTENT.read_text())["achievements"]}
KNOWN = Known(
    categories=["health", "exercise", "mindfulness", "learning", "productivity", "relationships", "creativity"],
    weathers=["clear", "cloudy", "rain", "snow", "wind", "hot", "cold"],
)


def acts_short(criterion: Criterion, script: Script) -> list[Act]:
    if isinstance(criterion, criteria.PerfectDays) and criterion.need == 1:
        # One of two habits is left undone.
        return acts(dataclasses.replace(script, habits=script.habits * 2, days=script.days[:1]))[:-1]
    return acts(one_short(criterion, script))


def one_short(criterion: Criterion, script: Script) -> Script:  # noqa: C901 -- one case for each kind
    """The script without the last thing that it takes."""
    match criterion:
        case criteria.Comeback():
            # A day earlier than that: away for one day less.
            return dataclasses.replace(script, days=[*script.days[:-1], script.days[-1] - dt.timedelta(1)])
        case criteria.OnDate() | criteria.LunarDate():
            return dataclasses.replace(script, days=script.days[:-1])
        case criteria.Rested():
            return dataclasses.replace(script, rested=[])
        case criteria.Protected():
            # The day that was missed was done.
            missed = {script.days[0] + dt.timedelta(n) for n in range((script.days[-1] - script.days[0]).days)}
            return dataclasses.replace(script, days=sorted(missed | set(script.days)))
        case criteria.Total() if criterion.need == 1:
            # One short of the first is nothing.
            return dataclasses.replace(script, days=[])
        case criteria.Noted() if criterion.need == 1:
            return dataclasses.replace(script, noted=frozenset())
        case criteria.WeatherTotal() if criterion.need == 1:
            return dataclasses.replace(script, weathers=[""])
        case criteria.Habits() | criteria.Categories():
            return dataclasses.replace(script, habits=script.habits[:-1])
        case criteria.StreakWeeks():
            return dataclasses.replace(script, days=script.days[: 7 * (criterion.need - 2)])
        case criteria.Seasons():
            # A winter that ends before its twentieth day.
            spring = [day for day in script.days if day.month in (3, 4, 5, 6, 7, 8, 9, 10, 11)]
            return dataclasses.replace(script, days=spring)
    return dataclasses.replace(script, days=_until_short(criterion, script))


def _until_short(criterion: Criterion, script: Script) -> list[dt.date]:
    """The days without as few of the first ones as make it miss; something is always left."""

    def misses(left_out: int) -> bool:
        return not earns(criterion, acts(dataclasses.replace(script, days=script.days[left_out:])))

    # Mostly the first few are enough, and a long history is slow to look through.
    most = 1
    while most < len(script.days) and not misses(most):
        most *= 2
    left_out = bisect_left(range(min(most, len(script.days))), x=True, lo=most // 2, key=misses)
    assert 0 < left_out < len(script.days), "only nothing at all misses it"
    return script.days[left_out:]


@pytest.mark.parametrize("shipped", SHIPPED)
def test_a_history_earns_it_and_one_just_misses(shipped):
    criterion = criteria.parse(SHIPPED[shipped]["criteria"])
    script = construct(criterion, known=KNOWN)

    assert earns(criterion, acts(script))
    assert not earns(criterion, acts_short(criterion, script))


@pytest.mark.parametrize(
    "never_short",
    [{"kind": "total", "need": 1}, {"kind": "noted", "what": "mood", "need": 1}],
    ids=lambda one: one["kind"],
)
def test_a_near_miss_is_never_an_empty_history(never_short):
    criterion = criteria.parse(never_short)
    script = construct(criterion, known=KNOWN)

    with pytest.raises(AssertionError):
        _until_short(criterion, dataclasses.replace(script, noted=frozenset({"mood"})))


def test_points_make_levels_that_rise_more_and_more():
    begins = [points.begins(level) for level in range(1, 52)]
    steps = [later - earlier for earlier, later in pairwise(begins)]

    assert begins[:6] == [0, 100, 300, 600, 1000, 1500]
    assert begins[49] == 122_500
    assert steps == sorted(set(steps))
    assert all(
        points.level(first) == level and points.level(first - 1) == level - 1
        for level, first in enumerate(begins[1:], 2)
    )


def test_every_icon_that_staff_choose_from_is_drawn_and_named():
    unknown = ui.shapes(ui.UNKNOWN_ICON)

    assert [icon for icon, _name in badge_icons.CHOICES if ui.shapes(icon) == unknown] == []
    assert {one["icon"] for one in SHIPPED.values()} <= dict(badge_icons.CHOICES).keys()
