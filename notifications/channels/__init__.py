"""The ways out: Web Push, FCM, mail. Each takes a `Parcel` and says what became of it; none touches the database.

Accepted()                     the service took it
Refused(reason)                it did not and never will
Gone(reason)                   neither will it take anything else for this device
NotYet(reason, retry_after)    it certainly did not take it now: trying again repeats nothing
Unsure(reason)                 nobody knows
"""

import dataclasses
import datetime as dt
from uuid import UUID


@dataclasses.dataclass(frozen=True, slots=True)
class Parcel:
    """What a channel needs to know. Push services are given the id alone: the device asks us for the words."""

    delivery_id: UUID
    # The app's token, the browser's subscription as JSON, or the mail address.
    address: str
    # How long a push service may keep it.
    ttl: dt.timedelta
    urgent: bool = False
    language: str = "ko"
    # Mail only.
    title: str = ""
    body: str = ""
    url: str = ""
    opt_out_url: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Accepted:
    pass


@dataclasses.dataclass(frozen=True, slots=True)
class Refused:
    reason: str


@dataclasses.dataclass(frozen=True, slots=True)
class Gone:
    reason: str


@dataclasses.dataclass(frozen=True, slots=True)
class NotYet:
    reason: str
    retry_after: dt.timedelta | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Unsure:
    reason: str


type Answer = Accepted | Refused | Gone | NotYet | Unsure

# No service may make us wait longer than this for another try.
LONGEST_WAIT = dt.timedelta(hours=6)


def retry_after(headers: "dict[str, str] | object") -> dt.timedelta | None:
    """The header in seconds; a date or nonsense counts as not given."""
    value = str(headers.get("Retry-After", "")) if hasattr(headers, "get") else ""
    return min(dt.timedelta(seconds=int(value)), LONGEST_WAIT) if value.isdigit() and len(value) < 8 else None
