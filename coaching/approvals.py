"""Switching a prompt on, which two people do."""

import datetime as dt
from typing import Any

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coaching import prompt_versions
from coaching.models import AIPromptTemplate, CoachingMessage
from core import small_cells
from core.staff import change_requests, permissions
from core.staff.change_requests import ImpossibleChange, Kind, ValueDifference
from core.staff.models import ChangeRequest

PROMPT = "prompt"
# What is said to people, and to how many of them.
_TEXTS = ("template", "rule_template", "translations", "traffic_share")


def _prompt(change: ChangeRequest) -> AIPromptTemplate:
    return AIPromptTemplate.objects.get(pk=change.target)


def _current(change: ChangeRequest) -> dict[str, Any]:
    prompt = _prompt(change)
    return {"is_active": prompt.is_active, **{name: _plain(getattr(prompt, name)) for name in _TEXTS}}


def _plain(value: Any) -> Any:
    return value if isinstance(value, dict | str | int | None) else str(value)


def _switch_on(change: ChangeRequest, _request: Any) -> None:
    try:
        prompt_versions.switch_on(_prompt(change))
    except prompt_versions.NotEvaluated as error:
        raise ImpossibleChange(_("지금 글 그대로 평가를 통과해야 켤 수 있어요.")) from error


def _on_now(prompt: AIPromptTemplate) -> AIPromptTemplate | None:
    others = AIPromptTemplate.objects.filter(name=prompt.name, is_active=True).exclude(pk=prompt.pk)
    return others.order_by("-activated_at").first()


def _label(name: str) -> Any:
    return next(field.verbose_name for field in AIPromptTemplate._meta.fields if field.name == name)


def _differences(change: ChangeRequest) -> list[ValueDifference]:
    """The texts beside those of the version that people read now."""
    prompt = _prompt(change)
    before = _on_now(prompt)
    texts = [
        ValueDifference(_label(name), getattr(before, name, "") or "", getattr(prompt, name))
        for name in _TEXTS
        if getattr(before, name, None) != getattr(prompt, name)
    ]
    return [ValueDifference(_("버전"), before.version if before else "", prompt.version), *texts]


# Days of messages that say how many people a version speaks to.
_LOOKS_BACK = dt.timedelta(days=30)


def _counts(change: ChangeRequest) -> list[tuple[Any, Any]]:
    """What the versions of this name that were on wrote lately, and to how many: that is whom this one speaks to."""
    since = timezone.now() - _LOOKS_BACK
    written = CoachingMessage.objects.filter(template__name=_prompt(change).name, created_at__gte=since)
    numbers = written.aggregate(messages=Count("pk"), people=Count("user", distinct=True))
    return [
        (gettext_lazy("지난 30일에 이 이름으로 쓴 메시지"), numbers["messages"]),
        (gettext_lazy("그 메시지를 받은 사람"), small_cells.people_text(numbers["people"])),
    ]


change_requests.KINDS[PROMPT] = Kind(
    label=gettext_lazy("코치 템플릿 켜기"),
    permission=permissions.permission("coaching_aiprompttemplate:_on"),
    current=_current,
    apply=_switch_on,
    name=lambda change: str(_prompt(change)),
    differences=_differences,
    counts=_counts,
)
