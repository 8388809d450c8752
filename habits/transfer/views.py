"""The import page: upload, preview, progress and result, one step after another."""

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
from habits.pages import imports as page
from habits.transfer import import_jobs
from habits.transfer.forms import ChoiceForm, ImportFileForm
from habits.transfer.parsed_file import ImportRefused
from habits.transfer.upload_contents import MAX_BYTES

# Bytes of a multipart body beside its file.
MULTIPART_OVERHEAD = 64 * 1024


@takes_up_to(MAX_BYTES + MULTIPART_OVERHEAD)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@limited("import", "10/h/user")
def import_file(request: PersonRequest) -> HttpResponse:
    row = import_jobs.latest(request.user, now=timezone.now())
    if request.method != "POST":
        return page_or_fragment(request, "habits/import.html", page.context(request.user, row), fragment="step")
    form, wrong = ImportFileForm(request.POST, request.FILES), ""
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            import_jobs.start(request.user, file, size=file.size, now=timezone.now())
            return redirect("habits:import")
        except ImportRefused as refused:
            wrong = str(page.REFUSALS[refused.reason])
        except import_jobs.ImportInProgress:
            return redirect("habits:import")
    context = page.context(request.user, row, form=form, wrong=wrong)
    return page_or_fragment(request, "habits/import.html", context, fragment="step", status=422)


@require_POST
def confirm(request: PersonRequest) -> HttpResponse:
    row = import_jobs.latest(request.user, now=timezone.now())
    form = ChoiceForm(request.POST, preview=row.preview if row else [])
    if row is None or row.state != HabitImport.State.READY or not form.is_valid():
        messages.error(request, _("화면이 오래됐어요. 다시 확인해 주세요."))
    else:
        import_jobs.confirm(request.user, form.actions, now=timezone.now())
    return redirect("habits:import")


@require_POST
def change_date_order(request: PersonRequest) -> HttpResponse:
    import_jobs.read_again(request.user, day_first=request.POST.get("order") == "day", now=timezone.now())
    return redirect("habits:import")


@require_POST
def discard(request: PersonRequest) -> HttpResponse:
    import_jobs.discard(request.user, now=timezone.now())
    return redirect("habits:import")
