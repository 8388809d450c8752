"""Staff roles as groups with permissions. Only superusers assign roles or change staff.

A person who is no longer staff keeps nothing of it: no role that would return with the next appointment, no session.

core/staff/permissions.py says what each role may do. `manage.py staff_roles` updates the groups and removes all other permissions
from them.
"""

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from accounts import sessions
from accounts.models import User
from core.staff.models import ChangeRequest
from core.staff.permissions import ACTS, ROLES, TABLES

_RIGHTS = {"v": "view", "a": "add", "c": "change", "d": "delete"}


@transaction.atomic
def install() -> None:
    """Creates or updates the groups. Raises Permission.DoesNotExist for an unknown table."""
    acts = _act_permissions()
    for role in ROLES:
        group, _made = Group.objects.get_or_create(name=role)
        tables = [_permission(table, letter) for table, roles in TABLES.items() for letter in roles.get(role, "")]
        group.permissions.set([*tables, *(acts[name] for name, act in ACTS.items() if role in act.roles)])


@transaction.atomic
def dismiss(user: User) -> None:
    """Takes all of a person's roles away and ends their sessions."""
    user.is_staff = user.is_superuser = False
    user.save(update_fields=["is_staff", "is_superuser"])
    user.groups.clear()
    user.user_permissions.clear()
    sessions.end_others(user, keep=None)


def _act_permissions() -> dict[str, Permission]:
    """A permission for each act, created where it is missing."""
    table = ContentType.objects.get_for_model(ChangeRequest)
    missing = [Permission(content_type=table, codename=name, name=name) for name in ACTS]
    Permission.objects.bulk_create(missing, ignore_conflicts=True)
    return {found.codename: found for found in Permission.objects.filter(content_type=table, codename__in=ACTS)}


def _permission(table: str, letter: str) -> Permission:
    app, model = table.split(".")
    return Permission.objects.get(content_type__app_label=app, codename=f"{_RIGHTS[letter]}_{model}")
