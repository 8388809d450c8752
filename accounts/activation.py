"""Whether an account can be used: staff switch it off and on."""

from django.db import transaction

from accounts import sessions
from accounts.models import User


class DeletionRequested(Exception):
    """The person asked for deletion, so the request must be cancelled instead."""


@transaction.atomic
def set_active(user: User, *, active: bool) -> None:
    """Activates or deactivates an account; deactivation ends its sessions.

    Raises DeletionRequested for an account that is being deleted: activated by itself, it would still be erased.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    if active and (user.deletion_requested_at or user.anonymised_at):
        raise DeletionRequested
    user.is_active = active
    user.save(update_fields=["is_active"])
    if not active:
        sessions.end_others(user, keep=None)
