"""Answers a question from the person's own record.

One sentence, its value, and where each number can be seen.

answer(user, "지난주 물 몇 번?", now=…) -> Answer
"""

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from accounts.models import User
from coaching.questions import deeds, grammar, parsed, periods, plan_answers, record, remarks, sentences
from coaching.questions.asked import Answer, Asked
from coaching.questions.grammar import Measure
from coaching.questions.parsed import Reading
from core import text_format
from habits.models import UserHabit
from habits.streaks import Streak

LONGEST = 200
# Check-ins that an answer about a rhythm needs at least.
ENOUGH = 7


def answer(user: User, question: str, *, now: dt.datetime, before: Sequence[str] = ()) -> Answer:
    """The answer in the active language. Reads the record and changes nothing.

    `before` are the questions that this one may go on from, the latest last.
    """
    habits = list(user.habits.with_habit().defer("notes").order_by("sort_order", "created_at", "id"))
    by_id: Mapping[object, UserHabit] = {habit.pk: habit for habit in habits}
    day = user.calendar.day_of(now)
    names: Mapping[object, Sequence[str]] = {habit.pk: names_of(habit) for habit in habits}
    if habits and (two := parsed.read_two(question, names, day=day, calendar=user.calendar)):
        return _joined(_measured(one, user, habits, day=day, now=now) for one in two)
    found = parsed.read(question, names, day=day, calendar=user.calendar, before=before)
    matched = [by_id[match.key] for match in found.matches]
    if found.place:
        return deeds.lead_to_place(found.place)
    if found.wish:
        rest = found.matches[0].rest if len(matched) == 1 else question
        return deeds.lead_to(found.wish, matched, habits, deeds.WishWords(question, rest, day, user.calendar))
    if found.measure is None or not habits:
        return _remark(question) or unknown(habits, found.unknown)
    return _measured(found, user, habits, day=day, now=now)


def _measured(found: Reading, user: User, habits: Sequence[UserHabit], *, day: dt.date, now: dt.datetime) -> Answer:
    """The answer to a reading that has a measure."""
    assert found.measure is not None  # noqa: S101 - only such are passed
    matched = [habit for match in found.matches for habit in habits if habit.pk == match.key]
    asked = Asked(user, habits, None, found.measure, found.period, found.weekdays, day, now)
    if len(matched) > 1 and found.measure not in _OF_ALL_HABITS:
        rests = [match.rest for match in found.matches]
        return _of_each(asked, matched) if len(set(rests)) == len(rests) else _ask_which(matched, rests)
    habit = matched[0] if len(matched) == 1 and found.measure not in _OF_ALL_HABITS else None
    return _answered(dataclasses.replace(asked, habit=habit))


def _joined(answered: Iterable[Answer]) -> Answer:
    """One answer to several questions, or what is said about the one that has none."""
    found = list(answered)
    if other := next((one for one in found if one.kind != "answer"), None):
        return other
    evidence = [one for answer in found for one in answer.evidence]
    return Answer("answer", " ".join(one.text for one in found), [one.value for one in found], evidence)


def _answered(asked: Asked) -> Answer:
    said = (_ANSWERS | plan_answers.ANSWERS)[asked.measure](asked)
    if asked.over.part and (number := record.without_hour(asked.ids, asked.over, asked.weekdays)):
        return dataclasses.replace(said, text=f"{said.text} {sentences.without_hour(number)}")
    return said


def _of_each(asked: Asked, habits: Sequence[UserHabit]) -> Answer:
    """The same question about each of several habits that it names; two weeks are not compared beside two habits."""
    measure = Measure.TIMES if asked.measure == Measure.COMPARED else asked.measure
    return _joined(_answered(dataclasses.replace(asked, habit=habit, measure=measure)) for habit in habits)


def _remark(question: str) -> Answer | None:
    """What is said to somebody who asks nothing of the record."""
    remark = remarks.find(grammar.squeezed(question))
    if remark is None:
        return None
    page, label = deeds.REMARKS.get(remark, (None, None))
    return Answer("unknown", sentences.remark(remark), deed=page, deed_text=str(label) if label else "")


def unknown(habits: Sequence[UserHabit], words: Sequence[str] = ()) -> Answer:
    return Answer("unknown", sentences.unknown(has_habits=bool(habits), words=words), picks=picks(habits))


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


def _sum_up(asked: Asked) -> record.Sums:
    rows = record.sums(asked.ids, asked.over, asked.weekdays).values()
    return record.Sums(*(sum(column) for column in zip(*rows, strict=True))) if rows else record.Sums()


def _times(asked: Asked) -> Answer:
    sums = _sum_up(asked)
    unit = asked.habit.unit if asked.habit else None
    text = sentences.times(asked.name, sums.times, sums.amount, unit, asked.over, asked.weekdays)
    return asked.says(text, sums.times, sentences.times_fact(asked.over, asked.weekdays, sums.times))


def _amount(asked: Asked) -> Answer:
    """The amount of one habit; amounts of several have no common unit, so they are counted."""
    if asked.habit is None or not asked.habit.unit:
        return _times(asked)
    sums = _sum_up(asked)
    text = sentences.amount_of(asked.name, sums.amount, asked.habit.unit, asked.over, asked.weekdays)
    return asked.says(text, sums.amount, sentences.amount_fact(asked.over, sums.amount, asked.habit.unit))


def _days(asked: Asked) -> Answer:
    rows = record.sums(asked.ids, asked.over, asked.weekdays)
    if asked.habit is None:
        days = record.days(asked.ids, asked.over, asked.weekdays)
    else:
        days = rows[asked.habit.pk].days if rows else 0
    return asked.says(
        sentences.days(asked.name, days, asked.over, asked.weekdays), days, sentences.days_fact(asked.over, days)
    )


def _streaks(habits: Sequence[UserHabit], asked: Asked) -> dict[UUID, Streak]:
    """The streak of each habit, valid today."""
    found = plan_answers.standings(habits, calendar=asked.user.calendar, day=asked.day)
    return {pk: standing.streak for pk, standing in found.items()}


def _streak(asked: Asked) -> Answer:
    if asked.habit is None:
        return _longest(asked)
    streak = _streaks([asked.habit], asked)[asked.habit.pk]
    length, best = text_format.length(streak.current, streak.unit), text_format.length(streak.best, streak.unit)
    text = sentences.streak(asked.name, streak.current, length, best if streak.best > streak.current else "")
    return asked.says(text, streak.current, sentences.run_fact(length))


def _best_streak(asked: Asked) -> Answer:
    found = _streaks(asked.habits, asked)
    habit = asked.habit or max(asked.habits, key=lambda one: found[one.pk].best)
    best = found[habit.pk].best
    length = text_format.length(best, found[habit.pk].unit)
    now = text_format.length(found[habit.pk].current, found[habit.pk].unit) if found[habit.pk].current else ""
    text = sentences.longest_run(habit.name, best, length, now)
    return asked.says(text, best, sentences.best_fact(length), habit=habit)


def _longest(asked: Asked) -> Answer:
    found = _streaks(asked.chosen, asked)
    habit = max(asked.chosen, key=lambda one: found[one.pk].current)
    streak = found[habit.pk]
    if not streak.current:
        return asked.says(sentences.no_run(), None)
    length = text_format.length(streak.current, streak.unit)
    return asked.says(sentences.longest(habit.name, length), habit.pk, sentences.run_fact(length), habit=habit)


def _ranked(asked: Asked) -> list[tuple[int, UserHabit]]:
    rows = record.sums([habit.pk for habit in asked.chosen], asked.over, asked.weekdays)
    return [(rows.get(habit.pk, record.Sums()).times, habit) for habit in asked.chosen]


def _most(asked: Asked) -> Answer:
    times, habit = max(_ranked(asked), key=lambda row: row[0])
    if not times:
        return asked.says(sentences.nothing(asked.over), None)
    text = sentences.most(habit.name, times, asked.over)
    return asked.says(text, habit.pk, sentences.times_fact(asked.over, asked.weekdays, times), habit=habit)


def _least(asked: Asked) -> Answer:
    times, habit = min(_ranked(asked), key=lambda row: row[0])
    text = sentences.least(habit.name, times, asked.over)
    return asked.says(text, habit.pk, sentences.times_fact(asked.over, asked.weekdays, times), habit=habit)


def _score(read: Callable[..., record.Score], said: Callable[..., str]) -> Callable[[Asked], Answer]:
    def answered(asked: Asked) -> Answer:
        if not asked.user.shares_health:
            return Answer("unshared", sentences.unshared())
        mean, count = read(asked.ids, asked.over, asked.weekdays)
        if mean is None:
            return asked.says(sentences.no_score(asked.over), None)
        value = round(mean, 1)
        return asked.says(said(value, count, asked.over, asked.weekdays), value, sentences.score_fact(value, count))

    return answered


def _weekday(choose: Callable[..., Any], said: Callable[..., str]) -> Callable[[Asked], Answer]:
    def answered(asked: Asked) -> Answer:
        found = record.by_weekday(asked.ids, asked.of_rhythm)
        if sum(found.values()) < ENOUGH:
            return Answer("early", sentences.early(sum(found.values()), ENOUGH))
        weekday = choose(range(1, 8), key=lambda one: found.get(one, 0))
        times = found.get(weekday, 0)
        text = said(asked.name, weekday, times, asked.of_rhythm)
        return asked.says(text, weekday, sentences.weekday_fact(weekday, times))

    return answered


def _hour(asked: Asked) -> Answer:
    found = record.by_hour(asked.ids, asked.of_rhythm)
    if sum(found.values()) < ENOUGH:
        return Answer("early", sentences.early(sum(found.values()), ENOUGH))
    hour = max(sorted(found), key=lambda one: found[one])
    text = sentences.hour(asked.name, hour, found[hour], sum(found.values()), asked.of_rhythm)
    return asked.says(text, hour, sentences.hour_fact(hour, found[hour]))


def _last_time(asked: Asked) -> Answer:
    day = record.last_day(asked.ids, asked.over)
    if day is None:
        return asked.says(sentences.nothing(asked.over), None)
    return asked.says(sentences.last_time(asked.name, day, (asked.day - day).days), day, sentences.day_text(day))


def _started(asked: Asked) -> Answer:
    habit = asked.habit or min(asked.habits, key=lambda one: one.begins_on(asked.user.calendar))
    day = habit.begins_on(asked.user.calendar)
    return asked.says(
        sentences.started(habit.name, day, (asked.day - day).days), day, sentences.day_text(day), habit=habit
    )


def _compared(asked: Asked) -> Answer:
    """This week against last week up to the same weekday, or this month against the last up to the same date."""
    now = asked.over
    before = periods.before(now)
    this, that = (_sum_up(dataclasses.replace(asked, period=one)).times for one in (now, before))
    text = sentences.compared(asked.name, this, that, now)
    facts = [sentences.times_fact(one, asked.weekdays, times) for one, times in ((now, this), (before, that))]
    return asked.says(text, this - that, *facts)


_OF_ALL_HABITS = {
    Measure.LONGEST_HABIT, Measure.MOST_HABIT, Measure.LEAST_HABIT, Measure.BADGES, Measure.LEVEL, Measure.HABITS,
}  # fmt: skip
_ANSWERS: dict[Measure, Callable[[Asked], Answer]] = {
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


def _ask_which(habits: Sequence[UserHabit], rests: Sequence[str]) -> Answer:
    """Offers the question with each of the names; `rests` are the question without the words that fit each."""
    picks = [sentences.with_name(rest, habit.name) for habit, rest in zip(habits, rests, strict=True)]
    return Answer("which", sentences.which(), picks=picks)
