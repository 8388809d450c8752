"""Context of the weekly board of a circle, and of the agreement to it."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from circles import weekly_board
from circles.models import CircleMember
from circles.visibility import Sight
from circles.weekly_board import BoardLine, BoardPlace


def panel(sight: Sight) -> dict[str, Any]:
    """`places` is None while there is no board: nothing says who it is that does not agree."""
    viewer, found = sight.viewer, weekly_board.board(sight)
    return {
        "url": reverse("circles:board", args=[viewer.circle_id]),
        "agrees": viewer.board_agreed_at is not None,
        "places": None if found is None else [_place(place, viewer) for place in found],
    }


def _place(place: BoardPlace, viewer: CircleMember) -> dict[str, Any]:
    """Of those who have not begun yet no number is shown."""
    return {
        "title": _title(place),
        "has_begun": place.number is not None,
        "lines": [_line(line, viewer) for line in place.lines],
    }


def _title(place: BoardPlace) -> str:
    """The place in words; shared ones say so, and the last one is not told apart."""
    if place.number is None:
        return _("이번 주를 시작하는 중")
    if len(place.lines) > 1:
        return _("공동 %(n)s번째") % {"n": place.number}
    return _("%(n)s번째") % {"n": place.number}


def _line(line: BoardLine, viewer: CircleMember) -> dict[str, Any]:
    values = {"asked": line.asked, "done": line.done}
    text = _("%(asked)s번 중 %(done)s번") % values if line.asked else _("아직 센 날이 없어요")
    name = line.member.nickname
    return {
        "name": name,
        "is_me": line.member.pk == viewer.pk,
        "text": text,
        "label": _("%(name)s, %(text)s") % {"name": name, "text": text},
        **values,
    }
