"""A day's messages are bounded by the plan, however many ask at once, on both sides of midnight; caps hold likewise."""

import datetime as dt

import pytest

from coaching import allowance, jobs, provider, spend
from coaching.models import CoachingControls, CoachingMessage, CoachingSpend, CoachingUsage
from tests.at_once import at_once
from tests.coaching.people import consent_to_provider
from tests.factories.accounts import UserFactory

LIMIT = 5
# As many as there are connections.
THREADS = 16


@pytest.mark.usefixtures("committed")
def test_two_hundred_at_once_across_midnight_get_the_days_number_each():
    user = UserFactory(timezone="Asia/Seoul")
    midnight = user.calendar.at(dt.date(2026, 11, 23), dt.time())
    moments = [midnight + dt.timedelta(seconds=offset) for offset in (-2, -1, 0, 1)]

    def ask_thirteen_times(number):
        return [allowance.take(user, at=moments[(number + turn) % 4]) for turn in range(13)]

    taken = [one for found in at_once(THREADS, ask_thirteen_times) for one in found]

    assert len(taken) > 200
    by_day = {}
    for one in taken:
        if one:
            by_day[one.day] = by_day.get(one.day, 0) + 1
    assert by_day == {dt.date(2026, 11, 22): LIMIT, dt.date(2026, 11, 23): LIMIT}
    assert set(CoachingUsage.objects.values_list("used", flat=True)) == {LIMIT}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answer", "reason", "used"),
    [(400, "rejected", 0), (429, "rate_limited", 0), ("prose", "malformed", 1), (None, None, 1)],
)
def test_what_the_provider_refused_costs_nothing(coached, model, answer, reason, used):
    now = dt.datetime.now(dt.UTC)
    consent_to_provider(coached, now=now)
    model.answers = [answer] * 2 if answer else []
    jobs.ask(coached, at=now)
    jobs.run_waiting(lambda: dt.datetime.now(dt.UTC))

    assert CoachingMessage.objects.get().offline_reason == reason
    assert allowance.used(coached, at=now) == used
    assert allowance.left(coached, at=now) == LIMIT - used


@pytest.mark.django_db
def test_what_is_given_back_after_midnight_goes_to_the_day_it_was_taken_from(person):
    at = dt.datetime(2026, 11, 22, 3, tzinfo=dt.UTC)
    taken = allowance.take(person, at=at)
    allowance.take(person, at=at + dt.timedelta(days=1))
    allowance.give_back(taken)

    assert [allowance.used(person, at=at + dt.timedelta(days=days)) for days in (0, 1)] == [0, 1]


@pytest.mark.usefixtures("committed")
def test_calls_at_once_never_pass_the_cap():
    at = dt.datetime(2026, 11, 22, 3, tzinfo=dt.UTC)
    people = [UserFactory() for _ in range(4)]
    CoachingControls.objects.create(daily_cap=1000, daily_cap_per_person=400)

    def reserve_three_times(number):
        return [spend.reserve(people[(number + turn) % 4].pk, 100, at=at) for turn in range(3)]

    reserved = [one for found in at_once(THREADS, reserve_three_times) for one in found]

    made = [one for one in reserved if one]
    assert len(made) == 10
    assert max(sum(one.user_id == user.pk for one in made) for user in people) <= 4
    for one in made:
        spend.settle(one, 30)
    total = CoachingSpend.objects.get(user=None)
    assert (total.reserved, total.spent) == (0, 300)


def test_the_highest_cost_is_never_below_the_real_one():
    text = "물 8잔 마시기를 12일째 이어 오고 있어요. " * 40
    assert provider.highest_cost(text) >= provider.cost(len(text), provider.MOST_TOKENS)
