"""The ring of a test process is that of its settings."""

from django.test import override_settings

from core.crypto import keyring
from tests.privacy.sealed_people import NEW


def test_the_ring_goes_back_with_the_settings():
    before = keyring.current().masters
    with override_settings(PII_KEYS=[NEW]):
        assert keyring.current().masters != before

    assert keyring.current().masters == before
