"""The timer of a habit done by the minute: it survives the page, asks where it cannot know, and adds one check-in."""

import datetime as dt
import re

import pytest
from playwright.sync_api import expect

from habits.models import HabitLog
from tests.factories.accounts import UserFactory
from tests.factories.habits import UserHabitFactory
from tests.factories.rest import EmailAddressFactory
from tests.waiting import eventually

MINUTES = 60_000
# The start of every running timer, moved into the past by so many milliseconds.
EARLIER = """(by) => {
    const key = Object.keys(localStorage).find((one) => one.startsWith("timers:"));
    const all = JSON.parse(localStorage.getItem(key));
    for (const one of Object.values(all)) one.since -= by;
    localStorage.setItem(key, JSON.stringify(all));
}"""
# A clock that stands at the last noon in Seoul, so that no timer of the test runs over midnight.
NOW = dt.datetime.now(dt.UTC)
NOON = (NOW - dt.timedelta(hours=3)).replace(hour=3, minute=0)


@pytest.fixture
def reading(site, content):
    person = UserFactory(name="지우")
    EmailAddressFactory(user=person)
    started = dt.datetime.now(dt.UTC) - dt.timedelta(days=3)
    habit = UserHabitFactory(
        user=person, custom_name="읽기", target_count=30, unit="분", started_at=started, started_on=started.date()
    )
    site.sign_in(person)
    yield habit
    site.said.clear()


def start(site, habit):
    site.page.locator(f"#row-{habit.pk}").get_by_role("link", name=re.compile("쉬기와 메모")).click()
    site.page.get_by_role("button", name="타이머 시작").click()
    expect(site.page.locator("#dialog")).not_to_have_attribute("open", "")


def test_what_was_timed_is_confirmed_and_becomes_one_check_in(site, reading):
    page = site.page
    start(site, reading)
    expect(page.get_by_role("timer")).to_have_text(re.compile("^00:0"))

    page.evaluate(EARLIER, 25 * MINUTES)
    page.reload()
    expect(page.get_by_role("timer")).to_have_text(re.compile("^25:"))
    page.get_by_role("button", name="그만 재기").click()
    page.get_by_label("몇 분 했어요?").fill("24")
    page.locator(".timer").get_by_role("button", name="저장", exact=True).click()

    assert eventually(lambda: [log.completed_count for log in HabitLog.objects.all()] == [24])
    expect(page.get_by_text("저장해 둔 체크를 보냈어요.")).to_be_visible()
    expect(page.locator(".timer")).to_have_count(0)


def test_what_was_timed_offline_is_kept_and_sent_once(site, reading, context):
    page = site.page
    page.evaluate("navigator.serviceWorker.ready")
    start(site, reading)
    page.evaluate(EARLIER, 10 * MINUTES)

    context.set_offline(True)
    page.get_by_role("button", name="그만 재기").click()
    page.locator(".timer").get_by_role("button", name="저장", exact=True).click()
    expect(page.get_by_text("연결되면 보낼게요").first).to_be_visible()
    assert not HabitLog.objects.exists()
    context.set_offline(False)

    assert eventually(lambda: [log.completed_count for log in HabitLog.objects.all()] == [10])


def test_a_timer_that_ran_over_its_maximum_counts_nothing_by_itself(site, reading):
    page = site.page
    page.clock.set_fixed_time(NOON)
    start(site, reading)

    page.evaluate(EARLIER, 9 * 60 * MINUTES)
    page.reload()
    expect(page.get_by_role("timer")).to_have_text("4:00:00")
    page.get_by_role("button", name="그만 재기").click()
    expect(page.get_by_text("오래 켜져 있었어요.")).to_be_visible()
    expect(page.get_by_label("몇 분 했어요?")).to_have_value("")
    page.locator(".timer").get_by_role("button", name="저장", exact=True).click()
    expect(page.get_by_text("1부터 1,440 사이의 숫자로 입력해 주세요.")).to_be_visible()
    page.get_by_role("button", name="저장하지 않기").click()

    expect(page.locator(".timer")).to_have_count(0)
    assert not HabitLog.objects.exists()


def test_a_timer_left_over_night_asks_and_counts_for_the_day_it_began(site, reading):
    page = site.page
    page.clock.set_fixed_time(NOON)
    start(site, reading)

    page.evaluate(EARLIER, 14 * 60 * MINUTES)
    page.reload()
    page.get_by_role("button", name="그만 재기").click()
    expect(page.get_by_text("오래 켜져 있었어요.")).to_be_visible()
    page.get_by_label("몇 분 했어요?").fill("40")
    page.locator(".timer").get_by_role("button", name="저장", exact=True).click()

    assert eventually(HabitLog.objects.exists)
    log = HabitLog.objects.get()
    assert log.completed_count == 40
    assert log.local_date == (NOON - dt.timedelta(hours=14)).astimezone(dt.timezone(dt.timedelta(hours=9))).date()


def test_nothing_of_a_timer_stays_after_signing_out(site, reading):
    start(site, reading)
    site.open("/me/")
    site.page.get_by_role("button", name="로그아웃").click()
    site.page.wait_for_url("**/")

    left = "Object.keys(localStorage).filter((key) => key.startsWith('timers:'))"
    assert eventually(lambda: site.page.evaluate(left) == [])
