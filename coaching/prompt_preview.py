"""Previews a template's version for staff, about a seeded person or a sample.

of_person(template, number), of_sample(template, number)   the exact prompt, our own sentences, the gate's verdict on them
ask(template, preview, by=…, at=…)                         the model's answer to that prompt, and the gate's verdict on it
"""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import User
from coaching import (
    composition,
    generation,
    habit_tokens,
    message_choice,
    output_gate,
    past,
    prompt_evaluation,
    provider,
    record_queries,
)
from coaching.composition import WrittenMessage
from coaching.context import Context
from coaching.generation import Draft
from coaching.models import AIPromptTemplate, CoachingControls

# Addresses of the seeding; nobody else can have one.
SEEDED = "seed{number}@example.com"
# As many seeded people as staff may choose from.
CHOICES = 40


@dataclass(frozen=True)
class PromptPreview:
    # Whom it is about, in words for staff.
    about: str
    context: Context
    # Its names of habits by their ids.
    names: dict[str, str]
    # The exact prompt; "" if it cannot be rendered.
    prompt: str
    written: WrittenMessage
    # The items of the gate that our own sentences fail; empty: they pass.
    failures: list[str]


@dataclass(frozen=True)
class PreviewAnswer:
    """What the model answered to a preview's prompt, and what it took."""

    draft: Draft
    # The items of the gate that the answer fails.
    failures: list[str]
    # As a person would read it; None without an answer.
    written: WrittenMessage | None


class NotAsked(Exception):
    """No model is set up, staff switched it off, or the prompt cannot be rendered."""


def seeded_people() -> list[int]:
    """The numbers of the seeded people that are there."""
    addresses = {SEEDED.format(number=number): number for number in range(1, CHOICES + 1)}
    return sorted(addresses[user.email] for user in User.objects.filter(email__in=addresses).only("email"))


def of_person(template: AIPromptTemplate, number: int) -> PromptPreview | None:
    """About the seeded person `number`; None without such a person or without a message."""
    user = User.objects.filter(email=SEEDED.format(number=number)).first()
    if user is None:
        return None
    now = timezone.now()
    record, history = record_queries.read(user, at=now), past.read(user, at=now)
    choice = message_choice.choose(record, history.past, seed=f"preview/{number}", only=template.message_type)
    if choice is None:
        return None
    context = composition.context_of(choice, record, turn=history.messages, shares_names=False, past=history.past)
    names = {habit.id: habit.name for habit in record.habits}
    return _preview(template, context, about=SEEDED.format(number=number), names=names)


def of_sample(template: AIPromptTemplate, number: int) -> PromptPreview:
    """About sample `number` of the evaluation in the reader's language."""
    language = "ko" if (get_language() or "").startswith("ko") else "en"
    samples = [one for one in prompt_evaluation.sample_contexts(template.message_type) if one.language == language]
    context = samples[number % len(samples)]
    names = {prompt_evaluation.SAMPLE_HABIT: prompt_evaluation.NAMES[context.language]}
    return _preview(template, context, about=_("평가에 쓰는 보기예요."), names=names)


def _preview(template: AIPromptTemplate, context: Context, *, about: str, names: dict[str, str]) -> PromptPreview:
    try:
        prompt = generation.whole_prompt(*generation.prompt_of(template, context))
    except generation.NotNow:
        prompt = ""
    written = composition.write(template, context, habit=composition.habit_token(context))
    return PromptPreview(
        about=about,
        context=context,
        names=names,
        prompt=prompt,
        written=_named(written, context, names),
        failures=_failures(written, context),
    )


def _failures(written: WrittenMessage, context: Context) -> list[str]:
    title, body = habit_tokens.without_ids(written.title), habit_tokens.without_ids(written.body)
    return output_gate.failures(title, body, context)


def _named(written: WrittenMessage, context: Context, names: dict[str, str]) -> WrittenMessage:
    return WrittenMessage.from_text(habit_tokens.fill(written.content, names, language=context.language))


def may_ask() -> bool:
    """Whether a model is set up and staff have not switched it off."""
    return provider.is_configured() and CoachingControls.current().uses_model


def ask(template: AIPromptTemplate, preview: PromptPreview, *, by: UUID, at: dt.datetime) -> PreviewAnswer:
    """Asks the model what the preview shows.

    Its cost counts for `by` and in the caps of all. Raises NotAsked.
    """
    if not may_ask() or not composition.is_about_one_habit(preview.context):
        raise NotAsked
    try:
        system, question = generation.prompt_of(template, preview.context)
    except generation.NotNow as refusal:
        raise NotAsked from refusal
    draft = generation.ask_model(by, system, question, preview.context, at=at)
    if not draft.written.content.strip():
        return PreviewAnswer(draft, [], None)
    stored = generation.as_stored(draft.written, preview.context)
    return PreviewAnswer(draft, _failures(stored, preview.context), _named(stored, preview.context, preview.names))
