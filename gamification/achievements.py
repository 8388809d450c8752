"""Awards achievements for facts that the caller hands in; nothing here reads a habit.

    tally = achievements.lock_progress(user_id)            first, so that two check-ins of one person are judged in turn
    unlocked = achievements.award(tally, progress, at=at)  then, with the facts of this check-in

Under the lock a check-in sees what the one before it wrote, so the check-in that completes a perfect day finds it
complete. `award` is `decide`, which writes nothing, and `grant`.
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

# Seconds for which a process may use criteria that staff have since changed.
CATALOGUE_SECONDS = 60

# The columns of a ProgressTally, for a SELECT from user_progress.
TALLY_COLUMNS = """
    counters, points,
    ARRAY(SELECT achievement_id FROM user_achievements WHERE user_achievements.user_id = user_progress.user_id)
"""
_LOCK = "SELECT FROM user_progress WHERE user_id = %s FOR NO KEY UPDATE"
_READ = f"SELECT {TALLY_COLUMNS} FROM user_progress WHERE user_id = %s"  # noqa: S608 -- a constant of this module
_BEGIN = "INSERT INTO user_progress (user_id) VALUES (%s) ON CONFLICT DO NOTHING"
# Can be continued with AND.
UPDATE_PROGRESS = """
    UPDATE user_progress SET counters = %(counters)s::jsonb, points = %(points)s::integer
    WHERE user_progress.user_id = %(user)s::uuid
"""
_INSERT_EARNED = """
    INSERT INTO user_achievements (id, user_id, achievement_id, context, points_earned, earned_at)
    VALUES (%s, %s, %s, %s, %s, %s)
"""


@dataclasses.dataclass
class ProgressTally:
    """A person's row of user_progress, and the ids of their achievements.

    It is kept equal to what is written.
    """

    user_id: Any
    counters: dict[str, int]
    points: int
    earned: set[str]

    @classmethod
    def from_row(cls, user_id: Any, row: Sequence[Any]) -> Self:
        """From the values of `TALLY_COLUMNS`, as PostgreSQL or JSON returns them."""
        counters, points, earned = row
        return cls(user_id, json.loads(counters) if isinstance(counters, str) else counters, points, set(earned))

    @property
    def columns(self) -> dict[str, Any]:
        """The parameters of `UPDATE_PROGRESS`."""
        return {"counters": json.dumps(self.counters), "points": self.points, "user": self.user_id}


@dataclasses.dataclass(frozen=True)
class AwardDecision:
    """What a check-in adds: the facts with the new counters, and the unlocked achievements."""

    progress: criteria.Progress
    unlocked: list[Achievement]

    @classmethod
    def nothing(cls, tally: ProgressTally) -> Self:
        return cls(criteria.Progress(counters=tally.counters), [])

    def apply_to(self, tally: ProgressTally) -> None:
        """Puts the new counters and points into the tally."""
        tally.counters = dict(self.progress.counters)
        tally.points += sum(achievement.points for achievement in self.unlocked)


class _Catalogue:
    """The active achievements with parsed criteria, cached for a minute in each process."""

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
        """None for a row with invalid criteria: it is left out, and check-ins go on."""
        try:
            return criteria.parse(achievement.criteria)
        except criteria.CriteriaError as error:
            log.warning("achievement left out", achievement=achievement.pk, problems=error.problems)
            return None

    def forget(self) -> None:
        self._until = 0.0


_catalogue = _Catalogue()
forget_catalogue = _catalogue.forget


def lock_progress(user_id: Any) -> ProgressTally:
    """The person's progress, locked for this transaction."""
    if not prepared_statements.fetch(_LOCK, [user_id]):
        prepared_statements.fetch(_BEGIN, [user_id])
        prepared_statements.fetch(_LOCK, [user_id])
    # A separate statement: the one that waited for the lock sees only what others had earned before it began to wait.
    [row] = prepared_statements.fetch(_READ, [user_id])
    return ProgressTally.from_row(user_id, row)


def decide(tally: ProgressTally, progress: criteria.Progress) -> AwardDecision:
    """The counters after the check-in and the achievements it unlocks; writes nothing."""
    counters = criteria.count(tally.counters, progress)
    progress = dataclasses.replace(progress, counters=counters, level=points.level(tally.points))
    unlocked = [
        achievement
        for achievement, criterion in _catalogue.entries()
        if achievement.id not in tally.earned and criteria.satisfied(criterion, progress)
    ]
    return AwardDecision(progress, unlocked)


def award(tally: ProgressTally, progress: criteria.Progress, *, at: dt.datetime) -> list[Achievement]:
    """Counts the check-in and grants the achievements that it completes."""
    return grant(tally, decide(tally, progress), at=at)


def grant(tally: ProgressTally, decision: AwardDecision, *, at: dt.datetime) -> list[Achievement]:
    """Writes a decision; returns the achievements that it unlocks.

    The progress row is written even if nothing in it changes: its version tells a check-in that was judged without a
    lock that another one has come in between (habits/fast_check_in.py).
    """
    decision.apply_to(tally)
    prepared_statements.fetch(UPDATE_PROGRESS, tally.columns)
    _unlock(tally, decision, at=at)
    return decision.unlocked


def uncount(tally: ProgressTally, progress: criteria.Progress) -> None:
    """Takes an undone check-in out of the counters. Achievements that it unlocked stay."""
    counters = criteria.uncount(tally.counters, progress)
    if counters != tally.counters:
        tally.counters = counters
        prepared_statements.fetch(UPDATE_PROGRESS, tally.columns)


def _unlock(tally: ProgressTally, decision: AwardDecision, *, at: dt.datetime) -> None:
    """Inserts the achievements with their events, and sends one notification.

    The progress row is locked: each once.
    """
    facts = decision.progress
    context = json.dumps({"streak": facts.streak, "habit_total": facts.habit_total, "total": facts.total})
    for one in decision.unlocked:
        prepared_statements.fetch(_INSERT_EARNED, [uuid7(), tally.user_id, one.id, context, one.points, at])
        tally.earned.add(one.id)
        events.record("achievement", user_id=tally.user_id, at=at, achievement=one.id)
    if decision.unlocked:
        _notify(tally, decision.unlocked, at=at)


def _notify(tally: ProgressTally, unlocked: list[Achievement], *, at: dt.datetime) -> None:
    """Sends one inbox notification for all, keyed by the first: each is unlocked only once."""
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
        data={"names": names, "description": description, "to": ["gamification:seals"]},
        only_inbox=True,
    )
