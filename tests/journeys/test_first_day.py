"""The first two minutes: sign up, confirm, choose a habit, check it in, see the streak, take it back."""

import re
import time

import pytest
from playwright.sync_api import expect
from uuid6 import uuid7

from accounts import sessions
from habits.models import HabitLog, UserHabit
from tests.factories.accounts import PASSWORD, UserFactory
from tests.factories.habits import UserHabitFactory
from tests.factories.rest import EmailAddressFactory
from tests.waiting import eventually


@pytest.fixture
def jiwoo(content):
    person = UserFactory(name="지우")
    EmailAddressFactory(user=person)
    return person


def test_a_newcomer_checks_in_a_habit_with_nine_taps_and_two_fields(site):
    page, taps = site.page, 0

    def tap(target):
        nonlocal taps
        taps += 1
        target.click()

    site.open("/")
    tap(page.get_by_role("link", name="1분 만에 시작하기"))
    page.get_by_label("메일 주소").fill("jiwoo@example.com")
    page.get_by_label("비밀번호").fill(PASSWORD)
    tap(page.get_by_role("checkbox", name="모두 동의"))
    tap(page.get_by_role("button", name="시작하기"))
    expect(page.get_by_role("heading", name="메일을 보냈어요")).to_be_visible()

    # The link in the mail is a tap too, and signs in at once.
    taps += 1
    page.goto(site.link_in_mail())
    expect(page.get_by_role("heading", name="요즘 무엇을 돌보고 싶으세요?")).to_be_visible()
    tap(page.get_by_role("checkbox", name=re.compile("건강")))
    tap(page.get_by_role("button", name="다음"))
    tap(page.get_by_role("button", name="다음"))
    tap(page.get_by_role("button", name="시작하기", exact=True))

    tap(page.get_by_role("button", name=re.compile("영양제 먹기, 눌러서 체크하기")))
    expect(page.get_by_role("button", name=re.compile("영양제 먹기, 했어요"))).to_be_visible()
    assert taps <= 9
    assert UserHabit.objects.filter(reminder_times=["21:00"]).count() == 3
    expect(page.get_by_text("1일째")).to_be_visible()

    page.get_by_role("button", name="되돌리기").click()
    expect(page.get_by_role("button", name=re.compile("영양제 먹기, 눌러서 체크하기"))).to_be_focused()
    assert HabitLog.objects.count() == 0


def test_the_first_steps_are_accessible_in_both_themes(site, content):
    person = UserFactory(name="지우")
    EmailAddressFactory(user=person)
    site.sign_in(person)

    assert site.faults_of(["/start/", "/start/habits/?wish=health", f"/start/time/?habit={uuid7()}"]) == {}


def test_today_and_the_catalogue_are_accessible(site, jiwoo):
    UserHabitFactory(user=jiwoo, target_count=8, unit="잔")
    UserHabitFactory(user=jiwoo)
    site.sign_in(jiwoo)

    assert site.faults_of(["/today/", "/habits/", f"/today/{UserHabit.objects.first().pk}/"]) == {}


def test_signed_out_pages_are_accessible(site):
    assert site.faults_of(["/", "/accounts/signup/", "/accounts/login/", "/accounts/password/reset/"]) == {}


def test_gone_back_to_today_shows_the_last_tap(site, jiwoo):
    book = UserHabitFactory(user=jiwoo)
    site.sign_in(jiwoo)

    site.page.locator(f"#ink-{book.pk}").click()
    expect(site.page.locator("#toasts")).to_contain_text("새 배지")  # the first one, told instead of the check-in
    site.open("/habits/")
    site.page.go_back()

    expect(site.page.locator(f"#ink-{book.pk}")).to_have_attribute("aria-label", re.compile("했어요"))


def test_three_quick_taps_are_three_glasses(site, jiwoo):
    water = UserHabitFactory(user=jiwoo, target_count=8, unit="잔")
    site.sign_in(jiwoo)

    glass = site.page.locator(f"#ink-{water.pk}")
    for _tap in range(3):
        glass.click()
    expect(glass).to_have_attribute("aria-label", re.compile("3/8"))

    assert UserHabit.objects.get(pk=water.pk).counted == 3


def test_a_check_in_made_offline_is_sent_once_when_the_connection_is_back(site, jiwoo, context):
    habit = UserHabitFactory(user=jiwoo)
    site.sign_in(jiwoo)
    site.page.evaluate("navigator.serviceWorker.ready")

    context.set_offline(True)
    site.page.locator(f"#ink-{habit.pk}").click()
    expect(site.page.get_by_text("연결되면 보낼게요").first).to_be_visible()
    assert HabitLog.objects.count() == 0
    context.set_offline(False)
    expect(site.page.get_by_role("button", name=re.compile("했어요. 누르면 되돌려요"))).to_be_visible()

    assert HabitLog.objects.filter(user_habit=habit).count() == 1
    # Being offline is what the console complained of.
    site.said.clear()


KEPT = """async (change) => {
  const pages = await caches.open("pages");
  const page = await pages.match("/today/");
  const headers = new Headers(page.headers);
  for (const [name, value] of Object.entries(change)) headers.set(name, value);
  await pages.put("/today/", new Response(await page.blob(), { headers }));
}"""


@pytest.fixture
def kept(site, jiwoo, context):
    """The habit on the Today that the service worker keeps."""
    habit = UserHabitFactory(user=jiwoo)
    site.sign_in(jiwoo)
    site.page.evaluate("navigator.serviceWorker.ready")
    site.open("/today/")
    assert eventually(lambda: site.page.evaluate("caches.match('/today/', { cacheName: 'pages' }).then(Boolean)"))
    yield site.page.locator(f"#ink-{habit.pk}")
    context.set_offline(False)
    # Being offline is what the console complained of.
    site.said.clear()


def test_a_kept_today_opens_offline_and_other_pages_lead_to_it(site, kept, context):
    context.set_offline(True)
    site.open("/today/")
    expect(kept).to_be_visible()

    site.open("/insights/")
    expect(site.page.get_by_text("연결되면 이 화면을 다시 열 수 있어요.")).to_be_visible()
    site.page.get_by_role("link", name="오늘로 가기").click()

    expect(kept).to_be_visible()


@pytest.mark.parametrize("why", ["old", "of another person", "ended elsewhere"])
def test_a_kept_today_is_not_shown(site, jiwoo, kept, context, why):
    if why == "old":
        site.page.evaluate(KEPT, {"Kept-At": str(int(time.time() * 1000) - 4 * 24 * 60 * 60 * 1000)})
    elif why == "of another person":
        site.page.evaluate(KEPT, {"Kept-For": "another"})
        site.open("/insights/")
    else:
        sessions.end_others(jiwoo, keep=None)
        site.open("/insights/")
        site.page.wait_for_url("**/login/**")

    context.set_offline(True)
    site.open("/today/")

    expect(site.page.get_by_text("연결되면 이 화면을 다시 열 수 있어요.")).to_be_visible()
    expect(kept).to_have_count(0)
    expect(site.page.get_by_text("오늘 화면은 그대로 쓸 수 있어요")).to_be_hidden()
    expect(site.page.get_by_role("link", name="오늘로 가기")).to_be_hidden()
    context.set_offline(False)
    site.page.get_by_role("link", name="다시 열기").click()
    expect(site.page.get_by_role("heading", level=1).first).not_to_have_text("인터넷에 연결되어 있지 않아요")


def test_everything_works_without_javascript(site, jiwoo, browser, browser_context_args):
    habit = UserHabitFactory(user=jiwoo)
    plain = browser.new_context(**browser_context_args, java_script_enabled=False).new_page()
    site.page = plain
    site.sign_in(jiwoo)

    plain.locator(f"#ink-{habit.pk}").click()
    expect(plain.locator(f"#ink-{habit.pk}")).to_have_attribute("aria-pressed", "true")
    plain.locator(f"#ink-{habit.pk}").click()
    expect(plain.locator(f"#ink-{habit.pk}")).to_have_attribute("aria-pressed", "false")

    assert HabitLog.objects.count() == 0
    plain.context.close()


def test_nothing_is_wider_than_the_smallest_phone(site, jiwoo):
    UserHabitFactory(user=jiwoo, custom_name="아주아주 긴 이름의 습관" * 8, target_count=10_000, unit="걸음")
    site.sign_in(jiwoo)
    site.page.set_viewport_size({"width": 320, "height": 640})

    habit, wider = f"/today/{UserHabit.objects.get().pk}/", []
    for path in ("/today/", "/habits/", habit, "/accounts/password/change/"):
        site.open(path)
        for text in ("100%", "200%"):
            site.page.evaluate("size => document.documentElement.style.fontSize = size", text)
            if site.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wider.append((path, text))

    site.open(f"{habit}total/")
    number = site.page.get_by_role("spinbutton")
    number.fill("10000")
    assert wider == []
    assert number.evaluate("field => field.scrollWidth <= field.clientWidth")
