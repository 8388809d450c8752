"""Pages of the first steps: wishes, starter habits, a time.

Each page can be skipped and opened again.
"""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import PersonRequest
from habits import enrollment
from habits.onboarding import onboarding_page, starters
from habits.onboarding.forms import TimeForm, read_starters, read_wishes
from habits.pages import catalogue


@require_safe
def choose_wishes(request: PersonRequest) -> HttpResponse:
    return render(request, "habits/start_wishes.html", onboarding_page.wishes_page(read_wishes(request.GET)))


@require_safe
def choose_habits(request: PersonRequest) -> HttpResponse:
    context = onboarding_page.habits_page(read_wishes(request.GET), chosen=read_starters(request.GET))
    return render(request, "habits/start_habits.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def choose_time(request: PersonRequest) -> HttpResponse:
    """Adds the chosen habits with one reminder, or without; asks again where none is chosen."""
    query = request.POST or request.GET
    wished, chosen = read_wishes(query), read_starters(query)
    if not chosen:
        return render(request, "habits/start_habits.html", onboarding_page.habits_page(wished, none_chosen=True))
    if len(chosen) > starters.MOST:
        context = onboarding_page.habits_page(wished, too_many=True, chosen=chosen)
        return render(request, "habits/start_habits.html", context, status=422)
    form, full = TimeForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        remind_at = form.cleaned_data["remind_at"] if "remind" in request.POST else None
        try:
            starters.start(request.user, chosen, remind_at=remind_at, at=timezone.now())
            messages.success(request, _("준비됐어요. 오늘 할 것을 하나 눌러 보세요."))
            return redirect("habits:today")
        except enrollment.Full as error:
            full = catalogue.full_text(error)
    context = onboarding_page.time_page(chosen, form, wished=wished, full=full)
    return render(request, "habits/start_time.html", context, status=422 if full or form.errors else 200)
