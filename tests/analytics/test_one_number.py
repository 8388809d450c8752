"""The same streak, rate and mean of a day on every page, in every file and in the figures of staff.

Each person has a random history of every kind of schedule, with changed rules, rests, days before the start and archived
habits. The numbers are counted from the ledger of each habit, day by day, and every surface must say them. NUMBERS=200
looks at so many people.
"""

import csv
import datetime as dt
import io
import os
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from statistics import fmean

import pytest
from django.db import connection
from django.utils import translation

from accounts.days import ONE_DAY
from accounts.models import User
from analytics import daily_aggregates, metric_fill
from analytics.models import UserAnalytics
from analytics.pages import insights, panels
from coaching import facts, record_queries
from coaching.habit_tokens import Names
from coaching.pages import weekly_letter
from coaching.questions import answers
from coaching.questions.asked import Asked
from coaching.questions.grammar import Measure
from coaching.questions.periods import Period
from habits import archiving, streak_cache, user_stats
from habits.day_totals import DayTotal, add_up
from habits.models import HabitLog, UserHabit
from habits.pages import habit_detail, past_day, today
from habits.streaks import Entry, Reason
from habits.transfer import exporter
from tests.analytics import histories
from tests.factories.rest import CoachingMessageFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("korean")]

PEOPLE = int(os.environ.get("NUMBERS", "6"))
FIRST, LAST = dt.date(2026, 9, 14), dt.date(2026, 10, 30)
TODAY = LAST + ONE_DAY  # a Saturday: the week strip has its other days
WEEK = [TODAY - n * ONE_DAY for n in range(7, 0, -1)]
ASKED = {Reason.DONE, Reason.PARTLY, Reason.MISSED, Reason.PROTECTED}


@pytest.fixture
def korean():
    with translation.override("ko"):
        yield


@dataclass
class Life:
    """A person with the ledgers of all habits, from which every expected number is counted."""

    user: User
    now: dt.datetime
    today: dt.date
    habits: list[UserHabit]
    ledgers: dict[object, dict[dt.date, Entry]]

    def total(self, day: dt.date, habit: UserHabit | None = None) -> DayTotal:
        """What the day asked for, of one habit or of all."""
        return add_up(self._of_one(one, day) for one in ([habit] if habit else self.habits))

    def _of_one(self, habit: UserHabit, day: dt.date) -> DayTotal:
        entry, rule = self.ledgers[habit.pk].get(day), habit.timeline.on(day)
        if entry is None or (rule.direction == "at_most" and rule.schedule.totals):
            return DayTotal()
        reasons = ASKED if rule.schedule.judged == "day" else {Reason.DONE}
        return DayTotal(int(entry.reason in reasons), int(entry.reason is Reason.DONE))

    def scores(self, day: dt.date) -> list[int]:
        logs = HabitLog.objects.filter(user_habit__user=self.user, local_date=day).exclude(mood_score=None)
        return list(logs.values_list("mood_score", flat=True))


def lived(seed: int, *, day: dt.date = TODAY) -> Life:
    chance = histories.rng(seed)
    user = histories.person(chance, FIRST, LAST)
    User.objects.filter(pk=user.pk).update(privacy_settings={"health": True})
    user = User.objects.get(pk=user.pk)
    habits = list(user.habits.order_by("pk"))
    for habit in habits:
        if chance.random() < 0.3:
            histories.check_in(chance, habit, habit.begins_on(user.calendar) - chance.randint(9, 20) * ONE_DAY)
        streak_cache.rebuild_and_save(habit, today=day, calendar=user.calendar)
    if chance.random() < 0.5:
        archive(habits[0], day - chance.randint(1, 9) * ONE_DAY)
    now = user.calendar.at(day, dt.time(12))
    habits = list(user.habits.order_by("pk"))
    ledgers = {
        habit.pk: {
            entry.day: entry
            for entry in streak_cache.replay(
                habit, today=day, calendar=user.calendar, counts=streak_cache.counts_by_day(habit)
            ).ledger
        }
        for habit in habits
    }
    return Life(user, now, day, habits, ledgers)


def archive(habit: UserHabit, day: dt.date) -> None:
    """At noon of the day; later ones have no check-ins."""
    HabitLog.objects.filter(user_habit=habit, local_date__gt=day).delete()
    at = habit.user.calendar.at(day, dt.time(12))
    archiving.change_status(habit.user, habit.pk, status="archived", at=at)


@pytest.fixture(params=range(PEOPLE))
def life(request):
    return lived(request.param)


def test_a_day_has_one_rate_on_the_pages_the_coach_and_the_daily_numbers(life):
    user, now = life.user, life.now
    daily_aggregates.catch_up(now=now)
    expected = {day: life.total(day) for day in (TODAY - n * ONE_DAY for n in range(70, 0, -1))}
    on = insights_totals(life)
    strip = {one["day"]: one for one in today.page(user, now=now)["week"] if one["day"] < TODAY}
    record = record_queries.read(user, at=now)
    rows = {row.date: row for row in UserAnalytics.objects.filter(user=user)}
    nothing = UserAnalytics(total_habits=0, completed_habits=0, completion_rate=0.0)
    for day, total in expected.items():
        row = rows.get(day, nothing)
        assert on(day)[:2] == total[:2], ("insights", day)
        assert (row.total_habits, row.completed_habits) == total[:2], ("daily numbers", day)
        assert row.completion_rate == pytest.approx(total.share or 0.0), ("daily numbers", day)
        said = past_day.page(user, day, today=TODAY)["sum"]
        assert said == (f"{total.asked}개 중 {total.done}개 했어요" if total.asked else ""), ("the day's page", day)
        if day in strip:
            assert strip[day]["share"] == (total.share or 0.0), ("Today", day)
            assert (strip[day]["state"] == "done") == bool(total.asked), ("Today", day)
        if day >= TODAY - 14 * ONE_DAY:
            assert record.total(day)[:2] == total[:2], ("coach", day)
    assert len(strip) >= 5
    metric = {day: metric_fill.PERIODIC["habits_done_day"](day, day)[0].number for day in WEEK}
    assert metric == {day: expected[day].done for day in WEEK}


def insights_totals(life: Life):
    """The totals that the insights' year map says of its days."""
    here = life.user.calendar.week_of(life.today)
    weeks = {panels.day_text(here - n * 7 * ONE_DAY): here - n * 7 * ONE_DAY for n in range(12)}
    found: dict[dt.date, DayTotal] = {}
    for row in insights.page_of_all(life.user, now=life.now)["year"]["rows"]:
        for n, said in enumerate(row["cells"]):
            if " 중 " in said:
                found[weeks[row["date"]] + n * ONE_DAY] = DayTotal(*map(int, re.findall(r"\d+", said)))
    return lambda day: found.get(day, DayTotal())


def test_a_week_is_compared_with_the_one_before_alike(life):
    """The letter, the insights' week and the coach's facts about the last seven days."""
    user, now = life.user, life.now
    record = record_queries.read(user, at=now)
    letter = weekly_letter.page(CoachingMessageFactory(user=user, occasion="letter", sent_at=now), user, Names(user))
    for pair, day in zip(letter["pairs"], WEEK, strict=True):
        now_is, was = life.total(day), life.total(day - 7 * ONE_DAY)
        assert pair["now"] == (round(100 * now_is.share) if now_is.asked else None), day
        assert pair["was"] == (round(100 * was.share) if was.asked else None), day
    for one in record.habits:
        habit = next(habit for habit in life.habits if str(habit.pk) == one.id)
        of_week = add_up(life.total(day, habit) for day in WEEK)
        found = facts.of_habit(one, record)
        for kind in {"week", "within"} & found.keys():
            assert (found[kind].params["done"], found[kind].params["due"]) == (of_week.done, of_week.asked), kind
        if "week_times" in found:
            assert found["week_times"].params["done"] == of_week.done
        if "more" in found:
            before = add_up(life.total(day - 7 * ONE_DAY, habit) for day in WEEK)
            assert (found["more"].params["now"], found["more"].params["before"]) == (of_week.done, before.done)
    if full := facts.of_person(record).get("full_days"):
        totals = [life.total(day) for day in WEEK]
        assert full.params["days"] == sum(total.asked > 1 and total.share == 1 for total in totals)


@pytest.mark.parametrize("seed", range(PEOPLE))
def test_on_the_first_day_of_a_week_the_insights_and_the_letter_say_the_same_change(seed):
    user = histories.person(histories.rng(seed), FIRST, LAST)
    day = user.calendar.week_of(TODAY + ONE_DAY)
    life = Life(user, user.calendar.at(day, dt.time(8)), day, list(user.habits.all()), {})
    for habit in life.habits:
        streak_cache.rebuild_and_save(habit, today=day, calendar=user.calendar)

    head = insights.page_of_all(user, now=life.now)["headline"]["text"]
    letter = weekly_letter.page(
        CoachingMessageFactory(user=user, occasion="letter", sent_at=life.now), user, Names(user)
    )

    points = Counter(word for text in (head, letter["sum_text"]) for word in text.split() if word.endswith("%p"))
    assert len(points) <= 1
    assert ("일러요" in letter["sum_text"] or "적어요" in letter["sum_text"]) == ("한 주씩 모으고" in head)


def test_a_habit_has_one_streak_and_one_ledger(life):
    user, now = life.user, life.now
    daily_aggregates.catch_up(now=now)
    states = {row.user_habit.pk: row.standing.streak for row in today._board(user, now=now).states}
    record = {one.id: one for one in record_queries.read(user, at=now).habits}
    for habit in life.habits:
        ledger = life.ledgers[habit.pk]
        now_is = streak_cache.replay(
            habit, today=TODAY, calendar=user.calendar, counts=streak_cache.counts_by_day(habit)
        ).streak
        page = habit_detail.page(user, habit, now=now, all_days=True)
        assert page["streak"]["length"] == now_is.current, habit.rule
        assert {line["day"]: (line["reason"], line["run"]) for line in page["ledger"]} == {
            day.isoformat(): (entry.reason.value, entry.run) for day, entry in ledger.items()
        }
        best = insights.page_of_habit(user, habit, now=now)["best"]
        # The list of runs keeps the unit that each had: a rule that counts in another one has another best.
        has_one_unit = len({rule.schedule.unit for _first, rule in habit.timeline.rules}) == 1
        if has_one_unit:
            assert (max((one["percent"] for one in best), default=0) > 0) == bool(now_is.best)
        if habit.pk in states:
            assert states[habit.pk] == now_is, ("Today", habit.rule)
        if one := record.get(str(habit.pk)):
            assert (one.current, one.best, one.total) == (now_is.current, now_is.best, now_is.total), (
                "coach",
                habit.rule,
            )
        asked = Asked(user, life.habits, habit, Measure.STREAK, None, frozenset(), TODAY, now)
        assert answers._streak(asked).value == now_is.current, ("question", habit.rule)
        listed = [row for row in insights.page_of_all(user, now=now)["habits"] if row["url"].endswith(f"{habit.pk}/")]
        if listed and now_is.best and has_one_unit:
            assert listed[0]["best"] == best[0]["text"], ("insights", habit.rule)
    last = UserAnalytics.objects.filter(user=user, date=LAST).first()
    runs = [
        entry.run * {"days": 1, "weeks": 7, "months": 30}[entry.unit]
        for ledger in life.ledgers.values()
        if (entry := ledger.get(LAST)) and entry.run and not rests_on(life, ledger, LAST)
    ]
    assert (last.active_streaks, last.longest_streak) == (len(runs), max(runs, default=0))


def rests_on(life: Life, ledger: dict[dt.date, Entry], day: dt.date) -> bool:
    habit = next(habit for habit in life.habits if life.ledgers[habit.pk] is ledger)
    return any(first <= day <= (last or day) for first, last in streak_cache.rests_of(habit))


def test_the_file_says_of_each_day_what_the_ledger_says(life):
    file = io.BytesIO()
    exporter.write_csv(file, exporter.collect(life.user.pk, now=life.now))
    rows = list(csv.DictReader(io.StringIO(file.getvalue().decode("utf-8-sig"))))
    amounts: dict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        amounts[row["habit"], row["date"]] += int(row["amount"])
    assert rows
    for habit in life.habits:
        for day, entry in life.ledgers[habit.pk].items():
            assert amounts.get((habit.name, day.isoformat()), 0) == entry.amount
            rule = habit.timeline.on(day)
            reached = {row["reached"] for row in rows if (row["habit"], row["date"]) == (habit.name, day.isoformat())}
            if (
                reached
                and rule.is_due(day)
                and day < TODAY
                and not (rule.schedule.totals and rule.direction == "at_most")
            ):
                assert (reached == {"1"}) == (entry.reason is Reason.DONE or is_rested_limit(entry, rule)), (day, rule)


def is_rested_limit(entry: Entry, rule) -> bool:
    """A limit that was kept on a rested day, which the ledger does not judge."""
    return rule.direction == "at_most" and entry.reason is Reason.RESTED and rule.met(entry.amount)


def test_a_day_has_one_mean_and_a_week_too(life):
    user, now = life.user, life.now
    daily_aggregates.catch_up(now=now)
    means = {day: fmean(scores) for day in WEEK if (scores := life.scores(day))}
    record = record_queries.read(user, at=now)
    moods = insights.queries.moods([habit.pk for habit in life.habits], first=WEEK[0], last=LAST)
    rows = dict(UserAnalytics.objects.filter(user=user, date__in=WEEK).values_list("date", "avg_mood_score"))

    assert {day: mean for day, mean in record.moods.items() if day in WEEK} == pytest.approx(means)
    assert {day: mood for day, (mood, _energy) in moods.items() if mood is not None} == pytest.approx(means)
    assert {day: mean for day, mean in rows.items() if mean is not None} == pytest.approx(means)
    if told := facts.of_person(record).get("mood"):
        of_week = Asked(
            user, life.habits, None, Measure.MOOD, Period("lately", WEEK[0], LAST, 7), frozenset(), TODAY, now
        )
        assert answers._ANSWERS[Measure.MOOD](of_week).value == float(told.params["mood"])


def test_the_summary_of_people_has_the_totals_of_their_habits(life):
    user_stats.refresh()

    with connection.cursor() as cursor:
        cursor.execute("SELECT total_habits, total_completions FROM user_stats_summary WHERE id = %s", [life.user.pk])
        habits, completions = cursor.fetchone()
    standing = [
        streak_cache.replay(
            one, today=TODAY, calendar=life.user.calendar, counts=streak_cache.counts_by_day(one)
        ).streak
        for one in life.habits
    ]
    assert (habits, completions) == (len(standing), sum(one.total for one in standing))
