"""Writes a file's habits and days into a person's record, in one transaction.

Each habit's streak is rebuilt from all its logs, as after any change in the past. Achievements are those that the whole
record would have earned day by day, with the days on which it did, told in one message.
"""

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid5

from django.db import connection, transaction
from django.db.models import Count, Max, Sum

from accounts.days import ONE_DAY, Calendar
from accounts.models import User
from billing import entitlements
from core import events
from core.db import bulk_copy, partitions
from core.db.work import Report
from gamification import achievements, progress_tally
from habits import check_in_rewards, enrollment, streak_cache
from habits.check_in_details import sealed_note
from habits.corrections import NOON
from habits.models import Habit, HabitCategory, HabitLog, HabitRest, Place, UserHabit, Weather
from habits.schedules import MAX_TARGET, TEMPLATE_COLUMNS, Timeline
from habits.transfer import category_guess, merge_plan
from habits.transfer.merge_plan import HabitMatch, ImportAction
from habits.transfer.parsed_file import ImportRefused, ParsedCheckIn, ParsedFile, ParsedHabit, ParsedRest, RefusalReason

COLUMNS = (
    "id", "user_habit_id", "completed_count", "target_count", "completed_at", "local_date", "mood_score",
    "energy_level", "notes", "streak_count", "location", "weather", "local_hour",
)  # fmt: skip
_LATE = """
    UPDATE habit_logs SET notes = late.notes, mood_score = late.mood, energy_level = late.energy, location = late.place
    FROM unnest(%s::uuid[], %s::date[], %s::text[], %s::integer[], %s::integer[], %s::text[])
        AS late(id, day, notes, mood, energy, place)
    WHERE habit_logs.id = late.id AND habit_logs.user_habit_id = %s AND habit_logs.local_date = late.day
"""
# Days between two reports of progress.
STEP = 500


@dataclasses.dataclass
class ImportSummary:
    """Numbers of what was imported.

    `added` and `away` (archived) are new habits, `joined` existing ones; `kept` days held something already.
    """

    added: int = 0
    away: int = 0
    joined: int = 0
    days: int = 0
    rests: int = 0
    notes: int = 0
    kept: int = 0
    # Check-ins without their notes, moods and places, and habits without their description: for lack of consent.
    withheld: int = 0
    undescribed: int = 0
    # Habits that got the description which an earlier import left out.
    described: int = 0
    # Habits archived because the plan allows no more active ones.
    crowded: int = 0
    # Achievements that the record earned.
    badges: int = 0


def ensure_partitions(parsed: ParsedFile) -> None:
    """Creates the partitions for the file's days.

    Call it outside a transaction: each partition is one of its own.
    """
    days = [day for habit in parsed.habits for day in habit.days]
    if not days:
        return
    months = partitions.between(min(days) - ONE_DAY, max(days) + ONE_DAY)
    partitions.ensure_months(HabitLog._meta.db_table, HabitLog.PARTITION_BY, months)


def write(
    user_id: UUID,
    parsed: ParsedFile,
    actions: list[ImportAction],
    *,
    now: dt.datetime,
    report: Report = lambda done: None,
) -> ImportSummary:
    """Writes what is new in the file, with an action for each habit.

    Habits without an action are left out.

    Call `ensure_partitions` first. Raises User.DoesNotExist for a person who is erased or has requested deletion, and
    ImportRefused for more habits than a person may have.
    """
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=user_id, is_active=True)
        tally = progress_tally.lock(user.pk, day=user.calendar.day_of(now))
        matches = merge_plan.match(user, parsed)
        chosen = [(match, action) for match, action in zip(matches, actions, strict=False) if action != "leave"]
        # Locked in the order of their ids, as everywhere that locks several habits.
        ids = sorted(match.into.pk for match, _action in chosen if match.into)
        locked = {
            one.pk: one
            for one in user.habits.select_for_update(of=("self",)).with_habit().filter(pk__in=ids).order_by("pk")
        }
        summary, writer = ImportSummary(), _Writer(user, now, known_until=parsed.known_until)
        for match, action in chosen:
            writer.add(match, action, locked, summary)
        writer.write(summary, report)
        earned = check_in_rewards.earn_record(user, tally, now=now, act="import")
        if earned:
            achievements.notify(user.pk, earned, at=now)
        summary.badges = len(earned)
        events.record("habit_import", user_id=user.pk, at=now, source=parsed.source, days=summary.days)
    return summary


@dataclasses.dataclass
class _HabitPart:
    """A habit with its new days."""

    user_habit: UserHabit
    match: HabitMatch
    is_new: bool


class _Writer:
    def __init__(self, user: User, now: dt.datetime, *, known_until: dt.date | None):
        self.user, self.now, self.known_until = user, now, known_until
        self.calendar: Calendar = user.calendar
        self.today = self.calendar.day_of(now)
        self.limit = entitlements.limit(user, "max_habits", at=now)
        self.counted = user.habits.counted().count()
        existing = user.habits.aggregate(last=Max("sort_order"), number=Count("pk"))
        self.last, self.number = existing["last"] or 0, existing["number"]
        self.categories = category_guess.CategoryGuess(
            list(HabitCategory.objects.filter(is_active=True).order_by("sort_order", "name"))
        )
        self.parts: list[_HabitPart] = []
        self.rests: list[HabitRest] = []

    def add(
        self, match: HabitMatch, action: ImportAction, locked: dict[UUID, UserHabit], summary: ImportSummary
    ) -> None:
        summary.kept += match.kept
        joins = action == "join" or (match.again and match.into is not None)
        into = locked.get(match.into.pk) if joins and match.into else None
        if into:
            if not match.news:
                return
            self._extend_back(into, match)
            self._describe(into, match, summary)
            summary.joined += 1
        self.parts.append(_HabitPart(into or self._new(match, action, summary), match, into is None))

    def _describe(self, user_habit: UserHabit, match: HabitMatch, summary: ImportSummary) -> None:
        """Adds the description that an earlier import left out."""
        if match.lacks_description:
            user_habit.habit.own_description = match.parsed.description
            user_habit.habit.save(update_fields=["own_description", "updated_at"])
            summary.described += 1

    def _extend_back(self, user_habit: UserHabit, match: HabitMatch) -> None:
        """Lets the habit begin with its first imported day; days before it began here keep the rule of the other app."""
        first, begun = min(match.fresh, default=None), user_habit.started_on
        if first is None or begun is None or first >= begun:
            return
        if user_habit.direction == "at_most":
            user_habit.started_on = match.parsed.first_on or first
        earlier = HabitLog.objects.filter(user_habit=user_habit, local_date__lt=begun).exists()
        if not earlier and not user_habit.rules and match.parsed.rule != user_habit.rule:
            timeline = Timeline(((dt.date.min, match.parsed.rule), (begun, user_habit.rule)))
            user_habit.rules = timeline.to_json()

    def _new(self, match: HabitMatch, action: ImportAction, summary: ImportSummary) -> UserHabit:
        parsed = match.parsed
        self.number += 1
        if self.number > enrollment.MOST_HABITS:
            raise ImportRefused(RefusalReason.FULL)
        away = action == "away" or (parsed.archived and action != "add")
        if not away and not self.limit.allows(self.counted):
            away, summary.crowded = True, summary.crowded + 1
        if away:
            summary.away += 1
        else:
            summary.added += 1
            self.counted += 1
        self.last += 1
        summary.undescribed += bool(parsed.description) and not self.user.shares_health
        return _user_habit(self.user, match, away=away, order=self.last, writer=self)

    def write(self, summary: ImportSummary, report: Report) -> None:
        new = [part.user_habit for part in self.parts if part.is_new]
        Habit.objects.bulk_create([one.habit for one in new])
        UserHabit.objects.bulk_create(new)
        for part in self.parts:
            self._collect_rests(part, summary)
        HabitRest.objects.bulk_create(self.rests, batch_size=1000)
        runs = self._rebuild_streaks()
        bulk_copy.copy(HabitLog, COLUMNS, self._rows(runs, summary, report))
        for part in self.parts:
            _add_late(part, summary)

    def _collect_rests(self, part: _HabitPart, summary: ImportSummary) -> None:
        summary.rests += len(part.match.rests)
        if part.is_new and part.match.parsed.is_own:
            for one in self._spans(part):
                self._rest(part, one)
        else:
            for day, pk in part.match.rests.items():
                self._rest(part, ParsedRest(HabitRest.Kind.SKIP, day, day), pk=pk)
        if part.is_new:
            self._pause_unknown_days(part)
        elif part.match.unknown_from:
            self._shorten_pause(part, part.match.unknown_from)

    def _shorten_pause(self, part: _HabitPart, first: dt.date) -> None:
        """Lets the pause of an earlier import begin with the first unknown day, or deletes it."""
        pause = HabitRest.objects.filter(
            pk=merge_plan.unknown_days_id(part.user_habit.pk), user=self.user, starts_on__lt=first
        )
        pause.filter(ends_on__lt=first).delete()
        pause.update(starts_on=first)

    def _rest(self, part: _HabitPart, one: ParsedRest, *, pk: UUID | None = None) -> None:
        key = {"id": pk} if pk else {}
        columns = {"kind": one.kind, "starts_on": one.first, "ends_on": one.last}
        self.rests.append(HabitRest(**key, user=self.user, user_habit=part.user_habit, **columns))

    def _spans(self, part: _HabitPart) -> list[ParsedRest]:
        """The rests of our own file. Where an archived habit is active again, those without an end ended yesterday."""
        spans = part.match.parsed.spans
        if not (part.user_habit.is_active and part.match.parsed.archived):
            return spans
        yesterday = self.today - ONE_DAY
        return [
            one if one.last else one._replace(last=yesterday) for one in spans if one.last or one.first <= yesterday
        ]

    def _pause_unknown_days(self, part: _HabitPart) -> None:
        """Pauses an archived habit since its last day, and an at-most habit on the days after the file.

        Nothing is known of these: without a check-in they would count as kept. A later file that knows them shortens it.
        """
        parsed, user_habit, pause = part.match.parsed, part.user_habit, HabitRest.Kind.PAUSE
        pk = merge_plan.unknown_days_id(user_habit.pk)
        if user_habit.is_archived and not (parsed.is_own and parsed.archived):
            starts_on = min(parsed.last_on + ONE_DAY, self.today) if parsed.last_on else self.today
            self._rest(part, ParsedRest(pause, starts_on, None), pk=pk)
        elif user_habit.is_active and user_habit.direction == "at_most" and self.known_until:
            first, last = self.known_until + ONE_DAY, self.today - ONE_DAY
            if first <= last:
                self._rest(part, ParsedRest(pause, first, last), pk=pk)

    def _rebuild_streaks(self) -> dict[UUID, dict[dt.date, int]]:
        """Stores each habit's streak, calculated from all its days.

        Gives its length on each day, as `HabitLog.streak_count`.
        """
        before = self._counts_before()
        runs: dict[UUID, dict[dt.date, int]] = {}
        for part in self.parts:
            user_habit, days = part.user_habit, part.match.parsed.days
            counts = before[user_habit.pk] | {day: days[day].amount for day in part.match.fresh}
            standing, _replay = streak_cache.rebuild(
                user_habit, counts=counts, today=self.today, calendar=self.calendar
            )
            columns = streak_cache.set_columns(user_habit, standing)
            user_habit.save(update_fields=[*columns, "started_on", "rules", "updated_at"])
            runs[user_habit.pk] = streak_cache.runs_while_open(user_habit, counts=counts, calendar=self.calendar)
        return runs

    def _counts_before(self) -> dict[UUID, dict[dt.date, int]]:
        counts: dict[UUID, dict[dt.date, int]] = defaultdict(dict)
        known = [part.user_habit for part in self.parts if not part.is_new]
        logs = HabitLog.objects.filter(user_habit__in=known).values_list("user_habit_id", "local_date")
        for pk, day, amount in logs.annotate(Sum("completed_count")):
            counts[pk][day] = amount
        return counts

    def _rows(
        self, runs: dict[UUID, dict[dt.date, int]], summary: ImportSummary, report: Report
    ) -> Iterator[tuple[Any, ...]]:
        done = 0
        for part in self.parts:
            user_habit, timeline = part.user_habit, part.user_habit.timeline
            its_runs = runs[user_habit.pk]
            for day, first_id in part.match.fresh.items():
                target = timeline.on(day).target
                for pk, check_in in _with_ids(part.match.parsed.check_ins_on(day), first_id):
                    content = self._permitted(check_in, summary)
                    yield (
                        pk.bytes, user_habit.pk.bytes, content.amount, _in_range(content.target, target),
                        self._instant(day, content), day, content.mood, content.energy,
                        sealed_note(content.note, log_id=pk), its_runs.get(day, 0),
                        _known(content.place, Place), _known(content.weather, Weather), content.hour,
                    )  # fmt: skip
                done += 1
                summary.days += 1
                if done % STEP == 0:
                    report(done)
        report(done)

    def _permitted(self, content: ParsedCheckIn, summary: ImportSummary) -> ParsedCheckIn:
        """The check-in without health data if the person has not consented to it."""
        if not content.is_private:
            return content
        if not self.user.shares_health:
            summary.withheld += 1
            return content.without_private()
        summary.notes += 1
        return content

    def _instant(self, day: dt.date, check_in: ParsedCheckIn) -> dt.datetime:
        """The time of the check-in if the file has one that fits the day, else noon."""
        at, noon = check_in.at, self.calendar.at(day, NOON)
        if check_in.clock:
            at = self.calendar.at(day, check_in.clock)
        return min(at if at and abs(at - noon) <= 2 * ONE_DAY else noon, self.now)


def _user_habit(user: User, match: HabitMatch, *, away: bool, order: int, writer: _Writer) -> UserHabit:
    """A new habit of the person's own, with its rule."""
    parsed, rule = match.parsed, match.parsed.rule
    category = writer.categories.of(parsed)
    habit = Habit(
        owner=user,
        own_name=parsed.name,
        own_description=(parsed.description if user.shares_health else "") or None,
        category=category,
        icon=parsed.icon or (None if parsed.is_own else category.icon),
        color=parsed.color or (None if parsed.is_own else category.color),
        **rule.columns(TEMPLATE_COLUMNS),
    )
    started_on = min(parsed.started_on or parsed.first_on or writer.today, writer.today)
    status = _status(parsed, away=away)
    rules = parsed.timeline.to_json() if parsed.timeline and len(parsed.timeline.rules) > 1 else None
    return UserHabit(
        user=user,
        habit=habit,
        **rule.columns(),
        rules=rules,
        part_of_day=parsed.part_of_day,
        anchor=parsed.anchor or None,
        group_name=parsed.group or None,
        reminder_times=parsed.reminder_times,
        reminder_days=parsed.reminder_days,
        status=status,
        paused_at=(parsed.paused_at or writer.now) if status == UserHabit.Status.PAUSED else None,
        completed_at=(parsed.completed_at or writer.now) if status == UserHabit.Status.COMPLETED else None,
        started_at=min(writer.calendar.at(started_on, NOON), writer.now),
        started_on=started_on,
        sort_order=order,
        origin=match.origin,
    )


def _status(parsed: ParsedHabit, *, away: bool) -> str:
    status = UserHabit.Status
    if away:
        return status.COMPLETED if parsed.status == status.COMPLETED else status.ARCHIVED
    return status.PAUSED if parsed.status == status.PAUSED else status.ACTIVE


def _with_ids(check_ins: list[ParsedCheckIn], first_id: UUID) -> Iterator[tuple[UUID, ParsedCheckIn]]:
    """The check-ins of a day with their ids: the day's own for the first."""
    for number, one in enumerate(check_ins):
        yield (uuid5(first_id, str(number)) if number else first_id), one


def _in_range(target: int | None, default: int) -> int:
    return target if target is not None and 0 <= target <= MAX_TARGET else default


def _known(value: str, choices: type[Place | Weather]) -> str | None:
    return value if value in choices else None


def _add_late(part: _HabitPart, summary: ImportSummary) -> None:
    """Adds notes and moods to days that were imported before without them."""
    parsed = part.match.parsed
    late = [
        (pk, day, one) for day, its in part.match.late.items() for pk, one in _with_ids(parsed.check_ins_on(day), its)
    ]
    if not late:
        return
    values: list[list[Any]] = [
        [pk for pk, _day, _done in late],
        [day for _pk, day, _done in late],
        [sealed_note(done.note, log_id=pk) for pk, _day, done in late],
        [done.mood for _pk, _day, done in late],
        [done.energy for _pk, _day, done in late],
        [_known(done.place, Place) for _pk, _day, done in late],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_LATE, [*values, part.user_habit.pk])
        summary.notes += cursor.rowcount
