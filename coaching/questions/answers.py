"""Answers a question from the person's own record.

One sentence, its value, and where each number can be seen.

answer(user, "지난주 물 몇 번?", now=…) -> Answer
"""

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from accounts.days import Calendar
from accounts.models import User
from coaching.context import Route
from coaching.questions import grammar, habit_names, periods, record, sentences
from coaching.questions.grammar import Deed, Measure
from coaching.questions.periods import Period
from habits import streak_cache
from habits.models import UserHabit

LONGEST = 200
# Days that are looked at where a question about a rhythm names none, and the check-ins it needs at least.
RHYTHM = 56
ENOUGH = 7


@dataclasses.dataclass(frozen=True)
class Evidence:
    """One number of the answer in words, and the page that shows it."""

    text: str
    to: Route


@dataclasses.dataclass(frozen=True)
class Answer:
    """What is said. `kind` is "answer", "deed", "which", "early", "unshared" or "unknown"."""

    kind: str
    text: str
    value: Any = None
    evidence: list[Evidence] = dataclasses.field(default_factory=list)
    # The page on which the person does what was asked for, filled in, and its label.
    deed: Route | None = None
    deed_query: dict[str, str] = dataclasses.field(default_factory=dict)
    deed_text: str = ""
    # Questions that may be asked instead.
    picks: list[str] = dataclasses.field(default_factory=list)
    # The colour of the page: the category of the habit.
    category: str = ""

    def to_json(self) -> dict[str, Any]:
        """For storage: without the value, which the text has in words."""
        return {name: value for name, value in dataclasses.asdict(self).items() if name != "value"}


@dataclasses.dataclass(frozen=True)
class _Asked:
    """A question that was understood."""

    user: User
    habits: Sequence[UserHabit]
    # None is all habits together.
    habit: UserHabit | None
    measure: Measure
    period: Period | None
    weekdays: frozenset[int]
    day: dt.date

    @property
    def ids(self) -> list[UUID]:
        return [self.habit.pk] if self.habit else [habit.pk for habit in self.habits]

    @property
    def name(self) -> str:
        return self.habit.name if self.habit else ""

    @property
    def page(self) -> Route:
        return ["habits:habit", str(self.habit.pk)] if self.habit else ["analytics:insights"]

    @property
    def over(self) -> Period:
        return self.period or periods.always(self.day)

    @property
    def of_rhythm(self) -> Period:
        return self.period or periods.lately(RHYTHM, day=self.day)

    def says(self, text: str, value: Any, *evidence: str, habit: UserHabit | None = None) -> Answer:
        about = habit or self.habit
        page = ["habits:habit", str(about.pk)] if about else self.page
        category = about.habit.category.name_en if about else ""
        return Answer("answer", text, value, [Evidence(one, page) for one in evidence], category=category)


def answer(user: User, question: str, *, now: dt.datetime) -> Answer:
    """The answer in the active language. Reads the record and changes nothing."""
    habits = list(user.habits.with_habit().defer("notes").order_by("sort_order", "created_at", "id"))
    matches = habit_names.find(question, {habit.pk: names_of(habit) for habit in habits})
    by_id: Mapping[object, UserHabit] = {habit.pk: habit for habit in habits}
    rest = grammar.squeezed(matches[0].rest if matches else habit_names.folded(question))
    if wish := grammar.wish(rest):
        return _lead_to(wish, [by_id[match.key] for match in matches], habits)
    measure = grammar.measure(rest)
    if measure is None or not habits:
        return Answer("unknown", sentences.unknown(has_habits=bool(habits)), picks=picks(habits))
    if len(matches) > 1 and measure not in _OF_ALL:
        return _ask_which([by_id[match.key] for match in matches], question)
    day = user.calendar.day_of(now)
    habit = by_id[matches[0].key] if len(matches) == 1 else None
    period = periods.find(rest, day=day, calendar=user.calendar)
    return _ANSWERS[measure](_Asked(user, habits, habit, measure, period, periods.weekdays(rest), day))


def names_of(habit: UserHabit) -> list[str]:
    """All names of the habit that a person may use.

    Their own, and the catalogue's in both languages.
    """
    translated = [texts.get("name", "") for texts in (habit.habit.translations or {}).values()]
    return [name for name in (habit.name, habit.habit.own_name or habit.habit.name, *translated) if name]


def picks(habits: Sequence[UserHabit]) -> list[str]:
    """Questions that can be asked about this record."""
    return sentences.picks(habits[0].name if habits else "")


# ── One function for each measure ───────────────────────────────────────────


def _sum_up(asked: _Asked) -> record.Sums:
    rows = record.sums(asked.ids, asked.over, asked.weekdays).values()
    return record.Sums(*(sum(column) for column in zip(*rows, strict=True))) if rows else record.Sums()


def _times(asked: _Asked) -> Answer:
    sums = _sum_up(asked)
    unit = asked.habit.unit if asked.habit else None
    text = sentences.times(asked.name, sums.times, sums.amount, unit, asked.over, asked.weekdays)
    return asked.says(text, sums.times, sentences.times_fact(asked.over, asked.weekdays, sums.times))


def _amount(asked: _Asked) -> Answer:
    """The amount of one habit; amounts of several have no common unit, so they are counted."""
    if asked.habit is None or not asked.habit.unit:
        return _times(asked)
    sums = _sum_up(asked)
    text = sentences.amount_of(asked.name, sums.amount, asked.habit.unit, asked.over, asked.weekdays)
    return asked.says(text, sums.amount, sentences.amount_fact(asked.over, sums.amount, asked.habit.unit))


def _days(asked: _Asked) -> Answer:
    rows = record.sums(asked.ids, asked.over, asked.weekdays)
    if asked.habit is None:
        days = record.days(asked.ids, asked.over, asked.weekdays)
    else:
        days = rows[asked.habit.pk].days if rows else 0
    return asked.says(
        sentences.days(asked.name, days, asked.over, asked.weekdays), days, sentences.days_fact(asked.over, days)
    )


def _streaks(habits: Sequence[UserHabit], *, calendar: Calendar, day: dt.date) -> dict[UUID, Any]:
    """The streak of each habit, valid today."""
    through = min((habit.streak_through or dt.date.min for habit in habits), default=dt.date.min)
    rests = streak_cache.rests_by_habit(habits, since=through)
    return {
        habit.pk: streak_cache.current(habit, today=day, calendar=calendar, rests=rests.get(habit.pk, [])).streak
        for habit in habits
    }


def _streak(asked: _Asked) -> Answer:
    if asked.habit is None:
        return _longest(asked)
    streak = _streaks([asked.habit], calendar=asked.user.calendar, day=asked.day)[asked.habit.pk]
    length = sentences.length(streak.current, streak.unit)
    return asked.says(sentences.streak(asked.name, streak.current, length), streak.current, sentences.run_fact(length))


def _best_streak(asked: _Asked) -> Answer:
    found = _streaks(asked.habits, calendar=asked.user.calendar, day=asked.day)
    habit = asked.habit or max(asked.habits, key=lambda one: found[one.pk].best)
    best = found[habit.pk].best
    length = sentences.length(best, found[habit.pk].unit)
    text = sentences.longest_run(habit.name, best, length)
    return asked.says(text, best, sentences.best_fact(length), habit=habit)


def _longest(asked: _Asked) -> Answer:
    active = [habit for habit in asked.habits if not habit.is_archived] or list(asked.habits)
    found = _streaks(active, calendar=asked.user.calendar, day=asked.day)
    habit = max(active, key=lambda one: found[one.pk].current)
    streak = found[habit.pk]
    if not streak.current:
        return asked.says(sentences.no_run(), None)
    length = sentences.length(streak.current, streak.unit)
    return asked.says(sentences.longest(habit.name, length), habit.pk, sentences.run_fact(length), habit=habit)


def _ranked(asked: _Asked) -> list[tuple[int, UserHabit]]:
    active = [habit for habit in asked.habits if not habit.is_archived] or list(asked.habits)
    rows = record.sums([habit.pk for habit in active], asked.over, asked.weekdays)
    return [(rows.get(habit.pk, record.Sums()).times, habit) for habit in active]


def _most(asked: _Asked) -> Answer:
    times, habit = max(_ranked(asked), key=lambda row: row[0])
    if not times:
        return asked.says(sentences.nothing(asked.over), None)
    text = sentences.most(habit.name, times, asked.over)
    return asked.says(text, habit.pk, sentences.times_fact(asked.over, asked.weekdays, times), habit=habit)


def _least(asked: _Asked) -> Answer:
    times, habit = min(_ranked(asked), key=lambda row: row[0])
    text = sentences.least(habit.name, times, asked.over)
    return asked.says(text, habit.pk, sentences.times_fact(asked.over, asked.weekdays, times), habit=habit)


def _score(read: Callable[..., record.Score], said: Callable[..., str]) -> Callable[[_Asked], Answer]:
    def answered(asked: _Asked) -> Answer:
        if not asked.user.shares_health:
            return Answer("unshared", sentences.unshared())
        mean, count = read(asked.ids, asked.over)
        if mean is None:
            return asked.says(sentences.no_score(asked.over), None)
        value = round(mean, 1)
        return asked.says(said(value, count, asked.over), value, sentences.score_fact(value, count))

    return answered


def _weekday(choose: Callable[..., Any], said: Callable[..., str]) -> Callable[[_Asked], Answer]:
    def answered(asked: _Asked) -> Answer:
        found = record.by_weekday(asked.ids, asked.of_rhythm)
        if sum(found.values()) < ENOUGH:
            return Answer("early", sentences.early(sum(found.values()), ENOUGH))
        weekday = choose(range(1, 8), key=lambda one: found.get(one, 0))
        times = found.get(weekday, 0)
        text = said(asked.name, weekday, times, asked.of_rhythm)
        return asked.says(text, weekday, sentences.weekday_fact(weekday, times))

    return answered


def _hour(asked: _Asked) -> Answer:
    found = record.by_hour(asked.ids, asked.of_rhythm)
    if sum(found.values()) < ENOUGH:
        return Answer("early", sentences.early(sum(found.values()), ENOUGH))
    hour = max(sorted(found), key=lambda one: found[one])
    text = sentences.hour(asked.name, hour, found[hour], sum(found.values()), asked.of_rhythm)
    return asked.says(text, hour, sentences.hour_fact(hour, found[hour]))


def _last_time(asked: _Asked) -> Answer:
    day = record.last_day(asked.ids, asked.over)
    if day is None:
        return asked.says(sentences.nothing(asked.over), None)
    return asked.says(sentences.last_time(asked.name, day, (asked.day - day).days), day, sentences.day_text(day))


def _started(asked: _Asked) -> Answer:
    habit = asked.habit or min(asked.habits, key=lambda one: one.begins_on(asked.user.calendar))
    day = habit.begins_on(asked.user.calendar)
    return asked.says(
        sentences.started(habit.name, day, (asked.day - day).days), day, sentences.day_text(day), habit=habit
    )


def _compared(asked: _Asked) -> Answer:
    """This week against last week up to the same weekday, or this month against the last up to the same date."""
    now = asked.period or periods.named("this_week", day=asked.day, calendar=asked.user.calendar)
    if now.name in ("last_week", "last_month"):
        now = periods.named(now.name.replace("last", "this"), day=asked.day, calendar=asked.user.calendar)
    if now.name == "always":
        now = periods.named("this_week", day=asked.day, calendar=asked.user.calendar)
    before = periods.before(now)
    this, that = (_sum_up(dataclasses.replace(asked, period=one)).times for one in (now, before))
    text = sentences.compared(asked.name, this, that, now)
    facts = [sentences.times_fact(one, asked.weekdays, times) for one, times in ((now, this), (before, that))]
    return asked.says(text, this - that, *facts)


_OF_ALL = {Measure.LONGEST_HABIT, Measure.MOST_HABIT, Measure.LEAST_HABIT}
_ANSWERS: dict[Measure, Callable[[_Asked], Answer]] = {
    Measure.TIMES: _times,
    Measure.AMOUNT: _amount,
    Measure.DAYS: _days,
    Measure.STREAK: _streak,
    Measure.BEST_STREAK: _best_streak,
    Measure.LONGEST_HABIT: _longest,
    Measure.MOST_HABIT: _most,
    Measure.LEAST_HABIT: _least,
    Measure.MOOD: _score(record.mood, sentences.mood),
    Measure.ENERGY: _score(record.energy, sentences.energy),
    Measure.BEST_WEEKDAY: _weekday(max, sentences.best_weekday),
    Measure.WORST_WEEKDAY: _weekday(min, sentences.worst_weekday),
    Measure.BEST_HOUR: _hour,
    Measure.LAST_TIME: _last_time,
    Measure.STARTED: _started,
    Measure.COMPARED: _compared,
}


# ── What is not a question ──────────────────────────────────────────────────


def _ask_which(habits: Sequence[UserHabit], question: str) -> Answer:
    return Answer("which", sentences.which(), picks=[sentences.with_name(question, habit.name) for habit in habits])


def _lead_to(wish: grammar.Wish, matched: Sequence[UserHabit], habits: Sequence[UserHabit]) -> Answer:
    """A button that leads to the page on which the person does it; nothing is done here."""
    if wish.deed == Deed.ADD:
        return Answer(
            "deed", sentences.deed(wish, ""), deed=["habits:catalogue"], deed_text=sentences.deed_button(wish)
        )
    if len(matched) != 1 and len(habits) != 1:
        return Answer("deed", sentences.deed_of_which(), deed=["habits:mine"], deed_text=sentences.mine_button())
    habit = matched[0] if len(matched) == 1 else habits[0]
    query = {"time": f"{wish.clock:%H:%M}"} if wish.clock else {}
    return Answer(
        "deed",
        sentences.deed(wish, habit.name),
        deed=[_PAGES[wish.deed], str(habit.pk)],
        deed_query=query,
        deed_text=sentences.deed_button(wish),
        category=habit.habit.category.name_en,
    )


_PAGES = {
    Deed.REMIND: "habits:reminders",
    Deed.PAUSE: "habits:pause",
    Deed.CHECK_IN: "habits:habit",
    Deed.EDIT: "habits:edit",
    Deed.REMOVE: "habits:remove",
}
