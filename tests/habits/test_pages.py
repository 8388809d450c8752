"""The habit pages: what they show and send, for whom, and how many queries they make."""

import datetime as dt

import pytest
from django.contrib.messages import get_messages
from uuid6 import uuid7

from gamification import achievements
from gamification.models import Achievement
from habits import checkins, corrections, pauses
from habits.check_in_details import Details
from habits.models import HabitLog, UserHabit
from tests.clock import NOW
from tests.factories.habits import UserHabitFactory
from tests.factories.rest import AchievementFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shares_health")]

DAY = dt.timedelta(days=1)


@pytest.fixture
def today(person):
    return person.calendar.day_of(NOW)


@pytest.fixture
def habit(person):
    return UserHabitFactory(user=person, custom_name="책 읽기", started_at=NOW - 30 * DAY)


def fields(**changes):
    return {
        "name": "물 마시기",
        "frequency": "custom",
        "days": [1, 3, 5],
        "target_count": 8,
        "unit": "잔",
        "direction": "at_least",
        "part_of_day": "morning",
        "anchor": "양치 후",
        "group_name": "아침 루틴",
    } | changes


def pages(habit, today):
    log = HabitLog.objects.filter(user_habit=habit).first()
    base = f"/today/{habit.pk}"
    return [
        f"{base}/",
        f"{base}/?all",
        f"{base}/?month=2026-02",
        f"{base}/?month=0001-01",
        f"{base}/edit/",
        f"{base}/pause/",
        f"{base}/total/",
        f"{base}/remove/",
        f"{base}/days/{today}/",
        f"{base}/logs/{log.pk}/",
        "/habits/mine/",
        "/habits/mine/pause/",
        "/today/",
    ]


def test_every_page_of_a_habit_opens_and_only_for_its_person(signed_in, habit, today, stranger, client):
    corrections.add(habit.user, habit.pk, key=uuid7(), day=today, now=NOW, details=Details(mood=7, note="<b>"))
    corrections.add(habit.user, habit.pk, key=uuid7(), day=today - DAY, now=NOW, details=Details(mood=7, note="<b>"))

    opened = [signed_in.get(page).status_code for page in pages(habit, today)]
    client.force_login(stranger)
    others = [client.get(page).status_code for page in pages(habit, today) if str(habit.pk) in page]

    assert opened == [200] * len(opened)
    assert others == [404] * len(others)


@pytest.mark.parametrize("deed", ["edit", "remove", "total", "pause", "days/2026-01-05/add", "days/2026-01-05/skip"])
def test_nobody_writes_to_anothers_habit(client, habit, stranger, deed):
    client.force_login(stranger)

    assert client.post(f"/today/{habit.pk}/{deed}/", {"key": uuid7(), "count": 1, "total": 1}).status_code == 404
    assert UserHabit.objects.filter(pk=habit.pk).exists()


def test_the_edit_form_changes_all_of_a_habit(signed_in, habit):
    answer = signed_in.post(f"/today/{habit.pk}/edit/", fields())

    changed = UserHabit.objects.select_related("habit").get(pk=habit.pk)
    assert (answer.status_code, answer.url) == (302, f"/today/{habit.pk}/")
    assert changed.rule.sentence(changed.name) == "매주 월·수·금, 물 마시기 8잔"
    assert (changed.part_of_day, changed.anchor, changed.group_name) == ("morning", "양치 후", "아침 루틴")


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ({"frequency": "daily"}, "매일 양치 후, 8잔"),
        ({"frequency": "weekly", "times": 3}, "매주 3번 양치 후, 8잔"),
        ({"frequency": "interval", "every": 3}, "3일마다 양치 후, 8잔"),
        ({"frequency": "window", "window_days": 10, "window_times": 3}, "10일에 3번 양치 후, 8잔"),
        ({"direction": "at_most", "target_count": 2, "anchor": ""}, "매주 월·수·금 아침, 2잔 이하"),
        ({"direction": "at_most", "target_count": 0, "anchor": ""}, "매주 월·수·금 아침, 하지 않기"),
        ({"frequency": "window", "window_days": 3, "window_times": 9}, ""),
        ({"days": []}, ""),
    ],
)
def test_the_sentence_says_what_is_chosen(signed_in, habit, chosen, sentence):
    answer = signed_in.get(f"/today/{habit.pk}/sentence/", fields(**chosen))

    assert answer.context["sentence"] == sentence


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": "가" * 201}, "name"),
        ({"name": "\u200b \u2060"}, "name"),
        ({"days": []}, "days"),
        ({"frequency": "window", "window_days": 3, "window_times": 9}, "window_times"),
        ({"frequency": "interval", "every": 1}, "every"),
        ({"target_count": 0}, "target_count"),
        ({"target_count": 1_000_001}, "target_count"),
        ({"unit": "가" * 21}, "unit"),
    ],
)
def test_a_wrong_choice_says_where_and_changes_nothing(signed_in, habit, wrong, field):
    answer = signed_in.post(f"/today/{habit.pk}/edit/", fields(**wrong))

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert UserHabit.objects.get(pk=habit.pk).custom_name == "책 읽기"


def test_an_interval_goes_on_from_where_it_stands(signed_in, person):
    schedule = {"kind": "interval", "every": 3, "from": "2026-01-01"}
    habit = UserHabitFactory(user=person, target_frequency="custom", schedule=schedule, started_at=NOW - DAY)

    signed_in.post(f"/today/{habit.pk}/edit/", fields(frequency="interval", every=3))

    assert UserHabit.objects.get(pk=habit.pk).schedule == schedule


def test_a_past_day_is_written_down_and_put_right_without_javascript(signed_in, habit, today):
    day = today - 2 * DAY
    written = {
        "key": uuid7(),
        "count": 1,
        "clock": "21:30",
        "mood": 8,
        "energy": "",
        "place": "home",
        "weather": "rain",
    }
    signed_in.post(f"/today/{habit.pk}/days/{day}/add/", written | {"note": "창가에서"})
    log = HabitLog.objects.get()

    signed_in.post(f"/today/{habit.pk}/logs/{log.pk}/", {"count": 2, "clock": "21:00", "mood": 8, "place": "home"})

    page = signed_in.get(f"/today/{habit.pk}/days/{day}/").content.decode()
    assert "2번" in page
    assert "고친 기록 2개" in page
    assert "양 1 → 2" in page
    assert "창가에서" not in page


def test_what_was_done_in_a_dialog_is_said_on_the_page_after_it(signed_in, habit, today):
    here, day = f"/today/{habit.pk}", today - 2 * DAY
    acts = {
        f"{here}/days/{day}/add/": "저장했어요.",
        f"{here}/days/{today - DAY}/skip/": "쉬는 날로 저장했어요.",
        f"{here}/archived/": "보관했어요.",
        f"{here}/active/": "다시 시작했어요.",
        f"{here}/pause/": "쉬는 날을 저장했어요.",
    }
    for url, said in acts.items():
        sent = {"key": uuid7(), "count": 1, "clock": "", "starts_on": today, "ends_on": today + DAY}

        answer = signed_in.post(url, sent, headers={"HX-Request": "true"})

        shown = [str(message) for message in get_messages(answer.wsgi_request)]
        assert (answer.headers.get("HX-Refresh"), len(shown), shown[0].startswith(said)) == ("true", 1, True), url
        signed_in.get(f"{here}/")


def test_a_day_to_come_has_no_page(signed_in, habit, today):
    assert signed_in.get(f"/today/{habit.pk}/days/{today + DAY}/").status_code == 404
    assert signed_in.get(f"/today/{habit.pk}/days/2026-02-30/").status_code == 404


def test_a_habit_that_rests_says_so_on_its_page(signed_in, habit):
    before = signed_in.get(f"/today/{habit.pk}/").content.decode()

    signed_in.post(f"/today/{habit.pk}/paused/")

    assert "<span>쉬는 중이에요</span>" not in before
    assert "<span>쉬는 중이에요</span>" in signed_in.get(f"/today/{habit.pk}/").content.decode()


def test_a_day_of_another_year_says_which(signed_in, habit):
    page = signed_in.get(f"/today/{habit.pk}/days/2020-01-30/").content.decode()

    assert "2020년 1월 30일 목요일" in page


def test_without_the_consent_nothing_private_is_asked(signed_in, habit, person, today):
    person.privacy_settings = {}
    person.save()

    form = signed_in.get(f"/today/{habit.pk}/days/{today}/").context["form"]

    assert set(form.fields) == {"count", "clock", "weather", "key"}


def test_what_is_private_is_refused_kindly_without_the_consent(signed_in, habit, person):
    person.privacy_settings = {}
    person.save()

    answer = signed_in.post(f"/today/{habit.pk}/check-in/", {"key": uuid7(), "count": 1, "mood": 8}, follow=True)

    assert "건강 정보" in answer.content.decode()
    assert HabitLog.objects.count() == 0


def test_the_last_place_and_weather_wait_in_the_dialog(signed_in, habit, person):
    first, second = (uuid7() for _log in range(2))
    checkins.check_in(person, habit.pk, key=first, at=NOW, now=NOW, details=Details(place="gym", weather="cold"))
    checkins.check_in(person, habit.pk, key=second, at=NOW, now=NOW)

    form = signed_in.get(f"/today/{habit.pk}/logs/{second}/").context["form"]

    assert (form["place"].value(), form["weather"].value()) == ("gym", "cold")
    assert HabitLog.objects.get(pk=second).location is None


def test_a_number_is_typed_for_today(signed_in, person):
    steps = UserHabitFactory(user=person, target_count=10_000, unit="걸음", started_at=NOW - DAY)

    signed_in.post(f"/today/{steps.pk}/total/", {"key": uuid7(), "total": 7321})

    assert UserHabit.objects.get(pk=steps.pk).counted == 7321


def test_an_at_most_row_offers_to_take_one_back(signed_in, person):
    coffee = UserHabitFactory(user=person, target_count=2, unit="잔", direction="at_most", started_at=NOW - DAY)
    before = signed_in.get("/today/").content.decode()
    for _cup in range(3):
        checkins.check_in(person, coffee.pk, key=uuid7(), at=NOW, now=NOW)

    page = signed_in.get("/today/").content.decode()
    signed_in.post(f"/today/{coffee.pk}/undo/")

    assert f"less-{coffee.pk}" not in before
    assert f"less-{coffee.pk}" in page
    assert "오늘은 넘었어요" in page
    assert UserHabit.objects.get(pk=coffee.pk).counted == 2


def test_named_groups_are_sections_of_today(signed_in, person):
    UserHabitFactory(user=person, custom_name="물", group_name="아침 루틴")
    UserHabitFactory(user=person, custom_name="책", part_of_day="evening")

    groups = signed_in.get("/today/").context["groups"]

    assert {group["title"]: [row.name for row in group["rows"]] for group in groups} == {
        "아침 루틴": ["물"],
        "저녁": ["책"],
    }


def test_those_at_rest_and_the_archived_are_all_on_one_page(signed_in, person, habit, today):
    pauses.pause(person, habit.pk, starts_on=today, ends_on=today + DAY, at=NOW)
    UserHabitFactory(user=person, custom_name="일기", status="archived")

    context = signed_in.get("/habits/mine/").context

    assert [item["name"] for item in context["resting"]] == ["책 읽기"]
    assert [item["name"] for item in context["archived"]] == ["일기"]


def test_deleting_asks_first(signed_in, habit):
    asked = signed_in.get(f"/today/{habit.pk}/remove/")

    assert "함께 사라져요" in asked.content.decode()
    assert UserHabit.objects.filter(pk=habit.pk).exists()
    signed_in.post(f"/today/{habit.pk}/remove/")
    assert not UserHabit.objects.filter(pk=habit.pk).exists()


@pytest.mark.parametrize("path", ["/today/", "/habits/mine/", "/today/{pk}/", "/today/{pk}/days/{day}/"])
def test_pages_ask_as_much_for_three_habits_as_for_one(
    signed_in, person, habit, today, path, django_assert_max_num_queries
):
    def asked() -> int:
        with django_assert_max_num_queries(30) as queries:
            signed_in.get(path.format(pk=habit.pk, day=today))
        return len(queries)

    corrections.add(person, habit.pk, key=uuid7(), day=today - DAY, now=NOW)
    asked()
    # After a change, so that no cached page answers.
    corrections.add(person, habit.pk, key=uuid7(), day=today - DAY, now=NOW)
    for_one = asked()
    for other in UserHabitFactory.create_batch(2, user=person, started_at=NOW - 9 * DAY):
        for days_ago in range(5):
            corrections.add(person, other.pk, key=uuid7(), day=today - days_ago * DAY, now=NOW)
            corrections.add(person, habit.pk, key=uuid7(), day=today - days_ago * DAY, now=NOW)

    assert asked() == for_one


def test_the_order_of_a_drag_is_kept_and_nonsense_is_refused(signed_in, person):
    first, second = UserHabitFactory.create_batch(2, user=person)

    hostile = ("[" * 100_000, "9" * 5000, f'[["\\ud800", ["{first.pk}"]]]', f'[["\\u0000", ["{first.pk}"]]]')

    kept = signed_in.post("/habits/mine/order/", {"order": f'[["밤", ["{second.pk}", "{first.pk}"]]]'})
    refused = [
        signed_in.post("/habits/mine/order/", {"order": order}).status_code
        for order in ("", "1", "[1]", '[["밤", ["x"]]]', '{"a": 1}', "[[]]", '[["밤", 5]]', *hostile)
    ]

    assert kept.status_code == 204
    assert refused == [422] * 11
    assert list(person.habits.order_by("sort_order")) == [second, first]


def test_a_row_that_asks_nothing_known_stops_nobody(signed_in, habit):
    Achievement.objects.update(is_active=False)
    AchievementFactory(id="broken", criteria={"kind": "nonsense"})
    AchievementFactory(id="first", criteria={"kind": "total", "need": 1})
    achievements.forget_catalogue()

    outcome = checkins.check_in(habit.user, habit.pk, key=uuid7(), at=NOW, now=NOW)

    assert [badge.pk for badge in outcome.unlocked] == ["first"]


def test_the_page_says_that_a_freeze_asks_for_days_in_a_row(signed_in, habit):
    page = signed_in.get(f"/today/{habit.pk}/settings/").content.decode()

    assert "이어서 7일마다 하나씩 생기고, 빈 날에 자동으로 쓰여요." in page


def test_a_search_without_a_result_leads_to_an_own_habit_and_back_to_all(signed_in):
    page = signed_in.get("/habits/?q=zzzz").text

    assert page.count("‘zzzz’ 습관은 아직 없어요") == 1
    assert [page.count(f'href="{path}"') for path in ("/habits/own/", "/me/import/")] == [1, 0]
    assert "모두 둘러보기" in page
