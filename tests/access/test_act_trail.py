"""Every dangerous act of staff leaves one row that says who did what to which row, and why."""

import datetime as dt
from collections.abc import Callable
from uuid import UUID

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from accounts import roles
from accounts.models import User
from coaching.models import AIPromptTemplate, CoachingControls
from core.audit.act_records import record_id
from core.audit.models import AuditLog
from core.crypto import keyring
from core.staff import permissions, revisions
from notifications.models import Announcement
from tests.access.routes import STAFF_ACTS
from tests.billing.scenes import subscribe
from tests.factories.accounts import StaffFactory, UserFactory
from tests.factories.habits import HabitFactory
from tests.factories.rest import (
    AccessReviewFactory,
    AnnouncementFactory,
    ChangeRequestFactory,
    PaymentTransactionFactory,
    SubscriptionPlanFactory,
    UserSubscriptionFactory,
)
from tests.staff_forms import filled, seen
from wellness.privacy.models import DataExport

pytestmark = pytest.mark.django_db

WHY = "전화로 부탁받았어요"
NOW = dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC)

type Sent = dict[str, object]
# The address, what is posted there, and the key of the row that the trail must name.
type Case = tuple[str, Sent, object]


def page(name: str, *keys: object) -> str:
    return reverse(f"admin:{name}", args=keys)


def on_person(name: str) -> Callable[[Client], Case]:
    def case(client: Client) -> Case:
        person = UserFactory()
        subscribe(person)
        url = page(f"accounts_user_{name}", person.pk)
        sent: Sent = {"days": "7"}
        if name == "leave":
            sent["seen"] = client.post(url, {"why": WHY}).context["seen"]
        return url, sent, person.pk

    return case


def on_plans(action: str) -> Callable[[Client], Case]:
    def case(client: Client) -> Case:
        plan = SubscriptionPlanFactory(is_active=action == "retire")
        url, sent = page("billing_subscriptionplan_changelist"), {"action": action, "_selected_action": plan.pk}
        if action == "retire":
            sent["seen"] = client.post(url, sent | {"why": WHY}).context["seen"]
        return url, sent, plan.pk

    return case


def button(name: str) -> Callable[[Client], Case]:
    """Of the form of a coach template."""

    def case(client: Client) -> Case:
        row = AIPromptTemplate.objects.filter(is_active=True).first()
        url = page("coaching_aiprompttemplate_change", row.pk)
        return url, filled(client, url) | {name: "1"}, row.pk

    return case


def schedule(client: Client) -> Case:
    row = AnnouncementFactory()
    url = page("notifications_announcement_change", row.pk)
    sent = filled(client, url) | {"_schedule": "1", "why": WHY}
    asked = client.post(url, sent).context
    return url, filled(client, url) | {"_schedule": "1", "counted": asked["counted"]}, row.pk


def plan_form(**more: str) -> Callable[[Client], Case]:
    def case(client: Client) -> Case:
        url = page("billing_subscriptionplan_change", "pro")
        return url, filled(client, url) | {"price": "19900"} | more, "pro"

    return case


def revision(client: Client) -> Case:
    plan = SubscriptionPlanFactory()
    kept = revisions.keep(plan, by=None, why="", at=NOW)
    return page("billing_subscriptionplan_revision", kept.pk), {}, kept.pk


def import_file(client: Client) -> Case:
    SubscriptionPlanFactory(name="앞의 이름")
    url = page("billing_subscriptionplan_import")
    text = client.get(page("billing_subscriptionplan_export", "json")).text.replace("앞의 이름", "뒤의 이름")
    sent = {"content": text, "kind": "json"}
    return url, sent | {"digest": client.post(url, sent).context["found"].digest}, "billing_subscriptionplan_import"


def keyed(name: str, make: Callable[[], object], **sent: object) -> Callable[[Client], Case]:
    def case(client: Client) -> Case:
        row = make()
        return page(name, row.pk), sent, row.pk

    return case


def deletion(client: Client) -> Case:
    row = HabitFactory()
    url = page("habits_habit_delete", row.pk)
    sent: Sent = {"post": "yes", **seen(client, url)}
    return url, sent, row.pk


def person_form(client: Client) -> Case:
    roles.install()
    person = UserFactory()
    url = page("accounts_user_change", person.pk)
    return url, filled(client, url) | {"is_staff": "on", "groups": [Group.objects.get(name="support").pk]}, person.pk


def group_form(client: Client) -> Case:
    roles.install()
    group = Group.objects.get(name="support")
    return (
        page("auth_group_change", group.pk),
        filled(client, page("auth_group_change", group.pk)) | {"permissions": []},
        group.pk,
    )


def controls_form(client: Client) -> Case:
    row = CoachingControls.objects.create()
    url = page("coaching_coachingcontrols_change", row.pk)
    return url, filled(client, url) | {"daily_cap": "5"}, row.pk


def purge(_client: Client) -> Case:
    """Of the key that seals, which is refused: what was tried is in the trail, too."""
    key_id = keyring.current().primary
    return page("operations_purge", key_id), {}, key_id


def no_row(name: str, /, **sent: object) -> Callable[[Client], Case]:
    return lambda client: (page(name), sent, name)


PLAN = {
    "id": "family",
    "name": "Family",
    "currency": "KRW",
    "billing_cycle": "monthly",
    "sort_order": "7",
    "price": "19900",
}
CASES: dict[str, Callable[[Client], Case]] = {
    **{f"accounts_user_{name}": on_person(name) for name in ("reveal", "end_sessions", "extend", "export", "leave")},
    **{f"billing_subscriptionplan:{name}": on_plans(name) for name in ("show", "retire")},
    **{f"coaching_aiprompttemplate:{name}": button(name) for name in ("_on", "_off", "_back")},
    "notifications_announcement:_schedule": schedule,
    "billing_subscriptionplan:_draft": plan_form(_draft="1"),
    "billing_subscriptionplan_revision": revision,
    "billing_subscriptionplan_import": import_file,
    "billing_release": keyed("billing_release", UserSubscriptionFactory),
    "billing_refund": keyed("billing_refund", PaymentTransactionFactory, amount="1"),
    "operations_resend": no_row("operations_resend"),
    "operations_purge": purge,
    "staff_changerequest_approve": keyed("staff_changerequest_approve", ChangeRequestFactory),
    "staff_accessreview_sign": keyed("staff_accessreview_sign", AccessReviewFactory),
    # Pages.
    "accounts_user_change": person_form,
    "auth_group_add": no_row("auth_group_add", name="새 역할"),
    "auth_group_change": group_form,
    "billing_subscriptionplan_add": no_row("billing_subscriptionplan_add", **PLAN),
    "billing_subscriptionplan_change": plan_form(),
    "coaching_coachingcontrols_add": no_row(
        "coaching_coachingcontrols_add", daily_cap="5", daily_cap_per_person="1", uses_model="on"
    ),
    "coaching_coachingcontrols_change": controls_form,
    "habits_habit_delete": deletion,
}


def test_every_dangerous_act_has_a_case():
    dangerous = {name for name, who in STAFF_ACTS.items() if "!" in who} | permissions.DANGEROUS_PAGES

    assert dangerous | {"habits_habit_delete"} == CASES.keys()


@pytest.mark.parametrize("name", CASES)
def test_a_dangerous_act_leaves_one_row_with_who_what_and_why(client, content, name):
    boss = StaffFactory()
    client.force_login(boss)
    url, sent, key = CASES[name](client)
    before = AuditLog.objects.filter(action="ACT").count()

    answer = client.post(url, sent | {"why": WHY})

    assert answer.status_code == (200 if name == "accounts_user_reveal" else 302)
    assert "/again/" not in answer.get("Location", "")
    row = AuditLog.objects.filter(action="ACT").latest("occurred_at")
    assert AuditLog.objects.filter(action="ACT").count() == before + 1
    assert (row.user_id, row.why, row.new_values["act"]) == (boss.pk, WHY, name)
    assert row.record_id == record_id(row.table_name, str(key))
    assert row.ip_address is not None


def test_roles_that_are_given_are_in_the_trail(client, content):
    boss = StaffFactory()
    client.force_login(boss)
    url, sent, key = person_form(client)

    client.post(url, sent | {"why": WHY})

    row = AuditLog.objects.get(action="ACT", record_id=key)
    assert (row.old_values, row.new_values["groups"]) == ({"groups": []}, ["support"])


def test_permissions_that_are_taken_are_in_the_trail(client, content):
    client.force_login(StaffFactory())
    url, sent, _key = group_form(client)

    client.post(url, sent | {"why": WHY})

    row = AuditLog.objects.get(action="ACT")
    assert "view_user" in row.old_values["permissions"]
    assert (row.new_values["name"], row.new_values["permissions"]) == ("support", [])


def test_the_trail_shows_auditors_which_act_it_was(client, content):
    client.force_login(StaffFactory())
    client.post(page("operations_resend"), {"why": WHY})

    assert "멈춘 것 다시 보내기" in client.get(page("audit_auditlog_changelist")).text
    row = AuditLog.objects.get(action="ACT")
    assert "operations_resend" in client.get(page("audit_auditlog_change", row.pk)).text


def test_what_only_shows_leaves_no_act(client, content):
    client.force_login(StaffFactory())
    plan, person, announcement = SubscriptionPlanFactory(), UserFactory(), AnnouncementFactory()
    url = page("notifications_announcement_change", announcement.pk)
    client.post(
        page("billing_subscriptionplan_changelist"), {"action": "retire", "_selected_action": plan.pk, "why": WHY}
    )
    client.post(page("accounts_user_leave", person.pk), {"why": WHY})
    client.post(url, filled(client, url) | {"_schedule": "1", "why": WHY})
    client.post(page("accounts_user_search"), {"email": person.email})

    assert not AuditLog.objects.filter(action="ACT").exists()
    assert Announcement.objects.get(pk=announcement.pk).state == "draft"


def test_an_act_that_fails_leaves_neither_its_change_nor_its_row(client, content, monkeypatch):
    client.force_login(StaffFactory())
    person = UserFactory()

    def fails(*_args: object, **_named: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("core.audit.act_records.record_id", fails)
    with pytest.raises(RuntimeError):
        client.post(page("accounts_user_export", person.pk), {"why": WHY})

    assert not DataExport.objects.exists()
    assert not AuditLog.objects.filter(action="ACT").exists()


def test_a_change_of_an_announcement_is_in_the_trail(client, content):
    boss = StaffFactory()
    client.force_login(boss)
    row = AnnouncementFactory(title="점검")
    url = page("notifications_announcement_change", row.pk)

    client.post(url, filled(client, url) | {"title": "점검 시간이 바뀌었어요", "why": WHY})

    entry = AuditLog.objects.get(table_name="announcements", record_id=row.pk, action="UPDATE")
    assert (entry.user_id, entry.why, entry.old_values["title"]) == (boss.pk, WHY, "점검")


def test_a_list_act_on_several_rows_names_them(client, content):
    client.force_login(StaffFactory())
    plans = [SubscriptionPlanFactory(is_active=False) for _ in range(2)]
    keys = [plan.pk for plan in plans]

    client.post(page("billing_subscriptionplan_changelist"), {"action": "show", "_selected_action": keys, "why": WHY})

    row = AuditLog.objects.get(action="ACT")
    assert (row.new_values["rows"], row.table_name) == (keys, "subscription_plans")
    assert isinstance(row.record_id, UUID)
    assert User.objects.filter(pk=row.user_id).exists()
