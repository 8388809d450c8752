"""Reads what a question asks: an act, or a measure of a habit and days. Pure.

read("지난주 물 몇 번?", names, day=…, calendar=…) -> Reading
read_two("물 몇 번 마셨고 책은 몇 쪽 읽었어?", …)             the readings of two questions in one

A question is understood only if each of its words is known (`vocabulary`). Of several sentences or clauses the last one that
asks something counts; a habit or a period may stand in one before it.
"""

import dataclasses
import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence

from accounts.days import Calendar
from coaching.questions import day_parts, future_days, grammar, habit_names, periods, vocabulary, wishes
from coaching.questions.grammar import Measure
from coaching.questions.habit_names import Match
from coaching.questions.periods import Period, UnclearDays
from coaching.questions.wishes import Wish


@dataclasses.dataclass(frozen=True)
class Reading:
    """What was understood: a wish, a measure, or neither."""

    matches: list[Match]
    wish: Wish | None = None
    # A page of the product that belongs to no habit (`wishes.place`).
    place: str = ""
    measure: Measure | None = None
    period: Period | None = None
    weekdays: frozenset[int] = frozenset()
    # Words without a known meaning, where nothing was understood for them.
    unknown: list[str] = dataclasses.field(default_factory=list)

    @property
    def is_understood(self) -> bool:
        return bool(self.wish or self.place or self.measure)


# Short forms of chats.
_SPELLED = {
    "wk": "week", "wks": "weeks", "lst": "last", "2day": "today", "2nite": "tonight", "yday": "yesterday", "hw": "how", "u": "you", "ur": "your",
    "ive": "i have", "im": "i am", "til": "until", "avg": "average", "mins": "minutes", "hrs": "hours",
    "머": "뭐", "머야": "뭐야", "머지": "뭐지", "머냐": "뭐냐", "머가": "뭐가", "모야": "뭐야", "모지": "뭐지",
}  # fmt: skip
_SHORT = re.compile(rf"(?<![\w’'])(?:{'|'.join(_SPELLED)})(?![\w’'])", re.IGNORECASE)
# A sentence ends with a mark, or in 다 after a past; a clause in 는데, 니까, 지만.
_SENTENCE = re.compile(
    r"[.!?~…。\n]+(?:\s+|$)|(?<=[았었했갔왔였겠쳤졌렸]다)\s+|(?<=네)\s+|(?<=[는은한인]데)\s+|(?<=니까)\s+|(?<=지만)\s+|,\s+"
)
# Where one question ends and another one may begin.
_JOINT = re.compile(
    r"(?<=[았었했갔왔였겠쳤졌렸셨셧엇앗]고)\s+|(?<=째고)\s+|(?<=번이고)\s+|(?<=일이고)\s+|\s+그리고\s+|(?<=는지)(?:랑|와|하고)\s+|\?+\s+|,?\s+and\s+", re.IGNORECASE
)  # fmt: skip
# Measures to which the days of the other question apply, too.
_COUNTS = {Measure.TIMES, Measure.AMOUNT, Measure.DAYS, Measure.MEAN, Measure.MISSED, Measure.RATE}
# What the record says nothing about: weeks to come, other people, advice, why and when a run ended.
_OUTSIDE = re.compile(
    r"(?:끊겼|끊긴|끊어졌|끊어진).*(?:언제|왜)|(?:언제|왜).*(?:끊겼|끊긴|끊어)|(?:when|why).*streak(?:break|broke|end)|글피|남편|아내|와이프|엄마|아빠|동생|남친|여친|언니|오빠|누나|husband|wife|mymom|mydad|다음주|담주|다음달|담달|내년|앞으로|하면뭐|남들|다른사람|친구|추천|(?:게|것이|면|야)(?:제일|가장|젤|더)?(?:좋(?!았)|낫|나을)|권장|적당|좋을까|좋은가|next(?:week|month|year)|should|recommend|friend|others"
)
# The measures that are about certain days, and those that can be limited to weekdays.
_OF_NOW = {
    Measure.STREAK, Measure.BEST_STREAK, Measure.LONGEST_HABIT, Measure.STARTED, Measure.FREEZES, Measure.LEVEL, Measure.HABITS, Measure.REMINDERS,
}  # fmt: skip
_OF_TODAY = {Measure.LEFT: "today", Measure.DONE: "today", Measure.GOAL: "this_month"}
_BY_WEEKDAY = {
    Measure.TIMES, Measure.AMOUNT, Measure.DAYS, Measure.MEAN, Measure.MOST_HABIT, Measure.LEAST_HABIT, Measure.COMPARED, Measure.MOOD, Measure.ENERGY,
}  # fmt: skip
_BY_PART = {Measure.TIMES, Measure.AMOUNT, Measure.DAYS}
# They compare the habits, so beside a habit that is named they mean something else.
_COMPARED_BY_HABIT = {Measure.LONGEST_HABIT, Measure.MOST_HABIT, Measure.LEAST_HABIT}
_COMPARED = {Measure.COMPARED, Measure.MOOD_COMPARED, Measure.ENERGY_COMPARED}
# Named beside what is now, these change nothing.
_ABOUT_NOW = {"always", "today"}


def read(
    question: str,
    names: Mapping[object, Sequence[str]],
    *,
    day: dt.date,
    calendar: Calendar,
    before: Sequence[str] = (),
) -> Reading:
    """What the question asks.

    `before` are earlier ones, the latest last, which it may go on from: 그럼 지난달은?
    """
    found = _read(question, names, day=day, calendar=calendar)
    if found.is_understood or found.unknown or not before or not _goes_on(question, found, day=day, calendar=calendar):
        return found if found.is_understood else _plain_count(question, found, names, day=day, calendar=calendar)
    *earlier, last = before
    from_last = read(last, names, day=day, calendar=calendar, before=earlier)
    if from_last.measure is None:
        return _plain_count(question, found, names, day=day, calendar=calendar)
    rest = grammar.squeezed(found.matches[0].rest if found.matches else habit_names.folded(question))
    measure = Measure.DUE if from_last.measure is Measure.LEFT and future_days.names_one(rest) else from_last.measure
    mixed = _with_days(from_last, measure, rest, names, day=day, calendar=calendar)
    if mixed.measure is None:
        return found
    if mixed.period is None and not periods.weekdays(rest):
        mixed = dataclasses.replace(mixed, period=from_last.period, weekdays=from_last.weekdays)
    return dataclasses.replace(mixed, matches=found.matches or from_last.matches)


def read_two(
    question: str, names: Mapping[object, Sequence[str]], *, day: dt.date, calendar: Calendar
) -> tuple[Reading, Reading] | None:
    """The readings of two questions in one.

    Each has the habit and the days that only the other one names.
    """
    halves = [half for half in _JOINT.split(_spelled_out(question), maxsplit=1) if half.strip()]
    if len(halves) < 2:
        return None
    whole = _read(question, names, day=day, calendar=calendar)
    if whole.wish or whole.place:
        return None
    first = _read(halves[0], names, day=day, calendar=calendar)
    second = _read(halves[1], names, day=day, calendar=calendar)
    if first.measure and not second.is_understood and not second.matches:
        second = read(halves[1], names, day=day, calendar=calendar, before=[halves[0]])
    if first.measure is None or second.measure is None:
        return None
    pair = _beside(first, second), _beside(second, first)
    return None if pair[0] == pair[1] else pair


def _beside(found: Reading, other: Reading) -> Reading:
    """The reading with what only the other one names."""
    matches = found.matches or other.matches
    if found.measure not in _COUNTS or found.period or found.weekdays:
        return dataclasses.replace(found, matches=matches)
    return dataclasses.replace(found, matches=matches, period=other.period, weekdays=other.weekdays)


def _goes_on(question: str, found: Reading, *, day: dt.date, calendar: Calendar) -> bool:
    """Whether the question has nothing besides a habit or days."""
    rest = found.matches[0].rest if found.matches else habit_names.folded(question)
    asked = grammar.squeezed(rest)
    names_days = periods.find(asked, day=day, calendar=calendar) or periods.weekdays(asked)
    return bool(found.matches or names_days or future_days.names_one(asked)) and vocabulary.is_only_of_days(rest)


def _plain_count(
    question: str, found: Reading, names: Mapping[object, Sequence[str]], *, day: dt.date, calendar: Calendar
) -> Reading:
    """A habit and days with nothing else ask how often: 물 어제?, meditation october."""
    if found.is_understood or len(found.matches) != 1 or not _goes_on(question, found, day=day, calendar=calendar):
        return found
    asked = grammar.squeezed(found.matches[0].rest)
    counted = _with_days(found, Measure.TIMES, asked, names, day=day, calendar=calendar)
    return counted if counted.period else found


def _read(question: str, names: Mapping[object, Sequence[str]], *, day: dt.date, calendar: Calendar) -> Reading:
    question = _spelled_out(question)
    matches = habit_names.find(question, names)
    rest = grammar.squeezed(matches[0].rest if matches else habit_names.folded(question))
    if place := wishes.place(rest):
        return Reading(matches, place=place)
    if wish := _wish(question, rest):
        return Reading(matches, wish=wish)
    if _OUTSIDE.search(rest):
        return Reading(matches)
    readings = [_read_part(part, matches, names) for part in _parts(question)]
    found = next((one for one in readings if one.measure and not one.unknown), None)
    if found is None or found.measure is None:
        return Reading(matches, unknown=readings[0].unknown if readings[0].measure else [])
    return _with_days(found, found.measure, rest, names, day=day, calendar=calendar)


def _spelled_out(question: str) -> str:
    return _SHORT.sub(lambda found: _SPELLED[found[0].lower()], question)


def _wish(question: str, rest: str) -> Wish | None:
    """The act that is asked for, in the whole question or in its last clause."""
    last = re.split(r"[,.!]\s+", question.strip(" .!"))[-1]
    return wishes.wish(rest) or wishes.wish(grammar.squeezed(last))


def _parts(question: str) -> Iterator[str]:
    """The whole question, then its sentences and clauses from the last to the first."""
    folded = habit_names.folded(question.replace("\n", ". "))
    yield folded
    parts = [part for part in _SENTENCE.split(folded) if part.strip()]
    if len(parts) > 1:
        yield from reversed(parts)


def _read_part(part: str, of_all: list[Match], names: Mapping[object, Sequence[str]]) -> Reading:
    own = habit_names.find(part, names)
    matches = own or of_all
    rest = own[0].rest if own else part
    said = [name for match in matches for name in names[match.key]]
    measure = grammar.measure(grammar.squeezed(rest))
    if matches and measure in _COMPARED_BY_HABIT:
        measure = Measure.BEST_STREAK if measure is Measure.LONGEST_HABIT else None
    return Reading(matches, measure=measure, unknown=vocabulary.unknown_words(rest, names=said))


def _with_days(
    found: Reading,
    measure: Measure,
    rest: str,
    names: Mapping[object, Sequence[str]],
    *,
    day: dt.date,
    calendar: Calendar,
) -> Reading:
    """The reading with its days; not understood if its measure cannot be limited to the days that are named."""
    said = [name for match in found.matches for name in names[match.key]]
    kept = found.period.part if found.period else ""
    try:
        part = day_parts.find(rest, names=said, is_of_habit=bool(found.matches)) or kept
        period, weekdays = _days(measure, rest, day=day, calendar=calendar)
    except UnclearDays:
        return Reading(found.matches)
    if part or measure is Measure.DUE:
        period = period or found.period
    if part:
        period = dataclasses.replace(period or periods.always(day), part=part)
    is_limited = (measure in _BY_PART or not part) and (measure in _BY_WEEKDAY or not weekdays)
    if not is_limited or (measure is Measure.DUE and period is None):
        return Reading(found.matches)
    return dataclasses.replace(found, measure=measure, period=period, weekdays=weekdays)


def _days(measure: Measure, rest: str, *, day: dt.date, calendar: Calendar) -> tuple[Period | None, frozenset[int]]:
    """The period and the weekdays that are named.

    Raises UnclearDays if the measure is not one of such days.
    """
    if measure is Measure.DUE:
        return future_days.find(rest, day=day, calendar=calendar), frozenset()
    if future_days.names_one(rest):
        raise UnclearDays
    weekdays = periods.weekdays(rest)
    if measure in _COMPARED:
        return _compared(periods.find(rest, day=day, calendar=calendar), day=day, calendar=calendar), weekdays
    if measure in _OF_NOW:
        _check_is_now(periods.find(rest, day=day, calendar=calendar))
        return None, weekdays
    period = periods.find_only(rest, day=day, calendar=calendar)
    if len(weekdays) == 1 and not period and measure is Measure.TIMES and grammar.asks_whether(rest):
        period = periods.latest(min(weekdays), day=day)
    if measure in _OF_TODAY:
        period = period or periods.named(_OF_TODAY[measure], day=day, calendar=calendar)
    is_that_day = period and period.first == period.last and weekdays == {period.first.isoweekday()}
    return period, frozenset() if is_that_day else weekdays


def _check_is_now(period: Period | None) -> None:
    if period and period.name not in _ABOUT_NOW:
        raise UnclearDays


def _compared(period: Period | None, *, day: dt.date, calendar: Calendar) -> Period:
    """The days that are compared with those before.

    A week or month that is named as the one before means the one after it. Raises UnclearDays for a week of a month.
    """
    name = period.name if period else "this_week"
    if name == "week_of_month":
        raise UnclearDays
    if name in ("last_week", "last_month", "last_year"):
        name = name.replace("last", "this")
    elif period and name != "always" and not name.startswith("week_before"):
        return period
    return periods.named(name if name.startswith("this") else "this_week", day=day, calendar=calendar)
