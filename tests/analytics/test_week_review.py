"""Sunday evening's look back: the days as they were, one kind sentence, and a picture that names nothing."""

import datetime as dt
import io

import pytest
from django.db import IntegrityError
from django.test import Client
from PIL import Image

from analytics.pages import week_review
from gamification import share_cards
from gamification.models import ShareCard
from gamification.pages import share_picture
from habits.day_totals import DayTotal
from habits.pages import day_progress, today
from tests.factories.habits import HabitLogFactory, UserHabitFactory
from tests.factories.rest import UserAchievementFactory

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
# A Sunday, and its evening in Seoul.
SUNDAY = dt.date(2026, 11, 22)
EVENING = dt.datetime(2026, 11, 22, 9, 30, tzinfo=dt.UTC)


@pytest.fixture
def walk(person):
    since = SUNDAY - 30 * DAY
    return UserHabitFactory(
        user=person, custom_name="걷기", started_on=since, started_at=dt.datetime.combine(since, dt.time(3), dt.UTC)
    )


def do(habit, *days):
    for day in days:
        HabitLogFactory(
            user_habit=habit, completed_at=dt.datetime.combine(day, dt.time(3), dt.UTC), local_date=day, target_count=1
        )


def page(person, now=EVENING):
    return week_review.page(person, now=now)


@pytest.mark.parametrize(
    ("now", "over"),
    [
        (dt.datetime(2026, 11, 22, 8, 59, tzinfo=dt.UTC), False),
        (dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC), True),
        (dt.datetime(2026, 11, 22, 14, 59, tzinfo=dt.UTC), True),
        (dt.datetime(2026, 11, 22, 15, 0, tzinfo=dt.UTC), False),
        (dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC), False),
    ],
)
def test_the_week_is_over_on_the_evening_of_the_persons_sunday(person, walk, now, over):
    assert day_progress.is_week_over(person.calendar, now) is over
    links = [note["url"] for note in today.page(person, now=now)["notes"]]
    assert ("/insights/week/" in links) is over


def test_a_late_day_is_still_sunday_after_midnight(person, walk):
    person.day_start = 4

    assert day_progress.is_week_over(person.calendar, dt.datetime(2026, 11, 22, 17, 0, tzinfo=dt.UTC))


def test_the_days_that_end_are_counted_and_compared(person, walk):
    do(walk, *(SUNDAY - n * DAY for n in range(5)), SUNDAY - 8 * DAY)

    found = page(person)

    assert found["perfect"] == 5
    assert found["sentence"] == "다 한 날이 더 많은 한 주였어요."
    assert "더 했어요" in found["change"]
    assert [row["text"] for row in found["rows"]] == ["1개 중 0개"] * 2 + ["1개 중 1개"] * 5


def test_on_other_days_the_last_week_that_is_over_is_shown(person, walk):
    do(walk, SUNDAY)

    assert page(person, EVENING + 3 * DAY)["perfect"] == 1
    assert page(person, EVENING - DAY)["perfect"] == 0


@pytest.mark.parametrize("done", range(8))
def test_the_sentence_is_kind_whatever_the_week(done):
    words = week_review.sentence([DayTotal(1, int(day < done)) for day in range(7)])

    assert words
    assert not any(blame in words for blame in ("실패", "못했", "놓쳤"))


def test_a_week_with_something_on_each_day_is_not_counted_in_days():
    words = week_review.sentence([DayTotal(2, 1)] * 7)

    assert words.startswith("날마다 무언가 해냈어요.")


def test_before_the_first_week_there_is_nothing(signed_in, person):
    assert page(person) == {"empty": True}
    assert '<a class="btn btn-line" href="/today/">' in signed_in.get("/insights/week/").text
    signed_in.post("/insights/week/share/", {})
    assert not ShareCard.objects.exists()


def test_the_picture_is_shared_by_a_link_that_closes(signed_in, person):
    habit = UserHabitFactory(
        user=person, custom_name="비밀 습관", started_at=dt.datetime.now(dt.UTC) - 30 * DAY,
        started_on=dt.datetime.now(dt.UTC).date() - 30 * DAY,
    )  # fmt: skip
    do(habit, dt.datetime.now(dt.UTC).date() - 9 * DAY)
    signed_in.post("/insights/week/share/", {"with_name": "on"})
    card = ShareCard.objects.get()
    address = f"/s/{card.token}.png"

    answer = Client().get(address)
    assert Image.open(io.BytesIO(answer.content)).size == (1080, 1080)
    assert (card.with_name, card.with_day, card.earned) == (True, False, None)
    assert len(card.week_days) == 7
    assert address in signed_in.get("/insights/week/").text

    # Another choice replaces the link.
    signed_in.post("/insights/week/share/", {})
    assert Client().get(address).status_code == 404
    newer = f"/s/{ShareCard.objects.get().token}.png"
    signed_in.post("/insights/week/share/", {"close": "1"})
    assert Client().get(newer).status_code == 404


def test_the_name_and_the_dates_are_drawn_only_if_chosen(person):
    week = share_cards.Week(SUNDAY, (100, 50, None, 0, 100, 100, 100))

    def drawn(**chosen):
        return share_picture.png(share_cards.make_week(person, week, now=EVENING, **chosen))

    plain = drawn(with_name=False, with_day=False)
    assert plain != drawn(with_name=False, with_day=True)
    named = drawn(with_name=True, with_day=False)
    person.name = "다른 사람"
    person.save()
    assert drawn(with_name=False, with_day=False) == plain
    assert drawn(with_name=True, with_day=False) != named


def test_a_card_is_of_one_thing(person):
    earned = UserAchievementFactory(user=person)
    with pytest.raises(IntegrityError):
        ShareCard.objects.create(
            user=person, earned=earned, week_ends_on=SUNDAY, week_days=[], token="t", expires_at=EVENING
        )
