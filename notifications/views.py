"""Views of the inbox, the notification settings, and the reports of devices."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from pydantic import ValidationError

from accounts.http import PersonRequest
from accounts.models import User
from core.htmx import page_or_fragment
from notifications import consent_notices, devices, inbox, message_links, preferences, unsubscribe_links
from notifications.forms import ConsentForm, DeviceAddress, DeviceRegistration, NotificationSettingsForm
from notifications.pages import bell, inbox_list, push_message
from notifications.pages import settings as settings_page


@require_safe
@never_cache
def show_inbox(request: PersonRequest) -> HttpResponse:
    return page_or_fragment(
        request, "notifications/inbox.html", inbox_list.page(request.user, now=timezone.now()), fragment="inbox"
    )


@require_safe
@never_cache
def show_bell(request: PersonRequest) -> HttpResponse:
    """The bell with its count, for the header of any page."""
    return TemplateResponse(request, "notifications/bell.html", bell.bell(request.user, now=timezone.now()))


@require_safe
@never_cache
def open_one(request: PersonRequest, pk: UUID) -> HttpResponse:
    """Redirects to the notification's target and marks it as read."""
    notification = inbox.follow(request.user, pk, now=timezone.now())
    return redirect(message_links.target_path(notification))


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
    return TemplateResponse(
        request, "notifications/inbox.html#inbox", inbox_list.page(request.user, now=timezone.now())
    )


@require_http_methods(["GET", "HEAD", "POST"])
def change_settings(request: PersonRequest) -> HttpResponse:
    form, consents = NotificationSettingsForm(request.POST or None, person=request.user), ConsentForm(request.POST)
    if request.method == "POST" and form.is_valid() and consents.is_valid():
        with transaction.atomic():
            preferences.save(request.user, form.chosen)
            consent_notices.save_answers(request.user, answers=consents.answers, at=timezone.now())
        messages.success(request, _("저장했어요."))
        return redirect("notifications:settings")
    context = settings_page.page(request.user, now=timezone.now()) | {"form": form}
    if request.method == "POST":
        context["consents"] = consents
    return TemplateResponse(request, "notifications/settings.html", context, status=422 if form.errors else 200)


@require_POST
def renew_consents(request: PersonRequest) -> HttpResponse:
    consent_notices.renew(request.user, at=timezone.now())
    messages.success(request, _("계속 보내 드릴게요."))
    return redirect("notifications:settings")


@require_http_methods(["GET", "POST"])
@never_cache
def register_device(request: PersonRequest) -> HttpResponse:
    """Registers a browser or an app for pushes.

    Answers 422 to an address that no channel sends to.

    GET returns the CSRF token for the POST of a service worker, which has no page to take it from.
    """
    if request.method == "GET":
        return JsonResponse({"csrf": get_token(request)})
    try:
        sent = DeviceRegistration.model_validate_json(request.body).model_dump()
        description = devices.DeviceDescription(
            *(sent.pop(name) for name in ("app_version", "device_model", "os_version"))
        )
        device = devices.register(request.user, description=description, at=timezone.now(), **sent)
    except (ValidationError, devices.AddressRejected):
        return JsonResponse({"error": "address"}, status=422)
    return JsonResponse({"id": device.pk}, status=201)


@require_POST
def leave_device(request: PersonRequest) -> HttpResponse:
    try:
        sent = DeviceAddress.model_validate_json(request.body)
    except ValidationError:
        return JsonResponse({"error": "address"}, status=422)
    devices.unregister(request.user, platform=sent.platform, address=sent.address)
    return HttpResponse(status=204)


@require_POST
def remove_device(request: PersonRequest, pk: UUID) -> HttpResponse:
    if not devices.delete(request.user, pk):
        raise Http404
    messages.success(request, _("그 기기에는 보내지 않아요."))
    return redirect("notifications:settings")


@require_safe
@never_cache
def show_push(request: PersonRequest, pk: UUID) -> HttpResponse:
    """The text of a push for the device that received its id, and a CSRF token for its reports."""
    content = push_message.content(request.user, pk)
    return JsonResponse(content | {"csrf": get_token(request)})


@require_POST
def shown(request: PersonRequest, pk: UUID) -> HttpResponse:
    return _reported(request.user, pk, inbox.mark_shown)


@require_POST
def clicked(request: PersonRequest, pk: UUID) -> HttpResponse:
    return _reported(request.user, pk, inbox.mark_clicked)


def _reported(user: User, pk: UUID, report: Callable[..., None]) -> HttpResponse:
    report(user, pk, now=timezone.now())
    return HttpResponse(status=204)


@csrf_exempt  # the signature identifies the person; mail programs post it with one click (RFC 8058)
@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def opt_out(request: HttpRequest, signed: str) -> HttpResponse:
    user = unsubscribe_links.user_of(signed)
    if user is None:
        raise Http404
    unsubscribe_links.stop_advertising(user, at=timezone.now())
    return TemplateResponse(request, "notifications/stopped.html", {"signed": signed})


@login_not_required
@require_POST
def opt_in_again(request: HttpRequest, signed: str) -> HttpResponse:
    user = unsubscribe_links.user_of(signed)
    if user is None:
        raise Http404
    if not unsubscribe_links.resume_advertising(user, at=timezone.now()):
        return redirect("notifications:settings")
    return TemplateResponse(request, "notifications/stopped.html", {"signed": signed, "again": True})
