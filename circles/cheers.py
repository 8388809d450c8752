"""Cheers: one of six fixed signs, once for each pair, habit and day."""

import datetime as dt
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction

from accounts.models import User
from circles import visibility
from circles.models import Cheer, CircleMember, SharedHabit
from circles.visibility import Sight
from core.db.compiled_queries import Compiled
from notifications import kept_words, outbox
from notifications.models import Notification

# How long after it a cheer may still be sent to a device.
TOLD_FOR = dt.timedelta(days=1)


class NotShown(Exception):
    """The sender does not see the habit; nothing was written."""


def send(sender: CircleMember, shared_id: UUID, sign: str, *, now: dt.datetime) -> Cheer | None:
    """Sends a sign for the present day of the habit's person, and tells them.

    None if this pair has had one for this habit and day. Raises NotShown.
    """
    with transaction.atomic():
        # Locked first: what is shown to whom is read after a block that is being made.
        list(SharedHabit.objects.select_for_update().filter(pk=shared_id).values_list("pk"))
        shown = visibility.shown_to(sender).filter(pk=shared_id)
        shared = shown.select_related("member__user", "user_habit__habit__category").first()
        if shared is None or not visibility.has_begun(shared, shared.member.user, now=now):
            raise NotShown
        cheer = _insert(sender, shared, sign, now=now)
        if cheer:
            _tell(cheer, at=now)
    return cheer


_RECEIVED = Compiled(
    lambda member, day: (
        Cheer.objects.filter(shared__member=member, day=day)
        .select_related("user_habit__habit__category")
        .order_by("created_at")
    ),
    member=uuid4(),
    day=dt.date(1970, 1, 2),
)
_SENT = Compiled(
    lambda user, since: Cheer.objects.filter(user=user, day__gte=since), user=uuid4(), since=dt.date(1970, 1, 2)
)


def received(sight: Sight) -> list[Cheer]:
    """The cheers in this circle of the viewer's present day, from people whom they see."""
    seen = {one.pk: one for one in sight.others}
    found = _RECEIVED(member=sight.viewer.pk, day=sight.today(sight.viewer))
    told = [cheer for cheer in found if cheer.sender_id in seen]
    for cheer in told:
        cheer.sender = seen[cheer.sender_id]
    return told


def sent(member: CircleMember, *, since: dt.date) -> dict[tuple[UUID, dt.date], str]:
    """The signs that the member has sent in any circle since that day, by habit and day."""
    return {(cheer.user_habit_id, cheer.day): cheer.sign for cheer in _SENT(user=member.user_id, since=since)}


def take_back(user_id: UUID) -> None:
    """Deletes the cheers that a person sent, with the notifications about them."""
    Cheer.objects.filter(user=user_id).delete()


def _insert(sender: CircleMember, shared: SharedHabit, sign: str, *, now: dt.datetime) -> Cheer | None:
    cheer = Cheer(
        sender=sender,
        shared=shared,
        user_id=sender.user_id,
        user_habit=shared.user_habit,
        day=shared.member.user.calendar.day_of(now),
        sign=sign,
    )
    try:
        with transaction.atomic():
            cheer.save(force_insert=True)
    except IntegrityError:
        return None
    return cheer


def _tell(cheer: Cheer, *, at: dt.datetime) -> None:
    member = cheer.shared.member
    user: User = member.user
    with outbox.speaking_to(user):
        words = {"sign": kept_words.of_choice(Cheer, "sign", cheer.sign), "habit": cheer.user_habit.kept_name}
    outbox.send(
        user,
        template="cheer",
        # The trigger on cheers deletes the notification by this key.
        effect_key=f"cheer:{cheer.pk}",
        at=at,
        type=Notification.Type.CHEER,
        data={"name": cheer.sender.nickname, "to": ["circles:circle", str(member.circle_id)], **words},
        expires_at=at + TOLD_FOR,
    )
