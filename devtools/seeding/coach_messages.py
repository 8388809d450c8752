"""Coach messages from the coach's own templates, with facts from the ledger of the day."""

import datetime as dt
import functools
from collections import Counter
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from accounts.days import ONE_DAY, Calendar
from coaching.models import AIPromptTemplate, CoachingMessage
from core.josa import josa
from devtools.seeding.histories import HabitHistory, Log, PersonHistory
from devtools.seeding.people import new_id
from habits.streaks import Entry, Reason

MILESTONES = (3, 7, 14, 30, 50, 100, 200, 365)
ASKED = {Reason.DONE, Reason.PARTLY, Reason.MISSED, Reason.PROTECTED}
FEEDBACK = ("때를 바꿔 보라는 말이 도움 됐어요.", "이 습관은 이미 잘하고 있어요.", "짧아서 좋아요.")
_jinja = SandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
_jinja.filters["josa"] = josa
_compiled = functools.cache(_jinja.from_string)


def generate(rng: Random, history: PersonHistory, templates: Sequence[AIPromptTemplate]) -> Iterator[CoachingMessage]:
    """A message every few mornings about one habit, read if the person opened the app that day."""
    habits = [habit for habit in history.habits if habit.at_least]
    logs = history.logs_by_day()
    day, turn = history.person.first_day + rng.randint(2, 4) * ONE_DAY, 0
    while day <= history.until and habits:
        habit = rng.choice(habits)
        sent_at = history.person.calendar.at(day, dt.time(8, rng.randrange(30)))
        if habit.started_on < day and sent_at <= history.ends_at:
            facts = _facts(history.person.calendar, habit, day, turn)
            kind = _type(rng, facts)
            template = rng.choice([one for one in templates if one.message_type == kind])
            yield _message(rng, history, template, facts, sent_at=sent_at, log=logs[day][0] if day in logs else None)
            turn += 1
        day += rng.randint(3, 9) * ONE_DAY


def _type(rng: Random, facts: dict[str, Any]) -> str:
    if facts["days_away"] > 2:
        return "motivation"
    if facts["streak"] in MILESTONES:
        return "celebration"
    return rng.choice(
        ["motivation", "advice", "reminder", "challenge"] if facts["streak"] else ["motivation", "advice"]
    )


def _facts(calendar: Calendar, habit: HabitHistory, day: dt.date, turn: int) -> dict[str, Any]:
    """The facts of the ledger on the morning of `day`."""
    ledger = habit.ledger[: (day - habit.started_on).days]
    week, last, schedule = ledger[-7:], ledger[-1], habit.rule.schedule
    done = [entry.day for entry in ledger if entry.reason is Reason.DONE]
    logs = [log for log in habit.logs if log.completes and log.day < day]
    return {
        "habit_name": habit.row.name,
        "category": str(habit.row.habit.category),
        "streak": last.run,
        "streak_unit": last.unit,
        "best_streak": max(entry.run for entry in ledger),
        "total": len(done),
        "completed_last_7": sum(entry.reason is Reason.DONE for entry in week),
        "due_last_7": schedule.week_times or sum(entry.reason in ASKED for entry in week),
        "best_time": _best_time(calendar, logs),
        "hard_weekday": _hard_weekday(ledger),
        "mood_trend": _mood_trend(logs),
        "days_away": (last.day - done[-1]).days if done else len(ledger),
        "next_milestone": next((length for length in MILESTONES if length > last.run), last.run + 100),
        "turn": turn,
    }


def _best_time(calendar: Calendar, logs: list[Log]) -> str:
    if len(logs) < 10:
        return ""
    hours = Counter(calendar.hour_of(log.at) for log in logs)
    hour = min(hours, key=lambda hour: (-hours[hour], hour))
    part = _("오전") if hour < 12 else _("오후")
    return _("%(part)s %(hour)d시 무렵") % {"part": part, "hour": hour % 12 or 12}


def _hard_weekday(ledger: list[Entry]) -> str:
    missed = Counter(entry.day.weekday() for entry in ledger if entry.reason in {Reason.MISSED, Reason.PARTLY})
    if missed.total() < 4:
        return ""
    weekday, times = min(missed.items(), key=lambda item: (-item[1], item[0]))
    example = dt.date(2024, 1, 1) + weekday * ONE_DAY  # a Monday
    return date_format(example, "l") if times * 3 >= missed.total() else ""


def _mood_trend(logs: list[Log]) -> str:
    moods = [log.mood for log in logs if log.mood is not None][-10:]
    if len(moods) < 6:
        return ""
    half = len(moods) // 2
    change = sum(moods[-half:]) / half - sum(moods[:half]) / half
    return "up" if change > 1 else "down" if change < -1 else "steady"


def _message(
    rng: Random,
    history: PersonHistory,
    template: AIPromptTemplate,
    facts: dict[str, Any],
    *,
    sent_at: dt.datetime,
    log: Log | None,
) -> CoachingMessage:
    facts = {name: facts[name] for name in template.variables or [] if name in facts}
    title, *lines = _compiled(template.rule_template).render(facts).strip().splitlines()
    read_at = max(log.at - dt.timedelta(minutes=1), sent_at) if log and rng.random() < 0.85 else None
    reaction = (
        rng.choice(["like", "like", "love", "helpful", "helpful", "not_helpful"])
        if read_at and rng.random() < 0.5
        else None
    )
    return CoachingMessage(
        id=new_id(rng, sent_at),
        user_id=history.person.id,
        content="\n".join([title, " ".join(line.strip() for line in lines)]),
        message_type=template.message_type,
        tone=template.tone,
        context=facts | {"template": template.name},
        personalization_score=round(min(0.3 + facts.get("total", 10) / 100, 0.9), 2),
        ai_model="rules",
        prompt_version=template.version,
        user_reaction=reaction,
        user_feedback=rng.choice(FEEDBACK) if reaction and rng.random() < 0.15 else None,
        scheduled_for=sent_at,
        sent_at=sent_at,
        read_at=read_at,
        created_at=sent_at,
    )
