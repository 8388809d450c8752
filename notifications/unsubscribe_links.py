"""One tap ends advertising: a signed link that works signed out and never asks why.

The link acts on the first request, GET included: the law wants no further step. Whoever opens it by accident (a mail
scanner, say) only ends advertising; the page that answers offers to take it back.
"""

import datetime as dt

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from accounts import consents
from accounts.models import User, UserConsent

_signer = Signer(salt="notifications.unsubscribe_links")
CHANNEL = "opt-out link"


def token(user: User) -> str:
    return _signer.sign(str(user.pk))


def path(user: User) -> str:
    return reverse("notifications:opt-out", args=[token(user)])


def url(user: User) -> str:
    return settings.SITE_URL + path(user)


def person(signed: str) -> User | None:
    """Whose link it is; None when nobody signed it, or the person is gone."""
    try:
        return User.objects.filter(pk=_signer.unsign(signed), is_active=True).first()
    except BadSignature:
        return None


def opt_out(user: User, *, at: dt.datetime) -> None:
    """Ends advertising, the nightly too. A second time writes nothing."""
    items = [UserConsent.Item.MARKETING, UserConsent.Item.NIGHT]
    withdrawn = {str(item): False for item in items if consents.granted(user, item)}
    if withdrawn:
        consents.record(user, answers=withdrawn, channel=CHANNEL, at=at)


def opt_in_again(user: User, *, at: dt.datetime) -> None:
    """The way back from the page that answers the link; nights stay off."""
    if not consents.granted(user, UserConsent.Item.MARKETING):
        consents.record(user, answers={UserConsent.Item.MARKETING: True}, channel=CHANNEL, at=at)
