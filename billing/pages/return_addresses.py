"""The page on which a person met a limit, to come back to from the plans.

The address comes as `next` and may be any path of this site and nothing else. The session carries it through the steps in
between, some of which are the gateway's.
"""

from collections.abc import MutableMapping
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

type Session = MutableMapping[str, Any]

_KEY = "billing_return"
_LONGEST = 500


def plans_url(back: str, *, limit: str) -> str:
    """The address of the plans for somebody who goes on at `back` afterwards.

    `limit` is the name of the limit that was met.
    """
    return f"{reverse('billing:plans')}?{urlencode({'next': back, 'limit': limit})}"


def remember(session: Session, sent: str) -> str:
    """Keeps the `next` of a request; gives what is kept, or nothing."""
    if _is_local(sent):
        session[_KEY] = sent
    return str(session.get(_KEY, ""))


def take(session: Session) -> str:
    """Gives it for the last time: the person is back."""
    return str(session.pop(_KEY, ""))


def _is_local(path: str) -> bool:
    return path.startswith("/") and len(path) <= _LONGEST and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
