"""The rows that a life leaves: the account, what was agreed to and paid, days in numbers, events, notifications."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import groupby
from random import Random
from statistics import fmean
from typing import Any
from uuid import UUID

from accounts import consents
from accounts.days import ONE_DAY
from accounts.models import User, UserConsent
from billing.entitlements import FREE_PLAN
from billing.models import PaymentTransaction, SubscriptionPlan, UserSubscription
from coaching.models import CoachingMessage
from devtools.seeding.awards import Tally
from devtools.seeding.coach_messages import ASKED
from devtools.seeding.histories import Doing, Life, Log
from devtools.seeding.people import Person, new_id, new_key
from gamification.models import UserAchievement
from habits import reminders, streaks
from habits.check_in_details import sealed_note
from habits.streak_cache import HabitStanding
from habits.streaks import Reason, State
from notifications import outbox
from notifications.models import Notification

type Row = tuple[Any, ...]
type Happened = tuple[str, dt.datetime, dict[str, str | int]]
type Told = tuple[str, dt.datetime, str, str, str, dt.datetime | None, dict[str, Any]]

Type = Notification.Type
RECENT = 14 * ONE_DAY
PERIODS = {"monthly": 30 * ONE_DAY, "yearly": 365 * ONE_DAY}
GATEWAY = "demo"

LOG_COLUMNS = (
    "id", "user_habit_id", "completed_count", "target_count", "completed_at", "local_date", "local_hour",
    "mood_score", "energy_level", "notes", "streak_count", "created_at",
)  # fmt: skip
ANALYTICS_COLUMNS = (
    "id", "user_id", "date", "total_habits", "completed_habits", "completion_rate", "avg_mood_score",
    "avg_energy_level", "app_opens", "session_duration_minutes", "ai_messages_received", "active_streaks",
    "longest_streak", "created_at",
)  # fmt: skip
EVENT_COLUMNS = ("id", "user_id", "event_type", "event_data", "occurred_at", "created_at")


def account(life: Life, *, password: str) -> User:
    """`password` is a hash."""
    person = life.person
    logs = life.logs()
    return User(
        id=person.id,
        email=person.email,
        name=person.name,
        password=password,
        birth_year=person.birth_year,
        gender=person.gender,
        timezone=person.calendar.zone,
        day_start=person.calendar.day_start,
        week_start=User.WeekStart.SUNDAY if person.calendar.week_start == "sunday" else User.WeekStart.MONDAY,
        privacy_settings={"health": person.shares_health},
        agreed_to_terms=True,
        agreed_to_privacy=True,
        agreed_to_marketing=person.agrees_to_marketing,
        is_verified=True,
        last_login=logs[-1].at if logs else person.joined_at,
        created_at=person.joined_at,
        updated_at=person.joined_at,
    )


def agreements(rng: Random, person: Person) -> Iterator[UserConsent]:
    answers = {
        UserConsent.Item.TERMS: True,
        UserConsent.Item.PRIVACY: True,
        UserConsent.Item.HEALTH: person.shares_health,
        UserConsent.Item.MARKETING: person.agrees_to_marketing,
        UserConsent.Item.NIGHT: False,
    }
    for item, granted in answers.items():
        yield UserConsent(
            id=new_id(rng, person.joined_at),
            user_id=person.id,
            item=item,
            granted=granted,
            version=consents.VERSION,
            channel="signup",
            occurred_at=person.joined_at,
        )


def payments(rng: Random, life: Life, plan: SubscriptionPlan) -> Iterator[UserSubscription | PaymentTransaction]:
    """What they pay for, renewed until now. Who drops the weekends has cancelled it, who fades has let it run out."""
    if plan.id == FREE_PLAN:
        return
    starts_at = life.person.joined_at + dt.timedelta(hours=1)
    period, now = PERIODS[plan.billing_cycle], life.ends_at
    paid = [starts_at]
    while paid[-1] + period <= now:
        paid.append(paid[-1] + period)
    status, canceled_at = UserSubscription.Status.ACTIVE, None
    if life.person.pattern.name == "weekend_dropper":
        status, canceled_at = UserSubscription.Status.CANCELED, paid[-1] + (now - paid[-1]) / 2
    if life.person.pattern.name == "fading" and len(paid) > 1:
        paid.pop()
        status, canceled_at = UserSubscription.Status.EXPIRED, paid[-1] + period / 2
    its = UserSubscription(
        id=new_id(rng, starts_at),
        user_id=life.person.id,
        plan=plan,
        status=status,
        amount=plan.price,
        currency=plan.currency,
        started_at=starts_at,
        current_period_start=paid[-1],
        current_period_end=paid[-1] + period,
        canceled_at=canceled_at,
        payment_gateway=GATEWAY,
        created_at=starts_at,
        updated_at=paid[-1],
    )
    yield its
    yield from (_payment(rng, its, at) for at in paid)


def _payment(rng: Random, its: UserSubscription, at: dt.datetime) -> PaymentTransaction:
    key = new_id(rng, at)
    return PaymentTransaction(
        id=key,
        user_id=its.user_id,
        subscription=its,
        transaction_type=PaymentTransaction.Type.PAYMENT,
        status=PaymentTransaction.Status.COMPLETED,
        amount=its.amount,
        currency=its.currency,
        payment_gateway=GATEWAY,
        gateway_transaction_id=f"{GATEWAY}-{key}",
        payment_method="card",
        created_at=at,
        updated_at=at,
    )


def log_row(log: Log) -> Row:
    note = sealed_note(log.note, log_id=UUID(bytes=log.key)) if log.note else None
    return (
        log.key, log.doing.row.id.bytes, log.amount, log.doing.rule.target, log.at, log.day, log.hour,
        log.mood, log.energy, note, log.streak, log.at,
    )  # fmt: skip


def achievements(rng: Random, life: Life, tally: Tally) -> Iterator[UserAchievement]:
    for earned in tally.earned:
        progress = earned.progress
        yield UserAchievement(
            id=new_id(rng, earned.at),
            user_id=life.person.id,
            achievement=earned.achievement,
            context={"streak": progress.streak, "habit_total": progress.habit_total, "total": progress.total},
            points_earned=earned.achievement.points,
            earned_at=earned.at,
        )


def days(rng: Random, life: Life, letters: list[CoachingMessage]) -> Iterator[Row]:
    """Each closed day in numbers."""
    entries = defaultdict(list)
    for doing in life.doings:
        for entry in doing.ledger:
            entries[entry.day].append(entry)
    logs = life.logs_by_day()
    received = Counter(life.person.calendar.day_of(letter.created_at) for letter in letters)
    for day in life.days():
        if day == life.until:
            return
        closes_at = life.person.calendar.bounds(day)[1]
        asked = [entry for entry in entries[day] if entry.reason in ASKED]
        done = sum(entry.reason is Reason.DONE for entry in asked)
        its_logs = logs.get(day, [])
        opens = len(_opening(its_logs))
        yield (
            new_key(rng, closes_at),
            life.person.id.bytes,
            day,
            len(asked),
            done,
            done / len(asked) if asked else 0.0,
            _mean([log.mood for log in its_logs if log.mood is not None]),
            _mean([log.energy for log in its_logs if log.energy is not None]),
            opens,
            opens + len(its_logs) // 3,
            received[day],
            sum(entry.run > 0 for entry in entries[day]),
            max((entry.run for entry in entries[day]), default=0),
            closes_at,
        )


def _mean(scores: list[int]) -> float | None:
    return fmean(scores) if scores else None


def _opening(logs: list[Log]) -> list[Log]:
    """The check-ins for which the app was opened; the others were made while it was open."""
    return logs[::3]


def events(rng: Random, life: Life, tally: Tally, letters: list[CoachingMessage]) -> Iterator[Row]:
    """What the last days left among the events."""
    for event_type, at, data in _happened(rng, life, tally, letters):
        if at > life.ends_at - RECENT:
            yield (new_key(rng, at), life.person.id.bytes, event_type, data, at, at)


def _happened(rng: Random, life: Life, tally: Tally, letters: list[CoachingMessage]) -> Iterator[Happened]:
    for logs in life.logs_by_day().values():
        for log in _opening(logs):
            yield "app_open", log.at - dt.timedelta(seconds=rng.randint(4, 40)), {}
        for log in logs:
            yield "habit_check", log.at, {"user_habit_id": str(log.doing.row.id), "streak": log.streak}
    for doing in life.doings:
        yield "habit_add", doing.row.started_at, {"habit_id": str(doing.row.habit_id)}
    for earned in tally.earned:
        yield "achievement", earned.at, {"achievement": earned.achievement.id}
    for letter in letters:
        if letter.read_at:
            yield "ai_message_read", letter.read_at, {"message_id": str(letter.id)}


def notifications(
    rng: Random, user: User, life: Life, tally: Tally, letters: list[CoachingMessage]
) -> Iterator[Notification]:
    """What lies in their inbox from the last days. Nothing of it is still to be sent."""
    for kind, at, key, title, body, read_at, data in _told(user, life, tally, letters):
        if life.ends_at - RECENT < at <= life.ends_at:
            yield Notification(
                id=new_id(rng, at),
                user_id=user.pk,
                title=title,
                body=body,
                notification_type=kind,
                data=data,
                scheduled_for=at,
                sent_at=at,
                dispatched_at=at,
                read_at=read_at,
                delivery_status=Notification.Delivery.SENT,
                created_at=at,
                effect_key=key,
            )


def _told(user: User, life: Life, tally: Tally, letters: list[CoachingMessage]) -> Iterator[Told]:
    for at, together in groupby(tally.earned, key=lambda earned: earned.at):
        won = [earned.achievement for earned in together]
        names, description = [award.text("name") for award in won], won[0].text("description")
        data = {"names": names, "description": description, "to": ["gamification:seals"]}
        title, body = outbox.render("achievement", data, language=user.language)
        yield Type.ACHIEVEMENT, at, f"achievement:{user.pk}:{won[0].pk}", title, body, at, data
    for letter in letters:
        title, body = letter.content.split("\n", 1)
        yield Type.COACHING, letter.created_at, f"coaching:{letter.pk}", title, body, letter.read_at, {}
    for doing in life.doings:
        for slot, data in _reminded(life, doing):
            title, body = outbox.render("habit_reminder", data, language=user.language)
            key = f"reminder:{doing.row.pk}:{slot.day}:{slot.clock:%H:%M}"
            yield Type.HABIT_REMINDER, slot.at, key, title, body, None, data


def _reminded(life: Life, doing: Doing) -> Iterator[tuple[reminders.Slot, dict[str, Any]]]:
    """On the last day, where it would have helped."""
    before = life.person.calendar.bounds(life.until)[0] - dt.timedelta(seconds=1)
    state = State.from_json(doing.row.streak_state or [])
    for slot in reminders.slots(doing.row, calendar=life.person.calendar, after=before):
        if slot.day != life.until:
            return
        count = sum(log.amount for log in doing.logs if log.day == slot.day and log.at <= slot.at)
        streak = streaks.look(state, timeline=doing.timeline, count=count, today=slot.day, rests=doing.rests)
        stands = HabitStanding(state, streak, count)
        if reminders.would_help(doing.rule, stands):
            to = ["habits:habit", str(doing.row.pk)]
            yield slot, reminders.facts(doing.row, stands, day=slot.day) | {"to": to}
