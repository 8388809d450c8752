"""Stores a written message, its notification and the end of its job in one transaction."""

import datetime as dt
from collections.abc import Mapping, Sequence

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import translation
from uuid6 import uuid7

from accounts.models import User
from coaching import messages, personalization, weekly_report
from coaching.context import Context
from coaching.generation import Draft
from coaching.habit_tokens import Names
from coaching.models import AIPromptTemplate, CoachingDecision, CoachingJob, CoachingMessage, Occasion
from coaching.records import Record
from notifications import outbox
from notifications.models import Notification

# A message that reaches nobody within this time is not pushed any more; it stays in the coach's inbox.
EXPIRES = dt.timedelta(hours=12)


def deliver(
    job: CoachingJob,
    user: User,
    template: AIPromptTemplate,
    context: Context,
    drafted: Draft,
    *,
    names: Names,
    record: Record,
    decision: CoachingDecision | None,
    now: dt.datetime,
) -> CoachingMessage:
    """Raises Superseded, and then nothing is stored, if another worker has the job."""
    with transaction.atomic():
        message = CoachingMessage.objects.create(
            id=uuid7(),
            user=user,
            content=drafted.written.content,
            message_type=context.message_type,
            tone=template.tone,
            context=context.to_json(),
            personalization_score=personalization.score(drafted.written, context),
            ai_model=drafted.ai_model,
            prompt_version=template.version,
            template=template,
            prompt=drafted.prompt,
            offline_reason=drafted.offline_reason,
            tokens_in=drafted.tokens_in,
            tokens_out=drafted.tokens_out,
            cost=drafted.cost,
            occasion=job.occasion,
            effect_key=job.effect_key,
            scheduled_for=job.due_at,
            sent_at=now,
        )
        job.update_claimed(state=CoachingJob.State.DONE, message=message, outcome="written", lease_ends_at=None)
        AIPromptTemplate.objects.filter(pk=template.pk).update(usage_count=F("usage_count") + 1)
        if decision:
            decision.message, decision.template = message, template
            CoachingDecision.objects.bulk_create([decision], ignore_conflicts=True)
        notify(user, message, names, at=now, sections=_sections(user, message, names, record, at=now))
    return message


def _sections(
    user: User, message: CoachingMessage, names: Names, record: Record, *, at: dt.datetime
) -> dict[str, list[dict[str, object]]]:
    """What the mail of a weekly letter says, by language; empty for other messages, of which it has the text.

    The person may read another language by the time it is sent. The coach's own words stay as they were written.
    """
    if message.occasion != Occasion.LETTER:
        return {}
    with outbox.speaking_to(user):
        its = weekly_report.report(message, user, names, record, at=at)
    found = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found[language] = weekly_report.mail_sections(message, its)
    return found


def notify(
    user: User,
    message: CoachingMessage,
    names: Names,
    *,
    at: dt.datetime,
    sections: Mapping[str, Sequence[Mapping[str, object]]] | None = None,
) -> None:
    """Announces the message with the names of the moment, and with the mark if a model wrote it.

    Switches, quiet hours and caps are the outbox's. Mail has `sections`, by language, in place of the text, if there are any.
    """
    words = messages.words_of(message, names)
    outbox.send(
        user,
        template="coaching",
        effect_key=messages.notification_key(message),
        at=at,
        type=Notification.Type.COACHING,
        data={
            "title": words.title,
            "body": words.body,
            "is_by_ai": message.is_by_ai,
            "to": ["coaching:message", str(message.pk)],
        }
        | ({"sections": sections} if sections else {}),
        once=True,
        expires_at=at + EXPIRES,
    )
