"""A person asks the coach with a Hangul keyboard, reads the answer, and finds help without a network."""

import re

import pytest
from playwright.sync_api import expect

from coaching.models import CoachQuestion
from tests.factories.accounts import UserFactory
from tests.factories.habits import HabitFactory, HabitLogFactory, UserHabitFactory
from tests.factories.rest import EmailAddressFactory
from tests.journeys.conftest import PASSWORD, serious

QUESTION = "지난주 물 몇 번?"
COMPOSING = """(box) => box.dispatchEvent(new KeyboardEvent("keydown",
    { key: "Enter", isComposing: true, bubbles: true, cancelable: true }))"""


@pytest.fixture
def asker(site):
    person = UserFactory(password=PASSWORD)
    EmailAddressFactory(user=person)
    habit = UserHabitFactory(user=person, custom_name="물 마시기", habit=HabitFactory(category__name_en="health"))
    HabitLogFactory.create_batch(2, user_habit=habit)
    site.sign_in(person)
    return person


def test_the_enter_that_ends_a_syllable_sends_nothing_and_the_next_sends_once(site, asker):
    site.open("/coach/ask/")
    box = site.page.locator("textarea[name=question]")
    box.fill(QUESTION)
    assert box.evaluate(COMPOSING) is True
    assert CoachQuestion.objects.count() == 0

    box.press("Enter")
    box.press("Enter")

    expect(site.page.locator(".asked")).to_have_text(QUESTION)
    assert [turn.question for turn in CoachQuestion.objects.all()] == [QUESTION]
    assert serious(site.page) == []


def test_help_opens_without_a_network(site, asker):
    site.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    site.page.context.set_offline(True)
    site.open("/help/")

    expect(site.page.get_by_role("link", name=re.compile("^109"))).to_have_attribute("href", "tel:109")
    site.page.context.set_offline(False)
    assert serious(site.page) == []
    site.said.clear()


@pytest.mark.parametrize("path", ["/coach/", "/coach/settings/", "/coach/memory/", "/help/"])
def test_its_pages_have_no_serious_finding(site, asker, path):
    site.open(path)
    assert serious(site.page) == []
