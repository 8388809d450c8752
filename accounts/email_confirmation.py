"""The link in the mail. It shows that the mail is read; that the reader also made the account is asked separately.

Without that, somebody could sign up with another's address, wait for them to press the button, and walk in with the
password they chose themselves.
"""

from allauth.account.adapter import get_adapter
from allauth.account.internal.stagekit import unstash_login
from allauth.account.models import EmailAddress, get_emailconfirmation_model
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.http import DeviceRequest
from accounts.models import User


class WrongPassword(Exception):
    """Not the password of the account. The text says so to the person."""


def address_of(key: str) -> EmailAddress | None:
    """The address a link is about; None for one that is used up, too old or made up."""
    confirmation = get_emailconfirmation_model().from_key(key)
    return confirmation.email_address if confirmation else None


def was_asked_here(request: DeviceRequest, address: EmailAddress) -> bool:
    """The browser that asked for the mail: it signed up a moment ago, or is signed in to the account."""
    if request.user.is_authenticated:
        return request.user.pk == address.user_id
    pending = unstash_login(request, peek=True)
    return bool(pending and pending.user and pending.user.pk == address.user_id)


def confirm(request: DeviceRequest, address: EmailAddress, *, password: str) -> User:
    """Confirms with the account's password, from anywhere; gives whose it is. Raises WrongPassword."""
    adapter = get_adapter()
    try:
        # Counted against the same limit as a login.
        user = adapter.authenticate(request, email=address.email, password=password)
    except ValidationError as error:
        raise WrongPassword(" ".join(error.messages)) from error
    if user is None or user.pk != address.user_id:
        raise WrongPassword(_("비밀번호가 달라요. 다시 적어 주세요."))
    adapter.confirm_email(request, address)
    user.refresh_from_db()
    return user
