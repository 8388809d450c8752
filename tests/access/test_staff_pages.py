"""Staff input is validated, so that a mistake cannot break a person's page."""

import re

import pytest
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import label_for_field
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from analytics.models import MetricValue
from core.audit.models import AuditLog
from core.staff import json_fields
from habits.models import Habit
from tests.factories.accounts import UserFactory
from tests.factories.habits import HabitFactory, UserHabitFactory
from tests.factories.rest import EmailAddressFactory
from tests.staff_forms import seen

pytestmark = pytest.mark.django_db

HOSTILE = ["[" * 20_000, "9" * 5000, r'{"en": {"name": "\u0000"}}', r'{"en": {"name": "\ud800"}}', "{"]
WRONG = {
    "translations": ["[]", "1", '"x"', '{"en": 1}', '{"en": {"name": 1}}', '{"en": {"tips": [1]}}'],
    "default_schedule": ["[]", "1", '"x"'],
    "instructions": ["1", '"x"', '{"a": 1}', "[1]"],
    "tips": ["1", "[[]]"],
    "limits": ["[]", '{"max_habits": "x"}', '{"max_habits": 1.5}', '{"max_habits": -2}', '{"max_habits": true}'],
    "features": ["{}", "1", '"x"', "[1]", "[[]]"],
    "variables": [
        "[]",
        '["streak"]',
        '{"streak": 1}',
        '{"streak": "date"}',
        '{"a b": "string"}',
        '{"streak": ["string"]}',
    ],
}
RIGHT = {
    "translations": ["{}", '{"en": {"name": "Water", "tips": ["Drink"]}}'],
    "default_schedule": ["{}", '{"times": 3}'],
    "instructions": ["null", '["Drink"]'],
    "limits": ['{"max_habits": -1, "photo_storage_mb": 5}'],
    "features": ["[]", '["무제한 습관"]'],
    "variables": ["null", "{}", '{"habit": "string", "streak": "integer"}'],
}


@pytest.fixture
def boss(client):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


def field(column: str) -> json_fields.JSONField:
    made = json_fields.JSONField(required=False)
    made.shape = json_fields.SHAPES[column]
    return made


def is_taken(column: str, text: str) -> bool:
    try:
        field(column).clean(text)
    except ValidationError:
        return False
    return True


def test_json_of_another_shape_is_refused():
    for column, texts in WRONG.items():
        for text in (*texts, *HOSTILE):
            assert not is_taken(column, text), (column, text[:40])


def test_json_of_its_shape_is_taken():
    for column, texts in RIGHT.items():
        for text in texts:
            assert is_taken(column, text), (column, text)


def test_nobody_is_put_into_a_time_zone_that_there_is_not(boss, person):
    sent = {"timezone": "Asia/Nowhere", "language": "ko", "is_active": "on", "why": "시험"}

    url = f"/admin/accounts/user/{person.pk}/change/"
    answer = boss.post(url, sent | seen(boss, url))

    assert "timezone" in answer.context["adminform"].form.errors
    assert User.objects.get(pk=person.pk).timezone == "Asia/Seoul"


@pytest.mark.parametrize("one_by_one", [True, False])
def test_what_is_in_use_is_not_deleted_and_staff_are_told(boss, one_by_one):
    used = UserHabitFactory().habit
    here = "/admin/habits/habit/"
    if one_by_one:
        answer = boss.post(f"{here}{used.pk}/delete/", {"post": "yes", "why": "시험"}, follow=True)
    else:
        choice = {"action": "delete_selected", "_selected_action": [str(used.pk)], "post": "yes", "why": "시험"}
        answer = boss.post(here, choice, follow=True)

    assert answer.status_code == 200
    assert "쓰이고 있어서 지울 수 없어요" in answer.content.decode()
    assert "성공적으로" not in answer.content.decode()
    assert Habit.objects.filter(pk=used.pk).exists()


def test_what_nobody_uses_is_deleted(boss):
    unused = HabitFactory()

    url = f"/admin/habits/habit/{unused.pk}/delete/"

    boss.post(url, {"post": "yes", "why": "시험"} | seen(boss, url))

    assert not Habit.objects.filter(pk=unused.pk).exists()


def test_what_changed_after_it_was_shown_is_asked_about_again(boss):
    habit = HabitFactory(name="물")
    here, url = "/admin/habits/habit/", f"/admin/habits/habit/{habit.pk}/delete/"
    chosen = {"action": "delete_selected", "_selected_action": [str(habit.pk)], "why": "시험"}
    alone, together = {"post": "yes", "why": "시험"} | seen(boss, url), boss.post(here, chosen)
    shown = re.search(r'name="seen" value="(\w+)"', together.text)[1]
    Habit.objects.filter(pk=habit.pk).update(name="물 한 잔")

    again = [boss.post(url, alone, follow=True), boss.post(here, chosen | {"post": "yes", "seen": shown})]

    for page in again:
        assert "그사이 바뀌었어요" in page.text
        assert "물 한 잔" in page.text
    assert Habit.objects.filter(pk=habit.pk).exists()
    shown = re.search(r'name="seen" value="(\w+)"', again[1].text)[1]
    boss.post(here, chosen | {"post": "yes", "seen": shown})
    assert not Habit.objects.filter(pk=habit.pk).exists()


def test_a_filter_that_means_nothing_is_left_out_and_staff_are_told(boss):
    for model in admin.site._registry:
        here = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")

        if model is MetricValue:
            continue  # its list is the dashboard
        answer = boss.get(here, {f"{model._meta.pk.name}__regex": "("})

        assert (answer.status_code, answer.get("location")) == (302, f"{here}?e=1"), here
    for lookup, value in (("created_at__year", "99999"), ("created_at__gt", "9" * 30), ("nothing", "1")):
        answer = boss.get("/admin/habits/habit/", {lookup: value})

        assert answer.status_code == 302, lookup
    assert "모두 보여" in boss.get("/admin/habits/habit/?e=1").text


def test_staff_read_korean_names():
    for model, its_admin in admin.site._registry.items():
        names = [model._meta.app_config.verbose_name, model._meta.verbose_name, model._meta.verbose_name_plural]
        names += [label_for_field(column, model, its_admin) for column in its_admin.list_display]
        for name in names:
            assert re.search("[가-힣]", str(name)), (model, name)


LOOKUPS = ["exact", "in", "isnull", "startswith", "regex", "gt", "lt", "gte", "range", "contains", "year"]


def paths_of(model) -> list[str]:
    """Each column of the model, and each column one relation away, in either direction."""
    paths = []
    for relation in model._meta.get_fields():
        paths.append(relation.name)
        if relation.is_relation and relation.related_model:
            paths += [f"{relation.name}__{field.name}" for field in relation.related_model._meta.get_fields()]
    return paths


def declared_paths(its_admin) -> set[str]:
    chosen = [entry[0] if isinstance(entry, tuple | list) else entry for entry in its_admin.list_filter]
    of_person = getattr(its_admin, "owner", "")
    asked = {getattr(one, "parameter_name", one) for one in chosen}
    return {*asked, its_admin.date_hierarchy, of_person} - {None, ""}


def test_lists_of_staff_answer_no_lookup_that_is_not_declared(rf):
    asked = 0
    for model, its_admin in admin.site._registry.items():
        declared = declared_paths(its_admin)
        for path in paths_of(model):
            for lookup in [path, *(f"{path}__{name}" for name in LOOKUPS)]:
                if path in declared or any(path == f"{one}__id" for one in declared):
                    continue
                with pytest.raises(IncorrectLookupParameters):
                    its_admin.lookup_allowed(lookup, "x", rf.get("/"))
                asked += 1
    assert asked > 5_000


def test_a_hidden_column_cannot_be_asked_by_a_filter(client, person):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    here = "/admin/accounts/user/"
    asked = [{"password__startswith": start} for start in (person.password[:4], "nothing")]
    asked += [{"birth_year__exact": year} for year in (1990, 1901)]
    asked += [{"email_index__startswith": person.email_index[:3]}, {"sessions__refresh_token_hash__gt": ""}]

    answers = {(answer.status_code, answer["location"]) for one in asked for answer in [client.get(here, one)]}

    assert answers == {(302, f"{here}?e=1")}


def test_every_declared_filter_answers(boss, person):
    for model in admin.site._registry:
        here = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        links = re.findall(r'href="(\?[^"]+)"', boss.get(here).text)
        for link in links:
            answer = boss.get(here + link.replace("&amp;", "&"))
            assert answer.status_code == 200, (here, link)


@pytest.fixture
def support(client):
    call_command("staff_roles")
    colleague = UserFactory(is_staff=True)
    colleague.groups.set(Group.objects.filter(name="support"))
    client.force_login(colleague)
    return colleague


def reads() -> list[tuple]:
    return list(AuditLog.objects.filter(action="READ").values_list("user_id", "record_id", "ip_address", "table_name"))


def test_whom_staff_looked_at_is_recorded(client, support, person):
    address = EmailAddressFactory(user=person)
    pages = {
        f"/admin/accounts/user/{person.pk}/change/": "users",
        f"/admin/accounts/user/{person.pk}/history/": "users",
        f"/admin/account/emailaddress/{address.pk}/change/": "account_emailaddress",
    }

    for page, table in pages.items():
        before = len(reads())
        assert client.get(page).status_code == 200, page
        assert reads()[before:] == [(support.pk, person.pk, "127.0.0.1", table)], page


def test_a_person_is_found_by_a_posted_address(client, support, person, caplog):
    found = client.post("/admin/accounts/user/search/", {"email": person.email})
    unknown = client.post("/admin/accounts/user/search/", {"email": "nobody@example.com"})

    assert found.url == f"/admin/accounts/user/{person.pk}/change/"
    assert reads() == [(support.pk, person.pk, "127.0.0.1", "users")]
    assert unknown.url == "/admin/accounts/user/"
    assert client.post("/admin/find/", {"words": person.email}).url == found.url
    assert "request_finished" in caplog.text
    assert "@example.com" not in caplog.text
    assert client.get("/admin/accounts/user/search/").status_code == 405


def test_no_staff_page_shows_or_links_an_address(client, support, person):
    for page in ("", f"{person.pk}/change/"):
        shown = client.get(f"/admin/accounts/user/{page}").text
        assert f"{person.email[0]}…@…" in shown
        assert person.email.partition("@")[2] not in shown
    for here in ("/admin/accounts/user/", "/admin/account/emailaddress/"):
        assert 'name="q"' not in client.get(here).text
        # An address in the URL finds nobody: the whole list answers.
        assert len(client.get(here, {"q": person.email}).context["cl"].result_list) == len(
            client.get(here).context["cl"].result_list
        )


def test_other_roles_find_nobody(client, person):
    call_command("staff_roles")
    colleague = UserFactory(is_staff=True)
    colleague.groups.set(Group.objects.filter(name="curator"))
    client.force_login(colleague)

    assert client.post("/admin/accounts/user/search/", {"email": person.email}).status_code == 403
    assert reads() == []


def test_a_person_who_is_no_longer_staff_keeps_nothing_of_it(client):
    """Neither a role that would return with the next appointment, nor all permissions, nor a session."""
    call_command("staff_roles")
    colleague = UserFactory(is_staff=True, is_superuser=True)
    colleague.groups.set(Group.objects.filter(name="support"))
    theirs = Client()
    theirs.force_login(colleague)
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    url = f"/admin/accounts/user/{colleague.pk}/change/"
    kept = {"is_active": "on", "language": "ko", "timezone": "Asia/Seoul", "is_superuser": "on", "why": "시험"}

    answer = client.post(url, kept | seen(client, url) | {"groups": [group.pk for group in colleague.groups.all()]})

    colleague.refresh_from_db()
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert (colleague.is_staff, colleague.is_superuser, [*colleague.groups.all()]) == (False, False, [])
    assert theirs.get("/me/").status_code == 302


def test_the_database_refuses_a_superuser_who_is_not_staff(person):
    person.is_superuser = True

    with pytest.raises(IntegrityError), transaction.atomic():
        person.save()
