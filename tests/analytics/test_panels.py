"""The panels: days in their places, and sentences that claim no more than is known."""

import datetime as dt
import re

import pytest
from django.utils import translation

from accounts.days import Calendar
from analytics.correlation import Correlation
from analytics.pages import panels, strength_panel, week_summary
from analytics.pages.panels import Depth
from analytics.pages.week_summary import CategoryLine
from habits.day_totals import DayTotal

SEOUL = Calendar(zone="Asia/Seoul")
SUNDAYS = Calendar(zone="Asia/Seoul", week_start="sunday")
LATE = Calendar(zone="Asia/Seoul", day_start=5)
DAY = dt.timedelta(days=1)
TODAY = dt.date(2026, 11, 18)  # a Wednesday


@pytest.fixture(autouse=True)
def korean():
    with translation.override("ko"):
        yield


def year(calendar=SEOUL, *, year=None, began_on=dt.date(2024, 3, 1)):
    return panels.year_map(
        lambda day: ("done", "했어요"),
        year=year,
        began_on=began_on,
        today=TODAY,
        calendar=calendar,
        here="/",
        summary="한 날",
    )


def test_the_recent_year_ends_today_in_its_53rd_week():
    map_ = year()

    assert len(map_["rows"]) == 53
    assert map_["rows"][0] == {"date": "11월 16일", "cells": ["했어요", "했어요", "했어요", "", "", "", ""]}
    assert map_["rows"][-1]["date"] == "11월 17일"
    assert map_["svg"].count("<title>") == 52 * 7 + 3


def test_a_short_map_begins_with_the_first_day_and_its_month():
    svg = year(began_on=TODAY - 34 * DAY)["svg"]  # 15 October, a Thursday

    assert re.findall(r'<text x="(\d+)" y="10">(.*?)</text>', svg) == [("0", "10월"), ("28", "11월")]
    assert svg.index("<title>") < svg.index('translate(14)">')


def test_weeks_begin_where_the_persons_do():
    map_ = year(SUNDAYS)

    assert map_["weekdays"] == ["일", "월", "화", "수", "목", "금", "토"]
    assert map_["rows"][0] == {"date": "11월 15일", "cells": ["했어요", "했어요", "했어요", "했어요", "", "", ""]}


# The person began on 1 March 2024.
@pytest.mark.parametrize(("asked", "days"), [(2024, 306), (2025, 365), (2026, 322)])
def test_a_calendar_year_has_its_own_days_and_no_others(asked, days):
    assert year(year=asked)["svg"].count("<title>") == days


def test_earlier_years_can_be_reached():
    assert [(span["text"], span["current"]) for span in year(year=2025)["spans"]] == [
        ("최근 1년", False), ("2026", False), ("2025", True), ("2024", False)
    ]  # fmt: skip
    assert year(began_on=TODAY - 90 * DAY)["spans"] == []


def test_the_week_of_the_hours_begins_with_the_persons_day():
    assert panels.hours({}, calendar=SEOUL, today=TODAY)["begins"] == [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22]
    assert panels.hours({}, calendar=LATE, today=TODAY)["begins"] == [4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 0, 2]


def test_hours_are_counted_by_twos_and_the_most_frequent_is_named():
    found = panels.hours({(1, 8): 3, (1, 9): 4, (7, 22): 5}, calendar=SUNDAYS, today=TODAY)

    sunday, monday = found["rows"][:2]
    assert (sunday["name"], [cell["text"] for cell in sunday["cells"]]) == ("일", ["0번"] * 11 + ["5번"])
    assert (monday["name"], [cell["text"] for cell in monday["cells"]][4]) == ("월", "7번")
    assert found["text"] == "오전 8시와 오전 10시 사이에 가장 자주 했어요. 12번 중 7번이에요."


def test_a_few_check_ins_have_no_shape_yet():
    assert panels.hours({(1, 8): 3}, calendar=SEOUL, today=TODAY)["text"] == (
        "체크가 10번 모이면 시간대별 흐름이 보여요. 지금은 3번이에요."
    )


def test_weekdays_are_what_was_done_of_what_was_asked():
    totals = {TODAY - n * DAY: DayTotal(2, 2 if n % 7 == 1 else 1) for n in range(1, 29)}

    found = panels.weekdays(totals, calendar=SEOUL, today=TODAY)

    assert [(day["name"], day["text"], day["label"]) for day in found["days"][:2]] == [
        ("월", "50%", "8번 중 4번"),
        ("화", "100%", "8번 중 8번"),
    ]
    assert found["text"] == "화요일에 가장 자주 했어요. 8번\N{NO-BREAK SPACE}중 8번이에요."


def test_a_few_days_are_counted_and_not_turned_into_percentages():
    found = panels.weekdays({TODAY - DAY: DayTotal(2, 1)}, calendar=SEOUL, today=TODAY)

    assert [day["text"] for day in found["days"]] == ["–", "1/2", "–", "–", "–", "–", "–"]
    assert found["text"] == "며칠 더 기록하면 요일별 흐름이 보여요."


def test_no_weekday_is_named_where_two_are_alike():
    assert (
        panels.weekdays({TODAY - n * DAY: DayTotal(1, 1) for n in range(28)}, calendar=SEOUL, today=TODAY)["text"] == ""
    )


@pytest.mark.parametrize(
    ("result", "of_one", "text"),
    [
        (
            Correlation(40, 0.5, 0.2, 0.7),
            False,
            "많이 한 날에 기분이 높은 편이었어요. 어느 쪽이 먼저인지, 다른 까닭이 있는지는 알 수 없어요.",
        ),
        (
            Correlation(40, -0.5, -0.7, -0.2),
            True,
            "한 날에 기분이 낮은 편이었어요. 어느 쪽이 먼저인지, 다른 까닭이 있는지는 알 수 없어요.",
        ),
        (
            Correlation(40, 0.3, -0.1, 0.6),
            False,
            "기분과는 뚜렷이 함께 움직이지 않았어요. 보이는 차이는 우연일 수 있어요.",
        ),
        (None, False, "기분이나 완료율이 늘 같거나 요일만 따라 달라서 비교할 수 없어요."),
    ],
)
def test_only_what_is_beyond_chance_is_said(result, of_one, text):
    assert panels.correlation_text(result, which=0, of_one=of_one) == text


@pytest.mark.parametrize(
    ("rho", "of_one", "ko", "en"),
    [
        (
            0.5,
            False,
            "많이 한 다음 날에 기운이 높은 편이었어요.",
            "Energy tended to be higher the day after more was done.",
        ),
        (
            -0.5,
            True,
            "하고 난 다음 날에 기운이 낮은 편이었어요.",
            "Energy tended to be lower the day after you did it.",
        ),
        (
            0.1,
            True,
            "다음 날 기운과는 뚜렷이 함께 움직이지 않았어요.",
            "Energy the next day showed no clear link.",
        ),
    ],
)
def test_the_next_day_is_said_as_such_and_never_as_an_effect(rho, of_one, ko, en):
    result = Correlation(60, rho, rho - 0.2, rho + 0.2)

    assert panels.correlation_text(result, which=1, lag=1, of_one=of_one).startswith(ko)
    with translation.override("en"):
        assert panels.correlation_text(result, which=1, lag=1, of_one=of_one).startswith(en)


WHOLE = Depth(365, by_plan=False)


def moods(n, *, mood=lambda i: 1 + i % 10, share=lambda i: i % 10 / 10):
    """`n` days up to yesterday; on each the energy is always the same."""
    found = {TODAY - (n - i) * DAY: (float(mood(i)), 5.0) for i in range(n)}
    shares = {day: share(i) for i, day in enumerate(found)}
    return panels.moods(found | {TODAY: (10.0, 10.0)}, shares.get, today=TODAY, depth=WHOLE, of_one=False)


def test_below_28_days_the_page_waits_and_says_how_far():
    found = moods(19)

    assert (found["texts"], found["waiting"]["n"], found["minimum"]) == ([], 19, 28)
    assert found["drawn"]


def test_from_28_days_on_it_says_how_many_and_how_sure():
    # What was done jumps about, so the next day tells nothing.
    found = moods(60, mood=lambda i: 1 + i * i % 11, share=lambda i: i * i % 11 / 10)

    assert found["texts"] == [
        "많이 한 날에 기분이 높은 편이었어요. 어느 쪽이 먼저인지, 다른 까닭이 있는지는 알 수 없어요.",
    ]
    assert [one["name"] for one in found["told"]] == ["기분", "기운", "다음 날 기분", "다음 날 기운"]
    assert found["told"][1]["text"] == "기운이나 완료율이 늘 같거나 요일만 따라 달라서 비교할 수 없어요."
    assert found["told"][0]["facts"][0] == ("살펴본 날", "60일")
    assert found["told"][0]["facts"][1][1].startswith("+1.00 (+")


def test_where_nothing_holds_nothing_is_said_and_what_was_looked_at_stays():
    found = moods(60, mood=lambda i: 1 + i * 7 % 10, share=lambda i: i * i % 11 / 10)

    assert found["texts"] == []
    assert found["waiting"] is None
    assert found["told"][0]["facts"][0] == ("살펴본 날", "60일")
    assert "우연일 수 있어요" in found["told"][0]["text"]


def lines(shares: dict[dt.date, float | None]):
    """The line of one category, whose weeks all began with the first."""
    by_category = {CategoryLine("health", "건강", ""): lambda day: total(shares.get(SEOUL.week_of(day)))}
    began_on = dict.fromkeys(by_category, min(shares))
    [line] = week_summary.categories(by_category, began_on, calendar=SEOUL, today=TODAY)
    return line


def total(share: float | None) -> DayTotal:
    return DayTotal() if share is None else DayTotal(10, round(10 * share))


def test_a_week_without_anything_due_is_a_gap_and_the_open_week_is_drawn_open():
    monday = SEOUL.week_of(TODAY)
    line = lines({monday - 21 * DAY: 0.4, monday - 14 * DAY: None, monday - 7 * DAY: 0.8, monday: 0.0})

    # What is open is no figure: the low start of a week is not its end.
    assert (line["now"], line["now_of"], line["end"]) == (80, "지난주", "이번 주 (진행 중)")
    assert 'class="curve" points="0,60"' in line["svg"]
    assert 'class="curve-open" points="667,20 1000,100"' in line["svg"]
    assert "아직 열려 있어요" in line["svg"]


def test_a_week_of_which_nothing_has_closed_is_not_drawn():
    monday = SEOUL.week_of(TODAY)
    line = lines({monday - 14 * DAY: 0.4, monday - 7 * DAY: 0.8})

    assert (line["now"], line["end"]) == (80, "지난주")
    assert 'class="curve" points="0,60 1000,20"' in line["svg"]


def test_scores_are_told_by_the_five_faces():
    assert moods(3)["rows"][1] == {"date": "11월 17일", "done": "20%", "mood": "5 중 1.5", "energy": "5 중 2.5"}


@pytest.mark.parametrize(
    ("rested", "expected"), [([], []), ([0, 1], [(0, 0.5)]), ([2, 4], [(0.5, 0.75), (1, 1)]), (range(5), [(0, 1)])]
)
def test_rest_within_a_curve_is_found(rested, expected):
    days = [TODAY + n * DAY for n in range(5)]

    assert strength_panel.bands(days, [days[n] for n in rested]) == expected
