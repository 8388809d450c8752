"""A criterion that can be saved is earned by a history that is done with habits."""

import dataclasses
import datetime as dt
import random
from uuid import UUID

import pytest

from accounts.days import Calendar
from gamification import criteria, lunar_dates, reachability, replays
from gamification.achievements import EarnableAchievement, Watch
from gamification.criteria import Progress
from gamification.models import Achievement
from gamification.reachability import Known, Script, Unreachable, construct
from gamification.replays import Act
from habits.person_record import PersonRecord, RecordedHabit, RecordedLog
from habits.schedules import Daily, Rule, Timeline, Weekly

KNOWN = Known(categories=["health", "exercise", "learning", "mindfulness"], weathers=["rain", "snow"])
CALENDAR = Calendar("Asia/Seoul")


def acts(script: Script) -> list[Act]:
    """The script, done by somebody with ordinary habits."""
    if not script.days:
        return []
    schedules = [Daily()] * (len(script.habits) - 1) + [Weekly(1) if script.weekly else Daily()]
    habits = [
        RecordedHabit(
            pk=UUID(int=number + 1),
            category=category,
            timeline=Timeline.always(Rule(schedules[number])),
            begins_on=script.days[0],
            started_at=CALENDAR.bounds(script.days[0])[0],
            rests=[(day, day) for day in script.rested],
            first_logged=script.days[0],
        )
        for number, category in enumerate(script.habits)
    ]
    number = 0
    for day in script.days:
        start = CALENDAR.bounds(day)[0]
        for habit in habits:
            hour = script.hours[number % len(script.hours)]
            weather = script.weathers[number % len(script.weathers)]
            at = start + dt.timedelta(seconds=number % 86_000)
            habit.logs[day] = [RecordedLog(at, UUID(int=number), 1, hour, script.noted, weather)]
            number += 1
    done = list(PersonRecord(CALENDAR, habits).acts())
    if script.reactions:
        last = done[-1]
        done.append(last._replace(progress=Progress(day=last.day, reactions=script.reactions)))
    return done


def earns(criterion: criteria.Criterion, done: list[Act]) -> bool:
    entry = EarnableAchievement(Achievement(pk="asked", points=0), criterion)
    return bool(replays.replay(done, Watch([entry])).earned)


def any_criterion(rng: random.Random, *, depth: int = 0) -> dict:
    """A random criterion of the schema; sizes are small more often than large."""
    some = lambda most: max(1, round(most ** rng.random()))  # noqa: E731 -- used on the next lines only
    kinds = {
        "streak_days": {"need": some(400)},
        "streak_weeks": {"need": some(60)},
        "rested": {"need": some(40)},
        "protected": {"need": some(20)},
        "habit_total": {"need": some(800)},
        "total": {"need": some(3000)},
        "habits": {"need": some(20)},
        "habits_done": {"need": some(20), "times": some(300)},
        "days": {"need": some(400)},
        "perfect_days": {"need": some(400)},
        "perfect_weeks": {"need": some(60)},
        "hours": {"start": rng.randrange(24), "end": rng.randrange(25), "need": some(400)},
        "weekdays": {"days": rng.sample(range(1, 8), rng.randint(1, 7)), "need": some(400)},
        "category": {"category": rng.choice([*KNOWN.categories, "none"]), "need": some(800)},
        "categories": {"need": rng.randint(1, 5), "times": some(200)},
        "noted": {"what": rng.choice(["mood", "energy", "note", "photo"]), "need": some(400)},
        "weather": {"weather": rng.choice(["rain", "snow", "frogs"]), "need": some(50)},
        "seasons": {"need": rng.randint(1, 4), "days": rng.randint(1, 90)},
        "comeback": {"away": some(400)},
        "date": {"month": rng.randint(1, 12), "day": rng.randint(1, 31)},
        "lunar": {"feast": rng.choice(list(lunar_dates.FEASTS))},
        "reactions": {"need": some(10_000)},
        "level": {"need": rng.randint(2, 8)},
    }
    if depth < 2 and rng.random() < 0.3:
        kind = rng.choice(["all", "any"])
        return {"kind": kind, "of": [any_criterion(rng, depth=depth + 1) for _n in range(rng.randint(2, 3))]}
    kind = rng.choice(list(kinds))
    return {"kind": kind, **kinds[kind]}


def check(seed: int) -> str:
    """The outcome for one random criterion: "earned", or why it is refused."""
    criterion = criteria.parse(any_criterion(random.Random(seed)))  # noqa: S311 -- reproducible
    try:
        script = construct(criterion, known=KNOWN)
    except Unreachable as reason:
        return str(reason)
    assert len(script.habits) <= reachability.HABITS
    assert script.days[-1] - script.days[0] < dt.timedelta(reachability.HORIZON)
    done = acts(script)
    assert earns(criterion, done), f"seed {seed}: {criterion!r}"
    return "earned"


@pytest.mark.parametrize("first", range(0, 60, 10))
def test_what_is_accepted_is_earned_by_the_history_that_is_constructed(first):
    for seed in range(first, first + 10):
        assert check(seed)


@pytest.mark.parametrize("kind", criteria.EXAMPLES)
def test_each_kind_has_an_example_that_can_be_earned(kind):
    criterion = criteria.parse(dict(criteria.EXAMPLES[kind]))

    script = construct(criterion, known=KNOWN)

    assert earns(criterion, acts(script))


@pytest.mark.parametrize(
    "asked",
    [
        {"kind": "date", "month": 2, "day": 30},
        {"kind": "all", "of": [{"kind": "date", "month": 1, "day": 1}, {"kind": "date", "month": 10, "day": 9}]},
        {"kind": "all", "of": [{"kind": "date", "month": 7, "day": 1}, {"kind": "lunar", "feast": "chuseok"}]},
        {"kind": "all", "of": [{"kind": "streak_days", "need": 7}, {"kind": "streak_weeks", "need": 2}]},
        {"kind": "all", "of": [{"kind": "reactions", "need": 3}, {"kind": "streak_days", "need": 2}]},
        {"kind": "category", "category": "dragons", "need": 1},
        {"kind": "categories", "need": 5, "times": 1},
        {"kind": "weather", "weather": "frogs", "need": 1},
        {"kind": "total", "need": 100_000},
        {"kind": "level", "need": 50},
        {"kind": "reactions", "need": 9_999},
    ],
)
def test_what_cannot_be_earned_is_refused_with_a_reason(asked):
    with pytest.raises(Unreachable, match="요"):
        construct(criteria.parse(asked), known=KNOWN)


@pytest.mark.parametrize("seed", [85, 574, 705])
def test_criteria_that_were_once_built_wrongly_are_earned(seed):
    """A week without a daily habit, and protected days in the middle of perfect weeks."""
    assert check(seed) == "earned"


def test_a_leap_day_and_a_feast_meet_their_date_in_some_year():
    leap = criteria.parse({"kind": "date", "month": 2, "day": 29})
    feast = {"kind": "all", "of": [{"kind": "date", "month": 9, "day": 25}, {"kind": "lunar", "feast": "chuseok"}]}

    assert construct(leap, known=KNOWN).days[-1] == dt.date(2028, 2, 29)
    assert construct(criteria.parse(feast), known=KNOWN).days[-1] == dt.date(2026, 9, 25)


def test_a_streak_one_day_shorter_does_not_earn_it():
    for need in (2, 7, 30):
        criterion = criteria.parse({"kind": "streak_days", "need": need})
        script = construct(criterion, known=KNOWN)

        assert not earns(criterion, acts(dataclasses.replace(script, days=script.days[1:])))
