"""Amounts for a whole week or month. test_schedule_kinds.py and test_streaks.py test what all kinds have in common."""

import datetime as dt

import pytest
from django.utils import timezone, translation
from uuid6 import uuid7

from accounts.days import ONE_DAY
from habits import checkins, reminders, streaks
from habits.pages import today_rows
from habits.schedules import Daily, MonthTotal, Rule, Timeline, WeekTotal
from habits.streaks import Reason
from tests.factories.habits import UserHabitFactory

MONDAY = dt.date(2026, 1, 5)
PAGES = Rule(WeekTotal(), 20, "쪽")
COFFEE = Rule(MonthTotal(), 10, "잔", "at_most")


def on(n):
    return MONDAY + (n - 1) * ONE_DAY


def told(rule, amounts, *, today, start=1, rests=(), **changes):
    """Amounts by the number of the day; day 1 is a Monday."""
    timeline = rule if isinstance(rule, Timeline) else Timeline.always(rule)
    counts = {on(n): amount for n, amount in amounts.items()}
    rests = [(on(first), on(last)) for first, last in rests]
    return streaks.replay(timeline, start=on(start), counts=counts, today=on(today), rests=rests, **changes)


def shown(replayed):
    streak = replayed.streak
    return streak.current, streak.unit, streak.tally


# ── Streaks ─────────────────────────────────────────────────────────────────


def test_a_week_counts_as_soon_as_its_amounts_reach_the_target():
    amounts = {1: 10, 3: 5, 5: 5}

    assert shown(told(PAGES, amounts, today=4)) == (0, "weeks", 15)
    assert shown(told(PAGES, amounts, today=5)) == (1, "weeks", 20)
    assert shown(told(PAGES, amounts, today=8)) == (1, "weeks", 0)


def test_an_open_week_breaks_nothing_and_a_short_one_breaks_when_it_closes():
    amounts = {1: 20, 8: 19}

    assert shown(told(PAGES, amounts, today=14)) == (1, "weeks", 19)
    closed = told(PAGES, amounts, today=15)
    assert shown(closed) == (0, "weeks", 0)
    assert [entry.day for entry in closed.ledger if entry.broke] == [on(14)]


def test_a_freeze_keeps_a_week():
    kept = told(PAGES, {**dict.fromkeys(range(1, 8), 3), 8: 19}, today=15)

    assert (kept.streak.current, kept.streak.protected, kept.streak.freezes) == (1, 1, 0)


@pytest.mark.parametrize(("rested", "amount", "current"), [((8, 14), 0, 1), ((8, 10), 11, 1), ((8, 10), 10, 0)])
def test_rested_days_ask_for_their_share_less(rested, amount, current):
    assert told(PAGES, {1: 20, 11: amount}, today=15, rests=[rested]).streak.current == current


def test_weeks_begin_where_the_person_chose():
    amounts = {6: 10, 7: 10}

    assert told(PAGES, amounts, today=8).streak.current == 1
    assert told(PAGES, amounts, today=8, week_start="sunday").streak.current == 0


def test_months_are_those_of_the_calendar():
    minutes = Rule(MonthTotal(), 600, "분")
    # Days 27 and 28 are 31 January and 1 February, day 55 is 28 February.
    amounts = {27: 600, 28: 300, 55: 300}

    assert shown(told(minutes, amounts, today=28)) == (1, "months", 300)
    assert shown(told(minutes, amounts, today=55)) == (2, "months", 600)
    assert shown(told(minutes, amounts, today=56)) == (2, "months", 0)
    assert shown(told(minutes, amounts | {55: 299}, today=56)) == (0, "months", 0)


def test_a_limit_counts_when_its_month_closes():
    assert shown(told(COFFEE, {1: 6, 9: 4}, today=27)) == (0, "months", 10)
    assert shown(told(COFFEE, {1: 6, 9: 4}, today=28)) == (1, "months", 0)
    assert shown(told(COFFEE, {1: 6, 9: 5, 30: 3}, today=56)) == (1, "months", 0)


def test_a_limit_passed_in_an_open_month_is_a_miss_when_the_month_closes():
    amounts = {28: 11, 56: 11, 87: 11}

    assert shown(told(COFFEE, amounts, today=55)) == (1, "months", 11)
    ends = [told(COFFEE, amounts, today=closed + 1).ledger[-2] for closed in (55, 86, 116)]
    # January earned two freezes.
    assert [(entry.run, entry.spent, entry.broke) for entry in ends] == [
        (1, True, False), (1, True, False), (0, False, True),
    ]  # fmt: skip


def test_a_month_of_which_less_than_half_was_judged_is_left_as_it_is():
    assert told(COFFEE, {}, today=28, start=20).streak.current == 0
    assert told(COFFEE, {30: 1}, today=56, rests=[(28, 55)]).streak.current == 1


def test_a_higher_target_keeps_the_sum_of_its_week():
    timeline = Timeline.always(PAGES).change(on(3), Rule(WeekTotal(), 30, "쪽"))

    assert shown(told(timeline, {1: 15, 4: 10}, today=4)) == (0, "weeks", 25)
    in_minutes = Timeline.always(Rule(Daily(), 5, "쪽")).change(on(3), Rule(WeekTotal(), 30, "분"))
    assert shown(told(in_minutes, {1: 15, 4: 10}, today=4)) == (0, "weeks", 10)


def test_the_longest_runs_begin_in_their_first_full_week():
    runs = streaks.longest(told(PAGES, {1: 1, 8: 20, 15: 20}, today=15).ledger, most=5)

    assert [(run.length, run.unit, run.first, run.last) for run in runs] == [(2, "weeks", on(8), on(15))]


def test_every_day_with_an_amount_is_done():
    reasons = [entry.reason for entry in told(PAGES, {1: 10, 3: 5}, today=4).ledger]

    assert reasons == [Reason.DONE, Reason.NOT_DUE, Reason.DONE, Reason.OPEN]


# ── Words ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("rule", "korean", "english"),
    [
        (PAGES, "한 주 동안, 독서 20쪽", "In a week, 독서 20\N{NO-BREAK SPACE}pages"),
        (COFFEE, "한 달 동안, 독서 10잔 이하", "In a month, 독서 at most 10\N{NO-BREAK SPACE}glasses"),
        (Rule(WeekTotal()), "한 주 동안, 독서 1번", "In a week, 독서 1 time"),
    ],
)
def test_the_sentence(rule, korean, english):
    assert rule.sentence("독서") == korean
    with translation.override("en"):
        assert rule.sentence("독서").lower() == english.lower()


def test_a_streak_of_months():
    assert today_rows.streak_text(3, "months") == "3달째"
    with translation.override("en"):
        assert today_rows.streak_text(3, "months") == "Month 3"


# ── Today, reminders and the form ───────────────────────────────────────────


@pytest.fixture
def reading(person):
    return UserHabitFactory(user=person, **PAGES.columns(), started_at=timezone.now() - 40 * ONE_DAY)


def read_pages(reading, count):
    now = timezone.now()
    return checkins.check_in(reading.user, reading.pk, key=uuid7(), at=now, now=now, count=count)


@pytest.mark.django_db
def test_today_shows_the_sum_of_the_week(reading):
    first = read_pages(reading, 12)
    row = today_rows.row(first.user_habit, first.standing)

    assert (row.state, row.kind, row.count, row.target, row.meta) == ("open", "count", 12, 20, ["이번 주 12/20쪽"])
    second = read_pages(reading, 8)
    row = today_rows.row(second.user_habit, second.standing)
    assert (row.state, row.count, row.streak_text) == ("done", 20, "1주째")
    undone = checkins.undo(reading.user, reading.pk, now=timezone.now())
    assert (undone.standing.streak.current, undone.standing.streak.tally) == (0, 12)


@pytest.mark.django_db
@pytest.mark.parametrize(("rule", "within", "over"), [(PAGES, 12, 8), (COFFEE, 10, 1)])
def test_reminders_end_with_the_target_or_the_limit(reading, rule, within, over):
    type(reading).objects.filter(pk=reading.pk).update(**rule.columns())
    before = read_pages(reading, within)
    assert reminders.would_help(rule, before.standing) == (rule is COFFEE)  # something was done today
    after = read_pages(reading, over)

    assert not reminders.would_help(rule, after.standing)


@pytest.mark.django_db
def test_a_reminder_says_the_sum_of_the_week(reading):
    standing = read_pages(reading, 12).standing

    data = reminders.message_data(reading, standing, day=timezone.now().date())

    assert (data["period"], data["count"], data["left"]) == ("weeks", 12, 8)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"frequency": "week_total", "target_count": 20, "unit": "쪽", "direction": "at_least"}, PAGES),
        ({"frequency": "month_total", "target_count": 10, "unit": "잔", "direction": "at_most"}, COFFEE),
    ],
)
def test_the_form_makes_a_total(signed_in, person, values, rule):
    page = signed_in.get("/habits/own/").content.decode()
    assert 'class="per-week">한 주에 모두<' in page

    category = UserHabitFactory().habit.category_id
    named = {"name": "내 습관", "category": category, "part_of_day": "anytime"}
    answer = signed_in.post("/habits/own/", named | values)

    assert answer.status_code in {204, 302}, answer.content.decode()
    assert person.habits.get().rule == rule
    assert person.habits.get().target_frequency == "custom"
