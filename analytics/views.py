"""What a person's check-ins look like from further away: all habits, or one."""

import datetime as dt
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from accounts.http import PersonRequest
from analytics.forms import Asked
from analytics.pages import insights
from core.htmx import page_or_fragment


@require_safe
def show_all(request: PersonRequest) -> HttpResponse:
    asked = Asked(request.GET).of("week", "month", "year")
    context = insights.of_all(request.user, now=dt.datetime.now(dt.UTC), **asked)
    return page_or_fragment(request, "analytics/insights.html", context, fragment="panels")


@require_safe
def show_habit(request: PersonRequest, pk: UUID) -> HttpResponse:
    user_habit = get_object_or_404(request.user.habits.with_habit(), pk=pk)
    asked = Asked(request.GET).of("span", "month", "year")
    context = insights.of_one(request.user, user_habit, now=dt.datetime.now(dt.UTC), **asked)
    return page_or_fragment(request, "analytics/habit.html", context, fragment="panels")
