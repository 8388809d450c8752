"""What a person's plan allows, from its `limits` and `features`.

The only module that reads plans and subscriptions for it.
"""

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Self
from uuid import uuid4

from django.db.models import CharField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from accounts.models import User
from billing import lifecycle, plans
from billing.models import SubscriptionPlan, UserSubscription
from billing.plans import FREE_PLAN, UNLIMITED
from core.db.compiled_queries import Compiled

# Limits of a plan that names them neither in `limits` nor by a feature. `insight_days` is how far back the insights compare
# mood and energy with what was done.
DEFAULTS = {"max_habits": 3, "ai_messages_per_day": 5, "photo_storage_mb": 100, "insight_days": 90}
# Limits that come with a feature of this name. The document's premium plan has the feature and names no number of days.
OF_FEATURES = {"상세 분석": {"insight_days": UNLIMITED}}
# No plan has the insights look back further than this.
MOST_INSIGHT_DAYS = 365
# While a plan is open its period may be over: a charge is retried, or its outcome is not known yet.
LATEST = dt.timedelta(days=14)

# Called with a person whose plan has changed, in the same transaction. Apps above billing add to it.
on_change: list[Callable[[User, dt.datetime], object]] = []


@dataclasses.dataclass(frozen=True)
class Limit:
    """A number that a plan sets; `None` is unlimited."""

    most: int | None

    def allows(self, have: int, *, more: int = 1) -> bool:
        return self.most is None or have + more <= self.most

    def left(self, used: int) -> int | None:
        """How much of it is left, never below 0; None is unlimited.

        A smaller plan may leave more used than it allows.
        """
        return None if self.most is None else max(self.most - used, 0)

    def is_below(self, other: Self) -> bool:
        return self.most is not None and (other.most is None or self.most < other.most)


def limit(user: User, name: str, *, at: dt.datetime) -> Limit:
    """The person's limit `name` ('max_habits', …) at the instant `at`.

    Unknown names raise KeyError.
    """
    return limit_of(current_plan_id(user, at=at), name)


def limit_of(plan_id: str, name: str) -> Limit:
    """A plan's limit.

    Unknown names raise KeyError.
    """
    plan = plans.everything().get(plan_id)
    most = DEFAULTS[name] if plan is None else _most(plan, name)
    return Limit(None if most == UNLIMITED else most)


def allows_less(new_id: str, old_id: str) -> bool:
    """Whether any limit of plan `new_id` is below that of `old_id`, those of features included."""
    return any(limit_of(new_id, name).is_below(limit_of(old_id, name)) for name in DEFAULTS)


def _most(plan: SubscriptionPlan, name: str) -> int:
    of_features = {key: most for feature in plan.features for key, most in OF_FEATURES.get(feature, {}).items()}
    return plan.limits.get(name, of_features.get(name, DEFAULTS[name]))


def free_limit(name: str) -> Limit:
    """The limit `name` of the free plan, as told before sign-up."""
    return limit_of(FREE_PLAN, name)


def current_plan_id(user: User, *, at: dt.datetime) -> str:
    """The plan paid for at `at`, or the free one."""
    found = _PAID(person=user.pk, open_since=at - LATEST, at=at)
    return found[0].plan_id if found else FREE_PLAN


def people_on(people: QuerySet[User], plan_id: str, at: dt.datetime) -> QuerySet[User]:
    """The people among `people` whose plan at `at` is this one."""
    return people.alias(plan_now=_plan_at(at)).filter(plan_now=plan_id)


def with_plan(people: QuerySet[User], at: dt.datetime) -> QuerySet[User]:
    """The people, each with the id of the plan at `at` as `plan_now`."""
    return people.annotate(plan_now=_plan_at(at))


def _plan_at(at: dt.datetime) -> Coalesce:
    paid = Subquery(_paid(OuterRef("pk"), open_since=at - LATEST, at=at).values("plan_id")[:1])
    return Coalesce(paid, Value(FREE_PLAN), output_field=CharField())


def changed(user: User, *, at: dt.datetime) -> None:
    """Tells the apps above that a person's plan may have changed."""
    for tell in on_change:
        tell(user, at)


def _paid(person: object, *, open_since: dt.datetime, at: dt.datetime) -> QuerySet[UserSubscription]:
    """The subscriptions paid for, longest first.

    A canceled one still counts until its period ends.
    """
    is_open = Q(phase__in=lifecycle.OPEN, current_period_end__gt=open_since)
    is_ending = Q(phase=UserSubscription.Phase.CANCELED, current_period_end__gt=at)
    return UserSubscription.objects.filter(is_open | is_ending, user=person, current_period_start__lte=at).order_by(
        "-current_period_end"
    )


_PAID = Compiled(
    lambda person, open_since, at: _paid(person, open_since=open_since, at=at).only("plan_id")[:1],
    person=uuid4(),
    open_since=dt.datetime(1970, 1, 2, tzinfo=dt.UTC),
    at=dt.datetime(1970, 1, 3, tzinfo=dt.UTC),
)
