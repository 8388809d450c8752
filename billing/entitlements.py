"""The limits of a person's plan.

The only module that reads plans and subscriptions for them.
"""

import dataclasses
import datetime as dt

from django.core.cache import cache
from django.db.models import CharField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from accounts.models import User
from billing.models import SubscriptionPlan, UserSubscription

FREE_PLAN = "basic"
UNLIMITED = -1
# Limits of a plan whose `limits` do not name them.
DEFAULTS = {"max_habits": 3, "ai_messages_per_day": 5, "photo_storage_mb": 100}
# Plans change rarely and are read on every page.
CACHE_KEY, CACHE_SECONDS = "plans:active", 24 * 60 * 60


@dataclasses.dataclass(frozen=True)
class Limit:
    """A number that a plan sets; `None` is unlimited."""

    most: int | None

    def allows(self, have: int, *, more: int = 1) -> bool:
        return self.most is None or have + more <= self.most


def limit(user: User, name: str, *, at: dt.datetime) -> Limit:
    """The person's limit `name` ('max_habits', …) at the instant `at`.

    Unknown names raise KeyError.
    """
    plan_id = current_plan_id(user, at=at)
    most = plan_limits().get(plan_id, {}).get(name, DEFAULTS[name])
    return Limit(None if most == UNLIMITED else most)


def free_limit(name: str) -> Limit:
    """The limit `name` of the free plan, as told before sign-up."""
    most = plan_limits().get(FREE_PLAN, {}).get(name, DEFAULTS[name])
    return Limit(None if most == UNLIMITED else most)


def current_plan_id(user: User, *, at: dt.datetime) -> str:
    """The plan paid for at `at`, or the free one."""
    return _paid(user, at).first() or FREE_PLAN


def people_on(people: QuerySet[User], plan_id: str, at: dt.datetime) -> QuerySet[User]:
    """The people among `people` whose plan at `at` is this one."""
    paid = Subquery(_paid(OuterRef("pk"), at)[:1])
    return people.alias(plan_now=Coalesce(paid, Value(FREE_PLAN), output_field=CharField())).filter(plan_now=plan_id)


def _paid(user: User | OuterRef, at: dt.datetime) -> QuerySet[UserSubscription, str]:
    """The plans paid for, longest first. A canceled one still counts until its period ends."""
    return (
        UserSubscription.objects.filter(
            user=user,
            status__in=[UserSubscription.Status.ACTIVE, UserSubscription.Status.CANCELED],
            current_period_start__lte=at,
            current_period_end__gt=at,
        )
        .order_by("-current_period_end")
        .values_list("plan_id", flat=True)
    )


def plan_limits() -> dict[str, dict[str, int]]:
    """Limits by plan id, retired plans included: people may still be on them."""
    limits = cache.get(CACHE_KEY)
    if limits is None:
        limits = dict(SubscriptionPlan.objects.values_list("id", "limits"))
        cache.set(CACHE_KEY, limits, CACHE_SECONDS)
    return limits


def forget_plans() -> None:
    """Clears the cache after staff change a plan."""
    cache.delete(CACHE_KEY)
