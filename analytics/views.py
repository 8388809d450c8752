"""Insights: all habits, or one; the look back on a week; experiments."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import PersonRequest
from analytics import experiments
from analytics.forms import ExperimentForm, InsightsForm, WeekShareForm
from analytics.pages import experiment as experiment_page
from analytics.pages import insights, week_review
from core.db import replica
from core.htmx import page_or_fragment
from core.rate_limits import limited
from gamification import share_cards
from habits.pages import habit_detail


@require_safe
def show_all(request: PersonRequest) -> HttpResponse:
    asked = InsightsForm(request.GET).valid("week", "month", "year")
    context = insights.page(request.user, now=timezone.now(), asked=asked)
    return page_or_fragment(request, insights.TEMPLATE, context, fragment="drawn" if "drawn" in context else "panels")


@require_safe
def show_habit(request: PersonRequest, pk: UUID) -> HttpResponse:
    user_habit = habit_detail.find(request.user, pk)
    asked = InsightsForm(request.GET).valid("span", "month", "year")
    context = replica.read(lambda: insights.page_of_habit(request.user, user_habit, now=timezone.now(), **asked))
    return page_or_fragment(request, "analytics/habit.html", context, fragment="panels")


@require_safe
def show_week(request: PersonRequest) -> HttpResponse:
    context = replica.read(lambda: week_review.page(request.user, now=timezone.now()))
    return TemplateResponse(request, "analytics/week.html", context)


@require_POST
@limited("share", "30/h/user")
def share_week(request: PersonRequest) -> HttpResponse:
    """Opens a share link to a picture of the week, with what the person chose, or closes it."""
    now, form = timezone.now(), WeekShareForm(request.POST)
    week = week_review.week(request.user, now=now)
    if "close" in request.POST:
        share_cards.close_week(request.user, week_review.last_day(request.user.calendar, now))
    elif week and form.is_valid():
        share_cards.make_week(request.user, week, **form.cleaned_data, now=now)
    return redirect("analytics:week")


@require_http_methods(["GET", "HEAD", "POST"])
def start_experiment(request: PersonRequest, pk: UUID) -> HttpResponse:
    user_habit, now = get_object_or_404(request.user.habits.with_habit(), pk=pk), timezone.now()
    form = ExperimentForm(request.POST or None, initial={"idea": request.GET.get("idea", "")})
    if request.method == "POST" and form.is_valid():
        try:
            begun = experiments.start(request.user, pk, idea=form.cleaned_data["idea"], at=now)
            return redirect("analytics:experiment", pk=begun.pk)
        except experiments.AlreadyRunning:
            form.add_error(None, _("이 습관으로는 이미 시험하고 있어요. 끝나거나 그만두면 새로 시작할 수 있어요."))
        except experiments.HabitNotActive:
            form.add_error(None, _("쉬고 있거나 보관한 습관이에요. 다시 시작하면 시험해 볼 수 있어요."))
    context = experiment_page.start_page(request.user, user_habit, now=now) | {"form": form}
    return TemplateResponse(request, "analytics/try.html", context, status=422 if form.errors else 200)


@require_safe
def show_experiment(request: PersonRequest, pk: UUID) -> HttpResponse:
    experiment = get_object_or_404(request.user.experiments.with_habit(), pk=pk)
    context = experiment_page.page(request.user, experiment, now=timezone.now())
    return TemplateResponse(request, "analytics/experiment.html", context)


@require_POST
def stop_experiment(request: PersonRequest, pk: UUID) -> HttpResponse:
    get_object_or_404(request.user.experiments, pk=pk)
    experiments.stop(request.user, pk, at=timezone.now())
    return redirect("analytics:experiment", pk=pk)


@require_POST
def delete_experiment(request: PersonRequest, pk: UUID) -> HttpResponse:
    experiment = get_object_or_404(request.user.experiments, pk=pk)
    experiments.delete(request.user, pk)
    messages.success(request, _("지웠어요."))
    return redirect("analytics:habit", pk=experiment.user_habit_id)
