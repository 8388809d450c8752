"""The inbox, the settings, and what devices say: here I am, it was shown, it was pressed."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from pydantic import ValidationError

from accounts.http import PersonRequest
from accounts.models import User
from core.htmx import page_or_fragment
from notifications import consent_notices, devices, inbox, preferences, unsubscribe_links
from notifications.channels import web_push
from notifications.forms import ConsentForm, DeviceAddress, DeviceRegistration, SettingsForm
from notifications.models import Notification, NotificationDelivery


@require_safe
@never_cache
def show_inbox(request: PersonRequest) -> HttpResponse:
    return page_or_fragment(
        request, "notifications/inbox.html", inbox.page(request.user, now=timezone.now()), fragment="inbox"
    )


@require_safe
@never_cache
def show_bell(request: PersonRequest) -> HttpResponse:
    """The bell with its number, for the head of any page."""
    return TemplateResponse(request, "notifications/bell.html", inbox.bell(request.user, now=timezone.now()))


@require_safe
@never_cache
def open_one(request: PersonRequest, pk: UUID) -> HttpResponse:
    """Leads to what it is about; having followed it, it is read."""
    try:
        return redirect(inbox.open_one(request.user, pk, now=timezone.now()))
    except Notification.DoesNotExist as error:
        raise Http404 from error


@require_POST
def read_all(request: PersonRequest) -> HttpResponse:
    inbox.read_all(request.user, now=timezone.now())
    return _inbox(request)


@require_POST
def clear(request: PersonRequest, pk: UUID | None = None) -> HttpResponse:
    if not inbox.clear(request.user, now=timezone.now(), notification_id=pk) and pk:
        raise Http404
    return _inbox(request)


def _inbox(request: PersonRequest) -> HttpResponse:
    if not request.htmx:
        return redirect("notifications:inbox")
    return TemplateResponse(request, "notifications/inbox.html#inbox", inbox.page(request.user, now=timezone.now()))


@require_http_methods(["GET", "HEAD", "POST"])
def change_settings(request: PersonRequest) -> HttpResponse:
    form = SettingsForm(request.POST or None, person=request.user)
    if request.method == "POST" and form.is_valid():
        preferences.save(request.user, form.chosen)
        messages.success(request, _("저장했어요."))
        return redirect("notifications:settings")
    context = _choices(request.user) | {"form": form, "types": [form[name] for name in form.TYPES]}
    return TemplateResponse(request, "notifications/settings.html", context, status=422 if form.errors else 200)


def _choices(user: User) -> dict[str, Any]:
    """What stands beside the form of the settings."""
    return {
        "consents": ConsentForm(initial=consent_notices.granted(user)),
        "renewable": consent_notices.are_old(user, now=timezone.now()),
        "devices": user.devices.filter(is_active=True).order_by("-last_used_at"),
        "vapid_key": web_push.public_key(),
    }


@require_POST
def change_consents(request: PersonRequest) -> HttpResponse:
    form = ConsentForm(request.POST)
    form.is_valid()
    consent_notices.change(request.user, answers=form.answers, at=timezone.now())
    messages.success(request, _("저장했어요."))
    return redirect("notifications:settings")


@require_POST
def renew_consents(request: PersonRequest) -> HttpResponse:
    consent_notices.renew(request.user, at=timezone.now())
    messages.success(request, _("계속 보내 드릴게요."))
    return redirect("notifications:settings")


@require_http_methods(["GET", "POST"])
@never_cache
def register_device(request: PersonRequest) -> HttpResponse:
    """A browser or an app that may be told from now on. Answers 422 to an address we do not send to.

    A GET gives the token that the POST needs to a service worker, which has no page to take it from.
    """
    if request.method == "GET":
        return JsonResponse({"csrf": get_token(request)})
    try:
        sent = DeviceRegistration.model_validate_json(request.body).model_dump()
        about = devices.About(*(sent.pop(name) for name in ("app_version", "device_model", "os_version")))
        device = devices.register(request.user, about=about, at=timezone.now(), **sent)
    except (ValidationError, devices.AddressRefused):
        return JsonResponse({"error": "address"}, status=422)
    return JsonResponse({"id": device.pk}, status=201)


@require_POST
def leave_device(request: PersonRequest) -> HttpResponse:
    try:
        sent = DeviceAddress.model_validate_json(request.body)
    except ValidationError:
        return JsonResponse({"error": "address"}, status=422)
    devices.leave(request.user, platform=sent.platform, address=sent.address)
    return HttpResponse(status=204)


@require_POST
def remove_device(request: PersonRequest, pk: UUID) -> HttpResponse:
    if not devices.remove(request.user, pk):
        raise Http404
    messages.success(request, _("그 기기에는 보내지 않아요."))
    return redirect("notifications:settings")


@require_safe
@never_cache
def tell(request: PersonRequest, pk: UUID) -> HttpResponse:
    """The words of a push, for the device that got its id. With them the token that its reports need."""
    try:
        told = inbox.told(request.user, pk)
    except NotificationDelivery.DoesNotExist as error:
        raise Http404 from error
    if told.pop("marketing"):
        with override(request.user.language):
            told["stop"] = {"title": _("그만 받기"), "url": unsubscribe_links.path(request.user)}
    return JsonResponse(told | {"csrf": get_token(request)})


@require_POST
def shown(request: PersonRequest, pk: UUID) -> HttpResponse:
    return _reported(request.user, pk, inbox.shown)


@require_POST
def clicked(request: PersonRequest, pk: UUID) -> HttpResponse:
    return _reported(request.user, pk, inbox.clicked)


def _reported(user: User, pk: UUID, report: Callable[..., None]) -> HttpResponse:
    try:
        report(user, pk, now=timezone.now())
    except NotificationDelivery.DoesNotExist as error:
        raise Http404 from error
    return HttpResponse(status=204)


@csrf_exempt  # the signature says whose it is; mail programs post it with one click (RFC 8058)
@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def opt_out(request: HttpRequest, signed: str) -> HttpResponse:
    user = unsubscribe_links.person(signed)
    if user is None:
        raise Http404
    unsubscribe_links.opt_out(user, at=timezone.now())
    return TemplateResponse(request, "notifications/stopped.html", {"signed": signed})


@login_not_required
@require_POST
def opt_in_again(request: HttpRequest, signed: str) -> HttpResponse:
    user = unsubscribe_links.person(signed)
    if user is None:
        raise Http404
    unsubscribe_links.opt_in_again(user, at=timezone.now())
    return TemplateResponse(request, "notifications/stopped.html", {"signed": signed, "again": True})
