"""Signed links that end advertising with one tap, signed out as well.

The link acts on the first request, GET included, because the law allows no further step. A request by accident (from a
mail scanner, for example) only ends advertising; the page it returns offers to undo that. The undo ends after an hour: the link
works for ever, and who finds it later, in a forwarded mail, must not agree in the name of the person.
"""

import datetime as dt

from django.core.signing import BadSignature, Signer

from accounts import consents
from accounts.models import User, UserConsent

_signer = Signer(salt="notifications.unsubscribe_links")
CHANNEL = "opt-out link"
UNDO_WITHIN = dt.timedelta(hours=1)


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


def resume_advertising(user: User, *, at: dt.datetime) -> bool:
    """Undoes it, offered on the page that the link opens. Nights stay off.

    False, and nothing is written, unless a link ended it within the last hour.
    """
    rows = UserConsent.objects.filter(user=user, item=UserConsent.Item.MARKETING)
    latest = rows.order_by("-occurred_at", "-id").first()
    if latest is None or latest.channel != CHANNEL or at - latest.occurred_at > UNDO_WITHIN:
        return False
    if not latest.granted:
        consents.record(user, answers={UserConsent.Item.MARKETING: True}, channel=CHANNEL, at=at)
    return True
