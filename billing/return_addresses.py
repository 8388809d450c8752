"""The page on which a person met a limit: from there to the plans, through the checkout, and back.

The address comes as `next` and may be any path of this site and nothing else. The session carries it through the steps in
between, some of which are the gateway's.
"""

from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

_KEY = "billing_return"
_LONGEST = 500


def plans_url(back: str) -> str:
    """The address of the plans for somebody who goes on at `back` afterwards."""
    return f"{reverse('billing:plans')}?{urlencode({'next': back})}"


def remember(request: HttpRequest) -> str:
    """Keeps the `next` of a request; gives what is kept, or nothing."""
    sent = request.GET.get("next", "")
    if _is_local(sent):
        request.session[_KEY] = sent
    return read(request)


def read(request: HttpRequest) -> str:
    return str(request.session.get(_KEY, ""))


def take(request: HttpRequest) -> str:
    """Gives it for the last time: the person is back."""
    return str(request.session.pop(_KEY, ""))


def _is_local(path: str) -> bool:
    return path.startswith("/") and len(path) <= _LONGEST and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
