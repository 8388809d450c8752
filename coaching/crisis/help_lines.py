"""The telephone numbers of help in Korea.

In one place, with the day on which they were last checked.

`manage.py check` warns when that is more than 90 days ago.
"""

import datetime as dt
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from coaching.crisis.words import Danger

VERIFIED = dt.date(2026, 11, 20)
VERIFIED_FOR = dt.timedelta(days=90)


@dataclass(frozen=True)
class HelpLine:
    number: str
    name: Promise
    note: Promise


# In the order of the page: the first is the one for everybody.
LINES = [
    HelpLine("109", _("자살예방 상담전화"), _("24시간 · 누구나")),
    HelpLine("119", _("위험하거나 다쳤을 때"), _("24시간 · 구급차")),
    HelpLine("1388", _("청소년 상담전화"), _("24시간 · 문자로도 돼요")),
    HelpLine("1577-0199", _("정신건강 위기 상담전화"), _("24시간 · 사는 곳의 센터로 이어져요")),
]
# What else may be the matter, each with its line.
OTHER_LINES = {
    Danger.ABUSE: HelpLine("1366", _("맞거나 위협받고 있어요"), _("여성긴급전화 · 가정폭력, 성폭력 · 24시간")),
    Danger.VIOLENCE: HelpLine("112", _("폭력이나 범죄를 당하고 있거나, 누군가를 해칠 것 같아요"), _("경찰 · 24시간")),
    Danger.SUBSTANCE: HelpLine("1577-0199", _("술이나 약을 멈추기 어려워요"), _("정신건강 위기 상담전화 · 24시간")),
    Danger.EATING: HelpLine("1577-0199", _("먹는 일이 두렵거나 멈춰지지 않아요"), _("정신건강 위기 상담전화 · 24시간")),
}
NUMBERS = frozenset(line.number for line in [*LINES, *OTHER_LINES.values()])


def check_due_since(today: dt.date) -> dt.date | None:
    """Since when the numbers have to be verified again; None while they are fresh."""
    due = VERIFIED + VERIFIED_FOR
    return due if today > due else None
