"""Circles and achievements in a real browser: nothing serious for axe, a cheer in two presses, the moment of a badge."""

import datetime as dt

import pytest
from playwright.sync_api import expect

from gamification import achievements
from gamification.models import Achievement
from tests.factories.accounts import UserFactory
from tests.factories.circles import CircleMemberFactory, SharedHabitFactory, TogetherPartFactory
from tests.factories.habits import HabitLogFactory, UserHabitFactory
from tests.factories.rest import AchievementFactory, EmailAddressFactory
from tests.journeys.conftest import serious

NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture
def jiwoo(content):
    person = UserFactory(name="지우")
    EmailAddressFactory(user=person)
    return person


@pytest.fixture
def circle(jiwoo):
    """Jiwoo and two friends, one of whom keeps a habit with her."""
    me = CircleMemberFactory(user=jiwoo, nickname="지우")
    walk = UserHabitFactory(user=jiwoo, custom_name="점심 걷기")
    mine = SharedHabitFactory(member=me, user_habit=walk, shared_on=walk.started_on)
    for name in ("민서", "도현"):
        friend = CircleMemberFactory(circle=me.circle, nickname=name)
        theirs = UserHabitFactory(user=friend.user, habit=walk.habit, custom_name=f"{name} 걷기")
        shared = SharedHabitFactory(member=friend, user_habit=theirs, shared_on=walk.started_on)
        HabitLogFactory(user_habit=theirs, completed_at=NOW - DAY)
        if name == "민서":
            for seat, one in enumerate((mine, shared), start=1):
                TogetherPartFactory(shared=one, seat=seat)
    return me.circle


def test_a_circle_is_seen_and_a_friend_cheered(site, jiwoo, circle):
    page = site.page
    site.sign_in(jiwoo)
    page.goto(f"{site.url}/achievements/")
    assert serious(page) == []
    page.get_by_role("link", name="함께", exact=True).first.click()

    expect(page.get_by_role("heading", name="아침을 여는 사람들")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.get_by_text("응원", exact=True).first.click()
    assert serious(page) == []
    page.get_by_role("button", name="햇살").first.click()
    page.get_by_text("응원함", exact=True).first.click()
    expect(page.get_by_text("햇살 보냄")).to_be_visible()
    expect(page.get_by_text("민서 님과 함께 이은 날")).to_be_visible()

    page.get_by_role("button", name="링크 만들기").click()
    expect(page.get_by_text("/c/")).to_be_visible()
    page.get_by_role("link", name="고르기", exact=True).click()
    expect(page.get_by_role("checkbox", name="점심 걷기")).to_be_checked()
    assert serious(page) == []


def test_a_badge_has_its_moment_and_the_next_tap_goes_on(site, jiwoo):
    Achievement.objects.exclude(pk="first_check").update(is_active=False)
    Achievement.objects.filter(pk="first_check").update(rarity="rare")
    achievements.forget_catalogue()
    for name in ("물 마시기", "책 읽기"):
        UserHabitFactory(user=jiwoo, custom_name=name)
    page = site.page
    site.sign_in(jiwoo)

    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    page.get_by_role("button", name="물 마시기").click()
    moment = page.locator("#moment .moment")
    expect(moment).to_be_visible()
    assert len(posts) == 1
    # The focus stays at the check-in, and nothing covers the next one.
    assert page.evaluate("document.activeElement.id").startswith("ink-")
    assert serious(page) == []
    page.get_by_role("button", name="책 읽기").click()
    expect(page.get_by_role("button", name="책 읽기")).to_have_attribute("aria-pressed", "true")
    expect(moment).to_have_count(1)
    moment.get_by_role("button", name="닫기").click()
    expect(moment).to_have_count(0)


def test_a_badge_leads_to_its_card_which_is_shared_and_saved_without_motion(site, jiwoo):
    page = site.page
    page.emulate_media(reduced_motion="reduce")
    # The sheet of the device, which a browser without a screen does not have.
    page.add_init_script(
        "navigator.canShare = () => true; let told; window.shared = new Promise((resolve) => (told = resolve));"
        "navigator.share = async ({ files }) => told(files.map((one) => [one.type, one.size]));"
    )
    UserHabitFactory(user=jiwoo, custom_name="책 읽기", started_at=NOW - 20 * DAY)
    Achievement.objects.update(is_active=False)
    AchievementFactory(id="great", name="큰 배지", rarity="epic", icon="leaf", criteria={"kind": "total", "need": 1})
    achievements.forget_catalogue()
    site.sign_in(jiwoo)
    site.open("/today/")
    page.get_by_role("button", name="책 읽기").click()
    moment = page.locator("#moment .moment")
    expect(moment).to_be_visible()
    assert page.evaluate("document.getAnimations().filter((one) => one.playState === 'running').length") == 0

    moment.get_by_role("link", name="공유 카드 만들기").click()
    page.get_by_role("button", name="링크 만들기").click()

    picture = page.get_by_role("img", name="공유되는 그림")
    expect(picture).to_be_visible()
    assert picture.evaluate("async (one) => { await one.decode(); return one.naturalWidth; }") == 1080
    page.get_by_role("button", name="공유하기").click()
    [shared] = page.evaluate("window.shared")
    assert shared[0] == "image/png"
    assert shared[1] > 1000
    with page.expect_download() as saved:
        page.get_by_role("link", name="그림으로 저장").click()
    assert saved.value.suggested_filename == "wellnessai.png"
    assert serious(page) == []
