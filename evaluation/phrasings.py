"""Questions as people type them on a phone, each with what it means: what the grammar understands of them.

The sets are in evaluation/question_sets/. `written` is known to the grammar; the held-out ones are not, and only their totals
are looked at. A question that is not understood gets no answer, which is right where the record holds none, and honest
elsewhere; a meaning other than the one meant is the fault that counts.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from accounts.days import Calendar
from coaching.questions import parsed
from coaching.questions.grammar import Measure
from coaching.questions.parsed import Reading
from coaching.questions.wishes import Deed
from evaluation.reports import Report

FOLDER = Path(__file__).parent / "question_sets"
WRITTEN, HELD_OUT = "written", ("held_out", "held_out_2")
# The least shares of the held-out sets, and the most that may be taken for something else.
UNDERSTOOD = {"held_out": 0.95, "held_out_2": 0.85}
MISTAKEN = 0.02
DAY, CALENDAR = dt.date(2026, 11, 26), Calendar(zone="Asia/Seoul")
NAMES: dict[object, list[str]] = {
    "water": ["물 8잔 마시기", "Drink 8 glasses of water"],
    "book": ["책 읽기", "Read a book"],
    "calm": ["명상", "Meditate"],
    "walk": ["아침 산책", "Morning walk"],
    "diary": ["일기 쓰기", "Write a diary"],
    "stretch": ["스트레칭", "Stretching"],
    "pill": ["영양제 먹기", "Take vitamins"],
}
NOTHING = "unknown - -"
_OF_ALL = {
    Measure.LONGEST_HABIT, Measure.MOST_HABIT, Measure.LEAST_HABIT, Measure.BADGES, Measure.LEVEL, Measure.HABITS,
}  # fmt: skip


@dataclass(frozen=True)
class Phrasing:
    """A question, and what it means: the measure or deed, the habit, and the days or the time."""

    meaning: str
    text: str


@dataclass(frozen=True)
class Result:
    """How many of a set were understood as meant, and which were taken for something else."""

    right: int
    of: int
    missed: list[Phrasing]
    mistaken: list[Phrasing]


def phrasings(name: str) -> list[Phrasing]:
    lines = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [Phrasing(*line.split(" | ", 1)) for line in lines if line and not line.startswith("#")]


def result(name: str) -> Result:
    found = [(one, understood(one.text)) for one in phrasings(name)]
    missed = [one for one, meaning in found if meaning not in (one.meaning, NOTHING)]
    silent = [one for one, meaning in found if meaning == NOTHING != one.meaning]
    return Result(len(found) - len(missed) - len(silent), len(found), silent, missed)


def understood(question: str, before: Sequence[str] = ()) -> str:
    """The meaning in the words of the sets, after the questions `before`."""
    return in_words(parsed.read(question, NAMES, day=DAY, calendar=CALENDAR, before=before))


def in_words(read: Reading) -> str:
    habit = str(read.matches[0].key) if len(read.matches) == 1 else "-"
    if read.place:
        return f"place {read.place} -"
    if read.wish:
        clock = f"{read.wish.clock:%H:%M}" if read.wish.clock else "-"
        return f"{read.wish.deed} {'-' if read.wish.deed == Deed.ADD else habit} {clock}"
    if read.measure is None:
        return NOTHING
    if len(read.matches) > 1 and read.measure not in _OF_ALL:
        habit = (
            "which"
            if len({match.rest for match in read.matches}) == 1
            else "+".join(sorted(str(one.key) for one in read.matches))
        )
    days = "-"
    if read.period:
        days = read.period.name + (f":{read.period.number}" if read.period.number else "")
    if read.weekdays:
        days += "@" + "".join(map(str, sorted(read.weekdays)))
    if read.period and read.period.part:
        days += f"/{read.period.part}"
    return f"{read.measure} {'-' if read.measure in _OF_ALL else habit} {days}"


def report() -> Report:
    told = Report("Questions as people type them")
    for name in (WRITTEN, *HELD_OUT):
        its = result(name)
        told.add(f"  {name}: {its.right} of {its.of} understood, {len(its.mistaken)} taken for something else")
    for one in result(WRITTEN).mistaken + result(WRITTEN).missed:
        told.add(f"    {one.text}: {understood(one.text)} instead of {one.meaning}")
    told.must("the written questions: all understood", holds=result(WRITTEN).right == result(WRITTEN).of)
    for name, least in UNDERSTOOD.items():
        its = result(name)
        told.must(f"{name}: {least:.0%} understood", holds=its.right >= least * its.of)
        told.must(
            f"{name}: at most {MISTAKEN:.0%} taken for something else", holds=len(its.mistaken) <= MISTAKEN * its.of
        )
    return told
