"""Pages of circles and of challenges. A circle that the person is not in is 404."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import PersonRequest
from circles import blocks, challenges, cheers, invitations, membership, sharing, together, visibility, weekly_board
from circles.forms import CheerForm, HabitsForm, JoinForm, NamesForm
from circles.models import Challenge, CircleBlock, CircleMember, PrivateHabit
from circles.pages import challenge_list, circle_detail, invitation
from core.rate_limits import limited

REFUSALS = {
    membership.CircleFull: gettext_lazy("열 명이 다 찼어요. 한 사람이 나가면 들어갈 수 있어요."),
    membership.TooManyCircles: gettext_lazy("모임은 다섯 곳까지 들어갈 수 있어요."),
    together.TogetherFull: gettext_lazy("다섯 사람이 이미 함께 잇고 있어요."),
    together.NotByTheDay: gettext_lazy("날마다 하는 템플릿 습관만 함께 이을 수 있어요."),
}


@require_safe
@never_cache
def show_all(request: PersonRequest) -> HttpResponse:
    """The person's first circle, or how to begin one."""
    first = request.user.circles.order_by("joined_at").first()
    if first:
        return redirect("circles:circle", circle=first.circle_id)
    context = {"challenge": challenge_list.current(request.user, now=timezone.now())}
    return render(request, "circles/none.html", context)


@require_safe
@never_cache
def show_circle(request: PersonRequest, circle: UUID) -> HttpResponse:
    context = circle_detail.page(_member(request, circle), now=timezone.now())
    return render(request, "circles/circle.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@limited("circle", "10/h/user")
def create(request: PersonRequest) -> HttpResponse:
    form = NamesForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "circles/names.html", {"form": form, "is_new": True})
    try:
        member = membership.create(request.user, **form.cleaned_data)
    except membership.MembershipRefused as refusal:
        form.add_error(None, str(REFUSALS[type(refusal)]))
        return render(request, "circles/names.html", {"form": form, "is_new": True}, status=422)
    return redirect("circles:habits", circle=member.circle_id)


@require_http_methods(["GET", "HEAD", "POST"])
def rename(request: PersonRequest, circle: UUID) -> HttpResponse:
    member = _member(request, circle)
    initial = {"circle_name": member.circle_name, "nickname": member.nickname}
    form = NamesForm(request.POST or None, initial=initial)
    form.fields["circle_name"].help_text = _("모임 이름은 내게만 바뀌어 보여요.")
    if request.method != "POST" or not form.is_valid():
        return render(request, "circles/names.html", {"form": form, "circle": circle})
    membership.rename(member, **form.cleaned_data)
    return redirect("circles:circle", circle=circle)


@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: PersonRequest, circle: UUID) -> HttpResponse:
    """The habits that are shown to this circle, and those that are never shown."""
    member, now = _member(request, circle), timezone.now()
    form = HabitsForm(
        request.POST or None, person=request.user, chosen=member.shared.values_list("user_habit", flat=True)
    )
    if request.method == "POST" and form.is_valid():
        sharing.choose(member, form.cleaned_data["habits"], today=request.user.calendar.day_of(now))
        return redirect("circles:circle", circle=circle)
    context = {"form": form, "circle": circle, "private": _private(request), "to_hide": sharing.shareable(request.user)}
    return render(request, "circles/habits.html", context)


@require_POST
def set_private(request: PersonRequest, circle: UUID, pk: UUID) -> HttpResponse:
    """Keeps a habit private, or lets it be shared again."""
    member = _member(request, circle)
    user_habit = get_object_or_404(request.user.habits, pk=pk)
    if "allow" in request.POST:
        sharing.allow(user_habit)
    else:
        sharing.keep_private(user_habit)
    return redirect("circles:habits", circle=member.circle_id)


@require_POST
@limited("invitation", "30/h/user")
def invite(request: PersonRequest, circle: UUID) -> HttpResponse:
    """Opens a new invitation link, or closes the open one."""
    member = _member(request, circle)
    if "close" in request.POST:
        invitations.close(member)
    else:
        invitations.make(member, now=timezone.now())
    return redirect("circles:circle", circle=circle)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@limited("join", "30/h/user")
def join(request: PersonRequest, token: str) -> HttpResponse:
    """An invitation: what it leads to, and the choice of what is shown there."""
    now = timezone.now()
    try:
        found = invitations.find(token, request.user, now=now)
    except invitations.InvitationClosed:
        return render(request, "circles/closed.html", status=410)
    if member := CircleMember.objects.filter(circle=found.circle_id, user=request.user).first():
        return redirect("circles:circle", circle=member.circle_id)
    form = JoinForm(request.POST or None, person=request.user)
    if request.method != "POST" or not form.is_valid():
        return render(request, "circles/join.html", invitation.page(found, form))
    return _join_response(request, token, form, invitation.page(found, form), now=now)


def _join_response(
    request: PersonRequest, token: str, form: JoinForm, context: dict[str, Any], *, now: dt.datetime
) -> HttpResponse:
    try:
        member = invitations.accept(token, request.user, nickname=form.cleaned_data["nickname"], now=now)
    except invitations.InvitationClosed:
        return render(request, "circles/closed.html", status=410)
    except membership.MembershipRefused as refusal:
        return render(request, "circles/join.html", context | {"error": REFUSALS[type(refusal)]}, status=422)
    sharing.choose(member, form.cleaned_data["habits"], today=request.user.calendar.day_of(now))
    return redirect("circles:circle", circle=member.circle_id)


@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: PersonRequest, circle: UUID) -> HttpResponse:
    member = _member(request, circle)
    if request.method != "POST":
        return render(request, "circles/leave.html", {"member": member})
    membership.leave(member)
    messages.success(request, _("모임에서 나왔어요. 내 기록은 그대로예요."))
    return redirect("circles:circles")


@require_POST
@limited("cheer", "200/h/user")
def cheer(request: PersonRequest, circle: UUID, shared: UUID) -> HttpResponse:
    form = CheerForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("여섯 가지 가운데 골라 주세요."))
        return redirect("circles:circle", circle=circle)
    try:
        cheers.send(_member(request, circle), shared, form.cleaned_data["sign"], now=timezone.now())
    except cheers.NotShown as error:
        raise Http404 from error
    return redirect("circles:circle", circle=circle)


@require_POST
def keep_together(request: PersonRequest, circle: UUID, shared: UUID) -> HttpResponse:
    """Takes part in a streak kept together, or ends the own part."""
    member = _member(request, circle)
    own = get_object_or_404(visibility.shown_by(member).select_related("user_habit__habit"), pk=shared)
    if "end" in request.POST:
        together.end(own)
        return redirect("circles:circle", circle=circle)
    try:
        together.join(member, own, today=request.user.calendar.day_of(timezone.now()))
    except together.TogetherRefused as refusal:
        messages.error(request, str(REFUSALS[type(refusal)]))
    return redirect("circles:circle", circle=circle)


@require_POST
def agree_to_board(request: PersonRequest, circle: UUID) -> HttpResponse:
    """Agrees to the weekly board for oneself, or withdraws."""
    member = _member(request, circle)
    if "withdraw" in request.POST:
        weekly_board.withdraw(member)
    else:
        weekly_board.agree(member, now=timezone.now())
    return redirect("circles:circle", circle=circle)


@require_http_methods(["GET", "HEAD", "POST"])
def block(request: PersonRequest, circle: UUID, other: UUID) -> HttpResponse:
    member = _member(request, circle)
    somebody = get_object_or_404(visibility.others(member), pk=other)
    if request.method != "POST":
        return render(request, "circles/block.html", {"member": member, "other": somebody})
    blocks.block(request.user, somebody)
    return redirect("circles:circle", circle=circle)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def show_blocked(request: PersonRequest) -> HttpResponse:
    """The people whom the person has blocked, and the end of a block."""
    if request.method == "POST":
        found = get_object_or_404(CircleBlock, blocker=request.user, pk=_uuid(request))
        blocks.unblock(request.user, found.pk)
        return redirect("circles:blocked")
    rows = CircleBlock.objects.filter(blocker=request.user).order_by("created_at")
    return render(request, "circles/blocked.html", {"blocks": rows})


@require_safe
@never_cache
def show_challenges(request: PersonRequest) -> HttpResponse:
    return render(request, "circles/challenges.html", challenge_list.page(request.user, now=timezone.now()))


@require_POST
def take_challenge(request: PersonRequest, pk: UUID) -> HttpResponse:
    """Joins a published challenge, or leaves one."""
    now = timezone.now()
    if "leave" in request.POST:
        challenges.leave(request.user, get_object_or_404(Challenge, pk=pk, parts__user=request.user))
        return redirect("circles:challenges")
    challenge = get_object_or_404(Challenge.objects.live(now), pk=pk)
    try:
        challenges.join(request.user, challenge, today=request.user.calendar.day_of(now))
    except challenges.ChallengeClosed:
        messages.error(request, _("이달에는 남은 날이 적어요. 다음 달에 함께해요."))
    return redirect("circles:challenges")


def _uuid(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("block", ""))
    except ValueError as error:
        raise Http404 from error


def _private(request: PersonRequest) -> list[PrivateHabit]:
    found = PrivateHabit.objects.filter(user_habit__user=request.user).select_related("user_habit__habit")
    return list(found.order_by("created_at"))


def _member(request: PersonRequest, circle: UUID) -> CircleMember:
    if member := membership.of_circle(request.user, circle):
        return member
    raise Http404
