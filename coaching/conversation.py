"""Questions of a person to the coach, with their answers.

They are stored until the person deletes them or their retention period ends.

ask(user, "지난주 물 몇 번?", now=…)    answers from the record and stores both
turns(user)                            the latest questions, newest first
react(user, pk, reaction), delete(user, pk), delete_all(user)
"""

import datetime as dt
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from coaching.models import CoachingMessage, CoachQuestion
from coaching.questions.answers import LONGEST, answer
from notifications import holds

SHOWN = 20
# How long a question may go on from those before, and from how many.
GOES_ON, MOST_BEFORE = dt.timedelta(minutes=10), 4


class Held(Exception):
    """After words of danger nothing of the record is spoken of for a day."""


def ask(user: User, question: str, *, now: dt.datetime) -> CoachQuestion:
    """Raises Held. Asking costs nothing of the plan's limit: no model is asked."""
    if holds.is_held(user, now):
        raise Held
    said = answer(user, question[:LONGEST], now=now, before=_before(user, now=now))
    return CoachQuestion.objects.create(user=user, question=question[:LONGEST], answer=said.to_json(), asked_at=now)


def _before(user: User, *, now: dt.datetime) -> list[str]:
    """The questions of the last minutes, the latest last: the next one may go on from them."""
    asked = turns(user).filter(asked_at__gt=now - GOES_ON)[:MOST_BEFORE]
    return [one.question for one in reversed(asked)]


def turns(user: User) -> QuerySet[CoachQuestion]:
    return CoachQuestion.objects.filter(user=user).order_by("-asked_at", "-id")


def react(user: User, pk: UUID, reaction: str | None) -> CoachQuestion:
    """Stores or, with None, takes back the reaction.

    Raises CoachQuestion.DoesNotExist, for those of others too, and ValueError for an unknown reaction.
    """
    turn = turns(user).get(pk=pk)
    turn.user_reaction = CoachingMessage.Reaction(reaction).value if reaction else None
    turn.save(update_fields=["user_reaction"])
    return turn


def delete(user: User, pk: UUID) -> None:
    """Raises CoachQuestion.DoesNotExist, for those of others too."""
    turns(user).get(pk=pk).delete()


def delete_all(user: User) -> None:
    turns(user).delete()
