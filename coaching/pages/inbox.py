"""The coach's messages: list, message with its reasons, settings, memory."""

import datetime as dt
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import consents
from accounts.models import User, UserConsent
from billing import entitlements
from billing.pages import return_addresses
from coaching import allowance, conversation, jobs, messages, preferences
from coaching.context import Route
from coaching.crisis import help_lines
from coaching.habit_tokens import Names
from coaching.models import CoachingJob, CoachingMessage, CoachingSettings, MessageType
from notifications import holds

# The newest messages are open on the page; of the others it shows the titles, by month.
OPEN = 4
# So long the page speaks of a message that was asked for.
ASKED_LATELY = dt.timedelta(minutes=10)
REACTION_ICONS = {"like": "thumbs-up", "love": "heart", "helpful": "lightbulb", "not_helpful": "thumbs-down"}


def page(user: User, *, now: dt.datetime, kind: str = "") -> dict[str, Any]:
    """The newest messages, of one type if `kind` names one."""
    chosen = kind if kind in MessageType.values else ""
    held = holds.is_held(user, now)
    # They speak of streaks.
    shown = [] if held else messages.newest(user, kind=chosen)
    names, here = Names(user), reverse("coaching:inbox")
    kinds = [{"text": _("모두"), "url": here, "chosen": not chosen}]
    kinds += [
        {"text": label, "url": f"{here}?kind={value}", "chosen": value == chosen}
        for value, label in MessageType.choices
    ]
    return {
        "letters": [letter(message, user, now=now, names=names) for message in shown[:OPEN]],
        "months": _months(shown[OPEN:], user, names),
        "kinds": kinds,
        "is_on": preferences.of(user).is_on,
        "now": _now(user, now=now),
        "lines": help_lines.LINES,
        "held": held,
    }


def _months(older: list[CoachingMessage], user: User, names: Names) -> list[dict[str, Any]]:
    """The titles of earlier messages, newest month first."""
    rows = [(user.calendar.local(message.sent_at or message.created_at), message) for message in older]
    months = [list(found) for _month, found in groupby(rows, key=lambda row: (row[0].year, row[0].month))]
    return [
        {
            "name": date_format(month[0][0], "YEAR_MONTH_FORMAT"),
            "rows": [_row(message, at, names) for at, message in month],
        }
        for month in months
    ]


def _row(message: CoachingMessage, at: dt.datetime, names: Names) -> dict[str, Any]:
    return {
        "title": messages.words_of(message, names).title,
        "kind": message.get_message_type_display(),
        "day": date_format(at, _("n월 j일")),
        "by_model": message.is_by_ai,
        "url": reverse("coaching:message", args=[message.pk]),
        "new": message.read_at is None,
    }


def _now(user: User, *, now: dt.datetime) -> dict[str, Any]:
    """The button for a message now: what is left of the day, and what became of the last one that was asked for."""
    left, asked = allowance.left(user, at=now), jobs.last_asked(user, since=now - ASKED_LATELY)
    return {
        "is_used_up": left == 0,
        "most": entitlements.limit(user, allowance.LIMIT, at=now).most if left == 0 else None,
        "plans_url": return_addresses.plans_url(reverse("coaching:inbox"), limit=allowance.LIMIT),
        "left_text": "" if left is None else ngettext("오늘 %(n)d개 남음", "오늘 %(n)d개 남음", left) % {"n": left},
        "is_waiting": asked is not None and asked.state == CoachingJob.State.WAITING,
        "has_nothing_new": asked is not None and asked.outcome == "nothing_new",
    }


def letter(
    message: CoachingMessage,
    user: User,
    *,
    now: dt.datetime,
    names: Names,
    open_reasons: bool = False,
) -> dict[str, Any]:
    """One message as a letter with its reasons."""
    why, words, colors = messages.explain(message, names), messages.words_of(message, names), _colors(names)
    return {
        "id": message.pk,
        "cat": next((colors[fact.habit_id] for fact in why.facts if fact.habit_id and fact.habit_id in colors), ""),
        "new": message.read_at is None,
        "kind": message.get_message_type_display(),
        "by_model": message.is_by_ai,
        "at": message.sent_at.isoformat() if message.sent_at else "",
        "time_text": time_text(message.sent_at or message.created_at, user, now=now),
        "title": words.title,
        "body": words.body,
        "url": reverse("coaching:message", args=[message.pk]),
        "step": {"text": why.step.text, "url": address(why.step.to)} if why.step and names.has(why.step) else None,
        # The page of a deleted habit is gone.
        "evidence": [
            {"text": fact.text, "url": address(fact.evidence) if names.has(fact) else ""} for fact in why.facts
        ],
        "facts": _reasons(why, user),
        "sent": why.sent_to_provider,
        "open": open_reasons,
        "react_url": reverse("coaching:react", args=[message.pk]),
        "less_url": reverse("coaching:less", args=[message.pk]),
        "delete_url": reverse("coaching:delete", args=[message.pk]),
        "reactions": reactions(message.user_reaction),
        "reacted": bool(message.user_reaction),
        "feedback": message.user_feedback or "",
    }


def topics(message: CoachingMessage, user: User, names: Names) -> dict[str, Any]:
    """How much of the message's type is written, and which of its habits are spoken of."""
    choices, kind = preferences.of(user), message.message_type
    return {
        "is_rarer": kind in choices.rarer,
        "is_muted": kind in choices.muted,
        "topics": [
            {"id": habit_id, "name": names.of(str(habit_id)), "muted": str(habit_id) in choices.muted_habits}
            for habit_id in messages.habits_of(message)
            if str(habit_id) in names.habits
        ],
        "topic_url": reverse("coaching:mute-habit", args=[message.pk]),
    }


def habits_to_mute(user: User, choices: CoachingSettings) -> list[tuple[str, str]]:
    """The habits that settings offer: active ones, and those that are muted."""
    every = sorted(Names(user).habits.items(), key=lambda one: (one[1].sort_order, one[0]))
    return [(key, habit.name) for key, habit in every if habit.is_active or key in choices.muted_habits]


def reactions(chosen: str | None) -> list[dict[str, Any]]:
    """The four reactions; pressing the chosen one takes it back."""
    return [
        {
            "value": "" if value == chosen else value,
            "text": label,
            "icon": REACTION_ICONS[value],
            "chosen": value == chosen,
        }
        for value, label in CoachingMessage.Reaction.choices
    ]


def address(route: Route, query: str = "") -> str:
    name, *arguments = route
    return reverse(name, args=arguments) + (f"?{query}" if query else "")


def time_text(at: dt.datetime, user: User, *, now: dt.datetime) -> str:
    """ "오늘 오전 8:00", "11월 12일"."""
    calendar = user.calendar
    days = (calendar.day_of(now) - calendar.day_of(at)).days
    local = at.astimezone(ZoneInfo(calendar.zone))
    clock = time_format(local, "TIME_FORMAT")
    if days == 0:
        return _("오늘 %(time)s") % {"time": clock}
    return _("어제 %(time)s") % {"time": clock} if days == 1 else date_format(local, _("n월 j일"))


def settings_page(user: User) -> dict[str, Any]:
    return {
        "abroad": consents.granted(user, UserConsent.Item.AI_ABROAD),
        "shares_health": user.shares_health,
        "reads_notes": bool(user.privacy_settings.get("coach_reads_notes")),
    }


def memory(user: User, *, now: dt.datetime) -> dict[str, Any]:
    """All that the coach keeps about the person: messages, reactions, questions."""
    names, held = Names(user), holds.is_held(user, now)
    return {
        "letters": [
            {
                "title": message.get_message_type_display() if held else messages.words_of(message, names).title,
                "time_text": time_text(message.sent_at or message.created_at, user, now=now),
                "by_model": message.is_by_ai,
                "reaction": message.get_user_reaction_display() or "",
                "feedback": message.user_feedback or "",
                "url": reverse("coaching:message", args=[message.pk]),
                "delete_url": reverse("coaching:delete", args=[message.pk]),
            }
            for message in messages.inbox(user)
        ],
        "questions": [
            {
                "title": turn.question,
                "time_text": time_text(turn.asked_at, user, now=now),
                "reaction": turn.get_user_reaction_display() or "",
                "feedback": "",
                "url": f"{reverse('coaching:ask')}#turn-{turn.pk}",
                "delete_url": reverse("coaching:delete-answer", args=[turn.pk]),
            }
            for turn in conversation.turns(user)
        ],
    }


def _colors(names: Names) -> dict[str, str]:
    """The colour of each habit, in which is drawn what is said about it."""
    return {habit_id: habit.color_key for habit_id, habit in names.habits.items()}


def _reasons(why: messages.Explanation, user: User) -> list[tuple[str, str]]:
    """Template, model and what was left out, in words."""
    rows = []
    if why.template_name:
        kind = why.message.get_message_type_display()
        rows.append(
            (
                _("템플릿"),
                _("%(kind)s · %(name)s, 버전 %(version)s")
                % {"kind": kind, "name": why.template_name, "version": why.version},
            )
        )
    rows.append((_("모델"), why.model or _("AI 없이 작성")))
    if why.offline_reason:
        rows.append((_("쓴 방법"), _("AI 없이 정해 둔 문장으로 썼어요")))
    rows.append((_("보지 않은 것"), _unread(user)))
    return rows


def _unread(user: User) -> str:
    notes = bool(user.privacy_settings.get("coach_reads_notes"))
    return _("이름, 메일, 위치") if notes else _("이름, 메일, 메모, 위치")
