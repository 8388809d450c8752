"""Pages of achievements, and the picture behind a share link."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.http import DeviceRequest, PersonRequest
from core.rate_limits import limited
from gamification import share_cards
from gamification.forms import ShareForm
from gamification.models import UserAchievement
from gamification.pages import achievement_list
from notifications import holds


@require_safe
def show_all(request: PersonRequest) -> HttpResponse:
    context = achievement_list.page(request.user, now=timezone.now())
    return render(request, "gamification/achievements.html", context)


@require_safe
def show_one(request: PersonRequest, pk: str) -> HttpResponse:
    earned, now = _earned(request, pk), timezone.now()
    if achievement_list.is_about_streaks(earned.achievement) and holds.is_held(request.user, now):
        return redirect("gamification:achievements")
    context = achievement_list.detail(request.user, earned, now=now)
    return render(request, "gamification/achievement.html", context)


@require_POST
@limited("share", "30/h/user")
def share(request: PersonRequest, pk: str) -> HttpResponse:
    """Opens a share link with what the person chose, or closes it."""
    earned, form = _earned(request, pk), ShareForm(request.POST)
    if "close" in request.POST:
        share_cards.close(earned)
    elif form.is_valid():
        try:
            share_cards.make(earned, **form.cleaned_data, now=timezone.now())
        except UserAchievement.DoesNotExist as gone:
            raise Http404 from gone
    return redirect("gamification:achievement", pk=pk)


@require_safe
@login_not_required
@never_cache
@limited("card", "60/m/ip", counts_get=True)
def show_card(request: DeviceRequest, token: str) -> HttpResponse:
    """The picture of an open share link, for everybody who has the link."""
    card = share_cards.find(token, now=timezone.now())
    if card is None:
        raise Http404
    from gamification.pages import share_picture  # noqa: PLC0415 -- Pillow is large, and no other page needs it

    response = HttpResponse(share_picture.png(card), content_type="image/png")
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _earned(request: PersonRequest, pk: str) -> UserAchievement:
    return get_object_or_404(request.user.achievements.select_related("achievement"), achievement=pk)
