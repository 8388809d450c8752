import json
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from accounts.days import Calendar
from habits import streaks
from habits.schedules import Daily, Interval, MonthTotal, Rule, Timeline, Weekdays, Weekly, WeekTotal, Window
from habits.streaks import Reason, State, StateAheadError

MONDAY = date(2026, 1, 5)


def on(n: int) -> date:
    """Day n of a story, 1 is a Monday."""
    return MONDAY + timedelta(days=n - 1)


def tell(marks, schedule=Daily(), *, start=1, today=None, rests=(), week_start="monday", **rule):  # noqa: B008 -- a value
    """One mark a day: x done, a digit an amount, - rested, . nothing. The last day is today."""
    marks = marks.replace(" ", "")
    timeline = schedule if isinstance(schedule, Timeline) else Timeline.always(Rule(schedule, **rule))
    amounts = {on(n): int(mark.replace("x", "1")) for n, mark in enumerate(marks, 1) if mark not in "-."}
    skipped = [(on(n), on(n)) for n, mark in enumerate(marks, 1) if mark == "-"]
    return streaks.replay(
        timeline,
        start=on(start),
        counts=amounts,
        rests=[*skipped, *rests],
        today=on(today or len(marks)),
        week_start=week_start,
    )


def runs(replayed):
    return [entry.run for entry in replayed.ledger]


def reasons(replayed):
    return " ".join(entry.reason for entry in replayed.ledger)


EVERY_OTHER_DAY = Interval(2, on(1))
MON_WED_FRI = Weekdays((1, 3, 5))


# ── Days ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_miss_breaks_the_streak_on_the_next_morning():
    assert tell("xxx.").streak.current == 3
    assert runs(tell("xxx..")) == [1, 2, 3, 0, 0]
    assert reasons(tell("xxx..")) == "done done done missed open"


def test_a_streak_that_ended_long_ago_is_not_current():
    assert tell("xxx" + "." * 60).streak[:2] == (0, 3)


def test_one_day_is_a_streak_of_one():
    assert tell("x").streak.current == tell("x.").streak.current == 1


def test_best_includes_today():
    assert tell("xx.xxx").streak[:2] == (3, 3)


def test_undo_gives_the_day_back_and_never_less_than_nothing():
    state, timeline = tell("xx.").state, Timeline.always(Rule(Daily()))

    seen = [
        streaks.with_today(state, timeline=timeline, count=count, today=on(3)).current for count in (0, 1, 0, 0, 1, 2)
    ]

    assert seen == [2, 3, 2, 2, 3, 3]


def test_less_than_the_target_is_partly_and_breaks():
    replayed = tell("883.", target=8, unit="잔")

    assert reasons(replayed) == "done done partly open"
    assert runs(replayed) == [1, 2, 0, 0]


def test_today_partly_done_is_open():
    assert tell("883", target=8).streak[:2] == (2, 2)
    assert tell("883", target=8).streak.today == Reason.OPEN


def test_mondays_count_monday_by_monday():
    assert runs(tell("x......x", Weekdays((1,)))) == [1] * 7 + [2]


def test_days_that_are_not_due_neither_count_nor_break():
    replayed = tell("xxx.x....x", MON_WED_FRI)

    assert reasons(replayed) == "done not_due done not_due done not_due not_due missed not_due done"
    assert (replayed.streak.current, replayed.streak.best, replayed.streak.total) == (1, 3, 5)


def test_every_day_away_is_judged():
    assert tell("xxx....x").streak.current == 1
    assert tell("x.x....x", EVERY_OTHER_DAY).streak.current == 0
    assert tell("x.x...x", EVERY_OTHER_DAY).streak.current == 1
    assert tell("x.x.x.x", EVERY_OTHER_DAY).streak.current == 4


def test_days_before_the_start_are_not_judged():
    assert [entry.day for entry in tell("...xx", start=4).ledger] == [on(4), on(5)]


def test_a_back_dated_log_begins_the_habit_earlier():
    assert runs(tell("x.xxx", start=4)) == [1, 0, 1, 2, 3]
    assert runs(tell("..xxx", start=4)) == [1, 2, 3]


def test_a_start_that_has_not_come_yet_shows_nothing():
    replayed = tell("", start=3, today=2)

    assert (replayed.streak.current, replayed.ledger) == (0, [])


def test_a_day_is_the_persons_own():
    night_owl = Calendar("Asia/Seoul", day_start=2)
    late = datetime(2026, 1, 5, 16, 59, tzinfo=UTC)  # 01:59 on Tuesday in Seoul

    assert [night_owl.day_of(at) for at in (late, late + timedelta(minutes=1))] == [on(1), on(2)]


# ── Rests ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_skipped_day_keeps_the_streak_and_adds_nothing():
    replayed = tell("xxxxx-x")

    assert reasons(replayed) == "done done done done done rested done"
    assert (replayed.streak.current, replayed.streak.rested) == (6, 1)


def test_a_pause_holds_until_it_ends():
    assert tell("xxx" + "." * 40, rests=[(on(4), None)]).streak[:2] == (3, 3)
    assert tell("xxx....", rests=[(on(4), on(5))]).streak.current == 0


def test_a_miss_beside_a_rest_still_breaks():
    assert tell("xxx-.x").streak.current == 1
    assert tell("xxx.-x").streak.current == 1


def test_doing_it_on_a_rested_day_counts():
    replayed = tell("xx.x", rests=[(on(2), on(3))])

    assert (replayed.streak.current, replayed.streak.rested) == (3, 1)


def test_resting_today_is_not_open():
    assert tell("xx-").streak.today == Reason.RESTED


def test_a_broken_streak_forgets_its_rests():
    assert tell("x-..x").streak.rested == 0


# ── Freezes ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_seven_done_days_earn_a_freeze_that_the_first_miss_takes():
    replayed = tell("xxxxxxx.x")

    assert [entry.day for entry in replayed.ledger if entry.earned] == [on(7)]
    assert [(entry.day, entry.reason) for entry in replayed.ledger if entry.spent] == [(on(8), Reason.PROTECTED)]
    assert (replayed.streak.current, replayed.streak.protected, replayed.streak.freezes) == (8, 1, 0)


def test_rests_and_days_not_due_lie_between_the_seven():
    assert tell("xxx--xxxx").streak.freezes == 1
    assert tell("x.x.x..x.x.x..x", MON_WED_FRI).streak.freezes == 1


def test_two_freezes_are_held_and_a_third_waits_for_room():
    assert [tell("x" * n).streak.freezes for n in (13, 14, 21, 28)] == [1, 2, 2, 2]
    assert tell("x" * 20).streak.next_freeze == 0
    assert tell("x" * 20 + ".x").streak[6:8] == (1, 6)


def test_the_third_miss_in_a_row_breaks():
    replayed = tell("x" * 14 + "....")

    assert reasons(replayed).split()[14:] == ["protected", "protected", "missed", "open"]
    assert runs(replayed)[14:] == [14, 14, 0, 0]


def test_nothing_is_spent_where_there_is_no_streak():
    assert [entry.spent for entry in tell("...").ledger] == [False] * 3


def test_an_unprotected_miss_begins_the_seven_anew():
    assert tell("xxxxxx.xxx").streak[6:8] == (0, 4)


def test_a_rest_spares_the_freeze():
    assert tell("xxxxxxx-x").streak.freezes == 1


def test_filling_in_the_day_gives_the_freeze_back():
    assert tell("xxxxxxx.xx").streak[:1] == (9,)
    assert tell("xxxxxxxxxx").streak[6] == 1


def test_partly_is_protected_too():
    assert reasons(tell("22222221.", target=2)).endswith("protected open")


# ── Weeks ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_week_counts_as_soon_as_its_days_are_done():
    replayed = tell("x.x.x..", Weekly(3))

    assert runs(replayed) == [0, 0, 0, 0, 1, 1, 1]
    assert replayed.streak[:3] == (1, 1, "weeks")


def test_more_than_asked_counts_once():
    assert tell("xxxxxxx xxx", Weekly(3)).streak.current == 2


def test_the_open_week_breaks_nothing():
    assert tell("xxx.... ......", Weekly(3)).streak.current == 1


def test_a_missed_week_breaks_when_it_closes():
    replayed = tell("xxx.... xx..... .", Weekly(3))

    assert [(entry.day, entry.reason, entry.run) for entry in replayed.ledger if entry.broke] == [(on(14), "missed", 0)]
    assert replayed.streak[:2] == (0, 1)


def test_a_missed_week_shows_on_its_last_day_though_that_was_done():
    sunday = tell("xxx.... x.....x .", Weekly(3)).ledger[13]

    assert (sunday.reason, sunday.broke, sunday.run, sunday.tally) == (Reason.DONE, True, 0, 2)


def test_a_freeze_keeps_a_week():
    replayed = tell("xxxxxxx ....... xxx", Weekly(3))

    assert [(entry.day, entry.reason) for entry in replayed.ledger if entry.spent] == [(on(14), "protected")]
    assert (replayed.streak.current, replayed.streak.protected) == (2, 1)


def test_a_skipped_day_asks_less_of_its_week():
    assert tell("xx..... x-..... xx", Weekly(2)).streak[:2] == (2, 2)
    assert tell("xx..... .-..... xx", Weekly(2)).streak[:2] == (1, 1)


def test_a_rested_week_is_skipped_whole():
    replayed = tell("xx..... ------- xx", Weekly(2))

    assert (replayed.streak.current, replayed.streak.rested) == (2, 7)


def test_a_first_week_begun_late_is_not_missed():
    assert "missed" not in reasons(tell(".....x. xxx....", Weekly(3), start=6))
    assert tell(".....x. xxx....", Weekly(3), start=6).streak.current == 1
    assert tell("....xxx xxx....", Weekly(3), start=5).streak.current == 2


@pytest.mark.parametrize(("week_start", "weeks"), [("monday", 1), ("sunday", 2)])
def test_weeks_begin_where_the_person_chose(week_start, weeks):
    assert tell("x....xx ......", Weekly(1), week_start=week_start).streak.current == weeks


# ── At most ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_at_most_counts_a_day_once_it_closed():
    replayed = tell("2.13.", target=2, direction="at_most")

    assert reasons(replayed) == "done done done missed open"
    assert runs(replayed) == [1, 2, 3, 0, 0]


def test_at_most_is_open_today_however_much():
    replayed = tell("22" + "9", target=2, direction="at_most")

    assert (replayed.streak.current, replayed.streak.today) == (2, Reason.OPEN)


def test_at_most_gains_nothing_by_resting():
    replayed = tell("0--90", target=2, direction="at_most", rests=[(on(4), on(4))])

    assert reasons(replayed) == "done rested rested rested open"
    assert replayed.streak.current == 1


def test_at_most_does_not_begin_earlier_than_its_start():
    assert [entry.day for entry in tell("1...", start=3, direction="at_most").ledger] == [on(3), on(4)]


def test_at_most_by_the_week_is_judged_by_the_week():
    assert tell("9900099 0990909 .", Weekly(3), target=2, direction="at_most").streak.current == 2
    assert tell("9900099 9990909 .", Weekly(3), target=2, direction="at_most").streak.current == 0


# ── N times in M days ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_window_counts_its_done_days():
    assert runs(tell("x..x.x....", Window(2, 6))) == [1, 1, 1, 2, 2, 3, 3, 3, 3, 3]


def test_a_window_that_closes_short_keeps_what_its_last_days_can_still_use():
    replayed = tell("x....x.x...", Window(3, 6))

    assert [(entry.day, entry.reason, entry.run) for entry in replayed.ledger if entry.broke] == [(on(6), "done", 1)]
    assert replayed.streak[:2] == (2, 2)


def test_a_window_left_alone_ends_at_nothing():
    replayed = tell("xx..........", Window(2, 5))

    assert [entry.day for entry in replayed.ledger if entry.broke] == [on(6)]
    assert [entry.reason for entry in replayed.ledger if entry.reason == "missed"] == ["missed"]
    assert runs(replayed)[5:] == [0] * 7


def test_time_stands_still_for_a_window_at_rest():
    assert tell("x.-------x.", Window(2, 4)).streak[:2] == (2, 2)


def test_a_freeze_lets_a_window_begin_anew():
    replayed = tell("xxxxxxx ...xx", Window(3, 4))

    assert [entry.day for entry in replayed.ledger if entry.spent] == [on(9)]
    assert [entry.tally for entry in replayed.ledger[8:]] == [2, 0, 1, 2]
    assert replayed.streak.current == 9


# ── Rules that change ─────────────────────────────────────────────────────────────────────────────────────────────────


def changed(first, n, second):
    return Timeline(((on(1), first), (on(n), second)))


def test_a_higher_target_does_not_undo_the_days_before_it():
    assert tell("11122", changed(Rule(Daily()), 4, Rule(Daily(), 2))).streak.current == 5
    assert runs(tell("11121.", changed(Rule(Daily()), 4, Rule(Daily(), 2)))) == [1, 2, 3, 4, 0, 0]


def test_from_days_to_weeks_each_week_with_something_done_counts():
    replayed = tell("xxxxxxx xxxxxxx x.x....", changed(Rule(Daily()), 15, Rule(Weekly(2))))

    assert runs(replayed)[12:17] == [13, 14, 2, 2, 3]
    assert replayed.streak[:3] == (3, 3, "weeks")


def test_a_rule_that_turns_weekly_counts_the_week_whose_days_are_done():
    replayed = tell("xxxxxxx xxxxxxx xx.", changed(Rule(Daily()), 17, Rule(Weekly(2))))

    assert replayed.streak[:3] == (3, 3, "weeks")
    assert runs(replayed)[-2:] == [16, 3]


@pytest.mark.parametrize("closed", [1, 3, 7])
def test_a_rule_that_turns_weekly_after_the_days_counts_the_week_on_that_day(closed):
    rules = changed(Rule(Daily()), 17, Rule(Weekly(1)))

    turned = tell("xxxxxxx xxxxxxx x", rules, today=17 + closed)

    assert turned.ledger[16].run == 3


def test_a_limit_that_takes_over_in_a_week_breaks_what_the_goal_had_counted():
    goal, limit = Rule(WeekTotal(), 1), Rule(WeekTotal(), 0, direction="at_most")

    replayed = tell("2222222 .", changed(goal, 2, limit))

    assert runs(replayed) == [1, 1, 1, 1, 1, 1, 0, 0]
    assert [entry.broke for entry in replayed.ledger] == [False] * 6 + [True, False]


def test_a_limit_that_takes_over_in_a_week_and_holds_counts_it_once():
    goal, limit = Rule(WeekTotal(), 1), Rule(WeekTotal(), 9, direction="at_most")

    assert runs(tell("2...... .", changed(goal, 2, limit))) == [1] * 8


def test_from_weeks_to_days_the_done_days_count():
    replayed = tell("x.x.... x..x... xx", changed(Rule(Weekly(2)), 15, Rule(Daily())))

    assert replayed.streak[:3] == (6, 6, "days")


def test_a_new_rule_asks_only_its_share_of_the_week_it_begins_in():
    assert tell("x.x.x.. x.x.x.. .", changed(Rule(MON_WED_FRI), 13, Rule(Weekly(5)))).streak[:2] == (1, 1)
    assert tell("x.x.x.. x.x.... .", changed(Rule(MON_WED_FRI), 12, Rule(Weekly(7)))).streak[:2] == (0, 1)
    assert tell("xx..... x...... .", changed(Rule(Weekly(2)), 14, Rule(Weekly(7)))).streak[:2] == (1, 1)


def test_a_week_that_counted_is_not_taken_back_by_a_higher_rule():
    assert tell("xx..... .", changed(Rule(Weekly(2)), 4, Rule(Weekly(6)))).streak.current == 1


def test_a_week_that_broke_can_count_again():
    rules = Timeline(((on(1), Rule(Weekly(1))), (on(2), Rule(Daily())), (on(8), Rule(Weekly(1)))))

    assert runs(tell("x.xxxxx .", rules)) == [1, 0, 1, 2, 3, 4, 5, 1]


def test_a_new_window_begins_on_its_own_first_day():
    assert tell("x.x.x.. x...", changed(Rule(MON_WED_FRI), 8, Rule(Window(3, 4)))).streak.current == 4


# ── The kept state ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_state_ahead_of_the_persons_today_is_refused():
    state = tell("xxx").state

    with pytest.raises(StateAheadError):
        streaks.advance(state, timeline=Timeline.always(Rule(Daily())), counts={}, today=on(2))


def test_a_state_that_is_behind_cannot_be_looked_at():
    with pytest.raises(ValueError, match="closed through 2026-01-06"):
        streaks.with_today(tell("xxx").state, timeline=Timeline.always(Rule(Daily())), count=0, today=on(9))


@pytest.mark.parametrize("value", [[], [0, 1], [*tell("x").state.to_json(), 0], [99, *tell("x").state.to_json()[1:]]])
def test_a_state_of_another_format_is_refused(value):
    with pytest.raises(ValueError, match="format"):
        State.from_json(value)


def test_a_broken_streak_shows_broken_in_the_morning_without_a_log():
    state = streaks.advance(tell("xxx").state, timeline=Timeline.always(Rule(Daily())), counts={on(3): 1}, today=on(5))

    assert streaks.with_today(state, timeline=Timeline.always(Rule(Daily())), count=0, today=on(5)).current == 0


# ── A slow and obvious replay ─────────────────────────────────────────────────────────────────────────────────────────
# A slow reference written from the rules: each day looks back at lists of the done, rested and judged days before.


def slow_replay(timeline, *, start, counts, rests, today, week_start):  # noqa: C901 -- meant to be read in one go
    def segment(day):
        begun = [n for n, (first, _rule) in enumerate(timeline.rules) if first <= day]
        return begun[-1] if begun else 0

    def rule_on(day):
        return timeline.rules[segment(day)][1]

    def segment_starts(day):
        return timeline.rules[segment(day)][0] if segment(day) else date.min

    def is_rested(day):
        return any(first <= day and (last is None or day <= last) for first, last in rests)

    def is_due(day):
        match rule_on(day).schedule:
            case Weekdays(days):
                return day.isoweekday() in days
            case Interval(every, anchor):
                return abs((day - anchor).days) % every == 0
        return True

    def is_met(day):
        rule, count = rule_on(day), counts.get(day, 0)
        if rule.schedule.totals:
            return count > 0 if rule.direction == "at_least" else sum_to(day) <= rule.target
        return count >= rule.target if rule.direction == "at_least" else count <= rule.target

    def is_done(day):
        return (rule_on(day).direction == "at_least" or not is_rested(day)) and is_due(day) and is_met(day)

    def sleeps(day):
        return is_rested(day) and not is_done(day)

    def week(day):
        first = day
        while f"{first:%A}".lower() != week_start:
            first -= timedelta(days=1)
        return [first + timedelta(days=n) for n in range(7)]

    def month(day):
        near = [day + timedelta(days=n) for n in range(-31, 32)]
        return [other for other in near if (other.year, other.month) == (day.year, day.month)]

    def period(day):
        return week(day) if rule_on(day).schedule.unit == "weeks" else month(day)

    def sum_to(day):
        n = segment(day)
        while (
            n
            and (earlier := timeline.rules[n - 1][1]).unit == rule_on(day).unit
            and (earlier.direction == timeline.rules[n][1].direction == "at_least")
        ):
            n -= 1
        since = timeline.rules[n][0] if n else date.min
        its = [other for other in period(day) if max(first, since) <= other <= day and not sleeps(other)]
        return sum(counts.get(other, 0) for other in its)

    first = start
    if timeline.rules[0][1].direction == "at_least":
        while any(day < first and count > 0 for day, count in counts.items()):
            first -= timedelta(days=1)

    # the current streak: its done days, its counted weeks and months
    run, weeks, months, resting, shields = [], [], [], 0, 0
    worth = 0  # freezes and progress to the next: 1 for each done day, at most 14
    best_days = best_weeks = best_months = total = 0
    last_shield = date.min
    lines = []
    day = first
    while day <= today:
        rule = rule_on(day)
        schedule = rule.schedule
        closed = day < today
        count = counts.get(day, 0)
        done = is_done(day) and (closed or rule.direction == "at_least")
        before = worth
        if done:
            run.append(day)
            worth = min(worth + 1, 14)
            reason = "done"
        elif is_rested(day):
            resting += bool(run)
            reason = "rested"
        elif not is_due(day):
            reason = "not_due"
        elif not closed:
            reason = "open"
        elif rule.direction == "at_least" and count:
            reason = "partly"
        else:
            reason = "missed"
        earned = worth // 7 > before // 7
        total += done or (rule.direction == "at_least" and is_met(day))

        this_week = week(day)
        in_week = [other for other in run if other in this_week]
        week_closes = closed and day == this_week[-1]
        if isinstance(schedule, Weekly) and len(in_week) >= schedule.times:
            weeks += [this_week[0]] if this_week[0] not in weeks else []

        counted, per = (weeks if schedule.unit == "weeks" else months), period(day)
        if schedule.totals and rule.direction == "at_least" and sum_to(day) >= rule.target and per[0] not in counted:
            counted.append(per[0])

        miss, kept, counts_now = False, [], False
        if not closed:
            pass
        elif schedule.totals:
            own = [d for d in per if max(first, segment_starts(day)) <= d and not sleeps(d)]
            if day == per[-1] and rule.direction == "at_least":
                miss = sum_to(day) < rule.target * len(own) // len(per)
            elif day == per[-1]:
                miss = bool(own) and sum_to(day) > rule.target
                within = sum_to(day) <= rule.target and len(own) >= len(per) / 2
                # An earlier rule may have counted it.
                counts_now = within and per[0] not in counted
                counted += [per[0]] if counts_now else []
        elif isinstance(schedule, Weekly):
            own = [d for d in this_week if first <= d and segment_starts(day) <= d and not sleeps(d)]
            asked = schedule.times * len(own) // 7
            miss = week_closes and this_week[0] not in weeks and len(in_week) < asked
        elif isinstance(schedule, Window):
            if run and not sleeps(day):
                since = max(run[0], segment_starts(day), last_shield + timedelta(days=1))
                awake = [since + timedelta(days=n) for n in range((day - since).days + 1)]
                awake = [d for d in awake if not sleeps(d)]
                miss = len(awake) >= schedule.days and sum(d in run for d in awake[-schedule.days :]) < schedule.times
                kept = [d for d in awake[-schedule.days :][1:] if d in run]
        else:
            miss = reason in ("partly", "missed")

        best_days, best_weeks = max(best_days, len(run)), max(best_weeks, len(weeks))
        current = len({"days": run, "weeks": weeks, "months": months}[schedule.unit]) - counts_now
        spent = miss and current > 0 and worth >= 7
        broke = miss and current > 0 and worth < 7
        if spent:
            worth -= 7
            shields += 1
            last_shield = day
            if reason in ("partly", "missed"):
                reason = "protected"
        elif miss:
            run, weeks, months, resting, shields = kept, [], [], 0, 0
            worth = worth // 7 * 7
        elif reason == "missed":
            reason = "not_due"
        if schedule.unit != "weeks" and week_closes and any(d in this_week for d in run):
            weeks += [this_week[0]] if this_week[0] not in weeks else []
        if schedule.unit != "months" and closed and day == month(day)[-1] and any(d in month(day) for d in run):
            months += [month(day)[0]] if month(day)[0] not in months else []
        best_weeks, best_months = max(best_weeks, len(weeks)), max(best_months, len(months))
        current = len({"days": run, "weeks": weeks, "months": months}[schedule.unit])
        lines.append((day, reason, count, current, worth // 7, earned, spent, broke))
        day += timedelta(days=1)

    unit = rule_on(today).schedule.unit
    shown, best = {
        "days": (run, best_days), "weeks": (weeks, best_weeks), "months": (months, best_months)
    }[unit]  # fmt: skip
    summary = {
        "current": len(shown),
        "best": best,
        "unit": unit,
        "total": total,
        "rested": resting,
        "protected": shields,
        "freezes": worth // 7,
        "next_freeze": 0 if worth == 14 else 7 - worth % 7,
    }
    if rule_on(today).schedule.totals and lines:
        summary["tally"] = sum_to(today)
    return lines, summary


# ── Cases ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

day_by_day = st.one_of(
    st.just(Daily()),
    st.builds(Weekdays, st.sets(st.integers(1, 7), min_size=1).map(lambda days: tuple(sorted(days)))),
    st.builds(Interval, st.integers(2, 5), st.integers(-9, 9).map(on)),
)
windows = st.tuples(st.integers(1, 9), st.integers(1, 9)).map(lambda pair: Window(min(pair), max(pair)))
schedules = st.one_of(day_by_day, st.builds(Weekly, st.integers(1, 7)), windows)
week_starts = st.sampled_from(["monday", "sunday"])


totals = st.sampled_from([WeekTotal(), MonthTotal()])


def total_rules():
    units = st.sampled_from(["", "", "쪽"])
    return st.one_of(
        st.builds(Rule, totals, st.integers(1, 40), units),
        st.builds(Rule, totals, st.integers(0, 60), units, st.just("at_most")),
    )


def rules(schedules=schedules):
    return st.one_of(
        total_rules(),
        st.builds(Rule, schedules, st.integers(1, 2)),
        st.builds(Rule, schedules, st.integers(0, 1), direction=st.just("at_most")),
    )


@st.composite
def timelines(draw):
    changes = sorted(draw(st.sets(st.integers(-3, 50), min_size=1, max_size=3)))
    return Timeline(tuple((on(n), draw(rules())) for n in changes))


@st.composite
def stories(draw, timelines=timelines()):  # noqa: B008 -- a strategy, not a value
    """A habit of up to ten weeks: its rules, the amount of each day, its rests."""
    length = draw(st.integers(0, 70))
    # Mostly done days: freezes need long streaks.
    amounts = draw(st.lists(st.sampled_from([2, 2, 2, 2, 1, 0, 0]), min_size=length, max_size=length))
    rests = draw(st.lists(st.tuples(st.integers(-5, 70), st.integers(0, 9) | st.none()), max_size=3))
    return {
        "timeline": draw(timelines),
        "start": on(draw(st.integers(-6, 12))),
        "counts": {on(n): amount for n, amount in enumerate(amounts, 1) if amount},
        "rests": [(on(n), None if days is None else on(n + days)) for n, days in rests],
        "today": on(length + draw(st.integers(0, 5))),
        "week_start": draw(week_starts),
    }


def of_one_rule(rules):
    return stories(timelines=rules.map(Timeline.always))


def replay(story, **changes):
    story = story | changes
    return streaks.replay(story.pop("timeline"), **story)


# ── Properties ────────────────────────────────────────────────────────────────────────────────────────────────────────


@given(stories())
@settings(max_examples=60, deadline=None)
def test_the_runs_of_open_days_are_those_of_a_replay_on_each_day(story):
    shown = streaks.runs_while_open(
        story["timeline"], **{name: story[name] for name in ("start", "counts", "rests", "week_start")}
    )

    for day in story["counts"]:
        assert shown.get(day, 0) == replay(story, today=day).streak.current


@given(stories())
@settings(max_examples=150, deadline=None)
def test_replay_agrees_with_the_slow_and_obvious_one(story):
    lines, summary = slow_replay(**story)

    replayed = replay(story)

    entries = [(e.day, e.reason, e.amount, e.run, e.freezes, e.earned, e.spent, e.broke) for e in replayed.ledger]
    assert entries == lines
    assert not lines or replayed.streak.today == lines[-1][1]
    assert {name: getattr(replayed.streak, name) for name in summary} == summary


@given(stories(), st.sets(st.integers(-6, 75), max_size=5))
@settings(max_examples=150, deadline=None)
def test_a_kept_state_rolled_forward_equals_the_replay(story, stops):
    timeline, rests, counts, week_start = (story[name] for name in ("timeline", "rests", "counts", "week_start"))
    state = streaks.begin(timeline, start=story["start"], counts=counts)
    days = sorted(day for day in {on(n) for n in stops} | {story["today"]} if state.through < day <= story["today"])

    for today in days:
        state = State.from_json(json.loads(json.dumps(state.to_json())))
        since = {day: count for day, count in counts.items() if state.through < day}
        state = streaks.advance(state, timeline=timeline, counts=since, rests=rests, today=today, week_start=week_start)
        seen = streaks.with_today(state, timeline=timeline, count=counts.get(today, 0), rests=rests, today=today)

        replayed = replay(story, today=today)
        assert (seen, state) == (replayed.streak, replayed.state)


@given(stories())
@settings(max_examples=30, deadline=None)
def test_looking_and_advancing_leave_the_state_alone(story):
    state = replay(story).state
    before = state.to_json()
    today = state.through + timedelta(days=1)

    streaks.with_today(state, timeline=story["timeline"], count=2, today=today)
    streaks.advance(state, timeline=story["timeline"], counts={today: 2}, today=today + timedelta(days=3))

    assert state.to_json() == before


@given(stories())
@settings(max_examples=60, deadline=None)
def test_numbers_stay_within_their_meaning(story):
    replayed = replay(story)

    streak, done = replayed.streak, [entry for entry in replayed.ledger if entry.reason is Reason.DONE]
    assert 0 <= streak.current <= streak.best <= len(done) <= streak.total
    assert all(0 <= entry.freezes <= 2 for entry in replayed.ledger)
    assert sum(entry.earned for entry in replayed.ledger) <= len(done) // 7
    assert streak.freezes == sum(e.earned for e in replayed.ledger) - sum(e.spent for e in replayed.ledger)


def best(replayed, most=5):
    return [(run.length, run.first, run.last, run.lasts) for run in streaks.longest(replayed.ledger, most=most)]


def test_the_longest_runs_of_a_ledger_with_their_days():
    story = tell("xxxx.xx..xxx.xx")

    assert best(story) == [
        (4, on(1), on(4), False),
        (3, on(10), on(12), False),
        (2, on(14), on(15), True),
        (2, on(6), on(7), False),
    ]
    assert best(story, most=1) == [(4, on(1), on(4), False)]
    assert best(tell("...")) == []


def test_a_protected_day_and_a_rest_lie_within_their_run():
    assert best(tell("xxxxxxx.x-xx")) == [(10, on(1), on(12), True)]


def test_a_window_that_breaks_on_a_done_day_had_it_too():
    # Three in four days: on the fourth only the first and itself are done.
    assert best(tell("x..x...", Window(3, 4)))[0] == (2, on(1), on(4), False)


def test_weeks_are_longer_than_as_many_days():
    weeks = tell("xx..... xx..... .......", Weekly(2))

    assert best(weeks) == [(2, on(1), on(9), True)]
    # The week before had too few done days and is not part of it.
    assert best(tell("x...... xx..... xx.....", Weekly(2))) == [(2, on(8), on(16), True)]
    assert best(tell("xx..... ....... xx.....", Weekly(2))) == [(1, on(15), on(16), True), (1, on(1), on(2), False)]


@given(of_one_rule(rules()))
@settings(max_examples=60, deadline=None)
def test_the_longest_run_is_the_best_streak(story):
    replayed = replay(story)

    runs = streaks.longest(replayed.ledger, most=99)

    assert max((run.length for run in runs), default=0) == replayed.streak.best
    assert sum(run.lasts for run in runs) == (replayed.streak.current > 0)
    done = {entry.day for entry in replayed.ledger if entry.reason is Reason.DONE}
    assert all({run.first, run.last} <= done and run.first <= run.last for run in runs)


def is_limit_of_a_period(story):
    """Whether the rule is a limit for a whole week or month: it counts when that closes, which may be on a rested day."""
    rule = story["timeline"].rules[0][1]
    return rule.schedule.totals and rule.direction == "at_most"


@given(of_one_rule(rules()))
@settings(max_examples=60, deadline=None)
def test_only_done_days_lengthen_and_only_misses_shorten(story):
    ledger, closes_late = replay(story).ledger, is_limit_of_a_period(story)

    for before, entry in pairwise(ledger):
        longer, shorter = entry.run > before.run, entry.run < before.run
        assert not longer or entry.reason is Reason.DONE or closes_late
        assert not shorter or entry.broke


@given(of_one_rule(rules(day_by_day)))
@settings(max_examples=60, deadline=None)
def test_a_day_that_is_not_due_or_rested_changes_no_streak(story):
    assume(not is_limit_of_a_period(story))
    ledger = replay(story).ledger

    for before, entry in pairwise(ledger):
        if entry.reason in (Reason.NOT_DUE, Reason.RESTED, Reason.OPEN):
            assert (entry.run, entry.freezes, entry.broke) == (before.run, before.freezes, False)


@given(of_one_rule(rules()), st.integers(-6, 75))
@settings(deadline=None)
def test_doing_nothing_today_breaks_nothing(story, n):
    story["today"] = on(n)
    story["counts"].pop(on(n), None)

    replayed = replay(story)

    if len(replayed.ledger) > 1:
        assert replayed.streak.current == replayed.ledger[-2].run


@given(of_one_rule(st.builds(Rule, day_by_day)), st.integers(-10, 70))
@settings(max_examples=100, deadline=None)
def test_a_day_filled_in_never_costs_a_day_by_day_streak_anything(story, n):
    assume(on(n) <= story["today"])
    before = replay(story).streak

    after = replay(story, counts=story["counts"] | {on(n): 2}).streak

    assert after.best >= before.best
    assert after.current >= before.current
    assert after.total == before.total + (on(n) not in story["counts"])


@given(of_one_rule(st.builds(Rule, schedules)), st.integers(-10, 70))
@settings(max_examples=100, deadline=None)
def test_a_day_filled_in_costs_no_streak_that_no_freeze_touched(story, n):
    assume(on(n) <= story["today"])

    before, after = replay(story), replay(story, counts=story["counts"] | {on(n): 2})

    assume(not any(entry.spent for entry in before.ledger + after.ledger))
    assert after.streak.best >= before.streak.best
    assert after.streak.current >= before.streak.current


@given(of_one_rule(st.builds(Rule, day_by_day)), st.integers(-5, 70), st.integers(0, 9))
@settings(deadline=None)
def test_resting_never_costs_a_day_by_day_streak_anything(story, n, days):
    before = replay(story).streak

    after = replay(story, rests=[*story["rests"], (on(n), on(n + days))]).streak

    assert after.best >= before.best
    assert after.current >= before.current
    assert after.total == before.total
