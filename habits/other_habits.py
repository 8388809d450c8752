"""The person's other habits, which a check-in of one habit depends on.

They are read as JSON in the statement that reads the habit itself:

    with_others    what achievements ask: perfect days, and how many there are. PostgreSQL adds up habits that are alike, so
                   500 habits are as few rows as 10
    with_rows      also what Today shows of them, so that the answer to a tap brings the ring and the sums along. For
                   more than MOST_ROWS habits it is `with_others`

    read_others    returns both
"""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, Self
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db import DEFAULT_DB_ALIAS
from django.db.models.expressions import RawSQL

from accounts.days import ONE_DAY
from core.crypto.fields import Sealed
from habits import schedules
from habits.models import Habit, HabitCategory, HabitRest, UserHabit, UserHabitQuerySet
from habits.schedules import Rule
from notifications import inbox

# With more rows Today is folded (habits/pages/today.py), and a tap is answered without them.
MOST_ROWS = 30

_OTHERS = """
    (SELECT json_build_array(
        COALESCE(sum(number) FILTER (WHERE status = 'active'), 0), max(last_on),
        COALESCE(json_agg(json_build_array(
            status, target_frequency, schedule::text, target_count, unit, direction, amount, begun, rests)), '[]'))
    FROM (
        SELECT status, target_frequency, schedule, target_count, unit, direction,
            CASE WHEN counted_on = %s THEN counted ELSE 0 END AS amount,
            COALESCE(LEAST(started_on, counted_on) <= %s, false) AS begun,
            resting.user_habit_id IS NOT NULL AS rests, count(*) AS number, max(counted_on) AS last_on
        FROM user_habits AS other LEFT JOIN (
            SELECT DISTINCT user_habit_id FROM habit_rests
            WHERE user_id = user_habits.user_id AND starts_on <= %s AND (ends_on IS NULL OR ends_on >= %s)
        ) AS resting ON resting.user_habit_id = other.id
        WHERE other.user_id = user_habits.user_id AND other.id <> user_habits.id
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
    ) AS alike)
"""
_ROWS = """
    (SELECT json_build_array('rows', json_agg(json_build_array(
        other.id, other.status, other.target_frequency, other.schedule, other.target_count, other.unit, other.direction,
        other.part_of_day, other.own_name, other.group_name, other.started_on, other.rules, other.streak_state,
        other.streak_through, other.counted_on, other.counted, other.total_completions,
        template.id, template.name, template.own_name, template.translations, template.color,
        category.name_en
    ) ORDER BY other.sort_order, other.created_at, other.id))
    FROM user_habits AS other
        JOIN habits AS template ON template.id = other.habit_id
        JOIN habit_categories AS category ON category.id = template.category_id
    WHERE other.user_id = user_habits.user_id)
"""
# As Today, a page in Korean reads no translations.
_KOREAN_ROWS = _ROWS.replace("template.translations", "NULL")
_ROWS_OR_OTHERS = """
    CASE WHEN (
        SELECT count(*) FROM (
            SELECT FROM user_habits AS other WHERE other.user_id = user_habits.user_id LIMIT {most} + 1
        ) AS first
    ) > {most} THEN {others} ELSE {rows} END
"""
_COLUMNS = (
    "id", "status", "target_frequency", "schedule", "target_count", "unit", "direction", "part_of_day", "custom_name",
    "group_name", "started_on", "rules", "streak_state", "streak_through", "counted_on", "counted", "total_completions",
)  # fmt: skip


class AlikeHabits(NamedTuple):
    """Other habits with the same rule and the same amount on the day of reading.

    As their rows were last written.
    """

    is_active: bool
    rule: Rule
    # The day's.
    amount: int
    # They began on the day or earlier.
    begun: bool
    # Each has a rest of its own on the day.
    rests: bool

    @classmethod
    def from_row(cls, row: list[Any]) -> Self:
        """From an element of `_OTHERS`."""
        status, frequency, schedule, target, unit, direction, *on_the_day = row
        rule = schedules.known(frequency, schedule, target=target, unit=unit or "", direction=direction)
        return cls(status == UserHabit.Status.ACTIVE, rule, *on_the_day)

    @classmethod
    def of(cls, user_habit: UserHabit, *, day: dt.date, rests: Collection[HabitRest]) -> Self:
        amount = user_habit.counted if user_habit.counted_on == day else 0
        begun = any(first is not None and first <= day for first in (user_habit.started_on, user_habit.counted_on))
        own = any(rest.user_habit_id == user_habit.pk and rest.covers(day) for rest in rests)
        return cls(user_habit.is_active, user_habit.rule, amount, begun, own)

    @property
    def is_done(self) -> bool:
        return self.rule.met(self.amount)

    @property
    def reduces(self) -> bool:
        return self.is_active and self.rule.direction == "at_most"

    def are_asked_on(self, day: dt.date) -> bool:
        """Whether the day is perfect only if they are done."""
        return self.is_active and self.begun and not self.rests and _is_due(self.rule, day)


@dataclass(frozen=True, slots=True)
class OtherHabits:
    """All of a person's habits but one, archived ones included, on a day."""

    user_habit: UserHabit
    active: int
    # The latest day of which any of them has an amount.
    last_on: dt.date | None
    alike: list[AlikeHabits]

    @classmethod
    def from_row(cls, user_habit: UserHabit, row: list[Any]) -> Self:
        """From the value of `_OTHERS`."""
        active, last_on, alike = row
        return cls(user_habit, int(active), _day(last_on), [AlikeHabits.from_row(one) for one in alike])

    @classmethod
    def of(
        cls, user_habit: UserHabit, habits: Iterable[UserHabit], *, day: dt.date, rests: Collection[HabitRest]
    ) -> Self:
        others = [one for one in habits if one is not user_habit]
        return cls(
            user_habit,
            active=sum(one.is_active for one in others),
            last_on=max((one.counted_on for one in others if one.counted_on), default=None),
            alike=[AlikeHabits.of(one, day=day, rests=rests) for one in others],
        )

    @property
    def reduces(self) -> bool:
        """Whether an active one allows at most an amount."""
        return any(one.reduces for one in self.alike)

    def is_logged_after(self, day: dt.date) -> bool:
        """After a journey westwards: then the rows do not say what was done on `day`."""
        return self.last_on is not None and self.last_on > day

    def all_done_on(self, day: dt.date, *, count: int, rests: Collection[HabitRest]) -> bool:
        """Whether the day asks for something, and all of it is done.

        `day` is the day for which they were read, `count` its amount of the habit that is checked in, and `rests` are
        all of the person's.
        """
        asking = [] if any(rest.covers(day) and rest.user_habit_id is None for rest in rests) else self.alike
        met = [one.is_done for one in asking if one.are_asked_on(day)]
        rule = self.user_habit.timeline.on(day)
        if _is_due(rule, day) and not any(rest.covers(day) and rest.concerns(self.user_habit) for rest in rests):
            met.append(rule.met(count))
        return bool(met) and all(met)


def _is_due(rule: Rule, day: dt.date) -> bool:
    """A habit that is judged by the week is never due on a day."""
    return rule.schedule.judged == "day" and rule.is_due(day)


class OtherRows(NamedTuple):
    """What Today shows: its habits in order, and the unread notifications.

    The habit that was read is among them.
    """

    habits: list[UserHabit]
    unread: int


def with_others(found: UserHabitQuerySet, *, day: dt.date) -> UserHabitQuerySet:
    """Adds the person's other habits as of `day` to the statement that reads a habit."""
    return found.annotate(others=RawSQL(_OTHERS, [day] * 4))  # noqa: S611 -- a constant of this module


def with_rows(
    found: UserHabitQuerySet, *, person: UUID, day: dt.date, now: dt.datetime, is_translated: bool
) -> UserHabitQuerySet:
    """The same with the rows of Today, of a habit of the person."""
    unread = ArraySubquery(inbox.unread(person, now).values("pk"))
    rows = _ROWS if is_translated else _KOREAN_ROWS
    sql = _ROWS_OR_OTHERS.format(most=MOST_ROWS, others=_OTHERS, rows=rows)
    return found.annotate(others=RawSQL(sql, [day] * 4), unread=unread)  # noqa: S611 -- as above


def read_others(user_habit: Any, *, day: dt.date, rests: Collection[HabitRest]) -> tuple[OtherHabits, OtherRows | None]:
    """The other habits, and the rows of Today if they were read along.

    The habit was read for `day` and with `rests`.
    """
    if user_habit.others[0] != "rows":
        return OtherHabits.from_row(user_habit, user_habit.others), None
    key = str(user_habit.pk)
    habits = [user_habit if row[0] == key else _row(user_habit.user_id, row) for row in user_habit.others[1]]
    others = OtherHabits.of(user_habit, habits, day=day, rests=rests)
    shown = [one for one in habits if not one.is_archived]
    since = min(user_habit.streak_through or day, day) - ONE_DAY
    if any(one.is_active and one.streak_through and one.streak_through < since for one in shown):
        # Stored further back than the rests were read: what happened since is not known.
        return others, None
    return others, OtherRows(shown, len(user_habit.unread))


def _row(user_id: UUID, row: list[Any]) -> UserHabit:
    """A habit with the columns of `_ROWS`; the others are read on access, as after `only`."""
    values = dict(zip(_COLUMNS, row, strict=False))
    template_id, name, own_name, translations, color, category = row[len(_COLUMNS) :]
    values["id"], values["user_id"] = UUID(values["id"]), user_id
    values["custom_name"], values["group_name"] = _sealed(values["custom_name"]), _sealed(values["group_name"])
    for column in ("started_on", "streak_through", "counted_on"):
        values[column] = _day(values[column])
    user_habit: UserHabit = UserHabit.from_db(DEFAULT_DB_ALIAS, values, values.values())
    template = {"id": UUID(template_id), "name": name, "own_name": _sealed(own_name), "color": color}
    if translations is not None:
        template["translations"] = translations
    habit = Habit.from_db(DEFAULT_DB_ALIAS, template, template.values())
    habit._state.fields_cache["category"] = HabitCategory.from_db(DEFAULT_DB_ALIAS, ["name_en"], [category])
    user_habit._state.fields_cache["habit"] = habit
    return user_habit


def _sealed(text: str | None) -> Sealed | None:
    return None if text is None else Sealed(text)


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
