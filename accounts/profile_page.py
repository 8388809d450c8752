"""Contexts of the profile page (나) and the device list."""

import datetime as dt
import ipaddress
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts import consents, second_factor, sessions, social, time_zones, user_agents
from accounts.models import User, UserSession
from accounts.providers import PROVIDERS
from core import cache_entries, client_ip

_ICONS = {"phone": "smartphone", "tablet": "tablet", "desk": "monitor"}


def page(user: User, *, at: dt.datetime) -> dict[str, Any]:
    return cache_entries.PROFILE.get(user.pk, make=lambda: _read(user, at=at))


def _read(user: User, *, at: dt.datetime) -> dict[str, Any]:
    connected = user.social_accounts.order_by("created_at").values_list("provider", flat=True)
    factors = Authenticator.objects.filter(user=user, type__in=second_factor.FACTOR_TYPES).exists()
    return {
        "since": date_format(user.created_at, "YEAR_MONTH_FORMAT"),
        "connected": ", ".join(str(PROVIDERS[provider].label) for provider in connected),
        "can_connect": bool(social.enabled_providers() or connected),
        "has_factor": factors,
        "devices": sessions.current(user, at=at).count(),
        "agreed": sum(status.granted for status in consents.statuses(user)),
        "week_start": user.get_week_start_display(),
        "day_start": _("자정") if not user.day_start else _("새벽 {hour}시").format(hour=user.day_start),
        "zone": time_zones.place(user.timezone),
    }


def devices_page(user: User, *, here: UUID | None, at: dt.datetime) -> dict[str, Any]:
    rows = [_device(session, here=here) for session in sessions.current(user, at=at)]
    rows.sort(key=lambda row: not row["here"])
    return {"devices": rows, "others": any(not row["here"] for row in rows)}


def network(address: str | None) -> str:
    """The network part of an address: `203.0.113.0/24` is shown as `203.0.113.x`."""
    if not address:
        return ""
    known = ipaddress.ip_address(address)
    block = client_ip.network(known)
    if known.version == 4:
        return str(block.network_address).rpartition(".")[0] + ".x"
    return str(block.network_address) + "x"


def _device(session: UserSession, *, here: UUID | None) -> dict[str, Any]:
    info = session.device_info or {}
    return {
        "id": session.pk,
        "name": user_agents.name(session.user_agent or "") or _("알 수 없는 기기"),
        "icon": _ICONS.get(info.get("kind", ""), "monitor"),
        "network": network(session.ip_address),
        "last_used_at": session.last_used_at,
        "created_at": session.created_at,
        "here": session.pk == here,
    }
