"""Finds the part of the day to which a question limits check-ins: 아침에, in the evening. Pure."""

import re
from collections.abc import Iterable

from coaching.questions.periods import UnclearDays

# The first hour of each part and the hour at which it ends, within one day. Morning, afternoon and evening are those of the
# greetings (`Calendar.part_of_day`).
PARTS = {
    "dawn": (0, 5),
    "morning": (5, 12),
    "forenoon": (0, 12),
    "noon": (11, 14),
    "afternoon": (12, 18),
    "evening": (18, 22),
    "night": (22, 24),
}
_WORDS = {
    "dawn": r"새벽|dawn", "morning": r"아침|morning", "forenoon": r"오전|forenoon", "noon": r"점심|noon|lunch(?:time)?",
    "afternoon": r"오후|afternoon", "evening": r"저녁|evening", "night": r"밤|night",
}  # fmt: skip
# "Noon" is in "afternoon", so the longer word is tried first.
_ANY = re.compile("|".join(f"(?P<{name}>{_WORDS[name]})" for name in sorted(_WORDS, key=len, reverse=True)))
# What stands around the word where it names a time and no meal or habit: 아침에, in the morning, 이번 주 아침 몇 번.
_KOREAN = re.compile(r"(?:에|엔|마다|시간대?에|때)(?!먹)(?!.*(?:식사|먹고|먹은))|(?=몇|얼마|며칠|횟수|자주|총)|$")
_ENGLISH = re.compile(r"(?:inthe|atthe|at|every|this|yesterday|day)$")


def find(asked: str, *, names: Iterable[str], is_of_habit: bool) -> str:
    """The part that a question names, or "".

    `asked` has no spaces and no habit. The words of `names` belong to the habit: 아침에 산책 asks about 아침 산책. Without
    a habit the bare word may be a meal. Raises UnclearDays.
    """
    said = [one for one in _ANY.finditer(asked) if not _is_in(names, one)]
    if not said:
        return ""
    found, after = said[0], asked[said[0].end() :]
    if found[0].isascii():
        is_time = after.startswith("s") or bool(_ENGLISH.search(asked[: found.start()]))
    else:
        is_last_night = asked[: found.start()].endswith("지난")
        how = None if is_last_night else _KOREAN.match(after)
        is_time = how is not None and (bool(how[0]) or is_of_habit)
    if len(said) > 1 or not is_time:
        raise UnclearDays
    return str(found.lastgroup)


def hours(part: str) -> list[int]:
    """The hours on the clock, from 0 to 23."""
    return list(range(*PARTS[part])) if part else []


def _is_in(names: Iterable[str], found: re.Match[str]) -> bool:
    """Whether one of the names says the same part, in any language."""
    return any(re.search(_WORDS[str(found.lastgroup)], name.casefold()) for name in names)
