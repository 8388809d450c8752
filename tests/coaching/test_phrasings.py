"""Questions as people type them mean what they say, and their numbers are those of the record."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse
from django.utils import translation

from coaching.pages.inbox import address
from coaching.questions import vocabulary
from coaching.questions.answers import answer
from evaluation import phrasings
from habits.models import HabitRest
from tests.cases import for_each
from tests.factories.habits import HabitLogFactory, HabitRestFactory, MonthGoalFactory, UserHabitFactory
from tests.factories.rest import UserAchievementFactory, UserProgressFactory

# A Thursday, in the evening in Seoul.
NOW = dt.datetime(2026, 11, 26, 11, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 26)


def test_written_questions_are_understood():
    its = phrasings.result("written")
    assert its.mistaken + its.missed == []
    assert its.of == 622


@for_each(phrasings.HELD_OUT)
def test_most_held_out_questions_are_understood_and_few_are_taken_for_something_else(name):
    its = phrasings.result(name)
    assert its.right >= phrasings.UNDERSTOOD[name] * its.of
    assert len(its.mistaken) <= phrasings.MISTAKEN * its.of


@pytest.fixture
def began():
    return dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


@pytest.fixture
def water(person, began):
    """Eight glasses a day."""
    return UserHabitFactory(user=person, custom_name="물 마시기", unit="잔", target_count=8, started_at=began)


@pytest.fixture
def calm(person, began):
    return UserHabitFactory(user=person, custom_name="명상", started_at=began)


def log(habit, day, *, amount=1, mood=None, energy=None, hour=9):
    at = habit.user.calendar.at(dt.date(2026, 11, day), dt.time(hour or 9))
    HabitLogFactory(
        user_habit=habit,
        completed_at=at,
        completed_count=amount,
        mood_score=mood,
        energy_level=energy,
        local_hour=hour,
    )


def said(person, question):
    return answer(person, question, now=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("물 몇 번 마셨고 명상은 며칠 했어?", [3, 2]),
        ("지난주 물 몇 번 마셨고 명상은 며칠 했어?", [1, 1]),
        ("물 얼마나 마셨는지랑 하루 평균도 알려줘", [16, 5.3]),
        ("명상 언제 시작했지 그리고 총 몇 번 했어", [dt.date(2026, 11, 1), 2]),
        ("물 이번 주에 몇 번 마셨어? 명상은 며칠째야?", [2, 1]),
        ("how much 물 this week and last week", [11, 5]),
        ("did i 명상 and 물 today", [1, 0]),
    ],
)
def test_two_questions_in_one_are_both_answered(person, water, calm, question, expected):
    for day, amount in ((18, 5), (24, 8), (25, 3)):
        log(water, day, amount=amount)
    log(calm, 18)
    log(calm, 26)

    assert said(person, question).value == expected


@pytest.mark.django_db
@pytest.mark.parametrize(
    "question", ["물 마셨고 며칠째야", "물 안 빼먹고 며칠째야", "물이랑 명상 이번 주에 몇 번씩 했어"]
)
def test_one_question_stays_one(person, water, calm, question):
    log(water, 26, amount=8)

    assert said(person, question).value in (1, [0, 1])


@pytest.mark.django_db
def test_a_whole_score_is_said_without_a_decimal_place(person, calm):
    person.privacy_settings = {"health": True}
    person.save()
    log(calm, 24, mood=10)

    assert "10점이에요" in said(person, "기분 제일 좋았던 날 언제야").text


@pytest.mark.django_db
def test_who_wants_a_new_habit_recommended_gets_the_catalogue(person, water):
    assert said(person, "새로운 습관 추천 좀").deed == ["habits:catalogue"]


@pytest.mark.django_db
def test_who_wants_to_drop_everything_is_offered_a_rest(person, water):
    assert said(person, "다 때려치고 싶다").deed == ["habits:pause-all"]


@pytest.mark.django_db
def test_what_is_left_today_is_what_today_still_asks(person, water, calm):
    log(water, 26, amount=3)

    assert said(person, "오늘 뭐 남았어").text == "오늘은 2가지가 남았어요. 물 마시기, 명상."
    assert said(person, "물 오늘 몇 잔 더 마셔야 돼").text == "물 마시기는 지금까지 3잔 했고 5잔 남았어요."
    log(calm, 26)
    assert said(person, "오늘 남은 거 몇 개야").text == "오늘은 1가지가 남았어요. 물 마시기."
    log(water, 26, amount=5)
    assert said(person, "오늘 다 했어?").text == "오늘 하기로 한 것은 다 했어요."
    assert said(person, "어제 뭐 안 했지").kind == "unknown"


@pytest.mark.django_db
def test_a_day_to_come_has_what_its_schedules_ask_for_and_no_rests(person, water, calm, began):
    """The day asked about is a Friday."""
    week = {"user": person, "started_at": began}
    UserHabitFactory(
        **week, custom_name="일기", target_frequency="custom", schedule={"kind": "weekdays", "days": [1, 3]}
    )
    UserHabitFactory(**week, custom_name="요가", target_frequency="weekly", schedule={"times": 3})
    UserHabitFactory(**week, custom_name="커피", direction="at_most", target_count=2, unit="잔")
    UserHabitFactory(user=person, custom_name="달리기", started_at=NOW + dt.timedelta(days=3))
    friday = dt.date(2026, 11, 27)
    HabitRestFactory(user=person, user_habit=calm, kind=HabitRest.Kind.PAUSE, starts_on=friday, ends_on=friday)

    assert said(person, "내일 할 거").text == (
        "내일 하기로 한 것은 1가지예요. 물 마시기. 날을 정하지 않고 하는 것은 따로 있어요. 요가. 쉬는 것은 뺐어요. 명상."
    )
    assert said(person, "모레 뭐 해?").value == {water.pk, calm.pk}
    assert said(person, "월요일에 할 거 뭐야").text.startswith("11월 30일 월요일에 하기로 한 것은 4가지예요.")
    assert said(person, "내일 물 해야 돼?").text == "물 마시기는 내일 8잔 하기로 했어요."
    assert said(person, "내일 일기 해야 돼?").text == "일기는 내일 하는 날이 아니에요."
    assert said(person, "내일 명상 해야 돼?").text == "명상은 내일 쉬기로 했어요."
    assert said(person, "내일 요가 해야 돼?").value is None
    assert said(person, "내일 커피 해야 돼?").text == "커피는 내일 2잔까지로 정했어요."
    with translation.override("en"):
        assert said(person, "what's due tomorrow").text.startswith("1 habit is planned tomorrow: 물 마시기.")


@pytest.mark.django_db
def test_a_week_of_a_month_says_its_dates(person, calm):
    for day in (2, 8, 9):
        log(calm, day)

    # The first of November is a Sunday: its week belongs to October.
    assert said(person, "이번 달 첫째 주 명상 몇 번").text == (
        "명상은 11월 첫째 주(11월 2일~11월 8일)에 2번 체크했어요."
    )
    person.week_start = 7
    person.save()
    assert "(11월 1일~11월 7일)에 1번" in said(person, "11월 1주차 명상 몇 번").text


@pytest.mark.django_db
def test_a_part_of_the_day_says_its_hours_and_what_has_none(person, calm):
    for day, hour in ((23, 5), (24, 11), (24, 12), (25, None)):
        log(calm, day, hour=hour)

    assert said(person, "이번 주 아침에 명상 몇 번?").text == (
        "명상은 이번 주 아침(오전 5시~낮 12시)에 2번 체크했어요. 시각을 모르는 체크 1번은 세지 않았어요."
    )
    assert said(person, "명상 오후에 며칠 했어").value == 1
    assert said(person, "오늘 저녁 명상 몇 번").text.startswith("명상은 오늘 저녁(오후 6시~오후 10시)에 체크가 없어요.")


@pytest.mark.django_db
def test_a_part_of_the_day_in_a_habits_name_is_no_hour(person, began):
    walk = UserHabitFactory(user=person, custom_name="아침에 일어나기", started_at=began)
    log(walk, 25, hour=20)

    assert said(person, "아침에 일어나기 몇 번?").value == 1
    assert said(person, "일어나기 아침에 몇 번 했어").value == 1
    assert said(person, "저녁에 일어나기 몇 번 했어").value == 1
    assert said(person, "아침 몇 번 했어").kind == "unknown"


@pytest.mark.django_db
def test_missed_and_rested_days_are_told_apart(person, calm):
    for day in (16, 18, 22):
        log(calm, day)
    day = dt.date(2026, 11, 17)
    HabitRestFactory(user=person, user_habit=calm, kind=HabitRest.Kind.PAUSE, starts_on=day, ends_on=day)

    assert said(person, "지난주 명상 며칠 빼먹었어").value == 3
    assert said(person, "지난주에 명상 안 한 날 며칠이야").value == 3
    assert said(person, "명상 지난주 며칠 쉬었어").value == 1
    assert said(person, "지난주 명상 달성률").value == 50


@pytest.mark.django_db
def test_a_mean_counts_the_days_that_have_an_amount(person, water):
    for day, amount in ((16, 4), (17, 7), (17, 1)):
        log(water, day, amount=amount)

    assert said(person, "지난주 물 하루 평균 몇 잔").text == (
        "물 마시기는 지난주에 체크한 날 하루 평균 6잔 했어요. 2일의 평균이에요."
    )


@pytest.mark.django_db
def test_moods_have_a_best_day_a_change_and_weekdays(person, shares_health, calm):
    for day, mood, energy in ((16, 3, 9), (17, 8, 2), (24, 6, 5)):
        log(calm, day, mood=mood, energy=energy)

    assert said(person, "지난주 기분 제일 좋았던 날 언제").value == dt.date(2026, 11, 17)
    assert said(person, "지난주 기운 제일 안 좋았던 날").value == dt.date(2026, 11, 17)
    # Monday to Thursday of both weeks: 6.0 after 5.5.
    assert said(person, "기분 지난주보다 좋아졌어?").value == 0.5
    assert said(person, "월요일 기분 평균").value == 3.0
    assert said(person, "무슨 요일에 기분이 좋아?").kind == "unknown"


@pytest.mark.django_db
def test_goals_badges_levels_and_reminders_are_those_of_the_record(person, calm):
    MonthGoalFactory(user=person, user_habit=calm, target=20)
    log(calm, 3)
    UserAchievementFactory(user=person, earned_at=NOW)
    UserAchievementFactory(user=person, earned_at=NOW - dt.timedelta(days=40))
    UserProgressFactory(user=person, points=150)
    calm.reminder_times = ["07:00", "21:30"]
    calm.save()

    assert "20일 중 1일" in said(person, "명상 이달 목표 얼마나 했어").text
    assert said(person, "배지 몇 개야").value == 2
    assert said(person, "이번 달에 받은 배지 몇 개").value == 1
    assert said(person, "나 몇 단계야").value == 2
    assert said(person, "명상 알림 몇 시야").value == [dt.time(7), dt.time(21, 30)]
    assert said(person, "지난달 목표 채웠어?").kind == "unknown"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "question",
    [
        "요가 몇 번 했어",
        "지난주 커피 몇 잔 마셨어",
        "이번주 게임 몇시간 했어",
        "아침에 일어나기 몇 번?",
        "오후 3시에 명상 몇 번 했어",
        "9월부터 명상 몇 번 했어",
        "2025년에 명상 몇 번 했어",
        "11월 여섯째 주 명상 몇 번",
        "다음주 명상 몇 번 할까?",
        "내일까지 명상 몇 번 남았어",
        "지난달 명상 최고 기록은?",
        "명상 몇 분 하는 게 좋아?",
        "how many push ups did i do yesterday",
    ],
)
def test_what_is_not_understood_gets_no_number(person, calm, question):
    log(calm, 25)
    got = said(person, question)
    assert (got.kind, got.value, got.evidence) == ("unknown", None, [])
    assert not set(got.text) & set("0123456789")
    assert got.picks


@pytest.mark.django_db
def test_a_word_that_is_not_in_the_record_is_named(person, calm):
    assert said(person, "요가를 몇 번 했어").text.startswith("‘요가’를 기록에서 찾지 못했어요.")
    with translation.override("en"):
        assert "‘yoga’" in said(person, "how often did i do yoga").text


@pytest.mark.django_db
def test_a_day_that_is_over_is_not_spoken_of_as_open(person, calm):
    assert said(person, "어제 명상 몇 번").text == "명상은 어제 체크가 없어요."
    assert said(person, "오늘 명상 몇 번").text == "명상은 오늘 아직 체크가 없어요."


@pytest.mark.django_db
@pytest.mark.parametrize(
    "question",
    [
        "어제 뭐 했어",
        "오늘 뭐 했어",
        "이번 주 기분 제일 좋았던 날",
        "오늘 뭐 남았어",
        "이달 목표",
        "배지 몇 개야",
        "이번 주 완료율",
        "이번주는 다 쉬게 해줘",
    ],
)
def test_each_answer_leads_to_a_page_that_opens(signed_in, person, shares_health, water, calm, question):
    for day in (25, 26):
        log(calm, day, mood=7)
    with time_machine.travel(NOW, tick=False):
        got = said(person, question)
        routes = [*(one.to for one in got.evidence), *([got.deed] if got.deed else [])]
        assert routes
        assert {signed_in.get(address(route)).status_code for route in routes} == {200}


@pytest.mark.django_db
def test_english_days_stand_inside_a_sentence(person, calm):
    log(calm, 25)
    with translation.override("en"):
        assert said(person, "what did i do yesterday").text == "Checked in yesterday: 명상 (1 time)."
        assert (
            said(person, "how many times did i do 명상 today").text
            == "No check\N{NON-BREAKING HYPHEN}ins for “명상” today yet."
        )


@pytest.mark.django_db
def test_a_reminder_is_offered_filled_in_for_each_habit(person, water, calm):
    got = said(person, "밤 9시에 물 마시라고 알려 줘")
    assert address(got.deed, "") == reverse("habits:reminders", args=[water.pk])
    assert got.deed_query == {"time": "21:00"}

    got = said(person, "매일 7시에 알림 해줘")
    assert got.picks == ["물 마시기 매일 7시에 알림 해줘", "명상 매일 7시에 알림 해줘"]
    for pick, habit in zip(got.picks, (water, calm), strict=True):
        there = said(person, pick)
        assert (there.deed, there.deed_query) == (["habits:reminders", str(habit.pk)], {"time": "07:00"})


@pytest.mark.django_db
def test_no_deed_is_claimed_and_no_value_where_none_is_filled_in(person, calm):
    assert "값을 채운" not in said(person, "명상 알림 꺼줘").text
    for question in ("명상 알림 꺼줘", "명상 지워줘", "명상 쉬게 해줘", "명상 체크해줘", "명상 체크 취소해줘"):
        assert "않아요" in said(person, question).text


def test_words_are_cut_only_where_nouns_and_verbs_allow_it():
    assert vocabulary.unknown_words("게임 일어나기 요가 선물", names=[]) == ["게임", "요가", "선물", "일어나기"]
    assert vocabulary.unknown_words("며칠이었더라 했는지 이번주에도 몇번이나", names=[]) == []
    assert vocabulary.unknown_words("마셨어", names=[]) == ["마셨어"]
    assert vocabulary.unknown_words("마셨어", names=["물 마시기"]) == []


def test_a_long_text_without_spaces_is_read_at_once():
    """Each place of a word is looked at once, so no text can take long."""
    assert vocabulary.unknown_words("이" * 200 + "ㄱ", names=[])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("question", "route", "query"),
    [
        ("물 목표 10잔으로 올려줘", "habits:edit", {"target_count": "10"}),
        ("물 8잔은 너무 많아 6잔으로 줄이고싶어", "habits:edit", {"target_count": "6"}),
        ("명상 월수금만 하고싶어", "habits:edit", {"frequency": "custom", "days": ["1", "3", "5"]}),
        ("명상 주3회로 변경", "habits:edit", {"frequency": "weekly", "times": "3"}),
        ("명상 이름 아침 명상으로 바꿔줘", "habits:edit", {"name": "아침 명상"}),
        ("명상 3일만 쉬고싶어", "habits:pause", {"starts_on": "2026-11-26", "ends_on": "2026-11-28"}),
        ("명상 다음주까지 쉴래", "habits:pause", {"starts_on": "2026-11-26", "ends_on": "2026-12-06"}),
        ("명상 내일부터 쉬게 해줘", "habits:pause", {"starts_on": "2026-11-27"}),
        (
            "12월 1일부터 5일까지 전부 쉬기로 해줘",
            "habits:pause-all",
            {"starts_on": "2026-12-01", "ends_on": "2026-12-05"},
        ),
        ("월수금 아침 7시에 명상 알림 맞춰줘", "habits:reminders", {"time": "07:00", "days": ["1", "3", "5"]}),
        ("명상 이번달 목표 20일로 정해줘", "habits:goal", {"target": "20"}),
        ("물 두잔 마셨어 체크해줘", "habits:total", {"total": "2"}),
        ("pause 명상 til next week", "habits:pause", {"starts_on": "2026-11-26", "ends_on": "2026-11-29"}),
        (
            "매일 저글링 20개 하는 습관 만들어줘",
            "habits:add-own",
            {"name": "저글링", "frequency": "daily", "target_count": "20", "unit": "개"},
        ),
    ],
)
def test_a_wish_leads_to_its_form_with_what_it_names(person, water, calm, question, route, query):
    got = said(person, question)

    assert (got.kind, got.deed[0], got.deed_query) == ("deed", route, query)


@pytest.mark.django_db
def test_a_question_goes_on_from_those_before(person, water, calm):
    for day in (17, 18, 24):
        log(calm, day)
    log(water, 19, amount=3)
    asked = ["지난주 명상 몇 번 했어"]

    assert answer(person, "그럼 이번 주는?", now=NOW, before=asked).value == 1
    assert answer(person, "물은?", now=NOW, before=[*asked, "그럼 이번 주는?"]).text.startswith("물 마시기는 이번 주에")
    assert answer(person, "물은?", now=NOW, before=asked).value == 1
    assert answer(person, "그럼 요가는?", now=NOW, before=asked).kind == "unknown"
    assert said(person, "그럼 이번 주는?").kind == "unknown"
    assert answer(person, "내일은?", now=NOW, before=["오늘 뭐 남았어"]).value == {water.pk, calm.pk}
    assert answer(person, "내일은?", now=NOW, before=asked).kind == "unknown"
    assert "(오전 5시~낮 12시)" in answer(person, "물은?", now=NOW, before=["지난주 아침에 명상 몇 번 했어"]).text
    assert "지난주 아침" in answer(person, "그럼 지난주는?", now=NOW, before=["아침에 명상 몇 번 했어"]).text


@pytest.mark.django_db
def test_two_habits_of_one_question_are_both_answered(person, water, calm):
    log(calm, 24)
    log(water, 25, amount=3)

    assert said(person, "명상이랑 물 이번 주 몇 번씩 했어").value == [1, 1]


@pytest.mark.django_db
def test_what_asks_nothing_of_the_record_is_answered_without_numbers(person, calm):
    for question, start in (
        ("요즘 너무 지친다", "지치는 날도"),
        ("두통약 먹어도 돼?", "건강에 관한"),
        ("고마워", "저도"),
    ):
        got = said(person, question)
        assert (got.kind, got.value) == ("unknown", None)
        assert got.text.startswith(start)
