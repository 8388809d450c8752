"""Insights in a real browser: nothing serious for axe, the map begins at the newest week, years and spans swap in place."""

import datetime as dt
import re

import pytest
from playwright.sync_api import expect
from uuid6 import uuid7

from habits import checkins
from habits.check_in_details import Details
from tests.factories.accounts import UserFactory
from tests.factories.habits import HabitLogFactory, UserHabitFactory
from tests.factories.rest import EmailAddressFactory
from tests.journeys.conftest import serious

NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture
def jiwoo(content):
    person = UserFactory(name="지우", privacy_settings={"health": True})
    EmailAddressFactory(user=person)
    return person


def test_insights_are_seen_read_and_leafed_through(site, jiwoo):
    book = UserHabitFactory(user=jiwoo, custom_name="책 읽기", started_at=NOW - 500 * DAY)
    for days_ago in (450, 12, 9):
        HabitLogFactory(user_habit=book, completed_at=NOW - days_ago * DAY)
    for days_ago in (3, 2, 1):
        at = NOW - days_ago * DAY
        checkins.check_in(jiwoo, book.pk, key=uuid7(), at=at, now=at, details=Details(mood=8, energy=6))
    page = site.page

    site.sign_in(jiwoo)
    page.get_by_role("link", name="통계").click()
    expect(page.locator("h1#head")).to_be_visible()
    # On a phone the map is wider than its box, which begins at the newest week; the page itself does not scroll sideways.
    box = page.locator(".year-map")
    seen, whole = box.evaluate("it => [it.scrollWidth - it.clientWidth, it.scrollLeft]")
    assert seen > 100
    assert whole == 0 or abs(whole) < 2  # a box that runs from the right counts from there
    assert box.locator("g").last.evaluate("it => it.getBoundingClientRect().right") < 360
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.locator("#year summary").press("Enter")
    expect(page.get_by_role("cell", name="1개 중 1개").first).to_be_visible()
    assert serious(page) == []

    page.locator("#year").get_by_role("link", name=str(NOW.year - 1)).click()
    expect(page.locator("#year").get_by_role("link", name=str(NOW.year - 1))).to_have_attribute("aria-current", "true")
    page.get_by_role("link", name="책 읽기").click()
    expect(page.get_by_role("heading", name="책 읽기")).to_be_visible()
    page.get_by_role("link", name="전체", exact=True).click()
    expect(page.get_by_role("img", name="전체 동안의 습관 힘")).to_be_visible()
    assert serious(page) == []

    # The page of the habit itself shows its strength and its year once one comes to them.
    page.get_by_role("link", name="이어 온 기록 보기").click()
    page.get_by_role("link", name="습관 힘과 한 해 보기").scroll_into_view_if_needed()
    expect(page.locator("#strength")).to_be_visible()
    page.get_by_role("button", name=re.compile("책 읽기, 눌러서")).click()
    expect(page.locator("#year title").last).to_contain_text("했어요")
    assert serious(page) == []
