"""The pages of one day of a habit (reason, check-ins, edits) and of one check-in."""

import datetime as dt
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from uuid6 import uuid7

from accounts.models import User
from core.mood_scales import ENERGIES, MOODS, word_of
from core.text_format import amount, day_text, unit_text
from habits import check_in_details, corrections, streak_cache
from habits.check_in_details import Details
from habits.models import HabitLog, HabitLogEdit, HabitRest, Place, UserHabit, Weather
from habits.pages import check_in_photos, habit_detail
from habits.schedules import SMALL_TARGET, Rule
from notifications import holds

# The values of a check-in that the edit history shows, in this order.
TOLD = ("count", "at", "mood", "energy", "place", "weather", "note")

# Units of a habit that is done by the minute, as people and the catalogue write them.
MINUTES = {"분", "min", "mins", "minute", "minutes"}


def page(user: User, user_habit: UserHabit, day: dt.date, *, now: dt.datetime) -> dict[str, Any]:
    """The context of one day: its reason, check-ins and edits. `day` is today or before."""
    calendar = user.calendar
    before = streak_cache.month_state_before(user_habit, day, calendar)
    ledger = streak_cache.ledger(
        user_habit,
        after=before,
        counts=streak_cache.counts_by_day(user_habit, after=before),
        today=calendar.day_of(now),
        calendar=calendar,
        rests=streak_cache.rests_of(user_habit),
    )
    entry = next((entry for entry in ledger if entry.day == day), None)
    rests = [rest for rest in user.rests.covering(day) if rest.concerns(user_habit)]
    skipped = next((rest for rest in rests if rest.kind == HabitRest.Kind.SKIP and rest.user_habit_id), None)
    logs = list(HabitLog.objects.of_days(day, day).filter(user_habit=user_habit).order_by("completed_at", "id"))
    shown = check_in_photos.by_log(user, user_habit, logs, now=now)
    pk, iso, unit = user_habit.pk, day.isoformat(), user_habit.timeline.on(day).unit
    return {
        "cat": user_habit.color_key,
        "habit_name": user_habit.name,
        "title": day_text(day, today=calendar.day_of(now)),
        "reason": entry.reason.value if entry else "",
        "why": habit_detail.line(entry, user_habit, rests, [], is_quiet=holds.is_held(user, now)) if entry else None,
        "unit": unit_text(unit),
        "chips": amount_chips(user_habit.timeline.on(day)),
        "logs": [_log(user, log, unit) | {"photos": shown.get(log.pk, [])} for log in logs],
        "edits": [_edit(user, edit) for edit in user_habit.edits.filter(local_date=day).order_by("created_at", "id")],
        "add_url": reverse("habits:add-log", args=[pk, iso]),
        "skip_url": "" if rests else reverse("habits:skip", args=[pk, iso]),
        "unskip_url": reverse("habits:end-rest", args=[skipped.pk]) if skipped else "",
        "back_url": f"{reverse('habits:habit', args=[pk])}#ledger",
        "key": uuid7(),
    }


def log_page(user: User, user_habit: UserHabit, log: HabitLog, *, now: dt.datetime) -> dict[str, Any]:
    """The context of one check-in."""
    day = log.day_by(user.calendar)
    return {
        "cat": user_habit.color_key,
        "habit_name": user_habit.name,
        "title": day_text(day, today=user.calendar.day_of(now)),
        "unit": unit_text(user_habit.timeline.on(day).unit),
        "chips": amount_chips(user_habit.timeline.on(day)),
        "action_url": reverse("habits:log", args=[user_habit.pk, log.pk]),
        "remove_url": reverse("habits:remove-log", args=[user_habit.pk, log.pk]),
        "back_url": reverse("habits:habit", args=[user_habit.pk]),
        **check_in_photos.panel(user, user_habit, log, now=now),
    }


def initial(user: User, log: HabitLog, *, at: dt.datetime) -> dict[str, Any]:
    """Initial values of the form: its time, and the last place and weather if it has neither."""
    begun: dict[str, Any] = {"clock": corrections.clock_of(user, log)}
    if not log.location and not log.weather and at - log.completed_at < dt.timedelta(days=1):
        last = check_in_details.remembered(user, at=at)
        begun |= {"place": last.place, "weather": last.weather}
    return begun


def row_menu(user: User, user_habit: UserHabit, *, day: dt.date) -> dict[str, Any]:
    """The context of what can be done with a row of Today besides the tap."""
    rule, pk = user_habit.rule, user_habit.pk
    last = HabitLog.objects.of_days(day, day).filter(user_habit=user_habit).order_by("-completed_at", "-id").first()
    rests = [rest for rest in user.rests.covering(day) if rest.concerns(user_habit)]
    return {
        "target": rule.amount(),
        "unit": unit_text(rule.unit),
        "asks_amount": rule.target > 1 or rule.schedule.totals or rule.direction == "at_most",
        "chips": amount_chips(rule),
        "timer": _timer(user_habit, rule),
        "note_url": reverse("habits:log", args=[pk, last.pk])
        if last
        else f"{reverse('habits:day', args=[pk, day])}?note",
        "skip_url": "" if rests or last else reverse("habits:skip", args=[pk, day.isoformat()]),
        "habit_url": reverse("habits:habit", args=[pk]),
    }


def _timer(user_habit: UserHabit, rule: Rule) -> dict[str, Any]:
    """What js/app.js needs to time a habit that is done by the minute; empty for others.

    One whose template only says how long it takes is timed too: then the time is one check-in, and not its amount.
    """
    by_the_minute = rule.unit.strip().casefold() in MINUTES
    takes = user_habit.habit.estimated_time_minutes if rule.target == 1 and not rule.unit else None
    if not by_the_minute and not takes:
        return {}
    return {
        "id": user_habit.pk,
        "name": user_habit.name,
        "url": reverse("habits:check-in", args=[user_habit.pk]),
        "once": not by_the_minute,
        "goal": takes or rule.target,
    }


def amount_chips(rule: Rule) -> list[dict[str, Any]]:
    """Buttons of an amount: two round steps for a large target, and one that fills it."""
    if rule.direction == "at_most" or rule.target < 2:
        return []
    steps = [step for share in (4, 2) if (step := _round_down(rule.target // share)) > 1 and rule.target > SMALL_TARGET]
    chips: list[dict[str, Any]] = [{"step": step, "text": f"+{step:,}"} for step in dict.fromkeys(steps)]
    return [*chips, {"fill": rule.target, "text": _("%(amount)s 채우기") % {"amount": amount(rule.target, rule.unit)}}]


def _round_down(number: int) -> int:
    """The largest of 1, 2, 5, 10, 20, 50 … up to `number`."""
    ten = 10 ** (len(str(max(number, 1))) - 1)
    return max((step * ten for step in (1, 2, 5) if step * ten <= number), default=0)


def total(user_habit: UserHabit, *, day: dt.date) -> dict[str, Any]:
    return {"key": uuid7(), "total": streak_cache.counts_on(user_habit, day=day)}


def _log(user: User, log: HabitLog, unit: str) -> dict[str, Any]:
    said = Details.of(log)
    words = [time_format(user.calendar.local(log.completed_at).time(), "TIME_FORMAT")]
    if said.mood:
        words.append(_("기분 %(word)s") % {"word": word_of(MOODS, said.mood)})
    if said.energy:
        words.append(_("기운 %(word)s") % {"word": word_of(ENERGIES, said.energy)})
    words += [str(Place(said.place).label)] if said.place else []
    words += [str(Weather(said.weather).label)] if said.weather else []
    args = [log.user_habit_id, log.pk]
    return {
        "amount": amount(log.completed_count, unit),
        "facts": words,
        "note": said.note,
        "url": reverse("habits:log", args=args),
        "remove_url": reverse("habits:remove-log", args=args),
    }


def _edit(user: User, edit: HabitLogEdit) -> dict[str, str]:
    """ "11월 23일 오후 9:12 고쳤어요: 양 1 → 2, 메모" """
    local = user.calendar.local(edit.created_at)
    when = f"{date_format(local.date(), _('n월 j일'))} {time_format(local.time(), 'TIME_FORMAT')}"
    before, after = edit.before or {}, edit.after or {}
    changes = [_change(user, name, before.get(name), after.get(name)) for name in TOLD]
    return {
        "when": when,
        "kind": edit.get_kind_display(),
        "text": ", ".join(change for change in changes if change),
    }


def _change(user: User, name: str, before: Any, after: Any) -> str:
    title = {
        "count": _("양"),
        "at": _("시각"),
        "mood": _("기분"),
        "energy": _("기운"),
        "place": _("장소"),
        "weather": _("날씨"),
        "note": _("메모"),
    }[name]
    if before == after:
        return ""
    if name == "note":
        return title
    old, new = (_value(user, name, value) for value in (before, after))
    return f"{title} {old} → {new}" if old and new else f"{title} {new or old}"


def _value(user: User, name: str, value: Any) -> str:
    if value is None:
        return ""
    if name == "at":
        return time_format(user.calendar.local(dt.datetime.fromisoformat(value)).time(), "TIME_FORMAT")
    if name in ("mood", "energy"):
        return word_of(MOODS if name == "mood" else ENERGIES, value)
    if name in ("place", "weather"):
        return str({**dict(Place.choices), **dict(Weather.choices)}.get(value, value))
    return str(value)
