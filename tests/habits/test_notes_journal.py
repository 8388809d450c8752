"""The page of one's notes: by month, newest first, found by their words, and by nobody else."""

import datetime as dt

import pytest

from core import months
from habits.pages import notes_journal
from tests.factories.habits import HabitLogFactory, UserHabitFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shares_health")]

NOW = dt.datetime(2026, 11, 20, 3, tzinfo=dt.UTC)


def note(habit, day, text):
    at = dt.datetime.combine(day, dt.time(3), dt.UTC)
    return HabitLogFactory(user_habit=habit, completed_at=at, local_date=day, notes=text)


@pytest.fixture
def walk(person):
    return UserHabitFactory(
        user=person,
        custom_name="걷기",
        started_on=dt.date(2025, 6, 1),
        started_at=dt.datetime(2025, 6, 1, tzinfo=dt.UTC),
    )


def texts(page):
    return [one["text"] for day in page["days"] for one in day["notes"]]


def test_the_latest_month_with_notes_opens_newest_first(person, walk):
    note(walk, dt.date(2026, 10, 3), "비가 왔다")
    note(walk, dt.date(2026, 10, 9), "맑았다")
    note(walk, dt.date(2026, 8, 1), "더웠다")

    page = notes_journal.page(person, now=NOW)

    assert texts(page) == ["맑았다", "비가 왔다"]
    assert page["title"] == "10월"
    # September has none and is passed over.
    assert page["before_url"].endswith("?month=2026-08")
    assert "after_url" not in page


def test_a_month_leads_back_to_the_later_one(person, walk):
    note(walk, dt.date(2026, 10, 3), "비가 왔다")
    note(walk, dt.date(2026, 8, 1), "더웠다")

    page = notes_journal.page(person, now=NOW, month=dt.date(2026, 8, 1))

    assert texts(page) == ["더웠다"]
    assert page["after_url"].endswith("?month=2026-10")


def test_all_words_are_searched_in_notes_and_names_of_a_year(person, walk):
    note(walk, dt.date(2026, 10, 3), "비가 왔다")
    note(walk, dt.date(2026, 2, 3), "비가 그친 뒤")
    note(walk, dt.date(2025, 9, 3), "비가 오래 왔다")
    note(walk, dt.date(2026, 10, 4), "맑았다")

    page = notes_journal.page(person, now=NOW, words="비가 걷기")

    assert texts(page) == ["비가 왔다", "비가 그친 뒤"]
    assert "month=2025-09&q=" in page["before_url"]
    older = notes_journal.page(person, now=NOW, month=dt.date(2025, 9, 1), words="비가")
    assert texts(older) == ["비가 오래 왔다"]
    # The next page of the search ends a year later, so that no month between is left out.
    assert "month=2027" not in older["after_url"]
    newer = dt.date.fromisoformat(older["after_url"].partition("month=")[2][:7] + "-01")
    assert months.later(newer, -11) <= dt.date(2026, 2, 1)


def test_notes_of_others_are_not_found(signed_in, stranger):
    note(UserHabitFactory(user=stranger, custom_name="남의 것"), dt.date(2026, 10, 3), "남의 메모")

    assert "남의 메모" not in signed_in.get("/habits/notes/?month=2026-10").text
    assert "남의 메모" not in signed_in.get("/habits/notes/?month=2026-10&q=메모").text


def test_a_note_leads_to_its_check_in(signed_in, walk):
    log = note(walk, dt.date(2026, 10, 3), "비가 왔다")

    page = signed_in.get("/habits/notes/?month=2026-10").text
    assert f"/today/{walk.pk}/logs/{log.pk}/" in page
    assert "비가 왔다" in page


@pytest.mark.parametrize("query", ["month=0001-01", "month=9999-12", "month=x", "q=" + "가" * 200])
def test_nonsense_shows_a_page(signed_in, walk, query):
    note(walk, dt.date(2026, 10, 3), "비가 왔다")

    assert signed_in.get(f"/habits/notes/?{query}").status_code == 200
    assert signed_in.get(f"/habits/notes/?q=비&{query}").status_code == 200


def test_without_the_consent_the_page_says_why_there_are_none(signed_in, person, walk):
    note(walk, dt.date(2026, 10, 3), "비가 왔다")
    person.privacy_settings = {"health": False}
    person.save()

    page = signed_in.get("/habits/notes/").text
    assert "비가 왔다" not in page
    assert "동의 살펴보기" in page
