"""Seeded people.

Names are combined from common syllables; the addresses do not exist (example.com).
"""

import dataclasses
import datetime as dt
from random import Random
from uuid import UUID

from accounts.days import ONE_DAY, Calendar
from devtools.seeding.patterns import PATTERNS, Pattern

FAMILY = "김이박최정강조윤장임한오서신권황안송류홍"
FIRST = "지서민하윤도예수현유시은주채다연태준가나"
SECOND = "우연준아윤서은호진율린원영민희경솔빈"
ZONES_ABROAD = ("America/Los_Angeles", "Europe/Berlin", "Asia/Tokyo", "Australia/Sydney", "America/Sao_Paulo")
# Seven plans and five patterns: any 35 people cover each combination.
PLANS = ("basic", "premium", "basic", "premium_yearly", "pro", "basic", "pro_yearly")


@dataclasses.dataclass(frozen=True)
class Person:
    id: UUID
    name: str
    email: str
    plan_id: str
    pattern: Pattern
    joined_at: dt.datetime
    first_day: dt.date
    calendar: Calendar
    birth_year: int | None = None
    gender: str | None = None
    # Share of check-ins with mood and energy, 0.0 to 1.0; 0.0 without the consent to health data.
    detail_rate: float = 0.0
    agrees_to_marketing: bool = False

    @property
    def shares_health(self) -> bool:
        return self.detail_rate > 0


def random_for(seed: int, number: int) -> Random:
    """The random numbers of one person."""
    return Random(f"{seed}/{number}")  # noqa: S311 - repeatable, not secret


def person(rng: Random, number: int, *, days: int, until: dt.date) -> Person:
    """Person `number` of a seed, who joined at most `days` days before the end of `until`."""
    calendar = Calendar(
        zone=ZONES_ABROAD[number // 8 % len(ZONES_ABROAD)] if number % 8 == 0 else "Asia/Seoul",
        day_start=4 if rng.random() < 0.1 else 0,
        week_start="sunday" if rng.random() < 0.15 else "monday",
    )
    joined_at_the_start = rng.random() < 0.75
    length = days if joined_at_the_start else rng.randint(max(days // 3, 1), days)
    first_day = until - (length - 1) * ONE_DAY
    joined_at = calendar.at(first_day, dt.time(rng.randint(7, 21), rng.randrange(60), rng.randrange(60)))
    return Person(
        id=new_person_id(rng, joined_at),
        name=name(rng),
        email=address(number),
        plan_id=PLANS[number % len(PLANS)],
        pattern=PATTERNS[number % len(PATTERNS)],
        joined_at=joined_at,
        first_day=first_day,
        calendar=calendar,
        birth_year=until.year - rng.randint(17, 64) if rng.random() < 0.8 else None,
        gender=rng.choice(["female", "male", "female", "male", "other", None]),
        detail_rate=rng.choice([0.0, 0.15, 0.4, 0.4, 0.75]),
        agrees_to_marketing=rng.random() < 0.3,
    )


def address(number: int) -> str:
    return f"seed{number}@example.com"


def name(rng: Random) -> str:
    first = rng.choice(FIRST)
    return rng.choice(FAMILY) + first + rng.choice([syllable for syllable in SECOND if syllable != first])


# The random bits of a UUIDv7, without version and variant.
_RANDOM_BITS, _VERSION = 0x0FFF_3FFF_FFFF_FFFF_FFFF, 0x7000_8000_0000_0000_0000


def new_id(rng: Random, at: dt.datetime) -> UUID:
    """A UUIDv7 of the instant `at`, as the application would create it then."""
    return UUID(bytes=new_key(rng, at))


def new_person_id(rng: Random, at: dt.datetime) -> UUID:
    """The same as version 8, which marks test accounts (accounts/population.py)."""
    return UUID(int=new_id(rng, at).int & ~(0xF << 76) | 0x8 << 76)


def new_key(rng: Random, at: dt.datetime) -> bytes:
    """The same as 16 bytes, for rows by the hundred thousand."""
    return (int(at.timestamp() * 1000) << 80 | rng.getrandbits(80) & _RANDOM_BITS | _VERSION).to_bytes(16)
