"""Gives a new or changed achievement to those who have earned it, and shows who that is.

    start(achievement)                  one pass over everybody, by a worker; it waits until the achievement is live
    run_waiting(clock)                  the worker's side: batch by batch, resumed where it stopped
    preview(criterion, …)               before saving: how many, ten of them, how long it took

`earned_at` is the day on which the record had earned it. Nobody gets a message about days older than two.
A criterion that asks only for sums is judged by the stored sums; the record is read where it asks for a moment, and for
the day on which a sum was reached.
"""

import datetime as dt
import random
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core import small_cells, wakeups
from core.db.work import Clock, WorkQueue
from gamification import achievements, criteria, points, progress_tally, records, replays
from gamification.achievements import EarnableAchievement, Watch
from gamification.criteria import ACT_FACTS, Criterion, CriterionTally, Progress
from gamification.models import Achievement, AchievementBackfill, UserAchievement, UserProgress
from gamification.progress_tally import ProgressTally
from gamification.replays import Earned, ReplayResult

BATCH = 100
# Longer than a task may run (CELERY_TASK_TIME_LIMIT); renewed with each batch.
LEASE = dt.timedelta(minutes=3)
# A preview gives up counting and estimates after so many seconds.
PREVIEW_SECONDS = 4.0
EXAMPLES = 10
# People of the first batch of a preview, and seconds within which the next one may be twice as large.
FIRST_LOOK = 20
QUICK = 0.2


def start(achievement: Achievement) -> None:
    """Has everybody looked at, from the beginning. A pass that is waiting begins again."""
    AchievementBackfill.objects.filter(achievement=achievement, state="waiting").delete()
    try:
        with transaction.atomic():
            AchievementBackfill.objects.create(
                achievement=achievement, total=User.objects.filter(is_active=True).count()
            )
    except IntegrityError:
        # Another one was started at the same moment; it does the same.
        return
    wakeups.wake_on_commit("gamification.back_fill")


def latest(achievement: Achievement) -> AchievementBackfill | None:
    return AchievementBackfill.objects.filter(achievement=achievement).order_by("-created_at").first()


def run_waiting(clock: Clock) -> int:
    """Performs waiting passes; gives how many were finished."""
    return QUEUE.run(clock, lambda row: perform(row, clock))


def perform(row: AchievementBackfill, clock: Clock) -> bool:
    """Looks at everybody after the last one that was looked at. Raises Superseded."""
    criterion = achievements.parsed(row.achievement)
    entry = EarnableAchievement(row.achievement, criterion) if criterion else None
    while entry and (people := _next(row.after)):
        granted = _give(entry, people, now=clock())
        row.after, row.seen, row.granted = people[-1].pk, row.seen + len(people), row.granted + granted
        QUEUE.renew(row, now=clock(), after=row.after, seen=row.seen, granted=row.granted)
    row.update_claimed(state="done", finished_at=clock(), lease_ends_at=None)
    return True


def _next(after: UUID | None) -> list[User]:
    people = User.objects.filter(is_active=True).order_by("pk")
    return list((people.filter(pk__gt=after) if after else people)[:BATCH])


def _give(entry: EarnableAchievement, people: list[User], *, now: dt.datetime) -> int:
    """Grants the achievement to those of these people who have earned it and do not have it.

    Gives how many.
    """
    had = set(
        UserAchievement.objects.filter(user__in=people, achievement=entry.achievement).values_list("user", flat=True)
    )
    missing = [one for one in people if one.pk not in had]
    return sum(_grant(user, earned, now=now) for user, earned in who_earned(entry, missing, now=now))


@transaction.atomic
def _grant(user: User, earned: Earned, *, now: dt.datetime) -> bool:
    """Grants it, and the achievements for levels that its points reach.

    False if the person has it already.
    """
    tally = progress_tally.lock(user.pk, day=earned.at.date())
    level = points.level(tally.points)
    if not replays.grant(tally, ReplayResult(earned=[earned]), act="back_fill", now=now):
        return False
    reached = _levels(user, tally, now=now) if points.level(tally.points) > level else ReplayResult()
    replays.grant(tally, reached, act="back_fill", now=now)
    recent = [one.achievement for one in (earned, *reached.earned) if one.at > now - achievements.TOLD_FOR]
    if recent:
        achievements.notify(user.pk, recent, at=now)
    return True


def _levels(user: User, tally: ProgressTally, *, now: dt.datetime) -> ReplayResult:
    """The achievements for levels that the person has reached and does not have."""
    watch = Watch(one for one in achievements.cached_entries() if "level" in one.criterion.watched)
    [(_user, acts)] = records.source().acts([user], now=now)
    others = [replays.answer_acts(user, records.reaction_times(user.pk)), replays.badge_acts(user)]
    return replays.replay(replays.merged(acts, *others), watch, had=tally.earned)


def who_earned(
    entry: EarnableAchievement, people: Collection[User], *, now: dt.datetime
) -> Iterator[tuple[User, Earned]]:
    """Those who have earned it by their record, with the moment."""
    rows = {row.user_id: row for row in UserProgress.objects.filter(user__in=people)}
    asked = [one for one in people if one.pk in rows and _may_have(entry.criterion, rows[one.pk])]
    for user, acts in records.source().acts(asked, now=now):
        others = (
            [replays.answer_acts(user, records.reaction_times(user.pk))]
            if "reactions" in entry.criterion.watched
            else []
        )
        # Only levels ask for the points of other achievements.
        others += [replays.badge_acts(user)] if "level" in entry.criterion.watched else []
        found = replays.replay(replays.merged(acts, *others), Watch([entry])).earned
        if found:
            yield user, found[0]


def _may_have(criterion: Criterion, row: UserProgress) -> bool:
    """False where the stored sums rule it out."""
    return not asks_only_sums(criterion) or criteria.satisfied(criterion, _sums(row))


def _sums(row: UserProgress) -> Progress:
    return Progress(counters=row.counters, level=points.level(row.points))


def asks_only_sums(criterion: Criterion) -> bool:
    """Whether the sums of a record alone decide: then nothing but the last of them matters."""
    return not criterion.watched & (ACT_FACTS - {"level"})


@dataclass(frozen=True)
class Example:
    """A person who would earn it.

    A masked name, the day, what was done and how far the person had come with it.
    """

    name: str
    day: dt.date
    act: str
    tally: CriterionTally


@dataclass
class CriterionPreview:
    """Who would earn a criterion."""

    criterion: Criterion
    people: int = 0
    looked_at: int = 0
    found: int = 0
    examples: list[Example] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def is_estimate(self) -> bool:
        return self.looked_at < self.people

    @property
    def number(self) -> int:
        return round(self.found * self.people / self.looked_at) if self.looked_at else 0

    @property
    def percent(self) -> float:
        return 100 * self.found / self.looked_at if self.looked_at else 0.0

    @property
    def range(self) -> tuple[int, int]:
        """The fewest and the most people that an estimate allows, 95 %.

        Those who were found are certain.
        """
        low, high = small_cells.interval(self.found, self.looked_at)
        return max(round(low * self.people), self.found), round(high * self.people)


def preview(criterion: Criterion, *, now: dt.datetime, seconds: float = PREVIEW_SECONDS) -> CriterionPreview:
    """Counts for about `seconds`, in a random order: a part of the people is an estimate."""
    begun = time.monotonic()
    entry = EarnableAchievement(Achievement(pk="", points=0, criteria={}), criterion)
    ids = list(User.objects.filter(is_active=True).values_list("pk", flat=True))
    random.Random(0).shuffle(ids)  # noqa: S311 -- the same order again
    result = CriterionPreview(criterion, people=len(ids))
    only_sums = asks_only_sums(criterion)
    # Records differ a thousandfold in length, so batches grow as long as they are quick, and the last one must fit.
    size, took = FIRST_LOOK, 0.0
    while result.looked_at < len(ids) and (not took or time.monotonic() - begun + 2 * took < seconds):
        before = time.monotonic()
        _count(result, entry, ids[result.looked_at : result.looked_at + size], only_sums=only_sums, now=now)
        took = time.monotonic() - before
        size = min(2 * size, 2000) if took < QUICK else size
    result.seconds = time.monotonic() - begun
    return result


def _count(
    result: CriterionPreview, entry: EarnableAchievement, ids: Collection[UUID], *, only_sums: bool, now: dt.datetime
) -> None:
    people: Collection[User] = []
    if only_sums:
        rows = UserProgress.objects.filter(user__in=ids)
        having = [row.user_id for row in rows if criteria.satisfied(entry.criterion, _sums(row))]
        result.found += len(having)
        missing = EXAMPLES - len(result.examples)
        people = User.objects.filter(pk__in=having[:missing]) if missing else []
    else:
        people = User.objects.filter(pk__in=ids)
    for user, earned in who_earned(entry, list(people), now=now):
        result.found += not only_sums
        if len(result.examples) < EXAMPLES:
            tally = entry.criterion.tally(earned.progress)
            result.examples.append(Example(mask(user.name), user.calendar.day_of(earned.at), earned.act, tally))
    result.looked_at += len(ids)


def mask(name: str) -> str:
    """A name that cannot be recognised, as in "지***"."""
    return f"{name[:1]}***" if name else _("이름 없음")


def _fail(row: AchievementBackfill, now: dt.datetime) -> None:
    row.update_claimed(state="failed", finished_at=now, lease_ends_at=None)


QUEUE = WorkQueue(
    "back-fill",
    waiting=lambda: AchievementBackfill.objects.filter(state="waiting", achievement__in=Achievement.objects.live()),
    lease=LEASE,
    give_up=_fail,
)
