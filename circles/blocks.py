"""People who do not see each other, in any circle."""

from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from circles.models import Cheer, CircleBlock, CircleMember, SharedHabit


def block(user: User, other: CircleMember) -> None:
    """Hides two people from each other in all circles, and deletes the cheers between them.

    The other person gets no notice of it.
    """
    pair = [user.pk, other.user_id]
    with transaction.atomic():
        # Cheers lock the shared habit first (circles/cheers.py): none is written past this.
        list(SharedHabit.objects.select_for_update().filter(member__user__in=pair).order_by("pk").values_list("pk"))
        CircleBlock.objects.get_or_create(blocker=user, blocked_id=other.user_id, defaults={"nickname": other.nickname})
        between = Q(user=user, shared__member__user=other.user_id) | Q(user=other.user_id, shared__member__user=user)
        Cheer.objects.filter(between).delete()


def unblock(user: User, block_id: UUID) -> None:
    CircleBlock.objects.filter(blocker=user, pk=block_id).delete()


def forget(user_id: UUID) -> None:
    """Deletes the blocks by a person and of a person, who is erased."""
    CircleBlock.objects.filter(Q(blocker=user_id) | Q(blocked=user_id)).delete()
