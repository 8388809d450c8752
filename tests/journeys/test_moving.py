"""A file from another app: chosen, looked at, agreed to, a bar, and the habits are on Today."""

import datetime as dt

import pytest
from playwright.sync_api import expect

from habits.models import HabitImport
from habits.transfer import import_jobs
from tests.factories.accounts import UserFactory
from tests.factories.rest import EmailAddressFactory
from tests.journeys.test_privacy import accessible
from tests.transfer import files


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@pytest.fixture
def jiwoo(content, settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(files, "TODAY", now().date() - files.DAY)
    person = UserFactory(name="지우")
    EmailAddressFactory(user=person)
    return person


def test_years_of_another_app_come_along(site, jiwoo):
    page = site.page
    site.sign_in(jiwoo)
    page.get_by_role("link", name="다른 앱에서 가져오기").click()
    accessible(page)
    file = page.get_by_label("파일", exact=True)
    # As if it were twenty megabytes too long.
    file.evaluate("input => { input.dataset.most = 1 }")
    file.set_input_files({"name": "huge.zip", "mimeType": "application/zip", "buffer": b"00"})
    page.get_by_role("button", name="파일 읽기").click()
    expect(page.get_by_text("너무 큰 파일이에요")).to_be_visible()
    file.evaluate("input => { input.dataset.most = 1000000 }")

    file.set_input_files({"name": "Loop.zip", "mimeType": "application/zip", "buffer": files.loop_zip()})
    page.get_by_role("button", name="파일 읽기").click()
    expect(page.get_by_role("heading", name="읽고 있어요")).to_be_visible()
    accessible(page)
    import_jobs.run_waiting(now)
    expect(page.get_by_role("heading", name="Loop Habit Tracker에서 이만큼 찾았어요")).to_be_visible()
    accessible(page)
    page.get_by_label("물 마시기, 어떻게 할까요?").select_option("가져오지 않기")
    page.get_by_role("button", name="가져오기", exact=True).click()

    expect(page.get_by_role("heading", name="가져오고 있어요")).to_be_visible()
    HabitImport.objects.update(total=120)
    import_jobs.report_progress(HabitImport.objects.get(), 30)
    expect(page.get_by_text("120건 중 30건")).to_be_visible()
    accessible(page)
    import_jobs.run_waiting(now)
    expect(page.get_by_text("새 습관 1개를 시작했어요.")).to_be_visible()
    accessible(page)
    page.get_by_role("link", name="오늘로 가기").click()
    expect(page.get_by_text("Run", exact=True)).to_be_visible()
