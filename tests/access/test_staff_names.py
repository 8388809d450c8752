"""Names of rows on staff pages: in the reader's language, else the other; columns of the trail in words."""

import re

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.utils import quote
from django.urls import reverse
from django.utils import translation

from core.db.audit_context import AUDITED
from core.staff import labels
from tests.factories.accounts import StaffFactory
from tests.factories.circles import ChallengeFactory
from tests.factories.habits import HabitCategoryFactory, HabitFactory
from tests.factories.rest import (
    AchievementFactory,
    AIPromptTemplateFactory,
    AnnouncementFactory,
    SubscriptionPlanFactory,
)

pytestmark = pytest.mark.django_db

HANGUL = re.compile("[가-힣]")
KOREAN, ENGLISH = "느린 아침", "Slow morning"
TRANSLATED = [
    HabitCategoryFactory, HabitFactory, AchievementFactory, AIPromptTemplateFactory, SubscriptionPlanFactory, ChallengeFactory,
]  # fmt: skip


# Keys that no shipped row has.
KEYS = {HabitCategoryFactory: {"name_en": "quiet"}, SubscriptionPlanFactory: {"id": "quiet"}}


def made(factory):
    return factory(name=KOREAN, translations={"en": {"name": ENGLISH}}, **KEYS.get(factory, {}))


def list_of(client, row, **asked: str) -> str:
    return client.get(reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_changelist"), asked).text


@pytest.mark.parametrize("factory", TRANSLATED)
@pytest.mark.parametrize(("language", "shown", "hidden"), [("en", ENGLISH, KOREAN), ("ko", KOREAN, ENGLISH)])
def test_a_list_and_a_row_are_named_in_the_readers_language(client, factory, language, shown, hidden):
    client.force_login(StaffFactory(language=language))
    row = made(factory)
    change = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[quote(row.pk)])

    listed = re.search(r'<table id="result_list".*</table>', list_of(client, row), re.DOTALL)

    assert listed is not None
    assert shown in listed[0]
    assert hidden not in listed[0]
    heading = re.search(r"<h1>(.*?)</h1>", client.get(change).text)
    assert heading is not None
    assert shown in heading[1]


def test_a_name_without_english_is_the_korean_one(client):
    client.force_login(StaffFactory(language="en"))

    assert KOREAN in list_of(client, HabitFactory(name=KOREAN))


@pytest.mark.parametrize("words", [KOREAN, ENGLISH])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_row_is_found_by_its_name_in_either_language(client, words, language):
    client.force_login(StaffFactory(language=language))
    badge, other = made(AchievementFactory), AchievementFactory(name="다른 배지")

    found = list_of(client, badge, q=words)

    assert quote(badge.pk) in found
    assert f"/{quote(other.pk)}/change/" not in found


def test_a_list_is_sorted_by_the_names_that_it_shows(client):
    client.force_login(StaffFactory(language="en"))
    for korean, english in (("가", "Zebra"), ("나", "Apple")):
        HabitFactory(name=korean, translations={"en": {"name": english}})

    # The name is the second column, after the box to tick and the drawing.
    page = list_of(client, HabitFactory(name="다", translations={"en": {"name": "Mango"}}), o="2")

    assert page.index("Apple") < page.index("Mango") < page.index("Zebra")


@pytest.mark.parametrize(("language", "named"), [("ko", "물 마시기"), ("en", "Drink water")])
def test_the_home_names_what_was_changed_in_the_readers_language(client, language, named):
    colleague = StaffFactory(language=language)
    habit = HabitFactory(name="물 마시기", translations={"en": {"name": "Drink water"}})
    LogEntry.objects.log_actions(colleague.pk, [habit], CHANGE, "", single_object=True)
    client.force_login(colleague)

    page = client.get("/admin/").text

    assert re.findall(r">: (물 마시기|Drink water)</span>", page) == [named]


def test_an_announcement_is_named_in_the_readers_language(client):
    client.force_login(StaffFactory(language="en"))
    row = AnnouncementFactory(title=KOREAN, body=KOREAN, title_en=ENGLISH, body_en=ENGLISH)

    assert ENGLISH in list_of(client, row)
    assert KOREAN not in list_of(client, row)


@pytest.mark.parametrize("table", sorted(AUDITED))
def test_every_column_of_the_trail_is_shown_in_words(table):
    model = labels.model_of(table)

    with translation.override("ko"):
        names = {field.column: labels.column(model, field.column) for field in model._meta.concrete_fields}

    assert [column for column, name in names.items() if not HANGUL.search(name)] == []
