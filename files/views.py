"""Photos for those whose they are, and the picture beside one's name."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.csp import CSP
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import PersonRequest
from core.rate_limits import limited
from core.request_guard import takes_up_to
from files import avatars, images, links, refusal_texts

# Whatever a browser took the bytes for, nothing of them would run.
_PICTURE: dict[str, Any] = {"default-src": [CSP.NONE], "frame-ancestors": [CSP.NONE], "sandbox": True}


@require_safe
@never_cache
def go(request: PersonRequest, pk: UUID, size: links.Size) -> HttpResponse:
    """The lasting address, as the export and the database know it: on to the one that opens for a while."""
    file = links.own(request.user, pk)
    if file is None:
        raise Http404
    return redirect(links.address(file, size, at=timezone.now()))


@require_safe
@csp_override(_PICTURE)
def show(request: PersonRequest, pk: UUID, size: links.Size, until: int, seal: str) -> HttpResponse | FileResponse:
    now = timezone.now()
    photo = links.open_(request.user, pk, size=size, until=until, seal=seal, at=now)
    if photo is None:
        raise Http404
    response = FileResponse(photo.bytes, content_type=images.MIME_TYPE, filename=photo.name)
    age = int(until - now.timestamp()) if photo.is_final else 0
    response.headers["Cache-Control"] = f"private, max-age={age}"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@takes_up_to(images.MOST_BODY)
@limited("upload", "60/h/user")
def change_avatar(request: PersonRequest) -> HttpResponse:
    refused = ""
    if request.method == "POST":
        sent = request.FILES.get("photo")
        try:
            avatars.choose(request.user, sent.read() if sent else b"", at=timezone.now())
        except images.PhotoRefused as refusal:
            refused = refusal_texts.why(refusal)
        else:
            messages.success(request, _("사진을 바꿨어요."))
            return redirect("files:avatar")
    context = {"refused": refused, "accept": images.ACCEPT}
    return render(request, "files/avatar.html", context, status=422 if refused else 200)


@require_POST
def remove_avatar(request: PersonRequest) -> HttpResponse:
    avatars.remove(request.user)
    messages.success(request, _("사진을 지웠어요."))
    return redirect("files:avatar")
