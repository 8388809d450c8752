"""Pages of the coach: messages, questions, settings and memory.

Others' ids are 404 (core/missing_objects.py).
"""

from uuid import UUID

from django.contrib import messages as toasts
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from accounts.http import PersonRequest
from coaching import conversation, jobs, messages, preferences
from coaching.forms import AskForm, CoachSettingsForm, MutedHabitForm, ReactionForm
from coaching.habit_tokens import Names
from coaching.models import CoachingMessage, Occasion
from coaching.pages import inbox, weekly_letter
from coaching.pages import questions as question_pages
from core.db import replica
from core.htmx import page_or_fragment
from core.rate_limits import limited
from notifications import holds


@require_safe
def show_inbox(request: PersonRequest) -> HttpResponse:
    context = inbox.page(request.user, now=timezone.now(), kind=request.GET.get("kind", ""))
    if request.htmx.target == "coach-now":
        # What waited is there: the page is loaded again, with it.
        is_waiting = context["now"]["is_waiting"]
        return (
            TemplateResponse(request, "coaching/inbox.html#now", context) if is_waiting else HttpResponseClientRefresh()
        )
    return TemplateResponse(request, "coaching/inbox.html", context | {"form": AskForm()})


@require_POST
@limited("message", "60/h/user")
def ask_for_message(request: PersonRequest) -> HttpResponse:
    """A message now, within the plan's limit; while the coach is silent the page says so itself."""
    now = timezone.now()
    if not holds.is_held(request.user, now):
        try:
            jobs.ask_once(request.user, at=now)
        except jobs.NoneLeft:
            toasts.info(request, _("오늘 받을 수 있는 메시지를 모두 받았어요. 내일 다시 보내 드릴게요."))
        else:
            toasts.success(request, _("기록을 읽고 쓰는 중이에요. 곧 여기에 나타나요."))
    return redirect("coaching:inbox")


@require_safe
def show_message(request: PersonRequest, pk: UUID) -> HttpResponse:
    message, now = messages.find(request.user, pk), timezone.now()
    if holds.is_held(request.user, now):
        return redirect("coaching:inbox")
    names = Names(request.user)
    letter = inbox.letter(message, request.user, now=now, names=names, open_reasons=True)
    messages.mark_read(message, at=now)
    context = {"letter": letter, "form": _feedback_form(message)} | inbox.topics(message, request.user, names)
    if message.occasion == Occasion.LETTER:
        context |= replica.read(lambda: weekly_letter.page(message, request.user, names))
        return TemplateResponse(request, "coaching/letter.html", context)
    return TemplateResponse(request, "coaching/message.html", context)


@require_POST
def react(request: PersonRequest, pk: UUID) -> HttpResponse:
    message, form = messages.find(request.user, pk), ReactionForm(request.POST)
    if not form.is_valid():
        return _message_response(request, message, form)
    words = form.cleaned_data["feedback"] if "feedback" in request.POST else None
    reaction = form.cleaned_data["reaction"] if "reaction" in request.POST else message.user_reaction
    messages.react(message, reaction=reaction or None, feedback=words, at=timezone.now())
    return _message_response(request, message, None)


@require_POST
def say_less(request: PersonRequest, pk: UUID) -> HttpResponse:
    message = messages.find(request.user, pk)
    now, kind = timezone.now(), message.message_type
    if "undo" in request.POST:
        preferences.say_more(request.user, kind, at=now)
        toasts.success(request, _("다시 평소처럼 보낼게요."))
        return redirect("coaching:message", pk=pk)
    choices = preferences.say_less(request.user, kind, at=now)
    toasts.success(
        request, _("이제 보내지 않을게요.") if kind in choices.muted else _("이런 메시지는 절반만 보낼게요.")
    )
    return redirect("coaching:message", pk=pk)


@require_POST
def mute_habit(request: PersonRequest, pk: UUID) -> HttpResponse:
    """Mutes one of the habits that the message is about, or takes it back."""
    message, form = messages.find(request.user, pk), MutedHabitForm(request.POST)
    if not form.is_valid() or form.cleaned_data["habit"] not in messages.habits_of(message):
        return redirect("coaching:message", pk=pk)
    if form.cleaned_data["undo"]:
        preferences.hear_habit(request.user, form.cleaned_data["habit"], at=timezone.now())
        toasts.success(request, _("이 습관 이야기도 다시 할게요."))
    else:
        preferences.mute_habit(request.user, form.cleaned_data["habit"], at=timezone.now())
        toasts.success(request, _("이 습관 이야기는 하지 않을게요."))
    return redirect("coaching:message", pk=pk)


@require_POST
def delete(request: PersonRequest, pk: UUID) -> HttpResponse:
    messages.delete(messages.find(request.user, pk))
    toasts.success(request, _("지웠어요."))
    return redirect("coaching:inbox")


def _message_response(request: PersonRequest, message: CoachingMessage, form: ReactionForm | None) -> HttpResponse:
    """The message again; without htmx its page."""
    failed = form is not None and bool(form.errors)
    if not request.htmx and not failed:
        return redirect("coaching:message", pk=message.pk)
    names = Names(request.user)
    letter = inbox.letter(message, request.user, now=timezone.now(), names=names, open_reasons=True)
    context = {"letter": letter, "form": form if failed else _feedback_form(message)}
    context |= inbox.topics(message, request.user, names)
    return page_or_fragment(
        request, "coaching/message.html", context, fragment="reactions", status=422 if failed else 200
    )


def _feedback_form(message: CoachingMessage) -> ReactionForm:
    return ReactionForm(initial={"feedback": message.user_feedback or ""})


# ── Questions ───────────────────────────────────────────────────────────────


@require_http_methods(["GET", "HEAD", "POST"])
@limited("ask", "30/m/user")
def ask(request: PersonRequest) -> HttpResponse:
    form, now = AskForm(request.POST or None), timezone.now()
    if request.method == "POST" and form.is_valid():
        try:
            conversation.ask(request.user, form.cleaned_data["question"], now=now)
        except conversation.Held:
            return redirect("coaching:ask")
        if not request.htmx:
            return redirect("coaching:ask")
        form = AskForm()
    context = question_pages.page(request.user, now=now) | {"form": form}
    return page_or_fragment(request, "coaching/ask.html", context, fragment="talk", status=422 if form.errors else 200)


@require_POST
def react_to_answer(request: PersonRequest, pk: UUID) -> HttpResponse:
    form = ReactionForm(request.POST)
    if not form.is_valid():
        raise Http404
    turn = conversation.react(request.user, pk, form.cleaned_data["reaction"] or None)
    if not request.htmx:
        return redirect("coaching:ask")
    context = {"turn": question_pages.turn_item(turn, request.user, now=timezone.now())}
    return TemplateResponse(request, "coaching/ask.html#reactions", context)


@require_POST
def delete_answer(request: PersonRequest, pk: UUID) -> HttpResponse:
    conversation.delete(request.user, pk)
    toasts.success(request, _("지웠어요."))
    return redirect("coaching:memory")


# ── Settings and memory ─────────────────────────────────────────────────────


@require_http_methods(["GET", "HEAD", "POST"])
def change_settings(request: PersonRequest) -> HttpResponse:
    choices = preferences.of(request.user)
    form = CoachSettingsForm(request.POST or None, choices=choices, habits=inbox.habits_to_mute(request.user, choices))
    if request.method == "POST" and form.is_valid():
        preferences.change(request.user, at=timezone.now(), **form.chosen)
        toasts.success(request, _("저장했어요."))
        return redirect("coaching:settings")
    context = inbox.settings_page(request.user) | {"form": form}
    return TemplateResponse(request, "coaching/settings.html", context, status=422 if form.errors else 200)


@require_safe
def show_memory(request: PersonRequest) -> HttpResponse:
    return TemplateResponse(request, "coaching/memory.html", inbox.memory(request.user, now=timezone.now()))


@require_POST
def forget_everything(request: PersonRequest) -> HttpResponse:
    messages.delete_all(request.user)
    conversation.delete_all(request.user)
    toasts.success(request, _("코치의 기억을 모두 지웠어요."))
    return redirect("coaching:memory")
