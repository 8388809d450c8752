"""Photos of a check-in: up to four, the person's alone to see.

`uploaded_files` says which there are; `habit_logs.image_urls`, the document's column, says it again in step, under the
habit's lock.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from uuid import UUID

from django.db import transaction

from accounts.models import User
from billing import entitlements
from files import images, storage
from files.images import PhotoRefused
from files.models import UploadedFile, UploadedFileQuerySet
from gamification import achievements
from gamification.criteria import Progress
from habits import acts
from habits.check_in_details import DetailsRefused, NotShared
from habits.models import HabitLog

MOST = 4
# A form with four of them, and one that is too many or too heavy, which is then said in words.
MOST_BODY = (MOST + 1) * images.MOST_BYTES

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
    photo = images.clean(data, edge=images.PHOTO)
    with transaction.atomic():
        # The person first, as wherever a plan's number is counted (`habits.acts` has the order).
        # Reading a photo may take longer than a consent taken back is waited with, so it is asked for again.
        owner = User.objects.select_for_update(no_key=True).only("privacy_settings").get(pk=user.pk)
        if not owner.shares_health:
            raise NotShared
        log = _locked(user, user_habit_id, log_id)
        if of_logs([log.pk]).count() >= MOST:
            raise Enough
        file = storage.begin(user.pk, photo, context=_OF_LOGS, about=log.pk, at=now, most=_most(user, at=now))
    storage.store(file, photo)
    with transaction.atomic():
        tally = achievements.lock(user.pk)
        log = _locked(user, user_habit_id, log_id)
        storage.finish(file, at=now)
        if _tell(log) == 1:
            achievements.award(tally, _NOTED, at=now)


def remove(user: User, user_habit_id: UUID, log_id: UUID, photo_id: UUID) -> bool:
    """Takes one photo away. False when it is gone already. Raises as `add` does."""
    with transaction.atomic():
        tally = achievements.lock(user.pk)
        log = _locked(user, user_habit_id, log_id)
        if not storage.remove(of_logs([log.pk]).filter(pk=photo_id)):
            return False
        if _tell(log) == 0:
            achievements.take_back(tally, _NOTED)
    return True


def remove_all(log_ids: Collection[UUID]) -> None:
    """The photos of check-ins that go."""
    storage.remove(of_logs(log_ids))


def _locked(user: User, user_habit_id: UUID, log_id: UUID) -> HabitLog:
    return HabitLog.objects.get(user_habit=acts.locked(user, user_habit_id), pk=log_id)


def of_logs(log_ids: Collection[UUID | None]) -> UploadedFileQuerySet:
    """Including files that are still being processed."""
    return UploadedFile.objects.filter(upload_context=_OF_LOGS, related_entity_id__in=log_ids, is_deleted=False)


def _tell(log: HabitLog) -> int:
    """Writes into the log which photos it has; gives how many."""
    urls = list(of_logs([log.pk]).shown().order_by("created_at", "id").values_list("url", flat=True))
    HabitLog.objects.filter(pk=log.pk, completed_at=log.completed_at).update(image_urls=urls)
    return len(urls)


def _most(user: User, *, at: dt.datetime) -> int | None:
    """Bytes of photos that the person's plan keeps."""
    megabytes = entitlements.limit(user, "photo_storage_mb", at=at).most
    return None if megabytes is None else megabytes * 1024 * 1024
