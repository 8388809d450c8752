"""Retention rules: old rows are deleted, implausible amounts are refused, and the privacy page states the periods."""

import datetime as dt
import time

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection

from accounts import consents, social
from accounts.models import SocialRevocation, User, UserConsent, UserSession, UserSocialAccount
from analytics.models import AppEvent
from billing.models import PaymentTransaction, UserSubscription
from core import retention_periods
from core.db.partitions import Month, ensure_months
from core.staff.models import ScheduledRun
from core.text_format import NBSP
from files.models import UploadedFile
from habits import checkins
from notifications import inbox
from tests.cases import for_each
from tests.factories.accounts import UserConsentFactory, UserFactory, UserSessionFactory
from tests.factories.rest import (
    AppEventFactory,
    DataExportFactory,
    EmailAddressFactory,
    PaymentTransactionFactory,
    UploadedFileFactory,
    UserSubscriptionFactory,
)
from wellness.privacy import erasure, exports, retention
from wellness.privacy.classification import TABLES
from wellness.privacy.models import DataExport

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
YEAR = 365.25 * DAY


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def month_a_year_ago() -> Month:
    """The oldest month of events that stays, by the calendar: 365.25 days lie a month earlier on the first of one."""
    return Month.of(now().date()).plus(-12)


def deleted(**options) -> dict[str, int]:
    return {done.name: done.deleted for done in retention.run(**options) if done.deleted}


def partitions() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'app_events'::regclass")
        return {name for (name,) in cursor.fetchall()}


def test_events_go_with_their_month_within_thirteen_months():
    edge = month_a_year_ago()
    ensure_months("app_events", "occurred_at", [edge.plus(-1), edge])
    start = dt.datetime.combine(edge.first, dt.time(), dt.UTC)
    # The month that a year ago lies in stays whole: the older rows of it too.
    kept = [AppEventFactory(occurred_at=at) for at in (start, now() - YEAR + 2 * DAY, now() - 10 * DAY)]
    AppEventFactory(occurred_at=start - dt.timedelta(microseconds=1))

    assert deleted() == {"app event months": 1}
    assert set(AppEvent.objects.all()) == set(kept)
    assert now() - start < 397 * DAY


@pytest.mark.parametrize("zone", ["UTC", "Asia/Seoul", "America/Los_Angeles", "Pacific/Kiritimati"])
@pytest.mark.parametrize(
    ("at", "gone"),
    [
        # Already January in Seoul, still December in UTC.
        (dt.datetime(2025, 12, 31, 15, 30, tzinfo=dt.UTC), ["app_events_y2024m11"]),
        (dt.datetime(2025, 12, 31, 23, 59, 59, tzinfo=dt.UTC), ["app_events_y2024m11"]),
        # Still December in Los Angeles.
        (dt.datetime(2026, 1, 1, tzinfo=dt.UTC), ["app_events_y2024m11", "app_events_y2024m12"]),
    ],
)
def test_months_are_cut_by_utc_whatever_the_zone_of_the_host(monkeypatch, zone, at, gone):
    ensure_months("app_events", "occurred_at", [Month(dt.date(2024, 11, 1)).plus(n) for n in range(4)])
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL TIME ZONE %s", [zone])
        local = at.astimezone()

        old = retention._old_months("app_events", local)
    finally:
        monkeypatch.undo()
        time.tzset()

    assert old == gone


def test_a_month_goes_with_its_partition_once_all_of_it_is_old():
    month = month_a_year_ago()
    ensure_months("app_events", "occurred_at", [month.plus(-1), month])

    assert deleted() == {"app event months": 1}
    assert month.plus(-1).table("app_events") not in partitions()
    assert month.table("app_events") in partitions()


def test_many_months_at_once_are_an_alarm():
    month = month_a_year_ago()
    ensure_months("app_events", "occurred_at", [month.plus(-n) for n in range(1, 6)])
    before = partitions()

    [done] = [done for done in retention.run() if done.refused]

    assert (done.name, done.found, done.deleted, partitions()) == ("app event months", 5, 0, before)
    with pytest.raises(CommandError, match="refused"):
        call_command("retain")
    assert deleted(anyway=["app event months"]) == {"app event months": 5}


def test_most_of_a_table_at_once_is_an_alarm(person):
    UserSession.objects.bulk_create(
        UserSession(user=person, refresh_token_hash=str(n), expires_at=now() - DAY)
        for n in range(retention.CHECKED_FROM + 1)
    )

    assert deleted() == {}
    assert UserSession.objects.count() == retention.CHECKED_FROM + 1
    assert deleted(anyway=["sessions"]) == {"sessions": retention.CHECKED_FROM + 1}


def test_clocks_that_disagree_delete_nothing(person):
    UserSessionFactory(user=person, expires_at=now() - DAY)

    with (
        time_machine.travel(now() + 10 * YEAR, tick=False),
        pytest.raises(retention.RetentionRefused, match="this machine"),
    ):
        retention.run()

    assert UserSession.objects.count() == 1


@pytest.mark.parametrize("after_the_jump", [False, True])
def test_a_clock_of_both_that_jumped_ten_years_deletes_nothing_and_says_so(person, after_the_jump):
    """Seen from the clocks, all rows became ten years older; what was written after the jump did not."""
    UserSessionFactory(user=person, expires_at=now() - 10 * YEAR)
    ensure_months("app_events", "occurred_at", [Month.of((now() - 10 * YEAR).date())])
    AppEventFactory(occurred_at=now() - 10 * YEAR)
    if after_the_jump:
        AppEventFactory(occurred_at=now() - DAY / 2)

    with pytest.raises(CommandError, match="the clock has jumped"):
        call_command("retain")

    assert (UserSession.objects.count(), AppEvent.objects.count()) == (1, 1 + after_the_jump)
    assert deleted(anyway=["clock"]) == {"sessions": 1, "app event months": 1}


def ran(*, ago: dt.timedelta) -> None:
    ScheduledRun.objects.update_or_create(name=retention.REMEMBERED, defaults={"began_at": now() - ago})


def test_a_jump_is_refused_for_as_long_as_nobody_has_looked(person):
    """Weeks after it, when events have been written on every day since, as on the first."""
    ran(ago=10 * YEAR + 40 * DAY)
    UserSessionFactory(user=person, expires_at=now() - 10 * YEAR)
    AppEventFactory(occurred_at=now() - 10 * YEAR)
    for n in range(40):
        AppEventFactory(occurred_at=now() - n * DAY)

    for _night in range(3):
        with pytest.raises(CommandError, match="days since the last run: the clock has jumped"):
            call_command("retain")
    assert (UserSession.objects.count(), AppEvent.objects.count()) == (1, 41)

    call_command("retain", anyway=["clock"])
    assert UserSession.objects.count() == 0
    # It is remembered that this is the time: the next run needs no word.
    call_command("retain")


@pytest.mark.parametrize(("days", "refused"), [(1, False), (13, False), (15, True)])
def test_nights_without_a_run_are_made_up_for_and_weeks_are_asked_about(person, days, refused):
    ran(ago=days * DAY)
    UserSessionFactory(user=person, expires_at=now() - DAY)

    if refused:
        with pytest.raises(retention.RetentionRefused, match="15 days since"):
            retention.run()
    else:
        assert deleted() == {"sessions": 1}
    assert UserSession.objects.count() == refused


def test_counting_is_no_run_that_is_remembered():
    retention.run(dry_run=True)
    assert not ScheduledRun.objects.filter(name=retention.REMEMBERED).exists()

    retention.run()
    assert now() - ScheduledRun.objects.get(name=retention.REMEMBERED).began_at < DAY


def test_a_run_deletes_at_most_its_cap_and_the_next_goes_on(person, monkeypatch):
    monkeypatch.setattr(retention, "MAX_ROWS", 3)
    monkeypatch.setattr(retention, "BATCH", 2)
    for _n in range(5):
        UserSessionFactory(user=person, expires_at=now() - DAY)

    assert [deleted(), deleted(), deleted()] == [{"sessions": 3}, {"sessions": 2}, {}]


class Killed(BaseException):
    """Not caught by `except Exception`, like the end of a process."""


def test_a_killed_run_leaves_whole_batches_and_the_next_goes_on(person, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    for _n in range(5):
        UserSessionFactory(user=person, expires_at=now() - DAY)
    seen = 0

    def kill(execute, sql, *args):
        nonlocal seen
        seen += sql.startswith("DELETE FROM user_sessions")
        if seen == 2:
            execute(sql, *args)
            raise Killed
        return execute(sql, *args)

    with connection.execute_wrapper(kill), pytest.raises(Killed):
        retention.run()

    assert UserSession.objects.count() == 3
    assert deleted() == {"sessions": 3}


def test_counting_deletes_nothing(person):
    UserSessionFactory(user=person, expires_at=now() - DAY)

    found = {done.name: done.found for done in retention.run(dry_run=True)}

    assert found["sessions"] == 1
    assert UserSession.objects.count() == 1


def test_sessions_go_when_they_end(person):
    UserSessionFactory(user=person, expires_at=now() - DAY)
    good = UserSessionFactory(user=person)

    deleted()

    assert list(UserSession.objects.all()) == [good]


def test_an_export_goes_with_its_file():
    path = default_storage.save("exports/one.zip", ContentFile(b"PK"))
    DataExportFactory(state="done", storage_path=path, expires_at=now() - DAY)

    deleted()

    assert DataExport.objects.count() == 0
    assert not default_storage.exists(path)


def test_deleted_files_and_nobodys_files_go_for_good(person):
    paths = [default_storage.save(f"photos/{name}.webp", ContentFile(b"a photo")) for name in range(3)]
    kept = UploadedFileFactory(user=person, storage_path=paths[0])
    UploadedFileFactory(user=person, storage_path=paths[1], is_deleted=True)
    UploadedFileFactory(user=None, storage_path=paths[2])
    UploadedFile.objects.update(created_at=now() - 2 * DAY)

    deleted()

    assert list(UploadedFile.objects.all()) == [kept]
    assert [default_storage.exists(path) for path in paths] == [True, False, False]


@pytest.mark.parametrize(("age", "stay"), [(5 * YEAR - DAY, True), (5 * YEAR + 2 * DAY, False)])
def test_payments_of_those_who_left_stay_five_years(person, age, stay):
    subscription = UserSubscriptionFactory(user=person)
    payment = PaymentTransactionFactory(user=person, subscription=subscription)
    erasure.erase(person.pk, at=now() - age)
    PaymentTransaction.objects.filter(pk=payment.pk).update(created_at=now() - age)

    deleted()

    assert PaymentTransaction.objects.filter(pk=payment.pk).exists() == stay
    assert UserSubscription.objects.filter(pk=subscription.pk).exists() == stay


def test_payments_of_people_who_are_here_stay(person):
    PaymentTransactionFactory(user=person)
    PaymentTransaction.objects.update(created_at=now() - 6 * YEAR)

    deleted()

    assert PaymentTransaction.objects.count() == 1


@pytest.mark.parametrize(("age", "stay"), [(3 * YEAR - DAY, True), (3 * YEAR + 2 * DAY, False)])
def test_consents_of_those_who_left_stay_three_years(age, stay):
    consent = UserConsentFactory(user=UserFactory())
    erasure.erase(consent.user_id, at=now() - age)

    deleted()

    assert UserConsent.objects.filter(pk=consent.pk).exists() == stay


@for_each(retention.RULES)
def test_the_privacy_page_states_the_period_of_each_rule(rule):
    if rule.period:
        assert str(rule.period) in TABLES[rule.table].kept
        assert rule.period.sql in rule.is_old or rule.delete is retention._delete_audit_rows


def test_an_account_whose_address_was_never_proven_goes_with_all_it_claimed(settings):
    settings.SOCIALACCOUNT_PROVIDERS = {"kakao": {"APPS": [{"client_id": "id"}]}}
    claim = UserFactory(is_verified=False, created_at=now() - 8 * DAY)
    EmailAddressFactory(user=claim, email=claim.email, verified=False)
    UserConsentFactory(user=claim)
    UserSocialAccount.objects.create(user=claim, provider="kakao", provider_user_id="1", access_token="key")

    assert deleted() == {"unproven accounts": 1}
    assert not User.objects.exists()
    assert not EmailAddress.objects.exists()
    assert not UserConsent.objects.exists()
    # Kakao is still to be told.
    assert [row.provider for row in SocialRevocation.objects.all()] == ["kakao"]


@pytest.mark.parametrize(
    "kept_by",
    [
        {"is_verified": True},
        {"is_staff": True},
        {"last_login": now() - DAY},
        {"created_at": now() - 6 * DAY},
        {"anonymised_at": now() - DAY, "is_active": False},
        {"deletion_requested_at": now() - DAY, "is_active": False},
    ],
)
def test_no_other_account_goes_unproven(kept_by):
    UserFactory(**{"is_verified": False, "created_at": now() - 8 * DAY} | kept_by)

    assert deleted() == {}
    assert User.objects.count() == 1


def test_an_account_with_a_proven_address_stays_whatever_its_flag_says():
    person = UserFactory(is_verified=False, created_at=now() - 8 * DAY)
    EmailAddressFactory(user=person, email=person.email, verified=True)

    assert deleted() == {}


def claimed(address, *, ago):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE account_emailaddress SET claimed_at = now() - %s WHERE id = %s", [ago, address.pk])


@pytest.mark.parametrize(("age", "stay"), [(6 * DAY, True), (8 * DAY, False)])
def test_a_change_of_address_that_is_never_confirmed_ends(age, stay):
    person = UserFactory()
    claimed(EmailAddressFactory(user=person, email=person.email, verified=True), ago=400 * DAY)
    waiting = EmailAddressFactory(user=person, email="new@example.com", verified=False, primary=False)
    claimed(waiting, ago=age)

    assert deleted() == ({} if stay else {"unproven addresses": 1})
    assert EmailAddress.objects.filter(pk=waiting.pk).exists() == stay
    assert EmailAddress.objects.filter(user=person, verified=True).count() == 1


def test_an_address_of_an_unproven_account_goes_with_the_account_only():
    claim = UserFactory(is_verified=False, created_at=now() - 6 * DAY)
    claimed(EmailAddressFactory(user=claim, email=claim.email, verified=False), ago=8 * DAY)

    assert deleted() == {}


@pytest.mark.parametrize(
    ("age", "must_agree", "stay"), [(29 * DAY, True, True), (31 * DAY, False, True), (31 * DAY, True, False)]
)
def test_an_account_whose_owner_never_answered_the_consents_ends(age, must_agree, stay):
    person = UserFactory(privacy_settings={"must_agree": must_agree})
    UserConsentFactory(user=person, channel="void", granted=False, occurred_at=now() - age)

    assert deleted() == ({} if stay else {"unanswered consents": 1})
    assert User.objects.filter(pk=person.pk).exists() == stay


def test_the_periods_of_rows_with_an_end_are_those_of_the_code():
    assert str(retention_periods.EXPORTS) in TABLES["data_exports"].kept
    assert retention_periods.EXPORTS.timedelta == exports.KEPT_FOR
    assert str(retention_periods.IMPORT_UPLOADS) in TABLES["habit_imports"].kept
    assert str(retention_periods.IMPORT_RESULTS) in TABLES["habit_imports"].kept
    assert str(retention_periods.NOTIFICATIONS) in TABLES["notifications"].kept
    assert retention_periods.NOTIFICATIONS.timedelta == inbox.KEPT
    assert str(retention_periods.DELETION_GRACE) in TABLES["users"].kept
    assert str(retention_periods.SOCIAL_REVOCATIONS) in TABLES["social_revocations"].kept
    assert sum(social.WAITS, dt.timedelta()) < retention_periods.SOCIAL_REVOCATIONS.timedelta


def test_a_check_in_key_outlives_every_page_that_may_resend_it():
    assert retention_periods.CHECK_IN_KEYS.timedelta > 2 * checkins.OFFLINE


def test_the_database_deletes_audit_rows_after_the_same_period():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('audit_logs_retire'::regproc)")
        [definition] = cursor.fetchone()

    assert retention_periods.AUDIT_TRAIL.sql in definition


@pytest.mark.parametrize(
    ("language", "grace", "events"),
    [("ko", "{0.days}일이 지나면", "{0.years}년이"), ("en", "after {0.days} days", "after {0.years} year")],
)
def test_the_text_people_agree_to_says_the_periods_that_hold(language, grace, events):
    text = consents.text("privacy", language=language).html.replace(NBSP, " ")

    assert grace.format(retention_periods.DELETION_GRACE) in text
    assert events.format(retention_periods.APP_EVENTS) in text
