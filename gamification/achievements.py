"""Awarding: facts in, new achievements out. Habits brings the facts; nothing here reads a habit.

    tally = achievements.lock(user_id)                     first, so that two check-ins of one person are judged in turn
    unlocked = achievements.award(tally, progress, at=at)  then, with what `progress` says of this act

Locked, a check-in sees what the one before it finished: a perfect day is seen by whichever completes it. A check-in that
writes all it changes at once does the three steps of `award` by itself: `judge`, `KEEP`, `give`.
"""

import dataclasses
import datetime as dt
import json
import time
from collections.abc import Sequence
from typing import Any, Self

import structlog
from uuid6 import uuid7

from accounts.models import User
from core import events
from core.db import prepared_statements
from gamification import criteria, points
from gamification.models import Achievement
from notifications import outbox
from notifications.models import Notification

log = structlog.get_logger(__name__)

# How long a process may judge by definitions that staff have since changed, in seconds.
CATALOGUE_SECONDS = 60

# What a tally is made of, of a row of user_progress.
TALLIED = """
    counters, points,
    ARRAY(SELECT achievement_id FROM user_achievements WHERE user_achievements.user_id = user_progress.user_id)
"""
_LOCK = "SELECT FROM user_progress WHERE user_id = %s FOR NO KEY UPDATE"
_READ = f"SELECT {TALLIED} FROM user_progress WHERE user_id = %s"  # noqa: S608 -- a text of ours
_BEGIN = "INSERT INTO user_progress (user_id) VALUES (%s) ON CONFLICT DO NOTHING"
# Takes an AND behind it.
KEEP = """
    UPDATE user_progress SET counters = %(counters)s::jsonb, points = %(points)s::integer
    WHERE user_progress.user_id = %(user)s::uuid
"""
_EARN = """
    INSERT INTO user_achievements (id, user_id, achievement_id, context, points_earned, earned_at)
    VALUES (%s, %s, %s, %s, %s, %s)
"""


@dataclasses.dataclass
class Tally:
    """A person's progress row, kept in step with what is written to it."""

    user_id: Any
    counters: dict[str, int]
    points: int
    earned: set[str]

    @property
    def columns(self) -> dict[str, Any]:
        """What `KEEP` is given."""
        return {"counters": json.dumps(self.counters), "points": self.points, "user": self.user_id}


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What an act adds: the counters after it, and what it unlocks. `progress` is what it was judged by."""

    progress: criteria.Progress
    unlocked: list[Achievement]

    @classmethod
    def nothing(cls, tally: Tally) -> Self:
        return cls(criteria.Progress(counters=tally.counters), [])

    def settle(self, tally: Tally) -> bool:
        """Puts it into the tally. False: nothing changed."""
        points_won = sum(achievement.points for achievement in self.unlocked)
        changed = self.progress.counters != tally.counters or bool(points_won)
        tally.counters, tally.points = dict(self.progress.counters), tally.points + points_won
        return changed


class _Catalogue:
    """The active achievements with their criteria parsed, kept for a minute in each process."""

    def __init__(self) -> None:
        self._until = 0.0
        self._entries: list[tuple[Achievement, criteria.Criterion]] = []

    def entries(self) -> list[tuple[Achievement, criteria.Criterion]]:
        if time.monotonic() >= self._until:
            found = Achievement.objects.filter(is_active=True).order_by("sort_order", "id")
            self._entries = [(one, criterion) for one in found if (criterion := self._criterion(one))]
            self._until = time.monotonic() + CATALOGUE_SECONDS
        return self._entries

    @staticmethod
    def _criterion(achievement: Achievement) -> criteria.Criterion | None:
        """None for a row that does not say what it asks for: it is left out, and check-ins go on."""
        try:
            return criteria.parse(achievement.criteria)
        except criteria.CriteriaError as error:
            log.warning("achievement left out", achievement=achievement.pk, problems=error.problems)
            return None

    def forget(self) -> None:
        self._until = 0.0


_catalogue = _Catalogue()
forget_catalogue = _catalogue.forget


def lock(user_id: Any) -> Tally:
    """The person's progress, for this transaction alone."""
    if not prepared_statements.fetch(_LOCK, [user_id]):
        prepared_statements.fetch(_BEGIN, [user_id])
        prepared_statements.fetch(_LOCK, [user_id])
    # A statement of its own: the one that waited sees what others had earned before it began to wait, and no more.
    [tallied] = prepared_statements.fetch(_READ, [user_id])
    return tally(user_id, tallied)


def tally(user_id: Any, tallied: Sequence[Any]) -> Tally:
    """From the columns of `TALLIED`, as PostgreSQL or as JSON has them."""
    counters, points, earned = tallied
    return Tally(user_id, json.loads(counters) if isinstance(counters, str) else counters, points, set(earned))


def judge(tally: Tally, progress: criteria.Progress) -> Verdict:
    """Nothing is written."""
    counters = criteria.count(tally.counters, progress)
    progress = dataclasses.replace(progress, counters=counters, level=points.level(tally.points))
    unlocked = [
        achievement
        for achievement, criterion in _catalogue.entries()
        if achievement.id not in tally.earned and criteria.satisfied(criterion, progress)
    ]
    return Verdict(progress, unlocked)


def award(tally: Tally, progress: criteria.Progress, *, at: dt.datetime) -> list[Achievement]:
    """Counts the act and gives what it completed."""
    return grant(tally, judge(tally, progress), at=at)


def grant(tally: Tally, verdict: Verdict, *, at: dt.datetime) -> list[Achievement]:
    """Writes what was judged; gives what it unlocked."""
    if verdict.settle(tally):
        prepared_statements.fetch(KEEP, tally.columns)
    give(tally, verdict, at=at)
    return verdict.unlocked


def take_back(tally: Tally, progress: criteria.Progress) -> None:
    """Uncounts an act that was undone. What it earned stays: history is not taken back."""
    counters = criteria.uncount(tally.counters, progress)
    if counters != tally.counters:
        tally.counters = counters
        prepared_statements.fetch(KEEP, tally.columns)


def give(tally: Tally, verdict: Verdict, *, at: dt.datetime) -> None:
    """Hands over what an act unlocked, and says so once. The tally is locked, so nobody else is giving it."""
    its = verdict.progress
    context = json.dumps({"streak": its.streak, "habit_total": its.habit_total, "total": its.total})
    for one in verdict.unlocked:
        prepared_statements.fetch(_EARN, [uuid7(), tally.user_id, one.id, context, one.points, at])
        tally.earned.add(one.id)
        events.record("achievement", user_id=tally.user_id, at=at, achievement=one.id)
    if verdict.unlocked:
        _tell(tally, verdict.unlocked, at=at)


def _tell(tally: Tally, unlocked: list[Achievement], *, at: dt.datetime) -> None:
    """One note in the inbox for all of them. An achievement is given once, so the first one's name is its key."""
    user = User.objects.only("language", "notification_settings").get(pk=tally.user_id)
    with outbox.speaking_to(user):
        names = [achievement.text("name") for achievement in unlocked]
        description = unlocked[0].text("description")
    outbox.send(
        user,
        template="achievement",
        effect_key=f"achievement:{user.pk}:{unlocked[0].pk}",
        at=at,
        type=Notification.Type.ACHIEVEMENT,
        data={"names": names, "description": description},
        only_inbox=True,
    )
