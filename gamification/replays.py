"""Earns achievements for a whole record at once: an import, a back-fill, seeded people.

    merged(acts, badge_acts(…), …)          the acts, with what is not an act itself: badges that were earned, messages answered
    result = replay(acts, watch, had=…)     pure: what the acts would have earned one by one, and when
    grant(tally, result, …)                 writes what is new of it, with the days on which it was earned

The acts are in order, each with all that its day counts by then. `watch` holds the achievements to look for.
"""

import datetime as dt
import heapq
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from django.db import connection
from uuid6 import uuid7

from accounts.models import User
from core import events
from gamification import achievements, criteria, points, progress_tally
from gamification.achievements import EarnableAchievement, Watch, context_of
from gamification.counters import CounterSums
from gamification.criteria import Progress
from gamification.models import Achievement, UserAchievement
from gamification.progress_tally import ProgressTally, points_of

_INSERT_ALL = """
    INSERT INTO user_achievements (id, user_id, achievement_id, context, points_earned, earned_at)
    SELECT unnest(%s::uuid[]), %s::uuid, unnest(%s::text[]), unnest(%s::text[])::jsonb, unnest(%s::integer[]),
        unnest(%s::timestamptz[])
    ON CONFLICT DO NOTHING RETURNING achievement_id
"""


class Act(NamedTuple):
    """One act: its facts, and what its day counts with it.

    None where it counts what it did before.
    """

    at: dt.datetime
    day: dt.date
    counters: dict[str, int] | None
    progress: Progress
    kind: str = "check_in"
    # Of an achievement that the person had already.
    points: int = 0


class Earned(NamedTuple):
    entry: EarnableAchievement
    at: dt.datetime
    progress: Progress
    act: str

    @property
    def achievement(self) -> Achievement:
        return self.entry.achievement


@dataclass
class ReplayResult:
    """The sums after the last act, and what was earned on the way, in order."""

    days: dict[dt.date, dict[str, int]] = field(default_factory=dict)
    counters: CounterSums = field(default_factory=CounterSums)
    points: int = 0
    earned: list[Earned] = field(default_factory=list)


def merged(acts: Iterable[Act], *others: Iterable[Act]) -> Iterator[Act]:
    """The acts in their order, with the others before those that are later.

    The others are in the order of time.
    """
    waiting = [*heapq.merge(*others, key=_time)]
    at = 0
    for act in acts:
        while at < len(waiting) and waiting[at].at < act.at:
            yield waiting[at]
            at += 1
        yield act
    yield from waiting[at:]


def _time(act: Act) -> dt.datetime:
    return act.at


def badge_acts(user: User) -> list[Act]:
    """The points of the achievements that the person has, on the days on which they came."""
    found = (
        UserAchievement.objects.filter(user=user).order_by("earned_at", "pk").values_list("earned_at", "points_earned")
    )
    return [_act_of(user, at, Progress(), kind="badge", points=worth) for at, worth in found]


def answer_acts(user: User, times: Iterable[dt.datetime]) -> list[Act]:
    """The reactions to messages of the coach, each with how many there were by then."""
    return [_act_of(user, at, Progress(reactions=n), kind="reaction") for n, at in enumerate(sorted(times), start=1)]


def _act_of(user: User, at: dt.datetime, progress: Progress, *, kind: str, points: int = 0) -> Act:
    day = user.calendar.day_of(at)
    return Act(at, day, None, replace(progress, day=day), kind, points)


def replay(acts: Iterable[Act], watch: Watch, *, had: Iterable[str] = ()) -> ReplayResult:
    """What these acts earn, without the achievements that the person had.

    Their points are acts too.
    """
    result = ReplayResult()
    known = set(had)
    for act in acts:
        gains: dict[str, int] = {}
        if act.counters is not None:
            gains = progress_tally.differences(result.days, {act.day: act.counters})
            result.days[act.day] = act.counters
            result.counters.add(gains)
        before, result.points = result.points, result.points + points_of(gains) + act.points
        facts = replace(
            act.progress,
            counters=result.counters,
            raised=criteria.raised_by(gains, completed=act.progress.completed, reacted=bool(act.progress.reactions)),
            level=points.level(result.points),
        )
        for entry in achievements.unlock(watch, facts, known, points_before=before, have=result.points):
            # The sums of the replay go on; those of this moment stay with it.
            then = replace(facts, counters=dict(result.counters))
            result.earned.append(Earned(entry, act.at, then, act.kind))
            result.points += entry.achievement.points
            known.add(entry.achievement.pk)
    return result


def grant(tally: ProgressTally, result: ReplayResult, *, act: str, now: dt.datetime) -> list[Achievement]:
    """Writes what is new of a replay, under the lock of the tally.

    `earned_at` is the day on which it was earned. `act` is how it was found, an import or a back-fill.

    Nothing is sent: the caller sends one message, and none about days that are long over.
    """
    if not result.earned:
        return []
    rows = [
        (
            uuid7(),
            one.achievement.pk,
            json.dumps(context_of(one.entry, one.progress, act=one.act, by=act)),
            one.achievement.points,
        )
        for one in result.earned
    ]
    keys, ids, contexts, worth = (list(column) for column in zip(*rows, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT_ALL, [keys, tally.user_id, ids, contexts, worth, [min(one.at, now) for one in result.earned]]
        )
        inserted = {row[0] for row in cursor.fetchall()}
    fresh = [one.achievement for one in result.earned if one.achievement.pk in inserted]
    tally.points += sum(one.points for one in fresh)
    tally.earned |= inserted
    tally.write({})
    for achievement in fresh:
        events.record("achievement", user_id=tally.user_id, at=now, achievement=achievement.pk)
    return fresh
