import datetime as dt
from uuid import uuid4

import factory
from factory.django import DjangoModelFactory
from uuid6 import uuid7

from habits.models import (
    CheckInKey,
    Habit,
    HabitCategory,
    HabitImport,
    HabitLog,
    HabitLogEdit,
    HabitRest,
    MonthGoal,
    UserHabit,
)
from tests.factories.accounts import UserFactory


class HabitCategoryFactory(DjangoModelFactory):
    class Meta:
        model = HabitCategory
        django_get_or_create = ["name_en"]

    name = "건강"
    name_en = "health"
    icon = "heart"
    color = "#E53E3E"


class HabitFactory(DjangoModelFactory):
    """A habit of the catalogue; with `owner` one of their own, whose name and description are sealed."""

    class Meta:
        model = Habit

    @classmethod
    def _adjust_kwargs(cls, **kwargs):
        if kwargs.get("owner"):
            kwargs |= {f"own_{text}": kwargs.pop(text, None) for text in ("name", "description")}
        return kwargs

    name = factory.Sequence(lambda n: f"습관 {n}")
    category = factory.SubFactory(HabitCategoryFactory)
    difficulty_level = "beginner"


class UserHabitFactory(DjangoModelFactory):
    """A habit started thirty days ago in Seoul."""

    class Meta:
        model = UserHabit

    user = factory.SubFactory(UserFactory)
    habit = factory.SubFactory(HabitFactory)
    started_at = factory.LazyFunction(lambda: dt.datetime.now(dt.UTC) - dt.timedelta(days=30))
    started_on = factory.LazyAttribute(lambda o: o.user.calendar.day_of(o.started_at))


class HabitLogFactory(DjangoModelFactory):
    class Meta:
        model = HabitLog

    user_habit = factory.SubFactory(UserHabitFactory)
    target_count = 1
    completed_at = factory.LazyFunction(lambda: dt.datetime.now(dt.UTC))
    local_date = factory.LazyAttribute(lambda o: o.user_habit.user.calendar.day_of(o.completed_at))


class HabitLogEditFactory(DjangoModelFactory):
    class Meta:
        model = HabitLogEdit

    user_habit = factory.SubFactory(UserHabitFactory)
    user = factory.SelfAttribute("user_habit.user")
    log_id = factory.LazyFunction(uuid4)
    local_date = factory.LazyFunction(lambda: dt.datetime.now(dt.UTC).date())
    kind = "changed"
    before = {"count": 1}
    after = {"count": 2}


class CheckInKeyFactory(DjangoModelFactory):
    class Meta:
        model = CheckInKey

    id = factory.LazyFunction(uuid7)
    made_at = factory.LazyFunction(lambda: dt.datetime.now(dt.UTC))


class HabitRestFactory(DjangoModelFactory):
    class Meta:
        model = HabitRest

    user_habit = factory.SubFactory(UserHabitFactory)
    user = factory.SelfAttribute("user_habit.user")
    kind = "pause"
    starts_on = factory.LazyFunction(lambda: dt.datetime.now(dt.UTC).date())


class MonthGoalFactory(DjangoModelFactory):
    class Meta:
        model = MonthGoal

    user_habit = factory.SubFactory(UserHabitFactory)
    user = factory.SelfAttribute("user_habit.user")
    target = 20


class HabitImportFactory(DjangoModelFactory):
    class Meta:
        model = HabitImport

    user = factory.SubFactory(UserFactory)
    storage_path = factory.Sequence(lambda n: f"imports/{n}")
    expires_at = factory.LazyFunction(lambda: dt.datetime.now(dt.UTC) + dt.timedelta(days=1))
