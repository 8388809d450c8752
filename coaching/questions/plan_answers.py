"""Answers about what the days ask for.

What is left, done, missed or rested, goals, freezes, badges, reminders, means, the days of scores.
"""

import datetime as dt
import enum
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from accounts.days import ONE_DAY, Calendar
from coaching.questions import periods, plan_sentences, record, sentences
from coaching.questions.asked import Answer, Asked
from coaching.questions.grammar import Measure
from coaching.questions.periods import Period
from gamification import points
from gamification.models import UserAchievement, UserProgress
from habits import reminders, streak_cache, streaks
from habits.day_totals import DayTotal, add_up, total_of_day
from habits.models import UserHabit
from habits.pages import goal_lines
from habits.streak_cache import HabitStanding
from habits.streaks import Reason

# A day that was asked for and not done, whether or not a freeze protected the streak.
_MISSED = {Reason.MISSED, Reason.PARTLY, Reason.PROTECTED}


class Plan(enum.Enum):
    """Whether a day to come asks for a habit. A free one counts its days by the week or longer."""

    DUE = enum.auto()
    FREE = enum.auto()
    RESTS = enum.auto()
    OFF = enum.auto()


def standings(habits: Sequence[UserHabit], *, calendar: Calendar, day: dt.date) -> dict[UUID, HabitStanding]:
    """Each habit as it stands today."""
    through = min((habit.streak_through or dt.date.min for habit in habits), default=dt.date.min)
    rests = streak_cache.rests_by_habit(habits, since=through)
    return {
        habit.pk: streak_cache.current(habit, today=day, calendar=calendar, rests=rests.get(habit.pk, []))
        for habit in habits
    }


def _standings(asked: Asked) -> dict[UUID, HabitStanding]:
    return standings(asked.chosen, calendar=asked.user.calendar, day=asked.day)


def _unknown() -> Answer:
    return Answer("unknown", sentences.unknown(has_habits=True))


def _left(asked: Asked) -> Answer:
    if asked.over.name != "today" or asked.weekdays:
        return _unknown()
    found = _standings(asked)
    if asked.habit:
        return _left_of_one(asked, asked.habit, found[asked.habit.pk])
    open_ = [
        habit
        for habit in asked.chosen
        if habit.rule.direction == "at_least" and reminders.would_help(habit.rule, found[habit.pk])
    ]
    done = sum(one.streak.today is Reason.DONE for one in found.values())
    text = plan_sentences.left([habit.name for habit in open_], done)
    return asked.says_at(["habits:today"], text, len(open_), plan_sentences.left_fact(len(open_)))


def _left_of_one(asked: Asked, habit: UserHabit, standing: HabitStanding) -> Answer:
    rule = habit.rule
    done = standing.streak.tally if rule.schedule.totals else standing.count
    if rule.direction == "at_most":
        text = plan_sentences.limit(habit.name, done, rule.target, habit.unit)
        return asked.says(text, max(rule.target - done, 0), plan_sentences.done_fact(done, habit.unit))
    if standing.streak.today in (Reason.RESTED, Reason.NOT_DUE):
        return asked.says(plan_sentences.not_asked(habit.name), 0)
    left = max(rule.target - done, 0) if reminders.would_help(rule, standing) else 0
    text = plan_sentences.left_of(habit.name, left, done, habit.unit)
    return asked.says(text, left, plan_sentences.done_fact(done, habit.unit))


def _due(asked: Asked) -> Answer:
    """What a day to come asks for.

    Habits without fixed days and those that rest are named beside it. A limit is no task.
    """
    day = asked.over.first
    rests = streak_cache.rests_by_habit(asked.chosen, since=day)
    plans = {habit: _plan(habit, day, asked.user.calendar, rests[habit.pk]) for habit in asked.chosen}
    if asked.habit:
        return _due_of_one(asked, asked.habit, plans[asked.habit])
    tasks = {habit: plan for habit, plan in plans.items() if habit.timeline.on(day).direction == "at_least"}
    names = {one: [habit.name for habit, plan in tasks.items() if plan is one] for one in Plan}
    due = frozenset(habit.pk for habit, plan in tasks.items() if plan is Plan.DUE)
    text = plan_sentences.due(names[Plan.DUE], names[Plan.FREE], names[Plan.RESTS], asked.over)
    return asked.says_at(["habits:mine"], text, due, plan_sentences.due_fact(asked.over, len(due)))


def _plan(habit: UserHabit, day: dt.date, calendar: Calendar, rests: streak_cache.Rests) -> Plan:
    rule = habit.timeline.on(day)
    if day < habit.begins_on(calendar) or not rule.is_due(day):
        return Plan.OFF
    if streaks.rested_days(rests, day, day):
        return Plan.RESTS
    return Plan.DUE if rule.schedule.judged == "day" else Plan.FREE


def _due_of_one(asked: Asked, habit: UserHabit, plan: Plan) -> Answer:
    """Its value is the amount that the day asks for; None if the habit has no fixed days."""
    rule = habit.timeline.on(asked.over.first)
    if plan is Plan.FREE:
        return asked.says(plan_sentences.free(habit.name, rule.sentence()), None, rule.sentence())
    target = rule.target if plan is Plan.DUE else 0
    said = {
        Plan.DUE: plan_sentences.due_limit if rule.direction == "at_most" else plan_sentences.due_of,
        Plan.RESTS: plan_sentences.rests_on,
        Plan.OFF: plan_sentences.off,
    }[plan]
    return asked.says(said(habit.name, asked.over, target, habit.unit), target, rule.sentence())


def _done(asked: Asked) -> Answer:
    if asked.habit:
        return _unknown()
    sums = record.sums(asked.ids, asked.over, asked.weekdays)
    done = [(habit.name, sums[habit.pk].times) for habit in asked.habits if habit.pk in sums]
    fact = sentences.times_fact(asked.over, asked.weekdays, sum(times for _name, times in done))
    return asked.says_at(_page_of(asked.over), plan_sentences.done(done, asked.over), len(done), fact)


def _page_of(period: Period) -> list[str]:
    if period.first != period.last:
        return ["analytics:insights"]
    return ["habits:today"] if period.name == "today" else ["habits:past-day", period.first.isoformat()]


def _goal(asked: Asked) -> Answer:
    if asked.over.name != "this_month":
        return _unknown()
    items = goal_lines.panel(asked.user, now=asked.now, only=asked.habit)["items"]
    page = ["habits:goal", str(asked.habit.pk)] if asked.habit else ["habits:goal-all"]
    if not items:
        return Answer("answer", plan_sentences.no_goal(asked.name), deed=page, deed_text=plan_sentences.goal_button())
    text = " ".join(plan_sentences.goal(one["name"], one["now"], one["text"]) for one in items)
    return asked.says_at(["habits:mine"], text, [one["value"] for one in items], *(one["now"] for one in items))


def _freezes(asked: Asked) -> Answer:
    held = [(habit.name, number) for habit in asked.chosen if (number := _standings(asked)[habit.pk].streak.freezes)]
    number = sum(count for _name, count in held)
    return asked.says(plan_sentences.freezes(asked.name, held), number, plan_sentences.freezes_fact(number))


def _ledger_days(asked: Asked, reasons: set[Reason]) -> Counter[dt.date]:
    """The days of the period that ended with one of the reasons, and for how many habits."""
    counts = streak_cache.counts_by_habit(asked.chosen)
    found: Counter[dt.date] = Counter()
    for habit in asked.chosen:
        ledger = streak_cache.replay(
            habit, today=asked.day, calendar=asked.user.calendar, counts=counts[habit.pk]
        ).ledger
        found.update(one.day for one in ledger if one.reason in reasons and _is_within(one.day, asked))
    return found


def _is_within(day: dt.date, asked: Asked) -> bool:
    return asked.over.first <= day <= asked.over.last and (not asked.weekdays or day.isoweekday() in asked.weekdays)


def _rests(asked: Asked) -> Answer:
    days = len(_ledger_days(asked, {Reason.RESTED}))
    text = plan_sentences.rests(asked.name, days, asked.over, asked.weekdays)
    return asked.says(text, days, sentences.days_fact(asked.over, days))


def _missed(asked: Asked) -> Answer:
    """The days of a habit that is judged by the day; others miss weeks or runs of days."""
    if asked.habit is None:
        return Answer(
            "which",
            sentences.which(),
            picks=[plan_sentences.missed_pick(habit.name, asked.over) for habit in asked.chosen],
        )
    if asked.habit.rule.schedule.judged != "day":
        return Answer("unknown", plan_sentences.not_by_day(asked.habit.name))
    days = len(_ledger_days(asked, _MISSED))
    text = plan_sentences.missed(asked.name, days, asked.over, asked.weekdays, is_open=asked.over.last >= asked.day)
    return asked.says(text, days, sentences.days_fact(asked.over, days))


def _rate(asked: Asked) -> Answer:
    """The share of what was asked that was done, of closed days; of today alone as it stands."""
    if asked.weekdays:
        return _unknown()
    period = asked.period or periods.named("this_month", day=asked.day, calendar=asked.user.calendar)
    is_today = period.first == asked.day
    last = asked.day if is_today else min(period.last, asked.day - ONE_DAY)
    total = _total(asked, period.first, last)
    if total.share is None:
        return asked.says(plan_sentences.nothing_asked(asked.name, period), None)
    percent = round(total.share * 100)
    is_cut = last < period.last
    text = plan_sentences.rate(asked.name, total.asked, total.done, percent, period, is_cut=is_cut)
    return asked.says(text, percent, plan_sentences.rate_fact(percent))


def _total(asked: Asked, first: dt.date, last: dt.date) -> DayTotal:
    habits = [asked.habit] if asked.habit else list(asked.habits)
    counts, rests = streak_cache.counts_by_habit(habits), streak_cache.rests_by_habit(habits, since=first)
    first = max(first, min(one.first_logged_on or one.begins_on(asked.user.calendar) for one in habits))
    lived = [
        streak_cache.habit_days(
            one,
            calendar=asked.user.calendar,
            counts=counts[one.pk],
            rests=rests.get(one.pk, []),
            first=first,
            last=last,
        )
        for one in habits
    ]
    days = (first + number * ONE_DAY for number in range((last - first).days + 1))
    return add_up(total_of_day(lived, day, open_day=asked.day) for day in days)


def _badges(asked: Asked) -> Answer:
    calendar = asked.user.calendar
    earned = [
        one
        for one in UserAchievement.objects.filter(user=asked.user).select_related("achievement").order_by("-earned_at")
        if _is_within(calendar.day_of(one.earned_at), asked)
    ]
    names = [one.achievement.text("name") for one in earned[: plan_sentences.MOST_NAMED]]
    text = plan_sentences.badges(names, len(earned), asked.period)
    return asked.says_at(["gamification:achievements"], text, len(earned), plan_sentences.badges_fact(len(earned)))


def _level(asked: Asked) -> Answer:
    number = UserProgress.objects.filter(pk=asked.user.pk).values_list("points", flat=True).first() or 0
    level = points.level(number)
    text = plan_sentences.level(level, number, points.begins(level + 1) - number)
    return asked.says_at(["gamification:achievements"], text, level, plan_sentences.level_fact(level, number))


def _habits(asked: Asked) -> Answer:
    names = [habit.name for habit in asked.habits if not habit.is_archived]
    return asked.says_at(
        ["habits:mine"], plan_sentences.habits(names), len(names), plan_sentences.habits_fact(len(names))
    )


def _reminders(asked: Asked) -> Answer:
    if asked.habit is None:
        return Answer(
            "deed", plan_sentences.reminders_of_which(), deed=["habits:mine"], deed_text=sentences.mine_button()
        )
    times = reminders.times_of(asked.habit)
    return Answer(
        "answer",
        plan_sentences.reminders(asked.name, times),
        times,
        deed=["habits:reminders", str(asked.habit.pk)],
        deed_text=plan_sentences.reminders_button(),
        category=asked.habit.habit.category.name_en,
    )


def _mean(asked: Asked) -> Answer:
    """The mean amount, or number of check-ins, of the days that have one."""
    if asked.habit is None:
        return _unknown()
    sums = record.sums(asked.ids, asked.over, asked.weekdays).get(asked.habit.pk)
    if sums is None:
        return asked.says(sentences.times(asked.name, 0, 0, None, asked.over, asked.weekdays), None)
    unit = asked.habit.unit
    mean = round((sums.amount if unit else sums.times) / sums.days, 1)
    text = plan_sentences.mean(asked.name, mean, unit, sums.days, asked.over, asked.weekdays)
    return asked.says(text, mean, sentences.days_fact(asked.over, sums.days))


def _score_day(column: str, choose: Callable[..., Any], said: Callable[..., str]) -> Callable[[Asked], Answer]:
    def answered(asked: Asked) -> Answer:
        if not asked.user.shares_health:
            return Answer("unshared", sentences.unshared())
        found = record.score_days(column, asked.ids, asked.over)
        if not found:
            return asked.says(sentences.no_score(asked.over), None)
        day = choose(sorted(found), key=lambda one: found[one])
        value = round(found[day], 1)
        return asked.says_at(
            _page_of(Period("date", day, day)), said(day, value, asked.over), day, sentences.day_text(day)
        )

    return answered


def _score_compared(read: Callable[..., record.Score], word: str) -> Callable[[Asked], Answer]:
    def answered(asked: Asked) -> Answer:
        if not asked.user.shares_health:
            return Answer("unshared", sentences.unshared())
        now, before = asked.over, periods.before(asked.over)
        (this, times), (that, times_before) = (read(asked.ids, one, asked.weekdays) for one in (now, before))
        if this is None or that is None:
            return asked.says(sentences.no_score(now if this is None else before), None)
        this, that = round(this, 1), round(that, 1)
        facts = (sentences.score_fact(this, times), sentences.score_fact(that, times_before))
        return asked.says(plan_sentences.score_compared(word, this, that, now), round(this - that, 1), *facts)

    return answered


ANSWERS: dict[Measure, Callable[[Asked], Answer]] = {
    Measure.LEFT: _left,
    Measure.DUE: _due,
    Measure.DONE: _done,
    Measure.GOAL: _goal,
    Measure.FREEZES: _freezes,
    Measure.RESTS: _rests,
    Measure.MISSED: _missed,
    Measure.RATE: _rate,
    Measure.BADGES: _badges,
    Measure.LEVEL: _level,
    Measure.HABITS: _habits,
    Measure.REMINDERS: _reminders,
    Measure.MEAN: _mean,
    Measure.MOOD_BEST_DAY: _score_day(record.MOOD, max, plan_sentences.best_mood),
    Measure.MOOD_WORST_DAY: _score_day(record.MOOD, min, plan_sentences.worst_mood),
    Measure.ENERGY_BEST_DAY: _score_day(record.ENERGY, max, plan_sentences.best_energy),
    Measure.ENERGY_WORST_DAY: _score_day(record.ENERGY, min, plan_sentences.worst_energy),
    Measure.MOOD_COMPARED: _score_compared(record.mood, "mood"),
    Measure.ENERGY_COMPARED: _score_compared(record.energy, "energy"),
}
