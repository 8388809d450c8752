"""Taking one's data out with a bar that moves; leaving, and coming back; taking a consent back; being asked to wait."""

import datetime as dt
import re
import zipfile

import pytest
from playwright.sync_api import expect

from accounts import consents
from habits.models import HabitLog
from tests.factories.accounts import UserFactory
from tests.factories.habits import HabitLogFactory, UserHabitFactory
from tests.factories.rest import EmailAddressFactory
from tests.journeys.conftest import PASSWORD, serious
from wellness.privacy import exports, health_withdrawal
from wellness.privacy.models import DataExport


@pytest.fixture
def jiwoo(content, settings, tmp_path):
    settings.MEDIA_ROOT, settings.DELETION_LEDGER = tmp_path / "media", tmp_path / "deletions.jsonl"
    person = UserFactory(name="지우")
    EmailAddressFactory(user=person)
    HabitLogFactory.create_batch(3, user_habit=UserHabitFactory(user=person))
    return person


def prove(page) -> None:
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="확인").click()


def accessible(page) -> None:
    assert serious(page) == []


def test_an_export_is_gathered_shown_and_received(site, jiwoo, tmp_path):
    page = site.page
    site.sign_in(jiwoo)
    site.open("/me/")
    page.get_by_role("link", name=re.compile("내보내기")).click()
    accessible(page)
    page.get_by_role("button", name="파일 만들기").click()
    prove(page)
    expect(page.get_by_role("heading", name="파일을 만들고 있어요")).to_be_visible()
    accessible(page)

    DataExport.objects.update(state="running", total=120, done=30)
    expect(page.get_by_text("120건 중 30건")).to_be_visible()
    DataExport.objects.update(state="pending", total=0, done=0)
    exports.build_waiting(lambda: dt.datetime.now(dt.UTC))

    with page.expect_download() as download:
        page.get_by_role("link", name="받기").click()
    accessible(page)
    download.value.save_as(tmp_path / "mine.zip")
    assert "json/habit_logs.json" in zipfile.ZipFile(tmp_path / "mine.zip").namelist()


def test_whoever_leaves_may_come_back(site, jiwoo):
    page = site.page
    site.sign_in(jiwoo)
    site.open("/me/")
    page.get_by_role("link", name="계정 지우기").click()
    accessible(page)
    page.get_by_role("button", name="계정 지우기").click()
    prove(page)
    expect(page.get_by_role("heading", name="잘 가요")).to_be_visible()
    accessible(page)

    site.open("/accounts/login/")
    page.locator("[name=login]").fill(jiwoo.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="로그인", exact=True).click()
    expect(page.get_by_text("30일 뒤에 지워져요")).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="돌아올래요").click()
    expect(page.get_by_text("기록은 그대로예요")).to_be_visible()
    site.sign_in(jiwoo)


def test_whoever_takes_back_the_health_consent_sees_what_goes_and_it_goes(site, jiwoo):
    page = site.page
    consents.record(jiwoo, answers={"health": True}, channel="signup", at=jiwoo.created_at)
    HabitLogFactory(user_habit=jiwoo.habits.get(), mood_score=8, notes="비가 왔어요")
    site.sign_in(jiwoo)
    site.open("/me/consents/")
    page.get_by_role("link", name="철회하기 (건강 정보)").click()
    expect(page.get_by_role("listitem").filter(has_text="기분과 기운")).to_contain_text("1번")
    accessible(page)

    page.get_by_role("button", name="동의 철회하고 지우기").click()
    expect(page.get_by_text("전에 남긴 기록을 지우는 중이에요")).to_be_visible()
    accessible(page)
    health_withdrawal.run(dt.datetime.now(dt.UTC) + health_withdrawal.PAUSE)
    page.reload()
    page.get_by_role("button", name="동의하기 (건강 정보)").click()

    expect(page.get_by_role("link", name="철회하기 (건강 정보)")).to_be_visible()
    assert not HabitLog.objects.exclude(mood_score=None).exists()


def test_whoever_tries_on_and_on_is_asked_to_wait(site, jiwoo):
    page = site.page

    for _time in range(6):
        site.open("/accounts/login/")
        page.locator("[name=login]").fill(jiwoo.email)
        page.locator("[name=password]").fill("아니에요 아니에요")
        page.get_by_role("main").get_by_role("button", name="로그인", exact=True).click()

    expect(page.get_by_text("5분 뒤에 다시 해 주세요")).to_be_visible()
    accessible(page)
    # Chromium says of itself that the page came with 429.
    site.said.clear()
