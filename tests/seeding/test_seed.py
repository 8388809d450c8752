"""Seeded people: repeatable, with the rows that the product itself would write."""

import datetime as dt

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import F, Max, Q

from accounts.days import ONE_DAY
from accounts.models import User, UserConsent
from analytics.models import AppEvent, UserAnalytics
from billing.models import PaymentTransaction, SubscriptionPlan, UserSubscription
from coaching.models import CoachingMessage
from core.db import partitions
from devtools.seeding import loader
from gamification.models import UserAchievement, UserProgress
from habits import checkins, reminders, streak_cache, streak_rollover
from habits.check_in_details import Details
from habits.models import HabitLog, HabitRest, UserHabit
from habits.streaks import State
from notifications.models import Notification

pytestmark = pytest.mark.django_db

PEOPLE, DAYS, SEED, UNTIL = 14, 35, 7, dt.date(2026, 10, 20)
FIRST = UNTIL - (DAYS - 1) * ONE_DAY
SEEDED = [
    User, UserConsent, UserSubscription, PaymentTransaction, UserHabit, HabitRest, HabitLog, UserProgress,
    UserAchievement, CoachingMessage, Notification, UserAnalytics, AppEvent,
]  # fmt: skip
STREAK_COLUMNS = [
    "current_streak", "best_streak", "total_completions", "streak_state", "streak_through", "counted_on", "counted",
]  # fmt: skip


def seed_people(*, seed=SEED):
    return loader.seed(PEOPLE, days=DAYS, seed=seed, until=UNTIL, password="!")


@pytest.fixture(scope="module", autouse=True)
def seeded(django_db_setup, django_db_blocker):
    """Seeds once for this module; each test is rolled back to this state."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield seed_people()
        transaction.set_rollback(True)


def everything():
    """All seeded rows, with sealed values opened."""
    return {
        model: {
            row.pk: [getattr(row, field.attname) for field in model._meta.concrete_fields]
            for row in model.objects.all()
        }
        for model in SEEDED
    }


def clear():
    PaymentTransaction.objects.all().delete()
    AppEvent.objects.all().delete()
    User.objects.all().delete()


def test_the_same_seed_gives_the_same_rows():
    before = everything()
    clear()

    seed_people()

    assert everything() == before


def test_another_seed_gives_other_people():
    names = {user.name for user in User.objects.all()}
    clear()

    seed_people(seed=SEED + 1)

    assert {user.name for user in User.objects.all()} != names


def test_people_are_seeded_once():
    with pytest.raises(loader.AlreadySeeded):
        seed_people()


def test_every_plan_level_is_there():
    paid = set(UserSubscription.objects.values_list("plan_id", flat=True))

    assert paid == set(SubscriptionPlan.objects.exclude(pk="basic").values_list("pk", flat=True))
    assert User.objects.filter(subscriptions=None).exists()


def test_every_period_that_began_was_paid():
    for subscription in UserSubscription.objects.select_related("plan"):
        payments = subscription.transactions.order_by("created_at")

        assert payments.last().created_at == subscription.current_period_start
        assert {payment.amount for payment in payments} == {subscription.plan.price}


def test_schedules_of_every_kind_are_there():
    found = {type(user_habit.rule.schedule).__name__ for user_habit in UserHabit.objects.all()}

    assert found >= {"Daily", "Weekly", "Weekdays"}
    assert UserHabit.objects.filter(direction="at_most").exists()
    assert UserHabit.objects.filter(direction="at_least", target_count=8).exists()


def test_some_people_are_in_other_time_zones():
    zones = list(User.objects.values_list("timezone", flat=True))

    assert len(set(zones)) > 1
    assert zones.count("Asia/Seoul") > PEOPLE / 2


def test_check_ins_are_between_the_start_of_their_habit_and_the_last_day():
    outside = HabitLog.objects.filter(
        Q(local_date__lt=F("user_habit__started_on"))
        | Q(completed_at__lt=F("user_habit__started_at"))
        | Q(local_date__gt=UNTIL)
    )

    assert not outside.exists()
    assert not UserHabit.objects.filter(started_on__lt=FIRST).exists()


def test_each_check_in_is_on_its_persons_day():
    for log in HabitLog.objects.select_related("user_habit__user"):
        assert log.local_date == log.user_habit.user.calendar.day_of(log.completed_at)


def test_nothing_is_dated_after_the_last_day():
    west = dt.datetime.combine(UNTIL + ONE_DAY, dt.time(12), dt.UTC)

    for model in SEEDED:
        if model is not UserProgress:
            dated = {UserAchievement: "earned_at", UserConsent: "occurred_at"}.get(model, "created_at")
            assert model.objects.aggregate(latest=Max(dated))["latest"] < west


def test_every_check_in_is_in_the_partition_of_its_month(seeded):
    assert seeded.logs == HabitLog.objects.count()
    assert set(partitions.waiting_in_default().values()) == {0}


def test_moods_are_faces_of_people_who_agreed_to_write_them_down():
    described = HabitLog.objects.exclude(mood_score=None)

    assert set(described.values_list("mood_score", flat=True)) <= {2, 4, 6, 8, 10}
    assert set(described.values_list("energy_level", flat=True)) <= {None, 2, 4, 6, 8, 10}
    assert {log.user_habit.user.shares_health for log in described.select_related("user_habit__user")} == {True}


def test_each_address_is_verified_and_found():
    for address in EmailAddress.objects.all():
        assert address.verified
        assert User.objects.get(email=address.email).pk == address.user_id
    assert EmailAddress.objects.count() == PEOPLE


def test_kept_streaks_are_those_of_the_replay():
    for user_habit in UserHabit.objects.select_related("user"):
        replay = streak_cache.replay(
            user_habit,
            today=UNTIL,
            calendar=user_habit.user.calendar,
            counts=streak_cache.counts_by_day(user_habit),
        )
        assert user_habit.streak_state == replay.state.to_json()
        assert user_habit.streak_through == UNTIL - ONE_DAY
        assert user_habit.current_streak == replay.streak.current
        assert user_habit.best_streak == replay.streak.best
        assert user_habit.total_completions == replay.streak.total


def first_person_with(**habit_fields):
    return User.objects.filter(habits__in=UserHabit.objects.filter(**habit_fields)).order_by("pk").first()


@pytest.mark.parametrize(
    "habit_fields", [{"direction": "at_most"}, {"target_frequency": "weekly", "rests__kind": "skip"}]
)
def test_the_check_in_itself_comes_to_the_same(habit_fields):
    user = first_person_with(**habit_fields)
    before = outcome(user)
    logs = list(HabitLog.objects.filter(user_habit__user=user).order_by("completed_at", "id"))
    reset(user)
    day, starts = None, sorted(user.habits.values_list("started_at", flat=True))

    for log in logs:
        if log.local_date != day or (starts and starts[0] <= log.completed_at):
            day, starts = log.local_date, [start for start in starts if start > log.completed_at]
            move_to(user, at=log.completed_at)
        details = Details(log.mood_score, log.energy_level, log.notes or "")
        at, count = log.completed_at, log.completed_count
        checkins.check_in(user, log.user_habit_id, key=log.pk, at=at, now=at, count=count, details=details)
    move_to(user, at=user.calendar.bounds(UNTIL)[1] - dt.timedelta(seconds=1))

    assert outcome(user) == before


def outcome(user):
    """The result of a person's check-ins."""
    return {
        "habits": {pk: kept for pk, *kept in user.habits.values_list("pk", *STREAK_COLUMNS)},
        "streaks": dict(HabitLog.objects.filter(user_habit__user=user).values_list("pk", "streak_count")),
        "earned": {
            pk: rest
            for pk, *rest in user.achievements.values_list("achievement", "earned_at", "points_earned", "context")
        },
        "progress": UserProgress.objects.values_list("counters", "points", "closed_through").get(user=user),
        "days": dict(user.progress_days.values_list("day", "counters")),
    }


def reset(user):
    """Resets a person to the day on which the habits were chosen."""
    HabitLog.objects.filter(user_habit__user=user).delete()
    user.achievements.all().delete()
    UserProgress.objects.filter(user=user).delete()
    user.progress_days.all().delete()
    for user_habit in user.habits.all():
        eve = user_habit.started_on - ONE_DAY
        user.habits.filter(pk=user_habit.pk).update(
            status="archived", current_streak=0, best_streak=0, total_completions=0, counted=0, counted_on=None,
            streak_state=State(through=eve).to_json(), streak_through=eve,
        )  # fmt: skip


def move_to(user, *, at):
    """Does what happens without the person: starts habits, runs the nightly streak rollover."""
    user.habits.filter(started_at__lte=at).update(status="active")
    streak_rollover.roll_over(now=at)


def test_days_in_numbers_agree_with_the_check_ins():
    logs = HabitLog.objects.exclude(mood_score=None).select_related("user_habit")
    moods = {}
    for log in logs:
        moods.setdefault((log.user_habit.user_id, log.local_date), []).append(log.mood_score)

    for day in UserAnalytics.objects.all():
        expected = moods.get((day.user_id, day.date))
        assert day.avg_mood_score == (pytest.approx(sum(expected) / len(expected)) if expected else None)
        assert 0 <= day.completed_habits <= day.total_habits
        assert FIRST <= day.date < UNTIL


def test_recent_events_are_those_of_the_check_ins():
    since = AppEvent.objects.filter(event_type="habit_check").earliest("occurred_at").occurred_at + ONE_DAY

    checks = AppEvent.objects.filter(event_type="habit_check", occurred_at__gte=since)

    expected = HabitLog.objects.filter(completed_at__gte=since).values_list("user_habit__user_id", "completed_at")
    assert sorted(checks.values_list("user_id", "occurred_at")) == sorted(expected)


def test_the_coach_wrote_from_its_templates_and_some_answered():
    reactions = set(CoachingMessage.objects.values_list("user_reaction", flat=True))

    assert {"like", "helpful"} < reactions
    assert not CoachingMessage.objects.exclude(user_reaction=None).filter(read_at=None).exists()
    assert not any("{" in message.content for message in CoachingMessage.objects.all())


def test_the_inbox_holds_what_came_and_nothing_waits_to_be_sent():
    later = dt.datetime.combine(UNTIL + 2 * ONE_DAY, dt.time(), dt.UTC)

    kinds = set(Notification.objects.in_inbox(later).values_list("notification_type", flat=True))

    assert kinds == {"achievement", "coaching", "habit_reminder"}
    assert not Notification.objects.due(later).exists()


def test_reminders_go_on_after_the_last_day():
    for user_habit in UserHabit.objects.exclude(reminder_times=[]).select_related("user"):
        calendar = user_habit.user.calendar
        last = calendar.bounds(UNTIL)[1] - dt.timedelta(seconds=1)
        assert user_habit.next_reminder_at == reminders.plan(user_habit, calendar=calendar, after=last)


def test_it_refuses_outside_development(settings):
    settings.DEVELOPMENT = False

    with pytest.raises(CommandError, match="--anyway"):
        call_command("seed")


def test_the_command_says_how_to_sign_in_and_how_fast_it_was(settings, capsys):
    settings.DEVELOPMENT = False
    clear()

    call_command("seed", users=2, days=5, seed=1, until=UNTIL, anyway=True)

    printed = capsys.readouterr().out
    assert "2 people, seed1@example.com to seed2@example.com, password eight-glasses" in printed
    assert "a second" in printed
