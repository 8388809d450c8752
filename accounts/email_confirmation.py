"""Confirmation links.

A link proves that the mail was read; the reader must also have created the account.

Otherwise an attacker could sign up with a victim's address, wait for the victim to press the button, and sign in with
the password chosen at sign-up.
"""

from allauth.account.adapter import get_adapter
from allauth.account.internal.stagekit import unstash_login
from allauth.account.models import EmailAddress, get_emailconfirmation_model
from django.core.exceptions import ValidationError

from accounts.http import DeviceRequest
from accounts.models import User


class WrongPassword(Exception):
    """The password is wrong, or tried too often; allauth's messages, if any, are its text."""


def find_address(key: str) -> EmailAddress | None:
    """The address that a link confirms; None for a used, expired or invalid link."""
    confirmation = get_emailconfirmation_model().from_key(key)
    return confirmation.email_address if confirmation else None


def was_requested_here(request: DeviceRequest, address: EmailAddress) -> bool:
    """Whether this browser requested the mail.

    That browser has just signed up, or is signed in to the account.
    """
    if request.user.is_authenticated:
        return request.user.pk == address.user_id
    pending = unstash_login(request, peek=True)
    return bool(pending and pending.user and pending.user.pk == address.user_id)


def confirm(request: DeviceRequest, address: EmailAddress, *, password: str) -> User:
    """Confirms the address with the account's password and returns the user.

    Raises WrongPassword.
    """
    adapter = get_adapter()
    try:
        # Counts towards the login limit.
        user = adapter.authenticate(request, email=address.email, password=password)
    except ValidationError as error:
        raise WrongPassword(" ".join(error.messages)) from error
    if user is None or user.pk != address.user_id:
        raise WrongPassword
    adapter.confirm_email(request, address)
    user.refresh_from_db()
    return user
