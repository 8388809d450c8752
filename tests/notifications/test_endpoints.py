"""Push endpoints come from anyone: only the vendors' hosts are accepted and connected to."""

import datetime as dt
import json
import socket
import threading
from contextlib import closing, contextmanager

import pytest
from uuid6 import uuid7

from notifications import devices
from notifications.channels import endpoints, outbound_http
from notifications.channels.base import InvalidTarget, Message, RetryLater, UnknownDelivery
from notifications.channels.web_push import WebPushChannel
from notifications.models import NotificationDevice
from tests.at_once import at_once
from tests.factories.accounts import UserFactory
from tests.fakes.push_service import PushService
from tests.notifications.conftest import NOON
from tests.waiting import eventually

# %s is the port of a listener on all addresses of this machine, which notices each connection.
HOSTILE = [
    "http://fcm.googleapis.com/fcm/send/a",
    "http://127.0.0.1:%s/a",
    "https://127.0.0.1:%s/a",
    "https://localhost:%s/a",
    "https://[::1]:%s/a",
    "https://[::ffff:127.0.0.1]:%s/a",
    "https://0.0.0.0:%s/a",
    "https://0:%s/a",
    "https://2130706433:%s/a",
    "https://0x7f000001:%s/a",
    "https://017700000001:%s/a",
    "https://127.1:%s/a",
    "https://169.254.169.254/latest/meta-data/",
    "https://10.0.0.1/a",
    "https://192.168.0.1/a",
    "https://[fd00::1]/a",
    "https://[fe80::1%%25lo]:%s/a",
    "https://localtest.me:%s/a",
    "https://127.0.0.1.nip.io:%s/a",
    "https://fcm.googleapis.com:%s/fcm/send/a",
    "https://fcm.googleapis.com:8443/a",
    "https://fcm.googleapis.com@127.0.0.1:%s/a",
    "https://user:pass@fcm.googleapis.com/a",
    "https://127.0.0.1:%s#@fcm.googleapis.com/a",
    "https://127.0.0.1:%s?@fcm.googleapis.com/a",
    "https://127.0.0.1:%s\\@fcm.googleapis.com/a",
    "https://fcm.googleapis.com\\@127.0.0.1:%s/a",
    "https://127.0.0.1:%s/fcm.googleapis.com",
    "https://fcm.googleapis.com.evil.example/a",
    "https://evilfcm.googleapis.com/a",
    "https://evil-push.apple.com.example/a",
    "https://push.apple.com/a",
    "https://xn--fcm-googleapis-com.example/a",
    "https://ｆcm.googleapis.com/a",
    "https://fcm.googleapis。com/a",
    "https://fcm.googleapis.com./a",
    "https://fcm.googleapis.com%%00.evil.example/a",
    "https://fcm.googleapis.com\r\nHost: 127.0.0.1:%s/a",
    "https://fcm.googleapis.com/a\r\nX: y",
    " https://fcm.googleapis.com/a",
    "https:fcm.googleapis.com/a",
    "https:///a",
    "//fcm.googleapis.com/a",
    "file:///etc/passwd",
    "gopher://127.0.0.1:%s/a",
    "ftp://fcm.googleapis.com/a",
    "javascript:alert(1)",
    "https://fcm.googleapis.com/" + "a" * 2000,
    "",
]
VENDORS = [
    "https://fcm.googleapis.com/fcm/send/dGVzdA:APA91b-_x",
    "https://fcm.googleapis.com:443/wp/x",
    "https://updates.push.services.mozilla.com/wpush/v2/gAAAAAB",
    "https://wns2-par02p.notify.windows.com/w/?token=BQYAAAD%2fx%3d",
    "https://web.push.apple.com/QGgP8-x_y",
]


def subscription(endpoint):
    keys = json.loads(PushService("").subscription("x"))["keys"]
    return json.dumps({"endpoint": endpoint, "keys": keys})


def send(endpoint):
    return send_to(subscription(endpoint))


def send_to(address):
    return WebPushChannel().send(Message(uuid7(), address, dt.timedelta(minutes=1)))


@contextmanager
def listening():
    """A listener on every address of this machine, with its connections."""
    connections = []
    with closing(socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)) as server:

        def accept():
            while True:
                try:
                    connection, _address = server.accept()
                except OSError:
                    return
                connections.append(connection)

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1], connections


@pytest.fixture
def listener():
    with listening() as found:
        yield found


def test_there_are_forty_hostile_endpoints_and_more():
    assert len(HOSTILE) >= 40


@pytest.mark.parametrize("endpoint", VENDORS)
def test_the_vendors_are_accepted(endpoint):
    endpoints.check(endpoint)


@pytest.mark.django_db
def test_no_hostile_endpoint_is_registered_or_connected_to(listener, signed_in):
    port, connections = listener
    for template in HOSTILE:
        endpoint = template % port if "%s" in template else template.replace("%%", "%")
        sent = {"platform": "web", "address": subscription(endpoint)}

        answer = signed_in.post("/notifications/devices/", json.dumps(sent), content_type="application/json")
        result = send(endpoint)

        assert answer.status_code == 422, endpoint
        assert result == InvalidTarget("endpoint refused"), endpoint

    assert not NotificationDevice.objects.exists()
    assert connections == []


def test_the_listener_notices_connections(listener):
    port, connections = listener
    with socket.create_connection(("127.0.0.1", port)):
        pass

    assert eventually(lambda: len(connections) == 1)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "169.254.169.254", "100.64.0.1", "0.0.0.0",  # noqa: S104 -- connected to, never bound
     "::1", "fd00::1", "fe80::1%lo",
     "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "224.0.0.1"],
)  # fmt: skip
def test_a_vendors_name_that_resolves_to_a_private_address_is_not_connected_to(address, listener, monkeypatch):
    """DNS may be poisoned or rebound: the checked address is the one connected to."""
    port, connections = listener
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    asked = []

    def getaddrinfo(host, *_args, **_kwargs):
        asked.append(host)
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(outbound_http.socket, "getaddrinfo", getaddrinfo)

    answer = send("https://fcm.googleapis.com/fcm/send/x")

    assert answer == InvalidTarget("endpoint leads to a private address")
    assert asked == ["fcm.googleapis.com"]
    assert connections == []


def test_one_private_address_among_public_ones_is_enough(monkeypatch):
    found = [(socket.AF_INET, 1, 6, "", (address, 443)) for address in ("142.250.0.1", "127.0.0.1")]
    monkeypatch.setattr(outbound_http.socket, "getaddrinfo", lambda *_a, **_k: found)

    assert send("https://fcm.googleapis.com/a") == InvalidTarget("endpoint leads to a private address")


def test_a_name_that_cannot_be_found_is_tried_later(monkeypatch):
    def getaddrinfo(*_args, **_kwargs):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(outbound_http.socket, "getaddrinfo", getaddrinfo)

    assert send("https://fcm.googleapis.com/a") == RetryLater("no connection")


def test_no_redirect_is_followed(push, listener):
    port, connections = listener
    for status in (301, 302, 303, 307, 308):
        push.answers["x"] = (status, {"Location": f"http://127.0.0.1:{port}/inside"})

        answer = send_to(push.subscription("x"))

        assert not isinstance(answer, (RetryLater, UnknownDelivery))
    assert connections == []


def test_a_proxy_named_in_the_environment_is_not_used(push, listener, monkeypatch):
    port, connections = listener
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")

    send_to(push.subscription("x"))

    assert (len(push.taken), connections) == (1, [])


def test_outside_development_no_service_on_this_machine_is_accepted(push, settings):
    settings.DEVELOPMENT = False

    with pytest.raises(endpoints.EndpointRefused):
        endpoints.check(f"{push.origin}/push/x")


def test_a_test_origin_is_not_a_prefix_of_another(push, settings):
    settings.PUSH_TEST_ORIGINS = ["http://127.0.0.1:80"]

    with pytest.raises(endpoints.EndpointRefused):
        endpoints.check("http://127.0.0.1:8080/a")


@pytest.mark.parametrize("keys", [{}, {"p256dh": "AAAA", "auth": "AAAA"}, {"p256dh": "B" * 87, "auth": "A" * 22}])
@pytest.mark.django_db
def test_invalid_keys_are_rejected(signed_in, keys):
    address = json.dumps({"endpoint": VENDORS[0], "keys": keys})

    answer = signed_in.post(
        "/notifications/devices/", json.dumps({"platform": "web", "address": address}), content_type="application/json"
    )

    assert answer.status_code == 422


# ── Devices ─────────────────────────────────────────────────────────────────


@pytest.mark.django_db
def test_an_address_belongs_to_the_last_person_who_registered_it(person, stranger, push):
    address = push.subscription("shared")
    devices.register(person, platform="web", address=address, at=NOON)

    devices.register(stranger, platform="web", address=address, at=NOON)

    assert [device.user for device in NotificationDevice.objects.all()] == [stranger]


@pytest.mark.django_db
def test_registering_again_keeps_one_row_and_activates_it(person, push):
    first = devices.register(person, platform="web", address=push.subscription("a"), at=NOON)
    devices.deactivate(first)

    again = devices.register(person, platform="web", address=push.subscription("a"), at=NOON)

    assert again.pk == first.pk
    assert NotificationDevice.objects.get().is_active


def test_a_page_and_its_service_worker_register_in_one_moment(committed, push):
    people, address = UserFactory.create_batch(2), push.subscription("a")

    made = at_once(
        6, lambda number: devices.register(people[number % 2], platform="web", address=address, at=NOON).platform
    )

    assert made == ["web"] * 6
    assert NotificationDevice.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["app_version", "device_model", "os_version"])
def test_a_device_description_that_fits_no_column_is_rejected(signed_in, name):
    said = {"platform": "ios", "address": "token", name: "\0"}

    answer = signed_in.post("/notifications/devices/", json.dumps(said), content_type="application/json")

    assert answer.status_code == 422


@pytest.mark.django_db
def test_a_new_token_replaces_the_old_one_of_this_person_only(person, stranger):
    devices.register(person, platform="ios", address="old", at=NOON)
    devices.register(stranger, platform="ios", address="theirs", at=NOON)

    devices.register(person, platform="ios", address="new", at=NOON, replaces="old")
    devices.register(person, platform="ios", address="newer", at=NOON, replaces="theirs")

    assert sorted(NotificationDevice.objects.values_list("user__id", flat=True)) == sorted(
        [person.pk, person.pk, stranger.pk]
    )
    assert sorted(device.address for device in person.devices.all()) == ["new", "newer"]


@pytest.mark.django_db
def test_a_dump_shows_no_address(person, push):
    devices.register(person, platform="web", address=push.subscription("secret-endpoint"), at=NOON)

    (row,) = NotificationDevice.objects.values()

    assert "secret-endpoint" not in str(row)


@pytest.mark.django_db
def test_the_number_of_devices_is_limited(person):
    for number in range(devices.MOST_PER_PERSON + 5):
        at = NOON + dt.timedelta(minutes=number)
        devices.register(person, platform="ios", address=f"token {number}".replace(" ", "-"), at=at)

    kept = {device.address for device in person.devices.all()}
    assert kept == {f"token-{number}" for number in range(5, devices.MOST_PER_PERSON + 5)}


@pytest.mark.django_db
def test_unregistering_deletes_only_ones_own_device(person, stranger, push, signed_in):
    devices.register(stranger, platform="web", address=push.subscription("theirs"), at=NOON)
    endpoint = json.loads(push.subscription("theirs"))["endpoint"]

    answer = signed_in.post(
        "/notifications/devices/leave/",
        json.dumps({"platform": "web", "address": endpoint}),
        content_type="application/json",
    )

    assert answer.status_code == 204
    assert stranger.devices.exists()
