from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from core import client_ip
from core.db.audit_context import Actor, acting_as


class AuditMiddleware:
    """Names the signed-in user as the author of what a request writes.

    The user is read at each statement, so that what a login writes belongs to the person who logs in.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with acting_as(lambda: Actor(request.user.pk, client_ip.address(request))):
            return self.get_response(request)
