"""Constructs a history that earns a criterion, or says why there is none.

    script = construct(criterion, known=…)     Script; Unreachable with a text for staff

A script is as plain as can be: so many habits, all of them done on each of its days. What it says can be done by a person
(`tests/gamification/test_reachability.py` does it with habits), within HORIZON days and HABITS habits a day: what needs
more is out of reach.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import ceil

from django.utils.translation import gettext as _

from gamification import criteria, points
from gamification.counters import Note
from gamification.criteria import Criterion
from gamification.lunar_dates import FEASTS, LAST_LUNAR_YEAR, lunar_day
from gamification.progress_tally import POINTS_PER_COMPLETION

HORIZON = 3660
HABITS = 20
# Scripts begin here: the day does not matter, so it is always the same one.
START = dt.date(2026, 1, 1)
# Done days that earn a freeze, and the most that are held; as in habits/streaks.py.
FREEZE_AFTER = 7


class Unreachable(ValueError):
    """No history earns the criterion; the text says why."""


@dataclass
class Known:
    """The words that a criterion may ask for."""

    categories: Sequence[str]
    weathers: Sequence[str]


@dataclass
class Script:
    """So many habits, all done on each of `days`.

    The last day is the moment that a criterion asks about.
    """

    days: list[dt.date]
    # The category of each habit.
    habits: list[str]
    # For the check-ins in order, repeated.
    hours: list[int] = field(default_factory=lambda: [12])
    weathers: list[str] = field(default_factory=lambda: [""])
    noted: frozenset[Note] = frozenset()
    # Days on which all habits rest.
    rested: list[dt.date] = field(default_factory=list)
    # Whether the last habit is judged by the week.
    weekly: bool = False
    reactions: int = 0


@dataclass
class _Requirements:
    """What a script has to hold, gathered from all parts of a criterion."""

    days: int = 1
    check_ins: int = 1
    habits: int = 1
    streak_days: int = 0
    streak_weeks: int = 0
    perfect_weeks: int = 0
    rested: int = 0
    protected: int = 0
    away: int = 0
    reactions: int = 0
    asks_habit: bool = False
    categories: dict[str, int] = field(default_factory=dict)
    some_categories: tuple[int, int] = (0, 0)
    hours: list[int] = field(default_factory=list)
    weekdays: list[tuple[int, int]] = field(default_factory=list)
    noted: set[Note] = field(default_factory=set)
    weathers: list[str] = field(default_factory=list)
    dates: list[Callable[[dt.date], bool]] = field(default_factory=list)

    def at_least(self, **wanted: int) -> None:
        for name, much in wanted.items():
            setattr(self, name, max(getattr(self, name), much))


def construct(criterion: Criterion, *, known: Known) -> Script:
    """A history that earns the criterion. Raises Unreachable."""
    if isinstance(criterion, criteria.AnyOf):
        return _first_of(criterion.of, known)
    required = _Requirements()
    for one in _parts(criterion):
        if isinstance(one, criteria.AnyOf):
            return _with_any(criterion, one, known)
        _require(required, one, known)
    return _script(required, known)


def _first_of(of: Iterable[Criterion], known: Known) -> Script:
    reasons = []
    for one in of:
        try:
            return construct(one, known=known)
        except Unreachable as error:
            reasons.append(str(error))
    raise Unreachable(" ".join(dict.fromkeys(reasons)))


def _with_any(criterion: Criterion, part: criteria.AnyOf, known: Known) -> Script:
    """Of `all` with an `any` in it: the first choice that goes with the others."""
    others = [one for one in _parts(criterion) if one is not part]
    choices = [criteria.All.model_construct(kind="all", need=1, of=[*others, one]) for one in part.of]
    return _first_of(choices, known)


def _parts(criterion: Criterion) -> list[Criterion]:
    if not isinstance(criterion, criteria.All):
        return [criterion]
    return [part for one in criterion.of for part in _parts(one)]


def _require(required: _Requirements, one: Criterion, known: Known) -> None:  # noqa: C901 -- one case for each kind
    match one:
        case criteria.StreakDays():
            required.at_least(streak_days=one.need)
        case criteria.StreakWeeks():
            # Beside the habit of the weeks a daily one, without which no day is perfect.
            required.at_least(streak_weeks=one.need, habits=2)
        case criteria.Rested():
            required.at_least(rested=one.need)
        case criteria.Protected():
            required.at_least(protected=one.need)
        case criteria.HabitTotal() | criteria.DaysActive() | criteria.PerfectDays():
            required.at_least(days=one.need)
            required.asks_habit |= isinstance(one, criteria.HabitTotal)
        case criteria.PerfectWeeks():
            required.at_least(perfect_weeks=one.need)
        case criteria.Total():
            required.at_least(check_ins=one.need)
        case criteria.Level():
            required.at_least(check_ins=ceil(points.begins(one.need) / POINTS_PER_COMPLETION))
        case criteria.Habits():
            required.at_least(habits=one.need)
            required.asks_habit = True
        case criteria.HabitsDone():
            required.at_least(habits=one.need, days=one.times)
        case criteria.Hours():
            hours = [(one.start + n) % 24 for n in range((one.end - one.start) % 24 or 24)]
            required.hours += [hours[0]] * one.need
        case criteria.WeekdayTotal():
            required.weekdays.append((len(set(one.days)), one.need))
        case criteria.CategoryTotal():
            _must_be_known(one.category, known.categories, _("‘%(name)s’라는 분류가 없어요."))
            required.categories[one.category] = max(one.need, required.categories.get(one.category, 0))
        case criteria.Categories():
            if one.need > len(known.categories):
                raise Unreachable(_("분류는 모두 %(n)d개예요.") % {"n": len(known.categories)})
            most, times = required.some_categories
            required.some_categories = (max(most, one.need), max(times, one.times))
        case criteria.Noted():
            required.noted.add(one.what)
            required.at_least(check_ins=one.need)
        case criteria.WeatherTotal():
            _must_be_known(one.weather, known.weathers, _("‘%(name)s’라는 날씨가 없어요."))
            required.weathers += [one.weather] * one.need
        case criteria.Seasons():
            required.at_least(days=2 * 366)
        case criteria.Comeback():
            required.at_least(away=one.away)
        case criteria.OnDate():
            required.dates.append(partial(_is_on, (one.month, one.day)))
        case criteria.LunarDate():
            required.dates.append(partial(_is_lunar, FEASTS[one.feast]))
        case criteria.Reactions():
            required.at_least(reactions=one.need)


def _is_on(asked: tuple[int, int], day: dt.date) -> bool:
    return (day.month, day.day) == asked


def _is_lunar(asked: tuple[int, int], day: dt.date) -> bool:
    return lunar_day(day) == asked


def _must_be_known(name: str, known: Sequence[str], text: str) -> None:
    if name not in known:
        raise Unreachable(text % {"name": name})


def _script(required: _Requirements, known: Known) -> Script:
    _must_fit_one_moment(required)
    categories = _habits(required, known)
    slots = max(required.check_ins, len(required.hours), len(required.weathers))
    done = max(required.days, required.streak_days, 7 * (required.streak_weeks + 1) if required.streak_weeks else 0, 2)
    done = max([done, *(ceil(need / categories.count(name)) for name, need in required.categories.items())])
    done = max([done, *(required.some_categories[1:] if required.some_categories[0] else ())])
    empty = max(required.rested, required.away) + required.protected
    # The days before the first protected ones, and the last day after a rest, stand alone: no week of them is perfect.
    apart = FREEZE_AFTER * required.protected + 1
    done = max(done, apart, 7 * required.perfect_weeks + 6 + apart if required.perfect_weeks else 0)
    if done + empty > HORIZON:
        raise Unreachable(_("10년 안에 닿을 수 없어요."))
    # The more days, the fewer habits are needed; and the other way round where the days are given.
    while len(categories) < HABITS and not _has_room(required, slots, done, len(categories)):
        categories.append(known.categories[0])
    while not _has_room(required, slots, done, len(categories)):
        done += 1
        if done + empty > HORIZON:
            raise Unreachable(_("10년 동안 날마다 %(n)d가지를 해도 닿을 수 없어요.") % {"n": HABITS})
    return _dated(required, categories, done=done)


def _must_fit_one_moment(required: _Requirements) -> None:
    if required.streak_days and required.streak_weeks:
        raise Unreachable(_("한 습관은 날로 세거나 주로 세요. 두 가지를 한 번에 이을 수는 없어요."))
    if required.streak_weeks and (required.rested or required.protected):
        raise Unreachable(_("쉰 날과 지킨 날은 날로 세는 습관에서만 함께 물어요."))
    if required.reactions > HORIZON:
        raise Unreachable(_("메시지는 하루에 하나예요. 10년 안에 닿을 수 없어요."))
    moment = required.streak_days or required.streak_weeks or required.rested or required.protected or required.away
    if required.reactions and (moment or required.dates or required.asks_habit):
        raise Unreachable(_("메시지에 답하는 것과 체크하는 것은 한 번에 할 수 없어요."))


def _habits(required: _Requirements, known: Known) -> list[str]:
    """The categories of the habits: as many as are asked for, and as few as will do."""
    found = [name for name, need in required.categories.items() for _n in range(ceil(need / HORIZON))]
    missing = [name for name in known.categories if name not in found]
    found += missing[: max(required.some_categories[0] - len(set(found)), 0)]
    found += [known.categories[0]] * (max(required.habits, 1) - len(found))
    if len(found) > HABITS:
        raise Unreachable(_("10년 동안 날마다 %(n)d가지를 해도 닿을 수 없어요.") % {"n": HABITS})
    return found


def _has_room(required: _Requirements, slots: int, days: int, habits: int) -> bool:
    weeks = days // 7
    return slots <= days * habits and all(need <= weeks * many * habits for many, need in required.weekdays)


def _dated(required: _Requirements, categories: list[str], *, done: int) -> Script:
    """Puts the days of a script into the calendar, so that they end on a day that is asked for."""
    rested = max(required.rested, required.away if _keeps_streak(required) else 0)
    missed = required.protected + (0 if _keeps_streak(required) else required.away)
    end = _last_day(required, earliest=START + dt.timedelta(done + rested + missed))
    # From the last day back: it, the days away, then the other done days with the protected ones between them.
    days, gaps = [end], list[dt.date]()
    day = end - dt.timedelta(1)
    for _n in range(max(rested, required.away)):
        gaps.append(day)
        day -= dt.timedelta(1)
    while len(days) < done:
        # A freeze needs FREEZE_AFTER done days before the missed day.
        blocks = (done - len(days)) // FREEZE_AFTER
        if required.protected and blocks == required.protected and (done - len(days)) % FREEZE_AFTER == 0:
            day -= dt.timedelta(1)
            required.protected -= 1
        days.append(day)
        day -= dt.timedelta(1)
    return Script(
        days=sorted(days),
        habits=categories,
        hours=required.hours or [12],
        weathers=required.weathers or [""],
        noted=frozenset(required.noted),
        rested=sorted(gaps) if rested else [],
        weekly=bool(required.streak_weeks),
        reactions=required.reactions,
    )


def _keeps_streak(required: _Requirements) -> bool:
    return bool(required.streak_days or required.streak_weeks or required.rested or required.protected)


def _last_day(required: _Requirements, *, earliest: dt.date) -> dt.date:
    day = earliest
    while not all(matches(day) for matches in required.dates):
        day += dt.timedelta(1)
        if day.year > LAST_LUNAR_YEAR:
            raise Unreachable(_("그런 날은 달력에 없어요."))
    return day
