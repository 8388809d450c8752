"""Monthly challenges: the 85 % rule, joining, results once, and what staff may change."""

import datetime as dt
from io import BytesIO

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from uuid6 import uuid7

from circles import challenges
from circles.challenges import ChallengeCount
from circles.models import Challenge, ChallengePart
from habits import checkins, pauses
from habits.models import HabitLog
from notifications.models import Notification
from tests.at_once import at_once
from tests.factories.accounts import UserFactory
from tests.factories.circles import ChallengeFactory, ChallengePartFactory
from tests.factories.habits import HabitCategoryFactory, HabitFactory, HabitLogFactory, UserHabitFactory
from tests.staff_forms import seen
from wellness.privacy import erasure, export_zip

DAY = dt.timedelta(days=1)
FIRST = dt.date(2026, 10, 1)
LAST = dt.date(2026, 10, 31)


def noon(day: dt.date) -> dt.datetime:
    """Noon in Seoul."""
    return dt.datetime.combine(day, dt.time(3), dt.UTC)


# Once October is over everywhere.
AFTER = noon(dt.date(2026, 11, 3))


# The rule, pure.


@given(st.integers(0, 31).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_it_is_met_with_85_of_100_in_whole_numbers_and_ten_days(numbers):
    done, asked = numbers
    missed = asked - done

    # The same rule from the other side: at most 3 of 20 missed.
    assert ChallengeCount(asked, done).is_met == (asked >= 10 and 20 * missed <= 3 * asked)


@pytest.mark.parametrize(
    ("asked", "done", "met"),
    [(20, 17, True), (20, 16, False), (31, 27, True), (31, 26, False), (10, 9, True), (9, 9, False)],
)
def test_around_the_edge(asked, done, met):
    assert ChallengeCount(asked, done).is_met is met


pytestmark = pytest.mark.django_db


@pytest.fixture
def october():
    return ChallengeFactory(month=FIRST, name="걷는 달")


def habit_of(user, **values):
    return UserHabitFactory(user=user, started_at=noon(FIRST) - 90 * DAY, **values)


def do(habit, *days: int) -> None:
    """Check-ins on these days of October."""
    for day in days:
        HabitLogFactory(user_habit=habit, completed_at=noon(FIRST.replace(day=day)), local_date=FIRST.replace(day=day))


def counted(part: ChallengePart, *, now: dt.datetime = AFTER) -> tuple[int, int]:
    [its] = challenges.count([part], now=now).values()
    return its.done, its.asked


def test_one_habit_a_day_is_enough_and_more_make_no_difference(october, person):
    part = ChallengePartFactory(challenge=october, user=person)
    walk, water = habit_of(person), habit_of(person)
    do(walk, 1, 2, 3)
    do(water, 3, 4)

    assert counted(part) == (4, 31)


def test_it_counts_what_it_names(person):
    health = HabitCategoryFactory()
    template = HabitFactory(category=health)
    walk = habit_of(person, habit=template)
    other = habit_of(person, habit=HabitFactory(category=HabitCategoryFactory(name_en="reading")))
    do(walk, 1, 2)
    do(other, 3)
    by_category = ChallengePartFactory(user=person, challenge=ChallengeFactory(month=FIRST, category=health))
    by_habit = ChallengePartFactory(
        user=person,
        challenge=ChallengeFactory(month=dt.date(2026, 9, 1), habit=template),
        joined_on=dt.date(2026, 9, 1),
    )

    assert counted(by_category) == (2, 31)
    assert counted(by_habit) == (0, 30)


def test_rests_and_days_that_are_not_due_do_not_count(october, person):
    part = ChallengePartFactory(challenge=october, user=person)
    # Mondays, Wednesdays and Fridays: 5 + 4 + 5 of October 2026.
    walk = habit_of(person, target_frequency="custom", schedule={"kind": "weekdays", "days": [1, 3, 5]})
    do(walk, 2, 5, 6)
    pauses.skip(person, walk.pk, day=FIRST.replace(day=7), at=noon(FIRST.replace(day=7)))
    friday_to_friday = {"starts_on": FIRST.replace(day=9), "ends_on": FIRST.replace(day=16)}
    pauses.pause(person, walk.pk, **friday_to_friday, at=noon(FIRST.replace(day=8)))

    # Of 13 days: the 7th is skipped; the 9th, 12th, 14th and 16th rest. The 6th was not due.
    due = [day for day in range(1, 32) if FIRST.replace(day=day).isoweekday() in (1, 3, 5)]
    assert counted(part) == (2, len(due) - 5)


def test_only_the_days_from_joining_count_and_today_once_it_is_done(october, person):
    walk = habit_of(person)
    do(walk, 8, 9, 10, 11)
    challenges.join(person, october, today=FIRST.replace(day=10))
    [part] = ChallengePart.objects.select_related("challenge", "user")

    assert counted(part, now=noon(FIRST.replace(day=12))) == (2, 2)
    do(walk, 12)
    assert counted(part, now=noon(FIRST.replace(day=12))) == (3, 3)
    assert counted(part, now=noon(FIRST.replace(day=13))) == (3, 3)
    assert counted(part, now=noon(FIRST.replace(day=14))) == (3, 4)


def test_a_habit_that_begins_later_asks_from_then_on_and_one_by_the_week_for_no_day(october, person):
    part = ChallengePartFactory(challenge=october, user=person)
    UserHabitFactory(user=person, started_at=noon(FIRST.replace(day=20)))
    habit_of(person, target_frequency="weekly", schedule={"times": 3})

    assert counted(part) == (0, 12)


def test_the_days_are_the_persons_own(october, person):
    """The last evening of October in New York is November in Seoul."""
    person.timezone = "America/New_York"
    person.save()
    part = ChallengePartFactory(challenge=october, user=person)
    walk = habit_of(person)
    at = dt.datetime(2026, 11, 1, 1, tzinfo=dt.UTC)
    checkins.check_in(person, walk.pk, key=uuid7(), at=at, now=at)

    assert HabitLog.objects.get().local_date == LAST
    assert counted(part)[0] == 1


def test_one_may_join_while_ten_days_are_left(october, person):
    challenges.join(person, october, today=FIRST.replace(day=22))
    challenges.join(person, october, today=FIRST.replace(day=25) - 5 * DAY)

    assert ChallengePart.objects.get().joined_on == FIRST.replace(day=22)
    with pytest.raises(challenges.ChallengeClosed):
        challenges.join(UserFactory(), october, today=FIRST.replace(day=23))
    early = UserFactory()
    challenges.join(early, october, today=FIRST - 5 * DAY)
    assert ChallengePart.objects.get(user=early).joined_on == FIRST


# The result.


def settled(part: ChallengePart) -> tuple[int | None, int | None, bool | None]:
    part.refresh_from_db()
    return part.done, part.asked, part.is_met


def test_the_result_is_written_and_told_once_the_month_is_over_everywhere(october, person):
    part = ChallengePartFactory(challenge=october, user=person)
    missed = ChallengePartFactory(challenge=october)
    habit_of(missed.user)
    do(habit_of(person), *range(1, 28))

    assert challenges.settle_due(now=noon(dt.date(2026, 11, 2))) == 0
    assert settled(part) == (None, None, None)
    assert challenges.settle_due(now=AFTER) == 2
    assert settled(part) == (27, 31, True)
    assert settled(missed) == (0, 31, False)

    do(person.habits.get(), 28, 29)
    assert challenges.settle_due(now=AFTER + DAY) == 0
    assert settled(part) == (27, 31, True)
    # Nobody gets a message about a missed one.
    [told] = Notification.objects.all()
    assert (told.user, told.title) == (person, "‘걷는 달’ 도전을 해냈어요")
    assert told.body == "31일 중 27일을 했어요. 도전 배지를 받았어요."


def test_somebody_who_asked_to_leave_gets_the_result_when_they_come_back(october, person):
    part = ChallengePartFactory(challenge=october, user=person)
    person.is_active = False
    person.save()
    assert challenges.settle_due(now=AFTER) == 0

    person.is_active = True
    person.save()
    assert challenges.settle_due(now=AFTER) == 1
    assert settled(part) == (0, 0, False)


def test_many_are_settled_in_batches(october, monkeypatch):
    monkeypatch.setattr(challenges, "BATCH", 2)
    for _n in range(5):
        ChallengePartFactory(challenge=october)

    assert challenges.settle_due(now=AFTER) == 5


def test_sixteen_jobs_at_once_settle_and_tell_once(committed):
    october = ChallengeFactory(month=FIRST)
    parts = [ChallengePartFactory(challenge=october) for _n in range(3)]
    for part in parts:
        do(habit_of(part.user), *range(1, 32))

    answers = at_once(16, lambda _n: challenges.settle_due(now=AFTER))

    assert sum(answers) == 3
    assert Notification.objects.filter(title__isnull=False).count() == 3
    assert ChallengePart.objects.filter(is_met=True).count() == 3


def test_of_two_taps_at_once_one_joins(committed):
    october, person = ChallengeFactory(month=FIRST), UserFactory()

    at_once(8, lambda _n: challenges.join(person, october, today=FIRST))

    assert ChallengePart.objects.count() == 1


# The database.


def test_what_somebody_has_joined_stays_what_it_was(october, person):
    october.name = "달리는 달"
    october.month = dt.date(2026, 12, 1)
    october.save()
    ChallengePartFactory(challenge=october, user=person)

    october.name = "걷는 달"
    october.save()
    october.month = FIRST
    with pytest.raises(IntegrityError), transaction.atomic():
        october.save()


@pytest.mark.parametrize(
    "wrong",
    [{"month": dt.date(2026, 10, 2)}, {"month": FIRST, "habit": HabitFactory, "category": HabitCategoryFactory}],
)
def test_the_database_refuses_a_challenge_that_makes_no_sense(wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        ChallengeFactory(**{name: value() if isinstance(value, type) else value for name, value in wrong.items()})


def test_half_a_result_is_refused(october, person):
    part = ChallengePartFactory(challenge=october, user=person)

    for values in ({"asked": 3}, {"asked": 3, "done": 4, "is_met": True, "settled_at": AFTER}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ChallengePart.objects.filter(pk=part.pk).update(**values)


# Pages.


@pytest.fixture
def now_running(person):
    """The challenge of this month, joined on its first day."""
    today = person.calendar.day_of(dt.datetime.now(dt.UTC))
    return ChallengeFactory(month=today.replace(day=1), name="걷는 달")


def page(browser: Client) -> str:
    return browser.get(reverse("circles:challenges")).content.decode()


def test_the_page_shows_how_far_one_has_come(signed_in, person, now_running):
    part = ChallengePartFactory(challenge=now_running, user=person)
    habit = habit_of(person, custom_name="아침 산책")
    now = dt.datetime.now(dt.UTC)
    checkins.check_in(person, habit.pk, key=uuid7(), at=now, now=now)
    [its] = challenges.count([part], now=now).values()

    shown = page(signed_in)

    assert f"{its.asked}일 중 1일" in shown
    assert "아침 산책" in shown
    assert "걷는 달" in signed_in.get(reverse("circles:circles")).content.decode()


def test_one_joins_and_stops_by_a_button(signed_in, person):
    following = (person.calendar.day_of(dt.datetime.now(dt.UTC)).replace(day=1) + 31 * DAY).replace(day=1)
    coming = ChallengeFactory(month=following, name="다음 달 걷기")
    url = reverse("circles:challenge", args=[coming.pk])
    assert "다음 달 걷기" in page(signed_in)

    signed_in.post(url)
    assert ChallengePart.objects.get().joined_on == following
    shown = page(signed_in)
    assert "다음 달 1일부터 시작해요" in shown
    assert "아직 센 날이 없어요" in shown
    signed_in.post(url, {"leave": "1"})
    assert ChallengePart.objects.count() == 0


def test_a_draft_and_one_that_begins_to_be_shown_later_are_seen_by_nobody(signed_in, now_running):
    url = reverse("circles:challenge", args=[now_running.pk])
    for hidden in ({"is_active": False}, {"is_active": True, "goes_live_at": dt.datetime.now(dt.UTC) + DAY}):
        Challenge.objects.update(**hidden)
        assert "걷는 달" not in page(signed_in)
        assert signed_in.post(url).status_code == 404


def test_too_late_is_said(signed_in, person):
    over = ChallengeFactory(month=dt.date(2026, 8, 1))

    answer = signed_in.post(reverse("circles:challenge", args=[over.pk]), follow=True)

    assert "남은 날이 적어요" in answer.content.decode()
    assert ChallengePart.objects.count() == 0


def test_results_stay_on_the_page_and_a_missed_one_is_said_gently(signed_in, person, october):
    ChallengePartFactory(challenge=october, user=person, asked=20, done=18, is_met=True, settled_at=AFTER)
    ChallengePartFactory(
        user=person,
        challenge=ChallengeFactory(month=dt.date(2026, 9, 1), name="물 마시는 달"),
        asked=20,
        done=3,
        is_met=False,
        settled_at=AFTER,
    )

    shown = page(signed_in)

    assert "20일 중 18일" in shown
    assert "20일 중 3일" in shown
    assert "실패" not in shown


def test_nobody_sees_how_far_another_has_come(person, now_running):
    ChallengePartFactory(challenge=now_running, user=person)
    other = Client()
    other.force_login(UserFactory())

    assert "일 중" not in page(other)
    assert other.post(reverse("circles:challenge", args=[now_running.pk]), {"leave": "1"}).status_code == 404
    assert ChallengePart.objects.count() == 1


# Staff.

ADD = "/admin/circles/challenge/add/"


def form(**changes) -> dict:
    return {
        "name": "걷는 달",
        "name_en": "A month of walks",
        "description": "날마다 걸어요.",
        "description_en": "Walk each day.",
        "month": "2026-12-24",
        "is_active": "on",
        **changes,
    }


def test_staff_publish_one_in_both_languages(admin_client):
    assert admin_client.post(ADD, form()).status_code == 302

    made = Challenge.objects.get()
    assert (made.month, made.category, made.habit, made.is_active) == (dt.date(2026, 12, 1), None, None, True)
    assert made.translations["en"] == {"name": "A month of walks", "description": "Walk each day."}


def test_a_second_one_for_the_month_and_two_things_to_count_are_refused(admin_client):
    ChallengeFactory(month=dt.date(2026, 12, 1))
    template = HabitFactory()
    shown = admin_client.post(ADD, form()).content.decode()
    both = form(month="2027-01-05", habit=str(template.pk), category=str(template.category_id))
    also = admin_client.post(ADD, both).content.decode()

    assert "이 달에는 이미 도전이 있어요" in shown
    assert "하나만 골라 주세요" in also
    assert Challenge.objects.count() == 1


def test_once_joined_only_its_words_change(admin_client, october, person):
    ChallengePartFactory(challenge=october, user=person)
    url = f"/admin/circles/challenge/{october.pk}/change/"
    assert 'name="month"' not in admin_client.get(url).content.decode()

    admin_client.post(url, form(month="2026-12-01", name="달리는 달") | seen(admin_client, url))

    october.refresh_from_db()
    assert (october.name, october.month) == ("달리는 달", FIRST)


# What is left.


def test_the_export_has_ones_own_part_and_erasure_leaves_none(october, person):
    ChallengePartFactory(challenge=october, user=person, asked=20, done=18, is_met=True, settled_at=AFTER)
    ChallengePartFactory(challenge=october)
    email, file = person.email, BytesIO()

    export_zip.write(file, person.pk, now=AFTER)
    erasure.erase(person.pk, at=AFTER)

    assert b"challenge_parts" in file.getvalue()
    assert erasure.remains(person.pk, addresses=[email]) == {}
    assert ChallengePart.objects.count() == 1
