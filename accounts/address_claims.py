"""Sign-ups with an address that another unproven account has already.

Which of them is the owner's shows when somebody reads the mail. The first sign-up is a row of `users`. Each later one is
stored nowhere: the link in its mail holds its answers, sealed. Opened in the browser of that sign-up, or with its password, it
makes the account, and the unproven one goes with everything it said (`email_ownership.release_claims`).
"""

import datetime as dt
import hashlib

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError, transaction
from pydantic import BaseModel, ConfigDict, ValidationError

from accounts import consents, email_ownership, social
from accounts.http import DeviceRequest
from accounts.models import User, UserSocialAccount
from core.crypto import sealing

# As long as allauth's links work.
LIFETIME = dt.timedelta(days=3)
_PLACE = "address claim"
# In Django's session: the hash of the link that its sign-up sent.
_KEY = "address_claim"


class Claim(BaseModel):
    """What a sign-up said. The password is hashed; a sign-up through a provider has none."""

    model_config = ConfigDict(frozen=True)

    email: str
    password: str | None
    name: str
    timezone: str
    language: str
    answers: dict[str, bool]
    at: dt.datetime
    # Of the texts that were agreed to.
    version: str = consents.VERSION
    provider: str = ""
    uid: str = ""

    def accepts(self, password: str) -> bool:
        return User(password=self.password).check_password(password)


def make_key(request: DeviceRequest, claim: Claim) -> str:
    """The key of the link for the mail; this browser may open it without the password."""
    key = sealing.seal(claim.model_dump_json(), bound_to=_PLACE)
    request.session[_KEY] = _hash(key)
    return key


def was_made_here(request: DeviceRequest, key: str) -> bool:
    """Whether this browser made the sign-up."""
    return request.session.get(_KEY) == _hash(key)


def find(key: str, *, now: dt.datetime) -> Claim | None:
    """The claim of a link; None for an invalid or old one, and for an address that is proven."""
    try:
        claim = Claim.model_validate_json(sealing.unseal(key, bound_to=_PLACE))
    except (sealing.Unreadable, ValidationError):
        return None
    is_valid = claim.at > now - LIFETIME and claim.version == consents.VERSION
    return claim if is_valid and not email_ownership.is_taken(claim.email) else None


def accept(claim: Claim) -> User | None:
    """Makes the account of a proven claim.

    None if the address or the provider's account was taken at the same moment.
    """
    try:
        with transaction.atomic():
            email_ownership.release_claims(claim.email)
            return _create(claim)
    except IntegrityError:
        return None


def _create(claim: Claim) -> User:
    said = claim.model_dump(include={"email", "password", "name", "timezone", "language"})
    user = User.objects.create(is_verified=True, **said)
    EmailAddress.objects.create(user=user, email=claim.email, verified=True, primary=True)
    consents.record(user, answers=claim.answers, channel="signup", at=claim.at)
    if claim.provider:
        SocialAccount.objects.create(user=user, provider=claim.provider, uid=claim.uid)
        pseudonym = social.pseudonym(claim.provider, claim.uid)
        UserSocialAccount.objects.create(user=user, provider=claim.provider, provider_user_id=pseudonym)
    return user


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
