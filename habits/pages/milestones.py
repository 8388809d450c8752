"""Streaks worth more than a toast: a week, a month, a hundred days, a year."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from habits.pages.today_rows import Row

# Days in a row → the title.
TITLES = {
    7: gettext_lazy("일주일을 이어 왔어요"),
    30: gettext_lazy("한 달을 이어 왔어요"),
    100: gettext_lazy("백 일을 이어 왔어요"),
    365: gettext_lazy("한 해를 이어 왔어요"),
}


def moment(row: Row) -> dict[str, Any] | None:
    """What to show for a row that has just been done, None where its streak is no milestone."""
    streak = row.standing.streak
    if streak.unit != "days" or streak.current not in TITLES:
        return None
    length = {"n": streak.current}
    return {
        "cat": row.cat,
        "length": streak.current,
        "unit": _("일째"),
        "title": str(TITLES[streak.current]),
        "text": row.name,
        "url": f"{row.url}#ledger",
        "link_text": _("왜 %(n)d일인지 보기") % length,
    }
