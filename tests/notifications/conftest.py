"""Push services on this machine, and the fixed time of the tests."""

import datetime as dt

import pytest

from notifications import delivery_worker, devices, fan_out
from notifications.channels import web_push
from tests.fakes.fcm import FCM
from tests.fakes.push_service import PushService

# Noon in Seoul: no quiet hours, no night.
NOON = dt.datetime(2026, 11, 18, 3, tzinfo=dt.UTC)


@pytest.fixture
def push(settings):
    with PushService(web_push.public_key()) as service:
        settings.PUSH_TEST_ORIGINS = [service.origin]
        yield service


@pytest.fixture
def fcm(settings):
    with FCM() as service:
        settings.FCM_URL, settings.FCM_SERVICE_ACCOUNT = service.url, service.account
        yield service


@pytest.fixture
def laptop(person, push):
    return devices.register(person, platform="web", address=push.subscription("browser"), at=NOON)


@pytest.fixture
def run():
    """Dispatches and delivers everything due at an instant; returns how many rows."""

    def run(at: dt.datetime = NOON) -> int:
        done = fan_out.dispatch(now=at)
        while sent := delivery_worker.deliver(clock=lambda: at):
            done += sent
        return done

    return run
