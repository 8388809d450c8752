"""The menu of the staff pages: tables by the work they belong to, with a picture each."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from core.text_format import Text


class MenuEntry(NamedTuple):
    """A table in the menu."""

    label: str
    # Of one row, and of them all.
    one: Text
    name: Text
    url: str
    add_url: str | None
    icon: str
    # How many rows it has; on the home only.
    number: str = ""


class Group(NamedTuple):
    key: str
    name: Text
    entries: list[MenuEntry]


# The groups in order, each with its tables and their icons.
_GROUPS: dict[str, tuple[Text, dict[str, str]]] = {
    "work": (
        _("일하기"),
        {"analytics.metricvalue": "chart-no-axes-column", "staff.changerequest": "users-round"},
    ),
    "habits": (_("습관"), {"habits.habitcategory": "shapes", "habits.habit": "book-open"}),
    "words": (
        _("보상과 코치"),
        {
            "gamification.achievement": "trophy",
            "circles.challenge": "flag",
            "coaching.aiprompttemplate": "message-circle",
            "coaching.coachingcontrols": "sliders-horizontal",
            "notifications.announcement": "megaphone",
        },
    ),
    "people": (
        _("사람과 결제"),
        {
            "accounts.user": "user",
            "billing.subscriptionplan": "tag",
            "billing.usersubscription": "repeat",
            "billing.paymenttransaction": "receipt",
            "billing.billingalert": "circle-alert",
        },
    ),
    "service": (
        _("보내기와 비용"),
        {
            "notifications.notificationdelivery": "send",
            "notifications.notificationtally": "bell-off",
            "coaching.coachingjob": "pencil",
            "coaching.coachingspend": "coins",
            "billing.gatewayevent": "webhook",
        },
    ),
    "access": (
        _("권한과 점검"),
        {"auth.group": "key-round", "staff.accessreview": "clipboard-check", "audit.auditlog": "scroll-text"},
    ),
}
# Tables of the other groups are shown here: what people have.
_RECORDS = "records"
_RECORDS_NAME = _("사람들의 기록")
_RECORD_ICONS = {
    "habits.userhabit": "repeat-2",
    "habits.habitlog": "circle-check",
    "habits.habitimport": "file-input",
    "gamification.userachievement": "medal",
    "coaching.coachingmessage": "mail-open",
    "notifications.notification": "bell",
    "notifications.notificationdevice": "smartphone",
    "accounts.usersession": "monitor",
    "accounts.usersocialaccount": "link",
    "account.emailaddress": "at-sign",
    "files.uploadedfile": "image",
    "analytics.useranalytics": "calendar-days",
    "analytics.appevent": "mouse-pointer-click",
}


def groups(apps: Iterable[dict[str, Any]]) -> list[Group]:
    """The tables of Django's list of apps in our groups, without empty groups."""
    tables = {table["model"]._meta.label_lower: table for app in apps for table in app["models"] if table["admin_url"]}
    named = [(key, name, icons) for key, (name, icons) in _GROUPS.items()]
    known = {label for _key, _name, icons in named for label in icons}
    rest = {label: _RECORD_ICONS.get(label, "table") for label in [*_RECORD_ICONS, *tables] if label not in known}
    found = [
        Group(key, name, [_entry(label, icon, tables[label]) for label, icon in icons.items() if label in tables])
        for key, name, icons in [*named, (_RECORDS, _RECORDS_NAME, rest)]
    ]
    return [group for group in found if group.entries]


def with_numbers(found: Iterable[Group], numbers: dict[str, str]) -> list[Group]:
    """The groups with the number of rows of each table, by its label."""
    return [
        group._replace(entries=[one._replace(number=numbers.get(one.label, "")) for one in group.entries])
        for group in found
    ]


def _entry(label: str, icon: str, table: dict[str, Any]) -> MenuEntry:
    return MenuEntry(
        label, table["model"]._meta.verbose_name, table["name"], table["admin_url"], table["add_url"], icon
    )
