"""Withdrawal of the consent to health data: announced, complete, and repeatable after an interruption."""

import datetime as dt
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.urls import reverse

from accounts import consents, privacy_settings
from accounts.models import User
from analytics.models import UserAnalytics
from coaching import delivery
from coaching.habit_tokens import Names
from coaching.models import CoachingMessage, CoachQuestion, CrisisFlag
from files.models import UploadedFile
from habits.models import Habit, HabitImport, HabitLog, HabitLogEdit, UserHabit
from notifications.models import Notification
from tests.factories.habits import HabitFactory, HabitLogEditFactory, HabitLogFactory, UserHabitFactory
from tests.factories.rest import (
    CoachingMessageFactory,
    CoachQuestionFactory,
    CrisisFlagFactory,
    DataExportFactory,
    UploadedFileFactory,
    UserAnalyticsFactory,
)
from wellness.privacy import health_withdrawal
from wellness.privacy.classification import TABLES

pytestmark = pytest.mark.django_db

CONTENT = {
    "count": 2,
    "at": "2026-11-20T09:00+00:00",
    "mood": 8,
    "energy": 6,
    "note": True,
    "place": "home",
    "weather": "rain",
}
LEFT = {"count": 2, "at": "2026-11-20T09:00+00:00", "weather": "rain"}


@pytest.fixture
def consenting_person(person):
    """A person with the consent and a row of each kind."""
    consents.record(person, answers={"health": True}, channel="signup", at=person.created_at)
    add_health_data(person)
    return person


def add_health_data(person):
    habit = UserHabitFactory(user=person, notes="무릎이 아파요")
    HabitFactory(owner=person, name="약", description="하루 두 번")
    HabitLogFactory(
        user_habit=habit,
        mood_score=8,
        energy_level=6,
        notes="오늘은 맑음",
        location="home",
        weather="rain",
        image_urls=["/f/1"],
    )
    HabitLogFactory(user_habit=habit)
    HabitLogEditFactory(user_habit=habit, before=CONTENT, after=None)
    HabitLogEditFactory(user_habit=habit, before={"count": 1}, after=CONTENT)
    UserAnalyticsFactory(user=person, avg_mood_score=7.5, avg_energy_level=6, total_habits=3)
    CoachingMessageFactory(user=person, context={"mood": 8}, user_feedback="고마워요")
    CoachQuestionFactory(user=person)
    CrisisFlagFactory(user=person)
    UploadedFileFactory(user=person, upload_context="habit_log")
    UploadedFileFactory(user=person, upload_context="avatar")
    DataExportFactory(user=person, state="done", storage_path=default_storage.save("exports/1.zip", ContentFile(b"PK")))


def withdraw(browser):
    return browser.post(reverse("accounts:consent", args=["health"]), {"granted": "no"})


def test_every_sensitive_column_is_covered():
    sensitive = {(table, column) for table, entry in TABLES.items() for column in entry.sensitive.split()}
    planned = {(table, column) for table, columns in health_withdrawal.EMPTIED.items() for column in columns}
    planned |= {(table, column) for table, columns in health_withdrawal.REDUCED.items() for column in columns}
    planned |= {(table, column) for table in health_withdrawal.DELETED for column in TABLES[table].columns}

    assert sensitive - planned == set(), "say in wellness/privacy/health_withdrawal.py how it goes"


def test_the_page_shows_what_will_be_deleted(client, consenting_person):
    client.force_login(consenting_person)

    page = client.get(reverse("withdraw-health"))

    assert page.context["goes"] == {
        "moods": 1,
        "notes": 2,
        "places": 1,
        "descriptions": 1,
        "photos": 1,
        "letters": 1,
        "questions": 1,
        "files": 1,
    }
    assert reverse("withdraw-health") in client.get(reverse("accounts:consents")).content.decode()
    consenting_person.refresh_from_db()
    assert consenting_person.shares_health


def test_all_health_data_is_deleted_and_nothing_else(client, consenting_person, stranger):
    add_health_data(stranger)
    path = consenting_person.exports.get().storage_path
    for user in (consenting_person, stranger):
        message = CoachingMessage.objects.filter(user=user).first()
        delivery.notify(user, message, Names(user), at=dt.datetime.now(dt.UTC))
    client.force_login(consenting_person)

    withdraw(client)
    health_withdrawal.run(User.objects.get(pk=consenting_person.pk).health_withdrawn_at + health_withdrawal.PAUSE)

    hers, others = (
        HabitLog.objects.filter(user_habit__user=consenting_person),
        HabitLog.objects.filter(user_habit__user=stranger),
    )
    assert set(hers.values_list("mood_score", "energy_level", "notes", "location")) == {(None,) * 4}
    assert [log.image_urls for log in hers] == [[], []]
    assert sorted(log.weather or "" for log in hers) == ["", "rain"]
    edits = HabitLogEdit.objects.filter(user=consenting_person).order_by("id")
    assert list(edits.values_list("before", "after")) == [(LEFT, None), ({"count": 1}, LEFT)]
    assert UserHabit.objects.get(user=consenting_person).notes is None
    own, others_own = Habit.objects.get(owner=consenting_person), Habit.objects.get(owner=stranger)
    assert (own.text("name"), own.text("description")) == ("약", "")
    assert others_own.text("description") == "하루 두 번"
    assert UserAnalytics.objects.values_list("avg_mood_score", "avg_energy_level", "total_habits").get(
        user=consenting_person
    ) == (None, None, 3)
    # The announcement of a message has its words.
    announced = Notification.objects.filter(notification_type="coaching")
    assert [row.user for row in announced] == [stranger]
    for model in (CoachingMessage, CoachQuestion, CrisisFlag):
        assert [row.user for row in model.objects.all()] == [stranger]
    assert not consenting_person.exports.exists()
    assert not default_storage.exists(path)
    assert dict(UploadedFile.objects.filter(user=consenting_person).values_list("upload_context", "is_deleted")) == {
        "habit_log": True,
        "avatar": False,
    }
    assert [log.notes for log in others.filter(mood_score=8, location="home")] == ["오늘은 맑음"]
    assert CoachingMessage.objects.filter(user=stranger).exists()
    assert User.objects.get(pk=consenting_person.pk).health_withdrawn_at is None


def test_nothing_is_collected_until_the_consent_is_given_again(client, consenting_person):
    habit = UserHabitFactory(user=consenting_person)
    client.force_login(consenting_person)
    withdraw(client)
    check_in = reverse("habits:check-in", args=[habit.pk])

    client.post(check_in, {"key": uuid4(), "count": 1, "mood": 8})
    too_early = client.post(reverse("accounts:consent", args=["health"]), {"granted": "yes"}, follow=True)
    still_refused = not privacy_settings.of(User.objects.get(pk=consenting_person.pk)).health
    health_withdrawal.run(dt.datetime.now(dt.UTC) + health_withdrawal.PAUSE)
    client.post(reverse("accounts:consent", args=["health"]), {"granted": "yes"})
    client.post(check_in, {"key": uuid4(), "count": 1, "mood": 6})

    assert still_refused
    assert "지우는 중이에요" in too_early.content.decode()
    assert list(
        HabitLog.objects.filter(user_habit=habit).exclude(mood_score=None).values_list("mood_score", flat=True)
    ) == [6]


def test_requests_under_way_are_waited_for(consenting_person):
    at = consenting_person.created_at
    consents.answer(consenting_person, item="health", granted=False, at=at)

    assert health_withdrawal.run(at + health_withdrawal.PAUSE - dt.timedelta(seconds=1)) == 0
    assert health_withdrawal.run(at + health_withdrawal.PAUSE) == 1
    assert health_withdrawal.run(at + health_withdrawal.PAUSE) == 0


def test_an_import_that_is_being_written_is_waited_for(consenting_person):
    at = consenting_person.created_at
    expires_at = at + dt.timedelta(days=1)
    row = HabitImport.objects.create(
        user=consenting_person, state="writing", storage_path="imports/1", source="loop", expires_at=expires_at
    )
    consents.answer(consenting_person, item="health", granted=False, at=at)

    during = health_withdrawal.run(at + health_withdrawal.PAUSE)
    HabitImport.objects.filter(pk=row.pk).update(state="done")
    after = health_withdrawal.run(at + health_withdrawal.PAUSE)

    assert (during, after) == (0, 1)
    assert not HabitImport.objects.exists()


class UnreachableStorage(FileSystemStorage):
    def delete(self, name):
        raise OSError("away")


def test_an_interrupted_run_is_taken_up_where_it_was(consenting_person, settings, monkeypatch):
    for _number in range(5):
        HabitLogFactory(user_habit=consenting_person.habits.first(), mood_score=4)
    monkeypatch.setattr(health_withdrawal, "BATCH", 2)
    at = consenting_person.created_at
    consents.answer(consenting_person, item="health", granted=False, at=at)
    files = settings.STORAGES

    settings.STORAGES = files | {"default": {"BACKEND": f"{__name__}.UnreachableStorage"}}
    interrupted = health_withdrawal.run(at + health_withdrawal.PAUSE)
    settings.STORAGES = files
    later = health_withdrawal.run(at + health_withdrawal.PAUSE)

    assert (interrupted, later) == (0, 1)
    assert not HabitLog.objects.exclude(mood_score=None).exists()
    assert not consenting_person.exports.exists()


def test_without_a_consent_nothing_is_withdrawn(client, person):
    client.force_login(person)

    withdraw(client)

    assert User.objects.get(pk=person.pk).health_withdrawn_at is None


@pytest.mark.parametrize("field", ["mood", "energy", "place", "note"])
def test_what_an_open_page_still_sends_is_refused_and_shown(client, person, field):
    """The page was opened before the withdrawal: nothing of what it sends is dropped in silence."""
    habit = UserHabitFactory(user=person)
    client.force_login(person)
    day = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=2)
    said = {"mood": "8", "energy": "8", "place": "home", "note": "무릎이 아파요"}

    answer = client.post(
        reverse("habits:add-log", args=[habit.pk, day]), {"key": uuid4(), "count": 1, field: said[field]}
    )

    assert (answer.status_code, HabitLog.objects.filter(user_habit=habit).count()) == (422, 0)
    assert "건강 정보에 동의한 뒤에 남길 수 있어요" in answer.content.decode()
    assert answer.context["form"][field].value() == said[field]
