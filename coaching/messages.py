"""Stored messages: what a person reads, answers, asks about and deletes.

inbox(user)                         the messages shown, newest first
newest(user, kind)                  the first of them, for their page
find(user, message_id)              one of the person's own; raises DoesNotExist for anybody else's
mark_read(message, at)              once, with an event
react(message, reaction, at)        like, love, helpful, not helpful, with words; counts towards achievements
words_of(message, names)            title and body, with the names of habits
explain(message, names)             why this message: facts, rule, version, model, what was sent
exported(message, names)            what the export says in words
delete(message), delete_all(user)   the coach's memory of a person is their messages
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import get_language
from pydantic import ValidationError

from accounts.models import User
from coaching import composition
from coaching.composition import WrittenMessage
from coaching.context import Context, Fact, Language, MessagePart, NextStep
from coaching.habit_tokens import Names
from coaching.models import CoachingDecision, CoachingMessage, CoachingMessageQuerySet
from core import events
from core.db import prepared_statements
from core.db.compiled_queries import Compiled
from gamification import achievements, progress_tally
from gamification.criteria import Progress
from gamification.models import Achievement
from notifications import outbox
from notifications.models import Notification

# A row has no time of its answer: it was read then, or is older than that column.
_REACTIONS = """
    SELECT COALESCE(read_at, sent_at, created_at) FROM coaching_messages WHERE user_id = %s AND user_reaction IS NOT NULL
"""


# So many are listed.
SHOWN = 60


def _newest(person: UUID) -> CoachingMessageQuerySet:
    return CoachingMessage.objects.filter(user=person).shown().select_related("template")


_NEWEST = Compiled(lambda person: _newest(person)[:SHOWN], person=uuid4())
_NEWEST_OF_TYPE = Compiled(
    lambda person, kind: _newest(person).filter(message_type=kind)[:SHOWN], person=uuid4(), kind="a type"
)


@dataclass(frozen=True)
class Explanation:
    """Why a message says what it says."""

    message: CoachingMessage
    facts: list[Fact]
    step: NextStep | None
    # The code of the rule that chose the type ("at_risk"), "" for messages without a typed context.
    reason: str
    template_name: str
    version: str
    # None when our own sentences wrote it.
    model: str | None
    # Why no model wrote it although one was to: a code, or "".
    offline_reason: str
    # Word for word what was sent to the provider; "" if nothing was.
    sent_to_provider: str


def inbox(user: User) -> CoachingMessageQuerySet:
    return CoachingMessage.objects.filter(user=user).shown()


def newest(user: User, *, kind: str = "") -> list[CoachingMessage]:
    """The newest of the messages shown, of one type if `kind` names one."""
    return _NEWEST_OF_TYPE(person=user.pk, kind=kind) if kind else _NEWEST(person=user.pk)


def find(user: User, message_id: UUID) -> CoachingMessage:
    """Raises CoachingMessage.DoesNotExist, for messages of others too."""
    return inbox(user).select_related("template").get(pk=message_id)


def mark_read(message: CoachingMessage, *, at: dt.datetime) -> None:
    if CoachingMessage.objects.filter(pk=message.pk, read_at=None).update(read_at=at):
        message.read_at = at
        events.record("ai_message_read", user_id=message.user_id, at=at, message_id=str(message.pk))


def react(
    message: CoachingMessage, *, reaction: str | None, at: dt.datetime, feedback: str | None = None
) -> list[Achievement]:
    """Stores or, with None, takes back the reaction; returns the achievements that it unlocks.

    Raises ValueError for an unknown one.
    """
    message.user_reaction = CoachingMessage.Reaction(reaction).value if reaction else None
    changed = ["user_reaction"]
    if feedback is not None:
        message.user_feedback = feedback.strip() or None
        changed.append("user_feedback")
    with transaction.atomic():
        message.save(update_fields=changed)
        return _award_reaction(message.user, at=at) if reaction else []


def _award_reaction(user: User, *, at: dt.datetime) -> list[Achievement]:
    day = user.calendar.day_of(at)
    tally = progress_tally.lock(user.pk, day=day)
    return achievements.award(tally, Progress(day=day, reactions=count_reactions(user.pk)), {}, at=at, act="reaction")


def count_reactions(user_id: UUID) -> int:
    """How many messages the person has answered with a reaction."""
    return len(reaction_times(user_id))


def reaction_times(user_id: UUID) -> list[dt.datetime]:
    """When the person read each message that they have answered with a reaction."""
    return [at for (at,) in prepared_statements.fetch(_REACTIONS, [user_id])]


def context_of(message: CoachingMessage) -> Context | None:
    """The typed context; None for messages that plain SQL wrote."""
    try:
        return Context.from_json(message.context) if isinstance(message.context, dict) else None
    except ValidationError:
        return None


def _template_name(message: CoachingMessage) -> str:
    """In the active language; "" without a template."""
    template = message.template
    return composition.text_of(template, "name", get_language() or "ko") if template else ""


def words_of(message: CoachingMessage, names: Names) -> WrittenMessage:
    """The message as the person reads it."""
    language = _language(message)
    return WrittenMessage(*(names.fill(text, language=language) for text in (message.title, message.body)))


def _language(message: CoachingMessage) -> Language:
    context = message.context if isinstance(message.context, dict) else {}
    return "en" if context.get("language") == "en" else "ko"


def named_context(message: CoachingMessage, names: Names) -> Context | None:
    """The context with names in its sentences; None for messages that plain SQL wrote."""
    context = context_of(message)
    if context is None:
        return None
    facts = [_named(fact, names, context.language) for fact in context.facts]
    return context.model_copy(update={"facts": facts, "step": _named(context.step, names, context.language)})


def _named[P: MessagePart](part: P, names: Names, language: Language) -> P:
    return part.model_copy(update={"text": names.fill(part.text, language=language)})


def exported(message: CoachingMessage, names: Names) -> dict[str, Any]:
    """The columns that the export gives with names in place of tokens."""
    context = named_context(message, names)
    words = names.fill(message.content, language=_language(message))
    return {"content": words, "context": context.to_json() if context else message.context}


def habits_of(message: CoachingMessage) -> list[UUID]:
    """The habits that the message is about, in the order of its sentences."""
    context = context_of(message)
    ids = [part.habit_id for part in context.parts if part.habit_id] if context else []
    return [UUID(habit_id) for habit_id in dict.fromkeys(ids)]


def explain(message: CoachingMessage, names: Names) -> Explanation:
    context = named_context(message, names)
    return Explanation(
        message=message,
        facts=context.facts if context else [],
        step=context.step if context else None,
        reason=context.reason if context else "",
        template_name=_template_name(message),
        version=message.prompt_version or "",
        model=message.ai_model if message.is_by_ai else None,
        offline_reason=message.offline_reason or "",
        sent_to_provider=message.prompt or "",
    )


def delete(message: CoachingMessage) -> None:
    """Deletes the message and what announced it: its notification has the same words."""
    with transaction.atomic():
        outbox.forget(Notification.objects.filter(effect_key=notification_key(message)))
        message.delete()


def notification_key(message: CoachingMessage) -> str:
    """The effect key of the notification that announces the message."""
    return f"coaching:{message.pk}"


def delete_all(user: User) -> int:
    """Deletes all messages, their notifications and decisions; gives the number of messages."""
    with transaction.atomic():
        return _delete_all(user)


def _delete_all(user: User) -> int:
    forget_notifications(user.pk)
    CoachingDecision.objects.filter(user=user).delete()
    deleted, _by_model = CoachingMessage.objects.filter(user=user).delete()
    return deleted


def forget_notifications(user_id: UUID) -> int:
    """Deletes all that announced the coach's messages to a person; gives the number."""
    its = Notification.objects.filter(user=user_id, notification_type=Notification.Type.COACHING)
    return outbox.forget(its)
