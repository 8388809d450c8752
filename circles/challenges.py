"""Monthly challenges: joining, how far one has come, and the results.

    join(user, challenge, today=…)      from that day on
    count([part, …], now=…)             days that asked, and days done, so far
    settle_due(now=…)                   the job: writes the results of months that are over

A day asks when any habit that the challenge counts asks for it, and is done when any of them is: one habit is enough, and
more of them make it neither easier nor harder. It is met with at least 85 of 100 asked days done, out of at least ten.
A challenge gives no points: points are the sum of completions and of achievements (gamification/progress_tally.py).
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.db import transaction

from accounts.models import User
from circles import asked_days
from circles.asked_days import AskedDays, HabitSpan
from circles.models import Challenge, ChallengePart
from core import months
from core.db.compiled_queries import Compiled
from habits.models import Direction, UserHabit
from notifications import kept_words, outbox
from notifications.models import Notification

PERCENT = 85
FEWEST_DAYS = 10
# A month is over for everybody, with a day for check-ins that were made offline, when it is past in UTC for so long.
SETTLED_AFTER = dt.timedelta(days=2)
BATCH = 100
TOLD_FOR = dt.timedelta(days=2)


class ChallengeClosed(Exception):
    """Nothing was written: fewer days are left of the month than a result needs, or it is over."""


@dataclass(frozen=True)
class ChallengeCount:
    asked: int = 0
    done: int = 0

    @property
    def is_met(self) -> bool:
        """In whole numbers: 85 of 100 is enough, and nothing is rounded."""
        return self.asked >= FEWEST_DAYS and 100 * self.done >= PERCENT * self.asked


_OPEN = Compiled(
    lambda this, following, now: (
        Challenge.objects.live(now)
        .filter(month__in=[this, following])
        .select_related("category", "habit")
        .order_by("month")
    ),
    this=dt.date(1970, 1, 1),
    following=dt.date(1970, 2, 1),
    now=dt.datetime(1970, 1, 2, tzinfo=dt.UTC),
)
_OF_MONTH = Compiled(
    lambda user, month: ChallengePart.objects.filter(user=user, challenge__month=month).select_related(
        "challenge__category", "challenge__habit"
    ),
    user=uuid4(),
    month=dt.date(1970, 1, 1),
)


def open_on(day: dt.date, *, now: dt.datetime) -> list[Challenge]:
    """The challenges of the month of that day and of the next one that staff have published."""
    return _OPEN(this=day.replace(day=1), following=months.later(day, 1), now=now)


def part_of(user: User, *, month: dt.date) -> ChallengePart | None:
    """The person's part in the challenge of the month that begins on that day."""
    parts = _OF_MONTH(user=user.pk, month=month)
    for part in parts:
        part.user = user
    return parts[0] if parts else None


def may_join(challenge: Challenge, *, today: dt.date) -> bool:
    """Whether enough days are left for a result."""
    first = max(today, challenge.month)
    return (challenge.last_day - first).days + 1 >= FEWEST_DAYS


def join(user: User, challenge: Challenge, *, today: dt.date) -> None:
    """Takes part from that day on, or from the first of the month; a part that is there stays.

    Raises ChallengeClosed.
    """
    if not may_join(challenge, today=today):
        raise ChallengeClosed
    first = max(today, challenge.month)
    ChallengePart.objects.get_or_create(challenge=challenge, user=user, defaults={"joined_on": first})


def leave(user: User, challenge: Challenge) -> None:
    """Removes the part and its result."""
    ChallengePart.objects.filter(challenge=challenge, user=user).delete()


def counted_habits(users: Iterable[User], challenge: Challenge) -> list[UserHabit]:
    """The habits of these people that the challenge counts, archived ones too."""
    found = UserHabit.objects.filter(user__in=users, direction=Direction.AT_LEAST)
    if challenge.habit_id:
        found = found.filter(habit=challenge.habit_id)
    if challenge.category_id:
        found = found.filter(habit__category=challenge.category_id)
    return list(found.select_related("user", "habit__category").order_by("sort_order", "pk"))


def count(parts: Iterable[ChallengePart], *, now: dt.datetime) -> dict[UUID, ChallengeCount]:
    """How far these parts of one challenge have come. Today counts once it is done."""
    by_user = {part.user_id: part for part in parts}
    if not by_user:
        return {}
    challenge = next(iter(by_user.values())).challenge
    habits = counted_habits([part.user for part in by_user.values()], challenge)
    read = asked_days.read([_span(habit, by_user[habit.user_id], now=now) for habit in habits])
    days: dict[UUID, list[AskedDays]] = defaultdict(list)
    for habit in habits:
        if its := read.get(habit.pk):
            days[habit.user_id].append(its.closed(habit.user.calendar.day_of(now)))
    return {part.pk: _together(days[part.user_id]) for part in by_user.values()}


def _together(days: list[AskedDays]) -> ChallengeCount:
    """The days on which any of the habits asked, and those on which one that asked was done."""
    asked: set[dt.date] = set().union(*(one.asked for one in days))
    done: set[dt.date] = set().union(*(one.asked & one.done for one in days))
    return ChallengeCount(len(asked), len(done))


def _span(habit: UserHabit, part: ChallengePart, *, now: dt.datetime) -> HabitSpan:
    calendar = habit.user.calendar
    first = max(part.joined_on, part.challenge.month, habit.begins_on(calendar))
    return HabitSpan(habit, first, min(part.challenge.last_day, calendar.day_of(now)))


def settle_due(*, now: dt.datetime) -> int:
    """Writes the results of months that are over everywhere, each once; gives how many."""
    over = (now - SETTLED_AFTER).date().replace(day=1)
    settled = 0
    for challenge in Challenge.objects.filter(month__lt=over, parts__settled_at=None, parts__isnull=False).distinct():
        while number := _settle_some(challenge, now=now):
            settled += number
    return settled


@transaction.atomic
def _settle_some(challenge: Challenge, *, now: dt.datetime) -> int:
    waiting = ChallengePart.objects.filter(challenge=challenge, settled_at=None, user__is_active=True)
    # Another worker takes other rows, and none that has a result.
    locked = waiting.select_for_update(skip_locked=True, of=("self",)).select_related("user").order_by("pk")
    parts = list(locked[:BATCH])
    for part in parts:
        part.challenge = challenge
    counts = count(parts, now=now)
    for part in parts:
        its = counts[part.pk]
        part.asked, part.done, part.is_met, part.settled_at = its.asked, its.done, its.is_met, now
        if its.is_met:
            _tell(part, at=now)
    ChallengePart.objects.bulk_update(parts, ["asked", "done", "is_met", "settled_at"])
    return len(parts)


def _tell(part: ChallengePart, *, at: dt.datetime) -> None:
    """Only of a challenge that was met: nobody gets a message about a missed one."""
    with outbox.speaking_to(part.user):
        name = kept_words.of_row(part.challenge, "name")
    outbox.send(
        part.user,
        template="challenge",
        effect_key=f"challenge:{part.pk}",
        at=at,
        type=Notification.Type.ACHIEVEMENT,
        data={"name": name, "names": [name], "asked": part.asked, "done": part.done, "to": ["circles:challenges"]},
        expires_at=at + TOLD_FOR,
    )
