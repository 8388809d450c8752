"""Push in a real Chromium: asked for by a switch, subscribed, told by id, words fetched, shown, reported, left.

Chromium's own push service cannot be reached from here: what it gives the browser (an endpoint, keys) comes from ours,
and what it brings to the service worker comes by the debugging protocol.
"""

import datetime as dt
import json
from collections.abc import Callable

import pytest
from django.core.cache import cache

from notifications import delivery_worker, devices, fan_out, outbox
from notifications.channels import web_push
from notifications.models import Notification, NotificationDelivery, NotificationDevice
from tests.factories.accounts import UserFactory
from tests.factories.habits import UserHabitFactory
from tests.fakes.push_service import PushService
from tests.journeys.conftest import PASSWORD
from tests.waiting import eventually

# The browser's own part of subscribing; everything after it is ours.
SUBSCRIBE = """
  globalThis.asked = 0;
  const ask = Notification.requestPermission.bind(Notification);
  Notification.requestPermission = () => { globalThis.asked += 1; return ask(); };
  const given = %s;
  const kept = () => JSON.parse(localStorage.getItem("subscription") ?? "null");
  const subscription = () => ({ endpoint: given.endpoint, options: { applicationServerKey: new Uint8Array(kept()) }, toJSON: () => given, unsubscribe: async () => localStorage.removeItem("subscription") });
  PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
    if (!userVisibleOnly || applicationServerKey.length !== 65) throw new TypeError("not what a browser wants");
    if (kept()) throw new DOMException("another key", "InvalidStateError");
    localStorage.setItem("subscription", JSON.stringify([...applicationServerKey]));
    return subscription();
  };
  PushManager.prototype.getSubscription = async () => kept() && subscription();
"""


@pytest.fixture
def push(settings):
    with PushService(web_push.public_key()) as service:
        settings.PUSH_TEST_ORIGINS = [service.origin]
        yield service


@pytest.fixture
def jiwoo(transactional_db):
    person = UserFactory(name="지우", password=PASSWORD)
    person.emailaddress_set.create(email=person.email, verified=True, primary=True)
    return person


def test_a_person_turns_push_on_is_told_and_turns_it_off(site, push, jiwoo, context):
    page = site.page
    page.add_init_script(SUBSCRIBE % push.subscription("chromium"))
    context.grant_permissions(["notifications"], origin=site.url)
    site.sign_in(jiwoo)
    site.open("/notifications/settings/")
    switch = page.locator("#this-device")
    page.wait_for_function("() => !document.querySelector('#this-device').disabled")
    assert page.evaluate("asked") == 0

    switch.check()
    page.get_by_text("이 기기로 보내고 있어요").wait_for()
    assert page.evaluate("asked") == 1
    assert NotificationDevice.objects.get().user == jiwoo

    habit = UserHabitFactory(user=jiwoo)
    remind(jiwoo, habit)
    (taken,) = push.taken
    bring(page, context, site.url, taken.message)
    assert eventually_in(page, NotificationDelivery.objects.filter(state="delivered").exists)

    shown = page.evaluate(
        "navigator.serviceWorker.ready.then((r) => r.getNotifications())"
        ".then((all) => all.map(({ title, body, tag, data }) => ({ title, body, tag, url: data.url })))"
    )
    delivery = NotificationDelivery.objects.get()
    assert shown == [
        {
            "title": "물 마시기",
            "body": "어제까지 6일 이어졌어요. 1잔 어때요?",
            "tag": str(delivery.pk),
            "url": f"/today/{habit.pk}/",
        }
    ]
    assert delivery.state == "delivered"
    assert Notification.objects.get().delivery_status == "delivered"

    click(page, context)
    notification = Notification.objects.get()
    assert (notification.clicked_at is not None, notification.read_at is not None) == (True, True)

    site.open("/notifications/settings/")
    page.wait_for_function("() => document.querySelector('#this-device').checked")
    switch.uncheck()
    page.get_by_text("켜면 브라우저가 허락을 물어봐요").wait_for()
    assert not NotificationDevice.objects.exists()


def test_a_subscription_under_a_key_that_was_changed_is_off_and_can_be_turned_on_again(site, push, jiwoo, context):
    page = site.page
    page.add_init_script(SUBSCRIBE % push.subscription("chromium"))
    page.add_init_script('localStorage.getItem("changed") ?? localStorage.setItem("subscription", "[4,1,2]")')
    context.grant_permissions(["notifications"], origin=site.url)
    site.sign_in(jiwoo)
    site.open("/notifications/settings/")
    switch = page.locator("#this-device")
    page.get_by_text("켜면 브라우저가 허락을 물어봐요").wait_for()
    assert not switch.is_checked()

    switch.check()
    page.get_by_text("이 기기로 보내고 있어요").wait_for()

    assert NotificationDevice.objects.get().user == jiwoo


def test_signed_out_a_push_says_only_that_something_waits(site, push, jiwoo, context):
    devices.register(jiwoo, platform="web", address=push.subscription("chromium"), at=dt.datetime.now(dt.UTC))
    context.grant_permissions(["notifications"], origin=site.url)
    site.sign_in(jiwoo)
    site.page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    remind(jiwoo, UserHabitFactory(user=jiwoo))
    context.clear_cookies()
    cache.clear()

    bring(site.page, context, site.url, push.taken[0].message)

    shown = (
        "navigator.serviceWorker.ready.then((r) => r.getNotifications()).then((all) => all.map(({ title }) => title))"
    )
    assert eventually(lambda: site.page.evaluate(shown) == ["WellnessAI"])
    # A report would have been sent before this request.
    assert site.page.evaluate("fetch('/healthz').then(({ status }) => status)") == 200
    assert NotificationDelivery.objects.get().state == "sent"
    site.said.clear()  # the browser names the fetch that was turned away


def remind(person, habit):
    now = dt.datetime.now(dt.UTC)
    outbox.send(
        person,
        template="habit_reminder",
        effect_key="reminder",
        at=now,
        type=Notification.Type.HABIT_REMINDER,
        data={"name": "물 마시기", "days": 6, "unit": "잔", "step": 1, "to": ["habits:habit", str(habit.pk)]},
        once=True,
        expires_at=now + dt.timedelta(minutes=30),
        wake_workers=False,
    )
    fan_out.dispatch(now=now)
    delivery_worker.deliver(clock=lambda: now)


def click(page, context):
    """What the browser tells the service worker when a person clicks; it may open no window, for nobody did."""
    context.service_workers[0].evaluate(
        """() => registration.getNotifications().then(([notification]) => {
            dispatchEvent(new NotificationEvent("notificationclick", { notification }));
        })"""
    )
    assert eventually_in(page, Notification.objects.filter(clicked_at__isnull=False).exists)


def bring(page, context, origin, message):
    """What a push service would bring to the service worker."""
    registrations: list[str] = []
    cdp = context.new_cdp_session(page)
    cdp.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: registrations.extend(one["registrationId"] for one in event["registrations"]),
    )
    cdp.send("ServiceWorker.enable")
    assert eventually_in(page, lambda: bool(registrations))
    cdp.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": f"{origin}/", "registrationId": registrations[0], "data": json.dumps(message)},
    )
    page.wait_for_function(
        "() => navigator.serviceWorker.ready.then((r) => r.getNotifications()).then((all) => all.length > 0)"
    )


def eventually_in(page, condition: Callable[[], bool]) -> bool:
    """Waits while the browser's events are handled, which happens only inside Playwright's calls."""

    def is_true() -> bool:
        page.wait_for_timeout(20)
        return condition()

    return eventually(is_true)
