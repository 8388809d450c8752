"""Turns a context into a message: by the model if all allow it, else with our own sentences.

    draft(user, template, context, at=…) -> Draft
    ask_model(person, system, question, context, at=…) -> Draft    the model alone, its costs counted for the person

In this order: is a model set up, did the person consent, do the switches allow it, is there money, does it answer, does
the answer pass the gate. The first that fails gives the offline text and its code in `offline_reason`. Names of habits
are put in when the message is read (coaching/habit_tokens.py).
"""

import dataclasses
import datetime as dt
import time
from collections.abc import Callable
from uuid import UUID

import structlog

from accounts.models import User
from coaching import composition, habit_tokens, output_gate, prompt_rendering, provider, provider_consent, spend
from coaching.composition import WrittenMessage
from coaching.context import Context
from coaching.models import OFFLINE, AIPromptTemplate, CoachingControls
from coaching.prompt_evaluation import SYSTEM, USER

log = structlog.get_logger(__name__)


@dataclasses.dataclass(frozen=True)
class Draft:
    """A message that may be stored, with what it took to write it."""

    written: WrittenMessage
    ai_model: str = OFFLINE
    offline_reason: str | None = None
    # What was sent, word for word; None if nothing was.
    prompt: str | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    # Millionths of a US dollar.
    cost: int | None = None

    @property
    def is_by_ai(self) -> bool:
        return self.ai_model != OFFLINE

    @property
    def was_refused(self) -> bool:
        """Whether the provider refused the call: such a message is none of the day's."""
        return self.offline_reason in provider.FREE

    def costing(self, more: int | None) -> "Draft":
        return dataclasses.replace(self, cost=(self.cost or 0) + (more or 0))


class NotNow(Exception):
    """The model is not asked; the text is the code for `offline_reason`."""


def draft(
    user: User,
    template: AIPromptTemplate,
    context: Context,
    *,
    at: dt.datetime,
    may_call: Callable[[], bool] = lambda: True,
) -> Draft:
    """The message; every failure of the model ends in our own sentences.

    `may_call` is asked right before a call and counts it.
    """
    try:
        if refusal := _refusal(user, context):
            raise NotNow(refusal)
        system, question = prompt_of(template, context)
        if not may_call():
            raise NotNow("too_many_calls")
    except NotNow as error:
        return _offline(template, context, Draft(WrittenMessage("", ""), offline_reason=str(error) or None))
    asked = ask_model(
        user.pk,
        system,
        question,
        context,
        at=at,
        may_call=lambda: not _refusal(user, context) and may_call(),
    )
    if asked.is_by_ai and (refusal := _refusal(user, context)):
        # The model took its time: a switch and a withdrawal count until its text is stored.
        asked = dataclasses.replace(asked, ai_model=OFFLINE, offline_reason=refusal)
    if asked.is_by_ai:
        return dataclasses.replace(asked, written=as_stored(asked.written, context))
    return _offline(template, context, asked)


def _refusal(user: User, context: Context) -> str:
    """Why no model may write it, as a code; "" if one may. Asked before each call, and after it."""
    if not composition.is_about_one_habit(context):
        # A letter over several habits: the token stands for one.
        return "several_habits"
    if not provider.is_configured():
        return "no_key"
    if not provider_consent.is_given(user):
        return "no_consent"
    return "" if CoachingControls.current().uses_model else "switched_off"


def prompt_of(template: AIPromptTemplate, context: Context) -> tuple[str, str]:
    """The two parts of the prompt. Raises NotNow if the template cannot be rendered."""
    text = composition.text_of(template, "template", context.language)
    system, separator, question = text.removeprefix(SYSTEM).partition(f"\n{USER}")
    if not separator:
        raise NotNow("template")
    try:
        rendered = prompt_rendering.render(
            [system, question], composition.values(context), variables=template.variables
        )
    except prompt_rendering.RenderingRefused as error:
        raise NotNow("template") from error
    return rendered[0], rendered[1]


def ask_model(
    person: UUID,
    system: str,
    question: str,
    context: Context,
    *,
    at: dt.datetime,
    may_call: Callable[[], bool] = lambda: True,
) -> Draft:
    """What the model wrote, with the token; or why it is not used, with what it cost.

    After a 429 or 5xx it is asked once more, if the caps of calls and money allow that, too.
    """
    try:
        answer, cost = _answer(person, system, question, at=at)
    except _Unanswered as failure:
        if not failure.is_worth_a_retry or not may_call():
            return failure.draft
        time.sleep(provider.WAIT)
        try:
            answer, cost = _answer(person, system, question, at=at)
        except _Unanswered as second:
            # The first failure says more than a cap that the second met.
            return failure.draft if second.is_local else second.draft.costing(failure.draft.cost)
        cost += failure.draft.cost or 0
    failed = output_gate.failures(answer.title, answer.body, context)
    if failed:
        log.warning("coach gate", items=failed)
    return Draft(
        WrittenMessage.from_text(f"{answer.title}\n{answer.body}"),
        ai_model=OFFLINE if failed else answer.model,
        offline_reason=f"gate:{failed[0]}"[:30] if failed else None,
        prompt=whole_prompt(system, question),
        tokens_in=answer.tokens_in,
        tokens_out=answer.tokens_out,
        cost=cost,
    )


class _Unanswered(Exception):
    """One call without an answer, with the draft that says why and what it cost."""

    def __init__(self, draft: Draft, *, is_worth_a_retry: bool = False, is_local: bool = False) -> None:
        super().__init__(draft.offline_reason)
        self.draft = draft
        self.is_worth_a_retry = is_worth_a_retry
        # The call was not made: a limit of ours forbade it.
        self.is_local = is_local


def _answer(person: UUID, system: str, question: str, *, at: dt.datetime) -> tuple[provider.ModelAnswer, int]:
    """The answer of one call and its cost, reserved before and settled after. Raises _Unanswered."""
    highest = provider.highest_cost(system, question)
    reserved = spend.reserve(person, highest, at=at)
    if reserved is None:
        raise _Unanswered(Draft(WrittenMessage("", ""), offline_reason="over_budget"), is_local=True)
    try:
        answer = provider.complete(system, question, person=person)
    except provider.ProviderError as error:
        cost = _cost_of_failure(error, highest)
        spend.settle(reserved, cost)
        log.warning("coach model", code=error.code)
        raise _Unanswered(
            Draft(WrittenMessage("", ""), offline_reason=error.code, prompt=whole_prompt(system, question), cost=cost),
            is_worth_a_retry=error.is_worth_a_retry,
            is_local=error.code in provider.LOCAL,
        ) from None
    cost = provider.cost(answer.tokens_in, answer.tokens_out)
    spend.settle(reserved, cost)
    return answer, cost


def whole_prompt(system: str, question: str) -> str:
    """The prompt word for word, as it is kept with its message."""
    return f"{SYSTEM}{system}\n{USER}{question}"


def _cost_of_failure(error: provider.ProviderError, highest: int) -> int:
    """What a failed call cost: nothing if it was refused, the tokens if they are known, else the most it can be."""
    if error.is_free:
        return 0
    return provider.cost(*error.tokens) if error.tokens else highest


def _offline(template: AIPromptTemplate, context: Context, asked: Draft) -> Draft:
    written = composition.write(template, context, habit=composition.habit_token(context))
    return dataclasses.replace(asked, written=written, ai_model=OFFLINE)


def as_stored(written: WrittenMessage, context: Context) -> WrittenMessage:
    """A model's text as it is stored: with the token of the habit that it is about."""
    habit_id = next((part.habit_id for part in context.parts if part.habit_id), "")
    return WrittenMessage(*(habit_tokens.with_id(text, habit_id) for text in (written.title, written.body)))
