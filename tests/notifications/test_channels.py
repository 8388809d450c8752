"""Each channel file tells all that the rest of the package asks of a channel."""

import importlib
import pkgutil
from pathlib import Path

import pytest
from django.template.loader import get_template

from notifications import channels
from notifications.channels.base import Channel, DeviceChannel, Message, StatusCodes, Switch
from notifications.forms import NotificationSettingsForm
from notifications.models import NotificationDelivery, NotificationDevice, Platform
from notifications.preferences import Preferences
from tests.factories.accounts import UserFactory

ROOT = Path(__file__).parent.parent.parent
each_channel = pytest.mark.parametrize("channel", channels.CHANNELS.values(), ids=channels.CHANNELS)


def declared(kind):
    return {name for parent in kind.__mro__ for name in vars(parent).get("__annotations__", {})}


def undeclared(channel):
    """The class attributes that a channel has no value for."""
    return sorted(name for name in declared(type(channel)) if not hasattr(channel, name))


class Pigeon(Channel):
    """A channel that has the methods but tells nothing."""

    def is_set_up(self):
        return True

    def targets(self, user, devices):
        return [None]

    def address(self, user, device):
        return "roof"

    def send(self, message: Message):
        return self.status_codes.result(200)


class CarrierPigeon(Pigeon):
    key, label, switch, setting_names = "pigeon", "Pigeon", Switch("pigeon", "Pigeon"), ()
    status_codes, sends_text = StatusCodes(accepted=(200,)), True


def test_a_channel_without_the_methods_cannot_be_made():
    with pytest.raises(TypeError, match="abstract"):
        type("Half", (DeviceChannel,), {})()


def test_a_channel_that_leaves_something_out_is_found():
    assert undeclared(Pigeon()) == ["key", "label", "sends_text", "setting_names", "status_codes", "switch"]
    assert undeclared(CarrierPigeon()) == []


@each_channel
def test_a_registered_channel_leaves_nothing_out(channel):
    assert undeclared(channel) == []
    assert str(channel.label)
    assert len(channel.key) <= NotificationDelivery._meta.get_field("channel").max_length
    assert {channel.status_codes.result(code) for code in range(100, 600)} != {None}


def test_each_channel_file_is_registered():
    modules = [
        importlib.import_module(f"{channels.__name__}.{one.name}") for one in pkgutil.iter_modules(channels.__path__)
    ]
    written = {
        kind
        for module in modules
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Channel) and kind not in (Channel, DeviceChannel)
    }

    assert written == {type(channel) for channel in channels.CHANNELS.values()}


@each_channel
def test_what_an_operator_sets_is_in_the_example(channel, settings):
    example = (ROOT / ".env.example").read_text()

    assert [name for name in channel.setting_names if f"\n{name}=" not in example] == []


@pytest.mark.parametrize("platform", Platform.values)
def test_each_platform_belongs_to_one_channel(platform):
    device_channels = [one for one in channels.CHANNELS.values() if isinstance(one, DeviceChannel)]

    assert [one.key for one in device_channels if platform in one.platforms] == [channels.for_platform(platform).key]


@each_channel
def test_a_channel_has_its_row_on_the_settings_page(channel):
    form = NotificationSettingsForm(person=UserFactory.build())

    assert channel.switch.key in [field.name for field in form.channel_fields]
    if channel.settings_template:
        get_template(channel.settings_template)


@each_channel
def test_a_switch_that_is_off_keeps_its_channels_from_sending(channel):
    off = Preferences.model_validate({channel.switch.key: False})
    on = Preferences.model_validate({channel.switch.key: True})

    assert (channel.is_allowed(off), channel.is_allowed(on)) == (False, True)


def test_one_new_channel_is_sent_to_beside_the_others(monkeypatch, settings):
    monkeypatch.setitem(channels.CHANNELS, "pigeon", CarrierPigeon())
    person, phone = UserFactory.build(), NotificationDevice(platform="android", device_token="token")
    wants_pigeons = Preferences().model_copy(update={"pigeon": True})
    settings.FCM_SERVICE_ACCOUNT = "{}"

    reached = [(channel.key, device) for channel, device in channels.targets(person, wants_pigeons, [phone])]

    assert reached == [("fcm", phone), ("pigeon", None)]
    assert ("pigeon", "Pigeon") in NotificationDelivery._meta.get_field("channel").flatchoices


def test_a_channel_that_is_not_set_up_is_not_used(settings):
    settings.FCM_SERVICE_ACCOUNT = settings.VAPID_PRIVATE_KEY = ""
    browser = NotificationDevice(platform="web", device_token="token", address="{}")
    phone = NotificationDevice(platform="ios", device_token="token")

    assert channels.targets(UserFactory.build(is_verified=False), Preferences(), [browser, phone]) == []


def test_an_essential_notice_falls_back_to_mail_whatever_the_platform():
    person = UserFactory.build()
    found = channels.targets(person, Preferences(), [], platform="ios", essential=True)

    assert [(channel.key, device) for channel, device in found] == [("email", None)]
    assert channels.targets(person, Preferences(), [], platform="ios") == []
