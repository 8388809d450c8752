"""The five steps of mood and energy: (score, icon, word). Scores go from 1 to 10."""

from typing import Any

from django.utils.translation import gettext_lazy as _

MOODS = (
    (2, "face-1", _("무거워요")),
    (4, "face-2", _("흐려요")),
    (6, "face-3", _("잔잔해요")),
    (8, "face-4", _("맑아요")),
    (10, "face-5", _("반짝여요")),
)
ENERGIES = (
    (2, "energy-1", _("거의 없어요")),
    (4, "energy-2", _("조금")),
    (6, "energy-3", _("보통")),
    (8, "energy-4", _("넉넉해요")),
    (10, "energy-5", _("가득해요")),
)


def word_of(scale: tuple[tuple[int, str, Any], ...], score: int) -> str:
    """The word of the nearest of the five steps."""
    return str(scale[(score - 1) // 2][2])
