"""One row per effect key, in the caller's transaction, in the person's language."""

import datetime as dt

import pytest
from django.db import transaction

from notifications import outbox, preferences
from notifications.models import Notification
from notifications.preferences import Preferences
from tests.factories.accounts import UserFactory
from tests.notifications.conftest import NOON

pytestmark = pytest.mark.django_db

FACTS = {"name": "물 마시기", "days": 6, "unit": "잔", "step": 1, "count": 0}


def send(user, **kwargs):
    values = {"template": "habit_reminder", "effect_key": "key", "at": NOON, "type": "habit_reminder", "data": FACTS}
    return outbox.send(user, **(values | kwargs))


def test_a_reminder_gives_its_reason_and_a_suggestion(person):
    send(person)

    notification = Notification.objects.get()
    assert (notification.title, notification.body) == ("물 마시기", "어제까지 6일 이어졌어요. 1잔 어때요?")


@pytest.mark.parametrize(
    ("facts", "body"),
    [
        ({"times": 3, "tally": 1}, "이번 주 3번 중 1번 했어요. 지금 해 볼까요?"),
        (
            {"begun": True, "tip": "칫솔 옆에 두면 눈에 잘 띄어요."},
            "오늘부터 다시 세면 돼요. 칫솔 옆에 두면 눈에 잘 띄어요.",
        ),
        ({"anchor": "아침 먹고 나서"}, "첫 방울을 기다려요. ‘아침 먹고 나서’ 하기로 했어요."),
        ({"days": 2, "count": 3, "left": 5, "unit": "잔"}, "어제까지 2일 이어졌어요. 5잔 남았어요."),
        (
            {"days": 2, "count": 3, "left": 5, "unit": "min"},
            "어제까지 2일 이어졌어요. 5\N{NO-BREAK SPACE}min 남았어요.",
        ),
        ({"at_most": True, "target": 0}, "오늘도 하지 않기로 했어요."),
        ({"at_most": True, "target": 2, "unit": "잔", "count": 1}, "지금까지 1잔 했어요. 오늘은 2잔까지면 좋아요."),
    ],
)
def test_the_text_fits_the_state_of_the_habit(facts, body):
    assert outbox.render("habit_reminder", {"name": "습관", **facts}, language="ko")[1] == body


def test_text_of_a_person_is_not_markup():
    title, _body = outbox.render("habit_reminder", {"name": "5 < 6 & {{ 물 }}"}, language="ko")

    assert title == "5 < 6 & {{ 물 }}"


def test_the_same_effect_key_is_the_same_message(person):
    first, second = send(person), send(person)

    assert first is not None
    assert second is None
    assert Notification.objects.count() == 1


def test_a_rolled_back_transaction_notifies_nobody(person):
    def fail_after_sending():
        with transaction.atomic():
            send(person)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_sending()

    assert not Notification.objects.exists()


def test_a_type_that_is_switched_off_is_not_written(person):
    preferences.save(person, Preferences(habit_reminder=False))

    assert send(person) is None
    assert not Notification.objects.exists()


def test_an_essential_notification_ignores_the_switch(person):
    preferences.save(person, Preferences(habit_reminder=False))

    assert send(person, essential=True)


def test_a_notification_only_for_the_inbox_needs_no_worker(person, run):
    send(person, only_inbox=True)

    notification = Notification.objects.get()
    assert (notification.delivery_status, notification.sent_at) == ("sent", NOON)
    assert run() == 0


def test_a_later_notification_waits(person, run, laptop, push):
    send(person, at=NOON + dt.timedelta(hours=1))

    run()

    assert push.taken == []


def test_long_titles_are_truncated(person):
    send(UserFactory(), effect_key="long", data={"name": "물" * 300})

    assert len(Notification.objects.get(effect_key="long").title) == 200


def test_a_notification_written_in_plain_sql_is_sent(person, laptop, push, run):
    """The INSERT of the document names none of our own columns."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO notifications (user_id, title, body, notification_type) VALUES (%s, '제목', '내용', 'system')",
            [person.pk],
        )

    run()

    assert len(push.taken) == 1
    assert Notification.objects.get().delivery_status == "sent"
