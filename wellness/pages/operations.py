"""The page of operators: work, outbox, jobs, health, keys, switches."""

import datetime as dt
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import structlog
from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from redis.exceptions import RedisError

from accounts.models import User
from accounts.providers import PROVIDERS
from analytics import fill_ledger
from billing import gateways
from coaching.models import CoachingControls
from core import redis
from core.crypto import keyring, rotation
from core.db import partitions, replica
from core.staff.models import PurgedKey
from core.templatetags import ui
from core.text_format import Text
from core.work_queue import Condition
from habits import user_stats
from notifications import channels, delivery_worker
from notifications.models import NotificationDelivery
from wellness import health, scheduled_runs
from wellness.celery import app as celery
from wellness.pages import job_names, staff_home

log = structlog.get_logger(__name__)

# Deliveries that one press sends again; more are more than one person does alone.
RESENT_AT_ONCE = 100
# Counted at night, since it reads every sealed column.
_KEYS, _KEYS_KEPT = "staff:keys", 2 * 24 * 60 * 60
# After that no request and no task goes on that began before a key was purged.
NOTICED_AFTER = dt.timedelta(minutes=5)


def page(user: User, *, now: dt.datetime) -> dict[str, Any]:
    return {
        "title": _("운영"),
        "queue": staff_home.waiting(user, now=now),
        "outbox": outbox(now),
        "jobs": jobs(now),
        "conditions": conditions(now),
        "keys": keys(),
        "switches": switches(),
        "checked_at": now,
    }


def outbox(now: dt.datetime) -> list[dict[str, Any]]:
    """Deliveries that are not finished, by state, and how long the oldest waits."""
    # Each side has its own partial index: finished deliveries are not read.
    unfinished = Q(due_at__isnull=False) | Q(state=State.DEAD)
    rows = NotificationDelivery.objects.filter(unfinished).values("state", "channel")
    named = dict(channels.choices())
    found = rows.annotate(number=Count("pk"), since=Min("created_at")).order_by("state", "channel")
    return [
        {
            "state": State(row["state"]).label,
            "channel": named.get(row["channel"], row["channel"]),
            "number": row["number"],
            "age": staff_home.age(row["since"], now=now),
            "is_dead": row["state"] == State.DEAD,
        }
        for row in found
    ]


class NamedJob(NamedTuple):
    """A scheduled job with its name in words."""

    title: str
    job: scheduled_runs.Job


def jobs(now: dt.datetime) -> list[NamedJob]:
    """The scheduled jobs, those that are late or failed first."""
    found = [NamedJob(job_names.name(job.task), job) for job in scheduled_runs.jobs(celery, now=now)]
    return sorted(found, key=lambda one: one.job.is_good)


def resend_dead(*, now: dt.datetime) -> int:
    """Sends again what was given up, the oldest first; gives how many."""
    dead = NotificationDelivery.objects.filter(state=State.DEAD).select_related("notification").order_by("created_at")
    return sum(delivery_worker.resend(one, now=now) for one in dead[:RESENT_AT_ONCE])


State = NotificationDelivery.State


def conditions(now: dt.datetime) -> list[Condition]:
    """What `/readyz` checks, and what it does not wait for."""
    checked = [_checked(name, check) for name, check in health.CHECKS.items() if name in _CHECKS]
    return [*checked, staff_home.months_ahead(now), _default_rows(), _view(now), _days(now), _cache(), _replica(now)]


def _checked(name: str, check: Callable[[], None]) -> Condition:
    began = time.monotonic()
    try:
        check()
    except Exception as error:
        log.warning("not ready", part=name, reason=f"{type(error).__name__}: {error}")
        return Condition(_CHECKS[name], _("안 돼요"), is_good=False)
    text = _("%(n)d밀리초") % {"n": round((time.monotonic() - began) * 1000)}
    return Condition(_CHECKS[name], text, is_good=True)


# The months ahead have a line of their own.
_CHECKS: dict[str, Text] = {"database": "PostgreSQL", "redis": "Redis", "migrations": gettext_lazy("마이그레이션")}


def _default_rows() -> Condition:
    rows = sum(partitions.waiting_in_default().values())
    text = ngettext("%(n)s줄", "%(n)s줄", rows) % {"n": f"{rows:,}"}
    return Condition(_("달이 없는 줄"), text, is_good=not rows)


def _view(now: dt.datetime) -> Condition:
    at = user_stats.refreshed_at()
    text = ui.moment(at) if at else _("아직 없어요")
    return Condition(_("사람별 통계"), text, is_good=not user_stats.is_too_old(now))


def _days(now: dt.datetime) -> Condition:
    behind = fill_ledger.behind(now)
    text = ", ".join(behind) if behind else _("제때예요")
    return Condition(_("날마다의 합계"), text, is_good=not behind)


def _cache() -> Condition:
    """How often Redis had what was asked for."""
    try:
        stats: dict[str, Any] = redis.client().info("stats")
    except RedisError:
        return Condition(_("캐시"), _("안 돼요"), is_good=False)
    hits, misses = stats["keyspace_hits"], stats["keyspace_misses"]
    share = 100 * hits // (hits + misses) if hits + misses else 100
    return Condition(_("캐시"), _("%(share)d%% 맞음") % {"share": share}, is_good=True)


def _replica(now: dt.datetime) -> Condition:
    """The replica that reports are read from, by what it holds itself."""
    if not replica.is_set():
        return Condition(_("복제본"), _("없어요"), is_good=True)
    state = replica.state()
    is_good = not health.is_replica_late(state, now)
    if state is None:
        text = _("안 돼요. 원본을 읽고 있어요.")
    elif state.has_all:
        text = _("모두 있어요")
    else:
        text = _("기준 %(time)s") % {"time": ui.moment(state.as_of) if state.as_of else "–"}
    return Condition(_("복제본"), text, is_good=is_good)


def count_keys(*, at: dt.datetime) -> None:
    cache.set(_KEYS, {"by_key": rotation.count_by_key(), "at": at}, _KEYS_KEPT)


def keys() -> dict[str, Any]:
    """What each key does and how many values it holds; `at` is None before the first count."""
    counted = cache.get(_KEYS) or {"by_key": {}, "at": None}
    ring, held = keyring.current(), counted["by_key"]
    purged = {one.key_id: one.purged_at for one in PurgedKey.objects.all()}
    ids = [
        *ring.masters,
        *sorted(ring.kept_in_settings),
        *sorted(held.keys() - ring.masters.keys() - ring.kept_in_settings),
    ]
    rows = [_key(key_id, ring, held.get(key_id, 0), purged.get(key_id), counted["at"]) for key_id in ids]
    return {"rows": rows, "at": counted["at"]}


def _key(
    key_id: str, ring: keyring.KeyRing, number: int, purged_at: dt.datetime | None, counted_at: dt.datetime | None
) -> dict[str, Any]:
    opens = key_id in ring.masters
    # Counted when every process had noticed: nothing was sealed with it since.
    is_certain = purged_at is not None and counted_at is not None and counted_at >= purged_at + NOTICED_AFTER
    return {
        "id": key_id,
        "number": number,
        "seals": key_id == ring.primary,
        "is_good": opens or not number,
        "is_purged": purged_at is not None,
        "may_be_purged": opens and key_id != ring.primary,
        "may_leave": is_certain and not number and key_id in ring.kept_in_settings,
    }


def switches() -> list[dict[str, Any]]:
    """What is switched on; where staff may switch it, with the page."""
    controls = CoachingControls.current()
    here = reverse("admin:coaching_coachingcontrols_changelist")
    ours = [
        {"name": _("코치 메시지"), "is_on": controls.sends_messages, "url": here},
        {"name": _("코치가 모델 쓰기"), "is_on": controls.uses_model, "url": here},
    ]
    providers = [
        {"name": _("%(name)s 로그인") % {"name": provider.label}, "is_on": bool(_apps_of(name))}
        for name, provider in PROVIDERS.items()
    ]
    deployed = {
        _("직원의 2단계 인증"): settings.STAFF_NEED_SECOND_FACTOR,
        _("웹 푸시"): bool(settings.VAPID_PRIVATE_KEY),
        _("앱 푸시"): bool(settings.FCM_SERVICE_ACCOUNT),
    }
    paying = [
        {"name": _("%(name)s 결제") % {"name": gateways.label(name)}, "is_on": gateway.is_set_up()}
        for name, gateway in gateways.GATEWAYS.items()
    ]
    return [*ours, *providers, *({"name": name, "is_on": is_on} for name, is_on in deployed.items()), *paying]


def _apps_of(provider: str) -> list[Any]:
    return settings.SOCIALACCOUNT_PROVIDERS.get(provider, {}).get("APPS", [])
