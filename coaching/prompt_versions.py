"""Versions of prompt templates: evaluated, switched on and off, succeeded, rolled back.

The database holds what must hold (coaching/models.py): a used version keeps its texts, none is on without a passed
evaluation of its texts.
"""

from django.db import IntegrityError, transaction

from coaching import prompt_evaluation
from coaching.models import OFFLINE, AIPromptTemplate, PromptEvaluation


class NotEvaluated(Exception):
    """The version has no passed evaluation of its present texts."""


class NothingBefore(Exception):
    """No other version of this name was ever on."""


def evaluate(template: AIPromptTemplate) -> PromptEvaluation:
    """Evaluates and stores.

    A worse safety result than that of the version before is seen in `failed_safety`.
    """
    return prompt_evaluation.store(template)


def latest_evaluation(template: AIPromptTemplate) -> PromptEvaluation | None:
    """Of the rule texts, on which switching on depends."""
    return template.evaluations.filter(ai_model=OFFLINE).order_by("-created_at", "-id").first()


def switch_on(template: AIPromptTemplate) -> None:
    """Beside other active versions of the name, by its share. Raises NotEvaluated."""
    try:
        with transaction.atomic():
            AIPromptTemplate.objects.filter(pk=template.pk).update(is_active=True)
    except IntegrityError as refused:
        raise NotEvaluated from refused


def switch_off(template: AIPromptTemplate) -> None:
    AIPromptTemplate.objects.filter(pk=template.pk).update(is_active=False)


def succeed(template: AIPromptTemplate) -> AIPromptTemplate:
    """A new version with the same texts, switched off, to be edited."""
    copied = ("name", "message_type", "tone", "template", "rule_template", "variables", "translations", "traffic_share")
    values = {field: getattr(template, field) for field in copied}
    return AIPromptTemplate.objects.create(**values, version=_next_version(template), is_active=False)


def roll_back(template: AIPromptTemplate) -> AIPromptTemplate:
    """Switches off all versions of the name and on again the one that was on before this one.

    Raises NothingBefore or NotEvaluated.
    """
    others = AIPromptTemplate.objects.filter(name=template.name).exclude(pk=template.pk)
    before = others.exclude(activated_at=None).order_by("-activated_at").first()
    if before is None:
        raise NothingBefore
    with transaction.atomic():
        AIPromptTemplate.objects.filter(name=template.name).update(is_active=False)
        switch_on(before)
    return before


def _next_version(template: AIPromptTemplate) -> str:
    """The next whole number after all versions of the name: "1.0" is followed by "2.0"."""
    versions = AIPromptTemplate.objects.filter(name=template.name).values_list("version", flat=True)
    wholes = [version.partition(".")[0] for version in versions]
    numbers = [int(whole) for whole in wholes if whole.isdecimal() and len(whole) < 10]
    return f"{max(numbers, default=0) + 1}.0"
