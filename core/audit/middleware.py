from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from core import client_ip
from core.db.audit_context import Actor, acting_as


class AuditMiddleware:
    """What a request writes was done by whoever is signed in when it is written: a login belongs to who logs in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with acting_as(lambda: Actor(request.user.pk, client_ip.address(request))):
            return self.get_response(request)
