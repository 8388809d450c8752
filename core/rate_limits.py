"""Rate limits of views, and the page shown when one is exceeded.

allauth counts, for its own views (`ACCOUNT_RATE_LIMITS`, `MFA_RATE_LIMITS`) and for ours. Keys are hashed
(core/crypto/cache_keys.py); client addresses come from core/client_ip.py.
"""

import functools
from collections.abc import Callable
from typing import Any

import structlog
from allauth.core.internal import ratelimit
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

log = structlog.get_logger(__name__)

# Seconds. All of allauth's limits that show this page are per minute.
A_MINUTE = 60


def limited[**P](action: str, rate: str, *, counts_get: bool = False) -> Callable[..., Callable[..., HttpResponse]]:
    """Decorator that limits how often a view accepts a POST: `@limited("export", "5/h/user")`.

    `rate` has allauth's format: number, period (`s`, `m`, `h`, `d`), counted per `user` or per `ip`; several are
    separated by commas. GET requests are counted only where `counts_get` says so, for pages that cost a lot.
    """
    longest = max(int(each.duration) for each in ratelimit.parse_rates(rate))

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @functools.wraps(view)
        def limited_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not ratelimit.consume(
                request, app="wellness", action=action, config={action: rate}, limit_get=counts_get
            ):
                return too_many(request, wait=longest)
            return view(request, *args, **kwargs)

        return limited_view

    return decorate


def too_many(request: HttpRequest, *, wait: int = A_MINUTE) -> HttpResponse:
    """A 429 page that asks to wait at most `wait` seconds."""
    view = request.resolver_match.view_name if request.resolver_match else ""
    log.warning("too_many_requests", view=view)
    context = {"minutes": -(-wait // 60)}
    response = render(request, "429.html", context, status=429)
    response.headers["Retry-After"] = str(wait)
    return response
