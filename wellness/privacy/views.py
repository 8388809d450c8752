"""Pages of the export, the withdrawal of consent to health data, and account deletion."""

from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import PersonRequest
from accounts.models import User
from core.htmx import page_or_fragment
from core.rate_limits import limited
from wellness.privacy import account_deletion, exports, health_withdrawal
from wellness.privacy.erasure import GRACE
from wellness.privacy.models import DataExport


@require_http_methods(["GET", "POST"])
@never_cache
@reauthentication_required(allow_get=True)
@limited("export", "5/h/user")
def export(request: PersonRequest) -> HttpResponse:
    if request.method == "POST":
        kind = request.POST.get("kind", "")
        exports.request(request.user, kind if kind in DataExport.Kind else DataExport.Kind.EVERYTHING)
        return redirect("export")
    found = exports.latest(request.user, now=timezone.now())
    context = {"export": found, "days": exports.KEPT_FOR.days}
    return page_or_fragment(request, "privacy/export.html", context, fragment="progress")


@require_safe
@never_cache
@reauthentication_required
def download(request: PersonRequest, export_id: UUID) -> HttpResponse | FileResponse:
    found = exports.finished(request.user, export_id, now=timezone.now())
    if found is None:
        raise Http404
    try:
        file = exports.open_file(found)
    except FileNotFoundError as error:
        raise Http404 from error
    # With its length, a browser sees that a download which broke off is incomplete.
    return FileResponse(
        file, as_attachment=True, filename=exports.file_name(found), headers={"Content-Length": found.file_size}
    )


@require_safe
@never_cache
def withdraw_health(request: PersonRequest) -> HttpResponse:
    """What will be deleted, shown before the consent to health data is withdrawn."""
    return render(request, "privacy/withdraw_health.html", {"goes": health_withdrawal.deletion_preview(request.user)})


@require_http_methods(["GET", "POST"])
@never_cache
@reauthentication_required(allow_get=True)
def delete_account(request: PersonRequest) -> HttpResponse:
    if request.method == "GET":
        return render(request, "privacy/leave.html", {"days": GRACE.days})
    erased_at = account_deletion.request_deletion(request.user, at=timezone.now())
    mail = {"day": request.user.calendar.day_of(erased_at), "days": GRACE.days}
    get_adapter(request).send_notification_mail("privacy/email/leaving", request.user, mail)
    logout(request)
    return redirect("bye")


@require_safe
@login_not_required
def account_deleted(request: HttpRequest) -> HttpResponse:
    return render(request, "privacy/bye.html", {"days": GRACE.days})


@require_http_methods(["GET", "POST"])
@login_not_required
@never_cache
def restore_account(request: HttpRequest) -> HttpResponse:
    """Cancels a deletion, for a person who has just signed in.

    See `AccountAdapter.respond_user_inactive`.
    """
    user_id = request.session.get("leaving")
    user = User.objects.filter(pk=user_id, anonymised_at=None).first() if user_id else None
    if user is None or user.deletion_requested_at is None:
        return redirect("account_login")
    if request.method == "GET":
        now = timezone.now()
        context = {
            "days": account_deletion.days_left(user, now=now),
            "waits": account_deletion.waits_for_gateway(user, now=now),
        }
        return render(request, "privacy/come_back.html", context)
    account_deletion.cancel_deletion(user.pk, at=timezone.now())
    request.session.flush()
    messages.success(request, _("다시 왔네요. 기록은 그대로예요. 한 번 더 로그인해 주세요."))
    return redirect("account_login")
