"""The database keeps versions: a used one is never edited, and none is switched on without a passed evaluation."""

import pytest
from django.db import IntegrityError, transaction

from coaching import prompt_evaluation
from coaching.models import AIPromptTemplate
from tests.coaching import seeded
from tests.factories.rest import AIPromptTemplateFactory

pytestmark = pytest.mark.django_db


def copy_of_a_shipped_one(**values):
    shipped = seeded.templates()[0]
    texts = {
        name: getattr(shipped, name)
        for name in ("message_type", "tone", "template", "rule_template", "variables", "translations")
    }
    return AIPromptTemplateFactory(**texts | {"version": "2.0"} | values)


def switch_on(template):
    with transaction.atomic():
        AIPromptTemplate.objects.filter(pk=template.pk).update(is_active=True)


def test_a_new_version_begins_switched_off():
    template = copy_of_a_shipped_one(is_active=True)

    assert not AIPromptTemplate.objects.get(pk=template.pk).is_active


def test_it_is_not_switched_on_without_an_evaluation():
    with pytest.raises(IntegrityError):
        switch_on(copy_of_a_shipped_one())


def test_it_is_switched_on_after_one():
    template = copy_of_a_shipped_one()
    evaluation = prompt_evaluation.store(template)

    switch_on(template)

    template.refresh_from_db()
    assert template.is_active
    assert template.activated_at
    assert evaluation.passed == evaluation.cases > 0


def test_an_evaluation_of_other_texts_does_not_count():
    template = copy_of_a_shipped_one()
    prompt_evaluation.store(template)
    template.rule_template += "\n한마디 더해요."
    template.save()

    with pytest.raises(IntegrityError):
        switch_on(template)


@pytest.mark.parametrize(
    ("sentence", "item"),
    [
        ("남들은 다 해요.", "blame"),
        ("evil.com 을 봐요.", "link"),
        ("99번이에요.", "foreign_number"),
        ("약을 먹어요.", "medical"),
    ],
)
def test_a_version_with_an_unsafe_sentence_fails_and_is_not_switched_on(sentence, item):
    template = copy_of_a_shipped_one(
        rule_template=f"{{{{ title }}}}\n{{{{ fact }}}} {sentence} {{{{ extra }}}} {{{{ step }}}}"
    )
    evaluation = prompt_evaluation.store(template)

    assert evaluation.failures[item]
    assert evaluation.failed_safety
    with pytest.raises(IntegrityError):
        switch_on(template)


@pytest.mark.parametrize(
    ("field", "value"),
    [("template", "x"), ("rule_template", "x"), ("variables", {}), ("name", "x"), ("version", "9"), ("tone", "gentle"),
     ("message_type", "advice"), ("translations", {}), ("usage_count", 0)],
)  # fmt: skip
def test_a_used_version_is_never_edited(field, value):
    template = copy_of_a_shipped_one(tone="energetic")
    AIPromptTemplate.objects.filter(pk=template.pk).update(usage_count=1)

    with pytest.raises(IntegrityError), transaction.atomic():
        AIPromptTemplate.objects.filter(pk=template.pk).update(**{field: value})


@pytest.mark.parametrize(
    ("field", "value"),
    [("template", "x"), ("rule_template", "x"), ("variables", {}), ("name", "x"), ("version", "9"), ("tone", "gentle"),
     ("message_type", "advice"), ("translations", {}), ("traffic_share", 7)],
)  # fmt: skip
def test_a_version_that_is_on_is_edited_by_nobody(content, field, value):
    template = AIPromptTemplate.objects.filter(is_active=True, tone="energetic").first()
    before = getattr(template, field)

    with pytest.raises(IntegrityError, match="is on"), transaction.atomic():
        AIPromptTemplate.objects.filter(pk=template.pk).update(**{field: value})
    AIPromptTemplate.objects.filter(pk=template.pk).update(is_active=False)
    AIPromptTemplate.objects.filter(pk=template.pk).update(**{field: before})


@pytest.mark.parametrize(("field", "value"), [("tone", "gentle"), ("message_type", "advice")])
def test_an_evaluation_of_another_type_or_tone_does_not_count(field, value):
    template = copy_of_a_shipped_one(tone="energetic")
    prompt_evaluation.store(template)
    AIPromptTemplate.objects.filter(pk=template.pk).update(**{field: value})

    with pytest.raises(IntegrityError):
        switch_on(template)


@pytest.mark.parametrize(
    ("field", "value"),
    [("template", "x"), ("rule_template", "x"), ("variables", {}), ("name", "x"), ("version", "9"), ("tone", "gentle"),
     ("message_type", "advice"), ("translations", {})],
)  # fmt: skip
def test_a_version_that_is_on_is_not_edited_before_its_first_use_either(field, value):
    template = copy_of_a_shipped_one(tone="energetic")
    prompt_evaluation.store(template)
    switch_on(template)
    its = AIPromptTemplate.objects.filter(pk=template.pk)
    assert its.get().usage_count == 0

    with pytest.raises(IntegrityError), transaction.atomic():
        its.update(**{field: value})
    # Switched off it may be edited, and is not on again without an evaluation of what was edited.
    its.update(is_active=False, **{field: value})
    if field in {"name", "version"}:
        switch_on(template)
        return
    with pytest.raises(IntegrityError):
        switch_on(template)


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("{{ title }}\n{{ fact }} {{ extra }} 그렇게 이어 가면 돼요.", "no_step"),
        ("한 주의 이야기예요\n지난 기록을 같이 봤어요. {{ step }}", "no_fact"),
        ("{{ title }}\n{{ extra }} {{ step }}", "fact_there"),
    ],
)
def test_a_version_without_a_fact_or_a_step_is_not_switched_on(text, item):
    template = copy_of_a_shipped_one(rule_template=text)
    evaluation = prompt_evaluation.store(template)

    assert evaluation.failures[item]
    assert evaluation.failed_safety
    with pytest.raises(IntegrityError):
        switch_on(template)


@pytest.mark.parametrize("share", [0, 101])
def test_each_version_has_a_share_of_one_to_a_hundred(share):
    with pytest.raises(IntegrityError, match="ai_prompt_templates_traffic_share"):
        copy_of_a_shipped_one(traffic_share=share)


def test_the_shipped_versions_are_evaluated_and_on(content):
    assert AIPromptTemplate.objects.filter(is_active=True).count() == len(seeded.templates())
