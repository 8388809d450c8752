"""Sums that move by differences are the sums of all days, in whatever order the days change."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from gamification.achievements import EarnableAchievement, Watch
from gamification.counters import CounterSums
from gamification.criteria import Progress, parse
from gamification.models import Achievement
from gamification.progress_tally import ProgressTally, totals
from gamification.replays import Act, replay
from tests.operations import count_calls

MONDAY = dt.date(2026, 11, 2)
days = st.integers(0, 20).map(lambda n: MONDAY + dt.timedelta(n))
counters = st.dictionaries(st.sampled_from(["times", "perfect", "hour.7", "logs"]), st.integers(1, 1), max_size=4)


def tally() -> ProgressTally:
    return ProgressTally(None, {}, 0, set())


@given(st.lists(st.dictionaries(days, counters, max_size=4), max_size=12))
def test_sums_are_those_of_the_days_after_any_changes(changes):
    kept = tally()
    known: dict[dt.date, dict[str, int]] = {}

    for change in changes:
        kept.apply(change)
        known |= change

    assert kept.counters == totals(known)
    assert kept.points == sum(one.get("times", 0) for one in known.values())
    assert kept.days == {day: one for day, one in known.items() if one}


@given(st.dictionaries(days, counters))
def test_saying_the_same_again_changes_nothing(change):
    kept = tally()
    kept.apply(change)
    before = (dict(kept.counters), kept.points)

    kept.apply(change)

    assert (kept.counters, kept.points) == before
    assert kept.changed(change) == {}


changes_of_sums = st.lists(
    st.dictionaries(st.sampled_from(["times", "habit.a", "habit.b", "habits", "category.a"]), st.integers(-2, 2))
)


@given(changes_of_sums, changes_of_sums)
def test_a_group_is_that_of_the_sums_after_any_changes(before, after):
    sums = CounterSums()

    for change in before:
        sums.add(change)
    list(sums.group("habit."))
    for change in after:
        sums.add(change)

    assert sorted(sums.group("habit.")) == sorted(much for name, much in sums.items() if name.startswith("habit."))
    assert 0 not in sums.values()


def test_a_replay_looks_for_a_group_once_and_not_at_each_act():
    asked = {"kind": "habits_done", "need": 20, "times": 3660}
    watch = Watch([EarnableAchievement(Achievement(pk="many", criteria=asked), parse(asked))])
    first = {f"habit.{number}": 1 for number in range(500)}

    def calls(acts: int) -> int:
        days = [MONDAY + dt.timedelta(n) for n in range(acts)]
        at = dt.datetime.combine(MONDAY, dt.time(), dt.UTC)
        made = [Act(at, day, {"habit.0": 1, "times": 1} | (first if day == MONDAY else {}), Progress()) for day in days]
        return count_calls(lambda: replay(made, watch))

    # To look each of 500 names through would be 500 more calls than to compare 500 numbers.
    assert calls(20) - calls(10) < 10 * 700


def test_a_week_is_perfect_from_monday_to_sunday():
    seven = {MONDAY + dt.timedelta(n): {"perfect": 1} for n in range(7)}
    across = {MONDAY + dt.timedelta(n): {"perfect": 1} for n in range(3, 10)}

    assert totals(seven)["perfect_weeks"] == 1
    assert "perfect_weeks" not in totals(across)
