"""Awards achievements for facts that the caller hands in; nothing here reads a habit.

    tally = progress_tally.lock(user_id, day=day)                   first, so that two acts of one person are judged in turn
    unlocked = achievements.award(tally, progress, {day: counters}, at=at)

Under the lock an act sees what the one before it wrote, so the check-in that completes a perfect day finds it
complete. `award` is `decide`, which writes nothing, and `grant`. Only achievements that watch a fact which the act raised
are looked at (`criteria.Criterion.watched`), so the size of the catalogue does not matter.
"""

import dataclasses
import datetime as dt
import json
import time
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Set
from typing import Any, NamedTuple, Self
from uuid import UUID

import structlog
from uuid6 import uuid7

from accounts.models import User
from core import events
from core.db import prepared_statements
from gamification import criteria, points, progress_tally
from gamification.criteria import Criterion, Progress
from gamification.models import Achievement
from gamification.progress_tally import Days, ProgressTally
from notifications import kept_words, outbox
from notifications.models import Notification

log = structlog.get_logger(__name__)

# Seconds for which a process may use criteria that staff have since changed. What is scheduled is written within a minute of
# its time, so that most of the minute is left for that.
CATALOGUE_SECONDS = 5
# How long after its day an achievement that nobody saw may still be sent.
TOLD_FOR = dt.timedelta(days=2)

# Once per person and achievement, also when several grant it at once: the unique constraint decides.
_INSERT_EARNED = """
    INSERT INTO user_achievements (id, user_id, achievement_id, context, points_earned, earned_at)
    VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING id
"""


class EarnableAchievement(NamedTuple):
    """An achievement that can be earned, with its parsed criteria."""

    achievement: Achievement
    criterion: Criterion

    @property
    def pk(self) -> str:
        return self.achievement.id


class Watch:
    """Achievements by the facts that they watch, and by what they count.

    Criteria that differ only in how much they need count the same: it is counted once, and a search in their sorted needs
    finds those that have enough. So it does not matter how many there are.
    """

    def __init__(self, entries: Iterable[EarnableAchievement]) -> None:
        self.entries = list(entries)
        alike: dict[str, list[EarnableAchievement]] = defaultdict(list)
        for entry in sorted(self.entries, key=_need):
            alike[entry.criterion.measured].append(entry)
        self._by_fact: dict[str, list[_Measured]] = defaultdict(list)
        for found in alike.values():
            measured = _Measured.of(found)
            for name in found[0].criterion.watched:
                self._by_fact[name].append(measured)

    def satisfied(self, progress: Progress, known: Set[str]) -> list[EarnableAchievement]:
        """The entries that the facts satisfy, but those known by id, in the order of the catalogue.

        Looks only at criteria that watch a fact which the act raised.
        """
        raised = progress.raised & self._by_fact.keys()
        looked_at = {id(one): one for name in raised for one in self._by_fact[name]}
        found = [entry for one in looked_at.values() for entry in one.satisfied(progress, known)]
        return sorted(found, key=lambda entry: (entry.achievement.sort_order, entry.achievement.pk))


class _Measured(NamedTuple):
    """Entries whose criteria count the same, by how much of it they need."""

    criterion: Criterion
    entries: list[EarnableAchievement]
    needs: list[int]
    # The ids of the first entry, of the first two, and so on: sets are compared without a loop of ours.
    first_ids: list[frozenset[str]]

    @classmethod
    def of(cls, entries: list[EarnableAchievement]) -> Self:
        """From entries in the order of their needs."""
        ids = [entry.pk for entry in entries]
        first_ids = [frozenset(ids[:number]) for number in range(len(ids) + 1)]
        return cls(entries[0].criterion, entries, [_need(entry) for entry in entries], first_ids)

    def satisfied(self, progress: Progress, known: Set[str]) -> list[EarnableAchievement]:
        """The entries with enough of it, but the known ones."""
        # If all are known, nothing is counted.
        if self.first_ids[-1] <= known:
            return []
        enough = bisect_right(self.needs, self.criterion.have(progress))
        if self.first_ids[enough] <= known:
            return []
        return [entry for entry in self.entries[:enough] if entry.pk not in known]


def _need(entry: EarnableAchievement) -> int:
    return entry.criterion.need


@dataclasses.dataclass(frozen=True)
class AwardDecision:
    """What an act adds: facts with the new counters, its days, and the unlocked achievements."""

    progress: Progress
    days: Days
    unlocked: list[EarnableAchievement]

    @property
    def achievements(self) -> list[Achievement]:
        return [entry.achievement for entry in self.unlocked]

    @classmethod
    def nothing(cls, tally: ProgressTally) -> Self:
        return cls(Progress(counters=tally.counters), {}, [])


# The versions of all rows, and which of them have begun: another text after every change and at every beginning.
_STAMP = """
    SELECT string_agg(xmin::text || ctid::text || (goes_live_at IS NULL OR goes_live_at <= now())::text, '' ORDER BY ctid)
    FROM achievements
"""


class _Catalogue:
    """The achievements that can be earned now, kept in each process.

    Compared with the table every few seconds.
    """

    def __init__(self) -> None:
        self._until = 0.0
        self._watch = Watch([])
        # Of the rows that the entries were read from; None until they are compared for the first time.
        self._stamp: str | None = None

    def watch(self) -> Watch:
        if self._until == 0.0:
            self._read(stamp=None)
        elif time.monotonic() >= self._until:
            self._compare()
        return self._watch

    def _compare(self) -> None:
        # Before the rows that it stands for: a change in between is seen the next time.
        [(stamp,)] = prepared_statements.fetch(_STAMP, [])
        if self._stamp is None or (stamp or "") != self._stamp:
            self._read(stamp=stamp or "")
        self._until = time.monotonic() + CATALOGUE_SECONDS

    def _read(self, *, stamp: str | None) -> None:
        self._watch, self._stamp = Watch(live_entries()), stamp
        self._until = time.monotonic() + CATALOGUE_SECONDS

    def forget(self) -> None:
        self._until = 0.0


_catalogue = _Catalogue()
watch = _catalogue.watch


def cached_entries() -> list[EarnableAchievement]:
    """As `live_entries`, at most some seconds old."""
    return watch().entries


forget_catalogue = _catalogue.forget


def live_entries() -> list[EarnableAchievement]:
    """The achievements that can be earned now, in order.

    A row with invalid criteria is left out, and reported.
    """
    found = Achievement.objects.live().order_by("sort_order", "id")
    return [EarnableAchievement(one, criterion) for one in found if (criterion := parsed(one))]


def parsed(achievement: Achievement) -> Criterion | None:
    try:
        return criteria.parse(achievement.criteria)
    except criteria.CriteriaError as error:
        log.warning("achievement left out", achievement=achievement.pk, problems=error.problems)
        return None


def decide(tally: ProgressTally, progress: Progress, days: Days) -> AwardDecision:
    """What the act unlocks if `days` now count this.

    Writes nothing. The tally must know the days.
    """
    gains = tally.gains(days)
    have = tally.points + progress_tally.points_of(gains)
    day = max(tally.changed(days), default=progress.day) if progress.day == dt.date.min else progress.day
    after = dataclasses.replace(
        progress,
        day=day,
        counters=progress_tally.plus(tally.counters, gains),
        raised=criteria.raised_by(gains, completed=progress.completed, reacted=bool(progress.reactions)),
        level=points.level(have),
    )
    return AwardDecision(after, days, unlock(watch(), after, tally.earned, points_before=tally.points, have=have))


def unlock(
    entries: Watch, progress: Progress, earned: set[str], *, points_before: int, have: int
) -> list[EarnableAchievement]:
    """The entries that the facts satisfy and that are not earned.

    The points of one can complete the level of the next, so levels are looked at until nothing is added.
    """
    unlocked: list[EarnableAchievement] = []
    level, raised, known = points.level(points_before), progress.raised, earned
    while True:
        now = points.level(have)
        raised = raised | {"level"} if now > level else raised
        facts = progress
        if (now, raised) != (progress.level, progress.raised):
            facts = dataclasses.replace(progress, level=now, raised=raised)
        found = entries.satisfied(facts, known)
        if not found:
            return unlocked
        known = known | {entry.achievement.pk for entry in found}
        unlocked += found
        have += sum(entry.achievement.points for entry in found)
        level, raised = now, frozenset()


def award(
    tally: ProgressTally, progress: Progress, days: Days, *, at: dt.datetime, act: str = "check_in"
) -> list[Achievement]:
    """Stores what the days count now, and grants the achievements that this completes."""
    return grant(tally, decide(tally, progress, days), at=at, act=act)


def grant(
    tally: ProgressTally, decision: AwardDecision, *, at: dt.datetime, act: str = "check_in"
) -> list[Achievement]:
    """Writes a decision.

    Returns the achievements that it unlocks. `act` says in `context` what triggered them.
    """
    fresh = [
        entry for entry in decision.unlocked if insert_earned(tally.user_id, entry, decision.progress, at=at, act=act)
    ]
    tally.points += sum(entry.achievement.points for entry in fresh)
    tally.earned |= {entry.achievement.pk for entry in decision.unlocked}
    tally.write(decision.days)
    granted = [entry.achievement for entry in fresh]
    for one in granted:
        events.record("achievement", user_id=tally.user_id, at=at, achievement=one.id)
    if granted:
        notify(tally.user_id, granted, at=at, seen=act != "day_closed")
    return granted


def insert_earned(user_id: UUID, entry: EarnableAchievement, progress: Progress, *, at: dt.datetime, act: str) -> bool:
    """Writes one earned achievement. False if the person has it already."""
    one = entry.achievement
    context = json.dumps(context_of(entry, progress, act=act))
    return bool(prepared_statements.fetch(_INSERT_EARNED, [uuid7(), user_id, one.id, context, one.points, at]))


def context_of(entry: EarnableAchievement, progress: Progress, *, act: str, by: str = "") -> dict[str, Any]:
    """What triggered an achievement, with the rule as it was then.

    `act` is what was done; `by` says how it was found where that was later: an import, a back-fill. The habit is the key of
    its counter: it says nothing about the habit to whom does not know the row.
    """
    tally = entry.criterion.tally(progress)
    facts = {"streak": progress.streak, "habit_total": progress.habit_total, "total": progress.counters.get("times", 0)}
    when = {"day": progress.day.isoformat()} if progress.day > dt.date.min else {}
    more = {"habit": progress.habit, "by": by}
    return {
        "act": act,
        "criteria": entry.achievement.criteria,
        "have": tally.have,
        "need": tally.need,
        **facts,
        **when,
        **{name: value for name, value in more.items() if value},
    }


def notify(user_id: UUID, unlocked: list[Achievement], *, at: dt.datetime, seen: bool = True) -> None:
    """Sends one notification for all, keyed by the first: each is unlocked only once.

    With `seen` it goes to the inbox only: the person is looking at the page that shows them. Without, it follows the
    person's settings, quiet hours and daily limit like any other, unless its day is long over.
    """
    user = User.objects.only("language", "notification_settings").get(pk=user_id)
    with outbox.speaking_to(user):
        data = message_data(unlocked)
    outbox.send(
        user,
        template="achievement",
        effect_key=f"achievement:{user.pk}:{unlocked[0].pk}",
        at=at,
        type=Notification.Type.ACHIEVEMENT,
        data=data,
        only_inbox=seen,
        expires_at=None if seen else at + TOLD_FOR,
    )


def message_data(unlocked: list[Achievement]) -> dict[str, Any]:
    """The data of the notification, in the active language."""
    return {
        "names": [kept_words.of_row(achievement, "name") for achievement in unlocked],
        "description": kept_words.of_row(unlocked[0], "description"),
    }
