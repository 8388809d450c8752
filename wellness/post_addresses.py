"""Leads a browser that opens a POST-only address to the page its form was on.

A login returns to such an address (`?next=`) when the session had ended before the form was sent, and so does a reload.
Machines, which do not ask for HTML, keep the answer 405.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

# The page to open, by the application of the address.
PAGES = {
    "accounts": "accounts:me",
    "admin": "admin:index",
    "billing": "billing:subscription",
    "circles": "circles:circles",
    "coaching": "coaching:inbox",
    "files": "accounts:me",
    "gamification": "gamification:achievements",
    "habits": "habits:today",
    "notifications": "notifications:inbox",
}


class PostAddressMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 405 or request.method != "GET" or not _wants_page(request):
            return response
        match = request.resolver_match
        return redirect(PAGES.get(match.app_name if match else "", "home"))


def _wants_page(request: HttpRequest) -> bool:
    return "text/html" in request.headers.get("Accept", "") and "HX-Request" not in request.headers
