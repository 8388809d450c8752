"""What a person may say about a check-in, and what of it is theirs to keep private."""

import dataclasses
import datetime as dt
from typing import Any
from uuid import UUID

from accounts.models import User
from core.crypto import sealing
from gamification.criteria import Note
from habits.models import HabitLog, Place, Weather

SCORES = range(1, 11)
NOTE_LENGTH = 2000
# What was chosen last is offered again for so long.
REMEMBERED = dt.timedelta(days=30)


class DetailsRefused(Exception):
    """Nothing was written. Each kind below says why."""


class OutOfScale(DetailsRefused):
    """Mood and energy go from 1 to 10; places and weathers are chosen from the list."""


class TooLong(DetailsRefused):
    """The note is longer than 2,000 characters."""


class NotShared(DetailsRefused):
    """Mood, energy, notes, places and photos wait until the person agrees that health data may be kept."""


@dataclasses.dataclass(frozen=True)
class Details:
    """What a person may add to a check-in. All of it may be left out."""

    mood: int | None = None
    energy: int | None = None
    note: str = ""
    place: str = ""
    weather: str = ""
    # How many there are; they come and go by `habits.photos`.
    photos: int = 0

    def __post_init__(self) -> None:
        if any(score is not None and score not in SCORES for score in (self.mood, self.energy)):
            raise OutOfScale
        if self.place not in ("", *Place.values) or self.weather not in ("", *Weather.values):
            raise OutOfScale
        if len(self.note) > NOTE_LENGTH:
            raise TooLong

    @classmethod
    def of(cls, log: HabitLog) -> "Details":
        """What was said, as far as it is in today's words: a log that came from elsewhere may say more."""
        return cls(
            log.mood_score,
            log.energy_level,
            (log.notes or "")[:NOTE_LENGTH],
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
        """Something in it is health data: it says how the person was, or where."""
        return bool(self.noted or self.place)

    def must_be_shared_by(self, user: User) -> None:
        """Raises NotShared where the person has not agreed."""
        if self.private and not user.shares_health:
            raise NotShared

    def columns(self) -> dict[str, Any]:
        """The columns of the log."""
        return {
            "mood_score": self.mood,
            "energy_level": self.energy,
            "notes": self.note or None,
            "location": self.place or None,
            "weather": self.weather or None,
        }

    def to_json(self) -> dict[str, Any]:
        """For the trail: what was said, without the words of the note."""
        said = {
            "mood": self.mood,
            "energy": self.energy,
            "note": bool(self.note),
            "place": self.place,
            "weather": self.weather,
        }
        return {name: value for name, value in said.items() if value}


NO_DETAILS = Details()


def remembered(user: User, *, at: dt.datetime) -> Details:
    """Where the person last was and in what weather, to be offered again; nothing of it is stored until confirmed."""
    lately = HabitLog.objects.filter(
        user_habit__user=user, completed_at__gt=at - REMEMBERED, completed_at__lte=at
    ).order_by("-completed_at")
    place = lately.exclude(location=None).values_list("location", flat=True).first() if user.shares_health else None
    weather = lately.exclude(weather=None).values_list("weather", flat=True).first()
    return Details(place=place if place in Place.values else "", weather=weather if weather in Weather.values else "")


def sealed_note(note: str, *, log_id: UUID) -> str | None:
    """A note as its column holds it, for rows that are not written by the model. NULL where there is none."""
    return sealing.seal(note, bound_to=sealing.place("habit_logs", "notes", log_id)) if note else None
