from datetime import date, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from habits import strength
from habits.schedules import Daily, Interval, MonthTotal, Rule, Timeline, Weekdays, Weekly, WeekTotal, Window
from habits.strength import Meter

MONDAY = date(2026, 1, 5)


def on(n: int) -> date:
    return MONDAY + timedelta(days=n - 1)


def curve(marks, schedule=Daily(), *, rests=(), **rule):  # noqa: B008 -- a value
    """Strength from 0 to 1 after each day: x done, a digit an amount, - rested, . nothing."""
    marks = marks.replace(" ", "")
    timeline = schedule if isinstance(schedule, Timeline) else Timeline.always(Rule(schedule, **rule))
    points = strength.series(
        timeline,
        start=on(1),
        counts={on(n): int(mark.replace("x", "1")) for n, mark in enumerate(marks, 1) if mark not in "-."},
        rests=[(on(n), on(n)) for n, mark in enumerate(marks, 1) if mark == "-"],
        through=on(len(marks)),
    )
    return [value / 100 for _day, value in points]


def close(*values):
    return pytest.approx(values, abs=1e-6)


# ── Loop's own numbers, yes or no habits ──────────────────────────────────────────────────────────────────────────────


ONE_IN_THREE = Window(1, 3)


@pytest.mark.parametrize(
    ("schedule", "before", "done", "after"),
    [
        (Daily(), 0, 1, 0.051922),
        (Daily(), 0.5, 1, 0.525961),
        (Daily(), 0.75, 1, 0.762981),
        (Daily(), 0.5, 0, 0.474039),
        (Daily(), 0.75, 0, 0.711058),
        (ONE_IN_THREE, 0, 1, 0.030314),
        (ONE_IN_THREE, 0.5, 1, 0.515157),
        (ONE_IN_THREE, 0.75, 0, 0.727263),
    ],
)
def test_one_step_is_loops(schedule, before, done, after):
    meter = Meter(before * 100, recent=(float(done),) * 6)

    stepped = strength.step(meter, rule=Rule(schedule), day=MONDAY, count=done, rested=False)

    assert stepped.value / 100 == pytest.approx(after, abs=1e-6)


def test_a_week_of_days_is_loops():
    assert curve("xxxxxxx") == close(0.051922, 0.101149, 0.147820, 0.192067, 0.234017, 0.273789, 0.311495)


def test_thirteen_days_are_half_and_twenty_are_loops():
    assert curve("x" * 20)[12::7] == close(0.5, 0.655748)


@pytest.mark.parametrize(("days", "score"), [(7, 0.3115), (13, 0.5), (30, 0.7980), (66, 0.9704), (87, 0.9903)])
def test_perfect_days_are_loops(days, score):
    assert curve("x" * days)[-1] == pytest.approx(score, abs=5e-5)


def test_a_missed_day_costs_what_it_costs_in_loop():
    assert curve("xxxxx.x")[5:] == close(0.221866, 0.262269)


def test_a_skipped_day_is_loops():
    assert curve("xxxxx-x")[5:] == close(0.234017, 0.273789)


def test_skips_at_5_10_and_11_days_ago_are_loops():
    scores = curve("x" * 8 + "--" + "x" * 4 + "-" + "x" * 5)

    assert [scores[-1 - ago] for ago in (0, 5, 6, 10, 11, 12)] == close(
        0.596033, 0.472617, 0.472617, 0.347244, 0.347244, 0.347244
    )


def test_one_day_then_a_skip_then_nothing_is_loops():
    assert curve("x-....") == close(0.051922, 0.051922, 0.049226, 0.046670, 0.044247, 0.041949)


def test_three_missed_days_take_15_percent():
    scores = curve("x" * 30 + "...")

    assert [scores[29], scores[30], scores[32]] == close(0.798017, 0.756582, 0.680054)
    assert scores[32] / scores[29] == pytest.approx(0.852, abs=1e-3)


@pytest.mark.parametrize(
    ("schedule", "marks"),
    [
        (Daily(), "x" * 90),
        (Weekly(1), "x......" * 38 + "x"),
        (Window(1, 30), ("x" + "." * 29) * 17 + "x"),
        (Interval(30, MONDAY), ("x" + "." * 29) * 17 + "x"),
        (Weekdays((1,)), "x......" * 38 + "x"),
    ],
)
def test_long_perfect_habits_are_above_99(schedule, marks):
    assert curve(marks, schedule)[-1] > 0.99


def test_half_of_the_amount_for_500_days_is_half():
    assert curve("1" * 500, target=2)[-1] == pytest.approx(0.5, abs=1e-6)


def test_500_skips_change_nothing():
    assert curve("xxx" + "-" * 500)[-1] == curve("xxx")[-1]


def test_amounts_below_daily_frequency_need_twice_loops_days():
    """20 pages, once a week: Loop divides the last 7 days by 20, `Weekly(1)` 14 days by 2 × 20; a weekly total is Loop's."""
    loops, ours = close(0.009975, 0.034321, 0.104415), close(0.004988, 0.017161, 0.052208)
    marks = {1: 10, 3: 5, 5: 5}
    counts = {on(n): amount for n, amount in marks.items()}
    for schedule, expected in ((Weekly(1), ours), (WeekTotal(), loops)):
        timeline = Timeline.always(Rule(schedule, 20, "쪽"))
        points = strength.series(timeline, start=on(1), counts=counts, through=on(7))

        assert [points[n - 1][1] / 100 for n in (1, 3, 7)] == expected


# ── What Loop gets wrong ──────────────────────────────────────────────────────────────────────────────────────────────


def test_weekly_amounts_are_judged_by_the_week():
    assert curve("8.8.8.." * 60, Weekly(3), target=8)[-1] > 0.99


@pytest.mark.parametrize(
    ("schedule", "rule"),
    [
        (Daily(), {"target": 3}),
        (Weekly(3), {}),
        (Weekly(3), {"target": 3}),
        (Weekdays((1, 3, 5)), {}),
        (Interval(3, on(1)), {}),
        (Window(2, 5), {}),
        (Daily(), {"target": 3, "direction": "at_most"}),
        (Weekly(3), {"target": 3, "direction": "at_most"}),
    ],
)
def test_a_rested_fortnight_changes_nothing_on_its_days_or_after(schedule, rule):
    busy = "3" * 21

    rested = curve(busy + "-" * 15 + busy, schedule, **rule)

    assert rested[20:36] == [rested[20]] * 16
    assert rested[35:] == sorted(rested[35:])


def test_days_after_a_rest_go_on_as_if_it_had_not_been():
    assert curve("x.x.x.. -------" + "x.x.x..", Weekly(3))[14:] == curve("x.x.x.. x.x.x..", Weekly(3))[7:]


# ── At most, weekdays, changes ────────────────────────────────────────────────────────────────────────────────────────


def test_at_most_begins_full_and_falls_with_the_excess():
    assert curve("2", target=2, direction="at_most") == [1.0]
    assert curve("3", target=2, direction="at_most") == close(1 - 0.051922 / 2)
    assert curve("4", target=2, direction="at_most") == curve("9", target=2, direction="at_most") == close(1 - 0.051922)


def test_at_most_nothing_stays_finite():
    assert curve("01", target=0, direction="at_most") == close(1, 1 - 0.051922)


def test_days_that_are_not_due_leave_the_strength_alone():
    scores = curve("xxxxxxx", Weekdays((1, 3, 5)))

    assert scores[0] == scores[1] < scores[2] == scores[3] < scores[4] == scores[5] == scores[6]


def test_a_new_rule_goes_on_from_the_strength_that_stands():
    timeline = Timeline(((on(1), Rule(Daily())), (on(31), Rule(Weekly(3)))))

    scores = curve("x" * 30 + "x.x.x..", timeline)

    assert scores[29] == pytest.approx(0.798017, abs=1e-6)
    assert all(abs(after - before) < 0.02 for before, after in pairwise(scores[29:]))


def test_a_series_has_each_day_from_the_first_log_on():
    timeline = Timeline.always(Rule(Daily()))

    points = strength.series(timeline, start=on(3), counts={on(1): 1}, through=on(5))

    assert [day for day, _value in points] == [on(n) for n in range(1, 6)]
    assert strength.series(timeline, start=on(3), counts={}, through=on(2)) == []


rules = st.one_of(
    st.builds(Rule, st.sampled_from([Daily(), Weekly(3), Weekdays((2, 6)), Interval(4, MONDAY), Window(2, 5), WeekTotal()]), st.integers(1, 3)),
    st.builds(Rule, st.sampled_from([Daily(), Weekly(3), Window(2, 5), WeekTotal(), MonthTotal()]), st.integers(0, 2), direction=st.just("at_most")),
)  # fmt: skip


@given(rules, st.text("-.0123", max_size=60), st.text("-.0123", max_size=20), rules)
@settings(max_examples=60, deadline=None)
def test_strength_stays_between_0_and_100(rule, marks, more, other):
    timeline = Timeline.always(rule).change(on(len(marks) + 1), other)

    assert all(0 <= value <= 1 for value in curve(marks + more, timeline))


@given(rules, st.text("-.0123", min_size=1, max_size=40), st.integers(0, 39))
@settings(max_examples=60, deadline=None)
def test_a_busier_day_strengthens_a_habit_and_weakens_an_at_most(rule, marks, n):
    n %= len(marks)
    # A rested day of an `at_most` habit is not judged: removing the rest is not the same as doing more.
    assume(marks[n] != "-" or rule.direction == "at_least")
    busier = marks[:n] + "3" + marks[n + 1 :]

    before, after = (curve(story, Timeline.always(rule))[-1] for story in (marks, busier))

    if rule.direction == "at_least":
        assert after >= before - 1e-9
    else:
        assert after <= before + 1e-9


@given(rules, st.integers(0, 2**32), st.integers(100, 900), st.integers(0, 60))
@settings(max_examples=12, deadline=None)
def test_what_lies_before_its_reach_does_not_move_a_strength(rule, seed, length, rested):
    rng = Random(seed)  # noqa: S311
    counts = {on(n): rng.randint(0, 3) for n in range(1, length + 1)}
    story = {"rests": [(on(length // 2), on(length // 2 + rested))], "through": on(length)}
    timeline = Timeline.always(rule)

    first = strength.reach(timeline, start=on(1), **story)
    near = {day: count for day, count in counts.items() if day >= first}
    whole = strength.series(timeline, start=on(1), counts=counts, **story)
    short = strength.series(timeline, start=first, counts=near, **story)

    assert short[-1][1] == pytest.approx(whole[-1][1], abs=0.05)


def test_the_reach_of_a_daily_habit_is_half_a_year_and_rests_lengthen_it():
    timeline, start, through = Timeline.always(Rule(Daily())), on(1), on(3650)

    half_a_year = strength.reach(timeline, start=start, through=through)
    rested = strength.reach(timeline, start=start, through=through, rests=[(on(3500), on(3599))])

    assert (through - half_a_year).days == 183
    assert (through - rested).days == 283
    assert strength.reach(timeline, start=on(3600), through=through) == on(3600)


@pytest.mark.parametrize("seed", range(20))
def test_a_series_is_its_steps_one_by_one_and_ends_with_the_latest(seed):
    """Habits that judge each day by itself are folded in a shorter loop."""
    rng = Random(seed)  # noqa: S311
    rule = rng.choice(
        [Rule(Daily()), Rule(Daily(), 4), Rule(Daily(), 2, direction="at_most"), Rule(Weekdays((1, 3, 6)), 2)]
    )
    days = [on(1) + n * timedelta(days=1) for n in range(60)]
    counts = {day: rng.randint(1, 5) for day in rng.sample(days, 35)}
    rests = [(days[20], days[24])] if rng.random() < 0.3 else []
    meter, expected = strength.begin(rule), []
    for day in days:
        rested = any(first <= day <= last for first, last in rests)
        meter = strength.step(meter, rule=rule, day=day, count=counts.get(day, 0), rested=rested)
        expected.append((day, meter.value))

    how = {"start": days[0], "counts": counts, "through": days[-1], "rests": rests}
    assert strength.series(Timeline.always(rule), **how) == expected
    assert strength.latest(Timeline.always(rule), **how) == expected[-1][1]
