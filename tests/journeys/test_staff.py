"""Staff pages in a browser: nothing serious for axe, no sideways scroll, all by keys."""

from itertools import islice

import pytest
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Group
from playwright.sync_api import expect

from accounts import roles
from core.staff import permissions, revisions
from core.staff.models import AccessReview
from habits.models import Habit
from notifications.models import NotificationDelivery
from tests.factories.accounts import UserFactory
from tests.factories.habits import HabitCategoryFactory, HabitFactory, UserHabitFactory
from tests.factories.rest import (
    AccessReviewFactory,
    AchievementFactory,
    ChangeRequestFactory,
    EmailAddressFactory,
    NotificationDeliveryFactory,
    NotificationFactory,
)
from tests.journeys.conftest import faults, is_page, serious
from tests.staff_pages import KINDS, first_rows, pages_of


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
    assert site.faults_of(pages) == {}
    assert AccessReview.objects.count() == 1


def read_file(page, change) -> None:
    """Has a file of all templates read, changed by a function of its text."""
    text = page.request.get(page.url.replace("/import/", "/export/csv/")).text()
    page.set_input_files("[type=file]", {"name": "x.csv", "mimeType": "text/csv", "buffer": change(text).encode()})
    page.get_by_role("button", name="미리 보기").click()
    page.wait_for_load_state("networkidle")


def test_pages_in_the_middle_of_an_act_have_nothing_serious(site, boss):
    """Behind a press: a file with differences, one with errors, a form with errors, what an act touches, the way back."""
    habit = HabitFactory(name="물", translations={"en": {"name": "Water"}})
    for name in ("물", "물 한 잔"):
        habit.name = name
        habit.save()
        revisions.keep(habit, by=boss.pk, why="더 쉽게 찾도록", at=habit.created_at)
    page, found = site.page, {}

    def look(name: str) -> None:
        if wrong := faults(page):
            found[name] = wrong
        page.set_viewport_size({"width": 1280, "height": 900})
        page.emulate_media(color_scheme="light")

    site.open("/admin/habits/habit/import/")
    read_file(page, lambda text: text.replace("물 한 잔", "따뜻한 물"))
    expect(page.locator("table.differences")).to_contain_text("따뜻한 물")
    look("differences")
    read_file(page, lambda text: text.replace(",true", ",maybe", 1))
    expect(page.locator(".errornote")).to_be_visible()
    look("lines with an error")
    site.open(f"/admin/habits/habit/{habit.pk}/change/")
    page.locator("[name=name]").fill("")
    page.locator("[name=_save]").click()
    expect(page.locator(".errornote")).to_be_visible()
    look("a form with an error")
    site.open("/admin/habits/habit/")
    page.locator("input.action-select").first.check()
    page.locator("select[name=action]").select_option("retire")
    page.locator("button[name=index]").click()
    expect(page.get_by_role("button", name="살펴봤어요")).to_be_visible()
    look("what an act touches")
    site.open(f"/admin/habits/habit/{habit.pk}/history/")
    page.locator("details.revert summary").first.click()
    expect(page.locator("details.revert [name=why]").first).to_be_visible()
    look("the way back")

    assert found == {}


# The list of every fourth table, the form of a new row of the next ones, a row, a history: fault_staff_pages.py sees them all.
@pytest.mark.parametrize("kind", range(len(KINDS)), ids=KINDS)
def test_one_page_of_every_table_has_nothing_serious(site, boss, kind):
    paths = [list(pages_of(model, row))[kind] for model, row in islice(first_rows().items(), kind, None, len(KINDS))]

    assert len(paths) > 5
    assert site.faults_of(path for path in paths if is_page(site, path)) == {}


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


def test_letters_and_the_slash_work_while_a_korean_keyboard_is_on(site, boss):
    """Such a keyboard says ㅡ for the key of M; the place of the key is the same."""
    site.page.goto(f"{site.url}/admin/accounts/user/{UserFactory().pk}/change/")
    press = "([key, code]) => document.body.dispatchEvent(new KeyboardEvent('keydown', {key, code, bubbles: true}))"

    site.page.evaluate(press, ["ㅡ", "KeyM"])
    expect(site.page.locator("[data-key=m]")).to_be_focused()

    site.page.evaluate("document.activeElement.blur()")
    site.page.evaluate(press, ["Process", "Slash"])
    expect(site.page.locator("#find-all")).to_be_focused()


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


def test_of_two_texts_one_is_chosen_by_keys_alone(site, boss):
    habit = HabitFactory(name="물", description="설명", translations={"en": {"name": "Water"}})
    page = site.page
    site.open(f"/admin/habits/habit/{habit.pk}/change/")
    Habit.objects.filter(pk=habit.pk).update(name="남의 이름", description="남의 설명")
    page.locator("[name=description]").fill("내 설명")
    page.locator("[name=name]").focus()
    page.keyboard.press("Enter")
    choices = page.locator("fieldset.keep")
    expect(choices).to_have_count(2)
    assert serious(page) == []

    choices.filter(has_text="남의 이름").get_by_label("지금 저장된 것").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.locator("[name=name]").focus()
    page.keyboard.press("Enter")

    page.wait_for_url("**/admin/habits/habit/")
    kept = Habit.objects.get(pk=habit.pk)
    assert (kept.name, kept.description) == ("남의 이름", "내 설명")


# ── Dragged ─────────────────────────────────────────────────────────────────


def drag(page, grip, onto) -> None:
    """Takes a row by its grip and lets it go below the middle of another."""
    start, end = grip.bounding_box(), onto.bounding_box()
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(start["x"] + start["width"] / 2, end["y"] + end["height"] * 0.8, steps=8)
    page.mouse.up()


def test_the_order_of_a_list_is_dragged_by_pointer_and_moved_by_keys(site, boss):
    Habit.objects.all().delete()
    category, other = HabitCategoryFactory(name_en="health"), HabitCategoryFactory(name_en="other", sort_order=99)
    for number, name in enumerate(["하나", "둘", "셋"]):
        HabitFactory(category=category, name=name, sort_order=number)
    HabitFactory(category=other, name="다른 분류")
    page = site.page
    page.set_viewport_size({"width": 1280, "height": 900})
    site.open("/admin/habits/habit/")
    rows = page.locator("#result_list tbody tr")

    with page.expect_response("**/move/") as answered:
        drag(page, rows.nth(0).locator("[data-grip]"), rows.nth(1))
    assert answered.value.status == 302
    expect(rows.locator(".field-name")).to_have_text(["둘", "하나", "셋", "다른 분류"])
    # Not past its own category.
    with page.expect_response("**/move/"):
        drag(page, rows.nth(0).locator("[data-grip]"), rows.nth(2))
    expect(rows.locator(".field-name")).to_have_text(["하나", "셋", "둘", "다른 분류"])
    up = rows.nth(2).get_by_role("button", name="위로")
    up.focus()
    with page.expect_response("**/move/"):
        page.keyboard.press("Enter")
    expect(rows.nth(1).get_by_role("button", name="위로")).to_be_focused()

    site.open("/admin/habits/habit/")
    expect(rows.locator(".field-name")).to_have_text(["하나", "둘", "셋", "다른 분류"])


def test_the_picture_of_a_badge_follows_what_is_typed_and_chosen(site, boss):
    badge = AchievementFactory(icon="footprints", color="", rarity="common")
    page = site.page
    site.open(f"/admin/gamification/achievement/{quote(badge.pk)}/change/")
    picture = page.locator(".badge-preview.is-light[lang=ko]")
    drawing = picture.locator("[data-rarity=legendary] .badge")
    before = drawing.locator(".badge-icon").inner_html()

    page.locator("#id_name").fill("아침 이슬")
    page.locator("#id_rarity").select_option("legendary")
    page.locator("input[name=icon]:not(:checked)").first.check(force=True)
    color = page.locator("input[name=color]:not(:checked)").last.get_attribute("value") or ""
    page.locator(f'input[name=color][value="{color}"]').check(force=True)

    expect(picture.locator("b")).to_have_text("아침 이슬")
    expect(drawing).to_be_visible()
    expect(picture.locator("[data-rarity=common]").first).to_be_hidden()
    expect(drawing).to_have_attribute("data-cat", f"color-{color[1:].lower()}")
    assert drawing.locator(".badge-icon").inner_html() != before
    badge.refresh_from_db()
    assert badge.name != "아침 이슬"


def test_the_card_of_a_template_is_drawn_again_while_it_is_typed(site, boss):
    """Both languages in both themes; nothing is saved."""
    habit = HabitFactory(name="물", translations={"en": {"name": "Water"}})
    site.open(f"/admin/habits/habit/{habit.pk}/change/")
    card = site.page.locator("[data-preview]")

    site.page.locator("[name=name]").fill("아침 이슬")
    site.page.locator("[name=name_en]").fill("Morning dew")

    for theme in ("is-light", "is-dark"):
        for name in ("아침 이슬", "Morning dew"):
            expect(card.locator(f".{theme}", has_text=name)).to_be_visible()
    assert Habit.objects.get(pk=habit.pk).name == "물"


def test_the_rows_of_a_form_are_dragged(site, boss):
    habit = HabitFactory(name="물", tips=["하나", "둘"], translations={"en": {"name": "Water"}})
    page = site.page
    page.set_viewport_size({"width": 1280, "height": 900})
    site.open(f"/admin/habits/habit/{habit.pk}/change/")
    rows = page.locator(".rows-edit:has([name=tips]) > li")
    rows.nth(1).scroll_into_view_if_needed()

    drag(page, rows.nth(0).locator("[data-grip]"), rows.nth(1))
    expect(rows.nth(0).locator("textarea")).to_have_value("둘")
    page.locator("[name=_save]").click()

    page.wait_for_url("**/admin/habits/habit/")
    assert Habit.objects.get(pk=habit.pk).tips == ["둘", "하나"]


def test_the_rows_of_a_form_are_written_and_moved_by_keys_on_a_phone(site, boss):
    habit = HabitFactory(name="물", tips=["하나", "둘"], translations={"en": {"name": "Water"}})
    page = site.page
    page.set_viewport_size({"width": 360, "height": 800})
    site.open(f"/admin/habits/habit/{habit.pk}/change/")
    rows = page.locator(".rows-edit:has([name=tips]) > li")

    rows.nth(1).locator("textarea").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("셋")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(rows.nth(1).locator("textarea")).to_have_value("셋")
    page.locator("[name=_save]").press("Enter")

    page.wait_for_url("**/admin/habits/habit/")
    assert Habit.objects.get(pk=habit.pk).tips == ["하나", "셋", "둘"]


# What can be clicked and is seen, but that no key reaches. A grip has buttons beside it that do the same.
OUT_OF_REACH = """() => {
  const control = "a[href], button, input, select, textarea, summary, [tabindex='0']";
  const clicked = one => getComputedStyle(one).cursor === "pointer" && !one.closest(`${control}, label`);
  return [...document.querySelectorAll("body *")]
    .filter(one => one.checkVisibility() && (one.matches(control) ? one.tabIndex < 0 : clicked(one)))
    .filter(one => !one.closest("[aria-hidden=true]"))
    .map(one => one.outerHTML.slice(0, 120));
}"""


def test_every_control_of_a_staff_page_is_reached_by_keys(site, pages):
    forms = ["gamification/achievement", "coaching/aiprompttemplate", "notifications/announcement", "circles/challenge"]
    found = {}
    for path in [*pages, *(f"/admin/{form}/add/" for form in forms)]:
        site.open(path)
        if out := site.page.evaluate(OUT_OF_REACH):
            found[path] = out

    assert found == {}


# ── Past what stands before the work ────────────────────────────────────────


def test_one_key_leads_past_the_filters_of_a_list(site, boss):
    HabitFactory(name="물")
    page = site.page
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{site.url}/admin/habits/habit/")
    page.locator(".object-tools a").last.focus()

    page.keyboard.press("Tab")
    way = page.get_by_role("link", name="목록으로")
    expect(way).to_be_focused()
    assert way.bounding_box()["height"] >= 44
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.closest('#result_list') !== null")
    assert way.bounding_box()["height"] == 1


def test_the_kinds_of_a_badge_fold_on_a_phone_only(site, boss):
    page, kind = site.page, site.page.get_by_role("button", name="이어 온 날", exact=True)
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"{site.url}/admin/gamification/achievement/add/")
    expect(kind).to_be_hidden()

    page.locator(".folds-on-phone > summary").press("Enter")
    expect(kind).to_be_visible()
    kind.click()
    expect(page.locator(".folds-on-phone > summary")).to_contain_text("이어 온 날")
    expect(kind).to_be_hidden()

    page.set_viewport_size({"width": 1280, "height": 900})
    expect(page.get_by_role("button", name="모두 몇 번", exact=True)).to_be_visible()


# ── As each role ────────────────────────────────────────────────────────────

# What a role opens besides the tables of its menu.
PAGES_OF = {
    "curator": ["/admin/", "/admin/habits/habit/import/", "/admin/analytics/metricvalue/"],
    "support": ["/admin/"],
    "finance": ["/admin/", "/admin/billing/usersubscription/revenue/", "/admin/billing/subscriptionplan/pro/change/"],
    "operator": ["/admin/", "/admin/operations/"],
    "auditor": ["/admin/", "/admin/operations/"],
}


@pytest.mark.parametrize("role", permissions.ROLES)
def test_each_role_opens_every_page_of_its_menu(site, content, role):
    """Signs in, follows the menu; nothing scrolls sideways on a phone. How it looks is tested for every table above."""
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
        if (status := site.page.goto(site.url + path).status) != 200:
            found[path] = status
        if (wide := site.page.evaluate("document.documentElement.scrollWidth")) > 360:
            found[path, "width"] = wide

    tables = {table for table, who in permissions.TABLES.items() if role in who}
    assert len([link for link in links if link.count("/") == 4]) == len(tables)
    assert found == {}
