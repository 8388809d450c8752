import datetime as dt

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from bench.bare.models import Habit, Log


@login_required
def check_in(request: HttpRequest, pk: int) -> HttpResponse:
    habit = get_object_or_404(Habit, pk=pk, user=request.user)
    now = dt.datetime.now(dt.UTC)
    with transaction.atomic():
        Log.objects.create(habit=habit, day=now.date(), made_at=now)
        Habit.objects.filter(pk=habit.pk).update(total=F("total") + 1)
    return HttpResponse("ok")


@login_required
def page(request: HttpRequest) -> HttpResponse:
    today = dt.datetime.now(dt.UTC).date()
    days = [today - dt.timedelta(days=n) for n in range(7)]
    habits = list(Habit.objects.filter(user=request.user).order_by("id"))
    logs = Log.objects.filter(habit__in=habits, day__gte=days[-1]).values_list("habit_id", "day")
    done = set(logs)
    rows = [(habit, [(habit.pk, day) in done for day in days]) for habit in habits]
    return render(request, "bare.html", {"rows": rows, "days": days})
