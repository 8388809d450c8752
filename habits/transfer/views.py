"""Moving in: the file, what it holds, the bar, what came of it. One page, one step after another."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.http import PersonRequest
from core.htmx import page_or_fragment
from core.rate_limits import limited
from core.request_guard import takes_up_to
from habits.models import HabitImport
from habits.transfer import import_jobs
from habits.transfer.forms import ChoiceForm, FileForm
from habits.transfer.import_page import REFUSALS, page
from habits.transfer.parse_result import Refused
from habits.transfer.upload_contents import MOST_BYTES

# What a multipart body has around its file.
AROUND = 64 * 1024


@takes_up_to(MOST_BYTES + AROUND)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@limited("import", "10/h/user")
def move_in(request: PersonRequest) -> HttpResponse:
    row = import_jobs.latest(request.user, now=timezone.now())
    if request.method != "POST":
        return page_or_fragment(request, "habits/import.html", page(request.user, row), fragment="step")
    form, wrong = FileForm(request.POST, request.FILES), ""
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            import_jobs.start(request.user, file, size=file.size, now=timezone.now())
            return redirect("habits:import")
        except Refused as refused:
            wrong = str(REFUSALS[refused.refusal])
        except import_jobs.AtWork:
            return redirect("habits:import")
    context = page(request.user, row, form=form, wrong=wrong)
    return page_or_fragment(request, "habits/import.html", context, fragment="step", status=422)


@require_POST
def confirm(request: PersonRequest) -> HttpResponse:
    row = import_jobs.latest(request.user, now=timezone.now())
    form = ChoiceForm(request.POST, preview=row.preview if row else [])
    if row is None or row.state != HabitImport.State.READY or not form.is_valid():
        messages.error(request, _("화면이 오래됐어요. 다시 확인해 주세요."))
    else:
        import_jobs.confirm(request.user, form.deeds, now=timezone.now())
    return redirect("habits:import")


@require_POST
def forget(request: PersonRequest) -> HttpResponse:
    import_jobs.forget(request.user)
    return redirect("habits:import")
