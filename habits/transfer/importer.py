"""A file's habits and days into the person's record: all of it in one transaction, or nothing.

Days are copied in, then each habit's streak is told from all its logs, as after any change in the past. Achievements
are not awarded for days lived elsewhere: the next check-in sees the whole record and earns what it is due.
"""

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.db.models import Count, Max, Sum

from accounts.days import ONE_DAY, Calendar
from accounts.models import User
from billing import entitlements
from core import events
from core.db import bulk_copy, partitions
from habits import enrollment, streak_cache
from habits.check_in_details import sealed_note
from habits.corrections import NOON
from habits.models import Habit, HabitCategory, HabitLog, HabitRest, UserHabit
from habits.schedules import Timeline
from habits.streaks import Replay
from habits.transfer import category_guess, merge_plan
from habits.transfer.merge_plan import Deed, Match
from habits.transfer.parse_result import Done, Found, Refusal, Refused

COLUMNS = (
    "id", "user_habit_id", "completed_count", "target_count", "completed_at", "local_date", "mood_score",
    "energy_level", "notes", "streak_count",
)  # fmt: skip
_LATE = """
    UPDATE habit_logs SET notes = said.notes, mood_score = said.mood, energy_level = said.energy
    FROM unnest(%s::uuid[], %s::date[], %s::text[], %s::integer[], %s::integer[]) AS said(id, day, notes, mood, energy)
    WHERE habit_logs.id = said.id AND habit_logs.user_habit_id = %s AND habit_logs.local_date = said.day
"""
# Days between two reports of progress.
STEP = 500
# Making a month gives way to whoever reads the table (partitions.py): asked again so many times.
TRIES = 10

type Tell = Callable[[int], None]


@dataclasses.dataclass
class Written:
    """What came in. `added` and `away` are new habits, `joined` those that there were; `kept` days held something."""

    added: int = 0
    away: int = 0
    joined: int = 0
    days: int = 0
    rests: int = 0
    notes: int = 0
    kept: int = 0
    # Notes that wait for consent to health data.
    withheld: int = 0
    # Habits that were to be done and are put away, for the plan takes no more.
    crowded: int = 0


def make_months(found: Found) -> None:
    """The partitions that the days will lie in. Before the transaction, for each is one of its own."""
    days = [day for habit in found.habits for day in habit.days]
    if not days:
        return
    months = partitions.between(min(days) - ONE_DAY, max(days) + ONE_DAY)
    for attempt in range(1, TRIES + 1):
        try:
            partitions.ensure_months(HabitLog._meta.db_table, HabitLog.PARTITION_BY, months)
        except OperationalError:
            if attempt == TRIES:
                raise
        else:
            return


def write(
    user_id: UUID, found: Found, deeds: list[Deed], *, now: dt.datetime, tell: Tell = lambda done: None
) -> Written:
    """Writes what is new of `found`; `deeds` say for each habit what to do, and fewer than habits leave the others.

    Call `make_months` first. Raises User.DoesNotExist for somebody who is gone or leaving, and Refused for more habits
    than one person may have.
    """
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=user_id, is_active=True)
        chosen = [
            (match, deed) for match, deed in zip(merge_plan.match(user, found), deeds, strict=False) if deed != "leave"
        ]
        # In the order of their ids, like all who lock several; then as they are now.
        ids = sorted(match.into.pk for match, _deed in chosen if match.into)
        locked = {
            one.pk: one
            for one in user.habits.select_for_update(of=("self",)).with_habit().filter(pk__in=ids).order_by("pk")
        }
        written, work = Written(), _Work(user, now)
        for match, deed in chosen:
            work.take(match, deed, locked, written)
        work.write(written, tell)
        events.record("habit_import", user_id=user.pk, at=now, source=found.source.value, days=written.days)
    return written


@dataclasses.dataclass
class _Part:
    """One habit with the days that are new to it."""

    user_habit: UserHabit
    match: Match
    is_new: bool


class _Work:
    def __init__(self, user: User, now: dt.datetime):
        self.user, self.now = user, now
        self.calendar: Calendar = user.calendar
        self.today = self.calendar.day_of(now)
        self.limit = entitlements.limit(user, "max_habits", at=now)
        self.counted = user.habits.counted().count()
        there = user.habits.aggregate(last=Max("sort_order"), number=Count("pk"))
        self.last, self.number = there["last"] or 0, there["number"]
        self.categories = category_guess.Guess(
            list(HabitCategory.objects.filter(is_active=True).order_by("sort_order", "name"))
        )
        self.parts: list[_Part] = []
        self.rests: list[HabitRest] = []

    def take(self, match: Match, deed: Deed, locked: dict[UUID, UserHabit], written: Written) -> None:
        written.kept += match.kept
        joins = deed == "join" or (match.again and match.into is not None)
        into = locked.get(match.into.pk) if joins and match.into else None
        if into:
            if not match.news:
                return
            self._reach_back(into, match)
            written.joined += 1
        self.parts.append(_Part(into or self._new(match, deed, written), match, into is None))

    def _reach_back(self, user_habit: UserHabit, match: Match) -> None:
        """Days before the habit began here keep the rule they were lived by there."""
        first, begun = min(match.fresh, default=None), user_habit.started_on
        if first is None or begun is None or first >= begun:
            return
        if user_habit.direction == "at_most":
            user_habit.started_on = match.found.begun_on or first
        earlier = HabitLog.objects.filter(user_habit=user_habit, local_date__lt=begun).exists()
        if not earlier and not user_habit.rules and match.found.rule != user_habit.rule:
            timeline = Timeline(((dt.date.min, match.found.rule), (begun, user_habit.rule)))
            user_habit.rules = timeline.to_json()

    def _new(self, match: Match, deed: Deed, written: Written) -> UserHabit:
        found = match.found
        self.number += 1
        if self.number > enrollment.MOST_HABITS:
            raise Refused(Refusal.FULL)
        away = deed == "away" or (found.archived and deed != "add")
        if not away and not self.limit.allows(self.counted):
            away, written.crowded = True, written.crowded + 1
        if away:
            written.away += 1
        else:
            written.added += 1
            self.counted += 1
        self.last += 1
        return _user_habit(self.user, match, away=away, order=self.last, work=self)

    def write(self, written: Written, tell: Tell) -> None:
        new = [part.user_habit for part in self.parts if part.is_new]
        Habit.objects.bulk_create([one.habit for one in new])
        UserHabit.objects.bulk_create(new)
        for part in self.parts:
            self._collect_rests(part, written)
        HabitRest.objects.bulk_create(self.rests, batch_size=1000)
        runs = self._tell_streaks()
        written.days = bulk_copy.copy(HabitLog, COLUMNS, self._rows(runs, written, tell))
        for part in self.parts:
            _add_late(part, written)

    def _collect_rests(self, part: _Part, written: Written) -> None:
        def rest(pk: UUID | None, kind: str, first: dt.date, last: dt.date | None) -> None:
            key = {"id": pk} if pk else {}
            its = HabitRest(**key, user=self.user, user_habit=part.user_habit, kind=kind, starts_on=first, ends_on=last)
            self.rests.append(its)

        for day, pk in part.match.rests.items():
            rest(pk, HabitRest.Kind.SKIP, day, day)
        written.rests += len(part.match.rests)
        if part.is_new and part.user_habit.is_archived:
            # As for any habit that is put away: the time since its last day is rest.
            last = part.match.found.last_on
            starts_on = min(last + ONE_DAY, self.today) if last else self.today
            rest(None, HabitRest.Kind.PAUSE, starts_on, None)

    def _tell_streaks(self) -> dict[UUID, dict[dt.date, int]]:
        """Each habit's streak from all its days, kept in its row. Gives how long it was on each day."""
        before = self._counts_before()
        runs: dict[UUID, dict[dt.date, int]] = {}
        for part in self.parts:
            user_habit, days = part.user_habit, part.match.found.days
            counts = before[user_habit.pk] | {day: days[day].amount for day in part.match.fresh}
            stands, replay = streak_cache.rebuild(user_habit, counts=counts, today=self.today, calendar=self.calendar)
            columns = streak_cache.set_columns(user_habit, stands)
            user_habit.save(update_fields=[*columns, "started_on", "rules", "updated_at"])
            runs[user_habit.pk] = _runs(replay)
        return runs

    def _counts_before(self) -> dict[UUID, dict[dt.date, int]]:
        counts: dict[UUID, dict[dt.date, int]] = defaultdict(dict)
        known = [part.user_habit for part in self.parts if not part.is_new]
        logs = HabitLog.objects.filter(user_habit__in=known).values_list("user_habit_id", "local_date")
        for pk, day, amount in logs.annotate(Sum("completed_count")):
            counts[pk][day] = amount
        return counts

    def _rows(self, runs: dict[UUID, dict[dt.date, int]], written: Written, tell: Tell) -> Iterator[tuple[Any, ...]]:
        done = 0
        for part in self.parts:
            user_habit, timeline = part.user_habit, part.user_habit.timeline
            its_runs = runs[user_habit.pk]
            for day, pk in part.match.fresh.items():
                said = self._said(part.match.found.days[day], written)
                yield (
                    pk.bytes, user_habit.pk.bytes, said.amount, timeline.on(day).target, self._instant(day), day,
                    said.mood, said.energy, sealed_note(said.note, log_id=pk), its_runs.get(day, 0),
                )  # fmt: skip
                done += 1
                if done % STEP == 0:
                    tell(done)
        tell(done)

    def _said(self, said: Done, written: Written) -> Done:
        """What is private waits for consent, as on any check-in."""
        if not said.private:
            return said
        if not self.user.shares_health:
            written.withheld += 1
            return Done(said.amount)
        written.notes += 1
        return said

    def _instant(self, day: dt.date) -> dt.datetime:
        return min(self.calendar.at(day, NOON), self.now)


def _user_habit(user: User, match: Match, *, away: bool, order: int, work: _Work) -> UserHabit:
    """A habit of the person's own, and how they do it."""
    found, rule = match.found, match.found.rule
    category = work.categories.of(found)
    habit = Habit(
        owner=user,
        name=found.name,
        description=found.description or None,
        category=category,
        icon=found.icon or category.icon,
        color=found.color or category.color,
        default_frequency=rule.frequency,
        default_schedule=rule.schedule.to_json(),
        default_target_count=rule.target,
        default_unit=rule.unit or None,
        default_direction=rule.direction,
    )
    started_on = min(found.begun_on or work.today, work.today)
    rules = found.timeline.to_json() if found.timeline and len(found.timeline.rules) > 1 else None
    return UserHabit(
        user=user,
        habit=habit,
        target_frequency=rule.frequency,
        schedule=rule.schedule.to_json(),
        target_count=rule.target,
        unit=rule.unit or None,
        direction=rule.direction,
        rules=rules,
        part_of_day=found.part_of_day,
        anchor=found.anchor or None,
        group_name=found.group or None,
        reminder_times=found.reminder_times,
        reminder_days=found.reminder_days,
        status=UserHabit.Status.ARCHIVED if away else UserHabit.Status.ACTIVE,
        started_at=min(work.calendar.at(started_on, NOON), work.now),
        started_on=started_on,
        sort_order=order,
        origin=match.origin,
    )


def _add_late(part: _Part, written: Written) -> None:
    """To days that came in before: what was said with them then and could not be kept."""
    said = [(pk, day, part.match.found.days[day]) for day, pk in part.match.late.items()]
    if not said:
        return
    values: list[list[Any]] = [
        [pk for pk, _day, _done in said],
        [day for _pk, day, _done in said],
        [sealed_note(done.note, log_id=pk) for pk, _day, done in said],
        [done.mood for _pk, _day, done in said],
        [done.energy for _pk, _day, done in said],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_LATE, [*values, part.user_habit.pk])
        written.notes += cursor.rowcount


def _runs(replay: Replay) -> dict[dt.date, int]:
    return {entry.day: entry.run for entry in replay.ledger}
