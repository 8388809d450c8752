"""Admin of the coach: templates by version, jobs, spending, switches.

It shows no texts of people.
"""

import datetime as dt
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coaching import approvals, effect_report, jobs, prompt_preview, prompt_versions
from coaching.crisis import help_lines
from coaching.effect import Estimate
from coaching.models import (
    AIPromptTemplate,
    CoachingControls,
    CoachingJob,
    CoachingMessage,
    CoachingSpend,
    MessageType,
    PromptEvaluation,
    Tone,
)
from coaching.pages import switches
from coaching.pages.switches import dollars
from coaching.prompt_forms import ENGLISH, PromptForm, as_json, described
from coaching.switches_form import ControlsForm
from core import work_queue
from core.admin_base import ReadOnly, Records, StaffAdmin
from core.revised_admin import RevisedAdmin, StateFilter
from core.small_cells import HIDDEN
from core.staff import colleagues, history, reasons, revisions

# Days that the table of effects looks back.
LOOKS_BACK = dt.timedelta(days=90)
TEXTS = ["name", "version", "message_type", "tone", "template", "rule_template", "variables"]


def points(estimate: Estimate | None) -> str:
    """ "+4.2 [+0.3, +8.1]" in points of a hundred; a dash while there is too little."""
    if estimate is None:
        return "—"
    return f"{estimate.points:+.1f} [{estimate.low:+.1f}, {estimate.high:+.1f}]"


def _effects(rows: list[effect_report.EffectRow]) -> list[tuple[str, Any]]:
    """The estimate of each kind; those of few people are hidden, as on the dashboard."""
    people = {row.name: row.people for row in rows if row.people}
    hidden = effect_report.hidden_kinds(people, [row.name for row in rows if row.estimate])
    return [(kind_label(row.name), HIDDEN if row.name in hidden else points(row.estimate)) for row in rows]


def kind_label(name: str) -> str:
    """A kind or a tone in words; `all` is everything."""
    labels = {"all": _("모두"), **dict(MessageType.choices), **dict(Tone.choices)}
    return str(labels.get(name, name))


for _cap in ("daily_cap", "daily_cap_per_person"):
    history.tell("coaching.coachingcontrols", _cap, lambda millionths, _content: dollars(millionths))
history.tell("coaching.aiprompttemplate", "variables", PromptForm.tell_variables)
# To switch one on needs two people.
revisions.watch(
    AIPromptTemplate,
    after=lambda _row, _changed: None,
    without=["is_active", "activated_at", "usage_count"],
    natural=("name", "version"),
)


@admin.register(AIPromptTemplate)
class AIPromptTemplateAdmin(RevisedAdmin):
    """A version is edited until it is on or was used; evaluated, then switched on."""

    form = PromptForm
    change_form_template = "admin/coaching/aiprompttemplate/change_form.html"
    change_list_template = "admin/coaching/aiprompttemplate/change_list.html"
    list_display = ["name", "version", "message_type", "tone", "shown_state", "traffic_share", "usage_count"]
    list_filter = [StateFilter, "message_type", "tone"]
    state_names: ClassVar[dict[str, Any]] = {
        **RevisedAdmin.state_names,
        "on": gettext_lazy("켜짐"),
        "off": gettext_lazy("꺼짐"),
    }
    search_fields = ["name"]
    readonly_fields = ["is_active", "activated_at", "usage_count", "evaluation"]
    fieldsets = [
        (None, {"fields": [("name", "name_en"), ("version", "traffic_share"), ("message_type", "tone")]}),
        (
            gettext_lazy("글"),
            {"fields": [("template", "template_en"), ("rule_template", "rule_template_en"), "variables"]},
        ),
        (gettext_lazy("상태"), {"fields": ["is_active", "activated_at", "usage_count", "evaluation"]}),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: AIPromptTemplate | None = None) -> list[str]:
        """Two people switched on what is on, and messages refer to what was used."""
        if obj is None:
            return self.readonly_fields
        fixed = [*TEXTS, *ENGLISH, "declared"] if obj.usage_count or obj.is_active else []
        return [*self.readonly_fields, *fixed, *(["traffic_share"] if obj.is_active else [])]

    def get_fieldsets(self, request: HttpRequest, obj: AIPromptTemplate | None = None) -> Any:
        """What is fixed is drawn, not shown as it is stored.

        A version that is not there yet has no state.
        """
        fixed = "declared" in self.get_readonly_fields(request, obj)
        drawn = {"variables": "declared"} if fixed else {}
        return [
            (
                name,
                {
                    **shown,
                    "fields": [
                        drawn.get(field, field) if isinstance(field, str) else field for field in shown["fields"]
                    ],
                },
            )
            for name, shown in (self.fieldsets if obj else self.fieldsets[:-1])
        ]

    @admin.display(description=gettext_lazy("변수"))
    def declared(self, template: AIPromptTemplate) -> str:
        """The variables of a version that is on or was used."""
        stored = template.variables or {}
        rows = [one for one in described(stored, stored) if one["is_chosen"]]
        return render_to_string("admin/widgets/variables.html", {"variables": rows, "json": as_json(stored)})

    @admin.display(description="English")
    def name_en(self, template: AIPromptTemplate) -> str:
        return _english(template, "name")

    @admin.display(description="English")
    def template_en(self, template: AIPromptTemplate) -> str:
        return _english(template, "template")

    @admin.display(description="English")
    def rule_template_en(self, template: AIPromptTemplate) -> str:
        return _english(template, "rule_template")

    def has_delete_permission(self, request: HttpRequest, obj: AIPromptTemplate | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or not obj.usage_count)

    @admin.display(description=gettext_lazy("평가"))
    def evaluation(self, template: AIPromptTemplate) -> str:
        found = None if template._state.adding else prompt_versions.latest_evaluation(template)
        return _("아직 평가하지 않았어요.") if found is None else _told(found)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any
    ) -> HttpResponse:
        template = options.get("obj")
        return super().render_change_form(request, context | _preview(request, template), *args, **options)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        since = timezone.now() - LOOKS_BACK
        shown = {
            "effects": _effects(effect_report.by_kind(since=since)),
            "versions": [(row, points(row.estimate)) for row in effect_report.by_version(since=since)],
            "hidden": HIDDEN,
        }
        return super().changelist_view(request, (extra_context or {}) | shown)

    def response_change(self, request: HttpRequest, obj: AIPromptTemplate) -> HttpResponse:
        if "_on" in request.POST:
            return self._ask_to_switch_on(request, obj)
        if "_ask" in request.POST:
            return self._show_answer(request, obj)
        acts = {
            "_evaluate": _evaluate,
            "_off": _switch_off,
            "_succeed": _succeed,
            "_back": _roll_back,
        }
        act = next((acts[name] for name in acts if name in request.POST), None)
        if act is None:
            return super().response_change(request, obj)
        said, template, level = act(obj)
        self.message_user(request, said, level)
        return HttpResponseRedirect(reverse("admin:coaching_aiprompttemplate_change", args=[template.pk]))

    def _show_answer(self, request: HttpRequest, template: AIPromptTemplate) -> HttpResponse:
        """What the model answers to the prompt of the preview, with the gate's verdict and the cost."""
        preview = _preview(request, template)["preview"]
        back = reverse("admin:coaching_aiprompttemplate_change", args=[template.pk])
        try:
            asked = prompt_preview.ask(template, preview, by=colleagues.signed_in(request), at=timezone.now())
        except prompt_preview.NotAsked:
            self.message_user(request, _("지금은 모델에게 물을 수 없어요."), messages.WARNING)
            return HttpResponseRedirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": _("모델의 답"),
            "subtitle": str(template),
            "opts": self.opts,
            "back": f"{back}?{request.GET.urlencode()}",
            "asked": asked,
            "preview": preview,
            "cost": dollars(asked.draft.cost or 0),
        }
        return TemplateResponse(request, "admin/coaching/aiprompttemplate/answer.html", context)

    def _ask_to_switch_on(self, request: HttpRequest, template: AIPromptTemplate) -> HttpResponse:
        """A second person approves; what the database would refuse is not even asked."""
        if _refuses(template):
            self.message_user(request, _("지금 글 그대로 평가를 통과해야 켤 수 있어요."), messages.WARNING)
        else:
            why = reasons.posted(request)
            self.propose(request, approvals.PROMPT, str(template.pk), {"is_active": True}, why=why)
        return HttpResponseRedirect(reverse("admin:coaching_aiprompttemplate_change", args=[template.pk]))


def _english(template: AIPromptTemplate, key: str) -> str:
    return str((template.translations or {}).get("en", {}).get(key) or "—")


def _preview(request: HttpRequest, template: AIPromptTemplate | None) -> dict[str, Any]:
    """The preview about the seeded person that `?person=` names, else about the first who would get such a message."""
    if template is None:
        return {}
    people = prompt_preview.seeded_people()
    asked = request.GET.get("person", "")
    chosen = [number for number in people if str(number) == asked] or people
    found = next(((number, its) for number in chosen if (its := prompt_preview.of_person(template, number))), None)
    number, shown = found or (None, prompt_preview.of_sample(template, template.usage_count))
    return {
        "preview": shown,
        "may_ask": prompt_preview.may_ask(),
        "preview_people": [{"number": one, "current": one == number} for one in people],
        "nothing_to_say": len(chosen) == 1 and found is None,
    }


def _refuses(template: AIPromptTemplate) -> bool:
    """Whether the version could not be switched on as it is now."""
    with transaction.atomic():
        try:
            prompt_versions.switch_on(template)
        except prompt_versions.NotEvaluated:
            return True
        transaction.set_rollback(True)
    return False


type _Done = tuple[str, AIPromptTemplate, int]


def _evaluate(template: AIPromptTemplate) -> _Done:
    found = prompt_versions.evaluate(template)
    passed = found.passed == found.cases
    said = f"{_('평가했어요.')} {_told(found)}"
    return said, template, messages.SUCCESS if passed else messages.WARNING


def _told(found: PromptEvaluation) -> str:
    """How many cases passed, and by what the others failed."""
    values = {"passed": found.passed, "cases": found.cases, "safety": found.failed_safety}
    said = _("%(cases)d가지 가운데 %(passed)d가지 통과, 안전에 걸린 것 %(safety)d가지") % values
    return " · ".join([said, *(f"{item} {number}" for item, number in sorted(found.failures.items()))])


def _switch_off(template: AIPromptTemplate) -> _Done:
    prompt_versions.switch_off(template)
    return _("껐어요."), template, messages.SUCCESS


def _succeed(template: AIPromptTemplate) -> _Done:
    following = prompt_versions.succeed(template)
    return _("새 판을 만들었어요. 고친 다음 평가하고 켜요."), following, messages.SUCCESS


def _roll_back(template: AIPromptTemplate) -> _Done:
    try:
        before = prompt_versions.roll_back(template)
    except prompt_versions.NothingBefore:
        return _("돌아갈 판이 없어요."), template, messages.WARNING
    return _("앞의 판으로 돌아갔어요."), before, messages.SUCCESS


@admin.register(CoachingMessage)
class CoachingMessageAdmin(Records, StaffAdmin):
    """When which version wrote to whom, and how it was taken; not what it said."""

    list_display = ["message_type", "user", "tone", "writer", "user_reaction", "sent_at"]
    list_filter = ["message_type", "sent_at"]
    list_select_related = ["user"]
    ordering = ["-sent_at"]
    fields = [
        "person", "message_type", "tone", "occasion", "template", "prompt_version", "writer", "offline_reason", "tokens_in",
        "tokens_out", "cost", "user_reaction", "scheduled_for", "sent_at", "read_at", "created_at",
    ]  # fmt: skip
    nothing_said = gettext_lazy("코치가 쓴 메시지가 여기에 모여요. 내용은 보이지 않아요.")

    @admin.display(description=gettext_lazy("모델"))
    def writer(self, message: CoachingMessage) -> str:
        return (message.ai_model or "") if message.is_by_ai else _("정해 둔 문장")


@admin.register(CoachingJob)
class CoachingJobAdmin(Records, StaffAdmin):
    """The outbox of messages: what waits, what was dropped and why, and dead ones to try again."""

    nothing_said = gettext_lazy("코치가 쓸 메시지가 차례를 기다리는 곳이에요. 지금은 없어요.")
    list_display = ["id", "occasion", "state", "outcome", "attempts", "calls", "due_at", "created_at"]
    list_filter = ["state", "created_at"]
    fields = [
        "person",
        "occasion",
        "state",
        "outcome",
        "attempts",
        "calls",
        "local_date",
        "due_at",
        "lease_ends_at",
    ]
    ordering = ["-id"]
    actions = ["try_again"]

    @admin.action(description=gettext_lazy("다시 쓰기"))
    def try_again(self, request: HttpRequest, queryset: QuerySet[CoachingJob]) -> None:
        dead = list(queryset.filter(state=CoachingJob.State.DEAD))
        for job in dead:
            jobs.retry(job)
        self.message_user(request, _("%(n)d개를 다시 써요.") % {"n": len(dead)})


@admin.register(CoachingSpend)
class CoachingSpendAdmin(ReadOnly, StaffAdmin):
    """The cost of each day in all; the rows of persons are not shown."""

    nothing_said = gettext_lazy("모델을 쓰면 하루에 든 돈이 여기에 쌓여요.")
    list_display = ["spent_on", "in_dollars", "reserved_in_dollars", "of_cap"]
    fields = ["spent_on", "in_dollars", "reserved_in_dollars", "of_cap"]
    readonly_fields = ["in_dollars", "reserved_in_dollars", "of_cap"]
    ordering = ["-spent_on"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[CoachingSpend]:
        return super().get_queryset(request).filter(user=None)

    @admin.display(description=gettext_lazy("쓴 돈"))
    def in_dollars(self, spend: CoachingSpend) -> str:
        return dollars(spend.spent)

    @admin.display(description=gettext_lazy("잡아 둔 돈"))
    def reserved_in_dollars(self, spend: CoachingSpend) -> str:
        return dollars(spend.reserved)

    @admin.display(description=gettext_lazy("상한에서"))
    def of_cap(self, spend: CoachingSpend) -> str:
        cap = CoachingControls.current().daily_cap
        return f"{100 * (spend.spent + spend.reserved) // cap}%" if cap else "—"


@admin.register(CoachingControls)
class CoachingControlsAdmin(StaffAdmin):
    """The one row of switches; it is made when it is first saved."""

    form = ControlsForm
    change_list_template = "admin/coaching/coachingcontrols/change_list.html"
    change_form_template = "admin/coaching/coachingcontrols/change_form.html"
    fieldsets = [
        (gettext_lazy("바꾸기"), {"fields": ["uses_model", "sends_messages", ("daily_cap", "daily_cap_per_person")]})
    ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """How the switches stand, instead of a list of one row."""
        shown = {"switches": switches.states(at=timezone.now()), "change_url": self._change_url(request)}
        return super().changelist_view(request, (extra_context or {}) | shown)

    def row_note(self, row: CoachingControls) -> str:
        return _("저장하면 다음 메시지부터 모두에게 이렇게 움직여요.")

    def _change_url(self, request: HttpRequest) -> str:
        """The form: of the row, or of the one that is still to be made; empty for who may not change it."""
        row = CoachingControls.objects.first()
        if row is not None and self.has_change_permission(request, row):
            return reverse("admin:coaching_coachingcontrols_change", args=[row.pk])
        return reverse("admin:coaching_coachingcontrols_add") if self.has_add_permission(request) else ""

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        shown = {"switches": switches.states(at=timezone.now()), "show_save_and_add_another": False}
        if object_id is None:
            shown["title"] = capfirst(self.opts.verbose_name)
        return super().changeform_view(request, object_id, form_url, (extra_context or {}) | shown)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not CoachingControls.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: CoachingControls | None = None) -> bool:
        return False


@work_queue.waiting("coaching.view_aiprompttemplate")
def crisis_list_check(now: dt.datetime) -> work_queue.Waiting | None:
    """The telephone numbers of help, when they have to be verified again."""
    due = help_lines.check_due_since(now.date())
    if due is None:
        return None
    since = dt.datetime.combine(due, dt.time(), dt.UTC)
    return work_queue.Waiting(_("도움 전화번호를 확인할 때"), reverse("coaching:help"), since=since, icon="phone")
