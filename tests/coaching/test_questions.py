"""Questions about one's own record are answered right, without a model; acts are only led to."""

import datetime as dt
import time

import pytest
from django.utils import timezone

from accounts.days import Calendar
from coaching.questions import day_parts, grammar, habit_names, periods, wishes
from coaching.questions.answers import answer
from coaching.questions.grammar import Measure
from coaching.questions.wishes import Deed
from evaluation import questions
from tests.factories.habits import HabitLogFactory, UserHabitFactory

pytestmark = pytest.mark.django_db
THURSDAY = dt.date(2026, 11, 26)


@pytest.fixture
def water(person):
    return UserHabitFactory(user=person, custom_name="물 8잔 마시기", unit="잔")


@pytest.fixture
def book(person):
    return UserHabitFactory(user=person, custom_name="책 읽기")


def test_generated_questions_get_the_answers_that_sql_knows():
    person = questions.make_person()
    cases = questions.generate(person)
    assert len(cases) == 500

    wrong = [(case, questions.value_of(person, case)) for case in cases]
    assert [case.question for case, given in wrong if given not in case.expected] == []


@pytest.mark.parametrize("zone", ["Asia/Seoul"])
@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("지난주", (2026, 11, 16), (2026, 11, 22)),
        ("이번주", (2026, 11, 23), (2026, 11, 26)),
        ("지난달", (2026, 10, 1), (2026, 10, 31)),
        ("작년", (2025, 1, 1), (2025, 12, 31)),
        ("최근열흘", (2026, 11, 17), (2026, 11, 26)),
        ("요즘", (2026, 11, 13), (2026, 11, 26)),
        ("최근10일", (2026, 11, 17), (2026, 11, 26)),
        ("한달동안", (2026, 10, 28), (2026, 11, 26)),
        ("12월에", (2025, 12, 1), (2025, 12, 31)),
        ("2월29일", (2024, 2, 29), (2024, 2, 29)),
        ("lastweek", (2026, 11, 16), (2026, 11, 22)),
        ("everyday", None, None),
        ("10월첫째주", (2026, 9, 28), (2026, 10, 4)),
        ("10월마지막주", (2026, 10, 26), (2026, 11, 1)),
        ("이번달4주차", (2026, 11, 23), (2026, 11, 26)),
        ("12월1주", (2025, 12, 1), (2025, 12, 7)),
        ("thirdweekofmay", (2026, 5, 18), (2026, 5, 24)),
        ("9월다섯째주", None, None),
        ("이번달다섯째주", None, None),
        ("지난월요일", (2026, 11, 23), (2026, 11, 23)),
        ("올해10월", (2026, 10, 1), (2026, 10, 31)),
    ],
)
def test_periods(zone, asked, first, last):
    found = periods.find(asked, day=THURSDAY, calendar=Calendar(zone=zone))
    assert (found and (found.first, found.last)) == (first and (dt.date(*first), dt.date(*last)))


@pytest.mark.parametrize(
    "asked", ["2월30일", "지난주부터", "sincelastweek", "작년10월", "2025년", "3일전에", "10월여섯째주"]
)
def test_days_that_are_only_nearly_understood_are_none(asked):
    with pytest.raises(periods.UnclearDays):
        periods.find_only(asked, day=THURSDAY, calendar=Calendar(zone="Asia/Seoul"))


def test_each_week_belongs_to_one_month():
    calendar = Calendar(zone="Asia/Seoul", week_start="sunday")
    weeks = []
    for month in range(1, 13):
        for number in ("첫째", "둘째", "셋째", "넷째", "다섯째"):
            found = periods.find(f"{month}월{number}주", day=dt.date(2026, 12, 31), calendar=calendar)
            weeks += [found.first] if found else []
    assert weeks == [weeks[0] + number * dt.timedelta(days=7) for number in range(52)]


def test_parts_of_the_day_are_those_of_the_greetings():
    calendar = Calendar(zone="UTC")
    for hour in range(24):
        greeted = calendar.part_of_day(dt.datetime(2026, 11, 26, hour, tzinfo=dt.UTC))
        named = [part for part in ("dawn", "morning", "afternoon", "evening", "night") if hour in day_parts.hours(part)]
        assert named == (["dawn"] if greeted == "night" and hour < 5 else [greeted])


def test_a_week_begins_on_the_persons_first_day():
    found = periods.find("이번주", day=THURSDAY, calendar=Calendar(zone="Asia/Seoul", week_start="sunday"))
    assert found is not None
    assert found.first == dt.date(2026, 11, 22)


@pytest.mark.parametrize(
    ("question", "deed", "clock"),
    [
        ("매일 7시에 알림 해줘", Deed.REMIND, "07:00"),
        ("아침 일곱 시 반에 물 알림 맞춰 줘", Deed.REMIND, "07:30"),
        ("밤 9시에 알려 줘", Deed.REMIND, "21:00"),
        ("밤 12시에 알려 줘", Deed.REMIND, "00:00"),
        ("remind me at 7:30", Deed.REMIND, "07:30"),
        ("set a daily reminder for 8pm", Deed.REMIND, "20:00"),
        ("이 습관 지워 줘", Deed.REMOVE, None),
        ("목표를 10잔으로 바꿔 줘", Deed.EDIT, None),
        ("오늘 체크해 줘", Deed.CHECK_IN, None),
        ("며칠 쉬고 싶어", Deed.PAUSE, None),
        ("요가 추가해 줘", Deed.ADD, None),
    ],
)
def test_acts_that_are_asked_for(question, deed, clock):
    wish = wishes.wish(grammar.squeezed(question))
    assert wish is not None
    assert (wish.deed, wish.clock and f"{wish.clock:%H:%M}") == (deed, clock)


@pytest.mark.parametrize(
    "question", ["지난주 물 몇 번인지 알려 줘", "기분 평균 알려 줘", "가장 오래 이은 습관?", "how many times"]
)
def test_a_question_is_no_act(question):
    assert wishes.wish(grammar.squeezed(question)) is None
    assert grammar.measure(grammar.squeezed(question)) is not None


@pytest.mark.parametrize(
    ("question", "key"),
    [
        ("물 몇 번?", "water"),
        ("선물 몇 번?", None),
        ("책읽기 몇 번", "book"),
        ("책을 얼마나", "book"),
        ("스트레칭은 며칠째?", "stretch"),
        ("스트래칭은 며칠째?", "stretch"),
        ("wake me up", None),
        ("how often did i streach", "stretch"),
        ("오늘 뭐 했지", None),
    ],
)
def test_habits_are_found_by_their_words_and_with_mistakes(question, key):
    names = {
        "water": ["물 8잔 마시기"],
        "book": ["책 읽기", "Read a book"],
        "stretch": ["스트레칭 10분", "Stretch"],
        "walk": ["Walk"],
    }
    assert [match.key for match in habit_names.find(question, names)] == ([key] if key else [])


def test_a_question_is_compared_with_very_many_long_names_in_seconds():
    """19 seconds of CPU before there were limits: an import may bring five hundred names of two hundred letters."""
    words = [
        "".join(chr(ord("가") + n % 11172) for n in (number, 31 * number, 7 * number + number // 11172))
        for number in range(26_000)
    ]
    names = {number: [" ".join(words[number * 50 : number * 50 + 50])] for number in range(500)}
    began = time.process_time()
    found = habit_names.find(" ".join(words[25_000:25_050]), names)

    assert found == []
    assert time.process_time() - began < 5


def test_the_answer_says_the_number_and_where_it_can_be_seen(person, water):
    now = timezone.now()
    HabitLogFactory.create_batch(3, user_habit=water, completed_at=now, completed_count=2)

    said = answer(person, "오늘 물 몇 번?", now=now)

    assert said.text == "물 8잔 마시기는 오늘 3번 체크했어요. 더하면 6잔만큼이에요."
    assert [(one.text, one.to) for one in said.evidence] == [("오늘 3번", ["habits:habit", str(water.pk)])]


def test_an_act_on_an_unnamed_habit_leads_to_the_list_and_promises_nothing(person, water, book):
    said = answer(person, "매일 7시에 알림 해줘", now=timezone.now())

    assert (said.kind, said.deed) == ("deed", ["habits:mine"])
    assert said.text.startswith("어느 습관인지 몰라")


def test_an_act_is_offered_filled_in_and_never_done(person, water):
    said = answer(person, "물 매일 7시에 알림 해줘", now=timezone.now())

    assert said.kind == "deed"
    assert (said.deed, said.deed_query) == (["habits:reminders", str(water.pk)], {"time": "07:00"})
    water.refresh_from_db()
    assert water.reminder_times == []


@pytest.mark.parametrize("span", ["99999달", "99999주", "99999 months", "0일"])
def test_a_pause_beyond_the_calendar_is_offered_without_its_end(person, water, span):
    said = answer(person, f"물 {span} 쉴래", now=timezone.now())

    assert said.deed == ["habits:pause", str(water.pk)]
    assert "ends_on" not in said.deed_query


def test_two_habits_that_fit_are_asked_about(person):
    for name in ("저녁 산책", "새벽 산책"):
        UserHabitFactory(user=person, custom_name=name)

    said = answer(person, "산책 몇 번?", now=timezone.now())

    assert said.kind == "which"
    assert said.picks == ["저녁 산책 몇 번?", "새벽 산책 몇 번?"]
    assert answer(person, said.picks[0], now=timezone.now()).kind == "answer"


def test_what_is_not_known_is_said_kindly_with_questions_that_are(person, water):
    said = answer(person, "내일 비 와?", now=timezone.now())

    assert said.kind == "unknown"
    assert all(answer(person, pick, now=timezone.now()).kind != "unknown" for pick in said.picks)


def test_a_mean_without_scores_is_not_zero(person, shares_health, water):
    said = answer(person, "이번 달 기분 평균?", now=timezone.now())
    assert said.value is None
    assert "0점" not in said.text


def test_mood_needs_the_consent_to_health_data(person, water):
    assert answer(person, "기분 평균?", now=timezone.now()).kind == "unshared"


def test_too_few_check_ins_tell_no_rhythm(person, water):
    HabitLogFactory(user_habit=water, local_hour=7)
    assert answer(person, "언제 가장 잘돼요?", now=timezone.now()).kind == "early"


def test_other_peoples_habits_are_not_counted(person, water, stranger):
    HabitLogFactory(user_habit=UserHabitFactory(user=stranger, custom_name="물"))
    assert answer(person, "물 몇 번?", now=timezone.now()).value == 0


def test_measures_are_told_apart():
    said = {
        "며칠째야": Measure.STREAK,
        "며칠했어": Measure.DAYS,
        "최고기록": Measure.BEST_STREAK,
        "지난주보다이번주에더했어": Measure.COMPARED,
        "어느요일에제일안했어": Measure.WORST_WEEKDAY,
    }
    assert {asked: grammar.measure(asked) for asked in said} == said
