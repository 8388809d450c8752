"""One's habits in a real browser: changed, filled in, rested, arranged by drag and by arrows."""

import datetime as dt
import re

import pytest
from playwright.sync_api import expect
from uuid6 import uuid7

from habits import checkins, pauses
from habits.models import HabitLog
from tests.factories.accounts import UserFactory
from tests.factories.habits import UserHabitFactory
from tests.factories.rest import EmailAddressFactory, NotificationFactory
from tests.journeys.conftest import serious

NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)
# What opens the fields of a check-in besides its amount.
MORE = "시각, 기분, 메모까지 남기기"


@pytest.fixture
def jiwoo(content):
    person = UserFactory(name="지우", privacy_settings={"health": True})
    EmailAddressFactory(user=person)
    return person


@pytest.fixture
def book(jiwoo):
    return UserHabitFactory(user=jiwoo, custom_name="책 읽기", started_at=NOW - 20 * DAY)


def test_a_schedule_is_changed_and_said_while_choosing(site, jiwoo, book):
    page = site.page
    site.sign_in(jiwoo)
    site.open(f"/today/{book.pk}/")
    page.get_by_role("link", name="습관 설정").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("link", name="이름, 주기, 목표").click()

    dialog.get_by_text("며칠에 몇 번").click()
    dialog.get_by_text("줄이기, 이어 하기, 묶음까지 정하기").click()
    dialog.get_by_label("무엇을 한 다음에 할까요?").fill("저녁 먹고")
    expect(dialog.get_by_text("10일에 3번 저녁 먹고", exact=True)).to_be_visible()
    assert serious(page) == []
    dialog.get_by_role("button", name="저장", exact=True).click()

    expect(page.get_by_text("10일에 3번 · 저녁 먹고")).to_be_visible()


def test_a_past_day_is_filled_in_from_the_month(site, jiwoo, book):
    page = site.page
    site.sign_in(jiwoo)
    site.open(f"/today/{book.pk}/")
    page.locator(".month a[aria-current]").click()
    dialog = page.get_by_role("dialog")

    dialog.get_by_text(MORE).click()
    dialog.get_by_role("radio", name="맑아요").check()
    dialog.get_by_label("메모").fill("창가에서")
    assert serious(page) == []
    dialog.get_by_role("button", name="저장").click()

    expect(page.get_by_role("button", name=re.compile("책 읽기, 했어요"))).to_be_visible()
    assert HabitLog.objects.get().notes == "창가에서"


def test_details_are_added_after_one_tap(site, jiwoo, book):
    page = site.page
    site.sign_in(jiwoo)
    page.get_by_role("button", name=re.compile("책 읽기, 눌러서")).click()
    page.get_by_role("link", name="메모·사진·장소도 남기기").click()
    dialog = page.get_by_role("dialog")

    dialog.get_by_role("radio", name="카페").check()
    dialog.get_by_role("radio", name="비", exact=True).check()
    dialog.get_by_role("button", name="저장").click()

    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name=re.compile("책 읽기, 했어요"))).to_be_visible()
    log = HabitLog.objects.get()
    assert (log.location, log.weather) == ("cafe", "rain")


def test_today_is_skipped_with_one_tap_and_taken_back(site, jiwoo, book):
    page = site.page
    site.sign_in(jiwoo)
    site.open(f"/today/{book.pk}/")

    page.get_by_role("link", name="습관 설정").click()
    page.get_by_role("button", name="오늘 쉬기").click()
    expect(page.get_by_text("오늘 쉬어요")).to_be_visible()
    page.get_by_role("button", name="쉼 취소").click()
    page.get_by_role("link", name="습관 설정").click()
    expect(page.get_by_role("button", name="오늘 쉬기")).to_be_visible()


def test_a_tap_is_one_request(site, jiwoo):
    """The ring, the strip, the sum of the group and the bell change with the answer; nothing is asked for after it."""
    page = site.page
    walk, steps = (
        UserHabitFactory(user=jiwoo, custom_name=name, started_at=NOW - 20 * DAY, **rule)
        for name, rule in (("걷기", {}), ("걸음", {"target_count": 100, "unit": "보"}))
    )
    site.sign_in(jiwoo)
    page.wait_for_load_state("networkidle")
    asked = []
    page.on("request", lambda request: asked.append(f"{request.method} {request.url.removeprefix(site.url)}"))
    ring, total, strip = page.locator("#day svg"), page.locator("#summary-anytime"), page.locator("#week-today .vh")
    expect(total).to_have_text("2개 남았어요")

    NotificationFactory(user=jiwoo, dispatched_at=NOW)
    page.locator(f"#ink-{walk.pk}").click()
    # With the badge of the first check-in.
    expect(page.locator("#bell")).to_contain_text("새 알림 2개")
    expect(ring).to_have_attribute("aria-label", "오늘 2개 중 1개 했어요")
    expect(total).to_have_text("2개 중 1개")
    expect(strip).to_contain_text("50%")

    page.locator("#toasts").get_by_role("button", name="되돌리기").click()
    expect(ring).to_have_attribute("aria-label", "오늘 2개 중 0개 했어요")
    expect(strip).to_contain_text("0%")

    page.locator(f"#row-{steps.pk}").get_by_role("link", name="쉬기와 메모").click()
    page.get_by_role("dialog").get_by_role("spinbutton").fill("100")
    page.get_by_role("dialog").get_by_role("button", name="저장").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(total).to_have_text("2개 중 1개")
    expect(page.locator(f"#ink-{steps.pk}")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(f"#ink-{steps.pk}")).to_be_focused()

    # What was asked for later would come within a second of the last answer.
    page.wait_for_timeout(1000)
    assert asked == [
        f"POST /today/{walk.pk}/check-in/",
        f"POST /today/{walk.pk}/undo/",
        f"GET /today/{steps.pk}/total/",
        f"POST /today/{steps.pk}/total/",
    ]


def test_rows_are_dragged_and_moved_by_arrows(site, jiwoo):
    names = ["하나", "둘", "셋"]
    for place, name in enumerate(names):
        UserHabitFactory(user=jiwoo, custom_name=name, sort_order=place)
    page = site.page
    site.sign_in(jiwoo)
    site.open("/habits/mine/")
    rows = page.locator(".arranged .habit-name")

    grip = page.locator(".arranged", has_text="셋").locator("[data-grab]").bounding_box()
    page.mouse.move(grip["x"] + 10, grip["y"] + 10)
    page.mouse.down()
    first = page.locator(".arranged", has_text="하나").bounding_box()
    page.mouse.move(grip["x"] + 10, first["y"] + 4, steps=8)
    with page.expect_response("**/habits/mine/order/"):
        page.mouse.up()
    expect(rows).to_have_text(["셋", "하나", "둘"])

    page.get_by_role("button", name="둘 위로").focus()
    page.keyboard.press("Enter")
    expect(rows).to_have_text(["셋", "둘", "하나"])
    expect(page.get_by_role("button", name="둘 위로")).to_be_focused()
    assert [habit.custom_name for habit in jiwoo.habits.order_by("sort_order")] == ["셋", "둘", "하나"]
    assert serious(page) == []


def test_the_page_of_a_habit_is_accessible_and_fits(site, jiwoo, book):
    today = jiwoo.calendar.day_of(NOW)
    for days_ago in (5, 4, 1):
        at = NOW - days_ago * DAY
        checkins.check_in(jiwoo, book.pk, key=uuid7(), at=at, now=at)
    pauses.skip(jiwoo, book.pk, day=today - 3 * DAY, at=NOW)
    book.refresh_from_db()
    book.anchor = "아주 길고 길어서 한 줄에 다 들어가지 않을 만큼 긴 다음에"
    book.save(update_fields=["anchor"])
    site.sign_in(jiwoo)

    paths = (f"/today/{book.pk}/", f"/today/{book.pk}/days/{today - DAY}/", f"/today/{book.pk}/pause/")
    assert site.faults_of(paths) == {}


# 1,988 characters as the browser counts them; a form sends 2,038, its line breaks being CRLF.
LONG_NOTE = "\n".join(["가" * 38] * 51)


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("where", ["page", "dialog"])
def test_a_note_is_stored_as_it_was_typed_wherever(site, jiwoo, book, browser, browser_context_args, script, where):
    if not script:
        site.page = browser.new_context(**browser_context_args, java_script_enabled=False).new_page()
    page = site.page
    site.sign_in(jiwoo)
    if where == "page":
        site.open(f"/today/{book.pk}/days/{jiwoo.calendar.day_of(NOW) - DAY}/")
    else:
        site.open(f"/today/{book.pk}/")
        page.locator(".month a[aria-current]").click()

    page.get_by_text(MORE).click()
    page.get_by_label("메모").fill(LONG_NOTE)
    page.get_by_role("button", name="저장").click()
    expect(page.get_by_label("메모")).to_have_count(0)

    assert HabitLog.objects.get().notes == LONG_NOTE
    if not script:
        page.context.close()


def test_a_paste_that_is_too_long_is_said_and_never_cut(site, jiwoo, book):
    page, family = site.page, "👨‍👩‍👧‍👦"
    site.sign_in(jiwoo)
    site.open(f"/today/{book.pk}/days/{jiwoo.calendar.day_of(NOW) - DAY}/")
    note = page.get_by_label("메모")

    page.get_by_text(MORE).click()
    note.focus()
    page.keyboard.insert_text(family * 286)
    page.get_by_role("button", name="저장").click()

    assert note.evaluate("field => field.validationMessage") == "메모는 2,000자까지 쓸 수 있어요."
    assert note.input_value() == family * 286
    assert not HabitLog.objects.exists()
    note.fill(family * 285)
    page.get_by_role("button", name="저장").click()
    expect(note).to_have_count(0)
    assert HabitLog.objects.get().notes == family * 285
