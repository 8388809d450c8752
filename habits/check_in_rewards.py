"""The effects of changes of a person's record on their achievements.

    decide, award    a check-in: today's are judged from the rows at hand, others by `recount`
    recount          any other change: asks the record what the changed days count now
    close_days       the days that habits to reduce are done on, soon after midnight

What a day counts is a function of the record (habits/person_record.py), and gamification keeps what it had counted; so each
change only has to name its days. Nothing is counted twice, and nothing stays behind.
"""

import dataclasses
import datetime as dt
from collections.abc import Collection
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Q

from accounts.days import ONE_DAY
from accounts.models import User
from gamification import achievements, progress_tally, replays
from gamification.achievements import AwardDecision
from gamification.counters import DayCounters
from gamification.criteria import Progress
from gamification.models import Achievement
from gamification.progress_tally import ProgressTally
from habits import person_record
from habits.check_in_details import NO_DETAILS, Details
from habits.check_in_locks import CheckInContext
from habits.models import Direction, UserHabit
from habits.person_record import PersonRecord, habit_key, progress_of
from habits.streak_cache import HabitStanding

log = structlog.get_logger(__name__)

# How far a person can have been ahead of their present day: across all time zones.
AHEAD = 2 * ONE_DAY
# All days that a record can have.
_EARLIEST, _LATEST = dt.date(1900, 1, 1), dt.date(2200, 1, 1)
# Habits of which a day is, or was, done when it closes.
_REDUCING = Q(direction=Direction.AT_MOST) | Q(rules__contains=[{"direction": "at_most"}])


@dataclasses.dataclass(frozen=True)
class CheckInDelta:
    """What one check-in adds to its day: the amounts before and after it, and its details."""

    context: CheckInContext
    day: dt.date
    at: dt.datetime
    hour: int | None
    count_before: int
    count_after: int
    details: Details = NO_DETAILS
    # Whether it is the latest of its habit and day.
    is_latest: bool = False

    @property
    def user_habit(self) -> UserHabit:
        return self.context.user_habit

    @property
    def completes(self) -> bool:
        """Whether it is the check-in that reaches the day's target."""
        rule = self.user_habit.timeline.on(self.day)
        return rule.completes(self.count_after) and not rule.met(self.count_before)

    def is_plain(self, *, today: dt.date) -> bool:
        """Whether the rows at hand say what today counts with it, without reading logs."""
        through, others = self.context.tally.closed_through, self.context.others
        if self.day != today or (through and through >= today) or others.is_logged_after(today):
            return False
        reduces = self.user_habit.direction == Direction.AT_MOST or others.reduces
        # Another order of the check-ins of a day can change which one completes it, and so the hour.
        in_order = (
            not self.count_before or self.is_latest or not self.user_habit.timeline.on(today).met(self.count_after)
        )
        return in_order and (not reduces or through == today - ONE_DAY)


def decide(delta: CheckInDelta, standing: HabitStanding) -> AwardDecision:
    """What a plain check-in adds to the person's achievements; writes nothing.

    `standing` is the habit's after the check-in.
    """
    tally, day = delta.context.tally, delta.day
    counters = DayCounters(day, dict(tally.days.get(day, {})))
    counters.check_in(delta.details.noted, delta.details.weather)
    if delta.completes:
        user_habit = delta.user_habit
        counters.completion(habit=habit_key(user_habit.pk), category=user_habit.habit.category.name_en, hour=delta.hour)
    others, rests = delta.context.others, delta.context.rests
    counters.perfect("days" in counters.counters and others.all_done_on(day, count=delta.count_after, rests=rests))
    return achievements.decide(tally, _progress(delta, standing), {day: counters.counters})


def award(user: User, delta: CheckInDelta, standing: HabitStanding, *, today: dt.date) -> list[Achievement]:
    """Counts a check-in that was written; returns the achievements that it unlocks."""
    if delta.is_plain(today=today):
        return achievements.grant(delta.context.tally, decide(delta, standing), at=delta.at)
    progress = _progress(delta, standing)
    return recount(user, delta.context.tally, _days_of(delta, today), today=today, at=delta.at, progress=progress)


def recount_check_in(
    user: User, delta: CheckInDelta, standing: HabitStanding, *, today: dt.date, at: dt.datetime
) -> list[Achievement]:
    """Counts the day of a check-in that was changed or taken back. What it had unlocked stays."""
    if delta.count_after and delta.day != today:
        delta.context.tally.look_before(delta.day)
    progress = _progress(delta, standing) if delta.count_after else Progress()
    return recount(user, delta.context.tally, _days_of(delta, today), today=today, at=at, progress=progress)


def recount(
    user: User,
    tally: ProgressTally,
    days: Collection[dt.date],
    *,
    today: dt.date,
    at: dt.datetime,
    progress: Progress | None = None,
) -> list[Achievement]:
    """Counts these days again from the record, which has changed on them.

    `progress`: the facts of the change.
    """
    unlocked = _close(user, tally, today=today)
    tally.know(min(days, default=today), today + AHEAD)
    # After a journey westwards later days can have counted something: what changes today changes them too.
    last = max([today, tally.closed_through or today, *tally.days])
    known = sorted({day for day in days if day <= last} | set(span(today, last, today=last) if today in days else ()))
    if not known:
        return unlocked
    record = person_record.read([user], first=known[0], last=known[-1])[user.pk]
    record.closed_through = tally.closed_through
    counted = {day: record.day_counters(day) for day in known}
    return unlocked + achievements.award(tally, progress or Progress(), counted, at=at, act="record")


def recount_all(user: User, tally: ProgressTally, *, today: dt.date, at: dt.datetime) -> list[Achievement]:
    """Counts every day again: a habit was deleted, or belongs to another category."""
    unlocked = _close(user, tally, today=today)
    record = person_record.read([user])[user.pk]
    record.closed_through = tally.closed_through
    tally.know(_EARLIEST, _LATEST)
    counted = {day: record.day_counters(day) for day in {*tally.days, *record.days}}
    return unlocked + achievements.award(tally, Progress(), counted, at=at, act="record")


def earn_record(user: User, tally: ProgressTally, *, now: dt.datetime, act: str) -> list[Achievement]:
    """Counts every day again, and grants what the record would have earned day by day.

    `earned_at` is then.

    For an import or a new achievement. Sends nothing: the caller tells it in one message.
    """
    through = user.calendar.day_of(now) - ONE_DAY
    record = person_record.read([user])[user.pk]
    reduces = any(habit.reduces for habit in record.habits)
    record.closed_through = max(through, tally.closed_through or through) if reduces else None
    acts = replays.merged(record.acts(), replays.badge_acts(user))
    result = replays.replay(acts, achievements.watch(), had=tally.earned)
    tally.know(_EARLIEST, _LATEST)
    tally.write({day: result.days.get(day, {}) for day in {*tally.days, *result.days}})
    if reduces:
        tally.close(record.closed_through or through)
    return replays.grant(tally, result, act=act, now=now)


def span(first: dt.date, last: dt.date | None, *, today: dt.date) -> list[dt.date]:
    """The days from `first` to `last`, or to today, none after today."""
    return [first + n * ONE_DAY for n in range((min(last or today, today) - first).days + 1)]


def close_days(user_ids: Collection[UUID], *, now: dt.datetime) -> int:
    """Judges habits to reduce on the days that have closed for these people.

    Gives how many people had one.

    Call it outside a transaction that holds habits: each person is a transaction of their own, which locks their
    progress first. Closing a day twice changes nothing, and a later call closes what an earlier one did not reach.
    """
    owners = UserHabit.objects.filter(_REDUCING, user__in=user_ids).values("user")
    people = User.objects.filter(pk__in=owners, is_active=True)
    for user in people:
        try:
            _close_days_of(user, now=now)
        except Exception:
            # Such as a damaged rule: the days of the others close, and a later call tries this person again.
            log.exception("days not closed", user=str(user.pk))
    return len(people)


def _close_days_of(user: User, *, now: dt.datetime) -> None:
    today = user.calendar.day_of(now)
    with transaction.atomic():
        _close(user, progress_tally.lock(user.pk, day=today), today=today)


def _close(user: User, tally: ProgressTally, *, today: dt.date) -> list[Achievement]:
    """Closes the days before `today` for habits to reduce."""
    through = today - ONE_DAY
    if tally.closed_through and tally.closed_through >= through:
        return []
    begun = [one.begins_on(user.calendar) for one in UserHabit.objects.filter(_REDUCING, user=user)]
    if not begun:
        return []
    first = min(begun) if tally.closed_through is None else max(min(begun), tally.closed_through + ONE_DAY)
    unlocked: list[Achievement] = []
    if first <= through:
        record = person_record.read([user], first=first, last=through)[user.pk]
        record.closed_through = through
        unlocked = _award_closed(tally, record, first, through)
    tally.close(through)
    return unlocked


def _award_closed(tally: ProgressTally, record: PersonRecord, first: dt.date, through: dt.date) -> list[Achievement]:
    tally.know(first, through)
    days = span(first, through, today=through)
    closed = [(day, habit) for day in days for habit in record.reduced_on(day)]
    standings = {
        habit: dict(habit.standings([day for day, one in closed if one is habit], calendar=record.calendar))
        for habit in {habit for _day, habit in closed}
    }
    unlocked: list[Achievement] = []
    for day, habit in closed:
        under_way = sum(one.is_under_way(day) for one in record.habits)
        facts = progress_of(standings[habit].get(day))
        progress = dataclasses.replace(facts, completed=True, day=day, active_habits=under_way, habit=habit.key)
        at = record.calendar.bounds(day)[1]
        unlocked += achievements.award(tally, progress, {day: record.day_counters(day)}, at=at, act="day_closed")
    return unlocked


def _days_of(delta: CheckInDelta, today: dt.date) -> list[dt.date]:
    """The days that a change on the day of `delta` concerns."""
    user_habit, day = delta.user_habit, delta.day
    last = day
    if user_habit.started_on and day < user_habit.started_on:
        # The habit begins on its first check-in: the days up to its start are judged or no longer judged.
        last = user_habit.started_on
    rule = user_habit.timeline.on(day)
    if rule.direction == "at_most" and rule.schedule.judged != "day":
        # The days of the rest of the week or month may be within the limit, or no longer.
        last = max(last, day + 31 * ONE_DAY)
    return span(day, max(last, day), today=max(today, day))


def _progress(delta: CheckInDelta, standing: HabitStanding) -> Progress:
    """The facts that criteria ask about."""
    context = delta.context
    return dataclasses.replace(
        progress_of(standing.streak),
        habit=habit_key(context.user_habit.pk),
        active_habits=context.others.active + 1,
        completed=delta.completes,
        day=delta.day,
        days_away=_days_away(delta),
    )


def _days_away(delta: CheckInDelta) -> int:
    """Days without a check-in of any habit, just before this one."""
    last = delta.context.tally.last_day
    return max((delta.day - last).days - 1, 0) if last else 0
