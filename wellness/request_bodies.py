"""Middleware that receives a request's body before the request is worked on.

granian reads a body when the application asks for it, on the thread of that request, and has no time limit for it. A
few senders that never finish would hold every thread. So a process has many threads (`--blocking-threads`), of which few
work at the same time (`settings.DATABASE_POOL`, one per connection); the others wait for bodies. A network that sends many
unfinished bodies at once gets 429. Large bodies also have a limit of bytes, from their announcement to their answer.
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
# Bytes of large bodies that are in memory or announced, in all and of one network: four and two forms with photos of the
# largest size. Other bodies are at most `DATA_UPLOAD_MAX_MEMORY_SIZE` and wait for no room.
MOST_BYTES = 160 * 1024 * 1024
MOST_BYTES_PER_NETWORK = MOST_BYTES // 2
# Seconds after which a refused sender may try again.
WAIT = 60


class Body(NamedTuple):
    size: int  # bytes, as its sender announced them
    sender: IPv4Network | IPv6Network | None

    @property
    def is_large(self) -> bool:
        return self.size > settings.DATA_UPLOAD_MAX_MEMORY_SIZE


class RequestBodyMiddleware:
    def __init__(self, get_response: Callable[[WSGIRequest], HttpResponse]):
        self.get_response = get_response
        self._unfinished: list[Body] = []
        self._large: list[Body] = []  # until they are answered
        self._counting = threading.Lock()
        self._places = threading.BoundedSemaphore(settings.DATABASE_POOL)

    def __call__(self, request: WSGIRequest) -> HttpResponse:
        size = int(request.META.get("CONTENT_LENGTH") or 0)
        if not size:
            return self._answer(request)
        client = client_ip.address(request)
        body = Body(size, client_ip.network(client) if client else None)
        with self._in_memory(body) as has_room:
            if not has_room:
                return _refuse(request)
            with self._receiving(body) as is_allowed:
                if not is_allowed:
                    return _refuse(request)
                _receive(request)
            return self._answer(request)

    def _answer(self, request: WSGIRequest) -> HttpResponse:
        with self._places:
            return self.get_response(request)

    @contextmanager
    def _receiving(self, body: Body) -> Iterator[bool]:
        """Counts the body as unfinished inside the block.

        Yields False, and counts nothing, where there are too many.
        """
        with self._counting:
            if allowed := len(self._unfinished) < MOST and len(_of(body.sender, self._unfinished)) < MOST_PER_NETWORK:
                self._unfinished.append(body)
        try:
            yield allowed
        finally:
            if allowed:
                with self._counting:
                    self._unfinished.remove(body)

    @contextmanager
    def _in_memory(self, body: Body) -> Iterator[bool]:
        """Counts the bytes of a large body inside the block. Yields False, and counts nothing, where they are too many.

        A body that is not large always has room.
        """
        with self._counting:
            counted = body.is_large and self._has_room(body)
            if counted:
                self._large.append(body)
        try:
            yield counted or not body.is_large
        finally:
            if counted:
                with self._counting:
                    self._large.remove(body)

    def _has_room(self, body: Body) -> bool:
        return (
            _bytes(self._large) + body.size <= MOST_BYTES
            and _bytes(_of(body.sender, self._large)) + body.size <= MOST_BYTES_PER_NETWORK
        )


def _of(sender: IPv4Network | IPv6Network | None, bodies: list[Body]) -> list[Body]:
    return [body for body in bodies if body.sender == sender]


def _bytes(bodies: list[Body]) -> int:
    return sum(body.size for body in bodies)


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
