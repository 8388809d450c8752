"""Photos for their owners, and the page of the profile picture."""

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
from files import avatars, images, links, pages

# Whatever type a browser assumes, it runs nothing in the file.
_PHOTO_CSP: dict[str, Any] = {"default-src": [CSP.NONE], "frame-ancestors": [CSP.NONE], "sandbox": True}


@require_safe
@never_cache
def redirect_to_photo(request: PersonRequest, pk: UUID, size: links.Size) -> HttpResponse:
    """Redirects from the lasting address to a signed one."""
    file = links.file_of(request.user, pk)
    if file is None:
        raise Http404
    return redirect(links.signed_address(file, size, at=timezone.now()))


@require_safe
@csp_override(_PHOTO_CSP)
def photo(
    request: PersonRequest, pk: UUID, size: links.Size, until: int, signature: str
) -> HttpResponse | FileResponse:
    now = timezone.now()
    found = links.open_photo(request.user, pk, size=size, until=until, signature=signature, at=now)
    if found is None:
        raise Http404
    response = FileResponse(found.bytes, content_type=images.MIME_TYPE, filename=found.name)
    age = int(until - now.timestamp()) if found.is_final else 0
    response.headers["Cache-Control"] = f"private, max-age={age}"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@takes_up_to(images.MAX_BODY)
@limited("upload", "60/h/user")
def change_avatar(request: PersonRequest) -> HttpResponse:
    refused = ""
    if request.method == "POST":
        sent = request.FILES.get("photo")
        try:
            avatars.choose(request.user, sent.read() if sent else b"", at=timezone.now())
        except images.PhotoRefused as refusal:
            refused = pages.refusal_text(refusal)
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
