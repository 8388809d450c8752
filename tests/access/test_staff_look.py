"""The look of the staff pages: the home's groups and numbers, rights as boxes, records without empty lines, previews."""

import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import roles
from analytics.admin import EVENTS
from billing import gateways
from billing.pages import alert_facts
from circles.models import Challenge
from core import events
from core.admin_base import ShortPaginator
from core.audit.models import AuditLog
from core.crypto import rotation
from core.staff import act_names, labels, permissions
from core.staff_widgets import LinesWidget
from habits.models import Habit, HabitCategory, UserHabit
from notifications import delivery_policy
from notifications.models import Announcement
from notifications.pages import reasons
from tests.factories.accounts import StaffFactory, UserFactory
from tests.factories.habits import HabitCategoryFactory, HabitFactory, UserHabitFactory
from tests.factories.rest import AchievementFactory, PaymentTransactionFactory, UserSubscriptionFactory
from tests.staff_pages import first_rows
from wellness.pages import row_counts

pytestmark = pytest.mark.django_db

HANGUL = re.compile("[가-힣]")


@pytest.fixture
def boss(client):
    client.force_login(StaffFactory())
    return client


def test_a_page_joins_and_reads_its_own_rows_only():
    """An offset would read all rows before the page whole, with their joins."""
    user_habits = UserHabitFactory.create_batch(7)
    rows = UserHabit.objects.select_related("user", "habit").order_by("-started_at", "pk")
    expected = [*rows[4:6]]

    with CaptureQueriesContext(connection) as asked:
        found = [*ShortPaginator(rows, 2).page(3)]

    assert found == expected
    assert len(user_habits) == 7
    [page] = [query["sql"] for query in asked if "JOIN" in query["sql"]]
    assert "OFFSET" not in page


def test_the_home_counts_small_tables_and_estimates_large_ones(boss, monkeypatch):
    monkeypatch.setattr(row_counts, "EXACT", 2)
    category = HabitCategoryFactory()
    HabitFactory.create_batch(3, category=category)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE habits")

    shown = row_counts.texts({"few": HabitCategory.objects.filter(pk=category.pk), "many": Habit.objects.all()})

    assert shown == {"few": "1", "many": f"약 {Habit.objects.count()}"}


def test_the_home_groups_every_table_that_a_colleague_may_see(boss):
    page = boss.get("/admin/")

    grouped = [one.label for group in page.context["groups"] for one in group.entries]
    assert sorted(grouped) == sorted(model._meta.label_lower for model in admin.site._registry)


def constants(module) -> set[str]:
    """The texts that a module names in capitals."""
    return {value for name, value in vars(module).items() if name.isupper() and isinstance(value, str)}


def test_what_is_stored_as_a_code_is_told_in_words():
    told = [*reasons.REASONS.values(), *reasons.ANSWERS.values(), *EVENTS.values(), *alert_facts.NAMES.values()]

    assert constants(delivery_policy) <= reasons.REASONS.keys()
    assert EVENTS.keys() == events.TYPES.keys()
    assert all(HANGUL.search(str(text)) for text in told)
    assert reasons.text("credentials refused: email") == "보내는 곳이 우리 열쇠를 받지 않아서 · 메일"
    assert reasons.text("550 mailbox full") == "550 mailbox full"
    assert alert_facts.told({"charged": 990000, "gateway": "paid 9900"}) == [
        "결제한 금액: 9,900원",
        "대행사: paid 9900",
    ]


def test_tables_and_columns_are_told_by_the_names_of_their_model():
    assert labels.table("users") == "사람"
    assert labels.table("no_such_table") == "no_such_table"
    assert [table for table in {one.table for one in rotation.columns()} if labels.table(table) == table] == []
    assert labels.column(labels.model_of("users"), "name") == "이름"
    assert labels.column(None, "no_such_column") == "no_such_column"


def test_every_act_and_role_has_a_name():
    assert all(HANGUL.search(act_names.name(act)) or act == "analytics_csv" for act in permissions.ACTS)
    assert all(HANGUL.search(act_names.role(role)) for role in permissions.ROLES)


def test_a_role_keeps_the_rights_that_its_form_shows(boss):
    """Each right of each role is a box of the form, also one that no other role has."""
    roles.install()
    for role in Group.objects.all():
        page = boss.get(f"/admin/auth/group/{role.pk}/change/")
        boxes = re.findall(r'name="permissions" value="(\d+)" checked', page.text)

        assert {int(one) for one in boxes} == {*role.permissions.values_list("pk", flat=True)}


def test_what_is_empty_in_a_record_is_named_in_one_line(boss):
    payment = PaymentTransactionFactory(failure_reason=None)

    page = boss.get(f"/admin/billing/paymenttransaction/{payment.pk}/change/")

    assert "비어 있는 칸: " in page.text
    assert "안 된 까닭" in page.text.partition("비어 있는 칸: ")[2].partition("</div>")[0]


def test_an_announcement_is_previewed_while_it_is_typed_and_not_saved(boss):
    sent = {
        "title": "점검",
        "title_en": "Maintenance",
        "body": "쉬어요",
        "body_en": "A short break",
        "is_marketing": "on",
    }

    page = boss.post("/admin/notifications/announcement/preview/", sent)

    assert page.text.count("(광고) 점검") == page.text.count("(광고) Maintenance") == 2
    assert not Announcement.objects.exists()


def test_a_challenge_is_previewed_in_both_languages(boss):
    sent = {
        "name": "걷기",
        "name_en": "Walk",
        "description": "걸어요",
        "description_en": "Go out",
        "month": "2030-01-05",
    }

    page = boss.post("/admin/circles/challenge/preview/", sent)

    assert page.text.count("2030년\N{NO-BREAK SPACE}1월의 도전") == 2
    assert page.text.count("Walk") == 2
    assert not Challenge.objects.exists()


# ── What a deletion takes along, what the trail hides, what gateways are called ──


def test_a_deletion_names_what_goes_along_and_no_row_that_only_joins(boss):
    roles.install()
    role = Group.objects.get(name="auditor")

    page = boss.get(f"/admin/auth/group/{role.pk}/delete/")

    assert page.context["named"] == act_names.role("auditor") != "auditor"
    assert dict(page.context["model_count"]) == {"역할": 1}
    assert "object (" not in page.text


# Each way in which something keeps a category: a foreign key, a name inside JSON.
USERS = {
    "습관 템플릿": lambda category: HabitFactory(category=category),
    "배지의 조건": lambda category: AchievementFactory(
        criteria={"kind": "total", "count": 3, "category": category.name_en}
    ),
}


@pytest.mark.parametrize("kind", USERS)
def test_a_row_in_use_says_what_uses_it_and_is_not_offered_to_be_deleted(boss, kind):
    used, unused = HabitCategoryFactory(name_en="reading"), HabitCategoryFactory(name_en="baking")
    USERS[kind](used)
    here = "/admin/habits/habitcategory/"
    chosen = {"action": "delete_selected", "_selected_action": [str(used.pk), str(unused.pk)], "why": "시험"}
    pages = {
        "form": boss.get(f"{here}{used.pk}/change/"),
        "page": boss.get(f"{here}{used.pk}/delete/"),
        "post": boss.post(f"{here}{used.pk}/delete/", {"post": "yes", "why": "시험"}, follow=True),
        "list": boss.post(here, chosen),
        "list's post": boss.post(here, chosen | {"post": "yes"}),
    }

    for name, page in pages.items():
        assert {str(label): number for label, number in page.context["protected"]} == {kind: 1}, name
        assert "쓰이고 있어서 지울 수 없어요" in page.text, name
        assert not re.search('deletelink|is-danger|name="post"', page.text), name
    assert HabitCategory.objects.filter(pk__in=[used.pk, unused.pk]).count() == 2
    assert "deletelink" in boss.get(f"{here}{unused.pk}/change/").text
    assert 'name="post"' in boss.get(f"{here}{unused.pk}/delete/").text


def test_what_goes_along_with_a_row_does_not_keep_it(boss):
    """The revisions of a row, the permissions of a role."""
    roles.install()
    role = Group.objects.get(name="auditor")

    assert "deletelink" in boss.get(f"/admin/auth/group/{role.pk}/change/").text


def test_a_list_in_its_own_order_marks_no_column_as_sorted(boss):
    """The templates stand in the order that is kept; their names only decide between equals."""
    HabitFactory()

    assert "sortremove" not in boss.get("/admin/habits/habit/").text
    assert "sortremove" in boss.get("/admin/habits/habit/?o=2").text


def test_every_list_with_filters_begins_them_with_a_way_past_them(boss):
    rows, found = first_rows(), {}
    for model in rows:
        page = boss.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"))
        first = re.search(r'id="changelist-filter".*?<(a|summary)\b([^>]*)', page.text, re.S)
        if first is not None:
            found[model] = (
                'href="#result_list"' in first[2] and 'id="result_list" role="table" tabindex="-1"' in page.text
            )

    assert len(found) > 20
    assert [model for model, is_right in found.items() if not is_right] == []


def test_the_trail_says_that_a_value_is_hidden_and_leaves_out_what_was_never_there(boss):
    person = UserFactory(is_active=True, birth_year=None)
    entry = AuditLog.objects.get(table_name="users", record_id=person.pk, action="INSERT")

    page = boss.get(f"/admin/audit/auditlog/{entry.pk}/change/")

    said = dict(re.findall(r'<th scope="row"[^>]*>([^<]+)</th>\s*<td[^>]*>—</td>\s*<td[^>]*>([^<]+)</td>', page.text))
    assert said["메일 주소"] == "가렸어요"
    assert said["쓸 수 있음"] == "예"
    assert "태어난 해" not in said
    assert "[hidden]" not in page.text


def test_every_gateway_has_a_name_and_is_called_by_it(boss):
    payment = PaymentTransactionFactory(payment_gateway="demo", payment_method="card")

    page = boss.get(f"/admin/billing/paymenttransaction/{payment.pk}/change/")

    assert gateways.LABELS.keys() == gateways.GATEWAYS.keys()
    assert re.findall(r'<div class="readonly">(데모|카드|demo|card)</div>', page.text) == ["데모", "카드"]


@pytest.mark.parametrize(("texts", "rows"), [([], 3), (["하나"], 3), (["하나", "둘"], 3), (["하나", "둘", "셋"], 4)])
def test_a_list_of_texts_has_an_empty_row_and_at_least_three(texts, rows):
    shown = LinesWidget().format_value(texts)

    assert (len(shown), shown[-1], shown[: len(texts)]) == (rows, "", texts)


def test_a_role_is_called_by_its_name_where_it_is_deleted(boss):
    roles.install()
    auditor = Group.objects.get(name="auditor")
    page = boss.get(f"/admin/auth/group/{auditor.pk}/delete/").text

    assert ">감사</a>" in page
    assert ">auditor<" not in page


def test_an_empty_value_of_a_list_is_marked_for_phones(boss):
    UserSubscriptionFactory()
    page = boss.get("/admin/billing/usersubscription/").text

    assert re.search(r'data-name="청구를 멈춘 때" data-empty', page)
