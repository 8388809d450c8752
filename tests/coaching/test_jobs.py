"""A message is planned, written and shown once; whatever changes in the meantime counts."""

import datetime as dt

import pytest
from django.db import connection
from uuid6 import uuid7

from accounts.days import ONE_DAY
from billing import entitlements
from coaching import allowance, jobs, messages, preferences
from coaching.habit_tokens import Names
from coaching.models import (
    OFFLINE,
    AIPromptTemplate,
    CoachingControls,
    CoachingDecision,
    CoachingJob,
    CoachingMessage,
    CoachingUsage,
)
from habits import checkins, streak_cache
from notifications import holds
from notifications.models import Notification
from tests.coaching.people import give_a_month

pytestmark = pytest.mark.django_db
State = CoachingJob.State


def now():
    return dt.datetime.now(dt.UTC)


def write(clock=now):
    jobs.run_waiting(clock)


def outcome():
    return CoachingJob.objects.latest("created_at").outcome


def plan_today(user):
    """Plans the daily message as if its time were a minute ago, seen from the person's clock."""
    at = now() - dt.timedelta(minutes=1)
    clock = user.calendar.local(at).time().replace(second=0, microsecond=0)
    preferences.change(user, at=at - dt.timedelta(minutes=2), clock=clock)
    type(user).objects.filter(pk=user.pk).update(next_coaching_at=at)
    return jobs.plan_due(now=now())


@pytest.fixture
def _never_silent(monkeypatch):
    monkeypatch.setattr("coaching.bandit.SILENCE", 0.0)


def test_asking_gives_a_message_from_the_record(coached):
    jobs.ask(coached, at=now())
    write()

    (message,) = CoachingMessage.objects.all()
    context = messages.context_of(message)
    assert message.ai_model == OFFLINE
    assert message.offline_reason == "no_key"
    assert message.template.usage_count == 1
    assert message.prompt is None
    assert 0 < message.personalization_score <= 1
    assert all(fact.text in message.body for fact in context.facts)
    assert context.date == coached.calendar.day_of(now())
    assert context.zone == coached.timezone


def test_it_is_announced_once_through_the_outbox(coached):
    job = jobs.ask(coached, at=now())
    write()
    write()

    (notification,) = Notification.objects.filter(notification_type="coaching")
    message = CoachingMessage.objects.get()
    assert notification.effect_key == f"coaching:{message.pk}"
    assert notification.texts[0] == messages.words_of(message, Names(coached)).title
    assert "AI" not in notification.texts[1]
    job.refresh_from_db()
    assert (job.state, job.message) == (State.DONE, message)


@pytest.mark.usefixtures("_never_silent")
def test_each_day_has_one_daily_message_and_the_next_is_planned(coached):
    assert plan_today(coached) == 1
    write()
    type(coached).objects.filter(pk=coached.pk).update(next_coaching_at=now() - dt.timedelta(seconds=30))
    jobs.plan_due(now=now())
    write()

    coached.refresh_from_db()
    assert CoachingMessage.objects.count() == 1
    assert now() < coached.next_coaching_at <= now() + ONE_DAY
    decision = CoachingDecision.objects.get()
    assert decision.message == CoachingMessage.objects.get()
    assert decision.arm == decision.message.tone


def test_silence_is_chosen_logged_and_costs_nothing(coached, monkeypatch):
    monkeypatch.setattr("coaching.bandit.SILENCE", 1.0)
    plan_today(coached)
    write()

    assert not CoachingMessage.objects.exists()
    assert not Notification.objects.exists()
    assert outcome() == "silence"
    assert CoachingDecision.objects.get().arm == "silence"
    assert CoachingUsage.objects.get().used == 0


def test_a_daily_message_that_is_hours_late_is_left_out(coached):
    type(coached).objects.filter(pk=coached.pk).update(next_coaching_at=now() - dt.timedelta(hours=7))

    assert jobs.plan_due(now=now()) == 0
    coached.refresh_from_db()
    assert coached.next_coaching_at > now()


def test_nobody_is_planned_whose_coach_is_off(coached):
    preferences.change(coached, at=now(), is_on=False)

    coached.refresh_from_db()
    assert coached.next_coaching_at is None
    type(coached).objects.filter(pk=coached.pk).update(next_coaching_at=now())
    assert jobs.plan_due(now=now()) == 0


@pytest.mark.usefixtures("_never_silent")
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda user: preferences.change(user, at=now(), is_on=False), "off"),
        (lambda user: CoachingControls.objects.create(sends_messages=False), "switched_off"),
        (lambda user: type(user).objects.filter(pk=user.pk).update(is_active=False), "inactive"),
        (lambda user: holds.register(lambda held, at: held.pk == user.pk), "held"),
        (lambda user: [allowance.take(user, at=now()) for _ in range(9)], "limit"),
        (lambda user: AIPromptTemplate.objects.update(is_active=False), "no_template"),
    ],
)
def test_a_queued_message_is_not_written_after_a_change(coached, change, expected):
    plan_today(coached)
    change(coached)
    used = allowance.used(coached, at=now())
    write()

    assert not CoachingMessage.objects.exists()
    assert outcome() == expected
    assert allowance.used(coached, at=now()) == used


def test_facts_are_not_told_again_and_then_there_is_nothing_to_say(coached, monkeypatch):
    monkeypatch.setattr("coaching.allowance.entitlements.limit", lambda *_, **__: entitlements.Limit(100))
    told = []
    for _ in range(40):
        jobs.ask(coached, at=now())
        write()
    for message in CoachingMessage.objects.all():
        told += [fact.key for fact in messages.context_of(message).facts]

    assert len(told) == len(set(told)) > 10
    assert outcome() == "nothing_new"


def test_a_round_streak_is_celebrated_after_the_check_in(coached):
    habit = coached.habits.order_by("pk").first()
    # Without its first day, today's check-in is the thirtieth in a row.
    habit.logs.order_by("local_date").first().delete()
    habit.started_on += ONE_DAY
    habit.save()
    today = coached.calendar.day_of(now())
    streak_cache.rebuild_and_save(habit, today=today, calendar=coached.calendar)

    checkins.check_in(coached, habit.pk, key=uuid7(), at=now(), now=now())

    job = CoachingJob.objects.get(occasion="milestone")
    assert job.due_at > now()
    CoachingJob.objects.update(due_at=now() - dt.timedelta(seconds=5))
    write()
    message = CoachingMessage.objects.get()
    assert message.message_type == "celebration"
    assert "30일" in message.content


def test_a_dead_job_is_tried_again_by_staff(coached, monkeypatch):
    job = jobs.ask(coached, at=now())
    with monkeypatch.context() as broken:
        broken.setattr("coaching.record_queries.read", lambda *_, **__: 1 / 0)
        for hour in range(4):
            write(lambda hour=hour: now() + dt.timedelta(hours=hour))
    job.refresh_from_db()
    assert job.state == State.DEAD
    assert allowance.used(coached, at=now()) == 0

    jobs.retry(job)
    write()
    job.refresh_from_db()
    assert job.state == State.DONE


def test_another_attempt_counts_nothing_more_against_the_day(coached):
    job = jobs.ask(coached, at=now())
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE coaching_messages ADD CONSTRAINT refused CHECK (false) NOT VALID")
        write()
        job.refresh_from_db()
        assert (job.state, allowance.used(coached, at=now())) == (State.WAITING, 1)
        cursor.execute("ALTER TABLE coaching_messages DROP CONSTRAINT refused")
    CoachingJob.objects.update(lease_ends_at=now() - dt.timedelta(seconds=1))
    write()

    job.refresh_from_db()
    assert (job.state, job.attempts, job.counted_on) == (State.DONE, 2, coached.calendar.day_of(now()))
    assert allowance.used(coached, at=now()) == 1


def test_the_last_message_of_the_day_comes_although_its_first_writer_was_killed(coached):
    limit = entitlements.limit(coached, allowance.LIMIT, at=now()).most
    for _ in range(limit - 1):
        allowance.take(coached, at=now())
    job = jobs.ask(coached, at=now())
    # Killed after it was counted.
    CoachingJob.objects.update(counted_on=allowance.take(coached, at=now()).day, attempts=1, lease_ends_at=now())
    write()

    job.refresh_from_db()
    assert job.state == State.DONE
    assert allowance.used(coached, at=now()) == limit


def test_a_worker_that_lost_its_lease_writes_nothing(coached):
    jobs.ask(coached, at=now())
    lost = jobs.QUEUE.claim(now())
    CoachingJob.objects.update(lease_ends_at=now() - dt.timedelta(seconds=1))
    write()

    assert not jobs.QUEUE.attempt(lost, lambda job: jobs.perform(job, now=now()), now)
    assert CoachingMessage.objects.count() == 1
    assert Notification.objects.count() == 1


@pytest.mark.usefixtures("_never_silent")
def test_no_free_text_of_the_person_is_stored_unsealed(coached):
    habit = coached.habits.first()
    habit.custom_name = "둘만 아는 이름"
    habit.save()
    plan_today(coached)
    write()
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(m)::text FROM coaching_messages m UNION SELECT row_to_json(j)::text FROM coaching_jobs j"
                       " UNION SELECT row_to_json(d)::text FROM coaching_decisions d")  # fmt: skip
        assert "둘만 아는 이름" not in "".join(row for (row,) in cursor.fetchall())


def test_a_person_without_a_record_gets_nothing(person):
    preferences.change(person, at=now(), is_on=True)
    jobs.ask(person, at=now())
    write()

    assert outcome() == "nothing_new"


def test_english_people_read_english(stranger):
    stranger.language = "en"
    stranger.save()
    give_a_month(stranger, now=now())
    jobs.ask(stranger, at=now())
    write()

    context = messages.context_of(CoachingMessage.objects.get())
    assert context.language == "en"
    assert context.weekday.endswith("day")
