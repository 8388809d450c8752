"""The effects of check-ins, undo and corrections on a person's achievements."""

import dataclasses
import datetime as dt

from accounts.models import User
from gamification import achievements
from gamification.achievements import AwardDecision
from gamification.criteria import Progress
from gamification.models import Achievement
from habits.check_in_details import NO_DETAILS, Details
from habits.check_in_locks import CheckInContext
from habits.models import UserHabit
from habits.streak_cache import HabitStanding


@dataclasses.dataclass(frozen=True)
class CheckInDelta:
    """What one check-in adds to its day: the amounts before and after it, and new details."""

    context: CheckInContext
    day: dt.date
    at: dt.datetime
    count_before: int
    count_after: int
    details: Details = NO_DETAILS
    # The latest earlier day with a check-in of this habit.
    last_before: dt.date | None = None

    @property
    def user_habit(self) -> UserHabit:
        return self.context.user_habit

    @property
    def completes(self) -> bool:
        """Whether it is the check-in that reaches the day's target."""
        rule = self.user_habit.timeline.on(self.day)
        at_least = rule.direction == "at_least"
        return at_least and rule.met(self.count_after) and not rule.met(self.count_before)

    @property
    def counts(self) -> bool:
        """Whether anything in it is counted towards achievements."""
        return self.completes or bool(self.details.noted or self.details.weather)

    def beyond(self, other: "CheckInDelta") -> "CheckInDelta":
        """The part of this delta that `other`, of the same day, does not have."""
        both_complete = self.completes and other.completes
        return dataclasses.replace(
            self,
            count_after=self.count_before if both_complete else self.count_after,
            details=self.details.beyond(other.details),
        )


def decide(user: User, delta: CheckInDelta, standing: HabitStanding, *, today: dt.date) -> AwardDecision:
    """What the check-in adds to the person's achievements; writes nothing.

    `standing` is the habit's after the check-in.
    """
    tally = delta.context.tally
    if not delta.counts:
        return AwardDecision.nothing(tally)
    return achievements.decide(tally, _progress(user, delta, standing, today=today))


def award(user: User, delta: CheckInDelta, standing: HabitStanding, *, today: dt.date) -> list[Achievement]:
    """Counts the check-in towards the person's achievements; returns those that it unlocks."""
    decision = decide(user, delta, standing, today=today)
    return achievements.grant(delta.context.tally, decision, at=delta.at)


def uncount(user: User, delta: CheckInDelta, standing: HabitStanding, *, today: dt.date) -> None:
    """Takes an undone check-in out of the counters. Achievements that it unlocked stay."""
    if delta.counts:
        achievements.uncount(delta.context.tally, _progress(user, delta, standing, today=today))


def recount(user: User, old: CheckInDelta, new: CheckInDelta, standing: HabitStanding, *, today: dt.date) -> None:
    """Uncounts what a corrected check-in no longer adds, and counts what it adds now."""
    uncount(user, old.beyond(new), standing, today=today)
    award(user, new.beyond(old), standing, today=today)


def _progress(user: User, delta: CheckInDelta, standing: HabitStanding, *, today: dt.date) -> Progress:
    """The facts that criteria ask about, those of the person's other habits included."""
    context, streak = delta.context, standing.streak
    others, is_today = context.others, delta.day == today
    return Progress(
        streak=streak.current,
        streak_unit=streak.unit,
        rested=streak.rested,
        protected=streak.protected,
        habit_total=streak.total,
        total=streak.total + others.total_completions,
        active_habits=others.active + 1,
        day=delta.day,
        hour=user.calendar.hour_of(delta.at) if is_today else None,
        category=delta.user_habit.habit.category.name_en,
        completed=delta.completes,
        first_of_day=delta.completes and not others.any_done_on(delta.day, today=today),
        perfect_day=delta.completes and is_today and others.all_done_on(delta.day, rests=context.rests),
        days_away=_days_away(delta),
        noted=delta.details.noted,
        weather=delta.details.weather,
    )


def _days_away(delta: CheckInDelta) -> int:
    """Days without a check-in of any habit, just before this one."""
    last_days = [day for day in (delta.context.others.last_on, delta.last_before) if day]
    return max((delta.day - max(last_days)).days - 1, 0) if last_days else 0
