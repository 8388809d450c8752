"""Middleware that answers 404 when the object of an address goes during the request.

Views look the object up, then a domain function locks it; between the two, or while it waits for the lock, another
request may delete it. The domain function raises the model's DoesNotExist, as for an object that never existed, or the
model's NotUpdated when the row goes between reading and saving.
"""

from collections.abc import Callable
from uuid import UUID

import structlog
from django.core.exceptions import ObjectDoesNotExist, ObjectNotUpdated
from django.http import Http404, HttpRequest, HttpResponse

log = structlog.get_logger(__name__)


class MissingObjectMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Raises Http404 for a missing object if the address names one."""
        if isinstance(exception, ObjectDoesNotExist | ObjectNotUpdated) and _names_an_object(request):
            # With the kind of the object, so that an error of ours can be told from a deletion.
            log.info("object of the address is gone", kind=type(exception).__qualname__)
            raise Http404 from exception


def _names_an_object(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and any(isinstance(value, UUID | int) for value in match.kwargs.values())
