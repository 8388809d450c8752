"""The messages of the last two weeks, as the rules need them."""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from accounts.days import ONE_DAY, Calendar
from accounts.models import User
from coaching import messages
from coaching.context import Context
from coaching.message_choice import NOT_AGAIN, Past
from coaching.models import CoachingMessage


class History(NamedTuple):
    """What the person was told lately, oldest first, and how many messages they had in all."""

    past: list[Past]
    messages: int


def read(user: User, *, at: dt.datetime) -> History:
    own = CoachingMessage.objects.filter(user=user)
    recent = (
        own.filter(sent_at__gt=at - (NOT_AGAIN + 1) * ONE_DAY)
        .only("context", "message_type", "sent_at")
        .order_by("sent_at")
    )
    return History(list(_told(recent, user.calendar)), own.count())


def _told(recent: Iterable[CoachingMessage], calendar: Calendar) -> Iterable[Past]:
    for message in recent:
        context = messages.context_of(message)
        if context and message.sent_at:
            yield of_context(context, day=calendar.day_of(message.sent_at))


def of_context(context: Context, *, day: dt.date) -> Past:
    """What a message with this context told."""
    return Past(
        day=day,
        message_type=context.message_type,
        habit_id=context.facts[0].habit_id,
        keys=frozenset(fact.key for fact in context.facts),
        topics=frozenset(fact.topic for fact in context.facts),
        context=context,
    )
