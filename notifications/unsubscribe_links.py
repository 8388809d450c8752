"""Signed links that end advertising with one tap, signed out as well.

The link acts on the first request, GET included, because the law allows no further step. A request by accident (from a
mail scanner, for example) only ends advertising; the page it returns offers to undo that.
"""

import datetime as dt

from django.core.signing import BadSignature, Signer

from accounts import consents
from accounts.models import User, UserConsent

_signer = Signer(salt="notifications.unsubscribe_links")
CHANNEL = "opt-out link"


def token(user: User) -> str:
    return _signer.sign(str(user.pk))


def user_of(signed: str) -> User | None:
    """The person of a token; None for a forged token or a person who is no longer active."""
    try:
        return User.objects.filter(pk=_signer.unsign(signed), is_active=True).first()
    except BadSignature:
        return None


def stop_advertising(user: User, *, at: dt.datetime) -> None:
    """Withdraws both advertising consents. A second call writes nothing."""
    items = [UserConsent.Item.MARKETING, UserConsent.Item.NIGHT]
    withdrawn = {str(item): False for item in items if consents.granted(user, item)}
    if withdrawn:
        consents.record(user, answers=withdrawn, channel=CHANNEL, at=at)


def resume_advertising(user: User, *, at: dt.datetime) -> None:
    """Undoes it, offered on the page that the link opens. Nights stay off."""
    if not consents.granted(user, UserConsent.Item.MARKETING):
        consents.record(user, answers={UserConsent.Item.MARKETING: True}, channel=CHANNEL, at=at)
