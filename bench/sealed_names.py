"""Measures what opening sealed names costs, as the CPU time of a page with it ÷ without it.

One person has twenty habits of their own, each with a name, a group and an anchor. Without it means that `sealing.unseal`
looks the text up in a dictionary. Both run in this process and alternate, so a busy machine changes them alike; PostgreSQL's
time does not count.
"""

import datetime as dt
import itertools
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.test import Client
from django.urls import reverse
from uuid6 import uuid7

from accounts.models import User
from bench.report import Section
from bench.stage import Stage
from core.crypto import sealing
from habits.models import Habit, HabitCategory, UserHabit
from habits.transfer import merge_plan
from habits.transfer.parsed_file import ParsedFile

HABITS = 20
ROUNDS, REPEATED = 15, 8


def section(_stage: Stage) -> Section:
    rows = [(what, f"{ratio:.2f}", "≤ 1.25") for what, ratio in measure().items()]
    return Section("CPU with sealed names ÷ with opened ones", ("what", "ratio", "aim"), rows)


def measure() -> dict[str, float]:
    """CPU with sealed names ÷ without, for Today, a check-in, the list of habits, and the namesakes of an import."""
    browser, habits = _person()
    check_ins = itertools.cycle(habits)

    def check_in() -> None:
        url = reverse("habits:check-in", args=[next(check_ins).pk])
        assert browser.post(url, {"key": uuid7(), "count": 1}).status_code == 302  # noqa: S101

    return {
        "Today": _ratio(lambda: browser.get(reverse("habits:today"))),
        "check-in": _ratio(check_in),
        "list of habits": _ratio(lambda: browser.get(reverse("habits:mine"))),
        "namesakes at an import": _ratio(lambda: _find_namesake(habits[0].user)),
    }


def _person() -> tuple[Client, list[UserHabit]]:
    person = User.objects.create(email="sealed@example.com", name="지우", timezone="UTC", is_verified=True)
    category = HabitCategory.objects.order_by("pk")[0]
    habits = [
        UserHabit(
            user=person,
            habit=Habit.objects.create(owner=person, own_name=f"아침 약 {number}", category=category),
            group_name=f"모음 {number % 4}",
            anchor="아침밥을 먹고",
            started_on=dt.datetime.now(dt.UTC).date(),
        )
        for number in range(HABITS)
    ]
    UserHabit.objects.bulk_create(habits)
    browser = Client(HTTP_HOST="127.0.0.1")
    browser.force_login(person)
    return browser, habits


def _find_namesake(person: User) -> None:
    parsed = ParsedFile("loop", today=dt.datetime.now(dt.UTC).date())
    parsed.add_habit("1", "저녁 산책")
    merge_plan.match(person, parsed)


def _ratio(do: Callable[[], object]) -> float:
    for _warm in range(REPEATED):
        do()
    rounds = []
    for _round in range(ROUNDS):
        sealed = _cpu(do)
        with _opened_before():
            do()  # fills the dictionary
            rounds.append(sealed / _cpu(do))
    return statistics.median(rounds)


def _cpu(do: Callable[[], object]) -> float:
    began = time.process_time()
    for _time in range(REPEATED):
        do()
    return time.process_time() - began


@contextmanager
def _opened_before() -> Iterator[None]:
    """Opens each value once, and then looks it up."""
    unseal, opened = sealing.unseal, dict[str, str]()

    def look_up(token: str, *, bound_to: str) -> str:
        if token not in opened:
            opened[token] = unseal(token, bound_to=bound_to)
        return opened[token]

    sealing.unseal = look_up
    try:
        yield
    finally:
        sealing.unseal = unseal
