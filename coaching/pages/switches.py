"""What each switch of the coach does now, since when, and who switched it."""

import datetime as dt
from typing import NamedTuple

from django.utils.translation import gettext as _

from coaching import provider
from coaching.models import CoachingControls, CoachingSpend
from core.staff import colleagues, row_trail

MILLION = 1_000_000
_SWITCHES = ("uses_model", "sends_messages", "daily_cap", "daily_cap_per_person")


class SwitchState(NamedTuple):
    """A switch as staff read it."""

    name: str
    # How it stands: "켜짐", "$20".
    now: str
    is_good: bool
    # What it does to people's messages.
    effect: str
    # None: as it was at first, nobody has switched it.
    since: dt.datetime | None
    who: str


def dollars(millionths: int) -> str:
    return f"${millionths / MILLION:,.4f}"


def _short(millionths: int) -> str:
    """An amount without the zeros at its end: "$10", "$0.05"."""
    return dollars(millionths).rstrip("0").rstrip(".")


def states(*, at: dt.datetime) -> list[SwitchState]:
    controls = CoachingControls.current()
    last = row_trail.last_changes(controls, _SWITCHES)
    named = colleagues.names(entry.who for entry in last.values())
    found = []
    for name in _SWITCHES:
        now, is_good, effect = _HOW[name](controls, at)
        entry = last.get(name)
        label = str(CoachingControls._meta.get_field(name).verbose_name)  # type: ignore[union-attr] # a column
        found.append(SwitchState(label, now, is_good, effect, entry and entry.at, named[entry.who] if entry else ""))
    return found


def _model(controls: CoachingControls, _at: dt.datetime) -> tuple[str, bool, str]:
    if not controls.uses_model:
        return _("꺼짐"), False, _("모든 메시지를 정해 둔 문장으로 써요.")
    if not provider.is_configured():
        return _("켜짐"), True, _("키가 없어, 정해 둔 문장으로만 써요.")
    return _("켜짐"), True, _("%(host)s의 모델이 메시지를 써요.") % {"host": provider.host()}


def _messages(controls: CoachingControls, _at: dt.datetime) -> tuple[str, bool, str]:
    if controls.sends_messages:
        return _("켜짐"), True, _("코치를 켠 사람에게 메시지를 써서 보내요.")
    return _("꺼짐"), False, _("아무 메시지도 쓰지 않아요.")


def _cap(controls: CoachingControls, at: dt.datetime) -> tuple[str, bool, str]:
    row = CoachingSpend.objects.filter(spent_on=at.astimezone(dt.UTC).date(), user=None).first()
    spent = row.spent + row.reserved if row else 0
    said = _("오늘(UTC) %(spent)s 썼어요. 다 쓰면 정해 둔 문장으로 써요.") % {"spent": _short(spent)}
    return _short(controls.daily_cap), spent < controls.daily_cap, said


def _cap_per_person(controls: CoachingControls, _at: dt.datetime) -> tuple[str, bool, str]:
    said = _("한 사람에게 이만큼 쓰면, 그 사람에게는 정해 둔 문장으로 써요.")
    return _short(controls.daily_cap_per_person), controls.daily_cap_per_person > 0, said


_HOW = {
    "uses_model": _model,
    "sends_messages": _messages,
    "daily_cap": _cap,
    "daily_cap_per_person": _cap_per_person,
}
