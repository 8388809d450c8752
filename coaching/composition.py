"""Writes a message with our own sentences, from a template's `rule_template` and a context.

    values(context, habit=…)            the variables of a template
    write(template, context, habit=…)   WrittenMessage(title, body), with tokens in place of the names of habits

It is what a person gets without a provider, and what they get when the provider's answer is refused.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from coaching import habit_tokens, prompt_rendering, sentences, steps, words
from coaching.content_rules import rules
from coaching.context import HABIT_TOKEN, OF_LETTER, Context, Fact, NextStep
from coaching.message_choice import MessageChoice, Past
from coaching.models import AIPromptTemplate, MessageType
from coaching.records import Record


@dataclass(frozen=True)
class WrittenMessage:
    """A message in its language. The title is one line."""

    title: str
    body: str

    @property
    def content(self) -> str:
        return f"{self.title}\n{self.body}"

    @classmethod
    def from_text(cls, text: str) -> "WrittenMessage":
        """The first line is the title; the line breaks of the rest are spaces."""
        head, _separator, rest = text.strip().partition("\n")
        return cls(" ".join(head.split()), " ".join(rest.split()))


def context_of(
    choice: MessageChoice, record: Record, *, turn: int, shares_names: bool, past: Sequence[Past] = ()
) -> Context:
    """The typed context of a choice, with its sentences.

    `past` are the messages of the last days, oldest first; where it has none of a kind, `turn` chooses the wording.
    """
    habit, language = choice.habit, record.language
    turn, between_turn, step_turn = turns(choice, past, otherwise=turn)
    names = [_token(fact.habit_id) for fact in choice.facts]
    texts = sentences.fact_texts(
        choice.facts, names=names, language=language, turn=turn, of_letter=choice.reason == OF_LETTER
    )
    step_text = sentences.step_text(
        choice.step,
        habit=_token(choice.step.habit_id),
        language=language,
        turn=step_turn,
        is_named=_names_step(choice.facts, choice.step),
    )
    return Context(
        language=language,
        date=record.day,
        weekday=words.weekday(record.day.weekday(), language),
        zone=record.zone,
        message_type=choice.message_type,
        reason=choice.reason,
        category=habit.category if habit else "",
        habit_name_shared=_shared_name(choice, record, shares_names=shares_names),
        facts=[fact.model_copy(update={"text": text}) for fact, text in zip(choice.facts, texts, strict=True)],
        step=choice.step.model_copy(update={"text": step_text}),
        turn=turn,
        between_turn=between_turn,
        step_turn=step_turn,
    )


def turns(choice: MessageChoice, past: Sequence[Past], *, otherwise: int) -> tuple[int, int, int]:
    """The wordings of facts, sentence between and step: each after the last of its kind.

    A number that counts all messages comes back to the same wording for a habit that is spoken about every third day.
    """
    told = [one.context for one in reversed(past) if one.context]

    def after(number: int, is_alike: Callable[[Context], bool]) -> int:
        return next((one.turns[number] + 1 for one in told if is_alike(one)), otherwise)

    kind, about = choice.facts[0].kind, steps.about(choice.step)
    # Only the sentences of motivation are chosen by the step (ai_prompt_templates.toml).
    by_step = choice.message_type == MessageType.MOTIVATION
    return (
        after(0, lambda one: one.facts[0].kind == kind),
        after(
            1, lambda one: one.message_type == choice.message_type and (not by_step or steps.about(one.step) == about)
        ),
        after(2, lambda one: one.step.kind == choice.step.kind),
    )


def _names_step(facts: Sequence[Fact], step: NextStep) -> bool:
    """Whether the step has to name its habit: the facts speak of another one, or of all."""
    return step.habit_id is not None and {fact.habit_id for fact in facts} != {step.habit_id}


def habit_token(context: Context) -> str:
    """The token of the one habit that the title speaks of; "" if there is none."""
    return next((_token(part.habit_id) for part in (context.facts[0], context.step) if part.habit_id), "")


def is_about_one_habit(context: Context) -> bool:
    """Whether the token can stand for only one habit."""
    ids = {part.habit_id for part in context.parts if part.habit_id}
    return len(ids) <= 1


def _token(habit_id: str | None) -> str:
    return habit_tokens.token(habit_id) if habit_id else ""


def _shared_name(choice: MessageChoice, record: Record, *, shares_names: bool) -> str:
    habit = choice.habit or record.habit(choice.step.habit_id)
    if habit is None:
        return ""
    return habit.name if shares_names else habit.name_shared


# The variables that templates may declare, with their types.
VARIABLES = {
    "rules": "string",
    "today": "string",
    "category": "string",
    "habit_name": "string",
    "title": "string",
    "fact": "string",
    "extra": "string",
    "step": "string",
    "about": "string",
    "turn": "integer",
}


def values(context: Context, *, habit: str = HABIT_TOKEN) -> dict[str, Any]:
    """What each of VARIABLES holds.

    With HABIT_TOKEN as `habit` they are what a provider may see; with the habit's own token they are what is stored.
    """
    language = context.language
    turn, between_turn, step_turn = context.turns
    facts = sentences.fact_texts(
        context.facts,
        names=[habit] * len(context.facts),
        language=language,
        turn=turn,
        of_letter=context.reason == OF_LETTER,
    )
    return {
        "rules": rules(language),
        "today": f"{words.date(context.date, language)} {context.weekday}",
        "category": context.category,
        "habit_name": context.habit_name_shared,
        "title": sentences.title(context.facts[0], habit=habit, language=language, turn=turn),
        "fact": facts[0],
        "extra": " ".join(facts[1:]),
        "step": sentences.step_text(
            context.step,
            habit=habit,
            language=language,
            turn=step_turn,
            is_named=_names_step(context.facts, context.step),
        ),
        "about": steps.about(context.step),
        "turn": between_turn,
    }


def write(template: AIPromptTemplate, context: Context, *, habit: str) -> WrittenMessage:
    """The template's sentences around the facts; facts and step alone if it cannot be rendered."""
    given = values(context, habit=habit)
    # The sentences of the context are those that the person is shown as its facts.
    given |= {"fact": context.facts[0].text, "extra": " ".join(fact.text for fact in context.facts[1:])}
    given["step"] = context.step.text
    try:
        text = prompt_rendering.render(
            [text_of(template, "rule_template", context.language)], given, variables=template.variables
        )[0]
    except prompt_rendering.RenderingRefused:
        text = "{title}\n{fact} {extra} {step}".format(**given)
    return WrittenMessage.from_text(text)


def text_of(template: AIPromptTemplate, field: str, language: str) -> str:
    """The field in the language, else in Korean."""
    return template.translations.get(language, {}).get(field) or getattr(template, field) or ""
