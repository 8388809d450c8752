"""Middleware that receives a request's body before the request is worked on.

granian reads a body when the application asks for it, on the thread of that request, and has no time limit for it. A
few senders that never finish would hold every thread. So a process has many threads (`web_server.OPTIONS`), of which few
work at the same time (`settings.DATABASE_POOL`, one per connection); the others wait for bodies. A network that sends many
unfinished bodies at once gets 429.
"""

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import IPv4Network, IPv6Network
from typing import NamedTuple

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.utils import translation

from core import client_ip, rate_limits

# Bodies that a process receives at the same time: in all, and from one network. Some threads are left for pages.
MOST = 24
MOST_PER_NETWORK = 8
# Their bytes together: four forms with photos of the largest size.
MOST_BYTES = 160 * 1024 * 1024
# Seconds after which a refused sender may try again.
WAIT = 60


class Body(NamedTuple):
    size: int  # bytes, as its sender announced them
    sender: IPv4Network | IPv6Network | None


class RequestBodyMiddleware:
    def __init__(self, get_response: Callable[[WSGIRequest], HttpResponse]):
        self.get_response = get_response
        self._unfinished: list[Body] = []
        self._counting = threading.Lock()
        self._places = threading.BoundedSemaphore(settings.DATABASE_POOL)

    def __call__(self, request: WSGIRequest) -> HttpResponse:
        if size := int(request.META.get("CONTENT_LENGTH") or 0):
            client = client_ip.address(request)
            with self._receiving(Body(size, client_ip.network(client) if client else None)) as allowed:
                if not allowed:
                    return _refuse(request)
                _receive(request)
        with self._places:
            return self.get_response(request)

    @contextmanager
    def _receiving(self, body: Body) -> Iterator[bool]:
        """Counts the body as unfinished inside the block.

        Yields False, and counts nothing, where there are too many.
        """
        with self._counting:
            if allowed := self._has_room(body):
                self._unfinished.append(body)
        try:
            yield allowed
        finally:
            if allowed:
                with self._counting:
                    self._unfinished.remove(body)

    def _has_room(self, body: Body) -> bool:
        return (
            len(self._unfinished) < MOST
            and sum(other.size for other in self._unfinished) + body.size <= MOST_BYTES
            and sum(other.sender == body.sender for other in self._unfinished) < MOST_PER_NETWORK
        )


def _receive(request: WSGIRequest) -> None:
    """Replaces the request's stream by one that has the whole body.

    It stays in memory, as uploads do (`FILE_UPLOAD_MAX_MEMORY_SIZE`); core/request_guard.py has refused too large ones.
    """
    # Django has no public way to give a request another stream.
    request._stream = io.BytesIO(request._stream.read())  # noqa: SLF001


def _refuse(request: WSGIRequest) -> HttpResponse:
    # The user is not known yet, so the browser's language is used.
    with translation.override(translation.get_language_from_request(request)):
        return rate_limits.too_many(request, wait=WAIT)
