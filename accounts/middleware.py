"""Middleware for the signed-in user, login, language and the staff's second factor."""

from collections.abc import Callable

from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django_htmx.middleware import HtmxDetails
from structlog.contextvars import bind_contextvars

from accounts import device_session, known_devices, second_factor, sessions
from accounts.http import DeviceRequest
from core import rate_limits

# Allowed new sessions of one address without a login; each takes memory in Redis.
ANONYMOUS_SESSIONS = "60/m/ip"
# Pages that open while the account's consents are void: the question itself, and the way to delete the account.
OPEN_WITHOUT_CONSENT = {
    *("accounts:agree", "account_logout", "leave"),
    *("account_reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn"),
}


class LimitedSessionMiddleware(SessionMiddleware):
    """Django's sessions, of which an address may start a limited number without a login."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if _starts_anonymous_session(request) and not ratelimit.consume(
            request, app="wellness", action="session", config={"session": ANONYMOUS_SESSIONS}
        ):
            with translation.override(translation.get_language_from_request(request)):
                return rate_limits.too_many(request)
        return super().process_response(request, response)


def _starts_anonymous_session(request: HttpRequest) -> bool:
    session = request.session
    return bool(session.modified and not session.session_key and not session.is_empty() and SESSION_KEY not in session)


class DeviceMiddleware:
    """Signs people in by their device's token, rotates it, and adds the user's id to log lines."""

    def __init__(self, get_response: Callable[[DeviceRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: DeviceRequest) -> HttpResponse:
        request.device_token = request.known_device = None
        device_session.authenticate(request)
        if request.user.is_authenticated:
            bind_contextvars(user_id=str(request.user.pk))
        response = self.get_response(request)
        if request.device_token is not None:
            self._write_cookie(response, request.device_token)
        if request.known_device is not None:
            self._keep_known(response, request.known_device)
        return response

    @staticmethod
    def _keep_known(response: HttpResponse, value: str) -> None:
        age = int(known_devices.LIFETIME.total_seconds())
        name = settings.KNOWN_DEVICE_COOKIE_NAME
        response.set_cookie(name, value, max_age=age, secure=settings.HTTPS, httponly=True, samesite="Lax")

    @staticmethod
    def _write_cookie(response: HttpResponse, token: str) -> None:
        """Sets the device's cookie, or deletes it when the token is empty."""
        name = settings.DEVICE_COOKIE_NAME
        if token:
            age = int(sessions.IDLE.total_seconds())
            response.set_cookie(name, token, max_age=age, secure=settings.HTTPS, httponly=True, samesite="Lax")
        else:
            response.delete_cookie(name, samesite="Lax")
            # The browser caches photos for an hour or two.
            response.headers["Clear-Site-Data"] = '"cache"'


def _must_agree(request: HttpRequest, view: Callable) -> bool:
    """Whether the page waits for consents that are void. What needs no login, and leaving, stays open."""
    if not request.user.is_authenticated or not request.user.privacy_settings.get("must_agree"):
        return False
    match = request.resolver_match
    return getattr(view, "login_required", True) and (match is None or match.view_name not in OPEN_WITHOUT_CONSENT)


class SignedInMiddleware(LoginRequiredMiddleware):
    """Requires a login for every view that is not marked otherwise."""

    def process_view(
        self, request: HttpRequest, view_func: Callable, view_args: tuple, view_kwargs: dict
    ) -> HttpResponseBase | None:
        """Answers htmx requests without a session with 401 and HX-Redirect.

        The whole page then goes to the login and returns to itself; a redirect would put the login page into the
        requested fragment. 401 is no success, so check-ins queued on the device are kept.
        """
        answer = super().process_view(request, view_func, view_args, view_kwargs)
        if answer is None and _must_agree(request, view_func):
            return redirect("accounts:agree")
        if answer is None or not (htmx := HtmxDetails(request)):
            return answer
        to_login = redirect_to_login(htmx.current_url_abs_path or "/")
        return HttpResponse(status=401, headers={"HX-Redirect": to_login.url})


# The language for a browser that asks for none of ours.
FOREIGN_LANGUAGE = "en"


class LanguageMiddleware:
    """Activates the person's language, else the browser's, else Korean or English.

    A browser that asks only for languages we do not speak gets English; a client that asks for none gets Korean.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            return self._answer_in(request.user.language, request)
        response = self._answer_in(_language_of_browser(request), request)
        patch_vary_headers(response, ("Accept-Language",))
        return response

    def _answer_in(self, language: str, request: HttpRequest) -> HttpResponse:
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


def _language_of_browser(request: HttpRequest) -> str:
    language = translation.get_language_from_request(request)
    accepted = request.headers.get("Accept-Language", "")
    asked = settings.LANGUAGE_COOKIE_NAME in request.COOKIES or not accepted or "*" in accepted
    if asked or language != settings.LANGUAGE_CODE or settings.LANGUAGE_CODE in accepted.lower():
        return language
    return FOREIGN_LANGUAGE


# Pages of the second factor that staff open before they have proven it.
_OPEN_FACTOR_PAGES = {
    "mfa_index",
    "mfa_authenticate",
    "mfa_login_webauthn",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
}


class StaffSecondFactorMiddleware:
    """Opens staff pages only to sessions that proved a second factor, where one is required."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: DeviceRequest, view: Callable, args: tuple, kwargs: dict
    ) -> HttpResponseBase | None:
        match = request.resolver_match
        if match is None:
            return None
        if match.app_name == "admin":
            step = second_factor.missing_step(request)
            return self._ask_for(request, step) if step else None
        name = match.url_name or ""
        if name.startswith("mfa_") and name not in _OPEN_FACTOR_PAGES and not second_factor.may_change(request):
            return self._ask_for(request, second_factor.missing_step(request))
        return None

    @staticmethod
    def _ask_for(request: DeviceRequest, step: second_factor.Step | None) -> HttpResponseBase:
        if step == second_factor.Step.PROVE:
            messages.info(request, _("운영 화면은 이 기기에서 2단계 인증을 한 뒤에 열려요."))
            return redirect_to_login(request.get_full_path(), login_url=second_factor.proof_url(request.user))
        messages.info(request, _("운영 화면은 2단계 인증을 켠 뒤에 열려요. 켜는 데 쓸 링크를 관리자에게 받아 주세요."))
        return redirect("mfa_index")
