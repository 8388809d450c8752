"""Every table of the document is there for staff: quick however large, and without what people wrote."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.auth.models import Group
from django.db import connection, models
from django.urls import reverse

from accounts import roles
from accounts.models import User
from coaching.models import CoachingMessage, MessageType
from core.admin_base import Records, StaffAdmin
from core.audit.models import AuditLog
from habits.models import HabitLog
from tests.factories.accounts import StaffFactory, UserFactory, UserSessionFactory, UserSocialAccountFactory
from tests.factories.habits import HabitFactory, HabitLogFactory, UserHabitFactory
from tests.factories.rest import (
    AppEventFactory,
    CoachingMessageFactory,
    NotificationDeviceFactory,
    NotificationFactory,
    UploadedFileFactory,
    UserAchievementFactory,
    UserAnalyticsFactory,
)
from wellness.privacy.classification import TABLES

pytestmark = pytest.mark.django_db

DOCUMENT = Path(__file__).parents[1] / "contract/document.sql"
# Tables that never have more than some thousand rows: what staff write, and numbers by the day.
SMALL = {
    "habit_categories", "habits", "achievements", "ai_prompt_templates", "subscription_plans", "announcements",
    "notification_tallies", "coaching_spend", "coaching_controls", "billing_alerts", "metric_values", "auth_group",
    "change_requests", "access_reviews", "challenges",
}  # fmt: skip
LARGE = {model: one for model, one in admin.site._registry.items() if model._meta.db_table not in SMALL}
RECORDS = {model: one for model, one in LARGE.items() if isinstance(one, Records)}


def address(model, page: str = "changelist", *args) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.fixture
def boss(client):
    colleague = StaffFactory()
    client.force_login(colleague)
    return colleague


@pytest.fixture
def secrets(person):
    """Rows of a person in every table, with texts that nobody of the staff may read; returns the texts."""
    habit = UserHabitFactory(user=person, habit=HabitFactory(name="비밀 습관", owner=person), notes="비밀 메모")
    HabitLogFactory(user_habit=habit, notes="비밀 쪽지", mood_score=3, location="gym", weather="snow")
    CoachingMessageFactory(user=person, content="비밀 편지", user_feedback="비밀 대답", sent_at="2026-01-01T00:00Z")
    NotificationFactory(user=person, title="비밀 제목", body="비밀 내용")
    NotificationDeviceFactory(user=person, device_token="비밀 열쇠", address="비밀 주소")
    UserSessionFactory(user=person, refresh_token_hash="비밀 해시", ip_address="203.0.113.7")
    UserSocialAccountFactory(user=person, provider_user_id="비밀 번호")
    UploadedFileFactory(user=person, original_filename="비밀.jpg", storage_path="비밀/길", url="/비밀")
    AppEventFactory(user=person, event_data={"what": "비밀 사실"}, ip_address="203.0.113.7")
    UserAnalyticsFactory(user=person, avg_mood_score=3.25)
    UserAchievementFactory(user=person, context={"what": "비밀 까닭"})
    # Whole words: a random token may have these letters.
    return r"비밀|203\.0\.113\.7|\b3\.25\b|\bgym\b|\bsnow\b|눈|운동하는 곳"


def test_every_table_of_the_document_is_there():
    document = {*re.findall(r"CREATE TABLE (\w+) \(", DOCUMENT.read_text())}

    assert len(document) == 20
    assert document - {model._meta.db_table for model in admin.site._registry} == set()


def test_small_tables_are_known_and_others_cannot_be_written():
    assert {model._meta.db_table for model in admin.site._registry} >= SMALL
    assert LARGE.keys() - RECORDS.keys() == {User}


def test_what_has_happened_is_neither_added_nor_changed_nor_deleted(client, boss):
    for model in RECORDS:
        assert client.get(address(model, "add")).status_code == 403, model
        actions = {name for name, *_rest in RECORDS[model].get_action_choices(client.get(address(model)).wsgi_request)}
        assert "delete_selected" not in actions, model


def indexed(model) -> set[str]:
    """The columns that an index begins with, or that it was made for."""
    query = """
        SELECT pg_get_indexdef(indexrelid, 1, true), pg_get_expr(indpred, indrelid), relname FROM pg_index
        JOIN pg_class ON pg_class.oid = indexrelid WHERE indrelid = %s::regclass
    """
    with connection.cursor() as cursor:
        cursor.execute(query, [model._meta.db_table])
        return {
            word for first, only, _name in cursor.fetchall() for word in re.findall(r"\w+", f"{first} {only or ''}")
        }


def test_large_tables_are_sorted_and_filtered_by_an_index():
    found = {}
    for model, its_admin in LARGE.items():
        first = (its_admin.ordering or ["-pk"])[0].lstrip("-")
        columns = {model._meta.pk.name if first == "pk" else first}
        for entry in its_admin.list_filter:
            name = entry[0] if isinstance(entry, tuple) else getattr(entry, "parameter_name", entry)
            columns.add({"table": "table_name", "type": "event_type"}.get(name, name))
        unserved = columns - indexed(model)
        if unserved or tuple(its_admin.sortable_by or ()) or its_admin.sortable_by is None or its_admin.date_hierarchy:
            found[model.__name__] = unserved

    assert found == {}


def test_no_filter_of_a_large_table_reads_the_table_for_its_choices():
    for model, its_admin in LARGE.items():
        for entry in its_admin.list_filter:
            if isinstance(entry, str) and not (field := model._meta.get_field(entry)).choices:
                assert field.get_internal_type() in ("BooleanField", "DateTimeField", "DateField"), (model, entry)


def shown(its_admin: StaffAdmin) -> set[str]:
    """The columns that a table's pages show."""
    fields = {field.name: field.column for field in its_admin.model._meta.concrete_fields}
    names = {*its_admin.list_display, *(named(its_admin) or fields)}
    return {fields[name] for name in names & fields.keys()}


def named(its_admin):
    """What a row's page names, in groups or not."""
    return its_admin.fields or (flatten_fieldsets(its_admin.fieldsets) if its_admin.fieldsets else [])


def test_no_table_of_people_shows_what_is_sealed_secret_or_about_their_health():
    for model, its_admin in RECORDS.items():
        entry = TABLES[model._meta.db_table]
        hidden = {column for column, kind in entry.columns.items() if kind in ("sensitive", "secret")}
        assert named(its_admin), (model, "names what it shows")
        assert shown(its_admin) & (hidden | {*entry.sealed.split()}) == set(), model


def test_pages_show_no_text_of_a_person(client, boss, person, secrets):
    for model, its_admin in RECORDS.items():
        if not its_admin.owner:
            continue
        rows = model._default_manager.filter(**{its_admin.owner: person})
        pages = [address(model), its_admin.list_of(person.pk), *(address(model, "change", row.pk) for row in rows)]
        for page in pages:
            answer = client.get(page)
            assert answer.status_code == 200, page
            main = answer.text.partition('id="content-main"')[2]
            assert not re.search(secrets, main), (page, re.search(secrets, main))
            assert person.email not in answer.text


@pytest.fixture
def support(client):
    roles.install()
    colleague = UserFactory(is_staff=True)
    colleague.groups.add(Group.objects.get(name="support"))
    client.force_login(colleague)
    return colleague


def test_the_lists_of_a_person_are_linked_from_their_page_and_each_look_is_recorded(client, support, person, secrets):
    other = UserHabitFactory()
    page = client.get(address(User, "change", person.pk)).text

    for model, its_admin in RECORDS.items():
        if not its_admin.owner or not its_admin.has_view_permission(client.get("/admin/").wsgi_request):
            continue
        url = its_admin.list_of(person.pk)
        assert url in page, model
        rows = client.get(url).context["cl"].result_list
        assert {its_admin._person_of(row) for row in rows} <= {person.pk}
        seen = AuditLog.objects.filter(action="READ", table_name=model._meta.db_table)
        assert [(one.user_id, one.record_id) for one in seen] == [(support.pk, person.pk)], model
    habits = RECORDS[type(other)]
    assert client.get(habits.list_of(other.user_id)).context["cl"].result_count == 1


def test_a_list_of_nobody_is_the_whole_list_and_no_look(client, support):
    UserHabitFactory()
    its_admin = RECORDS[apps.get_model("habits", "UserHabit")]

    answer = client.get(address(its_admin.model), {its_admin.of_person: "not-a-person"}, follow=True)

    assert answer.context["cl"].result_count == 1
    assert not AuditLog.objects.filter(action="READ").exists()


def test_a_habit_of_their_own_is_not_named(client, boss, secrets):
    HabitFactory(name="물 마시기")
    UserHabitFactory(habit=HabitFactory(name="물 한 잔"))

    page = client.get(address(apps.get_model("habits", "UserHabit"))).text

    assert "직접 만든 습관" in page
    assert "물 한 잔" in page


def test_no_row_is_called_by_a_moment_alone():
    for model, its_admin in admin.site._registry.items():
        first = next(name for name in its_admin.list_display if name != "id")
        moments = {field.name for field in model._meta.concrete_fields if isinstance(field, models.DateTimeField)}
        assert first not in moments, model


def test_a_record_is_called_as_in_its_list_and_whose_it_is_stands_below(client, boss, person, secrets):
    address_of = {
        its_admin: address(model, "change", model.objects.filter(**{its_admin.owner: person}).first().pk)
        for model, its_admin in RECORDS.items()
        if model in (CoachingMessage, HabitLog)
    }

    titles = {one.opts.model_name: client.get(url).context["title"] for one, url in address_of.items()}
    notes = {client.get(url).context["subtitle"].split(" ·\N{NO-BREAK SPACE}")[-1] for url in address_of.values()}

    assert titles == {
        "coachingmessage": MessageType(CoachingMessage.objects.get().message_type).label,
        "habitlog": "직접 만든 습관",
    }
    assert notes == {person.staff_name}
