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
from habits.models import Habit, HabitCategory, HabitLog, HabitRest, UserHabit

QUESTIONS = 500
# Of them about a part of the day.
PARTS_ASKED = 60
SEED = 20261128
# A Thursday in Seoul.
NOW = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)
DAYS = 150

# The name, its unit, its days, how a question may call it, in Korean and English.
HABITS = [
    ("물 8잔 마시기", "잔", ("daily", {}), ["물", "물 마시기", "물 8잔 마시기"], ["물"]),
    ("책 읽기", "쪽", ("daily", {}), ["책", "책 읽기", "책읽기"], ["책"]),
    ("명상", None, ("custom", {"kind": "weekdays", "days": [1, 3, 5]}), ["명상", "명상은"], ["명상"]),
    ("아침 산책", None, ("custom", {"kind": "interval", "every": 3, "from": "2026-06-01"}), ["산책", "아침 산책", "아침산책"], ["산책"]),
    ("일기 쓰기", None, ("weekly", {"times": 3}), ["일기", "일기 쓰기"], ["일기"]),
    ("Stretching", None, ("daily", {}), ["Stretching", "stretching", "Streching"], ["stretching", "Strecthing"]),
]  # fmt: skip
# The days on which one of them rests, all of them to come, by its place above.
RESTS = [(1, "2026-11-27", "2026-11-28"), (0, "2026-11-30", None)]
_DAY = "%(day)s::date"
# A week belongs to the month that has its Thursday.
_THURSDAY = "(date_trunc('week', local_date)::date + 3)"
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
    (["10월 첫째 주", "10월 1주차에"], ["in the first week of October"], f"{_THURSDAY} BETWEEN '2026-10-01' AND '2026-10-07'"),
    (["9월 넷째 주에"], ["in the 4th week of September"], f"{_THURSDAY} BETWEEN '2026-09-22' AND '2026-09-28'"),
    (["지난달 마지막 주에"], ["in the last week of last month"], f"{_THURSDAY} BETWEEN '2026-10-25' AND '2026-10-31'"),
    (["이번 달 둘째 주"], ["in the second week of this month"], f"{_THURSDAY} BETWEEN '2026-11-08' AND '2026-11-14'"),
    (["지금까지", "총"], ["so far", "in total"], f"local_date <= {_DAY}"),
]  # fmt: skip
# The hours of a part of the day.
PARTS = [
    ("새벽에", "at dawn", "local_hour < 5"),
    ("아침에", "in the morning", "local_hour BETWEEN 5 AND 11"),
    ("오전에", "in the forenoon", "local_hour < 12"),
    ("점심에", "at noon", "local_hour BETWEEN 11 AND 13"),
    ("오후에", "in the afternoon", "local_hour BETWEEN 12 AND 17"),
    ("저녁에", "in the evening", "local_hour BETWEEN 18 AND 21"),
    ("밤에", "at night", "local_hour >= 22"),
]
# Days to come, as questions say them.
AHEAD = [
    ("내일", "tomorrow", "2026-11-27"),
    ("모레", "the day after tomorrow", "2026-11-28"),
    ("일요일에", "on sunday", "2026-11-29"),
    ("월요일에", "on monday", "2026-11-30"),
    ("수요일에", "on wednesday", "2026-12-02"),
]
WEEKDAYS = [("금요일에", 5), ("월요일마다", 1), ("일요일에", 7)]
TIMES = ["몇 번?", "몇 번 했어?", "몇 회였지?", "몇 번이나 했나요", "횟수 알려 줘", "몇번했더라"]
TIMES_EN = ["how many times {habit} {period}?", "how often did I do {habit} {period}", "{habit} count {period}"]
AMOUNTS = ["얼마나 했어?", "총량은?", "얼마만큼 했지"]
DAY_COUNTS = ["며칠 했어?", "며칠이나 했지?", "몇 일 했나요"]
STREAKS = ["며칠째야?", "연속 며칠?", "지금 얼마나 이어지고 있어?", "이어 온 날은?"]
DUE = ["할 거", "뭐 해?", "할 일 알려 줘", "뭐 해야 돼?"]
DUE_EN = ["what's due {day}", "what do I have to do {day}?"]
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
    made = [
        _make_habit(person, category, name, unit, schedule, rng)
        for name, unit, schedule, _called, _in_english in HABITS
    ]
    for place, first, last in RESTS:
        HabitRest.objects.create(
            user=person, user_habit=made[place], kind=HabitRest.Kind.PAUSE, starts_on=first, ends_on=last
        )
    return person


def _make_habit(
    person: User,
    category: HabitCategory,
    name: str,
    unit: str | None,
    schedule: tuple[str, dict[str, Any]],
    rng: Random,
) -> UserHabit:
    today = person.calendar.day_of(NOW)
    first = today - dt.timedelta(days=DAYS - rng.randrange(30))
    habit = Habit.objects.create(own_name=name, category=category, owner=person, difficulty_level="beginner")
    started_at = person.calendar.at(first, dt.time(7))
    frequency, days = schedule
    chosen = UserHabit.objects.create(
        user=person,
        habit=habit,
        unit=unit,
        target_frequency=frequency,
        schedule=days,
        started_at=started_at,
        started_on=first,
    )
    likely = rng.uniform(0.35, 0.9)
    logs: list[HabitLog] = []
    for number in range((today - first).days + 1):
        day = first + dt.timedelta(days=number)
        for _again in range(rng.choice([1, 1, 2]) if rng.random() < likely else 0):
            logs.append(_log(chosen, day, rng))
    HabitLog.objects.bulk_create(logs)
    streak_cache.save(chosen, streak_cache.rebuild_from_logs(chosen, today=today, calendar=person.calendar))
    return chosen


def _log(chosen: UserHabit, day: dt.date, rng: Random) -> HabitLog:
    hour = rng.randrange(24 if day < NOW.date() else 20)
    return HabitLog(
        id=uuid7(),
        user_habit=chosen,
        target_count=1,
        completed_count=rng.randint(1, 9) if chosen.unit else 1,
        completed_at=chosen.user.calendar.at(day, dt.time(hour, rng.randrange(60))),
        local_date=day,
        # Not known of what was entered later without a time.
        local_hour=hour if rng.random() < 0.95 else None,
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
    few = [*_of_all(person), *_of_streaks(ids), *_of_rhythm(ids, person), *_of_dates(ids), *_of_days_to_come(person)]
    few += rng.sample(list(_of_parts(ids)), PARTS_ASKED)
    many = list(_of_counts(ids))
    rng.shuffle(many)
    return few + many[: max(most - len(few), 0)]


def _of_counts(ids: dict[str, Any]) -> Iterator[Case]:
    for (name, unit, _days, called, in_english), (said, said_in_english, where) in itertools.product(HABITS, PERIODS):
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


def _of_parts(ids: dict[str, Any]) -> Iterator[Case]:
    for (name, unit, _days, called, in_english), period, part in itertools.product(HABITS, PERIODS, PARTS):
        (said, said_in_english, where), (when, when_in_english, hours) = period, part
        # 아침에 산책 asks about 아침 산책 at any hour.
        hours = "true" if name.startswith(when.removesuffix("에")) else hours
        times, days, total = (
            _sql(
                f"SELECT {what} FROM habit_logs WHERE user_habit_id = %(habit)s AND {where} AND {hours}",
                habit=ids[name],
            )
            for what in ("count(*)", "count(DISTINCT local_date)", "coalesce(sum(completed_count), 0)::int")
        )
        yield Case(f"{said[0]} {when} {called[0]} 몇 번?", "ko", times)
        yield Case(f"{called[0]} {said[-1]} {when} 며칠 했어?", "ko", days)
        yield Case(f"{said[0]} {when} {called[0]} 얼마나 했어?", "ko", total if unit else times)
        yield from (
            Case(f"how often did I do {in_english[0]} {when_in_english} {one}", "en", times) for one in said_in_english
        )


def _of_days_to_come(person: User) -> Iterator[Case]:
    for said, in_english, day in AHEAD:
        due = _sql(
            "SELECT id FROM user_habits WHERE user_id = %(user)s AND CASE"
            " WHEN target_frequency = 'daily' THEN true"
            " WHEN schedule->>'kind' = 'weekdays' THEN schedule->'days' @> to_jsonb(extract(isodow FROM %(ahead)s::date)::int)"
            " WHEN schedule->>'kind' = 'interval' THEN mod(%(ahead)s::date - (schedule->>'from')::date, (schedule->>'every')::int) = 0"
            " ELSE false END AND NOT EXISTS (SELECT FROM habit_rests WHERE user_habit_id = user_habits.id"
            " AND %(ahead)s::date BETWEEN starts_on AND coalesce(ends_on, 'infinity'))", user=person.pk, ahead=day,
        )  # fmt: skip
        yield from (Case(f"{said} {asked}", "ko", frozenset([due])) for asked in DUE)
        yield from (Case(asked.format(day=in_english), "en", frozenset([due])) for asked in DUE_EN)


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
    for name, _unit, _days, called, in_english in HABITS:
        habit = {"habit": ids[name]}
        now = _sql("SELECT current_streak FROM user_habits WHERE id = %(habit)s", **habit)
        best = _sql("SELECT best_streak FROM user_habits WHERE id = %(habit)s", **habit)
        yield from (Case(f"{called[0]} {asked}", "ko", now) for asked in STREAKS)
        yield from (Case(f"{called[-1]} {asked}", "ko", best) for asked in BESTS)
        yield Case(f"what is my {in_english[0]} streak?", "en", now)


def _of_rhythm(ids: dict[str, Any], person: User) -> Iterator[Case]:
    """The weekday and the hour with the most or fewest check-ins in eight weeks."""
    since = "user_habit_id = %(habit)s AND local_date BETWEEN %(day)s::date - 55 AND %(day)s::date"
    for name, _unit, _days, called, _in_english in HABITS:
        habit = {"habit": ids[name]}
        for pick, asked in (("max", "무슨 요일에 가장 많이 했어?"), ("min", "어느 요일에 가장 적게 했어?")):
            days = _sql(
                f"WITH sums AS (SELECT weekday, count(id) AS times FROM generate_series(1, 7) AS weekday LEFT JOIN habit_logs"
                f" ON extract(isodow FROM local_date) = weekday AND {since} GROUP BY 1)"
                f" SELECT weekday FROM sums WHERE times = (SELECT {pick}(times) FROM sums)", **habit,
            )  # fmt: skip
            yield Case(f"{called[0]} {asked}", "ko", days)
        hours = _sql(
            f"WITH sums AS (SELECT local_hour::int AS hour, count(*) AS times FROM habit_logs WHERE {since} AND local_hour IS NOT NULL GROUP BY 1)"
            f" SELECT hour FROM sums WHERE times = (SELECT max(times) FROM sums)", **habit,
        )  # fmt: skip
        yield Case(f"{called[0]} 언제 가장 잘돼요?", "ko", hours)
        yield Case(f"{called[0]} 보통 몇 시에 해?", "ko", hours)


def _of_dates(ids: dict[str, Any]) -> Iterator[Case]:
    for name, _unit, _days, called, in_english in HABITS:
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
