"""Prompt templates that reach outside their variables, or never end, are refused with words."""

import tomllib
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError

from coaching import prompt_templates
from coaching.models import AIPromptTemplate

CONTENT = Path(prompt_templates.__file__).parent / "content" / "ai_prompt_templates.toml"
UNSAFE = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ ''['__class__'] }}",
    "{{ ''|attr('__class__') }}",
    "{{ habit_name._secret }}",
    "{{ 'a' * 10**9 }}",
    "{{ 'a' * 1000000000 }}",
    "{{ 10 ** 1000000 }}",
    "{{ habit_name * total }}",
    "{{ habit_name * 100 * 100 }}",
    "{% set a = habit_name ~ habit_name %}" * 4,
    "{% set a %}{{ habit_name }}{% endset %}",
    "{{ '%1000000000d' % 1 }}",
    "{{ ('%1000000000d'|lower) % 1 }}",
    "{{ habit_name|center(1000000000) }}",
    "{% filter center(1000000000) %}a{% endfilter %}",
    "{% for n in range(1000000000) %}{{ n }}{% endfor %}",
    "{% for a in [1, 2] %}{% for b in [1, 2] %}{% endfor %}{% endfor %}",
    "{% for a in [[1]] recursive %}{{ loop(a) }}{% endfor %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% include '/etc/passwd' %}",
    "{% import 'a' as b %}",
    "{% from 'a' import b %}",
    "{% extends 'a' %}",
    "{{ lipsum() }}",
    "{{ unfinished",
]


def template(**values) -> AIPromptTemplate:
    return AIPromptTemplate(**{"name": "이름", "version": "1", "message_type": "advice", "template": "글"} | values)


@pytest.mark.parametrize("text", UNSAFE)
@pytest.mark.parametrize("field", ["template", "rule_template", "translations"])
def test_expressions_other_than_variables_are_refused(field, text):
    value = {"en": {"template": text}} if field == "translations" else text

    with pytest.raises(ValidationError) as refused:
        template(**{field: value}).clean()

    assert list(refused.value.message_dict) == [field]


def test_the_templates_of_the_service_are_taken():
    for values in tomllib.loads(CONTENT.read_text())["ai_prompt_templates"]:
        template(**values).clean()
