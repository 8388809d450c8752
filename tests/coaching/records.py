"""Records of one habit or more as the coach reads them, from a line of days."""

import datetime as dt

from accounts.days import ONE_DAY
from coaching.records import HabitRecord, Record
from habits import streaks
from habits.schedules import Daily, Rule, Timeline
from habits.streaks import Reason

# A Monday.
TODAY = dt.date(2026, 11, 23)


def habit(days, *, schedule=None, today=0, rests=(), hours=None, name="명상", says_amounts=True, **rule):
    """A habit of which each character is a day before today, the last one yesterday.

    "x" was done, "." was not. `today` is what was logged today.
    """
    made = Rule(schedule or Daily(), **rule)
    start = TODAY - len(days) * ONE_DAY
    counts = {start + n * ONE_DAY: made.target for n, one in enumerate(days) if one == "x"} | (
        {TODAY: today} if today else {}
    )
    replay = streaks.replay(Timeline.always(made), start=start, counts=counts, today=TODAY, rests=rests)
    streak = replay.streak
    is_rested, is_done = streak.today is Reason.RESTED, streak.today is Reason.DONE
    is_full = made.is_full(streak.tally) if made.schedule.totals else not made.schedule.wants_more(streak.tally)
    ahead = (TODAY + n * ONE_DAY for n in range(1, 15))
    return HabitRecord(
        id=name,
        name=name,
        name_shared=name,
        category="",
        rule=made,
        timeline=Timeline.always(made),
        ledger=tuple(entry for entry in replay.ledger if entry.day < TODAY),
        current=streak.current,
        best=streak.best,
        unit=streak.unit,
        total=streak.total,
        freezes=streak.freezes,
        is_due=made.is_due(TODAY) and not is_rested,
        is_done=is_done,
        is_rested=is_rested,
        wants_more=not is_done and not is_full,
        is_full=is_full,
        next_due=next((day for day in ahead if made.is_due(day)), None),
        hours=hours or {},
        says_amounts=says_amounts,
    )


def record(*habits, hour=8, language="ko"):
    return Record(language=language, zone="Asia/Seoul", day=TODAY, hour=hour, day_start=0, habits=habits)
