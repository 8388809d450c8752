"""The sentence about strength: correct, and never a reproach."""

import datetime as dt

import pytest
from django.utils import translation

from analytics.pages import strength_panel
from habits.schedules import Daily, Rule, Weekdays, Weekly

DAY = dt.date(2026, 11, 18)


def say(now, *, before=None, days=100, rule=None):
    with translation.override("ko"):
        return strength_panel.sentence(rule or Rule(Daily()), now=now, before=before, days=days, day=DAY)


@pytest.mark.parametrize(
    ("text", "now", "before", "days"),
    [
        ("이제 막 시작했어요. 2주쯤 지나면 흐름이 보여요.", 30, None, 13),
        # 95 * 0.948078: one day missed; 14 days done take 50 to 100 - 50 * 0.5 ** (14 / 13).
        ("몸에 잘 뱄어요. 하루 비어도 90쯤 돼요.", 95, 91, 100),
        ("자리를 잡아 가고 있어요. 2주 동안 이어 가면 76쯤 돼요.", 50, 49, 100),
        ("천천히 자라고 있어요. 2주 동안 이어 가면 62쯤 돼요.", 20, 10, 100),
        ("조금 옅어졌어요. 2주 동안 이어 가면 76쯤 돼요.", 50, 80, 100),
    ],
)
def test_it_says_what_the_number_means(text, now, before, days):
    assert say(now, before=before, days=days) == text


def test_a_miss_is_one_of_a_day_that_is_due():
    every_day, on_sundays = say(95), say(95, rule=Rule(Weekdays((7,))))

    # A habit of Sundays: a miss weighs as much as its week, but less than seven daily misses.
    assert (every_day, on_sundays) == (
        "몸에 잘 뱄어요. 하루 비어도 90쯤 돼요.",
        "몸에 잘 뱄어요. 하루 비어도 83쯤 돼요.",
    )


def test_an_at_most_habit_grows_by_leaving_it():
    assert say(50, rule=Rule(Daily(), target=2, direction="at_most")).endswith("이어 가면 76쯤 돼요.")
    assert say(95, rule=Rule(Daily(), target=0, direction="at_most")).endswith("한 번 넘겨도 90쯤 돼요.")


def test_a_weekly_habit_has_room_for_a_missed_day():
    assert say(95, rule=Rule(Weekly(3))).startswith("몸에 잘 뱄어요.")


def test_today_is_in_once_it_is_done():
    yesterday = DAY - dt.timedelta(days=1)

    assert strength_panel.through(Rule(Daily()), {DAY: 1}, today=DAY) == DAY
    assert strength_panel.through(Rule(Daily()), {}, today=DAY) == yesterday
    assert strength_panel.through(Rule(Daily(), target=8), {DAY: 1}, today=DAY) == yesterday
    # The result of an `at_most` day is known only when it is over.
    assert strength_panel.through(Rule(Daily(), direction="at_most"), {DAY: 1}, today=DAY) == yesterday
