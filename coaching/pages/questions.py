"""The page on which a person asks, with the latest answers."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from accounts.models import User
from coaching import conversation
from coaching.crisis import help_lines
from coaching.models import CoachQuestion
from coaching.pages.inbox import address, reactions, time_text
from coaching.questions import answers
from notifications import holds


def page(user: User, *, now: dt.datetime) -> dict[str, Any]:
    habits = list(user.habits.with_habit().defer("notes").order_by("sort_order", "created_at", "id")[:1])
    held, turns = holds.is_held(user, now), conversation.turns(user)
    # On a quiet day the answers are not shown: they speak of streaks.
    turns = turns.none() if held else turns[: conversation.SHOWN]
    return {
        "turns": [turn_item(turn, user, now=now) for turn in turns],
        "picks": [pick(text) for text in answers.picks(habits)],
        "held": held,
        "lines": help_lines.LINES,
        "shares_health": user.shares_health,
    }


def pick(text: str) -> dict[str, str]:
    """A question that is asked with one tap."""
    return {"text": text}


def turn_item(turn: CoachQuestion, user: User, *, now: dt.datetime) -> dict[str, Any]:
    said = turn.answer
    deed = said["deed"]
    return {
        "id": turn.pk,
        "cat": said["category"],
        "question": turn.question,
        "text": said["text"],
        "at": turn.asked_at.isoformat(),
        "time_text": time_text(turn.asked_at, user, now=now),
        "evidence": [{"text": one["text"], "url": address(one["to"])} for one in said["evidence"]],
        "deed": {"text": said["deed_text"], "url": address(deed, urlencode(said["deed_query"], doseq=True))}
        if deed
        else None,
        "picks": [pick(text) for text in said["picks"]],
        "react_url": reverse("coaching:react-answer", args=[turn.pk]),
        "delete_url": reverse("coaching:delete-answer", args=[turn.pk]),
        "reactions": reactions(turn.user_reaction),
    }
