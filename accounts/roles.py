"""Staff roles as groups with permissions. Only superusers assign roles or change staff.

A person who is no longer staff keeps nothing of it: no role that would return with the next appointment, no session.

`manage.py staff_roles` updates the groups and removes all other permissions from them.
"""

from django.contrib.auth.models import Group, Permission
from django.db import transaction

from accounts import sessions
from accounts.models import User

# Role → table → what: v(iew), a(dd), c(hange), d(elete).
ROLES = {
    "content": {
        "habits.habitcategory": "vacd",
        "habits.habit": "vacd",
        "gamification.achievement": "vac",
        "coaching.aiprompttemplate": "vac",
        "coaching.coachingcontrols": "vac",
        "coaching.coachingspend": "v",
        "notifications.announcement": "vacd",
    },
    "support": {
        "accounts.user": "vc",
        "account.emailaddress": "v",
        "notifications.notificationdelivery": "v",
        "notifications.notificationtally": "v",
        "billing.usersubscription": "v",
        "billing.paymenttransaction": "v",
        "coaching.coachingjob": "v",
    },
    "billing": {
        "billing.subscriptionplan": "vac",
        "billing.usersubscription": "v",
        "billing.paymenttransaction": "v",
        "billing.gatewayevent": "v",
        "billing.billingalert": "v",
    },
}
_DEEDS = {"v": "view", "a": "add", "c": "change", "d": "delete"}


@transaction.atomic
def install() -> None:
    """Creates or updates the groups. Raises Permission.DoesNotExist for an unknown table."""
    for name, tables in ROLES.items():
        group, _made = Group.objects.get_or_create(name=name)
        group.permissions.set(_permission(table, letter) for table, letters in tables.items() for letter in letters)


@transaction.atomic
def dismiss(user: User) -> None:
    """Takes all of a person's roles away and ends their sessions."""
    user.is_staff = user.is_superuser = False
    user.save(update_fields=["is_staff", "is_superuser"])
    user.groups.clear()
    user.user_permissions.clear()
    sessions.end_others(user, keep=None)


def _permission(table: str, letter: str) -> Permission:
    app, model = table.split(".")
    return Permission.objects.get(content_type__app_label=app, codename=f"{_DEEDS[letter]}_{model}")
