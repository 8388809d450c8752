"""Sums that move by differences are the sums of all days, in whatever order the days change."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from gamification.progress_tally import ProgressTally, totals

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


def test_a_week_is_perfect_from_monday_to_sunday():
    seven = {MONDAY + dt.timedelta(n): {"perfect": 1} for n in range(7)}
    across = {MONDAY + dt.timedelta(n): {"perfect": 1} for n in range(3, 10)}

    assert totals(seven)["perfect_weeks"] == 1
    assert "perfect_weeks" not in totals(across)
