"""Previews a template's version for staff, about a seeded person or a sample."""

from dataclasses import dataclass

from django.utils import timezone

from accounts.models import User
from coaching import composition, generation, message_choice, output_gate, past, prompt_evaluation, record_queries
from coaching.composition import Written
from coaching.context import HABIT_TOKEN, Context
from coaching.models import AIPromptTemplate

# Addresses of the seeding; nobody else can have one.
SEEDED = "seed{number}@example.com"
# As many seeded people as staff may choose from.
CHOICES = 40


@dataclass(frozen=True)
class Preview:
    # Whom it is about, in words for staff.
    about: str
    context: Context
    # The exact prompt; "" if it cannot be rendered.
    prompt: str
    written: Written
    # The items of the gate that our own sentences fail; empty: they pass.
    failures: list[str]


def seeded_people() -> list[int]:
    """The numbers of the seeded people that are there."""
    addresses = {SEEDED.format(number=number): number for number in range(1, CHOICES + 1)}
    return sorted(addresses[user.email] for user in User.objects.filter(email__in=addresses).only("email"))


def of_person(template: AIPromptTemplate, number: int) -> Preview | None:
    """About the seeded person `number`; None without such a person or without a message."""
    user = User.objects.filter(email=SEEDED.format(number=number)).first()
    if user is None:
        return None
    now = timezone.now()
    record, history = record_queries.read(user, at=now), past.read(user, at=now)
    choice = message_choice.choose(record, history.past, seed=f"preview/{number}", only=template.message_type)
    if choice is None:
        return None
    context = composition.context_of(choice, record, turn=history.messages, shares_names=False)
    return _preview(template, context, about=SEEDED.format(number=number), habit=composition.habit_name(choice, record))


def of_sample(template: AIPromptTemplate, number: int) -> Preview:
    """About sample `number` of the evaluation."""
    samples = list(prompt_evaluation.sample_contexts(template.message_type))
    context = samples[number % len(samples)]
    return _preview(template, context, about=context.facts[0].kind, habit=prompt_evaluation.NAMES[context.language])


def _preview(template: AIPromptTemplate, context: Context, *, about: str, habit: str) -> Preview:
    try:
        prompt = "\n\n".join(generation.prompt_of(template, context))
    except generation.NotNow:
        prompt = ""
    token = composition.write(template, context, habit=HABIT_TOKEN)
    hidden = [text.replace(habit, HABIT_TOKEN) if habit else text for text in (token.title, token.body)]
    return Preview(
        about=about,
        context=context,
        prompt=prompt,
        written=composition.write(template, context, habit=habit),
        failures=output_gate.failures(hidden[0], hidden[1], context),
    )
