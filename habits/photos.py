"""Photos of a check-in: up to four, the person's alone to see.

`uploaded_files` says which there are; `habit_logs.image_urls`, the document's column, says it again in step, under the
habit's lock.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from accounts.models import User
from billing import entitlements
from files import images, links, storage
from files.images import PhotoRefused
from files.models import UploadedFile, UploadedFileQuerySet
from gamification import achievements
from gamification.criteria import Progress
from habits import acts
from habits.check_in_details import DetailsRefused, NotShared
from habits.models import HabitLog, UserHabit

MOST = 4
# A form with four of them, and one that is too many or too heavy, which is then said in words.
MOST_BODY = (MOST + 1) * images.MAX_BYTES

_OF_LOGS = UploadedFile.Context.HABIT_LOG
_NOTED = Progress(noted=frozenset({"photo"}))

type Refusal = PhotoRefused | DetailsRefused


class Enough(PhotoRefused):
    """The check-in has four."""


def add(user: User, user_habit_id: UUID, log_id: UUID, *, sent: Iterable[bytes], now: dt.datetime) -> list[Refusal]:
    """Adds photos to a check-in of whichever day. Gives why some were not added; the others were.

    Raises HabitLog.DoesNotExist; UserHabit.DoesNotExist when the habit goes meanwhile.
    """
    HabitLog.objects.only("pk").get(user_habit__user=user, user_habit=user_habit_id, pk=log_id)
    if not user.shares_health:
        return [NotShared()]
    refusals: list[Refusal] = []
    for data in sent:
        try:
            _add(user, user_habit_id, log_id, data=data, now=now)
        except (Enough, NotShared) as last:
            return [*refusals, last]
        except PhotoRefused as refusal:
            refusals.append(refusal)
    return refusals


def _add(user: User, user_habit_id: UUID, log_id: UUID, *, data: bytes, now: dt.datetime) -> None:
    photo = images.reencode(data, edge=images.PHOTO)
    with transaction.atomic():
        # The person first, as wherever a plan's number is counted (`habits.acts` has the order).
        # Reading a photo may take longer than a consent taken back is waited with, so it is asked for again.
        owner = User.objects.select_for_update(no_key=True).only("privacy_settings").get(pk=user.pk)
        if not owner.shares_health:
            raise NotShared
        log = _locked(user, user_habit_id, log_id)
        if _of([log.pk]).count() >= MOST:
            raise Enough
        file = storage.reserve(user.pk, photo, context=_OF_LOGS, about=log.pk, at=now, limit=_most(user, at=now))
    storage.store(file, photo)
    with transaction.atomic():
        tally = achievements.lock(user.pk)
        log = _locked(user, user_habit_id, log_id)
        storage.publish(file, at=now)
        if _tell(log) == 1:
            achievements.award(tally, _NOTED, at=now)


def remove(user: User, user_habit_id: UUID, log_id: UUID, photo_id: UUID) -> bool:
    """Takes one photo away. False when it is gone already. Raises as `add` does."""
    with transaction.atomic():
        tally = achievements.lock(user.pk)
        log = _locked(user, user_habit_id, log_id)
        if not storage.remove(_of([log.pk]).filter(pk=photo_id)):
            return False
        if _tell(log) == 0:
            achievements.take_back(tally, _NOTED)
    return True


def remove_all(log_ids: Collection[UUID]) -> None:
    """The photos of check-ins that go."""
    storage.remove(_of(log_ids))


def shown(
    user: User, user_habit: UserHabit, logs: Collection[HabitLog], *, now: dt.datetime
) -> dict[UUID, list[dict[str, Any]]]:
    """The photos of these check-ins, by check-in: what a page shows."""
    found: dict[UUID, list[dict[str, Any]]] = {}
    by_id: dict[UUID | None, HabitLog] = {log.pk: log for log in logs if log.image_urls}
    for file in _of(list(by_id)).shown().order_by("created_at", "id") if by_id else []:
        log = by_id[file.related_entity_id]
        photos = found.setdefault(log.pk, [])
        time = time_format(user.calendar.local(log.completed_at).time(), "TIME_FORMAT")
        photos.append(
            {
                "url": links.signed_address(file, "full", at=now),
                "small_url": links.signed_address(file, "small", at=now),
                "text": _("%(habit)s, %(time)s의 사진 %(number)s")
                % {"habit": user_habit.name, "time": time, "number": len(photos) + 1},
                "remove_url": reverse("habits:remove-photo", args=[user_habit.pk, log.pk, file.pk]),
            }
        )
    return found


def panel(user: User, user_habit: UserHabit, log: HabitLog, *, now: dt.datetime) -> dict[str, Any]:
    """The context of a check-in's photos."""
    photos = shown(user, user_habit, [log], now=now).get(log.pk, [])
    return {
        "photos": photos,
        "photos_left": MOST - len(photos) if user.shares_health else 0,
        "photos_url": reverse("habits:photos", args=[user_habit.pk, log.pk]),
        "accept": images.ACCEPT,
        "most_bytes": images.MAX_BYTES,
    }


def _locked(user: User, user_habit_id: UUID, log_id: UUID) -> HabitLog:
    return HabitLog.objects.get(user_habit=acts.locked(user, user_habit_id), pk=log_id)


def _of(log_ids: Collection[UUID | None]) -> UploadedFileQuerySet:
    """Those under way, too."""
    return UploadedFile.objects.filter(upload_context=_OF_LOGS, related_entity_id__in=log_ids, is_deleted=False)


def _tell(log: HabitLog) -> int:
    """Writes into the log which photos it has; gives how many."""
    urls = list(_of([log.pk]).shown().order_by("created_at", "id").values_list("url", flat=True))
    HabitLog.objects.filter(pk=log.pk, completed_at=log.completed_at).update(image_urls=urls)
    return len(urls)


def _most(user: User, *, at: dt.datetime) -> int | None:
    """Bytes of photos that the person's plan keeps."""
    megabytes = entitlements.limit(user, "photo_storage_mb", at=at).most
    return None if megabytes is None else megabytes * 1024 * 1024
