"""Each registered login provider is complete: settings, login, texts, mark, colours, trust."""

import re
from pathlib import Path

import environ
import pytest
from allauth.socialaccount.providers import registry
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import resolve, reverse
from django.utils.module_loading import import_string

from accounts import providers, views
from accounts.models import SocialRevocation, UserSocialAccount
from accounts.providers import PROVIDERS
from accounts.providers.base import Provider
from tests.cases import for_each
from tests.fakes import identity_providers

ROOT = Path(settings.BASE_DIR)
ALL = list(PROVIDERS.values())


def given(monkeypatch, **environment: str) -> environ.Env:
    monkeypatch.setattr(environ.Env, "ENVIRON", environment)
    return environ.Env()


def secrets_of(provider: Provider) -> list[str]:
    """The environment variables of the provider that .env.example names."""
    example = (ROOT / ".env.example").read_text()
    return re.findall(rf"^({provider.id.upper()}_\w+)=", example, re.M)


def test_each_module_is_a_registered_provider_of_its_name():
    modules = {file.stem for file in Path(providers.__file__).parent.glob("*.py")} - {"__init__", "base"}

    assert modules == set(PROVIDERS)
    assert {type(provider).__module__.rpartition(".")[2] for provider in ALL} == modules


def test_a_provider_that_does_not_say_whom_it_believes_cannot_be_registered():
    class Incomplete(Provider):
        id = "incomplete"

    with pytest.raises(TypeError, match="is_email_verified"):
        Incomplete()


@for_each(ALL)
def test_a_provider_has_its_texts_and_addresses(provider):
    assert "" not in (str(provider.label), str(provider.login_label), str(provider.connect_label))
    assert str(provider.label) in str(provider.login_label)
    assert str(provider.label) in str(provider.connect_label)
    assert provider.revoke_url.startswith("https://")


@for_each(ALL)
def test_a_provider_is_spoken_to_through_allauth(provider):
    assert registry.get_class(provider.id).id == provider.adapter.provider_id == provider.id
    assert issubclass(provider.adapter, OAuth2Adapter)
    assert callable(import_string(provider.login_view))
    login = resolve(f"/accounts/{provider.id}/login/")
    assert (login.func, login.kwargs) == (views.go_to_provider, {"provider": provider.id})
    assert [resolve(f"/{address}").func for address in provider.closed_paths] == [views.not_found] * len(
        provider.closed_paths
    )
    assert reverse(f"{provider.id}_callback") == f"/accounts/{provider.id}/login/callback/"


@for_each(ALL)
def test_a_provider_has_a_mark_and_colours(provider):
    mark = render_to_string(provider.mark).strip()

    assert mark.startswith("<svg ")
    assert mark.endswith("</svg>")
    assert 'aria-hidden="true"' in mark
    assert re.search(rf"^\.{provider.id}, .*background:", (ROOT / "static/css/screens.css").read_text(), re.M)


@for_each(ALL)
def test_a_profile_that_says_nothing_gives_no_name_and_no_verified_address(provider):
    for profile in ({}, {"email": "jiwoo@example.org", "name": None, "kakao_account": None}):
        assert provider.is_email_verified(profile) is False
        assert provider.read_name(profile) == ""


@pytest.mark.parametrize("provider", ALL, ids=list(PROVIDERS))
def test_a_provider_is_off_without_its_id_and_on_with_what_the_example_names(monkeypatch, provider):
    names = secrets_of(provider)

    off = provider.settings(given(monkeypatch))
    on = provider.settings(given(monkeypatch, **{name: f"the {name}" for name in names}))

    assert off == {}
    assert f"{provider.id.upper()}_CLIENT_ID" in names
    [app] = on["APPS"]
    assert app["client_id"] == f"the {provider.id.upper()}_CLIENT_ID"
    assert sorted(leaves(app)) == sorted(f"the {name}" for name in names)


def leaves(value: object) -> list[object]:
    return [leaf for one in value.values() for leaf in leaves(one)] if isinstance(value, dict) else [value]


def test_columns_and_tests_know_each_provider():
    known = [provider.id for provider in ALL]

    for model in (UserSocialAccount, SocialRevocation):
        assert [value for value, _label in model._meta.get_field("provider").choices] == known
    assert list(identity_providers.NAMES) == known
