"""Account deletion: deactivated at once, thirty days to cancel, then only legally required rows remain."""

import datetime as dt
import json
import threading

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, connections, transaction
from django.urls import reverse

from accounts.models import User, UserConsent
from analytics.models import UserAnalytics
from billing.models import PaymentTransaction, UserSubscription
from core.audit.models import AuditLog
from core.db import audit_context
from habits.models import UserHabit
from tests.factories.accounts import PASSWORD, UserFactory
from tests.factories.habits import HabitFactory, UserHabitFactory
from tests.factories.rest import AppEventFactory, NotificationFactory, UserSubscriptionFactory
from tests.privacy.conftest import NOW, add_rows
from tests.staff_forms import seen
from wellness.privacy import account_deletion, deletion_log, erasure
from wellness.privacy.erasure import GRACE
from wellness.privacy.models import DataExport, Departure

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


def sign_in(client, person):
    return client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})


@pytest.fixture
def proven(client, full_life):
    sign_in(client, full_life)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def test_a_deletion_request_needs_the_password(signed_in, person):
    answer = signed_in.post(reverse("leave"))

    person.refresh_from_db()
    assert answer.headers["Location"].startswith(reverse("account_reauthenticate"))
    assert person.is_active


def test_a_deletion_request_signs_out_everywhere_at_once(proven, full_life):
    answer = proven.post(reverse("leave"))

    full_life.refresh_from_db()
    assert answer.headers["Location"] == reverse("bye")
    assert (full_life.is_active, full_life.sessions.count()) == (False, 0)
    assert proven.get(reverse("habits:today")).status_code == 302
    assert UserSubscription.objects.get(user=full_life).status == "canceled"


def test_a_deletion_request_is_confirmed_by_mail(proven, full_life):
    proven.post(reverse("leave"))

    assert [(message.to, message.subject) for message in mail.outbox[-1:]] == [
        ([full_life.email], "계정을 비활성화했어요")
    ]


def test_a_cancelled_deletion_loses_nothing(proven, full_life):
    habits = UserHabit.objects.filter(user=full_life).count()
    proven.post(reverse("leave"))

    offered = sign_in(proven, full_life)
    page = proven.get(offered.headers["Location"])
    proven.post(offered.headers["Location"])
    again = sign_in(proven, full_life)

    full_life.refresh_from_db()
    assert offered.headers["Location"] == reverse("come-back")
    assert "30일 뒤에 지워져요" in page.content.decode()
    assert again.headers["Location"] == reverse("habits:today")
    assert (full_life.is_active, full_life.deletion_requested_at) == (True, None)
    assert UserHabit.objects.filter(user=full_life).count() == habits


def test_a_deletion_is_cancelled_only_after_sign_in(client, full_life):
    account_deletion.request_deletion(full_life, at=NOW)

    client.post(reverse("account_login"), {"login": full_life.email, "password": "guess"})
    answer = client.post(reverse("come-back"))

    full_life.refresh_from_db()
    assert answer.headers["Location"] == reverse("account_login")
    assert not full_life.is_active


def test_the_grace_period_is_thirty_days(full_life):
    account_deletion.request_deletion(full_life, at=NOW)

    assert erasure.run(NOW + GRACE - DAY) == 0
    assert erasure.run(NOW + GRACE) == 1
    assert erasure.run(NOW + GRACE + DAY) == 0


def test_nothing_remains_of_an_erased_person(full_life):
    path = full_life.files.get().storage_path

    assert set(erasure.remains(full_life.pk)) >= {"users", "habit_logs", "uploaded_files", "payment_transactions"}
    erasure.erase(full_life.pk, at=NOW)

    assert erasure.remains(full_life.pk) == {}
    assert not default_storage.exists(path)


def test_legally_required_rows_stay_with_emptied_columns(full_life):
    erasure.erase(full_life.pk, at=NOW)

    payment = PaymentTransaction.objects.get(user=full_life)
    assert (payment.amount, payment.gateway_response) == (990000, None)
    assert UserSubscription.objects.get(user=full_life).external_subscription_id is None
    assert UserConsent.objects.filter(user=full_life).count() == 1
    numbers = UserAnalytics.objects.get(user=full_life)
    assert (numbers.total_habits, numbers.avg_mood_score) == (3, None)


def test_an_erased_account_opens_to_nobody_and_its_address_is_free(client, full_life):
    email = full_life.email
    erasure.erase(full_life.pk, at=NOW)

    erased = User.objects.get(pk=full_life.pk)
    assert (erased.email, erased.name, erased.email_index, erased.password) == ("", "", None, None)
    assert User.objects.create_user(email).pk != full_life.pk


def test_others_lose_nothing(full_life, stranger):
    add_rows(stranger)
    before = erasure.remains(stranger.pk)

    erasure.erase(full_life.pk, at=NOW)

    assert erasure.remains(stranger.pk) == before


@pytest.mark.parametrize("role", ["none", "now", "former"])
def test_only_addresses_from_which_staff_accessed_others_stay(full_life, stranger, role):
    """Their own profile, their own subscription and requests without a login are nobody's access to others."""
    User.objects.filter(pk=full_life.pk).update(is_staff=role != "none")
    with audit_context.acting(full_life.pk, address="203.0.113.9"):
        User.objects.filter(pk=full_life.pk).update(day_start=2)
        assert UserSubscription.objects.filter(user=full_life).update(amount=100)
    with audit_context.acting(None, address="203.0.113.9"):
        User.objects.filter(pk=full_life.pk).update(day_start=3)
    with audit_context.acting(full_life.pk, address="203.0.113.9"):
        User.objects.filter(pk=stranger.pk).update(day_start=2)
        UserSubscriptionFactory(user=stranger)
        HabitFactory()
    User.objects.filter(pk=full_life.pk).update(is_staff=role == "now")

    erasure.erase(full_life.pk, at=NOW)

    kept = AuditLog.objects.filter(ip_address="203.0.113.9").values_list("user_id", "table_name")
    tables = {"users", "user_subscriptions", "habits"}
    assert set(kept) == (set() if role == "none" else {(full_life.pk, table) for table in tables})
    assert erasure.remains(full_life.pk) == {}


def test_rows_written_by_running_jobs_are_deleted_by_the_repetition(full_life):
    erasure.erase(full_life.pk, at=NOW)
    NotificationFactory(user=full_life)
    AppEventFactory(user=full_life)

    erasure.run(NOW + DAY)

    assert erasure.remains(full_life.pk) == {}
    assert User.objects.get(pk=full_life.pk).anonymised_at == NOW


def test_an_export_at_work_ends_with_its_person(full_life):
    DataExport.objects.create(user=full_life)

    account_deletion.request_deletion(full_life, at=NOW)

    assert DataExport.objects.count() == 0


def test_a_failure_for_one_person_does_not_stop_the_others(full_life, stranger, settings):
    for who in (full_life, stranger):
        account_deletion.request_deletion(who, at=NOW)
    folder = settings.MEDIA_ROOT / "photos"
    (folder / "one.webp").unlink()
    (folder / "one.webp").mkdir()  # a file that cannot be deleted
    (folder / "one.webp" / "in the way").touch()

    assert erasure.run(NOW + GRACE) == 1
    assert erasure.remains(stranger.pk) == {}
    assert erasure.remains(full_life.pk) != {}


# ── The deletion log ──────────────────────────────────────────────────────────────


@pytest.mark.django_db(transaction=True)
def test_each_step_is_a_line_outside_the_database(person, settings):
    account_deletion.request_deletion(person, at=NOW)
    account_deletion.cancel_deletion(person.pk, at=NOW + DAY)
    account_deletion.request_deletion(person, at=NOW + 2 * DAY)
    erasure.run(NOW + 2 * DAY + GRACE)

    lines = [json.loads(line) for line in settings.DELETION_LEDGER.read_text().splitlines()]
    assert [line["step"] for line in lines] == ["asked", "stayed", "asked", "erased"]
    assert {line["user_id"] for line in lines} == {str(person.pk)}
    assert settings.DELETION_LEDGER.stat().st_mode & 0o777 == 0o600


def test_a_line_missing_after_a_crash_is_written_by_the_next_run(person):
    Departure.objects.create(user_id=person.pk, step="erased", occurred_at=NOW)

    assert deletion_log.latest() == {}
    assert deletion_log.flush(at=NOW) == 1
    assert deletion_log.flush(at=NOW) == 0
    assert deletion_log.latest()[person.pk].step == "erased"


def test_a_line_that_was_cut_off_hides_no_other(person, settings):
    deletion_log.record(person.pk, "erased", at=NOW)
    settings.DELETION_LEDGER.parent.mkdir()
    settings.DELETION_LEDGER.write_text('{"user_id": "0190\n')

    deletion_log.flush(at=NOW)

    assert deletion_log.latest()[person.pk].step == "erased"


def test_a_restored_database_gets_the_steps_again(full_life, stranger):
    """The file has the steps, the restored database does not."""
    add_rows(stranger)
    deletion_log.record(full_life.pk, "erased", at=NOW)
    deletion_log.record(stranger.pk, "asked", at=NOW)
    deletion_log.flush(at=NOW)
    Departure.objects.all().delete()

    call_command("erase_user", "--replay")

    stranger.refresh_from_db()
    assert erasure.remains(full_life.pk) == {}
    assert (stranger.is_active, stranger.deletion_requested_at) == (False, NOW)
    assert UserHabit.objects.filter(user=stranger).count() == 1


def test_a_cancelled_deletion_is_not_replayed(person):
    deletion_log.record(person.pk, "asked", at=NOW)
    deletion_log.record(person.pk, "stayed", at=NOW + DAY)
    deletion_log.flush(at=NOW + DAY)

    assert erasure.replay(NOW + 2 * DAY) == {"erased": 0, "asked": 0}


def test_an_operator_erases_and_is_told_what_is_left(full_life):
    with pytest.raises(CommandError, match="left of them"):
        call_command("erase_user", str(full_life.pk), "--verify")

    call_command("erase_user", str(full_life.pk))
    call_command("erase_user", str(full_life.pk), "--verify")

    with pytest.raises(CommandError, match="name a person, or --replay"):
        call_command("erase_user")


@pytest.mark.django_db(transaction=True)
def test_jobs_that_write_while_a_person_is_erased_end_quietly(person):
    user_habit, wrong, stop = UserHabitFactory(user=person), [], threading.Event()

    def write() -> None:
        try:
            while not stop.is_set():
                NotificationFactory(user=person)
                UserHabit.objects.filter(pk=user_habit.pk).update(sort_order=1)
        except BaseException as error:
            wrong.append(error)
        finally:
            connections.close_all()

    jobs = [threading.Thread(target=write) for _ in range(2)]
    for job in jobs:
        job.start()
    erasure.erase(person.pk, at=NOW)
    stop.set()
    for job in jobs:
        job.join()
    erasure.run(NOW + DAY)

    assert wrong == []
    assert erasure.remains(person.pk) == {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM user_habits WHERE id = %s", [user_habit.pk])
        assert cursor.fetchone() == (0,)


@pytest.fixture
def support(client):
    call_command("staff_roles")
    staff = UserFactory(is_staff=True)
    staff.groups.set(Group.objects.filter(name="support"))
    client.force_login(staff)
    return client


def save_as_staff(support, person, **changes):
    url = f"/admin/accounts/user/{person.pk}/change/"
    return support.post(url, staff_form(person, **changes) | seen(support, url))


def staff_form(person, **changes):
    values = {"language": person.language, "timezone": person.timezone, "is_active": "on", "why": "부탁받음"} | changes
    return {name: value for name, value in values.items() if value}


def test_staff_who_activate_an_account_cancel_its_deletion(support, full_life):
    account_deletion.request_deletion(full_life, at=NOW)

    answer = save_as_staff(support, full_life)

    full_life.refresh_from_db()
    assert answer.status_code == 302
    assert (full_life.is_active, full_life.deletion_requested_at) == (True, None)
    assert list(Departure.objects.order_by("id").values_list("step", flat=True)) == ["asked", "stayed"]
    assert erasure.run(NOW + GRACE + DAY) == 0


def test_staff_who_deactivate_an_account_end_its_sessions(support, full_life):
    save_as_staff(support, full_life, is_active="")

    full_life.refresh_from_db()
    assert (full_life.is_active, full_life.sessions.count(), full_life.deletion_requested_at) == (False, 0, None)


def test_an_erased_account_is_not_activated(support, full_life):
    erasure.erase(full_life.pk, at=NOW)
    full_life.refresh_from_db()

    answer = save_as_staff(support, full_life)

    assert "is_active" in answer.context["adminform"].form.errors
    assert not User.objects.get(pk=full_life.pk).is_active


def test_no_account_in_use_waits_for_its_erasure(full_life):
    with pytest.raises(IntegrityError, match="users_deletion_inactive"), transaction.atomic():
        User.objects.filter(pk=full_life.pk).update(deletion_requested_at=NOW)

    assert not erasure.due(NOW + GRACE).exists()
