"""Two weeks with one change, and an answer that says no more than the days do."""

import datetime as dt
import random

import pytest
from django.db import IntegrityError, connection

from analytics import experiment_answer, experiments
from analytics.models import Experiment
from analytics.pages import experiment as pages
from habits import pauses
from tests.factories.habits import HabitLogFactory, UserHabitFactory

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
START = dt.date(2026, 11, 2)


def noon(day):
    return dt.datetime.combine(day, dt.time(3), dt.UTC)


@pytest.fixture
def walk(person):
    return UserHabitFactory(
        user=person, custom_name="걷기", started_at=noon(START - 40 * DAY), started_on=START - 40 * DAY
    )


def do(habit, *days):
    for day in days:
        HabitLogFactory(user_habit=habit, completed_at=noon(day), local_date=day, target_count=1)
    if days:
        habit.first_logged_on = min(days)
        habit.save()


def after(person, habit, days=14, **kwargs):
    begun = experiments.start(person, habit.pk, idea="아침에 하기", at=noon(START))
    return pages.page(person, begun, now=noon(START + days * DAY), **kwargs)


def test_a_clear_difference_is_told_with_its_range(person, walk):
    do(walk, START - 3 * DAY, *(START + n * DAY for n in range(14)))

    page = after(person, walk)

    assert page["answer"]["title"] == "시험하는 동안 더 자주 했어요"
    assert "7%, 시험하는 동안 100%" in page["answer"]["text"]
    assert "+" in page["answer"]["range"]


def test_a_difference_within_chance_is_called_none(person, walk):
    # 8 of 14 before, 10 of 14 during.
    do(walk, *(START - n * DAY for n in range(1, 9)), *(START + n * DAY for n in range(10)))

    page = after(person, walk)

    assert page["answer"]["title"] == "차이가 뚜렷하지 않아요"
    assert "우연만으로도" in page["answer"]["range"]


def test_too_few_days_say_nothing(person, walk):
    pauses.pause(person, walk.pk, starts_on=START + 3 * DAY, ends_on=START + 20 * DAY, at=noon(START))
    do(walk, START, START + DAY)

    page = after(person, walk)

    assert page["answer"]["title"] == "말하기 일러요"
    assert "적은 쪽이 3일" in page["answer"]["text"]


def test_nothing_is_answered_before_the_end(person, walk):
    do(walk, *(START + n * DAY for n in range(10)))

    page = after(person, walk, days=10)

    assert (page["running"], page["day"], page["answer"]) == (True, 11, {})
    # Today is open, and is not counted for being done.
    assert "10일 중 10일" in page["phases"][1]["text"]


def test_the_same_every_day_is_no_difference(person, walk):
    do(walk, *(START + n * DAY for n in range(-14, 14)))

    assert after(person, walk)["answer"]["kind"] == "same"


def test_one_experiment_runs_with_a_habit_at_a_time(person, walk):
    experiments.start(person, walk.pk, idea="아침", at=noon(START))
    with pytest.raises(experiments.AlreadyRunning):
        experiments.start(person, walk.pk, idea="저녁", at=noon(START + 5 * DAY))
    with pytest.raises(IntegrityError):
        Experiment.objects.create(user=person, user_habit=walk, idea="저녁", starts_on=START, ends_on=START)


def test_an_ended_one_makes_room_for_the_next(person, walk):
    first = experiments.start(person, walk.pk, idea="아침", at=noon(START))

    second = experiments.start(person, walk.pk, idea="저녁", at=noon(START + 14 * DAY))

    first.refresh_from_db()
    assert first.last_on == START + 13 * DAY
    assert second.starts_on == START + 14 * DAY


def test_what_was_stopped_compares_the_days_until_then(person, walk):
    begun = experiments.start(person, walk.pk, idea="아침", at=noon(START))
    experiments.stop(person, begun.pk, at=noon(START + 9 * DAY))
    begun.refresh_from_db()

    page = pages.page(person, begun, now=noon(START + 9 * DAY))

    assert (page["stopped"], page["running"]) == (True, False)
    assert begun.last_on == START + 8 * DAY
    assert "9일 중 0일" in page["phases"][1]["text"]


def test_a_habit_that_rests_is_not_tried(person, walk):
    walk.status = "archived"
    walk.save()

    with pytest.raises(experiments.HabitNotActive):
        experiments.start(person, walk.pk, idea="아침", at=noon(START))


def test_the_words_are_sealed(person, walk):
    experiments.start(person, walk.pk, idea="아침에 하기", at=noon(START))

    with connection.cursor() as cursor:
        cursor.execute("SELECT idea FROM experiments")
        assert "아침" not in str(cursor.fetchone()[0])


def test_the_pages_lead_from_the_insights_to_the_end(signed_in, person):
    habit = UserHabitFactory(user=person, custom_name="걷기")
    start_url = f"/insights/{habit.pk}/try/"
    assert start_url in signed_in.get(f"/insights/{habit.pk}/").text

    assert signed_in.get(start_url + "?idea=아침").context["form"]["idea"].value() == "아침"
    refused = signed_in.post(start_url, {"idea": " "})
    assert refused.status_code == 422
    assert "한 줄로 적어 주세요" in refused.text
    begun = signed_in.post(start_url, {"idea": "아침에 하기"}, follow=True)
    assert "아침에 하기" in begun.text
    assert signed_in.post(start_url, {"idea": "다시"}).status_code == 422

    experiment = Experiment.objects.get()
    assert f"/insights/experiments/{experiment.pk}/" in signed_in.get(f"/insights/{habit.pk}/").text
    signed_in.post(f"/insights/experiments/{experiment.pk}/stop/")
    assert "말하기 일러요" in signed_in.get(f"/insights/experiments/{experiment.pk}/").text
    signed_in.post(f"/insights/experiments/{experiment.pk}/delete/")
    assert not Experiment.objects.exists()


def test_by_chance_alone_a_difference_is_seldom_claimed():
    """Without any effect, at most about one in twenty two-week comparisons is called a difference."""
    dice = random.Random(7)  # noqa: S311 -- no secret
    claimed = 0
    for _n in range(400):
        share = dice.uniform(0.2, 0.9)
        days = {START + n * DAY: dice.random() < share for n in range(28)}
        before, during = (
            {day: done for day, done in days.items() if (day >= START + 14 * DAY) is late} for late in (False, True)
        )
        answer = experiment_answer.compare(before, during)
        claimed += answer.beyond_chance
    assert claimed <= 28


def test_days_that_resemble_their_yesterday_count_for_less():
    """Runs of good and bad days differ by chance from one fortnight to the next."""
    runs = [True] * 7 + [False] * 10 + [True] * 11
    mixed = [True, False] * 7 + [True, True, False, True, True, False, True, True, True, False, True, True, True, True]
    answers = []
    for done in (runs, mixed):
        days = {START + n * DAY: one for n, one in enumerate(done)}
        before = {day: one for day, one in days.items() if day < START + 14 * DAY}
        during = {day: one for day, one in days.items() if day not in before}
        answers.append(experiment_answer.compare(before, during))
    alike, apart = answers
    assert alike.difference == apart.difference > 0
    assert alike.high - alike.low > apart.high - apart.low
