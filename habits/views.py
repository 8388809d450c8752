"""Today, the catalogue, one habit. Each view asks one domain function and shows what it said."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import PersonRequest
from habits import adopting, catalogue, checkins, ledger, putting_away, reminders, reminding, today
from habits.forms import AddForm, CheckInForm, DetailsForm, OwnHabitForm, ReminderForm, SearchForm, UndoForm
from habits.models import Habit, UserHabit
from wellness.htmx import page_or_fragment

# What a person reads when a check-in is refused. Nothing was written.
REFUSALS = {
    checkins.NotActive: gettext_lazy("쉬고 있거나 넣어 둔 습관이에요. 다시 시작하면 체크할 수 있어요."),
    checkins.Impossible: gettext_lazy("하루에 적을 수 있는 양을 넘었어요. 숫자를 확인해 주세요."),
    checkins.OutOfScale: gettext_lazy("기분과 기운은 1부터 10 사이에서 골라 주세요."),
    checkins.TooLong: gettext_lazy("메모는 2,000자까지 적을 수 있어요."),
    checkins.InTheFuture: gettext_lazy("아직 오지 않은 때예요. 기기의 시계를 확인해 주세요."),
    checkins.TooOld: gettext_lazy("시작하기 전이거나 너무 오래된 체크예요."),
}


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@require_safe
def show_today(request: PersonRequest) -> HttpResponse:
    context = today.page(request.user, now=_now())
    return page_or_fragment(request, "habits/today.html", context, fragment="around")


@require_safe
def show_around(request: PersonRequest) -> HttpResponse:
    """The parts of Today that a check-in changes besides its own row."""
    context = today.page(request.user, now=_now())
    return TemplateResponse(request, "habits/today.html#around", context)


@require_POST
def check_in(request: PersonRequest, pk: UUID) -> HttpResponse:
    now, form = _now(), CheckInForm(request.POST)
    if not form.is_valid():
        return _refused(request, pk, next(iter(form.errors.values()))[0])
    sent = form.cleaned_data
    try:
        details = checkins.Details(sent["mood"], sent["energy"], sent["note"])
        outcome = checkins.check_in(
            request.user, pk, key=sent["key"], at=sent["at"] or now, now=now, count=sent["count"], details=details
        )
    except UserHabit.DoesNotExist as error:
        raise Http404 from error
    except checkins.CheckInRefused as refusal:
        return _refused(request, pk, REFUSALS[type(refusal)])
    return _tapped(request, outcome, checked=True)


@require_POST
def undo(request: PersonRequest, pk: UUID) -> HttpResponse:
    form = UndoForm(request.POST)
    log_id = form.cleaned_data["log"] if form.is_valid() else None
    try:
        outcome = checkins.undo(request.user, pk, now=_now(), log_id=log_id)
    except UserHabit.DoesNotExist as error:
        raise Http404 from error
    if outcome is None:
        return _refused(request, pk, _("되돌릴 체크가 없어요."))
    return _tapped(request, outcome, checked=False)


@require_POST
def describe(request: PersonRequest, pk: UUID, log_id: UUID) -> HttpResponse:
    """Mood, then energy, offered after a check-in."""
    form = DetailsForm(request.POST)
    if not form.is_valid():
        return _refused(request, pk, next(iter(form.errors.values()))[0])
    sent = form.cleaned_data
    details = checkins.Details(sent["mood"], sent["energy"], sent["note"])
    try:
        log = checkins.describe(request.user, pk, log_id, details=details, now=_now())
    except UserHabit.DoesNotExist as error:
        raise Http404 from error
    if log is None:
        raise Http404
    if not request.htmx:
        return redirect("habits:today")
    row = {"id": pk, "after": today.after(pk, log_id, step="energy") if sent["mood"] else None}
    return TemplateResponse(request, "habits/today.html#after_next", {"row": row})


def _tapped(request: PersonRequest, outcome: checkins.Outcome, *, checked: bool) -> HttpResponse:
    if not request.htmx:
        return redirect("habits:today")
    response = _answer(request, pk=outcome.user_habit.pk, context=today.tapped(outcome, checked=checked))
    # Today asks for its ring and its sums once the taps have paused.
    response.headers["HX-Trigger"] = "checked"
    return response


def _refused(request: PersonRequest, pk: UUID, reason: object) -> HttpResponse:
    """The row as it is, with the reason; without JavaScript the reason waits on Today. Others' habits are 404."""
    user_habit = get_object_or_404(request.user.habits.with_habit(), pk=pk)
    if not request.htmx:
        messages.error(request, str(reason))
        return redirect("habits:today")
    context = today.refused(request.user, user_habit, reason=str(reason), now=_now())
    return _answer(request, pk=pk, context=context, status=422)


def _answer(request: PersonRequest, *, pk: UUID, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """The row on Today; on the habit's own page its number and its ledger."""
    if request.htmx.target != "now":
        return TemplateResponse(request, "habits/today.html#tapped", context, status=status)
    user_habit = get_object_or_404(request.user.habits.with_habit(), pk=pk)
    whole = ledger.page(request.user, user_habit, now=_now()) | context
    return TemplateResponse(request, "habits/habit.html#tapped", whole, status=status)


@require_safe
def show_catalogue(request: PersonRequest) -> HttpResponse:
    form = SearchForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {"q": "", "category": ""}
    context = catalogue.page(request.user, words=asked["q"], category=asked["category"])
    return page_or_fragment(request, "habits/catalogue.html", context, fragment="found")


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: PersonRequest, pk: UUID) -> HttpResponse:
    habit = get_object_or_404(Habit.objects.in_catalogue().select_related("category"), pk=pk)
    now = _now()
    form = AddForm(request.POST or None, habit=habit, day=request.user.calendar.day_of(now))
    if request.method != "POST" or not form.is_valid():
        return _sheet(request, form, habit)
    try:
        adopting.adopt(request.user, habit, choice=form.choice, at=now)
    except adopting.PlanFull as full:
        return _sheet(request, form, habit, full=full)
    except adopting.AlreadyChosen:
        messages.info(request, _("이미 하고 있는 습관이에요."))
    return _to_today(request)


@require_http_methods(["GET", "HEAD", "POST"])
def add_own(request: PersonRequest) -> HttpResponse:
    now = _now()
    form = OwnHabitForm(request.POST or None, day=request.user.calendar.day_of(now))
    if request.method != "POST" or not form.is_valid():
        return _sheet(request, form, None)
    try:
        adopting.make_own(request.user, form.own, choice=form.choice, at=now)
    except adopting.PlanFull as full:
        return _sheet(request, form, None, full=full)
    return _to_today(request)


@require_safe
def sentence(request: PersonRequest, pk: UUID | None = None) -> HttpResponse:
    """What the form says now, in words, while the person chooses."""
    day = request.user.calendar.day_of(_now())
    if pk:
        habit = get_object_or_404(Habit.objects.in_catalogue().select_related("category"), pk=pk)
        form: AddForm | OwnHabitForm = AddForm(request.GET, habit=habit, day=day)
    else:
        form = OwnHabitForm(request.GET, day=day)
    context = {"sentence": form.sentence, "sentence_url": request.path}
    return TemplateResponse(request, "habits/add.html#sentence", context)


def _sheet(
    request: PersonRequest,
    form: AddForm | OwnHabitForm,
    habit: Habit | None,
    *,
    full: adopting.PlanFull | None = None,
) -> HttpResponse:
    context = catalogue.sheet(form, habit, full=full) | {"in_sheet": bool(request.htmx)}
    status = 422 if full or form.errors else 200
    return page_or_fragment(request, "habits/add.html", context, fragment="sheet", status=status)


def _to_today(request: PersonRequest) -> HttpResponse:
    if request.htmx:
        return HttpResponse(headers={"HX-Redirect": reverse("habits:today")})
    return redirect("habits:today")


@require_safe
def show_habit(request: PersonRequest, pk: UUID) -> HttpResponse:
    user_habit = get_object_or_404(request.user.habits.with_habit(), pk=pk)
    context = ledger.page(request.user, user_habit, now=_now(), all_days="all" in request.GET)
    return TemplateResponse(request, "habits/habit.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def remind(request: PersonRequest, pk: UUID) -> HttpResponse:
    """When to be reminded of this habit: a part of its page, a page of its own without JavaScript."""
    user_habit, now = get_object_or_404(request.user.habits.with_habit(), pk=pk), _now()
    form = ReminderForm(request.POST) if request.method == "POST" else None
    if form and form.is_valid():
        user_habit = reminders.choose(request.user, pk, **form.cleaned_data, at=now)
        if not request.htmx:
            return redirect("habits:habit", pk=pk)
    context = reminding.panel(request.user, user_habit, form=form, now=now) | {"name": user_habit.name}
    return page_or_fragment(
        request, "habits/reminders.html", context, fragment="panel", status=422 if form and form.errors else 200
    )


@require_POST
def change_status(request: PersonRequest, pk: UUID, status: str) -> HttpResponse:
    user_habit = get_object_or_404(request.user.habits, pk=pk)
    try:
        putting_away.change(request.user, user_habit.pk, status=status, at=_now())
    except adopting.PlanFull as full:
        messages.info(request, catalogue.full_text(full))
    return redirect("habits:habit", pk=pk)
