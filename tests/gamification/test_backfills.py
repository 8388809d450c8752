"""A new achievement goes to those who have earned it, quietly and dated then.

Staff see first who that is.
"""

import datetime as dt

import pytest
from django.urls import reverse
from uuid6 import uuid7

from core.db.work import Superseded
from core.staff import revisions
from core.templatetags import ui
from gamification import achievements, backfills, criteria
from gamification.achievements import EarnableAchievement
from gamification.criteria import CriterionTally
from gamification.models import Achievement, AchievementBackfill, UserAchievement, UserProgress
from habits import checkins
from notifications.models import Notification
from tests.clock import NOON
from tests.factories.accounts import UserFactory
from tests.factories.habits import UserHabitFactory
from tests.factories.rest import AchievementFactory, CoachingMessageFactory

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture
def people(db):
    """Three people, who checked in on the last 2, 5 and 9 days."""
    Achievement.objects.update(is_active=False)
    achievements.forget_catalogue()
    found = {}
    for days in (2, 5, 9):
        habit = UserHabitFactory(user=UserFactory(name=f"가{days}"), started_at=NOON - 30 * DAY)
        for ago in range(days - 1, -1, -1):
            at = NOON - ago * DAY
            checkins.check_in(habit.user, habit.pk, key=uuid7(), at=at, now=at)
        found[days] = habit.user
    return found


def earned(user) -> list[tuple[str, dt.date]]:
    return [(one.achievement_id, one.earned_at.date()) for one in user.achievements.all()]


@pytest.mark.parametrize("asked", [{"kind": "streak_days", "need": 5}, {"kind": "days", "need": 5}])
def test_a_back_fill_grants_with_the_day_on_which_it_was_earned(people, asked):
    badge = AchievementFactory(id="new", criteria=asked, points=7)
    backfills.start(badge)

    assert backfills.run_waiting(lambda: NOON) == 1

    assert earned(people[2]) == []
    assert earned(people[5]) == [("new", NOON.date())]
    assert earned(people[9]) == [("new", (NOON - 4 * DAY).date())]
    row = AchievementBackfill.objects.get()
    assert (row.state, row.granted, row.seen) == ("done", 2, row.total)
    assert UserProgress.objects.get(user=people[9]).points == 9 + 7


def test_records_of_several_people_are_read_together(people, django_assert_max_num_queries):
    entry = EarnableAchievement(Achievement(pk="asked", points=0), criteria.parse({"kind": "streak_days", "need": 5}))

    # Sums, habits, rests and check-ins.
    with django_assert_max_num_queries(4):
        found = list(backfills.who_earned(entry, people.values(), now=NOON))

    assert {user for user, _earned in found} == {people[5], people[9]}


def test_nobody_is_told_of_a_day_that_is_long_over(people):
    badge = AchievementFactory(id="new", criteria={"kind": "days", "need": 5})
    backfills.start(badge)
    backfills.run_waiting(lambda: NOON)

    told = Notification.objects.filter(notification_type="achievement")

    # The one whose fifth day is today finds it in the inbox; nothing is sent to anybody.
    assert [one.user for one in told] == [people[5]]
    assert {one.delivery_status for one in told} == {"sent"}


def test_a_pass_goes_on_where_it_stopped_and_gives_nothing_twice(people, monkeypatch):
    monkeypatch.setattr(backfills, "BATCH", 1)
    badge = AchievementFactory(id="new", criteria={"kind": "days", "need": 2})
    backfills.start(badge)
    row = backfills.QUEUE.claim(NOON)
    give, calls = backfills._give, []

    def dies_at_the_second(*args, **kwargs):
        calls.append(args)
        if len(calls) == 2:
            raise Superseded
        return give(*args, **kwargs)

    monkeypatch.setattr(backfills, "_give", dies_at_the_second)
    with pytest.raises(Superseded):
        backfills.perform(row, lambda: NOON)
    row.refresh_from_db()
    seen = row.seen
    monkeypatch.setattr(backfills, "_give", give)
    backfills.run_waiting(lambda: NOON + backfills.LEASE)

    assert seen == 1
    assert UserAchievement.objects.filter(achievement=badge).count() == 3
    row.refresh_from_db()
    assert (row.state, row.granted) == ("done", 3)


def test_one_that_is_not_live_yet_waits(people):
    badge = AchievementFactory(id="new", criteria={"kind": "days", "need": 2}, goes_live_at=NOON + 3650 * DAY)
    backfills.start(badge)

    assert backfills.run_waiting(lambda: NOON) == 0


@pytest.mark.parametrize("asked", [{"kind": "streak_days", "need": 5}, {"kind": "days", "need": 5}])
def test_the_preview_says_how_many_who_and_when(people, asked):
    found = backfills.preview(criteria.parse(asked), now=NOON)

    assert (found.number, found.looked_at, found.is_estimate) == (2, found.people, False)
    assert sorted((one.name, one.day) for one in found.examples) == [
        ("가***", (NOON - 4 * DAY).date()),
        ("가***", NOON.date()),
    ]
    assert {(one.act, one.tally) for one in found.examples} == {("check_in", CriterionTally(5, 5))}


def test_a_preview_without_time_is_an_estimate(people, monkeypatch):
    monkeypatch.setattr(backfills, "FIRST_LOOK", 1)

    found = backfills.preview(criteria.parse({"kind": "streak_days", "need": 2}), now=NOON, seconds=0)

    assert found.is_estimate
    assert found.looked_at == 1


def test_an_estimate_says_between_which_numbers_it_lies():
    found = backfills.CriterionPreview(
        criteria.parse({"kind": "days", "need": 5}), people=1000, looked_at=100, found=10
    )

    # Wilson's interval of 10 in 100, 95 %: 5.5 % to 17.4 %.
    assert (found.number, found.range) == (100, (55, 174))


def test_those_who_were_found_are_certain():
    found = backfills.CriterionPreview(criteria.parse({"kind": "days", "need": 5}), people=101, looked_at=100, found=99)

    assert found.range == (99, 101)


def told_by(user, badge: str) -> dict:
    return user.achievements.get(achievement=badge).context


def test_the_context_says_the_day_the_habit_and_what_was_done(people):
    backfills.start(AchievementFactory(id="new", criteria={"kind": "days", "need": 5}))
    backfills.run_waiting(lambda: NOON)
    day = people[9].calendar.day_of(NOON - 4 * DAY)
    live = AchievementFactory(id="live", criteria={"kind": "total", "need": 10})
    achievements.forget_catalogue()
    habit = people[9].habits.get()
    at = NOON + DAY
    checkins.check_in(people[9], habit.pk, key=uuid7(), at=at, now=at)

    found, lived = told_by(people[9], "new"), told_by(people[9], live.pk)

    assert (found["act"], found["by"], found["day"]) == ("check_in", "back_fill", day.isoformat())
    assert (lived["act"], "by" in lived, lived["day"]) == ("check_in", False, (day + 5 * DAY).isoformat())
    assert found["habit"] == lived["habit"] == habit.pk.hex[-12:]
    assert habit.habit.name not in str([found, lived])


def test_a_reaction_counts_on_the_day_on_which_its_message_was_read(people):
    for ago in (20, 12, 3):
        CoachingMessageFactory(user=people[2], user_reaction="like", read_at=NOON - ago * DAY)
    backfills.start(AchievementFactory(id="new", criteria={"kind": "reactions", "need": 2}))

    backfills.run_waiting(lambda: NOON)

    assert earned(people[2]) == [("new", (NOON - 12 * DAY).date())]
    assert told_by(people[2], "new")["act"] == "reaction"


def test_a_level_was_reached_with_the_badge_whose_points_it_needed(people):
    worth = AchievementFactory(id="worth", points=97)
    earned_at = NOON - 6 * DAY + dt.timedelta(hours=1)
    UserAchievement.objects.create(user=people[9], achievement=worth, points_earned=97, earned_at=earned_at)
    UserProgress.objects.filter(user=people[9]).update(points=9 + 97)
    backfills.start(AchievementFactory(id="new", criteria={"kind": "level", "need": 2}))

    backfills.run_waiting(lambda: NOON)

    # Three check-ins by then make a hundred points: neither from the first day on nor only now.
    assert ("new", earned_at.date()) in earned(people[9])
    assert people[9].achievements.get(achievement="new").earned_at == earned_at
    assert told_by(people[9], "new")["act"] == "badge"


def test_the_points_of_a_badge_that_is_given_later_reach_the_next_level(people):
    AchievementFactory(id="level", criteria={"kind": "level", "need": 2}, points=3)
    achievements.forget_catalogue()
    backfills.start(AchievementFactory(id="new", criteria={"kind": "days", "need": 5}, points=95))

    backfills.run_waiting(lambda: NOON)

    # A hundred points on the fifth day.
    assert set(earned(people[9])) == {(name, (NOON - 4 * DAY).date()) for name in ("new", "level")}
    assert set(earned(people[5])) == {("new", NOON.date()), ("level", NOON.date())}
    assert UserProgress.objects.get(user=people[9]).points == 9 + 95 + 3
    assert AchievementBackfill.objects.get().granted == 2
    # Both in one message, and none to the one for whom it is long over.
    [told] = Notification.objects.filter(notification_type="achievement")
    assert (told.user, set(told.data["names"])) == (
        people[5],
        {*Achievement.objects.live().values_list("name", flat=True)},
    )


# The staff's form.


def form(**changes) -> dict:
    return {
        "id": "staffs",
        "name": "새벽 걷기",
        "name_en": "Dawn walk",
        "description": "새벽에 걸었어요.",
        "description_en": "Walked at dawn.",
        "seal": "새벽",
        "icon": "sunrise",
        "color": "#A5332A",
        "rarity": "rare",
        "points": "20",
        "sort_order": "5",
        "is_active": "on",
        "kind": "days",
        "c_need": "5",
        **changes,
    }


ADD = "/admin/gamification/achievement/add/"


def test_icon_and_colour_are_chosen_from_those_that_are_drawn(admin_client):
    page = admin_client.get(ADD).text

    assert 'type="radio" name="icon" value="sunrise"' in page
    assert 'type="radio" name="color" value="#A5332A"' in page
    for wrong in ({"icon": "no-such-icon"}, {"color": "red"}):
        answer = admin_client.post(ADD, form(**wrong))
        assert [*answer.context["adminform"].form.errors] == [*wrong]
    assert not Achievement.objects.filter(pk="staffs").exists()


def test_an_icon_and_a_colour_that_are_no_longer_offered_are_kept(admin_client):
    AchievementFactory(id="older", icon="anchor", color="#123456")

    page = admin_client.get("/admin/gamification/achievement/older/change/").text

    assert 'value="anchor"' in page
    assert 'value="#123456"' in page


def test_staff_invent_an_achievement_by_fields_and_it_is_given(
    admin_client, people, django_capture_on_commit_callbacks
):
    assert "c_start" in admin_client.get(ADD + "?kind=hours").content.decode()

    with django_capture_on_commit_callbacks():
        answer = admin_client.post(ADD, form())
    backfills.run_waiting(lambda: NOON)

    assert answer.status_code == 302
    badge = Achievement.objects.get(pk="staffs")
    assert badge.criteria == {"kind": "days", "need": 5}
    assert badge.translations == {"en": {"name": "Dawn walk", "description": "Walked at dawn."}}
    assert UserAchievement.objects.filter(achievement=badge).count() == 2


def test_the_preview_saves_nothing(admin_client, people):
    shown = admin_client.post(ADD, form(_preview="1")).content.decode()

    # Two of three: who they are could be told.
    assert "5명 미만이 받거나 받지 못해요." in shown
    assert "가***" not in shown
    assert "이 일이 있을 때만 살펴봐요: 하루의 첫 습관을 함" in shown
    assert not Achievement.objects.filter(pk="staffs").exists()


def test_what_cannot_be_earned_is_refused_with_the_reason(admin_client, people):
    shown = admin_client.post(ADD, form(kind="date", c_month="2", c_day="30")).content.decode()

    assert "받을 수 없는 조건이에요. 그런 날은 달력에 없어요." in shown


def test_another_kind_keeps_what_was_typed_and_saves_nothing(admin_client, people):
    answer = admin_client.post(ADD, form(name="", _kind="hours", c_need="7"))

    sent = answer.context["adminform"].form
    assert (sent["name_en"].value(), sent["c_need"].value(), sent["kind"].value()) == ("Dawn walk", "7", "hours")
    assert {"c_start", "c_end"} <= {*sent.fields}
    # It is not checked yet: the missing name is no error.
    assert [*sent.errors] == ["__all__"]
    assert not Achievement.objects.filter(pk="staffs").exists()
    several = admin_client.post(ADD, form(_kind="all")).context["adminform"].form
    assert '"kind": "all"' in several["c_json"].value()


def test_json_that_was_changed_is_taken_and_checked_as_the_fields_are(admin_client, people):
    page = "/admin/gamification/achievement/staffs/change/"
    admin_client.post(ADD, form(c_json=""))
    assert Achievement.objects.get(pk="staffs").criteria == {"kind": "days", "need": 5}
    shown = admin_client.get(page)
    stale = {"seen": shown.context["seen"], "why": "고쳐요"}
    assert "JSON으로 보기" in shown.text

    # As it was, beside a changed field.
    admin_client.post(page, form(c_need="6", c_json='{"kind": "days", "need": 5}', **stale))
    assert Achievement.objects.get(pk="staffs").criteria == {"kind": "days", "need": 6}
    stale["seen"] = admin_client.get(page).context["seen"]
    never = admin_client.post(page, form(c_json='{"kind": "date", "month": 2, "day": 30}', **stale))
    assert "받을 수 없는 조건이에요." in never.text
    wrong = admin_client.post(page, form(c_json='{"kind": "total", "need": 0}', **stale))
    assert [*wrong.context["adminform"].form.errors] == ["c_json"]
    admin_client.post(page, form(c_need="6", c_json='{"kind": "total", "need": 9}', **stale))
    assert Achievement.objects.get(pk="staffs").criteria == {"kind": "total", "need": 9}


def test_the_picture_is_drawn_in_both_themes_and_languages_as_it_was_typed(admin_client, people):
    shown = admin_client.post(ADD, form(_preview="1", icon="leaf", color="#38A169")).context["pictures"]

    assert [(one["theme"], one["language"]) for one in shown] == [
        ("light", "ko"), ("light", "en"), ("dark", "ko"), ("dark", "en"),
    ]  # fmt: skip
    assert [(one["name"], one["description"]) for one in shown[:2]] == [
        ("새벽 걷기", "새벽에 걸었어요."), ("Dawn walk", "Walked at dawn."),
    ]  # fmt: skip
    assert [{code: word for code, _badge, word in one["rarities"]}["rare"] for one in shown[:2]] == [
        "드묾",
        "Rare",
    ]
    drawn = shown[0]["rarities"][0][1]
    assert 'data-cat="color-38a169"' in drawn
    assert ui.shapes("leaf") in drawn


def test_the_page_shows_how_far_a_pass_is(admin_client, people):
    badge = AchievementFactory(id="new", criteria={"kind": "days", "need": 2})
    AchievementBackfill.objects.create(achievement=badge, total=40, seen=10, granted=3)

    shown = admin_client.get(reverse("admin:gamification_achievement_change", args=["new"])).content.decode()

    assert "40명 가운데 10명을 보았고, 5명 미만에게 줬어요" in shown
    assert '<progress max="40" value="10"' in shown


def test_a_draft_is_earned_by_nobody(admin_client, people):
    admin_client.post(ADD, form(is_active=""))

    assert not AchievementBackfill.objects.exists()
    assert not Achievement.objects.live().filter(pk="staffs").exists()


def test_retired_it_stays_with_those_who_have_it(admin_client, people):
    badge = AchievementFactory(id="old", criteria={"kind": "days", "need": 1})
    UserAchievement.objects.create(user=people[2], achievement=badge)

    url, choice = (
        reverse("admin:gamification_achievement_changelist"),
        {"action": "retire", "_selected_action": ["old"]},
    )
    asked = admin_client.post(url, choice)
    assert ("받은 배지", "5명 미만") in [(str(name), number) for name, number in asked.context["counts"]]
    admin_client.post(url, choice | {"seen": asked.context["seen"]})

    badge.refresh_from_db()
    assert (badge.is_active, badge.retired_at is not None) == (False, True)
    assert earned(people[2])[0][0] == "old"


# ── Other processes, and what comes back ────────────────────────────────────


def live() -> list[Achievement]:
    return [entry.achievement for entry in achievements.cached_entries()]


def test_a_change_by_another_process_is_seen_within_seconds(db, monkeypatch):
    """The job that publishes at a time runs each minute, so a process has to look soon after it."""
    assert achievements.CATALOGUE_SECONDS <= 10
    badge = AchievementFactory(criteria={"kind": "total", "need": 5})
    achievements.forget_catalogue()
    assert badge in live()
    Achievement.objects.filter(pk=badge.pk).update(is_active=False)
    assert badge in live()  # within the seconds

    monkeypatch.setattr(achievements, "CATALOGUE_SECONDS", 0)
    achievements.forget_catalogue()
    assert badge not in live()
    Achievement.objects.filter(pk=badge.pk).update(is_active=True)
    assert badge in live()
    Achievement.objects.filter(pk=badge.pk).update(goes_live_at=dt.datetime.now(dt.UTC) + DAY)
    assert badge not in live()


def test_a_catalogue_that_did_not_change_is_not_read_again(db, monkeypatch):
    monkeypatch.setattr(achievements, "CATALOGUE_SECONDS", 0)
    achievements.forget_catalogue()
    achievements.watch()
    known = achievements.watch()

    assert achievements.watch() is known


def test_a_badge_that_comes_back_is_not_retired(db):
    badge = AchievementFactory(is_active=True)
    kept = revisions.keep(badge, by=None, why="", at=NOON)
    Achievement.objects.filter(pk=badge.pk).update(is_active=False, retired_at=NOON)

    revisions.bring_back(kept, by=None, why="", at=NOON)

    badge.refresh_from_db()
    assert (badge.is_active, badge.retired_at) == (True, None)


def test_a_preview_of_enough_people_names_examples(admin_client, people):
    for _more in range(3):
        habit = UserHabitFactory(user=UserFactory(name="나비"), started_at=NOON - 30 * DAY)
        for ago in range(4, -1, -1):
            checkins.check_in(habit.user, habit.pk, key=uuid7(), at=NOON - ago * DAY, now=NOON - ago * DAY)
    UserFactory.create_batch(5)
    shown = admin_client.post(ADD, form(_preview="1")).content.decode()

    assert "5명, " in shown
    assert "나***" in shown
    assert "체크해서 · 5일 중 5일" in shown
