"""Every sentence of the coach, one by one: it passes the gate, and its numbers and particles fit."""

import re
import tomllib

import pytest

from coaching import facts, habit_tokens, output_gate, prompt_evaluation, sentences, steps
from coaching.content_rules import FILE
from coaching.context import HABIT_TOKEN, Fact, NextStep
from coaching.models import AIPromptTemplate
from coaching.prompt_sandbox import render
from tests.coaching import seeded

CONTENT = tomllib.loads((FILE.parent / "sentences.toml").read_text(encoding="utf-8"))
LANGUAGES = ("ko", "en")
# The smallest numbers that a kind can have, and those of which all are part.
SMALL = {
    "week": {"done": 1, "due": 2}, "within": {"done": 1, "due": 2}, "week_times": {"done": 1}, "fewer": {"before": 3, "now": 1},
    "more": {"before": 1, "now": 2}, "away": {"days": 3, "count": 1}, "comeback": {"empty": 3, "since": 1}, "full_days": {"days": 1},
}  # fmt: skip
WHOLE = {
    "week": {"done": 2, "due": 2}, "full_days": {"days": 7}, "within": {"done": 7, "due": 7}, "hour": {"times": 12, "of": 12},
    "good_weekday": {"done": 6, "due": 6}, "hard_weekday": {"empty": 6, "due": 6},
}  # fmt: skip


def samples(kind, language):
    usual = prompt_evaluation.SAMPLES[kind](language)
    return [usual, usual | SMALL.get(kind, {}), usual | WHOLE.get(kind, {})]


def said(kind, language, form):
    """(text, context) of each sentence of a form, over the samples."""
    step = next(prompt_evaluation.sample_steps(language))
    for params in samples(kind, language):
        context = prompt_evaluation.sample_context("motivation", kind, step, language, turn=0)
        fact = Fact(kind=kind, habit_id="0", params=params, evidence=["habits:today"])
        context = context.model_copy(update={"facts": [fact]})
        for turn in range(len(CONTENT["facts"][kind][language][form])):
            yield sentences.fact_text(fact, habit=HABIT_TOKEN, language=language, turn=turn, form=form), context


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", list(facts.kinds()))
def test_each_sentence_about_a_fact_passes_the_gate(kind, language):
    for form in CONTENT["facts"][kind][language]:
        for text, context in said(kind, language, form):
            whole = text if not form.endswith("titles") else "한 줄이에요." if language == "ko" else "One line."
            title = text if form.endswith("titles") else "제목이에요" if language == "ko" else "A title"
            failed = set(output_gate.failures(title, f"{whole} {context.step.text}", context))
            assert failed <= ({"no_fact", "no_step"} if form.endswith("titles") else {"no_step"}), (text, failed)


@pytest.mark.parametrize("kind", list(facts.kinds()))
def test_a_korean_fact_names_its_habit_in_quotes_or_stands_beside_one_that_does(kind):
    is_of_habit = kind in facts.HABIT_FACTS
    for form, has_name in (
        ("texts", is_of_habit),
        ("in_week", is_of_habit),
        ("letter", is_of_habit),
        ("beside", False),
    ):
        for text in CONTENT["facts"][kind]["ko"].get(form, []):
            assert bool(re.search(r"{{ habit\b", text)) is has_name, text
    assert kind in facts.PERSON_FACTS or kind == "age" or CONTENT["facts"][kind]["ko"]["beside"]


@pytest.mark.parametrize("kind", list(facts.kinds()))
def test_a_letter_names_last_week_once_and_what_follows_does_not_name_it(kind):
    week = {"ko": "주일|지난 ?주|이번 주", "en": "past week|last week|this week"}
    for language in LANGUAGES:
        forms = CONTENT["facts"][kind][language]
        assert all(len(re.findall("지난주|last week", text, re.IGNORECASE)) == 1 for text in forms.get("letter", []))
        assert not any(re.search(week[language], text) for text in forms.get("in_week", []))
        # Every other one may name the week before: of two that follow each other one does not.
        for number, text in enumerate(forms.get("in_week", [])):
            assert number % 2 == 0 or not re.search("그 전 주|the week before", text), text


@pytest.mark.parametrize("kind", list(facts.kinds()))
def test_numbers_fit_their_words(kind):
    for language in LANGUAGES:
        for form in CONTENT["facts"][kind][language]:
            for text, _context in said(kind, language, form):
                assert not re.search(r"\b1 (days|times|weeks)\b|\b(?!1\b)\d+ (day|time|week)\b|\ball 2 |\.\.", text), (
                    text
                )
                # All of them are "모두", never "7번 가운데 7번".
                assert not re.search(r"(\d+)(일|번) (?:가운데|중) \1\2|\b(\d+) of (the |its )?\3\b", text), text


def test_steps_pass_the_gate_in_every_wording():
    for language in LANGUAGES:
        for kind, params in prompt_evaluation.step_samples(language).items():
            step = NextStep(kind=kind, habit_id="0", params=params, to=["habits:today"])
            context = prompt_evaluation.sample_context("motivation", "streak", step, language, turn=0)
            for turn in range(len(CONTENT["steps"][kind][language])):
                text = sentences.step_text(step, habit=HABIT_TOKEN, language=language, turn=turn)
                context = context.model_copy(update={"step": step.model_copy(update={"text": text})})
                assert (
                    output_gate.failures(
                        "제목이에요" if language == "ko" else "Title",
                        habit_tokens.without_ids(f"{context.facts[0].text} {text}"),
                        context,
                    )
                    == []
                ), text
                assert text.endswith("."), text
                assert not re.search(r"\.\.|\d+ p\.m", text), text


def between(template: AIPromptTemplate, language):
    """Each sentence that a template sets between fact and step."""
    text = template.rule_template if language == "ko" else template.translations[language]["rule_template"]
    given = {"title": "T", "fact": "F", "extra": "", "step": "S"}
    for about in steps.ABOUT:
        for turn in range(12):
            lines = [line for line in render(text, given | {"about": about, "turn": turn}).splitlines() if line]
            yield about, " ".join(lines[2:-1])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", seeded.templates(), ids=lambda template: template.name)
def test_what_stands_between_fact_and_step_states_nothing_and_asks_for_nothing(template, language):
    for about, text in between(template, language):
        # No number, no day of the week, and no second task beside the step.
        assert not re.search(r"\d|요일", text), text
        assert not re.search(r"(해|골라|떠올려|찾아|모아|그려|잡아|살펴) ?봐요", text), text
        if about in ("later", "rest") and template.message_type == "motivation":
            assert not re.search(r"한 번|오늘도|시작해|\bone go\b|off we go", text), (about, text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_motivation_has_a_sentence_for_each_thing_its_steps_are_about(language):
    for template in seeded.templates():
        if template.message_type == "motivation":
            missing = {about for about, text in between(template, language) if not text}
            assert missing == {"more"}, template.name
