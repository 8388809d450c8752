"""The schedule kinds there are. A new kind is one file and one name in the tuple below."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from habits.schedules.alternate_weeks import AlternateWeeks
from habits.schedules.base import RuleError, Schedule, unknown_schedule
from habits.schedules.daily import Daily
from habits.schedules.interval import Interval
from habits.schedules.totals import MonthTotal, WeekTotal
from habits.schedules.weekdays import Weekdays
from habits.schedules.weekly import Weekly
from habits.schedules.window import Window

# By the value of the form's radio button, in the order in which the form offers them.
KINDS: dict[str, type[Schedule]] = {
    kind.option: kind for kind in (Daily, Weekly, Weekdays, Interval, AlternateWeeks, Window, WeekTotal, MonthTotal)
}
_BY_COLUMNS = {(kind.frequency, kind.kind): kind for kind in KINDS.values()}
_FREQUENCIES = {frequency for frequency, _kind in _BY_COLUMNS}


def parse_schedule(frequency: str, schedule: Mapping[str, Any], *, begins_on: date | None = None) -> Schedule:
    """The schedule that the columns describe.

    One of a template may lack "from": it is `begins_on`. Raises RuleError.
    """
    if frequency not in _FREQUENCIES:
        raise RuleError("frequency", _("모르는 주기예요."))
    if not isinstance(schedule, Mapping):
        raise unknown_schedule()
    name = schedule.get("kind")
    kind = _BY_COLUMNS.get((frequency, name)) if name is None or isinstance(name, str) else None
    if kind is None:
        raise unknown_schedule()
    if begins_on and "from" in kind.keys:
        schedule = {"from": begins_on.isoformat(), **schedule}
    if schedule.keys() != {*kind.keys, *({"kind"} if kind.kind else ())}:
        raise unknown_schedule()
    return kind.from_json(schedule)
