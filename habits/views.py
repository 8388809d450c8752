"""Pages of Today, the catalogue, a habit, its days and all habits.

Each view makes one domain call. A habit or a check-in that is gone, also one that goes meanwhile, is 404
(core/missing_objects.py).
"""

import datetime as dt
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import PersonRequest
from billing.pages import return_addresses
from core.form_fields import offered
from core.htmx import page_or_fragment
from core.rate_limits import limited
from core.request_guard import takes_up_to
from files import pages as photo_pages
from files import storage
from habits import (
    archiving,
    check_in_details,
    checkins,
    corrections,
    deletion,
    editing,
    enrollment,
    month_goals,
    ordering,
    pauses,
    photos,
    plan_limits,
    reminders,
)
from habits.forms import (
    AddForm,
    DetailsForm,
    EditForm,
    EditOwnForm,
    GoalForm,
    HabitForm,
    HabitSearchForm,
    KeepForm,
    LogForm,
    MonthForm,
    OrderForm,
    OwnHabitForm,
    PastLogForm,
    PauseForm,
    ReminderForm,
    TotalForm,
    UndoForm,
    first_error,
    read_tap,
)
from habits.models import Habit, HabitLog, UserHabit
from habits.pages import (
    catalogue,
    check_in_photos,
    day_detail,
    fragments,
    habit_detail,
    habit_list,
    notes_journal,
    past_day,
    reminder_settings,
    today,
)

# Messages for refused check-ins. Nothing was written.
REFUSALS = {
    checkins.NotActive: gettext_lazy("쉬고 있거나 보관한 습관이에요. 다시 시작하면 체크할 수 있어요."),
    checkins.OverPlan: gettext_lazy(
        "요금제의 한도를 넘은 습관이라 볼 수만 있어요. ‘오늘’의 안내에서 계속할 습관을 고를 수 있어요."
    ),
    checkins.ImpossibleAmount: gettext_lazy("하루에 기록할 수 있는 양을 넘었어요. 숫자를 확인해 주세요."),
    checkins.InTheFuture: gettext_lazy("아직 오지 않은 때예요. 날짜와 시각을 확인해 주세요."),
    checkins.TooOld: gettext_lazy("시작하기 전이거나 너무 오래된 체크예요."),
    check_in_details.OutOfScale: gettext_lazy("기분과 기운은 1부터 10 사이에서 골라 주세요."),
    check_in_details.TooLong: gettext_lazy("메모는 2,000자까지 쓸 수 있어요."),
    check_in_details.NotShared: gettext_lazy("기분·기운·메모·장소·사진은 건강 정보에 동의한 뒤에 남길 수 있어요."),
    photos.Enough: gettext_lazy("체크 하나에 사진은 네 장까지예요."),
    pauses.EndsBeforeItBegins: gettext_lazy("마지막 날이 시작하는 날보다 앞서요."),
    pauses.OutOfReach: gettext_lazy("오늘에서 한 해 안쪽의 날을 골라 주세요."),
}
# Messages after a change of status.
CHANGED = {
    UserHabit.Status.ACTIVE: gettext_lazy("다시 시작했어요."),
    UserHabit.Status.PAUSED: gettext_lazy("쉬는 날을 저장했어요."),
    UserHabit.Status.ARCHIVED: gettext_lazy("보관했어요. 기록은 그대로 남아요."),
}
REFUSED = (checkins.CheckInRefused, check_in_details.DetailsRefused)


@require_safe
def show_today(request: PersonRequest) -> HttpResponse:
    """Today; to htmx the group that was folded and is now opened."""
    context = today.page(request.user, now=timezone.now(), opened=request.GET.get("open", ""))
    if context["group"] is None:
        return TemplateResponse(request, "habits/today.html", context)
    return page_or_fragment(request, "habits/today.html", context, fragment="group")


@require_safe
def show_past_day(request: PersonRequest, day: dt.date) -> HttpResponse:
    """All habits of a day before today; today's own address is Today."""
    today_is = request.user.calendar.day_of(timezone.now())
    if day > today_is:
        raise Http404
    if day == today_is:
        return redirect("habits:today")
    return TemplateResponse(request, "habits/past_day.html", past_day.page(request.user, day, today=today_is))


@require_safe
def show_around(request: PersonRequest) -> HttpResponse:
    """The parts of Today that a check-in changes besides its row, after one made elsewhere."""
    return HttpResponse(fragments.around_answer(**today.around_all(request.user, now=timezone.now())))


@require_POST
def check_in(request: PersonRequest, pk: UUID) -> HttpResponse:
    now = timezone.now()
    try:
        tap = read_tap(request.POST)
        outcome = checkins.check_in(
            request.user, pk, key=tap.key, at=tap.at or now, now=now, count=tap.count, details=tap.details,
            wants_rows=_is_on_today(request.htmx.target),
        )  # fmt: skip
    except ValidationError as invalid:
        return _refusal_response(request, pk, invalid.messages[0])
    except REFUSED as refusal:
        return _refusal_response(request, pk, REFUSALS[type(refusal)])
    return _check_in_response(request, outcome, checked=True)


@require_POST
def undo(request: PersonRequest, pk: UUID) -> HttpResponse:
    form = UndoForm(request.POST)
    if not form.is_valid():
        return _refusal_response(request, pk, first_error(form))
    outcome = checkins.undo(request.user, pk, now=timezone.now(), log_id=form.cleaned_data["log"])
    if outcome is None:
        return _refusal_response(request, pk, _("되돌릴 체크가 없어요."))
    return _check_in_response(request, outcome, checked=False)


@require_POST
def describe(request: PersonRequest, pk: UUID, log_id: UUID) -> HttpResponse:
    """Save mood, then energy, after a check-in."""
    form = DetailsForm(request.POST)
    if not form.is_valid():
        return _refusal_response(request, pk, first_error(form))
    try:
        log = checkins.describe(request.user, pk, log_id, details=form.details, now=timezone.now())
    except REFUSED as refusal:
        return _refusal_response(request, pk, REFUSALS[type(refusal)])
    if log is None:
        raise Http404
    if not request.htmx:
        return redirect("habits:today")
    step = "energy" if form.cleaned_data["mood"] else "more"
    row = {"id": pk, "after": today.after_check_in(pk, log_id, step=step)}
    return TemplateResponse(request, "habits/today.html#after_next", {"row": row})


def _is_on_today(row: str | None) -> bool:
    """`row` is the id of a row of Today: not the habit's on its own page, and not none, as when stored offline."""
    return (row or "").startswith("row-")


def _check_in_response(request: PersonRequest, outcome: checkins.Outcome, *, checked: bool) -> HttpResponse:
    if not request.htmx:
        return redirect("habits:today")
    context = today.check_in_context(outcome, checked=checked)
    return _outcome_response(request, outcome, context, row=request.htmx.target)


def _outcome_response(
    request: PersonRequest, outcome: checkins.Outcome, context: dict[str, Any], *, row: str | None
) -> HttpResponse:
    """One answer with all that a check-in changes on Today.

    With very many habits Today asks for its ring and sums once the taps have paused; the page of the habit so asks for
    its insights.
    """
    is_whole = _is_on_today(row) and not today.is_folded(outcome)
    if is_whole:
        context["around"] = today.around(outcome, now=timezone.now())
    response = _row_response(request, row=row, pk=outcome.user_habit.pk, context=context)
    if not is_whole:
        response.headers["HX-Trigger"] = "stale" if _is_on_today(row) else "checked"
    return response


def _refusal_response(request: PersonRequest, pk: UUID, reason: object) -> HttpResponse:
    """The unchanged row with the reason; without JavaScript Today shows it.

    Others' habits are 404.
    """
    user_habit = get_object_or_404(request.user.habits.with_habit(), pk=pk)
    if not request.htmx:
        messages.error(request, str(reason))
        return redirect("habits:today")
    context = today.refusal_context(request.user, user_habit, reason=str(reason), now=timezone.now())
    return _row_response(request, row=request.htmx.target, pk=pk, context=context, status=422)


def _row_response(
    request: PersonRequest, *, row: str | None, pk: UUID, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """The row on Today; on the page of the habit its number, month and ledger."""
    if row != "now":
        return HttpResponse(fragments.check_in_answer(**context), status=status)
    if context["toast"]:
        context["toast"]["undo_target"] = "#now"
    user_habit = habit_detail.find(request.user, pk)
    whole = habit_detail.page(request.user, user_habit, now=timezone.now()) | context
    return TemplateResponse(request, "habits/habit.html#tapped", whole, status=status)


@require_safe
def show_catalogue(request: PersonRequest) -> HttpResponse:
    form = HabitSearchForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {"q": "", "category": ""}
    context = catalogue.page(request.user, words=asked["q"], category=asked["category"])
    return page_or_fragment(request, "habits/catalogue.html", context, fragment="found")


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: PersonRequest, pk: UUID) -> HttpResponse:
    habit = get_object_or_404(Habit.objects.in_catalogue().select_related("category"), pk=pk)
    now = timezone.now()
    form = _filled(AddForm(request.POST or None, habit=habit, day=request.user.calendar.day_of(now)), request)
    if request.method != "POST" or not form.is_valid():
        return _add_dialog_response(request, form, habit)
    try:
        enrollment.enroll(request.user, habit, choice=form.choice, at=now)
    except enrollment.Full as full:
        return _add_dialog_response(request, form, habit, full=full)
    except enrollment.AlreadyChosen:
        messages.info(request, _("이미 하고 있는 습관이에요."))
    return _redirect_to_today(request)


@require_http_methods(["GET", "HEAD", "POST"])
def add_own(request: PersonRequest, pk: UUID | None = None) -> HttpResponse:
    """A private habit, from scratch or from a template of the catalogue."""
    template = get_object_or_404(Habit.objects.in_catalogue().select_related("category"), pk=pk) if pk else None
    now = timezone.now()
    day = request.user.calendar.day_of(now)
    form = _filled(OwnHabitForm(request.POST or None, day=day, template=template), request)
    if request.method != "POST" or not form.is_valid():
        return _add_dialog_response(request, form, template)
    try:
        enrollment.create_own(request.user, form.own, choice=form.choice, at=now)
    except enrollment.Full as full:
        return _add_dialog_response(request, form, template, full=full)
    return _redirect_to_today(request)


def _filled[F: Form](form: F, request: PersonRequest) -> F:
    """The form with what its address names, as far as it is valid; a form that was sent stays as it was sent."""
    if not form.is_bound:
        form.initial = {**form.initial, **offered(form, request.GET)}
    return form


@require_safe
def sentence(request: PersonRequest, pk: UUID) -> HttpResponse:
    """The current choice in words, while the person fills in the form."""
    habit = get_object_or_404(Habit.objects.in_catalogue().select_related("category"), pk=pk)
    return _sentence_response(
        request, AddForm(request.GET, habit=habit, day=request.user.calendar.day_of(timezone.now()))
    )


@require_safe
def own_sentence(request: PersonRequest) -> HttpResponse:
    return _sentence_response(request, OwnHabitForm(request.GET, day=request.user.calendar.day_of(timezone.now())))


@require_safe
def edit_sentence(request: PersonRequest, pk: UUID) -> HttpResponse:
    user_habit = get_object_or_404(request.user.habits.with_habit(), pk=pk)
    return _sentence_response(
        request, EditForm(request.GET, user_habit=user_habit, day=request.user.calendar.day_of(timezone.now()))
    )


def _sentence_response(request: PersonRequest, form: AddForm | HabitForm) -> HttpResponse:
    return TemplateResponse(request, "habits/add.html#sentence", {"sentence": form.sentence})


def _add_dialog_response(
    request: PersonRequest,
    form: AddForm | OwnHabitForm,
    habit: Habit | None,
    *,
    full: enrollment.Full | None = None,
) -> HttpResponse:
    own = isinstance(form, OwnHabitForm)
    back = _page_before(request) or catalogue.url_of(habit)
    context = catalogue.add_dialog(form, habit, back=back, own=own, full=full) | {"in_dialog": bool(request.htmx)}
    if full is None:
        context["room"] = catalogue.room_note(request.user, back=back, at=timezone.now())
    if own:
        context["groups"] = habit_list.group_names(request.user)
    status = 422 if full or form.errors else 200
    return page_or_fragment(request, "habits/add.html", context, fragment="dialog", status=status)


def _page_before(request: PersonRequest) -> str:
    """The page under the dialog, or the one that led here; empty where the browser does not say."""
    found = request.htmx.current_url_abs_path or ""
    return found if found.partition("?")[0] != request.path else ""


def _redirect_to_today(request: PersonRequest) -> HttpResponse:
    if request.htmx:
        return HttpResponse(headers={"HX-Redirect": reverse("habits:today")})
    return redirect("habits:today")


# ── One habit ───────────────────────────────────────────────────────────────


@require_safe
def show_habit(request: PersonRequest, pk: UUID) -> HttpResponse:
    user_habit = habit_detail.find(request.user, pk)
    asked = MonthForm(request.GET)
    month = asked.cleaned_data["month"] if asked.is_valid() else None
    context = habit_detail.page(
        request.user, user_habit, now=timezone.now(), all_days="all" in request.GET, month=month
    )
    return page_or_fragment(request, "habits/habit.html", context, fragment="month")


@require_safe
def show_settings(request: PersonRequest, pk: UUID) -> HttpResponse:
    """The sheet behind the page of a habit."""
    user_habit = get_object_or_404(request.user.habits.with_habit(), pk=pk)
    context = habit_detail.settings_page(request.user, user_habit, now=timezone.now())
    context |= {"in_dialog": bool(request.htmx)}
    return page_or_fragment(request, "habits/settings.html", context, fragment="dialog")


@require_http_methods(["GET", "HEAD", "POST"])
def remind(request: PersonRequest, pk: UUID) -> HttpResponse:
    """Reminder settings of a habit: part of its page, or a page of their own without JavaScript."""
    user_habit, now = get_object_or_404(request.user.habits.with_habit(), pk=pk), timezone.now()
    form = ReminderForm(request.POST) if request.method == "POST" else None
    if form and form.is_valid():
        user_habit = reminders.set_times(request.user, pk, **form.cleaned_data, at=now)
        if not request.htmx:
            return redirect("habits:habit", pk=pk)
    context = reminder_settings.panel(request.user, user_habit, form=form, now=now, asked=request.GET)
    context["name"] = user_habit.name
    return page_or_fragment(
        request, "habits/reminders.html", context, fragment="panel", status=422 if form and form.errors else 200
    )


@require_POST
def change_status(request: PersonRequest, pk: UUID, status: str) -> HttpResponse:
    user_habit = get_object_or_404(request.user.habits, pk=pk)
    try:
        archiving.change_status(request.user, user_habit.pk, status=status, at=timezone.now())
    except enrollment.PlanFull as full:
        messages.info(request, catalogue.full_text(full))
        return _back_to_habit(request, pk)
    return _back_to_habit(request, pk, said=str(CHANGED[UserHabit.Status(status)]))


@require_http_methods(["GET", "HEAD", "POST"])
def keep(request: PersonRequest) -> HttpResponse:
    """Which habits go on when the plan allows fewer."""
    now, error, chosen = timezone.now(), "", None
    if request.method == "POST":
        chosen = KeepForm(request.POST).chosen(request.user)
        try:
            plan_limits.keep(request.user, chosen, at=now)
            messages.success(request, _("저장했어요."))
            return redirect("habits:keep")
        except plan_limits.TooMany as too_many:
            error = _("%(most)s개까지 고를 수 있어요.") % {"most": too_many.most}
    context = habit_list.keep_page(request.user, at=now, chosen=chosen) | {"error": error}
    return TemplateResponse(request, "habits/keep.html", context, status=422 if error else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: PersonRequest, pk: UUID) -> HttpResponse:
    user_habit, now = get_object_or_404(request.user.habits.with_habit(), pk=pk), timezone.now()
    form_class = EditOwnForm if user_habit.is_own else EditForm
    form = form_class(request.POST or None, user_habit=user_habit, day=request.user.calendar.day_of(now))
    form = _filled(form, request)
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data
        editing.edit_habit(
            request.user, pk, name=sent["name"], choice=form.choice, category=sent.get("category"),
            appearance=getattr(form, "appearance", None), at=now,
        )  # fmt: skip
        return _back_to_habit(request, pk, said=_("고쳤어요. 바뀐 주기는 오늘부터 적용돼요."))
    context = catalogue.edit_dialog(form, user_habit) | {"groups": habit_list.group_names(request.user)}
    return _dialog_response(request, "habits/add.html", context, form)


@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: PersonRequest, pk: UUID) -> HttpResponse:
    """Ask first and list what will be deleted."""
    user_habit = get_object_or_404(request.user.habits.with_habit(), pk=pk)
    if request.method == "POST":
        deletion.delete_habit(request.user, pk, at=timezone.now())
        messages.success(request, _("지웠어요."))
        return redirect("habits:mine")
    context = {"habit": user_habit, "goes": deletion.belongings(user_habit)}
    return TemplateResponse(request, "habits/remove.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def enter_total(request: PersonRequest, pk: UUID) -> HttpResponse:
    """The menu of a habit's row: today's amount as a number, a note, a rest."""
    user_habit, now = get_object_or_404(request.user.habits.with_habit(), pk=pk), timezone.now()
    day = request.user.calendar.day_of(now)
    total = day_detail.total(user_habit, day=day)
    form = _filled(TotalForm(request.POST or None, initial=total), request)
    if request.method == "POST" and form.is_valid():
        try:
            outcome = corrections.set_total(request.user, pk, day=day, now=now, **form.cleaned_data)
        except REFUSED as refusal:
            form.add_error("total", str(REFUSALS[type(refusal)]))
        else:
            was_done = user_habit.timeline.on(day).met(total["total"])
            return _total_response(request, pk, outcome, was_done=was_done)
    context = day_detail.row_menu(request.user, user_habit, day=day) | {"form": form, "habit": user_habit}
    return _dialog_response(request, "habits/total.html", context, form)


def _total_response(
    request: PersonRequest, pk: UUID, outcome: checkins.Outcome | None, *, was_done: bool
) -> HttpResponse:
    """The row in the page under the dialog, as after a tap, and the dialog closed."""
    under = request.htmx.current_url_abs_path or ""
    row = {reverse("habits:today"): f"row-{pk}", reverse("habits:habit", args=[pk]): "now"}.get(under.partition("?")[0])
    if outcome is None or row is None:
        return _close_dialog(request, reverse("habits:today"), said=_("저장했어요."))
    response = _outcome_response(request, outcome, today.total_context(outcome, was_done=was_done), row=row)
    response.headers["HX-Retarget"], response.headers["HX-Reswap"] = f"#{row}", "outerHTML"
    return response


# ── Its rests ───────────────────────────────────────────────────────────────


@require_http_methods(["GET", "HEAD", "POST"])
def pause(request: PersonRequest, pk: UUID | None = None) -> HttpResponse:
    """A pause with dates, of one habit or of all."""
    user_habit, now = get_object_or_404(request.user.habits.with_habit(), pk=pk) if pk else None, timezone.now()
    form = PauseForm(request.POST or None, initial={"starts_on": request.user.calendar.day_of(now)})
    form = _filled(form, request)
    here = reverse("habits:habit", args=[pk]) if pk else reverse("habits:mine")
    if request.method == "POST" and form.is_valid():
        try:
            pauses.pause(request.user, pk, at=now, **form.cleaned_data)
        except pauses.RestRefused as refusal:
            form.add_error("ends_on", str(REFUSALS[type(refusal)]))
        else:
            return _close_dialog(request, here, said=_("쉬는 날을 저장했어요."))
    context = {"form": form, "habit": user_habit, "back_url": here}
    return _dialog_response(request, "habits/pause.html", context, form)


# ── Its goal ────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "HEAD", "POST"])
def set_goal(request: PersonRequest, pk: UUID | None = None) -> HttpResponse:
    """The goal of each month, of one habit or of all."""
    user_habit = get_object_or_404(request.user.habits.with_habit(), pk=pk) if pk else None
    initial = {"target": month_goals.target_of(request.user, user_habit)}
    form = _filled(GoalForm(request.POST or None, of_all=user_habit is None, initial=initial), request)
    here = reverse("analytics:habit", args=[pk]) if pk else reverse("analytics:insights")
    if request.method == "POST" and form.is_valid():
        try:
            month_goals.change(request.user, user_habit, target=form.cleaned_data["target"])
        except month_goals.NoDays:
            form.add_error("target", _("한 주나 한 달의 한도에는 날수 목표를 정할 수 없어요."))
        else:
            return _close_dialog(request, here, said=_("저장했어요."))
    context = {"form": form, "habit": user_habit, "back_url": here}
    return _dialog_response(request, "habits/goal.html", context, form)


@require_POST
def skip(request: PersonRequest, pk: UUID, day: dt.date) -> HttpResponse:
    get_object_or_404(request.user.habits, pk=pk)
    try:
        pauses.skip(request.user, pk, day=day, at=timezone.now())
    except pauses.RestRefused as refusal:
        messages.error(request, str(REFUSALS[type(refusal)]))
        return _back_to_habit(request, pk)
    return _back_to_habit(request, pk, said=_("쉬는 날로 저장했어요."))


@require_POST
def end_rest(request: PersonRequest, pk: UUID) -> HttpResponse:
    rest = get_object_or_404(request.user.rests, pk=pk)
    pauses.end(request.user, pk, at=timezone.now())
    url = reverse("habits:habit", args=[rest.user_habit_id]) if rest.user_habit_id else reverse("habits:mine")
    return _close_dialog(request, url, said=_("쉼을 취소했어요."))


# ── Its days ────────────────────────────────────────────────────────────────


@require_safe
def show_day(request: PersonRequest, pk: UUID, day: dt.date) -> HttpResponse:
    user_habit, now = get_object_or_404(request.user.habits.with_habit(), pk=pk), timezone.now()
    if day > request.user.calendar.day_of(now):
        raise Http404
    form = PastLogForm(shares_health=request.user.shares_health)
    # Who comes to leave a note sees its field at once.
    context = day_detail.page(request.user, user_habit, day, now=now) | {
        "form": form,
        "folded": "note" not in request.GET,
    }
    return _dialog_response(request, "habits/day.html", context, form)


@require_POST
def add_log(request: PersonRequest, pk: UUID, day: dt.date) -> HttpResponse:
    user_habit, now = get_object_or_404(request.user.habits.with_habit(), pk=pk), timezone.now()
    form = PastLogForm(request.POST, shares_health=request.user.shares_health)
    if form.is_valid():
        sent = form.cleaned_data
        try:
            corrections.add(
                request.user, pk, key=sent["key"], day=day, clock=sent["clock"], count=sent["count"],
                details=form.details, now=now,
            )  # fmt: skip
            here = reverse("habits:past-day", args=[day]) if request.POST.get("from") == "day" else ""
            return _close_dialog(request, here or reverse("habits:habit", args=[pk]), said=_("저장했어요."))
        except REFUSED as refusal:
            form.add_error(None, str(REFUSALS[type(refusal)]))
    context = day_detail.page(request.user, user_habit, day, now=now) | {"form": form}
    return _dialog_response(request, "habits/day.html", context, form)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_log(request: PersonRequest, pk: UUID, log_id: UUID) -> HttpResponse:
    user_habit = get_object_or_404(request.user.habits.with_habit(), pk=pk)
    log, now = get_object_or_404(HabitLog.objects.of_habit(user_habit), pk=log_id), timezone.now()
    initial = day_detail.initial(request.user, log, at=now)
    form = LogForm(request.POST or None, log=log, shares_health=request.user.shares_health, initial=initial)
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data
        try:
            edited = corrections.edit(
                request.user, pk, log_id, count=sent["count"], clock=sent["clock"], details=form.details, now=now
            )
        except REFUSED as refusal:
            form.add_error(None, str(REFUSALS[type(refusal)]))
        else:
            if edited is None:
                raise Http404
            return _back_to_habit(request, pk, said=_("저장했어요."))
    context = day_detail.log_page(request.user, user_habit, log, now=now) | {"form": form}
    context["full"] = _full_photos(request, pk, log_id) if "full" in request.GET else None
    return _dialog_response(request, "habits/log.html", context, form)


@require_POST
def remove_log(request: PersonRequest, pk: UUID, log_id: UUID) -> HttpResponse:
    get_object_or_404(request.user.habits, pk=pk)
    corrections.remove(request.user, pk, log_id, now=timezone.now())
    return _back_to_habit(request, pk, said=_("지웠어요."))


@require_POST
@takes_up_to(photos.MOST_BODY)
@limited("upload", "60/h/user")
def add_photos(request: PersonRequest, pk: UUID, log_id: UUID) -> HttpResponse:
    sent = [file.read() for file in request.FILES.getlist("photos")]
    refusals = photos.add(request.user, pk, log_id, sent=sent, now=timezone.now())
    others = [refusal for refusal in refusals if not isinstance(refusal, storage.NoRoom)]
    # Each message once.
    wrong = list(dict.fromkeys(map(_refusal_text, others)))
    return _photos_response(request, pk, log_id, wrong=wrong, is_full=len(others) < len(refusals))


@require_POST
def remove_photo(request: PersonRequest, pk: UUID, log_id: UUID, photo_id: UUID) -> HttpResponse:
    photos.remove(request.user, pk, log_id, photo_id, now=timezone.now())
    return _photos_response(request, pk, log_id, wrong=[])


def _refusal_text(refusal: photos.Refusal) -> str:
    found = REFUSALS.get(type(refusal))
    return (
        str(found)
        if found or isinstance(refusal, check_in_details.DetailsRefused)
        else photo_pages.refusal_text(refusal)
    )


def _photos_response(
    request: PersonRequest, pk: UUID, log_id: UUID, *, wrong: list[str], is_full: bool = False
) -> HttpResponse:
    """The photos of the check-in and what went wrong; without JavaScript its page shows both.

    `is_full` says that the plan has no room for more.
    """
    here = reverse("habits:log", args=[pk, log_id])
    if not request.htmx:
        for text in wrong:
            messages.error(request, text)
        return redirect(f"{here}?full=1#photos" if is_full else here)
    user_habit = get_object_or_404(request.user.habits.with_habit(), pk=pk)
    log = get_object_or_404(HabitLog.objects.of_habit(user_habit), pk=log_id)
    context = check_in_photos.panel(request.user, user_habit, log, now=timezone.now()) | {
        "in_dialog": True,
        "wrong": wrong,
        "full": _full_photos(request, pk, log_id) if is_full else None,
    }
    return TemplateResponse(request, "habits/log.html#photos", context, status=422 if wrong or is_full else 200)


def _full_photos(request: PersonRequest, pk: UUID, log_id: UUID) -> dict[str, str] | None:
    """What is said to somebody whose plan has no room for a photo, with the way to the plans and back to the check-in."""
    most = photos.most_bytes(request.user, at=timezone.now())
    if most is None:
        return None
    url = return_addresses.plans_url(reverse("habits:log", args=[pk, log_id]), limit="photo_storage_mb")
    return {"text": photo_pages.full_text(most), "plans_url": url}


# ── All of one's habits ─────────────────────────────────────────────────────


@require_safe
def show_mine(request: PersonRequest) -> HttpResponse:
    form = HabitSearchForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {"q": "", "category": ""}
    context = habit_list.page(request.user, now=timezone.now(), words=asked["q"], category=asked["category"])
    return page_or_fragment(request, "habits/mine.html", context, fragment="found")


@require_safe
def show_notes(request: PersonRequest) -> HttpResponse:
    """The person's notes of a month, or those of a year that hold some words."""
    form, asked = HabitSearchForm(request.GET), MonthForm(request.GET)
    words = form.cleaned_data["q"] if form.is_valid() else ""
    month = asked.cleaned_data["month"] if asked.is_valid() else None
    context = notes_journal.page(request.user, now=timezone.now(), month=month, words=words.strip())
    return page_or_fragment(request, "habits/notes.html", context, fragment="found")


@require_POST
def move(request: PersonRequest, pk: UUID) -> HttpResponse:
    """Move a habit one step up or down."""
    ordering.move(request.user, pk, by=-1 if request.POST.get("by") == "-1" else 1)
    if not request.htmx:
        return redirect("habits:mine")
    return TemplateResponse(request, "habits/mine.html#groups", habit_list.page(request.user, now=timezone.now()))


@require_POST
def order(request: PersonRequest) -> HttpResponse:
    """Save the whole order after a drag."""
    form = OrderForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    ordering.arrange(request.user, form.cleaned_data["order"])
    return HttpResponse(status=204)


def _dialog_response(request: PersonRequest, template: str, context: dict[str, Any], form: Form) -> HttpResponse:
    context |= {"in_dialog": bool(request.htmx)}
    status = 422 if form.errors else 200
    return page_or_fragment(request, template, context, fragment="dialog", status=status)


def _close_dialog(request: PersonRequest, url: str, *, said: str = "") -> HttpResponse:
    """Reload the page under the dialog, which shows the message; without JavaScript go to `url`."""
    if said:
        messages.success(request, said)
    if request.htmx:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return redirect(url)


def _back_to_habit(request: PersonRequest, pk: UUID, *, said: str = "") -> HttpResponse:
    return _close_dialog(request, reverse("habits:habit", args=[pk]), said=said)
