"""Account pages: profile, calendar, privacy, devices; wrappers around allauth views."""

from uuid import UUID

from allauth.account import views as allauth_views
from allauth.account.utils import perform_login
from allauth.socialaccount.providers.apple import views as apple_views
from allauth.socialaccount.providers.apple.apple_session import APPLE_SESSION_COOKIE_NAME
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.sessions import LoginSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import (
    address_claims,
    consents,
    device_session,
    email_confirmation,
    privacy_settings,
    profile_page,
    second_factor,
    sessions,
    social,
)
from accounts.adapter import AppleAdapter
from accounts.forms import AgreementForm, ConfirmWithPasswordForm, PrivacyForm, ProfileForm, ViewForm
from accounts.http import DeviceRequest, PersonRequest
from accounts.models import UserConsent
from accounts.providers import PROVIDERS
from core.rate_limits import limited

# Bytes: a signed token of about 1 kB, a code, and at the first login a name.
APPLE_SIZE = 6 * 1024
# Seconds from Apple's answer to the page that reads it.
APPLE_AGE = 10 * 60

get_or_post = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def show_me(request: PersonRequest) -> HttpResponse:
    return render(request, "accounts/me.html", profile_page.page(request.user, at=timezone.now()))


@get_or_post
def change_profile(request: PersonRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=request.user, year=timezone.now().year)
    if form.is_valid():
        form.save()
        messages.success(request, _("저장했어요."))
        return redirect("accounts:me")
    return render(request, "accounts/profile.html", {"form": form}, status=422 if form.errors else 200)


@get_or_post
def change_view(request: PersonRequest) -> HttpResponse:
    form = ViewForm(request.POST or None, instance=request.user, at=timezone.now())
    if form.is_valid():
        person = form.save()
        with translation.override(person.language):
            messages.success(request, _("저장했어요."))
        return redirect("accounts:me")
    return render(request, "accounts/view.html", {"form": form}, status=422 if form.errors else 200)


@get_or_post
def change_privacy(request: PersonRequest) -> HttpResponse:
    form = PrivacyForm(request.POST or None, initial=privacy_settings.of(request.user).model_dump())
    if form.is_valid():
        privacy_settings.change(request.user, **form.cleaned_data)
        messages.success(request, _("저장했어요."))
        return redirect("accounts:me")
    abroad = consents.granted(request.user, UserConsent.Item.AI_ABROAD)
    return render(request, "accounts/privacy.html", {"form": form, "abroad": abroad})


@require_safe
def show_consents(request: PersonRequest) -> HttpResponse:
    statuses = consents.statuses(request.user)
    context = {
        "required": [status for status in statuses if status.required],
        "chosen": [status for status in statuses if not status.required],
    }
    return render(request, "accounts/consents.html", context)


@require_POST
def answer_consent(request: PersonRequest, item: str) -> HttpResponse:
    if item not in consents.ITEMS or request.POST.get("granted") not in ("yes", "no"):
        raise Http404
    try:
        consents.answer(request.user, item=item, granted=request.POST["granted"] == "yes", at=timezone.now())
    except consents.RequiredConsent:
        messages.info(request, _("이 동의는 계정을 지울 때 함께 철회돼요."))
    except consents.ErasureInProgress:
        messages.info(request, _("전에 남긴 기록을 지우는 중이에요. 몇 분 뒤에 다시 동의해 주세요."))
    else:
        messages.success(request, _("답을 저장했어요."))
    return redirect("accounts:consents")


@get_or_post
@never_cache
def agree(request: PersonRequest) -> HttpResponse:
    """Asks for the consents of an account whose former ones are void."""
    if not privacy_settings.of(request.user).must_agree:
        return redirect(settings.LOGIN_REDIRECT_URL)
    form = AgreementForm(request.POST or None)
    if form.is_valid():
        form.answer(request)
        return redirect(settings.LOGIN_REDIRECT_URL)
    return render(request, "accounts/agree.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
@never_cache
def show_devices(request: PersonRequest) -> HttpResponse:
    context = profile_page.devices_page(
        request.user, here=device_session.current_session_id(request), at=timezone.now()
    )
    return render(request, "accounts/devices.html", context)


@require_POST
def end_device(request: PersonRequest, pk: UUID) -> HttpResponse:
    if not sessions.end(request.user, pk):
        raise Http404
    if pk == device_session.current_session_id(request):
        return redirect("account_login")
    device_session.renew_auth_hash(request)
    messages.success(request, _("그 기기에서 로그아웃했어요."))
    return redirect("accounts:devices")


@require_POST
def end_other_devices(request: PersonRequest) -> HttpResponse:
    device_session.end_others(request, request.user)
    messages.success(request, _("다른 기기에서 모두 로그아웃했어요."))
    return redirect("accounts:devices")


@require_safe
@never_cache
def enrol_second_factor(request: PersonRequest, key: str) -> HttpResponse:
    """Opens the set-up of the first factor by a link from a superuser."""
    try:
        second_factor.use_link(request, key)
    except second_factor.UsedLink:
        messages.error(request, _("이 링크는 쓸 수 없어요. 관리자에게 새 링크를 받아 주세요."))
    else:
        messages.success(request, _("이제 2단계 인증을 켤 수 있어요."))
    return redirect("mfa_index")


@get_or_post
@login_not_required
@never_cache
@limited("provider", "30/m/ip")
def go_to_provider(request: HttpRequest, provider: str) -> HttpResponse:
    """Opens the provider from a page of ours.

    The content security policy allows no form to another site.
    """
    response = import_string(PROVIDERS[provider].login_view)(request)
    if response.status_code != 302:
        return response
    return render(request, "socialaccount/leaving.html", {"url": response.headers["Location"]})


@csrf_exempt
@require_POST
@login_not_required
@never_cache
@limited("apple", "30/m/ip")
def receive_from_apple(request: HttpRequest) -> HttpResponse:
    """Keeps Apple's answer for `finish_with_apple`, which the browser is sent to.

    Apple's site posts it, so the request carries no cookie of ours, and anyone may send it: the answer is small and kept for
    minutes in a session of its own, under a cookie as closed as our others.
    """
    if not social.is_enabled("apple"):
        raise Http404
    if len(request.POST.urlencode()) > APPLE_SIZE:
        raise SuspiciousOperation("an answer of Apple is smaller")
    _apple_session(request).store.set_expiry(APPLE_AGE)
    response = apple_views.oauth2_callback(request)
    if made := response.cookies.pop(APPLE_SESSION_COOKIE_NAME, None):
        _set_apple_cookie(response, made.value, age=APPLE_AGE)
    return response


@require_safe
@login_not_required
@never_cache
def finish_with_apple(request: HttpRequest) -> HttpResponse:
    """Reads the kept answer and signs the person in; its session and its cookie end."""
    if not social.is_enabled("apple"):
        raise Http404
    session = _apple_session(request)
    response = OAuth2CallbackView.adapter_view(AppleAdapter)(request)
    session.delete()
    _set_apple_cookie(response, "", age=0)
    return response


def _apple_session(request: HttpRequest) -> LoginSession:
    # allauth's views use the session that is already at the request, whatever its cookie is called.
    return LoginSession(request, "apple_login_session", settings.APPLE_COOKIE_NAME)


def _set_apple_cookie(response: HttpResponse, value: str, *, age: int) -> None:
    name, secure = settings.APPLE_COOKIE_NAME, settings.HTTPS
    response.set_cookie(name, value, max_age=age, secure=secure, httponly=True, samesite="Lax")


@login_not_required
def not_found(request: HttpRequest) -> HttpResponse:
    raise Http404


@require_POST
@login_not_required
def decline_sign_up(request: HttpRequest) -> HttpResponse:
    """Ends a sign-up of a person under 14 or who does not agree.

    Deletes the provider's data at once.
    """
    request.session.flush()
    return render(request, "accounts/not_yet.html")


@get_or_post
@login_not_required
@never_cache
def confirm_email(request: DeviceRequest, key: str) -> HttpResponse:
    """Confirms an address by the link in the mail.

    The browser that requested the mail is signed in at once: it has proven both the mail and the account. Another one is
    asked for the password, since a person may be led to a link of an account that a stranger made.
    """
    address = email_confirmation.find_address(key)
    if address is None or email_confirmation.was_requested_here(request, address):
        return allauth_views.ConfirmEmailView.as_view()(request, key=key)
    if address.user.is_verified:
        return redirect_to_login(request.get_full_path())
    form = ConfirmWithPasswordForm(request.POST or None)
    if form.is_valid():
        try:
            person = email_confirmation.confirm(request, address, password=form.cleaned_data["password"])
            return perform_login(request, person, email=address.email, signup=True)
        except email_confirmation.WrongPassword as wrong:
            form.add_error("password", str(wrong) or _("비밀번호가 달라요. 다시 입력해 주세요."))
    context = {"form": form, "address": address, "has_password": address.user.has_usable_password()}
    return render(request, "accounts/confirm_elsewhere.html", context, status=422 if form.errors else 200)


@get_or_post
@login_not_required
@never_cache
@limited("confirm_sign_up", "10/m/ip")
def confirm_sign_up(request: DeviceRequest, key: str) -> HttpResponse:
    """Makes the account of a later sign-up with an address, by the link in its mail.

    At once in the browser of that sign-up; another one is asked for the password.
    """
    claim = address_claims.find(key, now=timezone.now())
    if claim is None:
        return render(request, "account/email_confirm.html")
    form = ConfirmWithPasswordForm(request.POST or None, claim=claim)
    if address_claims.was_made_here(request, key) or form.is_valid():
        person = address_claims.accept(claim)
        if person is None:
            return render(request, "account/email_confirm.html")
        return perform_login(request, person, email=claim.email, signup=True)
    context = {"form": form, "address": claim, "has_password": claim.password}
    return render(request, "accounts/confirm_elsewhere.html", context, status=422 if form.errors else 200)
