"""How often something may be done, and what somebody is told who does it too often.

allauth counts, for its own doors (`ACCOUNT_RATE_LIMITS`, `MFA_RATE_LIMITS`) and for ours. The keys are blind
(core/crypto/cache_keys.py); addresses are the true ones (core/client_ip.py).
"""

import functools
from collections.abc import Callable
from typing import Any

import structlog
from allauth.core.internal import ratelimit
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

log = structlog.get_logger(__name__)

# Seconds. All of allauth's limits that answer with this page are counted by the minute.
A_MINUTE = 60


def limited[**P](action: str, rate: str) -> Callable[..., Callable[..., HttpResponse]]:
    """Lets a view be posted to only so often: `@limited("export", "5/h/user")`.

    `rate` is allauth's spelling: how many, in which time (`s`, `m`, `h`, `d`), counted per `user` or per `ip`. Several
    are separated by commas. Reading a page is not counted.
    """
    longest = max(int(each.duration) for each in ratelimit.parse_rates(rate))

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @functools.wraps(view)
        def limited_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not ratelimit.consume(request, app="wellness", action=action, config={action: rate}):
                return too_many(request, wait=longest)
            return view(request, *args, **kwargs)

        return limited_view

    return decorate


def too_many(request: HttpRequest, *, wait: int = A_MINUTE) -> HttpResponse:
    """The page that asks to wait, at most `wait` seconds."""
    view = request.resolver_match.view_name if request.resolver_match else ""
    log.warning("too_many_requests", view=view)
    context = {"minutes": -(-wait // 60)}
    response = render(request, "429.html", context, status=429)
    response.headers["Retry-After"] = str(wait)
    return response
