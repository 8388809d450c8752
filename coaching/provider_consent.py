"""Whether and what may be sent to the provider for one person."""

from accounts import consents, privacy_settings
from accounts.models import User, UserConsent

ITEM = UserConsent.Item.AI_ABROAD


def is_given(user: User) -> bool:
    """Read again before each call: a withdrawal stops the next one."""
    return consents.granted(user, ITEM)


def shares_names(user: User) -> bool:
    """Whether the person's own names of habits may be sent, too."""
    return privacy_settings.of(user).coach_reads_notes
