"""What a person agreed to: asked item by item, written once for each answer, never rewritten."""

import datetime as dt
import functools
from pathlib import Path

from django.conf import settings
from django.template import Context, Engine
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from accounts.models import User, UserConsent

# The date of the texts in accounts/content/terms.
VERSION = "2026-11-01"
TEXTS = Path(__file__).parent / "content" / "terms"
ITEMS = dict(UserConsent.Item.choices)
_FLAGS: dict[str, str] = {
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


@functools.cache
def text(item: str, *, language: str) -> SafeString:
    """The text of one item as HTML, in Korean where the language has none."""
    file = TEXTS / f"{item}.{language}.md"
    source = (file if file.exists() else TEXTS / f"{item}.ko.md").read_text()
    return mark_safe(MarkdownIt().render(Engine().from_string(source).render(Context(settings.OPERATOR))))
