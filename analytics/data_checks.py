"""Tests the daily numbers and the figures of staff each night.

    run(now=…)    writes how many rows each check found wrong, as the metric `data_faults_day`

Each check is a statement that counts wrong rows, so that 0 is right: unique, complete, plausible, fresh, and conserved: what one table
says adds up to what another says. Only the days of the last LOOKED_AT are read.
"""

import dataclasses
import datetime as dt
from typing import Any

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.days import ONE_DAY
from accounts.population import COUNTED
from analytics import metric_fill
from analytics.metric_dictionary import METRICS
from analytics.models import MetricValue

METRIC = "data_faults_day"
LOOKED_AT = 3 * ONE_DAY
_RECENT = "day.date BETWEEN %(since)s AND %(last)s"


@dataclasses.dataclass(frozen=True)
class Check:
    key: str
    said: str | Promise
    sql: str


def _of_days(key: str, said: str | Promise, wrong: str) -> Check:
    return Check(key, said, f"SELECT count(*) FROM user_analytics AS day WHERE {_RECENT} AND ({wrong})")  # noqa: S608


def _of_values(key: str, said: str | Promise, wrong: str) -> Check:
    return Check(key, said, f"SELECT count(*) FROM metric_values AS value WHERE {wrong}")  # noqa: S608


CHECKS = (
    Check(
        "day_twice",
        _("같은 사람의 같은 날이 두 번 있어요"),
        f"SELECT count(*) FROM (SELECT FROM user_analytics AS day WHERE {_RECENT} GROUP BY user_id, date HAVING count(*) > 1) AS twice",  # noqa: S608
    ),
    _of_days("day_null", _("비어 있으면 안 되는 칸이 비었어요"), "total_habits IS NULL OR completed_habits IS NULL OR completion_rate IS NULL OR app_opens IS NULL OR active_streaks IS NULL OR longest_streak IS NULL"),
    _of_days("day_nobody", _("없는 사람의 하루예요"), "NOT EXISTS (SELECT FROM users WHERE id = day.user_id)"),
    _of_days("negative", _("0보다 작은 수가 있어요"), "least(total_habits, completed_habits, app_opens, session_duration_minutes, ai_messages_received, active_streaks, longest_streak) < 0"),
    _of_days("more_than_asked", _("정한 습관보다 많이 해냈어요"), "completed_habits > total_habits"),
    _of_days("rate", _("해낸 비율이 해낸 수와 맞지 않아요"), "abs(completion_rate - coalesce(completed_habits::float8 / nullif(total_habits, 0), 0)) > 0.001"),
    _of_days("mood", _("기분이나 기운이 1에서 10 밖이에요"), "avg_mood_score NOT BETWEEN 1 AND 10 OR avg_energy_level NOT BETWEEN 1 AND 10"),
    _of_days("minutes", _("하루보다 긴 시간이에요"), "session_duration_minutes > 25 * 60"),
    _of_days("minutes_unopened", _("앱을 열지 않았는데 머문 시간이 길어요"), "app_opens = 0 AND session_duration_minutes > 12 * 60"),
    _of_days("streak_missing", _("이어 온 습관이 있는데 길이가 없어요"), "(active_streaks > 0) <> (longest_streak > 0)"),
    _of_days("before_joining", _("가입하기 한참 전의 활동이에요"), "app_opens > 0 AND EXISTS (SELECT FROM users WHERE id = day.user_id AND created_at::date > day.date + 2)"),
    Check("day_ahead", _("아직 오지 않은 날이에요"), "SELECT count(*) FROM user_analytics AS day WHERE date > %(last)s + 3"),
    Check("day_missing", _("활동하던 날의 수가 하나도 없어요"), """
        SELECT count(*) FROM generate_series(%(since)s::date, %(last)s::date, '1 day') AS asked
        WHERE NOT EXISTS (SELECT FROM user_analytics AS day WHERE day.date = asked::date)
            AND EXISTS (SELECT FROM aggregate_fills WHERE counted_on = asked::date AND state = 'done')
            AND EXISTS (SELECT FROM user_analytics AS day WHERE day.date = %(since)s - 1)"""),
    Check("fill_stuck", _("세다가 멈춘 날이 있어요"), "SELECT count(*) FROM aggregate_fills WHERE state <> 'done' AND started_at < %(now)s - interval '6 hours'"),
    Check("fill_gap", _("시간대의 날이 하나 빠졌어요"), """
        SELECT count(*) FROM aggregate_fills AS one WHERE state = 'done' AND counted_on BETWEEN %(since)s AND %(last)s
            AND NOT EXISTS (SELECT FROM aggregate_fills AS before WHERE before.metric = one.metric AND before.zone = one.zone
                AND before.day_start = one.day_start AND before.counted_on = one.counted_on - 1 AND before.state = 'done')
            AND EXISTS (SELECT FROM aggregate_fills AS before WHERE before.metric = one.metric AND before.zone = one.zone
                AND before.day_start = one.day_start AND before.counted_on < one.counted_on - 1)"""),
    Check("stale_long", _("다시 세지 못한 사람이 하루 넘게 기다려요"), """
        SELECT count(*) FROM stale_aggregates AS mark WHERE begins_on < %(last)s - 1 AND NOT EXISTS (
            SELECT FROM aggregate_fills WHERE done_at > %(now)s - interval '1 day')"""),
    Check("view_twice", _("사람의 요약에 같은 사람이 두 번 있어요"), "SELECT count(*) FROM (SELECT FROM user_stats_summary GROUP BY id HAVING count(*) > 1) AS twice"),
    Check("view_old", _("사람의 요약이 오래됐어요"), "SELECT (obj_description('user_stats_summary'::regclass, 'pg_class')::timestamptz < %(now)s - interval '30 hours')::int"),
    _of_values("value_unknown", _("사전에 없는 숫자예요"), "metric <> ALL (%(metrics)s)"),
    _of_values("value_negative", _("사람의 수가 0보다 작아요"), "people < 0 OR (number < 0 AND metric NOT IN ('coach_effect_day', 'revenue_day'))"),
    _of_values("value_ahead", _("닫히지 않은 날의 숫자예요"), "begins_on > %(last)s"),
    _of_values("kept_more", _("남은 사람이 처음보다 많아요"), "metric IN ('retention_week', 'streak_kept_week') AND number > people"),
    _of_values("week_parts", _("새로 온, 이어 온, 돌아온 사람을 더해도 활동한 사람이 아니에요"), """
        metric = 'active_week' AND part = '' AND number <> (SELECT sum(number) FROM metric_values AS piece
            WHERE piece.metric = 'active_week' AND piece.begins_on = value.begins_on AND piece.part <> '')"""),
    _of_values("day_over_week", _("하루에 활동한 사람이 그 주보다 많아요"), """
        metric = 'active_day' AND number > (SELECT number FROM metric_values AS week WHERE week.metric = 'active_week'
            AND week.part = '' AND week.begins_on = date_trunc('week', value.begins_on)::date)"""),
    Check("done_conserved", _("하루에 해낸 습관이 사람마다의 합과 달라요"), f"""
        SELECT count(*) FROM metric_values AS value
        WHERE metric = 'habits_done_day' AND begins_on BETWEEN %(since)s AND %(last)s
            AND number <> (SELECT coalesce(sum(day.completed_habits), 0)
                FROM user_analytics AS day JOIN users AS person ON person.id = day.user_id
                WHERE day.date = value.begins_on AND {COUNTED})"""),  # noqa: S608
    Check("value_late", _("어제까지의 숫자가 아직 없어요"), """
        SELECT count(*) FROM unnest(ARRAY['active_day', 'habits_done_day']) AS asked
        WHERE NOT EXISTS (SELECT FROM metric_values WHERE metric = asked AND begins_on = %(last)s)
            AND EXISTS (SELECT FROM metric_values WHERE metric = asked)"""),
)  # fmt: skip
BY_KEY = {check.key: check for check in CHECKS}


def faults(*, now: dt.datetime) -> dict[str, int]:
    """How many rows each check finds wrong."""
    last = metric_fill.last_closed(now)
    values = {"now": now, "last": last, "since": last - LOOKED_AT, "metrics": list(METRICS)}
    return {check.key: _count(check.sql, values) for check in CHECKS}


def run(*, now: dt.datetime) -> dict[str, int]:
    """Runs all checks, stores and returns those that found something."""
    found = {key: number for key, number in faults(now=now).items() if number}
    rows = [metric_fill.Figure(key, number, None) for key, number in found.items()]
    metric_fill.replace(
        METRIC, metric_fill.last_closed(now), [metric_fill.Figure("", sum(found.values()), None), *rows]
    )
    return found


def latest() -> tuple[dt.datetime | None, dict[str, int]]:
    """When the checks ran last, and what they found."""
    rows = list(MetricValue.objects.filter(metric=METRIC).order_by("-begins_on")[: len(CHECKS) + 1])
    its = [row for row in rows if row.begins_on == rows[0].begins_on]
    return (its[0].computed_at if its else None), {row.part: int(row.number) for row in its if row.part}


def _count(sql: str, values: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()[0] or 0
