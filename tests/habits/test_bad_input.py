"""Input that pages never send is refused with a message and changes nothing."""

import datetime as dt
import re
from http import HTTPStatus
from uuid import UUID

import pytest
from django.urls import URLResolver, get_resolver
from django.utils import translation
from django.utils.translation import gettext as _
from uuid6 import uuid7

from habits import checkins, enrollment
from habits.models import Habit, HabitLog, UserHabit
from tests.clock import NOW
from tests.factories.habits import UserHabitFactory

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
# Fixed, so that every worker gives its tests the same names.
UNKNOWN = UUID("01900000-0000-7000-8000-000000000000")
DAY = dt.timedelta(days=1)

COUNT, SCORE = "숫자로 입력해 주세요.", "1부터 10 사이에서 골라 주세요."
STALE, INSTANT = "화면이 오래됐어요. 새로 고친 뒤 다시 눌러 주세요.", "시각을 알아보지 못했어요. 다시 눌러 주세요."
OLD, FUTURE = "시작하기 전이거나 너무 오래된 체크예요.", "아직 오지 않은 때예요."
REFUSED = [
    ("nothing at all", {"count": ""}, "얼마나 했는지 입력해 주세요."),
    ("none", {"count": "0"}, "1 이상이어야 해요."),
    ("less than none", {"count": "-3"}, "1 이상이어야 해요."),
    ("more than a million", {"count": "1000001"}, "1,000,000까지 쓸 수 있어요."),
    ("a number without end", {"count": "9" * 5000}, COUNT),
    ("half of one", {"count": "1.5"}, COUNT),
    ("a word for a number", {"count": "둘"}, COUNT),
    ("a mood below the scale", {"mood": "0"}, SCORE),
    ("a mood above it", {"mood": "11"}, SCORE),
    ("a mood in words", {"mood": "맑아요"}, SCORE),
    ("an energy above the scale", {"energy": "99"}, SCORE),
    ("a long note", {"note": "가" * 2001}, "메모는 2,000자까지 쓸 수 있어요."),
    ("a NUL in a note", {"note": "좋\0아요"}, ""),
    ("no key", {"key": ""}, STALE),
    ("a key that is none", {"key": "tap"}, STALE),
    ("a NUL in the key", {"key": "\0"}, STALE),
    ("a time in words", {"at": "어제"}, INSTANT),
    ("a time without a zone", {"at": "2026-11-22T09:00:00"}, INSTANT),
    ("a time before all", {"at": "0001-01-01T00:00:00+12:00"}, INSTANT),
    ("a time after all", {"at": "9999-12-31T23:59:59-12:00"}, INSTANT),
    ("an hour ahead", {"at": (NOW + DAY / 24).isoformat()}, FUTURE),
    ("a month ago", {"at": (NOW - 30 * DAY).isoformat()}, OLD),
    ("before it began", {"at": (NOW - 5 * DAY).isoformat()}, OLD),
]
BY_NAME = pytest.mark.parametrize(
    ("sent", "sentence"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)


@pytest.fixture
def habit(person):
    return UserHabitFactory(user=person, started_at=NOW - 3 * DAY)


def tap(client, habit, *, headers=None, **sent):
    return client.post(f"/today/{habit.pk}/check-in/", {"key": uuid7(), "count": "1"} | sent, headers=headers)


def state(habit) -> tuple:
    return UserHabit.objects.values().get(pk=habit.pk), list(HabitLog.objects.values())


@BY_NAME
def test_a_wrong_check_in_is_refused_in_its_row(signed_in, habit, sent, sentence):
    before = state(habit)

    answer = tap(signed_in, habit, headers=HTMX, **sent)

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert 'class="wrong"' in answer.content.decode()
    assert sentence in answer.content.decode()
    assert state(habit) == before


@BY_NAME
def test_a_wrong_check_in_is_refused_without_javascript_too(signed_in, habit, sent, sentence):
    before = state(habit)

    answer = tap(signed_in, habit, **sent)

    assert answer.headers["Location"] == "/today/"
    assert sentence in signed_in.get("/today/").content.decode()
    assert state(habit) == before


@BY_NAME
def test_a_reader_of_english_is_refused_in_english(signed_in, habit, sent, sentence):
    with translation.override("en"):
        if _(COUNT) == COUNT:
            pytest.skip("no English catalogue is compiled here")
    habit.user.language = "en"
    habit.user.save()

    answer = tap(signed_in, habit, headers=HTMX, **sent).content.decode()

    said = answer[answer.index('class="wrong"') :].partition("</span>")[0]
    assert not any("가" <= letter <= "힣" for letter in said)


@pytest.mark.parametrize("status", ["paused", "completed", "archived"])
@pytest.mark.parametrize("headers", [None, HTMX], ids=["page", "htmx"])
def test_a_habit_that_rests_is_not_checked_in(signed_in, habit, status, headers):
    UserHabit.objects.update(status=status)
    before = state(habit)

    answer = tap(signed_in, habit, headers=headers)

    page = answer if headers else signed_in.get("/today/")
    assert "쉬고 있거나 보관한 습관이에요." in page.content.decode()
    assert state(habit) == before


@pytest.mark.parametrize("headers", [None, HTMX], ids=["page", "htmx"])
@pytest.mark.parametrize("sent", [{}, {"count": "0"}], ids=["well", "badly"])
@pytest.mark.parametrize("deed", ["check-in", "undo", f"details/{UNKNOWN}"])
def test_anothers_habit_is_as_unknown_as_one_that_never_was(signed_in, stranger, deed, sent, headers):
    theirs = UserHabitFactory(user=stranger)
    form = {"key": uuid7(), "count": "1"} | sent

    answers = [signed_in.post(f"/today/{pk}/{deed}/", form, headers=headers) for pk in (theirs.pk, uuid7())]

    assert [answer.status_code for answer in answers] == [HTTPStatus.NOT_FOUND] * 2
    assert answers[0].content == answers[1].content
    assert HabitLog.objects.count() == 0


@pytest.mark.parametrize("log", ["", "tap", "\0"], ids=["none", "a word", "a NUL"])
def test_undoing_what_is_not_named_rightly_takes_nothing_else_back(signed_in, habit, log):
    yesterday = NOW - DAY
    checkins.check_in(habit.user, habit.pk, key=uuid7(), at=yesterday, now=yesterday)
    if log:
        checkins.check_in(habit.user, habit.pk, key=uuid7(), at=NOW, now=NOW)
    before = state(habit)

    signed_in.post(f"/today/{habit.pk}/undo/", {"log": log}, headers=HTMX)

    assert state(habit) == before


@pytest.mark.parametrize(
    "sent",
    [{"mood": "0"}, {"energy": "11"}, {"note": "가" * 2001}, {"note": "\0"}],
    ids=["mood", "energy", "long note", "NUL"],
)
def test_wrong_details_leave_the_check_in_as_it_was(signed_in, habit, sent):
    outcome = checkins.check_in(habit.user, habit.pk, key=uuid7(), at=NOW, now=NOW)
    before = state(habit)

    answer = signed_in.post(f"/today/{habit.pk}/details/{outcome.log_id}/", sent, headers=HTMX)

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert state(habit) == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("frequency", "hourly"),
        ("frequency", ""),
        ("times", "8"),
        ("times", "0"),
        ("days", "8"),
        ("days", ""),
        ("target_count", "0"),
        ("target_count", "1000001"),
        ("target_count", "열"),
        ("part_of_day", "midnight"),
        ("name", ""),
        ("name", "가" * 201),
        ("name", "물\0"),
        ("unit", "잔" * 21),
        ("category", str(UNKNOWN)),
        ("category", "건강"),
    ],
)
def test_a_habit_that_cannot_be_is_not_added(signed_in, person, field, value):
    form = {
        "name": "저녁 산책",
        "category": Habit.objects.in_catalogue().first().category_id,
        "frequency": "weekly" if field == "times" else "custom",
        "times": "3",
        "days": "1",
        "part_of_day": "evening",
        "target_count": "1",
        "unit": "",
    }

    answer = signed_in.post("/habits/own/", form | {field: value}, headers=HTMX)

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert field in answer.context["form"].errors
    assert (person.habits.count(), person.own_habits.count()) == (0, 0)


def test_a_full_plan_says_so_and_what_can_be_done(signed_in, person):
    chosen = Habit.objects.in_catalogue()[:4]
    for habit in chosen[:3]:
        UserHabitFactory(user=person, habit=habit)
    form = {"frequency": "daily", "part_of_day": "anytime", "target_count": "1"}

    answer = signed_in.post(f"/habits/{chosen[3].pk}/add/", form, headers=HTMX)

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "습관을 3개까지" in answer.content.decode()
    assert person.habits.count() == 3


def test_what_is_archived_counts_towards_all_that_a_person_may_have(signed_in, person, monkeypatch):
    monkeypatch.setattr(enrollment, "MOST_HABITS", 1)
    UserHabitFactory(user=person, status="archived")
    form = {"frequency": "daily", "part_of_day": "anytime", "target_count": "1"}
    own = form | {"name": "책 읽기", "category": Habit.objects.in_catalogue()[0].category_id}

    answers = [
        signed_in.post(f"/habits/{Habit.objects.in_catalogue()[0].pk}/add/", form, headers=HTMX),
        signed_in.post("/habits/own/", own, headers=HTMX),
    ]

    assert all("보관한 것까지 습관은 1개까지" in answer.text for answer in answers)
    assert (person.habits.count(), person.own_habits.count()) == (1, 0)


def pages_of_days(patterns, prefix="") -> list[str]:
    """Every address with a day in it."""
    found = []
    for pattern in patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found += pages_of_days(pattern.url_patterns, address)
        elif "<day:" in address:
            found.append(address)
    return found


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "3000-01-01", "9999-12-31"])
@pytest.mark.parametrize("address", pages_of_days(get_resolver().url_patterns))
def test_a_day_at_an_end_of_the_calendar_is_not_found(address, day, habit, signed_in):
    path = "/" + re.sub(r"<day:\w+>", day, address.replace("<uuid:pk>", str(habit.pk)))

    assert [signed_in.get(path).status_code, signed_in.post(path, {"count": 1, "key": uuid7()}).status_code] == [
        404,
        404,
    ]


def test_there_are_pages_of_days():
    assert len(pages_of_days(get_resolver().url_patterns)) > 3
