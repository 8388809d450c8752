"""Photos in a real browser: chosen and seen at once, refused before they travel, taken away; the picture beside a name."""

import datetime as dt
import re

import pytest
from playwright.sync_api import expect

from habits.models import HabitLog
from tests.factories.accounts import UserFactory
from tests.factories.habits import HabitLogFactory, UserHabitFactory
from tests.factories.rest import EmailAddressFactory
from tests.files import pictures
from tests.journeys.conftest import serious

NOW = dt.datetime.now(dt.UTC)


def chosen(name: str, data: bytes) -> dict:
    return {"name": name, "mimeType": "image/jpeg", "buffer": data}


@pytest.fixture
def jiwoo(content, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    person = UserFactory(name="지우", privacy_settings={"health": True})
    EmailAddressFactory(user=person)
    return person


def test_photos_of_a_check_in_come_and_go_in_its_dialog(site, jiwoo):
    page = site.page
    book = UserHabitFactory(user=jiwoo, custom_name="책 읽기")
    log = HabitLogFactory(user_habit=book, completed_at=NOW)
    site.sign_in(jiwoo)
    site.open(f"/today/{book.pk}/")
    page.locator(".month a[aria-current]").click()
    page.get_by_role("dialog").locator(f"a[href*='{log.pk}']").click()
    dialog = page.get_by_role("dialog")

    dialog.get_by_label("메모").fill("아직 적는 중")
    dialog.get_by_label("사진 고르기").set_input_files([chosen("big.jpg", b"x" * 9 * 1024 * 1024)])
    expect(dialog.get_by_text("8MB보다 큰 사진은 올릴 수 없어요.")).to_be_visible()
    dialog.get_by_label("사진 고르기").set_input_files([chosen(f"{n}.jpg", pictures.photo(400, 300)) for n in "ab"])

    expect(dialog.get_by_role("img", name=re.compile("책 읽기, .*의 사진 2"))).to_be_visible()
    for photo in dialog.locator(".photo img").all():
        expect(photo).to_have_js_property("naturalWidth", 400)
    assert serious(page) == []
    dialog.get_by_role("button", name=re.compile("사진 1 지우기")).click()
    expect(dialog.locator(".photo")).to_have_count(1)
    expect(dialog.get_by_text("3장 더 올릴 수 있어요.")).to_be_visible()
    expect(dialog.get_by_label("메모")).to_have_value("아직 적는 중")
    assert len(HabitLog.objects.get().image_urls) == 1


def test_a_picture_stands_beside_the_name(site, jiwoo):
    page = site.page
    site.sign_in(jiwoo)
    site.open("/me/")
    page.get_by_role("link", name="내 사진 바꾸기").click()

    page.get_by_label("새 사진").set_input_files([chosen("me.jpg", pictures.photo(300, 300))])
    page.get_by_role("button", name="이 사진으로 하기").click()

    expect(page.get_by_text("사진을 바꿨어요.")).to_be_visible()
    expect(page.locator("img.avatar")).to_have_js_property("naturalWidth", 300)
    assert serious(page) == []
