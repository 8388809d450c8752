"""Every form and list of staff offers a reason, which is kept beside what it did."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Group, Permission
from django.db.models import Model
from django.urls import reverse

from accounts.models import User
from core.audit.models import AuditLog
from core.staff import colleagues, revisions
from habits.models import Habit
from tests.factories.accounts import StaffFactory, UserFactory
from tests.factories.habits import HabitFactory
from tests.staff_forms import filled, seen
from tests.staff_pages import first_rows

pytestmark = pytest.mark.django_db

WHY = "철자를 고쳐요"
# What the form of each table is sent besides what it holds: a change that is seen.
CHANGES: dict[str, dict[str, Any]] = {
    "accounts.user": {"language": "en"},
    "auth.group": {"name": "새 역할"},
    "billing.subscriptionplan": {"name": "다른 이름"},
    "circles.challenge": {"name": "다른 이름"},
    "coaching.aiprompttemplate": {"name": "다른 이름"},
    "coaching.coachingcontrols": {"daily_cap": "1234"},
    "gamification.achievement": {"name": "다른 이름", "sort_order": "0", "c_json": '{"kind": "total", "need": 1}'},
    "habits.habit": {"name": "다른 이름", "name_en": "Other name"},
    "habits.habitcategory": {"name": "다른 이름"},
    "notifications.announcement": {"title": "다른 제목"},
}
# Forms with a field of its own kind.
SENT: dict[str, Callable[..., dict[str, Any]]] = {
    "auth.group": lambda client, url: seen(client, url) | {"permissions": [Permission.objects.first().pk]}
}


@pytest.fixture
def boss(client):
    client.force_login(StaffFactory())
    return client


def page(model: type[Model], name: str, *keys: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=[quote(key) for key in keys])


def editable(request) -> dict[str, type[Model]]:
    return {
        model._meta.label_lower: model
        for model, its_admin in admin.site._registry.items()
        if its_admin.has_change_permission(request)
    }


def test_every_form_offers_a_reason_and_its_history_shows_it(boss):
    rows = first_rows()
    forms = editable(boss.get("/admin/").wsgi_request)
    missing = {}

    for label, model in forms.items():
        url = page(model, "change", rows[model].pk)
        assert 'name="why"' in boss.get(url).text, label
        sent = SENT.get(label, filled)(boss, url)
        why = f"{WHY} {label}"
        answer = boss.post(url, sent | CHANGES[label] | {"why": why})
        if answer.status_code != 302:
            missing[label] = answer.context["adminform"].form.errors
        elif why not in boss.get(page(model, "history", rows[model].pk)).text:
            missing[label] = "history"
        elif not AuditLog.objects.filter(why=why, user_id__isnull=False).exists():
            missing[label] = "audit trail"

    assert missing == {}
    assert forms.keys() == CHANGES.keys()


def test_every_new_row_is_asked_about(boss):
    request = boss.get("/admin/").wsgi_request
    forms = [page(model, "add") for model, one in admin.site._registry.items() if one.has_add_permission(request)]

    assert [url for url in forms if 'name="why"' not in boss.get(url).text] == []


def test_every_list_with_acts_asks_for_the_reason_of_them(boss):
    rows = first_rows()
    request = boss.get("/admin/").wsgi_request
    lists = [page(model, "changelist") for model, one in admin.site._registry.items() if one.get_actions(request)]

    assert len(rows) > len(lists) > 0
    for url in lists:
        text = boss.get(url).text
        assert "action-select" not in text or 'name="why"' in text, url


def test_the_reason_of_an_act_of_a_list_is_kept_for_each_row(boss):
    habits = HabitFactory.create_batch(2, is_featured=False)

    boss.post("/admin/habits/habit/", {"action": "feature", "_selected_action": [one.pk for one in habits], "why": WHY})

    assert AuditLog.objects.filter(table_name="habits", why=WHY).count() >= len(habits)
    for one in habits:
        assert WHY in boss.get(page(Habit, "history", one.pk)).text


def test_what_was_typed_in_the_list_is_asked_no_second_time(boss):
    habit = HabitFactory()
    choice = {"action": "retire", "_selected_action": [habit.pk], "why": WHY}

    asked = boss.post("/admin/habits/habit/", choice)

    assert f'name="why" maxlength="300" value="{WHY}"' in " ".join(asked.text.split())


def test_a_way_back_has_a_reason_and_its_fields_have_names_of_their_own(boss):
    habit = HabitFactory(name="물")
    now = habit.created_at
    for name in ("물", "물 한 잔", "물 두 잔"):
        habit.name = name
        habit.save()
        revisions.keep(habit, by=None, why="", at=now)
    first = revisions.history(habit)[-1]
    text = boss.get(page(Habit, "history", habit.pk)).text

    ids = re.findall(r' id="([^"]+)"', text)
    assert text.count('name="why"') == 2
    assert len(ids) == len({*ids})
    boss.post(reverse("admin:habits_habit_revision", args=[first.pk]), {"why": WHY})
    assert WHY in boss.get(page(Habit, "history", habit.pk)).text
    assert AuditLog.objects.filter(table_name="habits", record_id=habit.pk, why=WHY).exists()


def test_a_reason_that_was_typed_is_still_there_beside_an_error(boss):
    habit = HabitFactory(name="물")
    url = page(Habit, "change", habit.pk)

    answer = boss.post(url, filled(boss, url) | {"name": "", "why": WHY})

    assert f'value="{WHY}"' in answer.text


def test_colleagues_are_named_in_a_history_and_others_in_part(boss):
    rows, person = first_rows(), UserFactory(name="아무개")
    url = page(Group, "change", rows[Group].pk)
    boss.post(url, SENT["auth.group"](boss, url) | {"name": "새 역할", "why": WHY})

    text = boss.get(page(Group, "history", rows[Group].pk)).text.partition('id="content-main"')[2]

    assert "@example" not in text
    assert User.objects.get(is_superuser=True, pk=boss.session["_auth_user_id"]).name in text
    assert colleagues.names([person.pk]) == {None: "서비스", person.pk: person.staff_name}
