"""What a row of Today offers besides the tap, and what adding a habit asks and tells."""

import datetime as dt
import re

import pytest
from uuid6 import uuid7

from coaching.crisis import flags
from coaching.crisis.words import Danger
from habits import checkins, corrections
from habits.models import UserHabit
from habits.pages import day_detail, milestones, today
from habits.schedules import Daily, Rule
from tests.clock import NOW
from tests.factories.habits import HabitFactory, UserHabitFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shares_health")]

DAY = dt.timedelta(days=1)


def menu(client, habit):
    return client.get(f"/today/{habit.pk}/total/").context


def test_the_menu_offers_an_amount_only_where_there_is_one(signed_in, person):
    walk = UserHabitFactory(user=person)
    water = UserHabitFactory(user=person, target_count=8, unit="잔")

    assert not menu(signed_in, walk)["asks_amount"]
    assert menu(signed_in, water)["asks_amount"]


def test_the_menu_leads_to_a_note_and_to_a_rest_until_the_day_is_done(signed_in, person):
    today_is = person.calendar.day_of(NOW)
    walk = UserHabitFactory(user=person, started_at=NOW - DAY)
    before = menu(signed_in, walk)
    outcome = checkins.check_in(person, walk.pk, key=uuid7(), at=NOW, now=NOW)

    after = menu(signed_in, walk)

    assert (before["note_url"], before["skip_url"]) == (
        f"/today/{walk.pk}/days/{today_is}/?note",
        f"/today/{walk.pk}/days/{today_is}/skip/",
    )
    assert (after["note_url"], after["skip_url"]) == (f"/today/{walk.pk}/logs/{outcome.log_id}/", "")


def test_who_comes_to_leave_a_note_finds_its_field_open(signed_in, person):
    walk = UserHabitFactory(user=person, started_at=NOW - DAY)
    day_url = f"/today/{walk.pk}/days/{person.calendar.day_of(NOW)}/"
    fold = re.compile(r"<details class=\"why\"( open)?>\s*<summary>시각, 기분, 메모까지")

    opened = [fold.search(signed_in.get(url).text)[1] for url in (day_url, menu(signed_in, walk)["note_url"])]

    assert opened == [None, " open"]


@pytest.mark.parametrize(
    ("target", "texts"),
    [
        (1, []),
        (8, ["8쪽 채우기"]),
        (20, ["+5", "+10", "20쪽 채우기"]),
        (10_000, ["+2,000", "+5,000", "10,000쪽 채우기"]),
    ],
)
def test_an_amount_has_buttons_for_round_steps(target, texts):
    assert [chip["text"] for chip in day_detail.amount_chips(Rule(Daily(), target, "쪽"))] == texts


def test_a_row_says_two_facts_at_most(person):
    rule = {"target_count": 20, "unit": "쪽", "anchor": "저녁 먹고", "reminder_times": ["21:00"]}
    book = UserHabitFactory(user=person, started_at=NOW - 9 * DAY, **rule)
    for days_ago in (1, 2, 3):
        corrections.add(
            person, book.pk, key=uuid7(), day=person.calendar.day_of(NOW) - days_ago * DAY, count=20, now=NOW
        )

    (group,) = today.page(person, now=NOW)["groups"]

    (row,) = group["rows"]
    assert (row.streak_text, row.meta) == ("3일째", ["20쪽 남았어요"])


@pytest.mark.parametrize(
    ("days", "title"), [(6, None), (7, "일주일을 이어 왔어요"), (8, None), (30, "한 달을 이어 왔어요")]
)
def test_a_milestone_is_larger_than_a_toast(person, days, title):
    walk = UserHabitFactory(user=person, started_at=NOW - 40 * DAY)
    for days_ago in range(1, days):
        corrections.add(person, walk.pk, key=uuid7(), day=person.calendar.day_of(NOW) - days_ago * DAY, now=NOW)

    outcome = checkins.check_in(person, walk.pk, key=uuid7(), at=NOW, now=NOW)

    moment = today.check_in_context(outcome, checked=True)["toast"]["moment"]
    assert (moment["title"] if moment else None) == title
    assert 7 in milestones.TITLES


def test_a_milestone_that_is_reached_by_a_number_has_its_moment_once(signed_in, person):
    book = UserHabitFactory(user=person, started_at=NOW - 40 * DAY, target_count=20, unit="쪽")
    for days_ago in range(1, 7):
        day = person.calendar.day_of(NOW) - days_ago * DAY
        corrections.add(person, book.pk, key=uuid7(), day=day, count=20, now=NOW)
    where = {"HX-Request": "true", "HX-Target": "dialog", "HX-Current-URL": "http://testserver/today/"}

    answers = [
        signed_in.post(f"/today/{book.pk}/total/", {"key": uuid7(), "total": total}, headers=where).content.decode()
        for total in (10, 20, 25)
    ]

    assert [answer.count('class="moment-streak"') for answer in answers] == [0, 1, 0]
    assert "undo" not in answers[1].partition('class="moment-streak"')[2].partition("</section>")[0]


def test_an_answer_shows_one_toast_though_a_badge_and_a_milestone_came_with_it(signed_in, person, content):
    walk = UserHabitFactory(user=person, started_at=NOW - 40 * DAY)
    for days_ago in range(1, 7):
        corrections.add(person, walk.pk, key=uuid7(), day=person.calendar.day_of(NOW) - days_ago * DAY, now=NOW)

    answer = signed_in.post(
        f"/today/{walk.pk}/check-in/", {"key": uuid7(), "count": 1}, headers={"HX-Request": "true"}
    ).content.decode()

    assert answer.count('class="moment-streak"') == 1
    assert answer.count('class="toast') - answer.count('class="toasts"') == 0


def test_after_words_of_danger_no_streak_and_no_badge_is_celebrated_for_a_day(signed_in, person, content):
    walk = UserHabitFactory(user=person, started_at=NOW - 40 * DAY)
    for days_ago in range(1, 7):
        corrections.add(person, walk.pk, key=uuid7(), day=person.calendar.day_of(NOW) - days_ago * DAY, now=NOW)
    flags.raise_flag(person, Danger.SELF_HARM, at=NOW)

    answer = signed_in.post(
        f"/today/{walk.pk}/check-in/", {"key": uuid7(), "count": 1}, headers={"HX-Request": "true"}
    ).content.decode()

    assert person.achievements.exists()
    assert "moment-streak" not in answer
    assert "이어 왔어요" not in answer
    names = [earned.achievement.text("name") for earned in person.achievements.select_related("achievement")]
    assert not any(name in answer for name in names)
    # The check-in itself is answered, and can be undone.
    assert "체크했어요." in answer


def test_a_reminder_is_set_where_a_habit_is_added(signed_in, person):
    habit = HabitFactory()
    chosen = {"frequency": "daily", "part_of_day": "evening", "target_count": 1}

    signed_in.post(f"/habits/{habit.pk}/add/", chosen | {"remind_at": "21:30"})

    added = UserHabit.objects.get()
    assert added.reminder_times == ["21:30"]
    assert added.next_reminder_at is not None


def test_a_wrong_time_adds_nothing(signed_in, person):
    habit = HabitFactory()
    chosen = {"frequency": "daily", "part_of_day": "evening", "target_count": 1, "remind_at": "half past"}

    answer = signed_in.post(f"/habits/{habit.pk}/add/", chosen)

    assert "시각을 09:30처럼" in answer.content.decode()
    assert not UserHabit.objects.exists()


@pytest.mark.parametrize(
    ("have", "said"),
    [
        (0, "지금 요금제로는 습관을 3개까지 할 수 있고, 3개를 더 할 수\N{NO-BREAK SPACE}있어요."),
        (2, "지금 요금제로는 습관을 3개까지 할 수 있고, 1개를 더 할 수\N{NO-BREAK SPACE}있어요."),
        (3, "지금 요금제의 습관 3개를 모두 쓰고 있어요. 하나를 보관하면 더할 수 있어요."),
    ],
)
def test_the_limit_of_the_plan_is_told_before_it_is_met(signed_in, person, have, said):
    UserHabitFactory.create_batch(have, user=person)

    for path in (f"/habits/{HabitFactory().pk}/add/", "/habits/own/", "/habits/mine/"):
        page = signed_in.get(path).content.decode()
        assert said in page
        assert 'href="/billing/plans/?next=%2F' in page


def test_my_habits_are_found_by_word_and_by_category(signed_in, person):
    UserHabitFactory(user=person, custom_name="아침 물", habit=HabitFactory(category__name_en="health"))
    UserHabitFactory(user=person, custom_name="저녁 책", habit=HabitFactory(category__name_en="learning"))
    UserHabitFactory(
        user=person, custom_name="옛 책", status="archived", habit=HabitFactory(category__name_en="learning")
    )

    def names(query):
        context = signed_in.get(f"/habits/mine/?{query}").context
        return [item["name"] for group in context["groups"] for item in group["items"]] + [
            item["name"] for item in context["archived"]
        ]

    assert names("q=책") == ["저녁 책", "옛 책"]
    assert names("category=health") == ["아침 물"]
    assert names("q=없는") == []
    # The order cannot be changed while some are hidden.
    assert "data-grab" not in signed_in.get("/habits/mine/?q=책").content.decode()


@pytest.mark.parametrize(("unit", "times"), [("분", True), ("minutes", True), ("쪽", False)])
def test_the_menu_of_a_habit_done_by_the_minute_offers_a_timer(signed_in, person, unit, times):
    habit = UserHabitFactory(user=person, target_count=30, unit=unit)

    page = menu(signed_in, habit)
    assert bool(page["timer"]) is times
    assert not times or (page["timer"]["once"], page["timer"]["goal"]) == (False, 30)


def test_a_habit_that_takes_minutes_is_one_check_in_when_it_is_timed(signed_in, person):
    habit = UserHabitFactory(user=person, habit=HabitFactory(estimated_time_minutes=10))

    assert (menu(signed_in, habit)["timer"]["once"], menu(signed_in, habit)["timer"]["goal"]) == (True, 10)


def test_a_habit_of_ones_own_has_the_icon_that_was_chosen(signed_in, person):
    category = HabitFactory().category
    chosen = {
        "name": "우쿨렐레",
        "category": category.pk,
        "frequency": "daily",
        "part_of_day": "anytime",
        "target_count": 1,
    }

    signed_in.post("/habits/own/", chosen | {"icon": "music"})
    own = UserHabit.objects.select_related("habit__category").get()
    assert own.icon == "music"

    signed_in.post(f"/today/{own.pk}/edit/", chosen | {"icon": "palette"})
    assert UserHabit.objects.select_related("habit__category").get().icon == "palette"
    # None chosen: the one it has stays.
    signed_in.post(f"/today/{own.pk}/edit/", chosen)
    assert UserHabit.objects.select_related("habit__category").get().icon == "palette"

    refused = signed_in.post(f"/today/{own.pk}/edit/", chosen | {"icon": "no-such-icon"})
    assert refused.status_code == 422


def test_a_habit_of_ones_own_has_the_colour_that_was_chosen(signed_in, person):
    category = HabitFactory(category__name_en="creativity").category
    chosen = {
        "name": "우쿨렐레", "category": category.pk, "frequency": "daily", "part_of_day": "anytime", "target_count": 1,
    }  # fmt: skip

    assert 'data-cat="color-3182ce"' in signed_in.get("/habits/own/").content.decode()
    signed_in.post("/habits/own/", chosen | {"color": "#3182CE"})
    own = UserHabit.objects.select_related("habit__category").get()
    assert own.habit.color == "#3182CE"
    for page in ("/today/", f"/today/{own.pk}/", "/habits/mine/", "/insights/", f"/insights/{own.pk}/"):
        assert 'data-cat="color-3182ce"' in signed_in.get(page).content.decode(), page

    # A tap draws the row again, and the rows that were read along.
    tapped = signed_in.post(
        f"/today/{own.pk}/check-in/",
        {"key": uuid7(), "count": 1},
        headers={"HX-Request": "true", "HX-Target": f"row-{own.pk}"},
    )
    assert tapped.content.decode().count('data-cat="color-3182ce"') >= 2

    # Back to the colour of the category.
    signed_in.post(f"/today/{own.pk}/edit/", chosen | {"color": ""})
    assert 'data-cat="creativity"' in signed_in.get("/today/").content.decode()

    assert signed_in.post(f"/today/{own.pk}/edit/", chosen | {"color": "#123456"}).status_code == 422


def test_a_colour_that_an_import_brought_stays_until_another_is_chosen(signed_in, person):
    own = UserHabitFactory(user=person, habit=HabitFactory(owner=person, name="", own_name="우쿨렐레", color="#123456"))
    chosen = {
        "name": "우쿨렐레", "category": own.habit.category_id, "frequency": "daily", "part_of_day": "anytime",
        "target_count": 1,
    }  # fmt: skip

    signed_in.post(f"/today/{own.pk}/edit/", chosen | {"color": ""})
    own.habit.refresh_from_db()
    assert own.habit.color == "#123456"
    assert own.habit.color_key == own.habit.category.name_en


def test_strangers_see_the_plans_before_they_sign_up(client, content):
    landing = client.get("/").content.decode()
    page = client.get("/billing/plans/")

    assert 'href="/billing/plans/"' in landing
    assert page.status_code == 200
    assert 'href="/accounts/signup/"' in page.content.decode()
