"""500 generated questions about a seeded record: the coach's answers against what SQL says.

The expected values are computed here by statements of their own, with PostgreSQL's dates; nothing of coaching/questions is
used for them. Everything is rolled back.
"""

import datetime as dt
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from django.db import connection, transaction
from django.utils import translation
from uuid6 import uuid7

from accounts.models import User
from coaching.questions import answers
from evaluation.reports import Report
from habits import streak_cache
from habits.models import Habit, HabitCategory, HabitLog, UserHabit

QUESTIONS = 500
SEED = 20261128
# A Thursday in Seoul.
NOW = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)
DAYS = 150

# The name, its unit, how a question may call it, in Korean and English.
HABITS = [
    ("물 8잔 마시기", "잔", ["물", "물 마시기", "물 8잔 마시기"], ["물"]),
    ("책 읽기", "쪽", ["책", "책 읽기", "책읽기"], ["책"]),
    ("명상", None, ["명상", "명상은"], ["명상"]),
    ("아침 산책", None, ["산책", "아침 산책", "아침산책"], ["산책"]),
    ("일기 쓰기", None, ["일기", "일기 쓰기"], ["일기"]),
    ("Stretching", None, ["Stretching", "stretching", "Streching"], ["stretching", "Strecthing"]),
]
_DAY = "%(day)s::date"
# How a question says it in Korean and English, and the same in SQL.
PERIODS = [
    (["지난주", "저번 주", "지난 주에"], ["last week"], f"local_date >= date_trunc('week', {_DAY})::date - 7 AND local_date < date_trunc('week', {_DAY})::date"),
    (["이번 주", "이번주에"], ["this week"], f"local_date BETWEEN date_trunc('week', {_DAY})::date AND {_DAY}"),
    (["지지난주에"], [], f"local_date >= date_trunc('week', {_DAY})::date - 14 AND local_date < date_trunc('week', {_DAY})::date - 7"),
    (["이번 달", "이달에"], ["this month"], f"local_date BETWEEN date_trunc('month', {_DAY})::date AND {_DAY}"),
    (["지난달", "저번 달에"], ["last month"], f"local_date >= (date_trunc('month', {_DAY}) - interval '1 month')::date AND local_date < date_trunc('month', {_DAY})::date"),
    (["올해"], ["this year"], f"local_date BETWEEN date_trunc('year', {_DAY})::date AND {_DAY}"),
    (["어제"], ["yesterday"], f"local_date = {_DAY} - 1"),
    (["오늘"], ["today"], f"local_date = {_DAY}"),
    (["그저께"], ["the day before yesterday"], f"local_date = {_DAY} - 2"),
    (["최근 30일 동안", "지난 30일"], ["in the last 30 days"], f"local_date BETWEEN {_DAY} - 29 AND {_DAY}"),
    (["최근 2주", "2주 동안"], ["in the past 2 weeks"], f"local_date BETWEEN {_DAY} - 13 AND {_DAY}"),
    (["일주일 동안"], [], f"local_date BETWEEN {_DAY} - 6 AND {_DAY}"),
    (["9월에", "9월"], ["in September"], "local_date BETWEEN '2026-09-01' AND '2026-09-30'"),
    (["10월 3일에"], [], "local_date = '2026-10-03'"),
    (["지금까지", "총"], ["so far", "in total"], f"local_date <= {_DAY}"),
]  # fmt: skip
WEEKDAYS = [("금요일에", 5), ("월요일마다", 1), ("일요일에", 7)]
TIMES = ["몇 번?", "몇 번 했어?", "몇 회였지?", "몇 번이나 했나요", "횟수 알려 줘", "몇번했더라"]
TIMES_EN = ["how many times {habit} {period}?", "how often did I do {habit} {period}", "{habit} count {period}"]
AMOUNTS = ["얼마나 했어?", "총량은?", "얼마만큼 했지"]
DAY_COUNTS = ["며칠 했어?", "며칠이나 했지?", "몇 일 했나요"]
STREAKS = ["며칠째야?", "연속 며칠?", "지금 얼마나 이어지고 있어?", "이어 온 날은?"]
BESTS = ["최고 기록은?", "가장 길게 이어진 건?", "최장 기록 알려 줘"]


@dataclass(frozen=True)
class Case:
    question: str
    language: str
    # Any of these values is right: ties have several.
    expected: frozenset[Any]


def report() -> Report:
    told = Report("Questions about one's own record")
    with transaction.atomic():
        person = make_person()
        cases = generate(person)
        wrong = [(case, given) for case in cases if (given := value_of(person, case)) not in case.expected]
        transaction.set_rollback(True)
    told.add(f"  {len(cases) - len(wrong)} of {len(cases)} right")
    for case, given in wrong[:20]:
        told.add(f"  {case.question!r}: {given!r} instead of {sorted(map(str, case.expected))}")
    told.must(f"{len(cases)} questions: all right", holds=not wrong)
    return told


def value_of(person: User, case: Case) -> Any:
    with translation.override(case.language):
        return answers.answer(person, case.question, now=NOW).value


def make_person(seed: int = SEED) -> User:
    """A person with six habits and 150 days of check-ins with gaps."""
    rng = Random(seed)
    person = User.objects.create_user(f"{uuid7()}@localhost", password=None)
    person.privacy_settings = {"health": True}
    person.timezone = "Asia/Seoul"
    person.save()
    category, _made = HabitCategory.objects.get_or_create(name_en="health", defaults={"name": "건강", "icon": "heart"})
    for name, unit, _called, _in_english in HABITS:
        _make_habit(person, category, name, unit, rng)
    return person


def _make_habit(person: User, category: HabitCategory, name: str, unit: str | None, rng: Random) -> None:
    today = person.calendar.day_of(NOW)
    first = today - dt.timedelta(days=DAYS - rng.randrange(30))
    habit = Habit.objects.create(own_name=name, category=category, owner=person, difficulty_level="beginner")
    started_at = person.calendar.at(first, dt.time(7))
    chosen = UserHabit.objects.create(user=person, habit=habit, unit=unit, started_at=started_at, started_on=first)
    likely = rng.uniform(0.35, 0.9)
    logs: list[HabitLog] = []
    for number in range((today - first).days + 1):
        day = first + dt.timedelta(days=number)
        for _again in range(rng.choice([1, 1, 2]) if rng.random() < likely else 0):
            logs.append(_log(chosen, day, rng))
    HabitLog.objects.bulk_create(logs)
    streak_cache.save(chosen, streak_cache.rebuild_from_logs(chosen, today=today, calendar=person.calendar))


def _log(chosen: UserHabit, day: dt.date, rng: Random) -> HabitLog:
    hour = rng.randrange(6, 20)
    return HabitLog(
        id=uuid7(),
        user_habit=chosen,
        target_count=1,
        completed_count=rng.randint(1, 9) if chosen.unit else 1,
        completed_at=chosen.user.calendar.at(day, dt.time(hour, rng.randrange(60))),
        local_date=day,
        local_hour=hour,
        mood_score=rng.randint(1, 10) if rng.random() < 0.5 else None,
        energy_level=rng.randint(1, 10) if rng.random() < 0.3 else None,
    )


# ── Questions with the values that SQL gives ─────────────────────────────────


def generate(person: User, *, most: int = QUESTIONS, seed: int = SEED) -> list[Case]:
    """`most` questions of all kinds, the rarer kinds complete."""
    rng = Random(seed)
    # By the order of making: names are sealed, so SQL cannot find them.
    ids = dict(
        zip([name for name, *_rest in HABITS], person.habits.order_by("id").values_list("pk", flat=True), strict=True)
    )
    few = [*_of_all(person), *_of_streaks(ids), *_of_rhythm(ids, person), *_of_dates(ids)]
    many = list(_of_counts(ids))
    rng.shuffle(many)
    return few + many[: max(most - len(few), 0)]


def _of_counts(ids: dict[str, Any]) -> Iterator[Case]:
    for (name, unit, called, in_english), (said, said_in_english, where) in itertools.product(HABITS, PERIODS):
        habit = {"habit": ids[name]}
        times = _sql(f"SELECT count(*) FROM habit_logs WHERE user_habit_id = %(habit)s AND {where}", **habit)
        days = _sql(
            f"SELECT count(DISTINCT local_date) FROM habit_logs WHERE user_habit_id = %(habit)s AND {where}", **habit
        )
        total = _sql(
            f"SELECT coalesce(sum(completed_count), 0)::int FROM habit_logs WHERE user_habit_id = %(habit)s AND {where}",
            **habit,
        )
        for when, what in itertools.product(said, called):
            yield from (Case(f"{when} {what} {asked}", "ko", times) for asked in TIMES)
            yield from (Case(f"{what} {when} {asked}", "ko", days) for asked in DAY_COUNTS)
            yield from (Case(f"{when} {what} {asked}", "ko", total if unit else times) for asked in AMOUNTS)
        for when, what in itertools.product(said_in_english, in_english):
            yield from (Case(asked.format(habit=what, period=when), "en", times) for asked in TIMES_EN)
        for asked, weekday in WEEKDAYS:
            on = _sql(
                f"SELECT count(*) FROM habit_logs WHERE user_habit_id = %(habit)s AND {where}"
                f" AND extract(isodow FROM local_date) = {weekday}", **habit,
            )  # fmt: skip
            yield Case(f"{said[0]} {asked} {called[0]} 몇 번 했어?", "ko", on)


def _of_all(person: User) -> Iterator[Case]:
    """Of all habits together: mood, energy, and the habit that comes first."""
    ours = {"user": person.pk}
    of_person = "habit_logs JOIN user_habits ON user_habits.id = user_habit_id WHERE user_id = %(user)s"
    for said, in_english, where in PERIODS:
        for column, word, english in (("mood_score", "기분", "mood"), ("energy_level", "기운", "energy")):
            mean = _sql(
                f"SELECT avg(mean)::float FROM (SELECT avg({column}) AS mean FROM {of_person} AND {where} GROUP BY local_date) AS day",
                **ours,
            )
            mean = frozenset(None if one is None else round(one, 1) for one in mean)
            yield from (Case(f"{when} {word} 평균?", "ko", mean) for when in said)
            yield from (Case(f"average {english} {when}", "en", mean) for when in in_english)
        first, last = (
            _sql(
                f"WITH sums AS (SELECT user_habits.id, count(habit_logs.id) AS times FROM user_habits LEFT JOIN habit_logs"
                f" ON user_habit_id = user_habits.id AND {where} WHERE user_id = %(user)s GROUP BY 1)"
                f" SELECT CASE WHEN times > 0 OR '{pick}' = 'min' THEN id END FROM sums WHERE times = (SELECT {pick}(times) FROM sums)", **ours,
            )
            for pick in ("max", "min")
        )  # fmt: skip
        yield Case(f"{said[0]} 가장 많이 한 습관은?", "ko", first)
        yield Case(f"{said[0]} 제일 적게 한 습관?", "ko", last)
    longest = _sql(
        "SELECT id FROM user_habits WHERE user_id = %(user)s AND current_streak = (SELECT max(current_streak)"
        " FROM user_habits WHERE user_id = %(user)s)", **ours,
    )  # fmt: skip
    for asked in ("가장 오래 이은 습관?", "제일 오래 이어온 습관은 뭐야?", "지금 가장 길게 이어 온 습관 알려 줘"):
        yield Case(asked, "ko", longest)
    yield Case("which habit has the longest streak?", "en", longest)


def _of_streaks(ids: dict[str, Any]) -> Iterator[Case]:
    for name, _unit, called, in_english in HABITS:
        habit = {"habit": ids[name]}
        now = _sql("SELECT current_streak FROM user_habits WHERE id = %(habit)s", **habit)
        best = _sql("SELECT best_streak FROM user_habits WHERE id = %(habit)s", **habit)
        yield from (Case(f"{called[0]} {asked}", "ko", now) for asked in STREAKS)
        yield from (Case(f"{called[-1]} {asked}", "ko", best) for asked in BESTS)
        yield Case(f"what is my {in_english[0]} streak?", "en", now)


def _of_rhythm(ids: dict[str, Any], person: User) -> Iterator[Case]:
    """The weekday and the hour with the most or fewest check-ins in eight weeks."""
    since = "user_habit_id = %(habit)s AND local_date BETWEEN %(day)s::date - 55 AND %(day)s::date"
    for name, _unit, called, _in_english in HABITS:
        habit = {"habit": ids[name]}
        for pick, asked in (("max", "무슨 요일에 가장 많이 했어?"), ("min", "어느 요일에 가장 적게 했어?")):
            days = _sql(
                f"WITH sums AS (SELECT weekday, count(id) AS times FROM generate_series(1, 7) AS weekday LEFT JOIN habit_logs"
                f" ON extract(isodow FROM local_date) = weekday AND {since} GROUP BY 1)"
                f" SELECT weekday FROM sums WHERE times = (SELECT {pick}(times) FROM sums)", **habit,
            )  # fmt: skip
            yield Case(f"{called[0]} {asked}", "ko", days)
        hours = _sql(
            f"WITH sums AS (SELECT local_hour::int AS hour, count(*) AS times FROM habit_logs WHERE {since} GROUP BY 1)"
            f" SELECT hour FROM sums WHERE times = (SELECT max(times) FROM sums)", **habit,
        )  # fmt: skip
        yield Case(f"{called[0]} 언제 가장 잘돼요?", "ko", hours)
        yield Case(f"{called[0]} 보통 몇 시에 해?", "ko", hours)


def _of_dates(ids: dict[str, Any]) -> Iterator[Case]:
    for name, _unit, called, in_english in HABITS:
        habit = {"habit": ids[name]}
        last = _sql("SELECT max(local_date) FROM habit_logs WHERE user_habit_id = %(habit)s", **habit)
        began = _sql("SELECT started_on FROM user_habits WHERE id = %(habit)s", **habit)
        yield Case(f"{called[0]} 마지막으로 언제 했어?", "ko", last)
        yield Case(f"when did I last do {in_english[0]}?", "en", last)
        yield Case(f"{called[0]} 언제 시작했지?", "ko", began)


def _sql(statement: str, **values: Any) -> frozenset[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values | {"day": dt.date(2026, 11, 26)})
        return frozenset(row[0] for row in cursor.fetchall())
