"""Staff pages in a browser: nothing serious for axe, no sideways scroll, all by keys."""

import pytest
from django.contrib.auth.models import Group
from playwright.sync_api import expect

from accounts import roles
from core.staff import permissions, revisions
from core.staff.models import AccessReview
from habits.models import Habit
from notifications.models import NotificationDelivery
from tests.factories.accounts import StaffFactory, UserFactory
from tests.factories.habits import HabitFactory, UserHabitFactory
from tests.factories.rest import (
    AccessReviewFactory,
    ChangeRequestFactory,
    EmailAddressFactory,
    NotificationDeliveryFactory,
    NotificationFactory,
)
from tests.journeys.conftest import serious


@pytest.fixture
def boss(site, content):
    colleague = StaffFactory()
    EmailAddressFactory(user=colleague)
    site.sign_in(colleague)
    return colleague


@pytest.fixture
def pages(boss):
    habit = HabitFactory(name="물", translations={"en": {"name": "Water"}})
    person = UserFactory()
    NotificationDeliveryFactory(state="dead")
    change, review = ChangeRequestFactory(), AccessReviewFactory()
    revisions.keep(habit, by=boss.pk, why="처음", at=habit.created_at)
    return [
        "/admin/",
        "/admin/operations/",
        f"/admin/accounts/user/{person.pk}/change/",
        "/admin/habits/habit/",
        f"/admin/habits/habit/{habit.pk}/change/",
        f"/admin/habits/habit/{habit.pk}/history/",
        f"/admin/habits/habit/{habit.pk}/delete/",
        "/admin/habits/habit/import/",
        "/admin/billing/subscriptionplan/pro/change/",
        "/admin/staff/changerequest/",
        f"/admin/staff/changerequest/{change.pk}/change/",
        f"/admin/staff/accessreview/{review.pk}/change/",
        "/admin/audit/auditlog/",
    ]


def test_staff_pages_have_nothing_serious_in_either_theme(site, pages):
    found = {}
    for path in pages:
        for theme in ("light", "dark"):
            # Before the page opens: axe would measure colours that still fade from one theme to the other.
            site.page.emulate_media(color_scheme=theme)
            site.open(path)
            if wrong := serious(site.page):
                found[path, theme] = wrong
        if site.page.evaluate("document.documentElement.scrollWidth") > 360:
            found[path, "width"] = site.page.evaluate("document.documentElement.scrollWidth")

    assert found == {}
    assert AccessReview.objects.count() == 1


def test_a_person_is_found_and_sent_their_mail_again_by_six_keys(site, boss):
    person = UserFactory()
    dead = NotificationDeliveryFactory(notification=NotificationFactory(user=person), state="failed")
    site.page.set_viewport_size({"width": 1280, "height": 900})
    site.open("/admin/")
    keys = site.page.keyboard

    keys.press("/")
    keys.type(person.email)  # pasted, in one key
    keys.press("Enter")
    site.page.wait_for_url("**/change/")
    keys.press("m")
    keys.press("Enter")

    expect(site.page.locator(".messagelist")).to_contain_text("1개를 다시 보내요")
    assert NotificationDelivery.objects.get(pk=dead.pk).state == "pending"


def test_who_else_is_here_is_said_and_a_form_is_saved_by_keys_alone(site, boss):
    habit = HabitFactory(name="물", translations={"en": {"name": "Water"}})
    site.open(f"/admin/habits/habit/{habit.pk}/change/")
    expect(site.page.locator("[data-here]")).to_have_text("")

    site.page.locator("[name=name]").focus()
    site.page.keyboard.press("End")
    site.page.keyboard.type(" 한 잔")
    site.page.keyboard.press("Enter")

    site.page.wait_for_url("**/admin/habits/habit/")
    assert Habit.objects.get(pk=habit.pk).name == "물 한 잔"


# ── As each role ────────────────────────────────────────────────────────────

# What a role opens besides the tables of its menu.
PAGES_OF = {
    "curator": ["/admin/", "/admin/habits/habit/import/", "/admin/analytics/metricvalue/"],
    "support": ["/admin/"],
    "finance": ["/admin/", "/admin/billing/usersubscription/revenue/", "/admin/billing/subscriptionplan/pro/change/"],
    "operator": ["/admin/", "/admin/operations/"],
    "auditor": ["/admin/", "/admin/operations/"],
}


# A page differs little from role to role, and axe takes a second for each.
seen_by_axe: set[tuple[str, str]] = set()


@pytest.mark.parametrize("role", permissions.ROLES)
def test_each_role_opens_every_page_of_its_menu(site, content, role):
    """Signs in, follows the menu; in both themes nothing is serious for axe, nothing scrolls sideways on a phone."""
    roles.install()
    UserHabitFactory()
    NotificationDeliveryFactory(state="dead")
    colleague = UserFactory(is_staff=True)
    colleague.groups.add(Group.objects.get(name=role))
    EmailAddressFactory(user=colleague)
    site.sign_in(colleague)
    site.open("/admin/")
    links = site.page.locator("#nav-sidebar .menu a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    forms = [f"{link}add/" for link in links if link.startswith("/admin/habits/habit/")]
    found = {}

    for path in dict.fromkeys([*PAGES_OF[role], *links, *forms]):
        for theme in ("light", "dark"):
            site.page.emulate_media(color_scheme=theme)
            answer = site.page.goto(site.url + path)
            if answer.status != 200:
                found[path, theme] = answer.status
            elif (path, theme) not in seen_by_axe and (wrong := serious(site.page)):
                found[path, theme] = wrong
            seen_by_axe.add((path, theme))
        if (wide := site.page.evaluate("document.documentElement.scrollWidth")) > 360:
            found[path, "width"] = wide

    tables = {table for table, who in permissions.TABLES.items() if role in who}
    assert len([link for link in links if link.count("/") == 4]) == len(tables)
    assert found == {}
