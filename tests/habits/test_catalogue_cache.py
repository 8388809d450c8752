"""The first templates of each category are read once, and again after a change."""

import pytest
from django.contrib.admin.sites import site
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from habits import catalogue_cache
from habits.models import Habit, HabitCategory
from tests.factories.habits import HabitFactory

pytestmark = pytest.mark.django_db


def names(first) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for template in first.templates:
        found.setdefault(template.category.name_en, []).append(template.name)
    return found


def test_the_first_of_each_category_are_kept_with_their_numbers(django_assert_num_queries):
    first = catalogue_cache.first_of_each()

    expected = {}
    for category in HabitCategory.objects.filter(is_active=True):
        its = Habit.objects.in_catalogue().filter(category=category).order_by("sort_order", "name")
        in_order = sorted(its, key=lambda habit: not habit.is_featured)
        expected[category.name_en] = [habit.name for habit in in_order[: catalogue_cache.SHOWN]]
        assert first.totals[category.pk] == len(in_order)
    assert names(first) == expected
    with django_assert_num_queries(0):
        assert catalogue_cache.first_of_each() is first


def test_a_change_by_staff_is_shown_at_once(django_capture_on_commit_callbacks):
    before = names(catalogue_cache.first_of_each())
    category = HabitCategory.objects.get(name_en="health")
    habit = HabitFactory(category=category, name="아침 물", is_featured=True, sort_order=-1)
    assert names(catalogue_cache.first_of_each()) == before

    with django_capture_on_commit_callbacks(execute=True):
        site.get_model_admin(Habit).save_model(None, habit, None, change=True)

    assert names(catalogue_cache.first_of_each())["health"][0] == "아침 물"


def test_the_page_reads_no_template_again_and_only_the_chosen_of_those_shown(signed_in):
    signed_in.get("/habits/")

    with CaptureQueriesContext(connection) as queries:
        page = signed_in.get("/habits/").content.decode()

    assert page.count('class="find"') == catalogue_cache.SHOWN * HabitCategory.objects.filter(is_active=True).count()
    assert not [query["sql"] for query in queries if 'FROM "habits"' in query["sql"]]


def test_the_key_and_its_life_are_those_of_the_schema_document():
    catalogue_cache.first_of_each()

    assert catalogue_cache.CACHE_KEY == "habits:featured"
    assert cache.get("habits:featured")
    assert catalogue_cache.CACHE_SECONDS == 24 * 60 * 60
