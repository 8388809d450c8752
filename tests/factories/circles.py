"""Factories of circles."""

import datetime as dt

import factory
from factory.django import DjangoModelFactory

from circles.models import (
    Challenge,
    ChallengePart,
    Cheer,
    Circle,
    CircleBlock,
    CircleInvitation,
    CircleMember,
    PrivateHabit,
    SharedHabit,
    TogetherPart,
)
from tests.factories.accounts import UserFactory
from tests.factories.habits import UserHabitFactory


class CircleFactory(DjangoModelFactory):
    class Meta:
        model = Circle


class CircleMemberFactory(DjangoModelFactory):
    class Meta:
        model = CircleMember

    circle = factory.SubFactory(CircleFactory)
    user = factory.SubFactory(UserFactory)
    seat = factory.LazyAttribute(lambda o: o.circle.members.count() + 1)
    nickname = factory.Sequence(lambda n: f"별명{n}")
    circle_name = "아침을 여는 사람들"


class CircleInvitationFactory(DjangoModelFactory):
    class Meta:
        model = CircleInvitation

    made_by = factory.SubFactory(CircleMemberFactory)
    circle = factory.SelfAttribute("made_by.circle")
    token = factory.Sequence(lambda n: f"invitation-{n}")
    uses_left = 5
    expires_at = factory.LazyFunction(lambda: dt.datetime.now(dt.UTC) + dt.timedelta(days=7))


class SharedHabitFactory(DjangoModelFactory):
    class Meta:
        model = SharedHabit

    member = factory.SubFactory(CircleMemberFactory)
    user_habit = factory.SubFactory(UserHabitFactory, user=factory.SelfAttribute("..member.user"))
    shared_on = factory.LazyAttribute(lambda o: o.member.user.calendar.day_of(dt.datetime.now(dt.UTC)))


class PrivateHabitFactory(DjangoModelFactory):
    class Meta:
        model = PrivateHabit

    user_habit = factory.SubFactory(UserHabitFactory)


class CircleBlockFactory(DjangoModelFactory):
    class Meta:
        model = CircleBlock

    blocker = factory.SubFactory(UserFactory)
    blocked = factory.SubFactory(UserFactory)
    nickname = "하린"


class CheerFactory(DjangoModelFactory):
    class Meta:
        model = Cheer

    shared = factory.SubFactory(SharedHabitFactory)
    sender = factory.SubFactory(CircleMemberFactory, circle=factory.SelfAttribute("..shared.member.circle"))
    user = factory.SelfAttribute("sender.user")
    user_habit = factory.SelfAttribute("shared.user_habit")
    day = factory.SelfAttribute("shared.shared_on")
    sign = "sun"


class TogetherPartFactory(DjangoModelFactory):
    class Meta:
        model = TogetherPart

    shared = factory.SubFactory(SharedHabitFactory)
    circle = factory.SelfAttribute("shared.member.circle")
    habit = factory.SelfAttribute("shared.user_habit.habit")
    seat = 1
    joined_on = factory.SelfAttribute("shared.shared_on")


class ChallengeFactory(DjangoModelFactory):
    """A published challenge that counts any habit, in a month of its own."""

    class Meta:
        model = Challenge

    month = factory.Sequence(lambda n: dt.date(2100 + n // 12, n % 12 + 1, 1))
    name = "천천히 걷는 달"
    description = "날마다 조금씩 걸어요."
    translations = {"en": {"name": "A month of walks", "description": "Walk a little each day."}}
    is_active = True


class ChallengePartFactory(DjangoModelFactory):
    class Meta:
        model = ChallengePart

    challenge = factory.SubFactory(ChallengeFactory)
    user = factory.SubFactory(UserFactory)
    joined_on = factory.SelfAttribute("challenge.month")
