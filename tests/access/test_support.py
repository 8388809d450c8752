"""Support finds a person by the whole address, sees no text, helps with a reason."""

import datetime as dt
import re
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.core import mail

from accounts import roles
from accounts.models import User, UserSession
from core.audit.models import AuditLog
from core.text_format import NBSP
from tests.billing.scenes import subscribe
from tests.factories.accounts import StaffFactory, UserFactory, UserSessionFactory, UserSocialAccountFactory
from tests.factories.habits import HabitLogFactory, UserHabitFactory
from tests.factories.rest import (
    AppEventFactory,
    CoachingMessageFactory,
    DataExportFactory,
    EmailAddressFactory,
    NotificationDeliveryFactory,
    NotificationDeviceFactory,
    NotificationFactory,
)
from wellness.pages import person_help
from wellness.privacy.models import DataExport

pytestmark = pytest.mark.django_db


@pytest.fixture
def support(client):
    roles.install()
    colleague = UserFactory(is_staff=True)
    colleague.groups.add(Group.objects.get(name="support"))
    client.force_login(colleague)
    return colleague


def page_of(client, person) -> str:
    return client.get(f"/admin/accounts/user/{person.pk}/change/").text


def act(client, person, name: str, **sent: str):
    return client.post(f"/admin/accounts/user/{person.pk}/{name}/", {"why": "물어봤어요"} | sent, follow=True).text


def test_the_timeline_tells_what_happened_and_shows_no_text(client, support, person):
    UserSessionFactory(user=person, user_agent="Mozilla/5.0 (iPhone) Safari/605")
    delivery = NotificationDeliveryFactory(notification__user=person, channel="email", state="failed")
    delivery.notification.title = "비밀 제목"
    delivery.notification.save()
    DataExportFactory(user=person)
    HabitLogFactory(
        user_habit=UserHabitFactory(user=person, custom_name="나만의 이름"), notes="오늘의 메모", mood_score=3
    )
    CoachingMessageFactory(user=person, content="코치의 말", sent_at="2026-01-01T00:00Z")
    subscribe(person)

    page = page_of(client, person)

    assert all(word in page for word in ("로그인", "메시지", "내보내기", "결제", "9,900원"))
    assert not re.search("비밀 제목|나만의 이름|오늘의 메모|코치의 말", page)
    assert person.email not in page


def test_the_timeline_keeps_sign_ins_that_have_ended_and_devices(client, support, person):
    agent = "Mozilla/5.0 (Windows NT 10.0) Chrome/131"
    live = UserSessionFactory(user=person, user_agent="Mozilla/5.0 (iPhone) Safari/605")
    ended, first, now = uuid4(), dt.timedelta(days=9), dt.datetime.now(dt.UTC)
    for ago in (first, dt.timedelta(days=4)):
        AppEventFactory(user=person, session_id=ended, user_agent=agent, occurred_at=now - ago)
    AppEventFactory(user=person, session_id=live.pk, user_agent=live.user_agent, occurred_at=now)
    AppEventFactory(user=person, session_id=uuid4(), user_agent=agent, occurred_at=now - dt.timedelta(days=91))
    AppEventFactory(session_id=uuid4(), user_agent=agent, occurred_at=now)
    NotificationDeviceFactory(user=person, platform="ios", device_model="iPhone 17", is_active=False)
    UserSocialAccountFactory(user=person, provider="kakao")

    told = {entry.kind: entry for entry in person_help.timeline(person)}

    assert [entry.kind for entry in person_help.timeline(person)].count("지난 로그인") == 1
    assert told["로그인"].text == f"Safari ·{NBSP}iPhone"
    assert told["지난 로그인"].text.startswith(f"Chrome ·{NBSP}Windows ·")
    assert told["지난 로그인"].at == now - first
    assert "더는 보내지 않아요" in told["알림 받는 기기"].text.replace(NBSP, " ")
    assert "소셜 로그인 연결" in told
    assert "지난 로그인" in page_of(client, person)


def test_the_address_is_shown_once_with_a_reason_that_is_recorded(client, support, person):
    shown = client.post(f"/admin/accounts/user/{person.pk}/reveal/", {"why": "전화로 확인해요"})
    refused = client.post(f"/admin/accounts/user/{person.pk}/reveal/", {"why": ""}, follow=True)

    assert person.email in shown.text
    assert "no-store" in shown["Cache-Control"]
    assert person.email not in refused.text
    read = AuditLog.objects.get(action="READ", why="전화로 확인해요")
    assert (read.user_id, read.record_id) == (support.pk, person.pk)


def test_an_unconfirmed_address_gets_its_link_again(client, support):
    person = UserFactory(is_verified=False)
    EmailAddressFactory(user=person, email=person.email, verified=False, primary=True)

    assert "다시 보냈어요" in act(client, person, "resend")
    assert [message.to for message in mail.outbox] == [[person.email]]


def test_what_did_not_arrive_is_sent_again(client, support, person):
    dead = NotificationDeliveryFactory(notification=NotificationFactory(user=person), state="dead")
    NotificationDeliveryFactory(state="dead")

    assert "1개를 다시 보내요" in act(client, person, "resend")
    dead.refresh_from_db()
    assert dead.state == "pending"
    assert "다시 보낼 것이 없어요" in act(client, person, "resend")


def test_sessions_end(client, support, person):
    UserSessionFactory(user=person)

    assert "로그아웃했어요" in act(client, person, "end-sessions")
    assert not UserSession.objects.filter(user=person).exists()


@pytest.mark.parametrize(
    ("days", "said", "added"),
    [("7", "7일 늘렸어요", 7), ("0", "1일에서", 0), ("x", "1일에서", 0), ("99", "1일에서", 0)],
)
def test_a_subscription_is_extended_by_some_days(client, support, person, days, said, added):
    subscription = subscribe(person)
    before = subscription.current_period_end

    assert said in act(client, person, "extend", days=days)
    subscription.refresh_from_db()
    assert subscription.current_period_end == before + dt.timedelta(days=added)


def test_without_a_subscription_nothing_is_extended(client, support, person):
    assert "늘릴 수 있는 구독이 없어요" in act(client, person, "extend", days="7")


def test_an_export_and_a_deletion_are_begun(client, support, person):
    act(client, person, "export")
    assert DataExport.objects.filter(user=person).exists()

    UserHabitFactory(user=person)
    asked = client.post(f"/admin/accounts/user/{person.pk}/leave/", {"why": "물어봤어요"})
    assert (dict(asked.context["counts"])["하는 습관"], User.objects.get(pk=person.pk).deletion_requested_at) == (
        1,
        None,
    )
    UserHabitFactory(user=person)
    sent = {"seen": asked.context["seen"], "confirmed": "1"}
    assert "그사이 바뀌었어요" in act(client, person, "leave", **sent)
    again = client.post(f"/admin/accounts/user/{person.pk}/leave/", {"why": "물어봤어요"} | sent)
    act(client, person, "leave", **sent | {"seen": again.context["seen"]})
    assert User.objects.get(pk=person.pk).deletion_requested_at is not None
    assert AuditLog.objects.filter(table_name="users", record_id=person.pk, why="물어봤어요").exists()


@pytest.mark.parametrize("name", ["resend", "reveal", "end-sessions", "extend", "export", "leave"])
def test_support_does_nothing_to_staff(client, support, name):
    boss = StaffFactory()

    answer = client.post(f"/admin/accounts/user/{boss.pk}/{name}/", {"why": "시험"})

    assert answer.status_code == 403
    assert User.objects.get(pk=boss.pk).deletion_requested_at is None
