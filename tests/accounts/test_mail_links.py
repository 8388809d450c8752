"""Links in mail lead to SITE_URL, whatever the Host header of the request that caused the mail."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import checks
from django.test import Client

from tests.factories.accounts import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

SITE = "https://wellness.example"
EVIL = "evil.example:6666"


@pytest.fixture(autouse=True)
def _any_host(settings):
    settings.ALLOWED_HOSTS, settings.SITE_URL = ["*"], SITE


def known() -> str:
    person = UserFactory()
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person.email


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("/accounts/signup/", {"email": "new@example.org"}),
        ("/accounts/signup/", {}),
        ("/accounts/password/reset/", {}),
        ("/accounts/password/reset/", {"email": "nobody@example.org"}),
    ],
)
def test_a_mail_leads_to_our_site(agreement, mailoutbox, address, form):
    form = {"email": known()} | form
    Client().post(address, agreement | form | {"password1": PASSWORD}, headers={"host": EVIL})

    [mail] = mailoutbox
    links = re.findall(r"https?://\S+", mail.body)
    assert links
    assert all(link.startswith(SITE + "/accounts/") for link in links)
    parts = [mail.subject, mail.body, *(part[0] for part in getattr(mail, "alternatives", []))]
    assert not [part for part in parts if "evil" in part]


def test_a_change_of_address_leads_to_our_site(client, mailoutbox):
    email = known()
    client.post("/accounts/login/", {"login": email, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.post("/accounts/email/", {"action_add": "", "email": "other@example.org"}, headers={"host": EVIL})

    assert mailoutbox
    assert not [mail for mail in mailoutbox if "evil" in mail.body]


@pytest.mark.parametrize(("hosts", "warned"), [(["*"], True), (["wellness.example"], False)])
def test_the_check_warns_where_any_host_is_taken(settings, hosts, warned):
    settings.ALLOWED_HOSTS = hosts

    assert ("wellness.W001" in {found.id for found in checks.run_checks()}) == warned
