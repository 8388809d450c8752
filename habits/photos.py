"""Photos of check-ins: up to four each, visible only to the person.

`uploaded_files` holds the photos; `habit_logs.image_urls`, a column of the schema document, repeats their addresses and
is updated under the habit's lock.
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
from gamification import progress_tally
from habits import check_in_locks, check_in_rewards
from habits.check_in_details import DetailsRefused, NotShared
from habits.models import HabitLog

MOST = 4
# The largest form: four photos and one too many, so that the fifth is refused with a message.
MOST_BODY = (MOST + 1) * images.MAX_BYTES

_OF_LOGS = UploadedFile.Context.HABIT_LOG

type Refusal = PhotoRefused | DetailsRefused


class Enough(PhotoRefused):
    """The check-in has four photos already."""


def add(user: User, user_habit_id: UUID, log_id: UUID, *, sent: Iterable[bytes], now: dt.datetime) -> list[Refusal]:
    """Adds photos to a check-in of any day. Returns the reasons for those that were not added.

    One more than fit is decoded at most: each takes a process, whatever it is.

    Raises HabitLog.DoesNotExist and UserHabit.DoesNotExist.
    """
    user_habit = user.habits.only("first_logged_on").get(pk=user_habit_id)
    HabitLog.objects.of_habit(user_habit).only("pk").get(pk=log_id)
    if not user.shares_health:
        return [NotShared()]
    refusals: list[Refusal] = []
    for number, data in enumerate(sent):
        if number > MOST:
            return [*refusals, Enough()]
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
        # The storage that the plan limits is counted. The consent is read again: it may have been withdrawn meanwhile,
        # and decoding a photo can take longer than the withdrawal waits.
        if not check_in_locks.lock_plan(user).shares_health:
            raise NotShared
        log = _locked(user, user_habit_id, log_id)
        if of_logs([log.pk]).count() >= MOST:
            raise Enough
        file = storage.reserve(user.pk, photo, context=_OF_LOGS, about=log.pk, at=now, limit=most_bytes(user, at=now))
    storage.store(file, photo)
    with transaction.atomic():
        today = user.calendar.day_of(now)
        tally = progress_tally.lock(user.pk, day=today)
        log = _locked(user, user_habit_id, log_id)
        storage.publish(file, at=now)
        if _update_urls(log) == 1:
            check_in_rewards.recount(user, tally, [log.day_by(user.calendar)], today=today, at=now)


def remove(user: User, user_habit_id: UUID, log_id: UUID, photo_id: UUID, *, now: dt.datetime) -> bool:
    """Removes one photo. False if it is gone already. Raises like `add`."""
    with transaction.atomic():
        today = user.calendar.day_of(now)
        tally = progress_tally.lock(user.pk, day=today)
        log = _locked(user, user_habit_id, log_id)
        if not storage.remove(of_logs([log.pk]).filter(pk=photo_id)):
            return False
        if _update_urls(log) == 0:
            check_in_rewards.recount(user, tally, [log.day_by(user.calendar)], today=today, at=now)
    return True


def remove_all(log_ids: Collection[UUID]) -> None:
    """Removes all photos of check-ins that are deleted."""
    storage.remove(of_logs(log_ids))


def _locked(user: User, user_habit_id: UUID, log_id: UUID) -> HabitLog:
    return HabitLog.objects.of_habit(check_in_locks.lock_habit(user, user_habit_id)).get(pk=log_id)


def of_logs(log_ids: Collection[UUID | None]) -> UploadedFileQuerySet:
    """The photos of these check-ins, unfinished uploads included. `.shown()` leaves those out."""
    return UploadedFile.objects.filter(upload_context=_OF_LOGS, related_entity_id__in=log_ids, is_deleted=False)


def _update_urls(log: HabitLog) -> int:
    """Writes the addresses of the log's photos into the log; returns how many there are."""
    urls = list(of_logs([log.pk]).shown().order_by("created_at", "id").values_list("url", flat=True))
    HabitLog.objects.filter(pk=log.pk, completed_at=log.completed_at).update(image_urls=urls)
    return len(urls)


def most_bytes(user: User, *, at: dt.datetime) -> int | None:
    """The bytes of photos that the person's plan allows."""
    megabytes = entitlements.limit(user, "photo_storage_mb", at=at).most
    return None if megabytes is None else megabytes * 1024 * 1024
