"""Sample files of public bug reports: what arrives of them."""

import datetime as dt
import unicodedata
from pathlib import Path

import pytest
from django.urls import reverse

from habits import ordering
from habits.models import Habit
from habits.transfer import formats
from habits.transfer.parsed_file import ParsedFile, ParsedHabit
from tests.factories.habits import HabitFactory, UserHabitFactory
from tests.transfer import files
from tests.transfer.test_import import imported

SAMPLES = Path(__file__).parent / "samples"
TODAY = dt.date(2026, 11, 28)


def read(name: str, **more) -> ParsedFile:
    return formats.parse((SAMPLES / name).read_bytes(), today=TODAY, zone="Asia/Seoul", **more)


def days(habit: ParsedHabit) -> dict[str, int]:
    return {day.isoformat(): done.amount for day, done in habit.days.items()}


def test_names_that_differ_in_their_encoding_are_one_habit():
    [habit] = read("beaver-nfd-twins.json").habits

    assert (habit.name, len(habit.name), sorted(days(habit))) == ("운동", 2, ["2026-11-25", "2026-11-26"])


@pytest.mark.django_db
def test_a_name_in_nfd_joins_the_habit_here(sharing):
    UserHabitFactory(user=sharing, habit=HabitFactory(name="물 마시기", owner=sharing))
    name = unicodedata.normalize("NFD", "물 마시기")

    row = imported(sharing, files.beaver({"id": "w", "name": name, "tags": [name], "records": []}))

    assert row.preview[0]["into"] == "물 마시기"


@pytest.mark.django_db
def test_forms_and_the_search_take_names_in_nfc(signed_in, person):
    HabitFactory(name="물 마시기")
    name = unicodedata.normalize("NFD", "물 마시기")
    choice = {"frequency": "daily", "name": name, "anchor": name, "group_name": name, "part_of_day": "anytime"}
    category = Habit.objects.get(name="물 마시기").category_id

    found = signed_in.get(reverse("habits:catalogue"), {"q": name}).content.decode()
    answer = signed_in.post(reverse("habits:add-own"), choice | {"category": category, "target_count": 1})
    mine = person.habits.get()
    signed_in.post(reverse("habits:order"), {"order": f'[["{name}", ["{mine.pk}"]]]'})

    assert "물 마시기" in found
    assert answer.status_code == 302
    assert (mine.name, mine.anchor, mine.group_name) == ("물 마시기",) * 3
    assert [group for group, _habits in ordering.groups_of(person)] == ["물 마시기", ""]
