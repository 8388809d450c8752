"""People of the demo whom its figures count.

Figures of fewer than five people are hidden on the staff pages. Their histories end with the last day that is over everywhere. Afterwards the jobs of a night count them, as they count everybody.
"""

import dataclasses
import datetime as dt
from collections.abc import Iterator

from django.contrib.auth.hashers import make_password

from accounts.days import ONE_DAY
from accounts.models import User
from analytics import metric_fill
from devtools.seeding import PASSWORD, histories, loader, people
from devtools.seeding.loader import SeedContent, SeededPerson
from gamification import rarity
from habits import template_people, user_stats

NUMBER, WEEKS = 96, 6
# No seeded person has this seed, so none has these random numbers.
SEED = -2


def address(number: int) -> str:
    return f"crowd{number}@example.com"


def create_people(*, now: dt.datetime) -> bool:
    """Creates them and counts everybody; whether they were missing."""
    if User.objects.filter(email=address(1)).exists():
        return False
    until = metric_fill.last_closed(now)
    first = until - 7 * WEEKS * ONE_DAY
    planned = _planned(SeedContent.read(), until=until)
    loader.write(SeedContent.read(), planned, first=first, until=until, password=make_password(PASSWORD))
    count(now=now)
    return True


def count(*, now: dt.datetime) -> None:
    """What the nights count."""
    user_stats.refresh()
    rarity.count_holders()
    template_people.count()
    metric_fill.fill(now=now)


def _planned(content: SeedContent, *, until: dt.date) -> Iterator[SeededPerson]:
    """As many came each week, so that each week's newcomers can be followed."""
    for number in range(1, NUMBER + 1):
        rng = people.random_for(SEED, number)
        days = 7 * (number % WEEKS + 1)
        person = dataclasses.replace(people.person(rng, number, days=days, until=until), email=address(number))
        history = histories.start(rng, person, loader.chosen(rng, content, person.plan_id), until=until)
        histories.add_random_pauses(rng, history)
        yield rng, history
