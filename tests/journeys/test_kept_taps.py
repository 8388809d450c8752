"""Taps that the server did not take: kept on the device, said in true words, and sent once."""

import re

import pytest
from playwright.sync_api import expect

from accounts import sessions
from habits.models import HabitLog
from tests.factories.accounts import UserFactory
from tests.factories.habits import UserHabitFactory
from tests.factories.rest import EmailAddressFactory
from tests.journeys.conftest import PASSWORD
from tests.waiting import eventually


@pytest.fixture
def jiwoo(content):
    person = UserFactory(name="지우")
    EmailAddressFactory(user=person)
    return person


@pytest.fixture
def walk(site, jiwoo):
    habit = UserHabitFactory(user=jiwoo, custom_name="걷기")
    site.sign_in(jiwoo)
    yield habit
    # Failed requests are what the console complained of.
    site.said.clear()


def sign_in_again(site, jiwoo):
    site.page.wait_for_url("**/login/**")
    site.page.locator("[name=login]").fill(jiwoo.email)
    site.page.locator("[name=password]").fill(PASSWORD)
    site.page.locator("[name=password]").press("Enter")
    site.page.wait_for_url("**/today/**")


@pytest.mark.parametrize("lost", ["session", "cookies"])
def test_a_tap_while_signed_out_is_sent_after_the_login(site, jiwoo, walk, lost):
    if lost == "session":
        sessions.end_others(jiwoo, keep=None)
    else:
        site.page.context.clear_cookies()

    site.page.locator(f"#ink-{walk.pk}").click()
    sign_in_again(site, jiwoo)

    expect(site.page.get_by_role("button", name=re.compile("걷기, 했어요"))).to_be_visible()
    assert HabitLog.objects.filter(user_habit=walk).count() == 1


def test_a_tap_while_the_server_is_down_is_sent_when_it_is_back(site, walk):
    page = site.page
    page.route("**/check-in/", lambda route: route.fulfill(status=503))

    page.locator(f"#ink-{walk.pk}").click()
    expect(page.get_by_text("서버에 닿지 않아요.")).to_be_visible()
    expect(page.locator(f"#ink-{walk.pk}")).to_have_attribute("aria-label", "걷기, 연결되면 보낼게요")
    assert not HabitLog.objects.exists()
    page.unroute("**/check-in/")
    # On another page: what is kept is sent from any.
    site.open("/insights/")

    assert eventually(lambda: HabitLog.objects.filter(user_habit=walk).count() == 1)


def check_in(ink):
    """Taps and waits for the answer: until then another tap on a finished habit does nothing."""
    ink.click()
    expect(ink).to_have_accessible_name(re.compile("걷기, 했어요"))


def test_an_undo_made_offline_is_sent_when_the_connection_is_back(site, walk, context):
    page = site.page
    page.evaluate("navigator.serviceWorker.ready")
    ink = page.locator(f"#ink-{walk.pk}")
    check_in(ink)

    context.set_offline(True)
    ink.click()
    expect(ink).to_have_attribute("aria-pressed", "false")
    expect(page.get_by_text("연결되면 보낼게요").first).to_be_visible()
    assert HabitLog.objects.count() == 1
    context.set_offline(False)

    assert eventually(lambda: not HabitLog.objects.exists())


def test_an_undo_made_offline_is_taken_back_by_another_tap(site, walk, context):
    page = site.page
    page.evaluate("navigator.serviceWorker.ready")
    ink = page.locator(f"#ink-{walk.pk}")
    check_in(ink)
    context.set_offline(True)
    ink.click()
    expect(ink).to_have_attribute("aria-pressed", "false")

    ink.click()

    expect(ink).to_have_attribute("aria-pressed", "true")
    context.set_offline(False)
    page.wait_for_timeout(1000)
    assert HabitLog.objects.count() == 1


def test_every_day_of_the_year_is_read_by_the_arrow_keys(site, walk):
    page = site.page
    site.open("/insights/")
    page.locator(".year-map").focus()

    page.keyboard.press("ArrowUp")
    expect(page.locator("[data-cell-text]")).to_contain_text("아직 열려 있어요")


def test_a_phone_on_its_side_shows_two_habits(site, jiwoo, walk):
    other = UserHabitFactory(user=jiwoo, custom_name="책")
    site.page.set_viewport_size({"width": 740, "height": 360})
    site.open("/today/")

    for habit in (walk, other):
        box = site.page.locator(f"#row-{habit.pk}").bounding_box()
        assert box["y"] + box["height"] <= 360
