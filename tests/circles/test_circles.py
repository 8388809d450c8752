"""Circles: making one, inviting, sharing, leaving, blocking, and what the page shows."""

import datetime as dt
import json
import re

import pytest
from django.test import Client
from django.urls import reverse
from uuid6 import uuid7

from circles import blocks, cheers, invitations, membership, sharing, visibility
from circles.models import (
    Cheer,
    Circle,
    CircleBlock,
    CircleInvitation,
    CircleMember,
    SharedHabit,
    TogetherPart,
)
from circles.pages import circle_detail
from habits import checkins
from notifications.models import Notification
from tests.at_once import at_once
from tests.clock import NOW
from tests.factories.accounts import UserFactory
from tests.factories.circles import CheerFactory, CircleMemberFactory, SharedHabitFactory
from tests.factories.habits import UserHabitFactory
from wellness.privacy import account_deletion, deletion_log, erasure

pytestmark = pytest.mark.django_db


@pytest.fixture
def me(person):
    return CircleMemberFactory(user=person, nickname="지우")


@pytest.fixture
def friend(me):
    return CircleMemberFactory(circle=me.circle, nickname="민서")


def share(member: CircleMember, name: str = "기지개", **habit) -> SharedHabit:
    return SharedHabitFactory(member=member, user_habit=UserHabitFactory(user=member.user, custom_name=name, **habit))


def tick(shared: SharedHabit) -> None:
    checkins.check_in(shared.member.user, shared.user_habit_id, key=uuid7(), at=NOW, now=NOW)


def page(member: CircleMember) -> str:
    browser = Client()
    browser.force_login(member.user)
    return browser.get(reverse("circles:circle", args=[member.circle_id])).content.decode()


def test_a_circle_of_ten_offers_no_link_that_nobody_can_use(me):
    CircleMemberFactory.create_batch(9, circle=me.circle)
    full = page(me)
    membership.leave(me.circle.members.last())

    assert "열 명이 다 찼어요" in full
    assert "링크 만들기" not in full
    assert "링크 만들기" in page(me)


def test_a_person_makes_a_circle_and_another_joins_by_its_link(signed_in, person, stranger):
    habit = UserHabitFactory(user=stranger, custom_name="점심 걷기")
    signed_in.post(reverse("circles:found"), {"circle_name": "아침 사람들", "nickname": "지우"})
    circle = Circle.objects.get()
    signed_in.post(reverse("circles:invitation", args=[circle.pk]))
    link = reverse("circles:join", args=[CircleInvitation.objects.get().token])
    browser = Client()
    browser.force_login(stranger)

    asked = browser.get(link).content.decode()
    browser.post(link, {"nickname": "민서", "habits": [str(habit.pk)]})

    assert "지우 님이 ‘아침 사람들’에 초대했어요" in asked
    shown = signed_in.get(reverse("circles:circle", args=[circle.pk])).content.decode()
    assert "점심 걷기" in shown
    assert "민서" in shown
    assert "아침 사람들" in browser.get(reverse("circles:circle", args=[circle.pk])).content.decode()
    assert CircleInvitation.objects.get().uses_left == invitations.USES - 1


def test_names_are_sealed(me):
    raw = CircleMember.objects.filter(pk=me.pk).values_list("nickname", "circle_name")[0]

    assert not {"지우", me.circle_name} & set(raw)


def test_a_link_ends_by_time_by_use_and_by_hand(me, stranger):
    def works(*, at: dt.datetime = NOW) -> bool:
        try:
            return bool(invitations.find(found.token, stranger, now=at))
        except invitations.InvitationClosed:
            return False

    found = invitations.make(me, now=NOW)
    assert (works(), works(at=NOW + invitations.KEPT_FOR)) == (True, False)
    CircleInvitation.objects.update(uses_left=0)
    assert not works()
    replaced, found = found, invitations.make(me, now=NOW)
    assert works()
    assert CircleInvitation.objects.filter(token=replaced.token).count() == 0
    invitations.close(me)
    assert not works()


def test_who_is_not_signed_in_reads_that_they_are_invited(client):
    login = client.get("/c/a-link/", follow=True)
    sign_up = client.get(re.search(r'href="(/accounts/signup/[^"]*)"', login.text)[1])

    assert "모임에 초대받았어요" in login.text
    assert "초대 링크를 한 번 더 열어" in sign_up.text
    assert not any("초대" in client.get(path).text for path in ("/accounts/login/", "/accounts/signup/"))


def test_a_closed_link_says_so(signed_in):
    answer = signed_in.get(reverse("circles:join", args=["nothing"]))

    assert answer.status_code == 410
    assert "닫혔어요" in answer.content.decode()


def test_a_circle_has_ten_seats(me):
    found = invitations.make(me, now=NOW)
    CircleInvitation.objects.update(uses_left=20)
    for _n in range(9):
        invitations.accept(found.token, UserFactory(), nickname="하나", now=NOW)

    with pytest.raises(membership.CircleFull):
        invitations.accept(found.token, UserFactory(), nickname="열하나", now=NOW)
    assert CircleInvitation.objects.get().uses_left == 11


def test_somebody_may_be_in_five_circles(person):
    for _n in range(membership.MOST_CIRCLES):
        membership.create(person, circle_name="모임", nickname="지우")

    with pytest.raises(membership.TooManyCircles):
        membership.create(person, circle_name="모임", nickname="지우")


def test_the_last_place_and_the_last_use_go_to_one(committed):
    me = CircleMemberFactory()
    found = invitations.make(me, now=NOW)
    CircleInvitation.objects.update(uses_left=1)
    people = [UserFactory() for _n in range(8)]

    answers = at_once(8, lambda n: invitations.accept(found.token, people[n], nickname="하나", now=NOW))

    assert sum(isinstance(one, CircleMember) for one in answers) == 1
    assert CircleMember.objects.count() == 2


def test_one_sees_only_what_was_chosen_and_only_the_others_ring(me, friend):
    share(friend, "기지개 켜기")
    UserHabitFactory(user=friend.user, custom_name="몰래 하는 일")

    shown = page(me)

    assert "기지개 켜기" in shown
    assert "몰래 하는 일" not in shown
    assert "민서, 1개 중 0개" in shown
    tick(SharedHabit.objects.get())
    assert "민서, 1개를 다 했어요" in page(me)


def test_sharing_again_begins_again(me):
    habit = UserHabitFactory(user=me.user)
    day = dt.date(2026, 11, 2)
    sharing.choose(me, [habit], today=day)
    sharing.choose(me, [habit], today=day + dt.timedelta(1))
    assert SharedHabit.objects.get().shared_on == day

    sharing.choose(me, [], today=day)
    sharing.choose(me, [habit], today=day + dt.timedelta(2))

    assert SharedHabit.objects.get().shared_on == day + dt.timedelta(2)


def test_a_day_before_the_first_shown_one_stays_hidden_after_a_journey_westwards(me, friend):
    """What is shared in Seoul after midnight shows nothing of the day to which its person flies back."""
    habit = UserHabitFactory(user=friend.user, custom_name="기지개 켜기")
    evening = NOW.replace(hour=10) - dt.timedelta(days=2)
    checkins.check_in(friend.user, habit.pk, key=uuid7(), at=evening, now=evening)
    after_midnight = NOW.replace(hour=16) - dt.timedelta(days=2)
    sharing.choose(friend, [habit], today=friend.user.calendar.day_of(after_midnight))
    [shared] = SharedHabit.objects.all()
    assert ring_names(me, at=after_midnight) == ["기지개 켜기"]
    friend.user.timezone = "America/New_York"
    friend.user.save()

    assert ring_names(me, at=after_midnight) == []
    with pytest.raises(cheers.NotShown):
        cheers.send(me, shared.pk, "sun", now=after_midnight)
    assert ring_names(me, at=after_midnight + dt.timedelta(days=1)) == ["기지개 켜기"]


def test_after_a_journey_westwards_the_ring_is_of_the_day_that_is_there(me, friend):
    """Two days were done in Seoul; then it is the first of them again, and it is still done."""
    habit = UserHabitFactory(user=friend.user, custom_name="기지개 켜기")
    first, second = (NOW.replace(hour=2) - dt.timedelta(days=ago) for ago in (3, 2))
    sharing.choose(friend, [habit], today=first.date())
    for at in (first, second):
        checkins.check_in(friend.user, habit.pk, key=uuid7(), at=at, now=at)
    friend.user.timezone = "America/New_York"
    friend.user.save()
    viewer = CircleMember.objects.select_related("user").get(pk=me.pk)

    [seen] = circle_detail.page(viewer, now=second)["friends"]

    assert [arc["state"] for arc in seen["ring"]["arcs"]] == ["done"]


def ring_names(viewer: CircleMember, *, at: dt.datetime) -> list[str]:
    """The habits of the others on the page at that moment."""
    viewer = CircleMember.objects.select_related("user").get(pk=viewer.pk)
    shown = circle_detail.page(viewer, now=at)
    return [habit["name"] for one in shown["friends"] for habit in one["habits"]]


def test_a_private_habit_cannot_be_shared(me, friend):
    shared = share(me, "일기 쓰기")
    sharing.keep_private(shared.user_habit)

    sharing.choose(me, [shared.user_habit], today=NOW.date())

    assert SharedHabit.objects.count() == 0
    # A row that was written at the same moment shows nothing either.
    SharedHabitFactory(member=me, user_habit=shared.user_habit)
    assert "일기 쓰기" not in page(friend)
    sharing.allow(shared.user_habit)
    assert "일기 쓰기" not in page(friend)


def test_somebody_elses_habit_cannot_be_shared(me, friend):
    sharing.choose(me, [UserHabitFactory(user=friend.user)], today=NOW.date())

    assert SharedHabit.objects.count() == 0


def test_blocking_hides_both_and_takes_their_cheers_back(me, friend):
    mine, theirs = share(me, "내 습관"), share(friend, "친구 습관")
    cheers.send(friend, mine.pk, "sun", now=NOW)
    cheers.send(me, theirs.pk, "star", now=NOW)

    blocks.block(me.user, friend)

    assert "친구 습관" not in page(me)
    assert "민서" not in page(me)
    assert "내 습관" not in page(friend)
    assert (Cheer.objects.count(), Notification.objects.filter(notification_type="cheer").count()) == (0, 0)
    with pytest.raises(cheers.NotShown):
        cheers.send(friend, mine.pk, "sun", now=NOW)
    blocks.unblock(me.user, CircleBlock.objects.get().pk)
    assert "친구 습관" in page(me)


def test_a_blocked_person_cannot_use_the_blockers_link(me, stranger):
    found = invitations.make(me, now=NOW)
    CircleBlock.objects.create(blocker=me.user, blocked=stranger, nickname="하린")

    with pytest.raises(invitations.InvitationClosed):
        invitations.find(found.token, stranger, now=NOW)


def test_leaving_leaves_nothing_behind(me, friend):
    mine = share(me, "내 습관")
    TogetherPart.objects.create(
        shared=mine, circle=me.circle, habit=mine.user_habit.habit, seat=1, joined_on=mine.shared_on
    )
    cheers.send(friend, mine.pk, "sun", now=NOW)
    CheerFactory(sender=me, shared=share(friend))
    invitations.make(me, now=NOW)

    membership.leave(me)

    left = [model.objects.count() for model in (Cheer, TogetherPart, CircleInvitation)]
    assert left == [0, 0, 0]
    assert Notification.objects.filter(notification_type="cheer").count() == 0
    assert [one.member for one in SharedHabit.objects.all()] == [friend]
    assert "지우" not in page(friend)


def test_a_circle_ends_with_its_last_member(me, friend):
    membership.leave(me)
    assert Circle.objects.count() == 1
    membership.leave(friend)
    assert Circle.objects.count() == 0


def test_of_two_who_leave_at_once_none_leaves_an_empty_circle(committed):
    first = CircleMemberFactory()
    both = [first, CircleMemberFactory(circle=first.circle)]

    at_once(2, lambda n: membership.leave(both[n]))

    assert Circle.objects.count() == 0


def test_an_erased_person_leaves_nothing_in_circles(me, friend):
    mine = share(me)
    cheers.send(friend, mine.pk, "sun", now=NOW)
    CheerFactory(sender=me, shared=share(friend, "친구 습관"))
    CircleBlock.objects.create(blocker=friend.user, blocked=me.user, nickname="지우")
    CircleBlock.objects.create(blocker=me.user, blocked=UserFactory(), nickname="하린")
    person, email = me.user, me.user.email

    erasure.erase(person.pk, at=NOW)

    assert erasure.remains(person.pk, addresses=[email]) == {}
    assert (CircleBlock.objects.count(), Cheer.objects.count(), CircleMember.objects.count()) == (0, 0, 1)


def test_somebody_who_asked_to_leave_is_not_seen_any_more(me, friend):
    share(friend, "친구 습관")
    friend.user.is_active = False
    friend.user.save()

    assert list(visibility.shown_to(me)) == []
    assert "민서" not in page(me)


def test_their_cheers_are_taken_back_also_before_they_are_sent(me, friend):
    mine = share(me, "내 습관")
    cheers.send(friend, mine.pk, "sun", now=NOW)
    assert Notification.objects.filter(notification_type="cheer").count() == 1

    account_deletion.request_deletion(friend.user, at=NOW)
    account_deletion.cancel_deletion(friend.user.pk, at=NOW)

    assert (Cheer.objects.count(), Notification.objects.filter(notification_type="cheer").count()) == (0, 0)


def test_the_cheers_of_an_account_that_staff_close_are_taken_back(me, friend):
    mine = share(me, "내 습관")
    cheers.send(friend, mine.pk, "sun", now=NOW)

    account_deletion.set_active(friend.user, active=False, at=NOW)

    assert (Cheer.objects.count(), Notification.objects.filter(notification_type="cheer").count()) == (0, 0)


def test_a_request_that_a_restored_database_lacks_takes_them_back(me, friend, settings, tmp_path):
    settings.DELETION_LEDGER = tmp_path / "deletions.jsonl"
    line = {"user_id": str(friend.user_id), "step": deletion_log.Step.ASKED.value, "at": NOW.isoformat()}
    settings.DELETION_LEDGER.write_text(json.dumps(line) + "\n")
    cheers.send(friend, share(me, "내 습관").pk, "sun", now=NOW)

    assert erasure.replay(NOW)["asked"] == 1

    assert (Cheer.objects.count(), Notification.objects.filter(notification_type="cheer").count()) == (0, 0)


def test_the_page_costs_the_same_for_many_habits(me, django_assert_max_num_queries):
    browser = Client()
    browser.force_login(me.user)
    for _n in range(5):
        other = CircleMemberFactory(circle=me.circle)
        share(other)
        share(other)
    url = reverse("circles:circle", args=[me.circle_id])
    browser.get(url)

    # Without an open link one of them asks whether a seat is free.
    with django_assert_max_num_queries(14):
        browser.get(url)


@pytest.mark.django_db(transaction=True)
def test_sixteen_requests_at_once_make_no_sixth_circle(committed):
    founder, guest = UserFactory(), UserFactory()
    links = [invitations.make(CircleMemberFactory(), now=NOW).token for _ in range(16)]
    at_once(16, lambda _n: membership.create(founder, circle_name="모임", nickname="나"))
    at_once(16, lambda n: invitations.accept(links[n], guest, nickname="너", now=NOW))

    assert [one.circles.count() for one in (founder, guest)] == [membership.MOST_CIRCLES] * 2


@pytest.mark.parametrize(
    "blank", ["\u200b", "\u2060\u200d", "\u3164", "\u115f\u1160", "\u2800 \u2800", "\u0301", "\ufeff"]
)
def test_nobody_has_a_name_in_which_there_is_nothing_to_see(signed_in, person, blank):
    answer = signed_in.post("/circles/new/", {"circle_name": "모임", "nickname": blank})

    assert "이름을 입력해 주세요." in answer.text
    assert not person.circles.exists()


def test_a_name_is_one_line(signed_in, person):
    signed_in.post("/circles/new/", {"circle_name": "우리\r\n모임", "nickname": "지\n우"})

    assert [(one.circle_name, one.nickname) for one in person.circles.all()] == [("우리 모임", "지 우")]
