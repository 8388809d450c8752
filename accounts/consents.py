"""Consents: one row for each answer to each item, never changed."""

import datetime as dt
import functools
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.template import Context, Engine
from django.utils.safestring import SafeString, mark_safe

from accounts import privacy_settings
from accounts.models import User, UserConsent
from core.text_format import NBSP

# The date of the texts in accounts/content/terms.
VERSION = "2026-11-29"
TEXTS = Path(__file__).parent / "content" / "terms"
_PHONE = re.compile(r"\d+(?:-\d+)+(?![^<]*>)")
# Between the number and its unit: "30 days".
_BEFORE_UNIT = re.compile(r"(?<=\d) (?=[a-z])(?![^<]*>)")
ITEMS = dict(UserConsent.Item.choices)
AT_SIGNUP = [item for item in ITEMS if item != UserConsent.Item.AI_ABROAD]
# The channel of rows that take back somebody else's answers.
VOID = "void"
# An account needs these; withdrawing one means deleting the account.
REQUIRED = frozenset({UserConsent.Item.TERMS, UserConsent.Item.PRIVACY})
_FLAGS: dict[str, str] = {
    UserConsent.Item.TERMS: "agreed_to_terms",
    UserConsent.Item.PRIVACY: "agreed_to_privacy",
    UserConsent.Item.MARKETING: "agreed_to_marketing",
}


class RequiredConsent(Exception):
    """The account needs this consent: it is withdrawn only by deleting the account."""


class ErasureInProgress(Exception):
    """The data under this consent is still being erased; it can be given again after that."""


@dataclass(frozen=True)
class ConsentStatus:
    """A person's consent to one item: the latest answer, and all answers, newest first."""

    item: str
    label: str
    granted: bool
    required: bool
    answers: list[UserConsent]


def record(user: User, *, answers: dict[str, bool], channel: str, at: dt.datetime) -> None:
    """Appends a row for each answer and updates the account's three consent flags."""
    with transaction.atomic():
        UserConsent.objects.bulk_create(
            UserConsent(user=user, item=item, granted=granted, version=VERSION, channel=channel, occurred_at=at)
            for item, granted in answers.items()
        )
        changed = {_FLAGS[item]: granted for item, granted in answers.items() if item in _FLAGS}
        for flag, granted in changed.items():
            setattr(user, flag, granted)
        if answers.get(UserConsent.Item.HEALTH) is False and user.shares_health:
            user.health_withdrawn_at = at
        user.save(update_fields=[*changed, "health_withdrawn_at"])
        if UserConsent.Item.HEALTH in answers:
            privacy_settings.change(user, health=answers[UserConsent.Item.HEALTH])


def answer(user: User, *, item: str, granted: bool, at: dt.datetime) -> None:
    """Gives or withdraws one consent in the settings.

    Raises RequiredConsent or ErasureInProgress.
    """
    if item in REQUIRED:
        raise RequiredConsent
    if item == UserConsent.Item.HEALTH and granted and user.health_withdrawn_at:
        raise ErasureInProgress
    answers = {item: granted}
    if item == UserConsent.Item.MARKETING and not granted:
        # Without marketing there is nothing to send at night.
        answers[UserConsent.Item.NIGHT] = False
    elif item == UserConsent.Item.NIGHT and granted:
        answers[UserConsent.Item.MARKETING] = True
    now = {status.item: status.granted for status in statuses(user)}
    changed = {name: value for name, value in answers.items() if now[name] != value}
    if changed:
        record(user, answers=changed, channel="settings", at=at)


def void(user: User, *, at: dt.datetime) -> None:
    """Withdraws all given consents, because another person gave them.

    The rows stay as evidence of that. There is no health data to erase: the account was never signed in to.
    """
    given = {status.item: False for status in statuses(user) if status.granted}
    with transaction.atomic():
        record(user, answers=given, channel=VOID, at=at)
        user.health_withdrawn_at = None
        user.save(update_fields=["health_withdrawn_at"])


def granted(user: User, item: str) -> bool:
    """Whether the person's latest answer to `item` was yes."""
    latest = UserConsent.objects.filter(user=user, item=item).order_by("-occurred_at", "-id").first()
    return latest is not None and latest.granted


def statuses(user: User) -> list[ConsentStatus]:
    """The status of every item, those of the sign-up form first."""
    by_item = defaultdict(list)
    for row in user.consents.order_by("-occurred_at", "-id"):
        by_item[row.item].append(row)
    return [
        ConsentStatus(
            item=item,
            label=str(label),
            granted=bool(by_item[item]) and by_item[item][0].granted,
            required=item in REQUIRED,
            answers=by_item[item],
        )
        for item, label in ITEMS.items()
    ]


@dataclass(frozen=True)
class ConsentText:
    """The text of one item as HTML, and its parts: the id and the title of each heading."""

    html: SafeString
    parts: tuple[tuple[str, str], ...]


@functools.cache
def text(item: str, *, language: str) -> ConsentText:
    """The text of one item, in Korean when the language has none."""
    file = TEXTS / f"{item}.{language}.md"
    source = (file if file.exists() else TEXTS / f"{item}.ko.md").read_text()
    from markdown_it import MarkdownIt  # noqa: PLC0415 -- large, and no other page needs it

    markdown = MarkdownIt()
    tokens = markdown.parse(Engine().from_string(source).render(Context(settings.OPERATOR)))
    parts: list[tuple[str, str]] = []
    for at, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag == "h2":
            name = f"part-{len(parts) + 1}"
            token.attrSet("id", name)
            parts.append((name, tokens[at + 1].content))
    html = markdown.renderer.render(tokens, markdown.options, {})
    # Our own files; the engine escapes what the operator entered.
    return ConsentText(mark_safe(_with_whole_numbers(html)), tuple(parts))


def _with_whole_numbers(html: str) -> str:
    """Keeps a phone number, and an amount with its unit, on one line."""
    whole = _PHONE.sub(r'<span class="nb">\g<0></span>', html)
    return _BEFORE_UNIT.sub(NBSP, whole)
