"""The bandit's decisions in the database: made, logged with their inputs, rewarded later.

decide(user, message_type, …) -> CoachingDecision     not stored yet: it is stored with its effect
replay(decision) -> ArmDecision                       the same choice from the row alone
settle(now=…)                                         rewards of decisions whose 24 hours are over
"""

import datetime as dt
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, F, Sum

from accounts.models import User
from coaching import bandit
from coaching.bandit import Arm, ArmDecision
from coaching.models import CoachingDecision, CoachingMessage, MessageType, Tone, ToneTally

# The time in which a check-in counts.
WINDOW = dt.timedelta(hours=24)
BATCH = 500
# The last decisions of a person that count.
REMEMBERED = 200

_CHECKED_IN = """
    SELECT decision.id FROM coaching_decisions AS decision
    WHERE decision.id = ANY(%(ids)s) AND EXISTS (
        SELECT FROM user_habits JOIN habit_logs AS log ON log.user_habit_id = user_habits.id
        WHERE user_habits.user_id = decision.user_id
            AND log.completed_at >= %(first)s AND log.completed_at < %(last)s
            AND log.completed_at >= decision.decided_at AND log.completed_at < decision.settles_at
    )
"""


class OtherPolicy(Exception):
    """Another version of the bandit decided: computed again it might be another choice."""


def decide(
    user: User,
    message_type: str,
    *,
    day: dt.date,
    at: dt.datetime,
    preference: str | None,
    messages: int,
    expected: float,
    seed: int | None = None,
) -> CoachingDecision:
    """The tone for a daily message, or silence.

    `messages` is how many the person had, `expected` the share of their days with a check-in (coaching/effect.py).
    """
    arms = _arms(user, message_type)
    preferred = (preference or Tone.GENTLE.value) if messages < bandit.FIRST else None
    seed = secrets.randbits(62) if seed is None else seed
    chosen = bandit.choose(arms, seed=seed, preference=preferred)
    return CoachingDecision(
        user=user,
        local_date=day,
        decided_at=at,
        message_type=message_type,
        arm=chosen.arm,
        probability=chosen.probability,
        inputs={"arms": [list(arm) for arm in arms], "preference": preferred, "expected": expected},
        policy_version=bandit.POLICY_VERSION,
        seed=seed,
        settles_at=at + WINDOW,
    )


def replay(decision: CoachingDecision) -> ArmDecision:
    """The choice computed again from what was logged, by the policy that made it.

    Raises OtherPolicy for a decision of a policy that this code no longer has.
    """
    if decision.policy_version != bandit.POLICY_VERSION:
        raise OtherPolicy(decision.policy_version)
    arms = [Arm(*arm) for arm in decision.inputs["arms"]]
    return bandit.choose(arms, seed=decision.seed, preference=decision.inputs["preference"])


def _arms(user: User, message_type: str) -> list[Arm]:
    own = CoachingDecision.objects.filter(user=user, message_type=message_type, reward__isnull=False)
    recent = own.order_by("-decided_at").values("pk")[:REMEMBERED]
    sums = {
        row["arm"]: row
        for row in CoachingDecision.objects.filter(pk__in=recent)
        .values("arm")
        .annotate(rewards=Sum("reward"), number=Count("pk"))
    }
    shared = {row.tone: row for row in ToneTally.objects.filter(message_type=message_type)}
    return [_arm(tone, sums.get(tone), shared.get(tone)) for tone in Tone.values]


def _arm(tone: str, own: Mapping[str, Any] | None, shared: ToneTally | None) -> Arm:
    rewards, number = (own["rewards"], own["number"]) if own else (0.0, 0)
    return Arm(
        tone,
        rewards,
        number - rewards,
        shared.rewards if shared else 0.0,
        float(shared.decisions) if shared else 0.0,
    )


def settle(*, now: dt.datetime) -> int:
    """Computes the rewards of all decisions whose time is over. Gives their number."""
    settled = 0
    while batch := _settle_batch(now=now):
        settled += batch
    return settled


@transaction.atomic
def _settle_batch(*, now: dt.datetime) -> int:
    due = CoachingDecision.objects.filter(settles_at__lte=now, reward=None).order_by("settles_at")
    rows = list(due.select_for_update(skip_locked=True)[:BATCH])
    if not rows:
        return 0
    reactions = dict(
        CoachingMessage.objects.filter(pk__in=[row.message_id for row in rows]).values_list("pk", "user_reaction")
    )
    checked_in = _checked_in(rows)
    for row in rows:
        row.checked_in = row.pk in checked_in
        row.reward = bandit.reward(
            checked_in=row.checked_in,
            reaction=reactions.get(row.message_id) if row.message_id else None,
            silent=row.arm == CoachingDecision.SILENCE,
        )
    CoachingDecision.objects.bulk_update(rows, ["checked_in", "reward"])
    _add_to_prior(rows)
    return len(rows)


def _checked_in(rows: list[CoachingDecision]) -> set[Any]:
    """The decisions with a check-in in their 24 hours.

    The span of all of them opens only its partitions.
    """
    values: dict[str, Any] = {
        "ids": [row.pk for row in rows],
        "first": min(row.decided_at for row in rows),
        "last": max(row.settles_at for row in rows),
    }
    with connection.cursor() as cursor:
        cursor.execute(_CHECKED_IN, values)
        return {pk for (pk,) in cursor.fetchall()}


def _add_to_prior(rows: Iterable[CoachingDecision]) -> None:
    """Adds rewards of tones to the shared prior, always in the same order: two workers cannot deadlock."""
    sums: dict[tuple[str, str], tuple[int, float]] = {}
    for row in rows:
        if row.arm in Tone.values and row.message_type in MessageType.values:
            number, rewards = sums.get((row.message_type, row.arm), (0, 0.0))
            sums[row.message_type, row.arm] = number + 1, rewards + (row.reward or 0.0)
    for (message_type, tone), (number, rewards) in sorted(sums.items()):
        ToneTally.objects.get_or_create(message_type=message_type, tone=tone)
        ToneTally.objects.filter(message_type=message_type, tone=tone).update(
            decisions=F("decisions") + number, rewards=F("rewards") + rewards
        )
