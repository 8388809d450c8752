"""Demo accounts: 지우 with two months of history and a half-done day, and one of staff."""

import datetime as dt

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.days import ONE_DAY, Calendar
from accounts.models import User
from devtools.seeding import PASSWORD, PERSON, STAFF, histories, loader, people
from devtools.seeding.patterns import SATURDAY, Pattern
from devtools.seeding.people import Person

DAYS = 60
HABITS = (
    "기지개 켜기",
    "물 8잔 마시기",
    "책 20쪽 읽기",
    "하루 계획 세 줄",
    "커피 2잔 이하",
    "달리기 3km",
    "감사한 일 세 가지",
    "점심 먹고 걷기",
)
# The evening habits are still open, however late the demo is made.
EVENING = dt.time(18)


def create_accounts(*, now: dt.datetime) -> None:
    """Creates the accounts that are missing and leaves existing ones unchanged."""
    with transaction.atomic():
        if not User.objects.filter(email=PERSON).exists():
            _create_person(now=now)
        if not User.objects.filter(email=STAFF).exists():
            staff = User.objects.create_superuser(STAFF, password=PASSWORD, name="운영자")
            EmailAddress.objects.create(user=staff, email=STAFF, verified=True, primary=True)


def _create_person(*, now: dt.datetime) -> None:
    rng, content = people.random_for(0, 0), loader.SeedContent.read()
    calendar = Calendar(zone="Asia/Seoul")
    today = calendar.day_of(now)
    first_day = today - DAYS * ONE_DAY
    joined_at = calendar.at(first_day, dt.time(8, 12))
    person = Person(
        id=people.new_person_id(rng, joined_at),
        name="지우",
        email=PERSON,
        plan_id="premium_yearly",
        pattern=Pattern("demo", _often_enough),
        joined_at=joined_at,
        first_day=first_day,
        calendar=calendar,
        detail_rate=0.5,
    )
    habits = {habit.name: habit for habit in content.habits}
    history = histories.start(
        rng,
        person,
        [habits[name] for name in HABITS if name in habits],
        until=today,
        ends_at=min(now, calendar.at(today, EVENING)),
    )
    histories.add_pause(rng, history, None, kind="pause", first=today - 24 * ONE_DAY, last=today - 22 * ONE_DAY)
    loader.write(content, [(rng, history)], first=first_day, until=today, password=make_password(PASSWORD))


def _often_enough(_gone: float, weekday: int) -> float:
    return 0.92 if weekday < SATURDAY else 0.8
