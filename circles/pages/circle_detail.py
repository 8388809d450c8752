"""Context of the page of a circle: rings, cheers, streaks, the weekly board, the invitation."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.days import ONE_DAY
from circles import cheers, invitations, membership, together, visibility
from circles.asked_days import DayRecord
from circles.models import Cheer, CircleMember, SharedHabit
from circles.pages import board_panel, challenge_list, together_panel
from circles.visibility import Sight
from habits.models import UserHabit
from notifications import holds

SIGN_ICONS = {
    Cheer.Sign.HEART: "heart",
    Cheer.Sign.CLAP: "hand",
    Cheer.Sign.EMBER: "flame",
    Cheer.Sign.SPROUT: "sprout",
    Cheer.Sign.SUN: "sun",
    Cheer.Sign.STAR: "star",
}


@dataclass(frozen=True)
class Ring:
    """Somebody's shared habits on their present day."""

    arcs: list[dict[str, str]]
    names: list[str]

    @property
    def asked(self) -> int:
        return sum(arc["state"] != "rest" for arc in self.arcs)

    @property
    def done(self) -> int:
        return sum(arc["state"] == "done" for arc in self.arcs)


def page(member: CircleMember, *, now: dt.datetime) -> dict[str, Any]:
    sight = visibility.see(member, now=now)
    standings = together.standings(sight)
    is_quiet = holds.is_held(member.user, now)
    mine, sent = sight.shown.get(member.pk, []), cheers.sent(member, since=_earliest_day(now))
    return {
        "circle_name": member.circle_name,
        "count_text": _people(len(sight.people)),
        "circles": _others_of(member),
        "friends": [_friend(one, sight, sent) for one in sight.others],
        "me": _me(sight),
        "received": [_received(cheer) for cheer in cheers.received(sight)],
        "streaks": [] if is_quiet else [together_panel.panel(member, one, now=now) for one in standings],
        "board": board_panel.panel(sight),
        "challenge": challenge_list.current(member.user, now=now),
        "to_join": [] if is_quiet else _to_join(sight, standings),
        "invitation": (invitation := _invitation(member, now=now)),
        "is_full": invitation is None and membership.is_full(member.circle_id),
        "urls": _urls(member, "habits", "names", "leave", "invitation"),
        "shared_names": ", ".join(one.user_habit.name for one in mine),
    }


def _people(number: int) -> str:
    return ngettext("%(n)s명의 모임", "%(n)s명의 모임", number) % {"n": number}


def _urls(member: CircleMember, *names: str) -> dict[str, str]:
    return {name: reverse(f"circles:{name}", args=[member.circle_id]) for name in names}


def _others_of(member: CircleMember) -> list[dict[str, Any]]:
    """The person's circles, if there are several."""
    rows = membership.of_person(member.user)
    return [
        {
            "name": one.circle_name,
            "url": reverse("circles:circle", args=[one.circle_id]),
            "current": one.pk == member.pk,
        }
        for one in rows
        if len(rows) > 1
    ]


def _earliest_day(now: dt.datetime) -> dt.date:
    """No person's present day is earlier, in any zone."""
    return now.date() - 2 * ONE_DAY


def _friend(member: CircleMember, sight: Sight, sent: dict[tuple[UUID, dt.date], str]) -> dict[str, Any]:
    ring, day = ring_of(member, sight), sight.today(member)
    shown = sight.shown.get(member.pk, [])
    habits = [_cheered(sight.viewer, one, sent.get((one.user_habit_id, day))) for one in shown]
    return {
        "name": member.nickname,
        "ring": _drawn(ring, name=member.nickname),
        "text": _standing(ring),
        "block_url": reverse("circles:block", args=[member.circle_id, member.pk]),
        "habits": habits,
        "cheered": all(habit["sent"] for habit in habits),
    }


def _me(sight: Sight) -> dict[str, Any]:
    ring = ring_of(sight.viewer, sight)
    return {"name": sight.viewer.nickname, "ring": _drawn(ring, name=_("나")), "text": _standing(ring)}


def ring_of(member: CircleMember, sight: Sight) -> Ring:
    """The ring of one person on their day."""
    shown, day = [one.user_habit for one in sight.shown.get(member.pk, [])], sight.today(member)
    arcs = [{"cat": one.color_key, "state": _state(one, day, sight.record)} for one in shown]
    return Ring(arcs, [one.name for one in shown])


def _state(habit: UserHabit, day: dt.date, record: DayRecord) -> str:
    rule, count = habit.timeline.on(day), record.amount(habit, day)
    if rule.completes(count):
        return "done"
    if not rule.is_due(day) or record.rests_on(habit, day):
        return "rest"
    return "part" if count else "open"


def _drawn(ring: Ring, *, name: str) -> dict[str, Any]:
    label = _("%(name)s, %(text)s") % {"name": name, "text": _standing(ring)}
    return {"arcs": ring.arcs, "done": ring.done, "total": ring.asked, "label": label}


def _standing(ring: Ring) -> str:
    if not ring.arcs:
        return _("보여 주는 습관이 없어요")
    if not ring.asked:
        return _("오늘은 쉬어요")
    if ring.done == ring.asked:
        return ngettext("%(n)s개를 다 했어요", "%(n)s개를 다 했어요", ring.done) % {"n": ring.done}
    return _("%(total)s개 중 %(done)s개") % {"total": ring.asked, "done": ring.done}


def _cheered(viewer: CircleMember, shared: SharedHabit, sent: str | None) -> dict[str, Any]:
    """A shared habit with the six signs, or the one that was sent today."""
    return {
        "id": shared.pk,
        "name": shared.user_habit.name,
        "url": reverse("circles:cheer", args=[viewer.circle_id, shared.pk]),
        "sent": _sign(sent) if sent else None,
        "signs": [] if sent else [_sign(value) for value in Cheer.Sign.values],
    }


def _sign(value: str) -> dict[str, str]:
    sign = Cheer.Sign(value)
    return {"value": sign.value, "icon": SIGN_ICONS[sign], "name": str(sign.label)}


def _received(cheer: Cheer) -> dict[str, str]:
    return {"icon": SIGN_ICONS[Cheer.Sign(cheer.sign)], "sign": str(Cheer.Sign(cheer.sign).label),
            "text": f"{cheer.sender.nickname} · {cheer.user_habit.name}"}  # fmt: skip


def _to_join(sight: Sight, standings: list[together.TogetherStanding]) -> list[dict[str, Any]]:
    """The viewer's habits that somebody else shows as well, and that they could keep together."""
    theirs = {shared.user_habit.habit_id for one in sight.others for shared in sight.shown.get(one.pk, [])}
    kept = {part.shared_id for one in standings for part in one.parts}
    return [
        {
            "name": one.user_habit.name,
            "waiting": visibility.together_part(one) is not None,
            "url": reverse("circles:together", args=[sight.viewer.circle_id, one.pk]),
        }
        for one in sight.shown.get(sight.viewer.pk, [])
        if one.pk not in kept and one.user_habit.habit_id in theirs and together.fits(one.user_habit)
    ]


def _invitation(member: CircleMember, *, now: dt.datetime) -> dict[str, Any] | None:
    found = invitations.open_of(member, now=now)
    if found is None:
        return None
    until = date_format(member.user.calendar.local(found.expires_at), "MONTH_DAY_FORMAT")
    uses = ngettext("%(n)s번 더 쓸 수 있어요", "%(n)s번 더 쓸 수 있어요", found.uses_left) % {"n": found.uses_left}
    return {"link": settings.SITE_URL + reverse("circles:join", args=[found.token]), "until": until, "uses": uses}
