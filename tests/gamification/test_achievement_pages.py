"""The page of achievements, the page of one, its share card, and the shares of holders."""

import datetime as dt
import io
import itertools

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image
from uuid6 import uuid7

from gamification import achievements, rarity, share_cards
from gamification.models import Achievement, ShareCard, UserAchievement, UserProgress
from gamification.pages import achievement_list, share_picture
from habits import checkins
from tests.clock import NOW
from tests.factories.accounts import UserFactory
from tests.factories.habits import UserHabitFactory
from tests.factories.rest import AchievementFactory, UserAchievementFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def only(db):
    """The achievements of the test alone."""
    Achievement.objects.update(is_active=False)
    achievements.forget_catalogue()


@pytest.fixture
def visitor(person):
    client = Client()
    client.force_login(person)
    return client


def page(visitor) -> str:
    return visitor.get(reverse("gamification:achievements")).content.decode()


def test_the_page_shows_earned_next_and_hidden_ones(visitor, person, only):
    AchievementFactory(id="week", name="이레", criteria={"kind": "streak_days", "need": 4})
    AchievementFactory(id="first", name="첫발짝", criteria={"kind": "total", "need": 1}, points=10)
    AchievementFactory(
        id="rain",
        name="빗속",
        criteria={"kind": "weather", "weather": "rain", "need": 1, "hidden": True},
        translations={"ko": {"hint": "젖는 날"}},
    )
    habit = UserHabitFactory(user=person, started_at=NOW - dt.timedelta(3))
    checkins.check_in(person, habit.pk, key=uuid7(), at=NOW, now=NOW)

    shown = page(visitor)

    assert "첫발짝" in shown
    assert "4일 중 1일" in shown
    assert "젖는 날" in shown
    assert "빗속" not in shown
    # Ten of the achievement, one of the check-in.
    assert "11<small>" in shown


def test_large_numbers_are_grouped_and_many_badges_folded(visitor, person, only):
    for number in range(9):
        UserAchievementFactory(user=person, achievement=AchievementFactory(name=f"배지 {number}"), points_earned=150)
    UserProgress.objects.update_or_create(user=person, defaults={"points": 1350})

    shown = page(visitor)

    assert ">1,350<" in shown
    assert "받은 배지 9개 모두 보기" in shown
    assert shown.partition("받은 배지 9개 모두 보기")[0].count('class="badge-card" href') == 8


def test_somebody_without_habits_has_a_page(visitor):
    assert visitor.get(reverse("gamification:achievements")).status_code == 200


def test_after_an_edit_the_page_explains_the_achievement_by_the_rule_of_its_day(visitor, person, only):
    badge = AchievementFactory(id="first", criteria={"kind": "total", "need": 1})
    habit = UserHabitFactory(user=person, started_at=NOW - dt.timedelta(3))
    checkins.check_in(person, habit.pk, key=uuid7(), at=NOW, now=NOW)
    badge.criteria = {"kind": "total", "need": 500}
    badge.save()

    shown = visitor.get(reverse("gamification:achievement", args=["first"])).content.decode()

    assert "받은 날의 조건: 습관 1번 하기" in shown
    assert "습관 500번 하기" in shown
    assert UserAchievement.objects.get().context["act"] == "check_in"


def test_the_page_explains_a_badge_whose_check_in_was_undone(visitor, person, only):
    AchievementFactory(id="first", name="첫발짝", criteria={"kind": "total", "need": 1})
    habit = UserHabitFactory(user=person, started_at=NOW - dt.timedelta(3))
    for _time in range(5):
        checkins.check_in(person, habit.pk, key=uuid7(), at=NOW, now=NOW)
        checkins.undo(person, habit.pk, now=NOW)

    shown = visitor.get(reverse("gamification:achievement", args=["first"])).content.decode()

    assert "첫발짝" in page(visitor)
    assert "체크를 되돌리거나 고쳐도 한 번 받은 배지는 남아요" in shown
    assert UserAchievement.objects.filter(user=person).count() == 1


def test_the_share_link_opens_for_everybody_until_it_is_closed(visitor, person):
    earned = UserAchievementFactory(user=person, earned_at=NOW)
    url = reverse("gamification:share", args=[earned.achievement_id])

    visitor.post(url, {"with_name": "on"})
    card = ShareCard.objects.get()
    address = reverse("gamification:card", args=[card.token])
    answer = Client().get(address)
    picture = Image.open(io.BytesIO(answer.content))
    visitor.post(url, {"close": "1"})

    assert (answer.headers["Content-Type"], picture.size) == ("image/png", (1080, 1080))
    assert "no-store" in answer.headers["Cache-Control"]
    assert (card.with_name, card.with_day) == (True, False)
    assert Client().get(address).status_code == 404


def test_an_address_sees_sixty_cards_a_minute():
    address = reverse("gamification:card", args=["unknown"])
    stranger, other = Client(REMOTE_ADDR="198.51.100.1"), Client(REMOTE_ADDR="203.0.113.1")

    statuses = [stranger.get(address).status_code for _time in range(61)]

    assert statuses == [404] * 60 + [429]
    assert other.get(address).status_code == 404


def test_another_choice_replaces_the_link(person):
    earned = UserAchievementFactory(user=person)
    first = share_cards.make(earned, with_name=True, with_day=True, now=NOW)

    second = share_cards.make(earned, with_name=False, with_day=False, now=NOW)

    assert share_cards.find(first.token, now=NOW) is None
    assert share_cards.find(second.token, now=NOW) == second
    assert share_cards.find(second.token, now=NOW + share_cards.KEPT_FOR) is None


def test_the_name_changes_the_picture_only_if_chosen(person):
    earned = UserAchievementFactory(user=person)
    without = share_picture.png(share_cards.make(earned, with_name=False, with_day=False, now=NOW))
    person.name = "다른 사람"
    person.save()

    again = share_picture.png(share_cards.make(earned, with_name=False, with_day=False, now=NOW))
    named = share_picture.png(share_cards.make(earned, with_name=True, with_day=False, now=NOW))

    assert again == without
    assert named != without


def test_the_first_level_is_no_progress_towards_a_later_one(person, only):
    AchievementFactory(id="high", criteria={"kind": "level", "need": 5})
    AchievementFactory(
        id="either", criteria={"kind": "any", "of": [{"kind": "level", "need": 3}, {"kind": "total", "need": 9}]}
    )

    def percents(points: int) -> list[int]:
        UserProgress.objects.update_or_create(user=person, defaults={"points": points})
        return [item["percent"] for item in achievement_list.page(person, now=NOW)["next"]]

    assert percents(0) == [0, 0]
    # The second of five levels and of three.
    assert percents(100) == [50, 25]


def test_the_picture_and_the_pages_have_the_badges_icon_and_colour(visitor, person, only):
    badge = AchievementFactory(id="worn", icon="leaf", color="#38A169")
    earned = UserAchievementFactory(user=person, achievement=badge)

    def drawn(**changes: str) -> tuple[bytes, str]:
        Achievement.objects.filter(pk="worn").update(**changes)
        card = share_cards.make(earned, with_name=False, with_day=False, now=NOW)
        shown = visitor.get(reverse("gamification:achievement", args=["worn"])).content.decode()
        return share_picture.png(share_cards.find(card.token, now=NOW)), shown[
            shown.index('<svg class="badge"') :
        ].partition("</svg>")[0]

    pictures, drawings = zip(drawn(), drawn(icon="sun"), drawn(color="#3182CE"), drawn(color="#A5332A"), strict=True)

    assert (len({*pictures}), len({*drawings})) == (4, 4)
    assert 'data-cat="color-38a169"' in drawings[0]
    assert "data-cat" not in drawings[3]


def test_a_share_of_few_is_hidden_and_a_published_one_moves_by_many(only):
    badge = AchievementFactory(id="shared")
    people = [UserFactory() for _n in range(rarity.FEWEST)]
    UserAchievement.objects.bulk_create(UserAchievement(user=one, achievement=badge) for one in people[:-1])

    def published() -> int | None:
        rarity.count_holders()
        badge.refresh_from_db()
        return badge.share_percent

    before = published()
    UserAchievement.objects.create(user=people[-1], achievement=badge)
    one_more = published()
    more = [UserFactory() for _n in range(rarity.STEP)]
    UserAchievement.objects.bulk_create(UserAchievement(user=one, achievement=badge) for one in more)
    many_more = published()

    # From 49 to 50 it is one person's doing: nothing is published.
    assert (before, one_more) == (None, None)
    assert many_more is not None


def test_no_walk_from_40_to_80_shows_or_hides_what_one_person_did():
    """Every walk in steps of one that turns twice, and what a person sees who reads the page every day."""
    between, turns = range(40, 81), 0
    for first, second, third in itertools.product(between, between, (40, 80)):
        badge, seen, shown_at = Achievement(), None, None
        walk = [*between[: first - 39], *_steps(first, second), *_steps(second, third)]
        for have in walk:
            rarity.publish(badge, have=have, people=1000)
            if badge.share_percent != seen:
                turns += 1
                assert shown_at is None or abs(have - shown_at) >= rarity.STEP, walk
                seen, shown_at = badge.share_percent, have
            assert badge.share_percent is None or have >= rarity.FEWEST
    assert turns


def _steps(one: int, other: int) -> range:
    return range(one + 1, other + 1) if other >= one else range(one - 1, other - 1, -1)
