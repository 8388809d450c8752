"""Says where the events of a request come from, and records which screens people open."""

from collections.abc import Callable

from django.http import HttpResponse
from django.utils import timezone

from accounts import device_session
from accounts.http import DeviceRequest
from core import client_ip, event_buffer, events
from core.events import EventSource


class EventMiddleware:
    """The innermost: the person is known, and what fails above it is no screen."""

    def __init__(self, get_response: Callable[[DeviceRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: DeviceRequest) -> HttpResponse:
        token = events.source.set(lambda: _source_of(request))
        try:
            response = self.get_response(request)
            if _is_screen(request, response):
                event_buffer.push(user_id=request.user.pk, at=timezone.now())
        finally:
            events.source.reset(token)
        return response


def _source_of(request: DeviceRequest) -> EventSource:
    client, match = client_ip.address(request), request.resolver_match
    return EventSource(
        session_id=device_session.current_session_id(request),
        screen=match.view_name if match else None,
        agent=request.headers.get("User-Agent"),
        network=str(client_ip.network(client).network_address) if client else None,
    )


def _is_screen(request: DeviceRequest, response: HttpResponse) -> bool:
    """A whole page that a person opened: no fragment, download, prefetch or staff page."""
    match = request.resolver_match
    return (
        request.method == "GET"
        and response.status_code == 200
        and request.user.is_authenticated
        and match is not None
        and match.app_name != "admin"
        and response.headers.get("Content-Type", "").startswith("text/html")
        and (not request.htmx or request.htmx.boosted or request.htmx.history_restore_request)
        and "prefetch" not in request.headers.get("Sec-Purpose", "")
    )
