"""A person's choices about the coach (`coaching_settings`). Without a row the coach is off."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from accounts.models import User
from coaching import schedule
from coaching.models import CoachingSettings, MessageType
from core.db.compiled_queries import Compiled

_OF = Compiled(lambda person: CoachingSettings.objects.filter(user=person), person=uuid4())


def of(user: User) -> CoachingSettings:
    """The stored choices, or the defaults: off."""
    return next(iter(_OF(person=user.pk)), None) or CoachingSettings(user=user)


@transaction.atomic
def change(user: User, *, at: dt.datetime, **values: Any) -> CoachingSettings:
    """Stores choices by the columns' names and plans the next message."""
    choices, _created = CoachingSettings.objects.update_or_create(user=user, defaults=values)
    schedule.plan(user, choices, after=at)
    return choices


def say_less(user: User, message_type: str, *, at: dt.datetime) -> CoachingSettings:
    """Halves how often this type is written; a second time mutes it.

    Raises ValueError for an unknown type.
    """
    known = MessageType(message_type).value
    choices = of(user)
    if known in choices.rarer:
        return change(user, at=at, muted=sorted({*choices.muted, known}))
    return change(user, at=at, rarer=sorted({*choices.rarer, known}))


def say_more(user: User, message_type: str, *, at: dt.datetime) -> CoachingSettings:
    """Takes `say_less` back: the type is written as before."""
    choices = of(user)
    kept = {name: [one for one in getattr(choices, name) if one != message_type] for name in ("muted", "rarer")}
    return change(user, at=at, **kept)


def mute_habit(user: User, habit_id: UUID, *, at: dt.datetime) -> CoachingSettings:
    """Nothing is said about this habit any more.

    Raises UserHabit.DoesNotExist for anybody else's.
    """
    habit = user.habits.only("pk").get(pk=habit_id)
    return change(user, at=at, muted_habits=sorted({*of(user).muted_habits, str(habit.pk)}))


def hear_habit(user: User, habit_id: UUID, *, at: dt.datetime) -> CoachingSettings:
    """Takes `mute_habit` back."""
    return change(user, at=at, muted_habits=[one for one in of(user).muted_habits if one != str(habit_id)])
