"""Whose request it is, and in which language to answer it."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext as _
from django_htmx.middleware import HtmxDetails
from structlog.contextvars import bind_contextvars

from accounts import device_session, second_factor, sessions
from accounts.http import DeviceRequest


class DeviceMiddleware:
    """Keeps people signed in by their device's token, and rotates it; log lines say whose request it is."""

    def __init__(self, get_response: Callable[[DeviceRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: DeviceRequest) -> HttpResponse:
        request.device_token = None
        device_session.recognise(request)
        if request.user.is_authenticated:
            bind_contextvars(user_id=str(request.user.pk))
        response = self.get_response(request)
        if request.device_token is not None:
            self._write_cookie(response, request.device_token)
        return response

    @staticmethod
    def _write_cookie(response: HttpResponse, token: str) -> None:
        """Hands the device its token, or takes it away when that is empty."""
        name = settings.DEVICE_COOKIE_NAME
        if token:
            age = int(sessions.IDLE.total_seconds())
            response.set_cookie(name, token, max_age=age, secure=settings.HTTPS, httponly=True, samesite="Lax")
        else:
            response.delete_cookie(name, samesite="Lax")
            # Photos are kept by the browser for an hour or two.
            response.headers["Clear-Site-Data"] = '"cache"'


class SignedInMiddleware(LoginRequiredMiddleware):
    """Every page asks for somebody signed in, unless it says otherwise."""

    def process_view(
        self, request: HttpRequest, view_func: Callable, view_args: tuple, view_kwargs: dict
    ) -> HttpResponseBase | None:
        """A page whose session ended while it was open goes to the door as a whole, and comes back as that page: the
        part that it asked for would be filled with the door. What the device kept stays there: it is no success."""
        answer = super().process_view(request, view_func, view_args, view_kwargs)
        if answer is None or not (htmx := HtmxDetails(request)):
            return answer
        door = redirect_to_login(htmx.current_url_abs_path or "/")
        return HttpResponse(status=401, headers={"HX-Redirect": door.url})


class LanguageMiddleware:
    """The person's language: what they chose, else what their browser asks for, else Korean."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            language = request.user.language
        else:
            language = translation.get_language_from_request(request)
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


class StaffSecondFactorMiddleware:
    """The staff pages open to nobody without a second factor, wherever one is asked for (not in development)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable, args: tuple, kwargs: dict) -> HttpResponse | None:
        if getattr(request.resolver_match, "app_name", "") != "admin" or not second_factor.is_missing(request.user):
            return None
        messages.info(request, _("운영 화면은 두 단계 확인을 켠 뒤에 열려요."))
        return redirect("mfa_index")
