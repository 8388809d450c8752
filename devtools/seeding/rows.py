"""The rows of a history: account, consents, payments, daily numbers, events, notifications."""

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
from billing.models import PaymentMethod, PaymentTransaction, SubscriptionPlan, UserSubscription
from billing.plans import FREE_PLAN
from coaching import habit_tokens
from coaching.models import CoachingMessage
from devtools.seeding.coach_messages import ASKED, LANGUAGE
from devtools.seeding.histories import HabitHistory, Log, PersonHistory
from devtools.seeding.people import Person, new_id, new_key
from gamification.achievements import context_of, message_data
from gamification.models import UserAchievement
from gamification.replays import ReplayResult
from habits import reminders, streaks
from habits.check_in_details import sealed_note
from habits.streak_cache import HabitStanding
from habits.streaks import Reason, State
from notifications import kept_words, outbox
from notifications.models import Notification

type Row = tuple[Any, ...]
type Event = tuple[str, dt.datetime, dict[str, str | int]]
type InboxEntry = tuple[str, dt.datetime, str, str, str, dt.datetime | None, dict[str, Any]]

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


def account(history: PersonHistory, *, password: str) -> User:
    """`password` is a hash."""
    person = history.person
    logs = history.logs()
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


def given_consents(rng: Random, person: Person) -> Iterator[UserConsent]:
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


def payments(
    rng: Random, history: PersonHistory, plan: SubscriptionPlan
) -> Iterator[PaymentMethod | UserSubscription | PaymentTransaction]:
    """A subscription renewed until now.

    Weekend droppers have cancelled it, fading people let it expire.
    """
    if plan.id == FREE_PLAN:
        return
    starts_at = history.person.joined_at + dt.timedelta(hours=1)
    period, now = PERIODS[plan.billing_cycle], history.ends_at
    paid = [starts_at]
    while paid[-1] + period <= now:
        paid.append(paid[-1] + period)
    status, canceled_at = UserSubscription.Status.ACTIVE, None
    if history.person.pattern.name == "weekend_dropper":
        status, canceled_at = UserSubscription.Status.CANCELED, paid[-1] + (now - paid[-1]) / 2
    if history.person.pattern.name == "fading" and len(paid) > 1:
        paid.pop()
        status, canceled_at = UserSubscription.Status.EXPIRED, paid[-1] + period / 2
    method = PaymentMethod(
        id=new_id(rng, starts_at),
        user_id=history.person.id,
        gateway=GATEWAY,
        token=f"demo_4242_{rng.getrandbits(64):016x}",
        label="데모 카드 •••• 4242",
        created_at=starts_at,
    )
    yield method
    subscription = UserSubscription(
        id=new_id(rng, starts_at),
        user_id=history.person.id,
        plan=plan,
        status=status,
        phase=status,
        amount=plan.price,
        currency=plan.currency,
        started_at=starts_at,
        current_period_start=paid[-1],
        current_period_end=paid[-1] + period,
        canceled_at=canceled_at,
        payment_gateway=GATEWAY,
        method=method,
        created_at=starts_at,
        updated_at=paid[-1],
    )
    yield subscription
    yield from (_payment(rng, subscription, at, ends_at=at + period) for at in paid)


def _payment(
    rng: Random, subscription: UserSubscription, at: dt.datetime, *, ends_at: dt.datetime
) -> PaymentTransaction:
    key = new_id(rng, at)
    return PaymentTransaction(
        id=key,
        user_id=subscription.user_id,
        subscription=subscription,
        transaction_type=PaymentTransaction.Type.PAYMENT,
        status=PaymentTransaction.Status.COMPLETED,
        amount=subscription.amount,
        currency=subscription.currency,
        payment_gateway=GATEWAY,
        gateway_transaction_id=f"{GATEWAY}-{key}",
        payment_method="card",
        purpose=PaymentTransaction.Purpose.SUBSCRIBE
        if at == subscription.started_at
        else PaymentTransaction.Purpose.RENEW,
        plan=subscription.plan,
        method=subscription.method,
        gateway_response={"method": "데모 카드 •••• 4242"},
        period_starts_at=at,
        period_ends_at=ends_at,
        completed_at=at,
        created_at=at,
        updated_at=at,
    )


def log_row(log: Log) -> Row:
    note = sealed_note(log.note, log_id=UUID(bytes=log.key)) if log.note else None
    return (
        log.key, log.habit.row.id.bytes, log.amount, log.habit.rule.target, log.at, log.day, log.hour,
        log.mood, log.energy, note, log.streak, log.at,
    )  # fmt: skip


def achievements(rng: Random, history: PersonHistory, awarded: ReplayResult) -> Iterator[UserAchievement]:
    for earned in awarded.earned:
        yield UserAchievement(
            id=new_id(rng, earned.at),
            user_id=history.person.id,
            achievement=earned.achievement,
            context=context_of(earned.entry, earned.progress, act=earned.act),
            points_earned=earned.achievement.points,
            earned_at=earned.at,
        )


def days(rng: Random, history: PersonHistory, messages: list[CoachingMessage]) -> Iterator[Row]:
    """The daily numbers of each day that is over."""
    entries = defaultdict(list)
    for habit in history.habits:
        for entry in habit.ledger:
            entries[entry.day].append(entry)
    logs = history.logs_by_day()
    received = Counter(history.person.calendar.day_of(message.created_at) for message in messages)
    for day in history.days():
        if day == history.until:
            return
        closes_at = history.person.calendar.bounds(day)[1]
        asked = [entry for entry in entries[day] if entry.reason in ASKED]
        done = sum(entry.reason is Reason.DONE for entry in asked)
        day_logs = logs.get(day, [])
        opens = len(_app_opens(day_logs))
        yield (
            new_key(rng, closes_at),
            history.person.id.bytes,
            day,
            len(asked),
            done,
            done / len(asked) if asked else 0.0,
            _mean([log.mood for log in day_logs if log.mood is not None]),
            _mean([log.energy for log in day_logs if log.energy is not None]),
            opens,
            opens + len(day_logs) // 3,
            received[day],
            sum(entry.run > 0 for entry in entries[day]),
            max((entry.run for entry in entries[day]), default=0),
            closes_at,
        )


def _mean(scores: list[int]) -> float | None:
    return fmean(scores) if scores else None


def _app_opens(logs: list[Log]) -> list[Log]:
    """The check-ins for which the app was opened; the others happened while it was open."""
    return logs[::3]


def events(
    rng: Random, history: PersonHistory, awarded: ReplayResult, messages: list[CoachingMessage]
) -> Iterator[Row]:
    """The events of the last days."""
    for event_type, at, data in _all_events(rng, history, awarded, messages):
        if at > history.ends_at - RECENT:
            yield (new_key(rng, at), history.person.id.bytes, event_type, data, at, at)


def _all_events(
    rng: Random, history: PersonHistory, awarded: ReplayResult, messages: list[CoachingMessage]
) -> Iterator[Event]:
    for logs in history.logs_by_day().values():
        for log in _app_opens(logs):
            yield "app_open", log.at - dt.timedelta(seconds=rng.randint(4, 40)), {}
        for log in logs:
            yield "habit_check", log.at, {"user_habit_id": str(log.habit.row.id), "streak": log.streak}
    for habit in history.habits:
        yield "habit_add", habit.row.started_at, {"habit_id": str(habit.row.habit_id)}
    for earned in awarded.earned:
        yield "achievement", earned.at, {"achievement": earned.achievement.id}
    for message in messages:
        if message.read_at:
            yield "ai_message_read", message.read_at, {"message_id": str(message.id)}


def notifications(
    rng: Random, user: User, history: PersonHistory, awarded: ReplayResult, messages: list[CoachingMessage]
) -> Iterator[Notification]:
    """The inbox of the last days. Nothing in it is still to be sent."""
    for kind, at, key, title, body, read_at, data in _inbox_entries(user, history, awarded, messages):
        if history.ends_at - RECENT < at <= history.ends_at:
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


def _inbox_entries(
    user: User, history: PersonHistory, awarded: ReplayResult, messages: list[CoachingMessage]
) -> Iterator[InboxEntry]:
    for at, together in groupby(awarded.earned, key=lambda earned: earned.at):
        won = [earned.achievement for earned in together]
        data = message_data(won)
        title, body = outbox.render("achievement", data, language=user.language)
        kept = kept_words.keep(data, template="achievement", language=user.language)
        yield Type.ACHIEVEMENT, at, f"achievement:{user.pk}:{won[0].pk}", title, body, at, kept
    by_habit = {str(habit.row.pk): habit.row.name for habit in history.habits}
    for message in messages:
        title, body = habit_tokens.fill(message.content, by_habit, language=LANGUAGE).split("\n", 1)
        yield Type.COACHING, message.created_at, f"coaching:{message.pk}", title, body, message.read_at, {}
    for habit in history.habits:
        for slot, data in _reminders(history, habit):
            title, body = outbox.render("habit_reminder", data, language=user.language)
            key = f"reminder:{habit.row.pk}:{slot.day}:{slot.clock:%H:%M}"
            kept = kept_words.keep(data, template="habit_reminder", language=user.language)
            yield Type.HABIT_REMINDER, slot.at, key, title, body, None, kept


def _reminders(history: PersonHistory, habit: HabitHistory) -> Iterator[tuple[reminders.Slot, dict[str, Any]]]:
    """The reminders of the last day that the reminder rules would have sent."""
    before = history.person.calendar.bounds(history.until)[0] - dt.timedelta(seconds=1)
    state = State.from_json(habit.row.streak_state or [])
    for slot in reminders.slots(habit.row, calendar=history.person.calendar, after=before):
        if slot.day != history.until:
            return
        count = sum(log.amount for log in habit.logs if log.day == slot.day and log.at <= slot.at)
        streak = streaks.with_today(state, timeline=habit.timeline, count=count, today=slot.day, rests=habit.rests)
        standing = HabitStanding(state, streak, count)
        if reminders.would_help(habit.rule, standing):
            to = ["habits:habit", str(habit.row.pk)]
            yield slot, reminders.message_data(habit.row, standing, day=slot.day) | {"to": to}
