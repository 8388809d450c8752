"""The details of a check-in (mood, energy, note, place, weather), and which are health data."""

import dataclasses
import datetime as dt
from typing import Any
from uuid import UUID

from accounts.models import User
from core import text_storage
from core.crypto import sealing
from gamification.counters import Note
from habits.models import HabitLog, Place, Weather

SCORES = range(1, 11)
NOTE_LENGTH = 2000
# How long the place and weather chosen last are offered again.
REMEMBERED = dt.timedelta(days=30)


class DetailsRefused(Exception):
    """The details are not allowed; nothing was written. Each subclass is one reason."""


class OutOfScale(DetailsRefused):
    """Mood or energy is not from 1 to 10, or the place or weather is not in the list."""


class TooLong(DetailsRefused):
    """The note is longer than 2,000 characters."""


class NotShared(DetailsRefused):
    """Mood, energy, notes, places and photos need the person's consent to health data."""


@dataclasses.dataclass(frozen=True)
class Details:
    """What a person can add to a check-in. Everything is optional."""

    mood: int | None = None
    energy: int | None = None
    note: str = ""
    place: str = ""
    weather: str = ""
    # The number of photos; habits/photos.py adds and removes them.
    photos: int = 0

    def __post_init__(self) -> None:
        if any(score is not None and score not in SCORES for score in (self.mood, self.energy)):
            raise OutOfScale
        if (self.place and self.place not in Place) or (self.weather and self.weather not in Weather):
            raise OutOfScale
        if len(self.note) > NOTE_LENGTH:
            raise TooLong

    @classmethod
    def of(cls, log: HabitLog) -> "Details":
        """The details of a log, without values that we do not know: an imported log can have others."""
        return cls(
            log.mood_score,
            log.energy_level,
            text_storage.shorten(log.notes or "", NOTE_LENGTH),
            log.location if log.location in Place.values else "",
            log.weather if log.weather in Weather.values else "",
            len(log.image_urls),
        )

    @property
    def noted(self) -> frozenset[Note]:
        given: dict[Note, bool] = {
            "mood": self.mood is not None,
            "energy": self.energy is not None,
            "note": bool(self.note),
            "photo": bool(self.photos),
        }
        return frozenset(name for name, is_given in given.items() if is_given)

    @property
    def private(self) -> bool:
        """Whether any of it is health data: how the person was, or where."""
        return bool(self.noted or self.place)

    def beyond(self, other: "Details") -> "Details":
        """The details that `other` does not have, without place and photos.

        The weather counts as new if it differs.
        """
        return Details(
            mood=self.mood if other.mood is None else None,
            energy=self.energy if other.energy is None else None,
            note="" if other.note else self.note,
            weather=self.weather if self.weather != other.weather else "",
        )

    def must_be_shared_by(self, user: User) -> None:
        """Raises NotShared if there is health data and the person has not consented."""
        if self.private and not user.shares_health:
            raise NotShared

    def columns(self) -> dict[str, Any]:
        """The columns of the log and their values."""
        return {
            "mood_score": self.mood,
            "energy_level": self.energy,
            "notes": self.note or None,
            "location": self.place or None,
            "weather": self.weather or None,
        }

    def to_json(self) -> dict[str, Any]:
        """For the trail of corrections: the details given, with `true` in place of the note's text."""
        said = {
            "mood": self.mood,
            "energy": self.energy,
            "note": bool(self.note),
            "place": self.place,
            "weather": self.weather,
        }
        return {name: value for name, value in said.items() if value}


NO_DETAILS = Details()
# All but the weather: a new detail is health data until it is said not to be.
HEALTH_FIELDS = tuple(field.name for field in dataclasses.fields(Details) if field.name != "weather")


def remembered(user: User, *, at: dt.datetime) -> Details:
    """The place and weather chosen last, to be offered again.

    Nothing is stored until the person confirms it.
    """
    lately = HabitLog.objects.filter(
        user_habit__user=user, completed_at__gt=at - REMEMBERED, completed_at__lte=at
    ).order_by("-completed_at")
    place = lately.exclude(location=None).values_list("location", flat=True).first() if user.shares_health else None
    weather = lately.exclude(weather=None).values_list("weather", flat=True).first()
    return Details(place=place if place in Place.values else "", weather=weather if weather in Weather.values else "")


def sealed_note(note: str, *, log_id: UUID) -> str | None:
    """The sealed value of the notes column, for rows that SQL writes; None for no note."""
    return sealing.seal(note, bound_to=sealing.place("habit_logs", "notes", log_id)) if note else None
