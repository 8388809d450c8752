"""Awarding: facts in, new achievements out. Habits brings the facts; nothing here reads a habit.

    tally = achievements.lock(user_id)                     first, so that two check-ins of one person are judged in turn
    unlocked = achievements.award(tally, progress, at=at)  then, with what `progress` says of this act

Locked, a check-in sees what the one before it finished: a perfect day is seen by whichever completes it.
"""

import dataclasses
import datetime as dt
import json
import time
from typing import Any

import structlog
from uuid6 import uuid7

from accounts.models import User
from analytics import events
from gamification import criteria, points
from gamification.models import Achievement
from notifications import outbox
from notifications.models import Notification
from wellness.db import prepared

log = structlog.get_logger(__name__)

# How long a process may judge by definitions that staff have since changed, in seconds.
CATALOGUE_SECONDS = 60

_LOCK = """
    SELECT counters, points, ARRAY(SELECT achievement_id FROM user_achievements WHERE user_id = %(user)s)
    FROM user_progress WHERE user_id = %(user)s FOR UPDATE
"""
_BEGIN = "INSERT INTO user_progress (user_id) VALUES (%s) ON CONFLICT DO NOTHING"
_KEEP = """
    UPDATE user_progress SET counters = %(counters)s::jsonb, points = %(points)s::integer
    WHERE user_id = %(user)s::uuid
"""
_EARN = """
    INSERT INTO user_achievements (id, user_id, achievement_id, context, points_earned, earned_at)
    VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (user_id, achievement_id) DO NOTHING RETURNING achievement_id
"""


@dataclasses.dataclass
class Tally:
    """A person's progress row, locked until the transaction ends and kept in step with what it writes."""

    user_id: Any
    counters: dict[str, int]
    points: int
    earned: set[str]


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
    rows = prepared.fetch(_LOCK, {"user": user_id})
    if not rows:
        prepared.fetch(_BEGIN, [user_id])
        rows = prepared.fetch(_LOCK, {"user": user_id})
    counters, points, earned = rows[0]
    return Tally(user_id, json.loads(counters) if isinstance(counters, str) else counters, points, set(earned))


def award(tally: Tally, progress: criteria.Progress, *, at: dt.datetime) -> list[Achievement]:
    """Counts the act and gives what it completed; an achievement is given once, whoever asks again."""
    counters = criteria.count(tally.counters, progress)
    progress = dataclasses.replace(progress, counters=counters, level=points.level(tally.points))
    unlocked = [
        achievement
        for achievement, criterion in _catalogue.entries()
        if achievement.id not in tally.earned and criteria.satisfied(criterion, progress)
    ]
    unlocked = [achievement for achievement in unlocked if _earn(tally, achievement, progress, at=at)]
    _keep(tally, counters, points=sum(achievement.points for achievement in unlocked))
    if unlocked:
        _tell(tally, unlocked, at=at)
    return unlocked


def take_back(tally: Tally, progress: criteria.Progress) -> None:
    """Uncounts an act that was undone. What it earned stays: history is not taken back."""
    _keep(tally, criteria.uncount(tally.counters, progress), points=0)


def _earn(tally: Tally, achievement: Achievement, progress: criteria.Progress, *, at: dt.datetime) -> bool:
    context = {"streak": progress.streak, "habit_total": progress.habit_total, "total": progress.total}
    values = [uuid7(), tally.user_id, achievement.id, json.dumps(context), achievement.points, at]
    earned = bool(prepared.fetch(_EARN, values))
    if earned:
        tally.earned.add(achievement.id)
        events.record("achievement", user_id=tally.user_id, at=at, achievement=achievement.id)
    return earned


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
        data={"names": names, "description": description, "to": ["gamification:seals"]},
        only_inbox=True,
    )


def _keep(tally: Tally, counters: dict[str, int], *, points: int) -> None:
    if counters == tally.counters and not points:
        return
    tally.counters, tally.points = counters, tally.points + points
    prepared.write(_KEEP, {"counters": json.dumps(counters), "points": tally.points, "user": tally.user_id})
