"""Every form answers 404 when its object is removed at the same moment, never with an error.

The removal runs in an open transaction while the form is sent: the view still finds the object, and waits at the lock.
"""

import threading
from collections.abc import Callable
from http import HTTPStatus

from allauth.mfa.models import Authenticator
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from uuid6 import uuid7

from accounts.models import User, UserSession
from analytics.models import Experiment
from billing.models import PaymentTransaction
from circles.models import Circle, CircleMember, SharedHabit
from coaching.models import CoachingMessage, CoachQuestion
from files.models import UploadedFile
from habits import deletion
from habits.models import HabitLog, HabitRest
from notifications.models import Notification, NotificationDelivery, NotificationDevice
from tests.access.routes import CHECK_IN, NOTED, ROUTES, TODAY
from tests.access.test_access import browser_of, things_of
from tests.at_once import backend, someone_waits_for
from tests.factories.accounts import UserFactory
from tests.waiting import eventually
from wellness.privacy.models import DataExport

# What is sent to the forms that routes.py opens with GET.
FORMS = {
    "habits:reminders": {"times": ["09:00"]},
    "habits:edit": {"name": "물", "frequency": "daily", "target_count": 1, "part_of_day": "anytime"},
    "habits:total": {"key": uuid7(), "total": 5},
    "habits:pause": {"starts_on": TODAY},
    "habits:log": NOTED | {"count": 3, "clock": "00:00"},
    "habits:check-in": CHECK_IN | {"key": uuid7()},
    "mfa_edit_webauthn": {"name": "새 이름"},
    "habits:goal": {"target": 20},
    "analytics:try": {"idea": "아침에 하기"},
}
# Sent without a photo it writes nothing, so it is over before the removal.
NOTHING_TO_WAIT_FOR = {"habits:photos"}


def remove_habit(owner: User, things: dict[str, dict]) -> None:
    deletion.delete_habit(owner, things["habit"]["pk"], at=timezone.now())


def remove_row(model: type, kind: str, name: str = "pk") -> Callable[[User, dict[str, dict]], None]:
    return lambda _owner, things: model.objects.filter(pk=things[kind][name]).delete()


def remove_earned(owner: User, things: dict[str, dict]) -> None:
    owner.achievements.filter(achievement=things["earned"]["pk"]).delete()


def remove_shared_habit(owner: User, things: dict[str, dict]) -> None:
    deletion.delete_habit(owner, things["circle and habit"]["pk"], at=timezone.now())


remove_circle = remove_row(Circle, "circle", "circle")

REMOVALS = {
    "habit": [remove_habit],
    "log": [remove_habit, remove_row(HabitLog, "log", "log_id")],
    "rest": [remove_habit, remove_row(HabitRest, "rest")],
    "photo of the log": [remove_habit, remove_row(UploadedFile, "photo")],
    "photo": [remove_row(UploadedFile, "photo")],
    "session": [remove_row(UserSession, "session")],
    "passkey": [remove_row(Authenticator, "passkey")],
    "export": [remove_row(DataExport, "export", "export_id")],
    "coach message": [remove_row(CoachingMessage, "coach message")],
    "coach question": [remove_row(CoachQuestion, "coach question")],
    "earned": [remove_earned],
    "payment": [remove_row(PaymentTransaction, "payment", "payment_id")],
    "notification": [remove_row(Notification, "notification")],
    "delivery": [remove_row(NotificationDelivery, "delivery")],
    "push device": [remove_row(NotificationDevice, "push device")],
    "experiment": [remove_habit, remove_row(Experiment, "experiment")],
    "circle": [remove_circle],
    "circle and habit": [remove_circle, remove_shared_habit],
    "circle and what is shared": [remove_circle, remove_row(SharedHabit, "circle and what is shared", "shared")],
    "circle and what a friend shares": [
        remove_circle,
        remove_row(SharedHabit, "circle and what a friend shares", "shared"),
    ],
    "circle and friend": [remove_circle, remove_row(CircleMember, "circle and friend", "other")],
}
# Addresses with a signature; they take no form.
SIGNED = {"bytes of the photo"}


def sent_while_removed(browser: Client, url: str, data: dict, remove: Callable[[], None]) -> tuple[int, bool]:
    """The status, and whether the form waited for the removal."""
    statuses: list[int] = []

    def send() -> None:
        try:
            statuses.append(browser.post(url, data).status_code)
        finally:
            connection.close()

    form = threading.Thread(target=send)
    with transaction.atomic():
        remove()
        pid = backend()
        form.start()
        eventually(lambda: not form.is_alive() or someone_waits_for(pid))
        waited = form.is_alive()
    form.join()
    return statuses[0], waited


def test_every_object_has_a_removal():
    assert {route.thing for route in ROUTES.values() if route.who == "owner"} - SIGNED == REMOVALS.keys()


def test_every_form_of_an_object_that_goes_meanwhile_is_not_found(committed, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    wrong, never_waited = [], set()
    for name, route in ROUTES.items():
        if route.who != "owner" or route.thing in SIGNED:
            continue
        for remove in REMOVALS[route.thing]:
            owner = UserFactory(privacy_settings={"health": True})
            things = things_of(owner)
            browser = browser_of({"person": owner}, "person")
            browser.raise_request_exception = False
            url = reverse(name, kwargs=things[route.thing] | route.args)
            data = FORMS.get(name) or route.post or {}
            status, waited = sent_while_removed(browser, url, data, lambda: remove(owner, things))  # noqa: B023
            if status == HTTPStatus.METHOD_NOT_ALLOWED:
                continue
            if status >= HTTPStatus.INTERNAL_SERVER_ERROR or (
                waited and remove is remove_habit and status != HTTPStatus.NOT_FOUND
            ):
                wrong.append(f"{name}: {status}")
            if remove is remove_habit and not waited:
                never_waited.add(name)

    assert wrong == []
    assert never_waited == NOTHING_TO_WAIT_FOR, "the form was refused before it asked for the habit"
