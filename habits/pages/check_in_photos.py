"""The photos of check-ins, as the pages of a day and of a check-in show them."""

import datetime as dt
from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from accounts.models import User
from files import images, links
from habits.models import HabitLog, UserHabit
from habits.photos import MOST, of_logs


def by_log(
    user: User, user_habit: UserHabit, logs: Collection[HabitLog], *, now: dt.datetime
) -> dict[UUID, list[dict[str, Any]]]:
    """The photos of these check-ins as a page shows them, by the id of the check-in."""
    found: dict[UUID, list[dict[str, Any]]] = {}
    by_id: dict[UUID | None, HabitLog] = {log.pk: log for log in logs if log.image_urls}
    for file in of_logs(list(by_id)).shown().order_by("created_at", "id") if by_id else []:
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
    photos = by_log(user, user_habit, [log], now=now).get(log.pk, [])
    return {
        "photos": photos,
        "photos_left": MOST - len(photos) if user.shares_health else 0,
        "photos_url": reverse("habits:photos", args=[user_habit.pk, log.pk]),
        "accept": images.ACCEPT,
        "most_bytes": images.MAX_BYTES,
    }
