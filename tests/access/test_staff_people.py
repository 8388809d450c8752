"""Lists of people: they tell apart people whose addresses begin alike, by nothing that is sealed."""

import datetime as dt

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from billing import plans
from billing.models import UserSubscription
from core.admin_base import Records
from core.templatetags import ui
from tests.factories.accounts import StaffFactory, UserFactory, UserSessionFactory
from tests.factories.rest import EmailAddressFactory, SubscriptionPlanFactory, UserSubscriptionFactory
from tests.test_factories import FACTORIES

pytestmark = pytest.mark.django_db

PEOPLE, ADDRESSES = "/admin/accounts/user/", "/admin/account/emailaddress/"
NOW = timezone.now()


@pytest.fixture
def boss(client):
    client.force_login(StaffFactory())
    return client


def cells(browser, url: str, person) -> dict[str, str]:
    """What a list says of a person, by the names of its columns."""
    found = browser.get(url).context["cl"]
    [row] = [one for one in found.result_list if person.pk in (one.pk, getattr(one, "user_id", None))]
    return {
        name: getattr(found.model_admin, name)(row) for name in found.list_display if hasattr(found.model_admin, name)
    }


def test_people_whose_addresses_begin_alike_are_named_differently():
    one, other = UserFactory(email="kim@example.com"), UserFactory(email="ko@example.com")

    assert one.staff_name != other.staff_name
    assert one.staff_name == f"k…@…\N{NO-BREAK SPACE}{str(one.pk)[-6:].upper()}"


def test_every_list_with_a_person_names_them_so(boss):
    for model, its_admin in admin.site._registry.items():
        if not isinstance(its_admin, Records) or not {"user", "person"} & {*its_admin.list_display}:
            continue
        row = FACTORIES[model]()
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")

        assert its_admin.person(model._default_manager.get(pk=row.pk)) in boss.get(url).text, model


def test_the_list_of_people_says_of_each_since_when_what_plan_and_when_last(boss):
    person = UserFactory(timezone="Asia/Tokyo", is_verified=False, last_login=NOW - dt.timedelta(days=9))
    used = UserSessionFactory(user=person, last_used_at=NOW - dt.timedelta(days=2))
    UserSessionFactory(user=person, last_used_at=NOW - dt.timedelta(days=5))
    UserSubscriptionFactory(user=person, plan=SubscriptionPlanFactory(id="pro", name="프로"))

    said = cells(boss, PEOPLE, person)

    assert said == {
        "shown_name": person.staff_name,
        "plan": "프로",
        "joined": ui.moment(person.created_at),
        "last_used": ui.moment(used.last_used_at),
        "lives": "한국어 ·\N{NO-BREAK SPACE}도쿄",
        "standing": "메일\N{NO-BREAK SPACE}확인\N{NO-BREAK SPACE}전",
    }


def test_who_pays_nothing_has_the_free_plan_and_who_never_came_back_was_last_there_at_the_sign_in(boss):
    person = UserFactory(last_login=NOW - dt.timedelta(days=9))
    UserSubscriptionFactory(user=person, phase=UserSubscription.Phase.EXPIRED, status="expired")

    said = cells(boss, PEOPLE, person)

    assert (said["plan"], said["last_used"], said["standing"]) == (
        plans.everything()[plans.FREE_PLAN].text("name"),
        ui.moment(person.last_login),
        "",
    )


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"is_active": False}, "사용\N{NO-BREAK SPACE}중지"),
        ({"is_active": False, "deletion_requested_at": NOW}, "탈퇴\N{NO-BREAK SPACE}중"),
        ({"is_staff": True}, "직원"),
    ],
)
def test_an_account_that_is_not_as_usual_says_so(boss, columns, said):
    assert cells(boss, PEOPLE, UserFactory(**columns))["standing"] == said


def test_the_newest_people_come_first(boss):
    old = UserFactory(created_at=NOW - dt.timedelta(days=300))
    new = UserFactory(created_at=NOW - dt.timedelta(days=3))
    found = [*boss.get(PEOPLE).context["cl"].result_list]

    assert found.index(new) < found.index(old) == len(found) - 1


def test_an_address_says_since_when_and_where_its_person_is(boss):
    person = EmailAddressFactory(user__language="en", user__timezone="Europe/Berlin").user

    said = cells(boss, ADDRESSES, person)

    assert said == {
        "person": person.staff_name,
        "joined": ui.moment(person.created_at),
        "lives": "English ·\N{NO-BREAK SPACE}베를린",
    }


@pytest.mark.parametrize("url", [PEOPLE, ADDRESSES])
def test_more_people_cost_no_more_queries(boss, url):
    def spent() -> int:
        for _ in range(3):
            person = EmailAddressFactory().user
            UserSessionFactory(user=person)
            UserSubscriptionFactory(user=person)
        with CaptureQueriesContext(connection) as asked:
            assert boss.get(url).status_code == 200
        return len(asked)

    spent()

    assert spent() == spent() <= 12


def test_a_subscription_is_called_by_its_person_and_says_its_plan_below(boss):
    row = UserSubscriptionFactory(plan=SubscriptionPlanFactory(id="pro", name="프로"))

    page = boss.get(f"/admin/billing/usersubscription/{row.pk}/change/")

    assert page.context["title"] == row.user.staff_name
    assert page.context["subtitle"].split(" ·\N{NO-BREAK SPACE}")[:2] == ["구독", "프로"]
