"""What a person agreed to: asked item by item, written once for each answer, never rewritten."""

import datetime as dt

from accounts.models import User, UserConsent

# The date of the texts in accounts/content/terms.
VERSION = "2026-11-01"
REQUIRED = (UserConsent.Item.TERMS, UserConsent.Item.PRIVACY)
_FLAGS = {
    UserConsent.Item.TERMS: "agreed_to_terms",
    UserConsent.Item.PRIVACY: "agreed_to_privacy",
    UserConsent.Item.MARKETING: "agreed_to_marketing",
}


def record(user: User, *, answers: dict[str, bool], channel: str, at: dt.datetime) -> None:
    """Appends a row for each answer and keeps the document's three flags on the account in step."""
    UserConsent.objects.bulk_create(
        UserConsent(user=user, item=item, granted=granted, version=VERSION, channel=channel, occurred_at=at)
        for item, granted in answers.items()
    )
    changed = {_FLAGS[item]: granted for item, granted in answers.items() if item in _FLAGS}
    for flag, granted in changed.items():
        setattr(user, flag, granted)
    if UserConsent.Item.HEALTH in answers:
        user.privacy_settings = user.privacy_settings | {"health": answers[UserConsent.Item.HEALTH]}
    user.save(update_fields=[*changed, "privacy_settings"])


def granted(user: User, item: str) -> bool:
    """Whether the person's latest answer to `item` was yes."""
    latest = UserConsent.objects.filter(user=user, item=item).order_by("-occurred_at", "-id").first()
    return latest is not None and latest.granted
