"""Announcements: audience, schedule, one notification per person, none after a stop."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts import consents
from accounts.models import User
from notifications import announcements
from notifications.models import Announcement, Notification
from tests.factories.accounts import StaffFactory, UserFactory, UserSessionFactory
from tests.factories.rest import SubscriptionPlanFactory, UserSubscriptionFactory
from tests.notifications.conftest import NOON
from tests.staff_forms import seen

pytestmark = pytest.mark.django_db

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def announce(**values):
    defaults = {"title": "점검 안내", "body": "내일 새벽에 잠깐 쉬어요.", "scheduled_for": NOON, "state": "scheduled"}
    return Announcement.objects.create(**(defaults | values))


def advance(at=NOON):
    return announcements.advance(clock=lambda: at, until=at + HOUR)


@pytest.fixture
def five(db):
    return UserFactory.create_batch(5, created_at=NOON - 90 * DAY)


def test_everyone_is_notified_once(five, monkeypatch):
    monkeypatch.setattr(announcements, "BATCH", 2)
    announcement = announce()

    written = advance()
    again = advance()

    assert (written, again) == (5, 0)
    assert Notification.objects.filter(announcement=announcement).count() == 5
    announcement.refresh_from_db()
    assert (announcement.state, announcement.written) == ("done", 5)


def test_a_batch_that_is_written_again_notifies_nobody_twice(five):
    announcement = announce()
    advance()
    Announcement.objects.update(state="sending", last_user=None)

    assert advance() == 5
    assert Notification.objects.filter(announcement=announcement).count() == 5


def test_nothing_is_written_early_or_for_a_draft(five):
    announce(scheduled_for=NOON + HOUR)
    announce(state="draft")

    assert advance() == 0


def test_what_is_scheduled_has_a_time():
    with pytest.raises(IntegrityError), transaction.atomic():
        announce(scheduled_for=None)


def test_each_reads_it_in_their_language_where_it_was_written(five):
    User.objects.filter(pk=five[0].pk).update(language="en")
    announce(title_en="Maintenance", body_en="A short pause.")
    advance()

    assert Notification.objects.get(user=five[0]).title == "Maintenance"
    assert Notification.objects.get(user=five[1]).title == "점검 안내"


def test_the_audience_by_language_and_by_days_away(five):
    User.objects.filter(pk=five[0].pk).update(language="en")
    UserSessionFactory(user=five[1], last_used_at=NOON - DAY)
    User.objects.filter(pk=five[2].pk).update(last_login=NOON - DAY)
    User.objects.filter(pk=five[3].pk).update(is_active=False)

    assert announcements.audience(announce(language="en"), now=NOON).get() == five[0]
    away = set(announcements.audience(announce(inactive_days=30), now=NOON))
    assert away == {five[0], five[4]}


def test_the_audience_by_plan(five):
    SubscriptionPlanFactory(id="basic")
    paid = {"current_period_start": NOON - DAY, "current_period_end": NOON + DAY}
    UserSubscriptionFactory(user=five[0], plan=SubscriptionPlanFactory(id="premium"), **paid)
    over = {"current_period_start": NOON - 9 * DAY, "current_period_end": NOON - DAY}
    UserSubscriptionFactory(
        user=five[1], plan=SubscriptionPlanFactory(id="premium"), status="expired", phase="expired", **over
    )

    assert announcements.audience(announce(plan="premium"), now=NOON).get() == five[0]
    assert set(announcements.audience(announce(plan="basic"), now=NOON)) == set(five[1:])


def test_few_people_of_an_audience_are_not_counted_out_nor_are_those_it_leaves_out(five):
    others = UserFactory.create_batch(7)
    User.objects.filter(pk__in=[five[0].pk, five[1].pk]).update(language="en")
    everybody = User.objects.count()

    def told(**conditions) -> tuple[str, int]:
        found = announcements.reach(announce(**conditions), now=NOON)
        return found.told, found.at_most

    assert told() == (f"{everybody}명", everybody)
    assert told(language="en") == ("5명 미만", 4)
    # Without the two it would tell how many they are.
    assert told(language="ko") == (f"많아야 {everybody}명", everybody)
    User.objects.filter(pk__in=[one.pk for one in others[:5]]).update(language="en")
    assert told(language="en") == ("7명", 7)
    assert told(language="ko") == (f"{everybody - 7}명", everybody - 7)


def test_advertising_goes_to_people_whose_last_answer_was_yes(five):
    for person, answers in ((five[0], [True]), (five[1], [True, False]), (five[2], [False, True])):
        for day, granted in enumerate(answers):
            consents.record(person, answers={"marketing": granted}, channel="settings", at=NOON - (9 - day) * DAY)
    announcement = announce(is_marketing=True)

    assert set(announcements.audience(announcement, now=NOON)) == {five[0], five[2]}
    advance()
    assert {row.title for row in Notification.objects.all()} == {"(광고) 점검 안내"}


def test_stopping_cancels_what_was_not_sent_yet(five, run, monkeypatch):
    monkeypatch.setattr(announcements, "BATCH", 2)
    announcement = announce()
    announcements.advance(clock=iter([NOON, NOON, NOON + HOUR]).__next__, until=NOON + HOUR)

    held = announcements.stop(announcement, now=NOON)
    advance()
    run()

    assert held == 2
    assert Notification.objects.filter(announcement=announcement).count() == 2
    assert not Notification.objects.filter(delivery_status="sent").exists()
    assert not five[0].notifications.in_inbox(NOON).exists()


def test_stopping_twice_or_a_draft_is_refused():
    announcement = announce(state="draft")

    with pytest.raises(announcements.WrongAnnouncementState):
        announcements.stop(announcement, now=NOON)


def test_progress_counts_notifications_by_status(five, run):
    announcement = announce()
    advance()
    run()

    numbers = announcements.progress(announcement)

    assert (numbers["written"], numbers["sent"], numbers["waiting"], numbers["failed"]) == (5, 5, 0, 0)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "today",
        "/\t/evil.example",
        "/\n/evil.example",
        "/\x00a",
        "/ /a",
    ],
)
def test_it_leads_to_our_own_pages_only(url):
    with pytest.raises(ValidationError):
        Announcement(title="제목", body="내용", url=url).full_clean()


# ── For staff ───────────────────────────────────────────────────────────────


@pytest.fixture
def staff(client, db):
    client.force_login(StaffFactory())
    return client


FIELDS = {"title": "점검 안내", "body": "내일 새벽에 잠깐 쉬어요.", "title_en": "", "body_en": "", "url": "", "plan": "",
          "language": "", "inactive_days": "", "target_platform": "", "scheduled_for": ""}  # fmt: skip


def test_staff_write_preview_schedule_and_stop(staff, five):
    staff.post("/admin/notifications/announcement/add/", FIELDS)
    announcement = Announcement.objects.get()
    page = f"/admin/notifications/announcement/{announcement.pk}/change/"

    text = staff.get(page).text
    assert "내일 새벽에 잠깐 쉬어요." in text
    assert f"{User.objects.count()}명" in text

    sent = FIELDS | {"_schedule": "1", "why": "점검"} | seen(staff, page)
    asked = staff.post(page, sent)
    announcement.refresh_from_db()
    assert (announcement.state, [*asked.context["counts"]]) == ("draft", [("받을 사람", f"{User.objects.count()}명")])
    staff.post(page, sent | {"counted": asked.context["counted"]} | seen(staff, page))
    announcement.refresh_from_db()
    assert announcement.state == "scheduled"

    staff.post(page, {"_stop": "1"} | seen(staff, page))
    announcement.refresh_from_db()
    assert announcement.state == "stopped"


def test_staff_choose_among_the_plans(staff, content):
    page = staff.get("/admin/notifications/announcement/add/").text
    assert '<option value="premium">' in page

    refused = staff.post("/admin/notifications/announcement/add/", FIELDS | {"plan": "nothing"})

    assert "plan" in refused.context["adminform"].form.errors
    assert not Announcement.objects.exists()
    staff.post("/admin/notifications/announcement/add/", FIELDS | {"plan": "premium"})
    assert Announcement.objects.get().plan == "premium"


def test_what_is_under_way_cannot_be_rewritten(staff, five):
    announcement = announce(state="sending")

    page = f"/admin/notifications/announcement/{announcement.pk}/change/"
    staff.post(page, FIELDS | {"title": "다른 제목"} | seen(staff, page))

    announcement.refresh_from_db()
    assert announcement.title == "점검 안내"


def test_staff_see_dead_deliveries_and_send_them_again(staff, person, laptop, push, run):
    from notifications.models import NotificationDelivery
    from tests.notifications.test_delivery_worker import send

    send(person)
    run()
    delivery = NotificationDelivery.objects.get()
    NotificationDelivery.objects.update(state="dead", failure_reason="answered 503", due_at=None)

    assert "answered 503" in staff.get("/admin/notifications/notificationdelivery/?state__exact=dead").text
    staff.post(
        "/admin/notifications/notificationdelivery/", {"action": "resend", "_selected_action": [str(delivery.pk)]}
    )

    delivery.refresh_from_db()
    assert delivery.state == "pending"


def test_people_without_the_right_see_nothing(signed_in):
    assert signed_in.get("/admin/notifications/announcement/").status_code == 302
