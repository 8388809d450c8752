"""Insights: all habits, or one."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.http import PersonRequest
from analytics.forms import InsightsForm
from analytics.pages import insights
from core.htmx import page_or_fragment


@require_safe
def show_all(request: PersonRequest) -> HttpResponse:
    asked = InsightsForm(request.GET).valid("week", "month", "year")
    context = insights.page(request.user, now=timezone.now(), asked=asked)
    return page_or_fragment(request, insights.TEMPLATE, context, fragment="drawn" if "drawn" in context else "panels")


@require_safe
def show_habit(request: PersonRequest, pk: UUID) -> HttpResponse:
    user_habit = get_object_or_404(request.user.habits.with_habit(), pk=pk)
    asked = InsightsForm(request.GET).valid("span", "month", "year")
    context = insights.page_of_habit(request.user, user_habit, now=timezone.now(), **asked)
    return page_or_fragment(request, "analytics/habit.html", context, fragment="panels")
