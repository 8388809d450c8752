"""People of the demo whom its figures count.

Figures of fewer than five people are hidden on the staff pages, shares of fewer than thirty are grey: so many come each
week that the shares of those who stay are neither. Most of them leave sooner or later, as people do. Their histories end
with the day after the last one that is over everywhere, so that the numbers of that one are whole. Afterwards the jobs of
a night count them, as they count everybody.
"""

import dataclasses
import datetime as dt
from collections.abc import Iterator
from random import Random

from django.contrib.auth.hashers import make_password

from accounts.days import ONE_DAY
from accounts.models import User
from analytics import metric_fill
from devtools.seeding import PASSWORD, histories, loader, people
from devtools.seeding.loader import SeedContent, SeededPerson
from devtools.seeding.patterns import PATTERNS, Pattern
from devtools.seeding.people import Person
from gamification import rarity
from habits import template_people, user_stats

NUMBER, WEEKS = 360, 8
# One of this many stays; the others leave after some days, on average so many.
STAYS, LEAVES_AFTER = 3, 10.0
FRIDAY = 5
# No seeded person has this seed, so none has these random numbers.
SEED = -2


def address(number: int) -> str:
    return f"crowd{number}@example.com"


def create_people(*, now: dt.datetime) -> bool:
    """Creates them and counts everybody; whether they were missing."""
    if User.objects.filter(email=address(1)).exists():
        return False
    until = metric_fill.last_closed(now) + ONE_DAY
    # Some joined on the Friday before their first weekend.
    first = until - (7 * WEEKS + 2) * ONE_DAY
    planned = _planned(SeedContent.read(), until=until, now=now)
    loader.write(SeedContent.read(), planned, first=first, until=until, password=make_password(PASSWORD))
    count(now=now)
    return True


def count(*, now: dt.datetime) -> None:
    """What the nights count."""
    user_stats.refresh()
    rarity.count_holders()
    template_people.count()
    metric_fill.fill(now=now)


def _planned(content: SeedContent, *, until: dt.date, now: dt.datetime) -> Iterator[SeededPerson]:
    """As many came each week, so that each week's newcomers can be followed."""
    for number in range(1, NUMBER + 1):
        rng = people.random_for(SEED, number)
        days = 7 * (number % WEEKS + 1)
        person = _on_a_weekday(people.person(rng, number, days=days, until=until))
        pattern = _pattern(rng, number, person, until=until)
        person = dataclasses.replace(person, email=address(number), pattern=pattern)
        chosen = loader.chosen(rng, content, person.plan_id)
        yield rng, histories.start(rng, person, chosen, until=until, ends_at=now)


def _on_a_weekday(person: Person) -> Person:
    """Who came at a weekend came on the Friday before, so that everybody has done something in their first week."""
    back = max(person.first_day.isoweekday() - FRIDAY, 0) * ONE_DAY
    return dataclasses.replace(person, first_day=person.first_day - back, joined_at=person.joined_at - back)


def _pattern(rng: Random, number: int, person: Person, *, until: dt.date) -> Pattern:
    """The pattern of a person who stays, or of one who does as many days of it and is not seen again.

    Few would come back each week, and few are hidden together with those who are new: nobody does.
    """
    usual = person.pattern if person.pattern.name != "comeback" else PATTERNS[0]
    if number // WEEKS % STAYS == 0:
        return usual
    length = (until - person.first_day).days + 1
    share = (1 + rng.expovariate(1 / LEAVES_AFTER)) / length
    return usual._replace(chance=lambda gone, weekday: usual.chance(gone, weekday) if gone < share else 0.0)
