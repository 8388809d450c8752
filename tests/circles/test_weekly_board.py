"""The weekly board: who must agree, what is counted, how ties are shown, and who sees whom."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from uuid6 import uuid7

from circles import blocks, invitations, membership, sharing, visibility, weekly_board
from circles.models import CircleMember, SharedHabit
from circles.weekly_board import BoardLine, places
from habits import checkins, pauses
from tests.factories.accounts import UserFactory
from tests.factories.circles import CircleMemberFactory, SharedHabitFactory
from tests.factories.habits import UserHabitFactory

DAY = dt.timedelta(days=1)
# Noon in Seoul on a Thursday; its Monday is the 23rd.
NOW = dt.datetime(2026, 11, 26, 3, tzinfo=dt.UTC)
MONDAY = dt.date(2026, 11, 23)


@pytest.fixture
def me(person):
    return CircleMemberFactory(user=person, nickname="지우", board_agreed_at=NOW)


@pytest.fixture
def friend(me):
    return CircleMemberFactory(circle=me.circle, nickname="민서", board_agreed_at=NOW)


def share(member: CircleMember, *, done: str = "", since: dt.date = MONDAY, **habit) -> SharedHabit:
    """A daily habit with its days from Monday on: x done, anything else not."""
    kept = UserHabitFactory(user=member.user, started_at=NOW - 60 * DAY, **habit)
    shared = SharedHabitFactory(member=member, user_habit=kept, shared_on=since)
    for n, mark in enumerate(done):
        at = NOW + (MONDAY - NOW.date() + n * DAY)
        if mark == "x":
            checkins.check_in(member.user, kept.pk, key=uuid7(), at=at, now=NOW)
    return shared


def seen(viewer: CircleMember, *, now: dt.datetime = NOW) -> list[tuple[int | None, list[tuple[str, int, int]]]] | None:
    viewer = CircleMember.objects.select_related("user").get(pk=viewer.pk)
    found = weekly_board.board(visibility.see(viewer, now=now))
    if found is None:
        return None
    return [(one.number, [(line.member.nickname, line.done, line.asked) for line in one.lines]) for one in found]


def page(member: CircleMember) -> str:
    browser = Client()
    browser.force_login(member.user)
    return browser.get(reverse("circles:circle", args=[member.circle_id])).content.decode()


# Pure: places.


def line(name: str, done: int, asked: int) -> BoardLine:
    return BoardLine(CircleMember(nickname=name), asked, done)


def test_equal_shares_have_one_place_and_the_next_share_the_next_one():
    found = places([line("가", 3, 4), line("나", 1, 2), line("다", 6, 8), line("라", 0, 5), line("마", 0, 0)])

    told = [(one.number, [each.member.nickname for each in one.lines]) for one in found]
    assert told == [(1, ["가", "다"]), (2, ["나"]), (None, ["라", "마"])]


@given(st.lists(st.integers(0, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), max_size=10))
def test_places_follow_the_shares_exactly(rows):
    lines = [line(str(n), done, asked) for n, (done, asked) in enumerate(rows)]
    number = {one.member.nickname: place.number for place in places(lines) for one in place.lines}

    assert len(number) == len(lines)
    for one in lines:
        for other in lines:
            # Compared by whole numbers, without the fraction.
            left, right = one.done * max(other.asked, 1), other.done * max(one.asked, 1)
            first, second = number[one.member.nickname], number[other.member.nickname]
            assert (left == right) == (first == second)
            if left > right:
                assert first is not None
                assert second is None or first < second


# What is counted.

pytestmark = pytest.mark.django_db


def test_the_share_of_asked_days_counts_and_not_how_many_habits(me, friend):
    share(me, done="xxx")
    for _n in range(5):
        share(friend, done="xx.")

    # Today is not over: it counts for nobody yet.
    assert seen(me) == [(1, [("지우", 3, 3)]), (2, [("민서", 10, 15)])]


def test_today_counts_once_it_is_done(me, friend):
    share(me, done="x.xx")
    share(friend, done="xx.")

    assert seen(me) == [(1, [("지우", 3, 4)]), (2, [("민서", 2, 3)])]


def test_rests_days_before_sharing_and_habits_of_a_week_are_not_counted(me, friend):
    rested = share(me, done="xx.")
    pauses.skip(me.user, rested.user_habit_id, day=MONDAY + 2 * DAY, at=NOW)
    share(friend, done="..x", since=MONDAY + 2 * DAY)
    share(friend, done="x", target_frequency="weekly", schedule={"times": 3})

    assert seen(me) == [(1, [("지우", 2, 2), ("민서", 1, 1)])]


def test_the_week_is_each_persons_own(me, friend):
    """On Monday morning in Seoul it is still Sunday in New York."""
    friend.user.timezone = "America/New_York"
    friend.user.save()
    share(me, done="x")
    habit = share(friend)
    for n in range(3):
        at = NOW - n * DAY
        checkins.check_in(friend.user, habit.user_habit_id, key=uuid7(), at=at, now=NOW)
    morning = dt.datetime(2026, 11, 29, 23, tzinfo=dt.UTC)

    [first, second] = seen(me, now=morning)

    # Monday the 30th, in Seoul, has asked nothing yet; the week of New York ends with its Sunday.
    assert first == (1, [("민서", 3, 6)])
    assert second == (None, [("지우", 0, 0)])


def test_a_day_that_starts_at_four_belongs_to_the_week_before(me, friend):
    me.user.day_start = 4
    me.user.save()
    share(me, done="x")
    share(friend, done="x")
    night = dt.datetime(2026, 11, 29, 17, tzinfo=dt.UTC)  # Monday, two in the morning in Seoul

    assert seen(me, now=night) == [(1, [("지우", 1, 6)]), (None, [("민서", 0, 0)])]


# Who must agree.


def test_there_is_no_board_until_everybody_has_said_so_for_themselves(person):
    first, second = CircleMemberFactory(user=person), None
    second = CircleMemberFactory(circle=first.circle)
    habit, now = share(first, done="x").user_habit, dt.datetime.now(dt.UTC)
    # On a Monday nothing but today is asked yet.
    checkins.check_in(first.user, habit.pk, key=uuid7(), at=now, now=now)
    browsers = []
    for one in (first, second):
        browser = Client()
        browser.force_login(one.user)
        browsers.append(browser)
    url = reverse("circles:board", args=[first.circle_id])

    browsers[0].post(url, {"agree": "1"})
    assert (seen(first), seen(second)) == (None, None)
    assert "모두 동의한 동안 보여요" in page(first)
    browsers[1].post(url, {"agree": "1"})
    assert seen(first) is not None
    assert "번 중" in page(first)

    browsers[1].post(url, {"withdraw": "1"})
    assert (seen(first), seen(second)) == (None, None)


def test_it_goes_when_somebody_joins_and_comes_back_when_they_agree(me, friend):
    share(me, done="x")
    found = invitations.make(me, now=NOW)
    joined = invitations.accept(found.token, UserFactory(), nickname="도현", now=NOW)

    assert seen(me) is None
    weekly_board.agree(joined, now=NOW)
    assert seen(me) is not None
    weekly_board.withdraw(joined)
    assert seen(me) is None
    membership.leave(joined)
    assert seen(me) is not None


def test_one_who_leaves_and_comes_back_has_not_agreed(me, friend):
    share(me, done="x")
    membership.leave(friend)
    found = invitations.make(me, now=NOW)
    invitations.accept(found.token, friend.user, nickname="민서", now=NOW)

    assert seen(me) is None


def test_a_board_of_one_is_none(me):
    share(me, done="x")

    assert seen(me) is None


def test_somebody_who_asked_to_leave_the_service_neither_holds_it_up_nor_is_on_it(me, friend):
    gone = CircleMemberFactory(circle=me.circle, nickname="하린")
    share(gone, done="x")
    gone.user.is_active = False
    gone.user.save()

    assert seen(me) == [(None, [("지우", 0, 0), ("민서", 0, 0)])]


def test_people_who_blocked_each_other_are_on_no_board_together(me, friend):
    third = CircleMemberFactory(circle=me.circle, nickname="도현", board_agreed_at=NOW)
    for one in (me, friend, third):
        share(one, done="xxx")
    blocks.block(me.user, friend)

    assert seen(me) == [(1, [("지우", 3, 3), ("도현", 3, 3)])]
    assert seen(friend) == [(1, [("민서", 3, 3), ("도현", 3, 3)])]
    # The one whom they do not see has a say in it, so that a block tells nobody anything.
    weekly_board.withdraw(friend)
    assert seen(me) is None


def test_if_one_sees_nobody_else_there_is_none(me, friend):
    share(me, done="x")
    blocks.block(me.user, friend)

    assert (seen(me), seen(friend)) == (None, None)


def test_what_is_not_shown_is_not_counted(me, friend):
    shown, hidden, paused = share(friend, done="xxx"), share(friend, done="..."), share(friend, done="...")
    sharing.keep_private(hidden.user_habit)
    pauses.pause(friend.user, paused.user_habit_id, starts_on=NOW.date(), ends_on=None, at=NOW)
    share(me)

    assert seen(me) == [(1, [("민서", 3, 3)]), (None, [("지우", 0, 3)])]
    sharing.choose(friend, [], today=NOW.date())
    assert seen(me) == [(None, [("지우", 0, 3), ("민서", 0, 0)])]
    assert shown.member == friend


def test_the_page_tells_ties_in_words_and_nobody_is_last(me, friend):
    third = CircleMemberFactory(circle=me.circle, nickname="도현", board_agreed_at=NOW)
    now = dt.datetime.now(dt.UTC)
    for one in (me, friend):
        habit = UserHabitFactory(user=one.user, started_at=now - 30 * DAY)
        SharedHabitFactory(member=one, user_habit=habit)
        checkins.check_in(one.user, habit.pk, key=uuid7(), at=now, now=now)
    SharedHabitFactory(member=third, user_habit=UserHabitFactory(user=third.user))

    shown = page(me)

    assert "공동 1번째" in shown
    assert shown.count("1번 중 1번") == 4  # each beside its bar and in its label
    assert "중 0번" not in shown
    assert "이번 주를 시작하는 중" in shown
    assert "비율이 같으면 순서도 같아요" in shown
