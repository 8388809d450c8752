"""The rows that a life leaves: the account, what was agreed to and paid, days in numbers, events, notifications."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator
from random import Random
from statistics import fmean
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from accounts import consents
from accounts.days import ONE_DAY
from accounts.models import User, UserConsent
from billing.entitlements import FREE_PLAN
from billing.models import PaymentTransaction, SubscriptionPlan, UserSubscription
from coaching.models import CoachingMessage
from gamification.models import UserAchievement
from habits.streaks import Reason
from notifications.models import Notification
from wellness.crypto import sealing
from wellness.seeding.awards import Tally
from wellness.seeding.letters import ASKED
from wellness.seeding.lives import Doing, Life, Log
from wellness.seeding.people import Person, new_id, new_key

type Row = tuple[Any, ...]
type Happened = tuple[str, dt.datetime, dict[str, str | int]]
type Told = tuple[str, dt.datetime, str, str, dt.datetime | None, dict[str, str]]

RECENT = 14 * ONE_DAY
PERIODS = {"monthly": 30 * ONE_DAY, "yearly": 365 * ONE_DAY}
GATEWAY = "demo"

LOG_COLUMNS = (
    "id", "user_habit_id", "completed_count", "target_count", "completed_at", "local_date",
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
    note = (
        sealing.seal(log.note, bound_to=sealing.place("habit_logs", "notes", UUID(bytes=log.key))) if log.note else None
    )
    return (
        log.key, log.doing.row.id.bytes, log.amount, log.doing.rule.target, log.at, log.day,
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


def notifications(rng: Random, life: Life, tally: Tally, letters: list[CoachingMessage]) -> Iterator[Notification]:
    """What reached them in the last days. Nothing is left to be sent: these people have no mailbox and no phone."""
    for kind, at, title, body, read_at, data in _told(life, tally, letters):
        if at > life.ends_at - RECENT:
            key = new_id(rng, at)
            yield Notification(
                id=key,
                user_id=life.person.id,
                title=title,
                body=body,
                notification_type=kind,
                data=data,
                scheduled_for=at,
                sent_at=at,
                delivered_at=at,
                read_at=read_at,
                delivery_status=Notification.Delivery.DELIVERED,
                created_at=at,
                effect_key=f"seed:{key}",
            )


def _told(life: Life, tally: Tally, letters: list[CoachingMessage]) -> Iterator[Told]:
    for earned in tally.earned:
        award = earned.achievement
        yield (
            "achievement",
            earned.at,
            award.text("name"),
            award.text("description"),
            earned.at,
            {"achievement": award.id},
        )
    for letter in letters:
        title, body = letter.content.split("\n", 1)
        yield "coaching", letter.created_at, title, body, letter.read_at, {"message_id": str(letter.id)}
    for doing in life.doings:
        data = {"user_habit_id": str(doing.row.id)}
        for at in _reminded(life, doing):
            yield "habit_reminder", at, doing.row.name, _("지금 하기 좋은 때예요."), None, data


def _reminded(life: Life, doing: Doing) -> Iterator[dt.datetime]:
    """When it was due and not yet done."""
    done_at = {log.day: log.at for log in doing.logs if log.completes}
    for entry in doing.ledger[-7:] if doing.row.reminder_times else []:
        at = life.person.calendar.at(entry.day, dt.time.fromisoformat(doing.row.reminder_times[0]))
        if entry.reason in ASKED and at <= done_at.get(entry.day, life.ends_at):
            yield at
