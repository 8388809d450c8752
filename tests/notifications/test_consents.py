"""Legal notices about consents: the result of an answer, a reminder every two years."""

import datetime as dt

import pytest

from accounts import consents
from notifications import consent_notices
from notifications.models import Notification
from tests.notifications.conftest import NOON

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
SETTINGS = {"most_per_day": "5"}


def answer(person, *, at, channel="settings", **answers):
    consents.record(person, answers=answers, channel=channel, at=at)


def titles(person):
    return sorted(row.title for row in person.notifications.all())


def test_people_get_one_notice_about_the_result_of_their_answer(person):
    answer(person, at=NOON - DAY, marketing=True)

    consent_notices.send_due(now=NOON)
    consent_notices.send_due(now=NOON + DAY)

    assert titles(person) == ["‘소식과 혜택’ 받기에 동의했어요"]
    assert Notification.objects.get().essential


def test_a_withdrawal_gets_a_notice_too(person):
    answer(person, at=NOON - 2 * DAY, marketing=True)
    answer(person, at=NOON - DAY, marketing=False)

    consent_notices.send_due(now=NOON)

    assert titles(person) == ["‘소식과 혜택’ 받기를 그만뒀어요", "‘소식과 혜택’ 받기에 동의했어요"]


def test_a_box_that_was_not_ticked_at_sign_up_is_no_answer(person):
    answer(person, at=NOON - DAY, channel="signup", marketing=False, night=False)

    assert consent_notices.send_due(now=NOON) == 0


@pytest.mark.parametrize(
    ("age", "notices"),
    [(2 * 365 - 2, 0), (2 * 365 + 2, 1), (4 * 365 - 2, 1), (4 * 365 + 3, 1)],
)
def test_consent_is_asked_again_every_two_years(person, age, notices):
    answer(person, at=NOON - age * DAY, marketing=True)

    consent_notices.send_due(now=NOON)
    consent_notices.send_due(now=NOON)

    assert len(titles(person)) == notices


def test_consent_is_asked_a_second_time_after_four_years(person):
    answer(person, at=NOON - 2 * 366 * DAY, marketing=True)

    consent_notices.send_due(now=NOON)
    consent_notices.send_due(now=NOON + 2 * 366 * DAY)

    assert titles(person) == ["‘소식과 혜택’ 계속 받으시겠어요?"] * 2


def test_people_who_withdrew_or_renewed_are_not_asked(person, stranger):
    answer(person, at=NOON - 800 * DAY, marketing=True)
    answer(person, at=NOON - 700 * DAY, marketing=False)
    answer(stranger, at=NOON - 800 * DAY, marketing=True)
    consent_notices.renew(stranger, at=NOON - 30 * DAY)

    assert consent_notices.send_due(now=NOON) == 0


def test_renewing_restarts_the_two_years(person, signed_in):
    answer(person, at=dt.datetime.now(dt.UTC) - 800 * DAY, marketing=True)
    assert "계속 받기" in signed_in.get("/notifications/settings/").text

    signed_in.post("/notifications/consents/renew/")

    assert "계속 받기" not in signed_in.get("/notifications/settings/").text
    assert consents.granted(person, "marketing")
    assert not consents.granted(person, "night")


def test_consents_are_changed_one_by_one_and_only_changes_are_written(person, signed_in):
    signed_in.post("/notifications/settings/", SETTINGS | {"marketing": "on"})
    signed_in.post("/notifications/settings/", SETTINGS | {"marketing": "on"})

    assert [(row.item, row.granted) for row in person.consents.all()] == [("marketing", True)]


def test_night_without_marketing_is_no_consent(person, signed_in):
    signed_in.post("/notifications/settings/", SETTINGS | {"night": "on"})

    assert not consents.granted(person, "night")


def test_stopping_the_news_stops_those_at_night_too(person, signed_in):
    answer(person, at=NOON, marketing=True, night=True)

    signed_in.post("/notifications/settings/", SETTINGS | {"night": "on", "marketing_was": "True", "night_was": "True"})

    assert not consents.granted(person, "marketing")
    assert not consents.granted(person, "night")


def test_a_page_left_open_does_not_undo_an_answer_given_elsewhere(person, signed_in):
    answer(person, at=NOON, marketing=True)
    shown = signed_in.get("/notifications/settings/").context["consents"]
    assert shown["marketing_was"].value() is True
    answer(person, at=NOON + DAY, marketing=False)

    # Only the number per day is changed on the page that still shows the switch as on.
    signed_in.post("/notifications/settings/", SETTINGS | {"marketing": "on", "marketing_was": "True"})

    assert not consents.granted(person, "marketing")


def test_nothing_is_saved_when_part_of_the_page_is_refused(person, signed_in):
    refused = signed_in.post("/notifications/settings/", {"most_per_day": "0", "marketing": "on"})

    assert refused.status_code == 422
    assert refused.context["consents"]["marketing"].value() is True
    assert not person.consents.exists()
