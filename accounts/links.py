"""Addresses that are sent to people."""

from django.conf import settings
from django.urls import reverse

from accounts import second_factor
from accounts.models import User


def confirm_sign_up(key: str) -> str:
    """The address that makes the account of a later sign-up (accounts/address_claims.py)."""
    return settings.SITE_URL + reverse("accounts:confirm-sign-up", args=[key])


def enrol_second_factor(user: User) -> str:
    """An address that allows one first enrolment of a second factor."""
    return settings.SITE_URL + reverse("accounts:enrol-second-factor", args=[second_factor.make_key(user)])
