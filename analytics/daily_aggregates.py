"""Fills `user_analytics`: the numbers of each person's closed days.

    catch_up(now=…)     fills the closed days of every zone in order, then redoes what later changes have made wrong

One statement fills one day of all people of a time zone and day start. The same statement redoes chosen days of one person; the
streaks of such days are replayed, since the habit's row has only those of its latest closed day. A run may be killed anywhere: a day
is written with its ledger entry in one transaction, a mark is removed in the transaction that redid its days.

- A habit counts as in `habits/day_totals.py`: asked for when it is judged by the day, due and not rested; the others when done.
- Mood and energy are the means of all scores of the day.
- Session minutes: the time between consecutive actions of a person at most half an hour apart, summed and rounded.
- `longest_streak` is the longest running streak at the end of the day, in days: a week counts 7, a month 30.
- Days are those of `habit_logs.local_date`; events and coach messages count by the bounds of the person's day, so a day has 23 or
  25 hours when the clock changes.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from django.db import IntegrityError, connection, transaction
from django.db.models import Min

from accounts.days import ONE_DAY, Calendar, zone_names
from accounts.models import User
from analytics import aggregate_streaks, fill_ledger
from analytics.aggregate_streaks import DayStreaks
from analytics.fill_ledger import USER_ANALYTICS, Zone
from analytics.models import StaleAggregate, UserAnalytics
from core import events
from habits import streaks
from habits.models import HabitLog, UserHabit

log = structlog.get_logger(__name__)

# Marks that are read at once.
BATCH = 2_000
# For the statement alone: the habits of 200,000 people fit into it, which would be written to disk and sorted there.
WORK_MEM = "128MB"
# What triggers mark when a change may concern any day.
ALL_DAYS = dt.date.min
SESSION_GAP = dt.timedelta(minutes=30)

_PEOPLE_OF_ZONE = """
    SELECT id AS user_id, timezone, day_start, week_start, %(day)s::date AS day, %(since)s::timestamptz AS since,
        %(until)s::timestamptz AS until, NULL::integer AS active, NULL::integer AS longest
    FROM users
    WHERE timezone = %(zone)s AND day_start = %(day_start)s AND anonymised_at IS NULL AND created_at < %(until)s
"""
_CHOSEN_DAYS = """
    SELECT chosen.user_id, timezone, day_start, week_start, day, since, until, active, longest
    FROM unnest(%(users)s::uuid[], %(days)s::date[], %(sinces)s::timestamptz[], %(untils)s::timestamptz[],
        %(actives)s::integer[], %(longests)s::integer[]) AS chosen (user_id, day, since, until, active, longest)
    JOIN users ON users.id = chosen.user_id
"""
# The days of `zones`, one for each.
_LATEST_DAYS = """
    SELECT users.id AS user_id, timezone, day_start, week_start, zone.day, zone.since, zone.until, NULL::integer AS active,
        NULL::integer AS longest
    FROM unnest(%(users)s::uuid[]) AS chosen (user_id) JOIN users ON users.id = chosen.user_id
    JOIN unnest(%(zones)s::text[], %(starts)s::integer[], %(days)s::date[], %(sinces)s::timestamptz[],
        %(untils)s::timestamptz[]) AS zone (name, starts, day, since, until)
        ON zone.name = users.timezone AND zone.starts = users.day_start
"""
# Habits whose row has moved past the day, or has not reached it: their people's streaks are replayed.
_MARK_LATE = """
    , late AS (
        INSERT INTO stale_aggregates (user_id, begins_on, marked_in)
        SELECT user_id, day, pg_current_xact_id()::text::bigint FROM counted WHERE is_late
        ON CONFLICT (user_id) DO UPDATE
        SET begins_on = LEAST(stale_aggregates.begins_on, EXCLUDED.begins_on), marked_in = EXCLUDED.marked_in
    )
"""


def _state(field: str) -> str:
    """The field of `streaks.State` in `user_habits.streak_state`. Its first entry is the format."""
    return f"(streak_state ->> {1 + list(streaks.State.__slots__).index(field)})::integer"


# OFFSET 0 keeps a subquery apart: its expressions are evaluated once for each row, and not in every place that names them.
_WRITE = f"""
    WITH asked AS ({{asked}}),
    -- One row for each person, since few rest: their habits need no join of their own.
    resting AS (
        SELECT asked.user_id, asked.day, bool_or(rest.user_habit_id IS NULL) AS with_all, array_agg(rest.user_habit_id) AS habits
        FROM asked JOIN habit_rests AS rest ON rest.user_id = asked.user_id
            AND rest.starts_on <= asked.day AND (rest.ends_on IS NULL OR rest.ends_on >= asked.day)
        WHERE rest.starts_on <= %(last)s AND (rest.ends_on IS NULL OR rest.ends_on >= %(first)s)
        GROUP BY 1, 2
    ),
    planned AS (
        -- `run` is the running streak in days where it counts, and -1 where the row does not have it.
        SELECT user_id, day, user_habit_id, is_limit, least, begun AND due AND NOT rested AND asks AS is_asked,
            begun AND due AND NOT (rested AND is_limit) AS may_be_done,
            CASE WHEN begun AND NOT rested THEN COALESCE(run * unit_days, -1) END AS run
        FROM (
            SELECT user_id, day, user_habit_id, rested, unit_days, direction = 'at_most' AS is_limit,
                CASE WHEN kind IN ('week_total', 'month_total') AND direction <> 'at_most' THEN 1 ELSE target END AS least,
                by_day OR kind IN ('weekdays', 'interval', 'weeks') AS asks,
                day >= began_on OR first_direction = 'at_least' AND EXISTS (
                    SELECT FROM habit_logs AS earlier
                    WHERE earlier.user_habit_id = rule.user_habit_id AND earlier.local_date <= rule.day
                ) AS begun,
                CASE kind
                    WHEN 'weekdays' THEN schedule -> 'days' @> to_jsonb(extract(isodow FROM day)::integer)
                    WHEN 'interval' THEN (day - (schedule ->> 'from')::date) %% (schedule ->> 'every')::integer = 0
                    WHEN 'weeks' THEN schedule -> 'days' @> to_jsonb(extract(isodow FROM day)::integer)
                        AND (date_trunc('week', day::timestamp)::date
                            - date_trunc('week', (schedule ->> 'from')::timestamp)::date) / 7
                            %% (schedule ->> 'every')::integer = 0
                    WHEN 'week_total' THEN direction = 'at_least'
                    WHEN 'month_total' THEN direction = 'at_least'
                    ELSE true
                END AS due,
                CASE unit_days WHEN {streaks.DAYS_OF["weeks"]} THEN {_state("weeks")}
                    WHEN {streaks.DAYS_OF["months"]} THEN {_state("months")} ELSE {_state("days")} END AS run
            FROM (
                SELECT *, schedule ->> 'kind' AS kind, frequency = 'daily' AS by_day,
                    CASE
                        WHEN frequency = 'weekly' OR schedule ->> 'kind' = 'week_total' THEN {streaks.DAYS_OF["weeks"]}
                        WHEN schedule ->> 'kind' = 'month_total' THEN {streaks.DAYS_OF["months"]}
                        ELSE 1
                    END AS unit_days
                FROM (
                    SELECT user_id, day, user_habit_id, rested, began_on, streak_state,
                        COALESCE(rules -> 0 ->> 'direction', direction) AS first_direction,
                        COALESCE(entry ->> 'frequency', target_frequency) AS frequency,
                        COALESCE(entry -> 'schedule', schedule) AS schedule,
                        COALESCE((entry ->> 'target')::integer, target_count) AS target,
                        COALESCE(entry ->> 'direction', direction) AS direction
                    FROM (
                        SELECT asked.user_id, asked.day, own.id AS user_habit_id, own.rules, own.direction,
                            own.target_frequency, own.schedule, own.target_count,
                            COALESCE(resting.with_all OR own.id = ANY(resting.habits), false) AS rested,
                            COALESCE(own.started_on, (own.started_at AT TIME ZONE asked.timezone
                                - make_interval(hours => asked.day_start))::date) AS began_on,
                            CASE WHEN own.streak_through = asked.day AND own.streak_state ->> 0 = '{streaks.FORMAT}'
                                AND {_state("sundays")} = (asked.week_start = 7)::integer THEN own.streak_state END AS streak_state,
                            CASE WHEN jsonb_typeof(own.rules) = 'array' AND own.rules <> '[]' THEN (
                                SELECT one.entry FROM jsonb_array_elements(own.rules) WITH ORDINALITY AS one (entry, n)
                                ORDER BY (one.entry ->> 'from')::date <= asked.day DESC,
                                    CASE WHEN (one.entry ->> 'from')::date <= asked.day THEN -n ELSE n END
                                LIMIT 1
                            ) END AS entry
                        FROM {{people}} LEFT JOIN resting USING (user_id, day)
                            JOIN user_habits AS own ON own.user_id = asked.user_id
                        OFFSET 0
                    ) AS habit
                    OFFSET 0
                ) AS entered
                OFFSET 0
            ) AS rule
            OFFSET 0
        ) AS judged
    ),
    -- One row for each habit: its check-ins are read once, and summed together with what was planned.
    habit AS (
        SELECT *, may_be_done AND CASE WHEN is_limit THEN amount <= least ELSE amount >= least END AS is_done
        FROM (
            SELECT user_id, day, any_value(is_asked) AS is_asked, any_value(may_be_done) AS may_be_done, any_value(run) AS run,
                any_value(is_limit) AS is_limit, any_value(least) AS least, COALESCE(sum(amount), 0) AS amount,
                sum(mood)::integer AS mood, count(mood)::integer AS moods, sum(energy)::integer AS energy,
                count(energy)::integer AS energies
            FROM planned
            LEFT JOIN (
                SELECT user_habit_id, local_date, completed_count AS amount, mood_score AS mood, energy_level AS energy
                FROM habit_logs
                WHERE completed_at >= %(logs_since)s AND completed_at < %(logs_until)s
                    AND local_date BETWEEN %(first)s AND %(last)s
            ) AS log ON log.user_habit_id = planned.user_habit_id AND {{on_day}}
            GROUP BY user_id, planned.user_habit_id, day
        ) AS summed
        OFFSET 0
    ),
    counted AS (
        SELECT user_id, day, count(*) FILTER (WHERE is_done OR is_asked) AS total, count(*) FILTER (WHERE is_done) AS done,
            sum(mood)::float / NULLIF(sum(moods), 0) AS mood, sum(energy)::float / NULLIF(sum(energies), 0) AS energy,
            count(*) FILTER (WHERE run > 0) AS active, max(run) FILTER (WHERE run > 0) AS longest,
            COALESCE(bool_or(run < 0), false) AS is_late
        FROM habit
        GROUP BY 1, 2
    ),
    used AS (
        SELECT user_id, day, count(*) FILTER (WHERE event_type = 'app_open') AS opens,
            round(extract(epoch FROM sum(gap) FILTER (WHERE gap <= %(session_gap)s)) / 60)::integer AS minutes
        FROM (
            SELECT asked.user_id, asked.day, event.event_type, event.occurred_at - lag(event.occurred_at) OVER (
                PARTITION BY asked.user_id, asked.day ORDER BY event.occurred_at) AS gap
            FROM asked JOIN app_events AS event ON event.user_id = asked.user_id
                AND event.occurred_at >= asked.since AND event.occurred_at < asked.until
            WHERE event.occurred_at >= %(since)s AND event.occurred_at < %(until)s AND event.event_type = ANY(%(actions)s)
        ) AS acted GROUP BY 1, 2
    ),
    written_to AS (
        SELECT asked.user_id, asked.day, count(*) AS messages
        FROM asked JOIN coaching_messages AS message ON message.user_id = asked.user_id
            AND message.sent_at >= asked.since AND message.sent_at < asked.until
        WHERE message.sent_at >= %(since)s AND message.sent_at < %(until)s
        GROUP BY 1, 2
    ){{late}}
    -- No INSERT … ON CONFLICT: it looks each new row up twice in each index.
    MERGE INTO user_analytics AS row USING (
        SELECT user_id, day, COALESCE(counted.total, 0) AS total, COALESCE(counted.done, 0) AS done,
            COALESCE(counted.done::float / NULLIF(counted.total, 0), 0) AS rate, counted.mood, counted.energy,
            COALESCE(used.opens, 0) AS opens, COALESCE(used.minutes, 0) AS minutes, used.user_id IS NOT NULL AS is_used,
            COALESCE(written_to.messages, 0) AS messages, COALESCE(asked.active, counted.active, 0) AS active,
            COALESCE(asked.longest, counted.longest, 0) AS longest
        FROM asked
        LEFT JOIN counted USING (user_id, day) LEFT JOIN used USING (user_id, day) LEFT JOIN written_to USING (user_id, day)
        ORDER BY user_id, day
    ) AS its ON row.user_id = its.user_id AND row.date = its.day AND row.date BETWEEN %(first)s AND %(last)s
    WHEN MATCHED THEN UPDATE SET
        total_habits = total, completed_habits = done, completion_rate = rate, avg_mood_score = mood,
        avg_energy_level = energy, app_opens = opens, session_duration_minutes = minutes, ai_messages_received = messages,
        active_streaks = active, longest_streak = longest
    WHEN NOT MATCHED AND (total > 0 OR mood IS NOT NULL OR energy IS NOT NULL OR active > 0 OR is_used OR messages > 0)
    THEN INSERT (user_id, date, total_habits, completed_habits, completion_rate, avg_mood_score, avg_energy_level,
        app_opens, session_duration_minutes, ai_messages_received, active_streaks, longest_streak)
    VALUES (its.user_id, its.day, total, done, rate, mood, energy, opens, minutes, messages, active, longest)
"""  # noqa: S608 -- constants of ours
# Both texts help the planner. `local_date = %(day)s` has the day as a constant: joined to a list of days it would expect a few
# rows, and sort where it should hash. The people are a query and not the list that `asked` has read: of a query it knows that
# no two rows have the same id.
_FILL = _WRITE.format(
    asked=_PEOPLE_OF_ZONE, people=f"({_PEOPLE_OF_ZONE}) AS asked", late=_MARK_LATE, on_day="log.local_date = %(day)s"
)
_EACH_DAY = "log.local_date = planned.day"
_REDO = _WRITE.format(asked=_CHOSEN_DAYS, people="asked", late="", on_day=_EACH_DAY)
_REDO_LATEST = _WRITE.format(asked=_LATEST_DAYS, people="asked", late=_MARK_LATE, on_day=_EACH_DAY)
# Each person is looked up by their key: for marks that grew today the planner would join all people.
_MARKS = """
    SELECT user_id, begins_on, marked_in, anonymised_at IS NOT NULL, timezone, day_start
    FROM (SELECT * FROM stale_aggregates WHERE user_id > %(after)s ORDER BY user_id LIMIT %(batch)s) AS mark,
        LATERAL (SELECT anonymised_at, timezone, day_start FROM users WHERE id = mark.user_id OFFSET 0) AS person
    ORDER BY user_id
"""
_UNMARK = """
    DELETE FROM stale_aggregates AS mark
    USING unnest(%(users)s::uuid[], %(marks)s::bigint[]) AS known (user_id, marked_in)
    WHERE mark.user_id = known.user_id AND mark.marked_in = known.marked_in
"""


def catch_up(*, now: dt.datetime) -> tuple[int, int]:
    """Fills and redoes everything that is due.

    Returns the number of days filled and of people redone.

    What fails stops nothing else: its zone is late on `/readyz`, or its mark stays, and the next run tries it again.
    """
    filled = 0
    for zone in fill_ledger.zones():
        try:
            filled += fill_zone(zone, now=now)
        except Exception:
            log.exception("days not filled", zone=zone.name, day_start=zone.day_start)
    return filled, redo_stale(now=now)


def fill_zone(zone: Zone, *, now: dt.datetime) -> int:
    """Fills the missing days of a zone, oldest first. Returns how many."""
    days = fill_ledger.missing(USER_ANALYTICS, zone, now=now)
    for day in days:
        fill(zone, day)
    return len(days)


def fill(zone: Zone, day: dt.date) -> None:
    """Fills one closed day of a zone. A repetition gives the same rows."""
    fill_ledger.start(USER_ANALYTICS, zone, day)
    try:
        _fill(zone, day)
    except IntegrityError:
        # Another run wrote a row of the day meanwhile; this one sees it now.
        _fill(zone, day)


def _fill(zone: Zone, day: dt.date) -> None:
    since, until = zone.calendar.bounds(day)
    values = {"zone": zone.name, "day_start": zone.day_start, "day": day}
    with transaction.atomic():
        _run(_FILL, values, first=day, last=day, since=since, until=until)
        fill_ledger.finish(USER_ANALYTICS, zone, day)


# A person's row has a dozen sealed columns, of which none is needed here.
_NEEDED = (
    "begins_on",
    "marked_in",
    *(f"user__{name}" for name in ("timezone", "day_start", "week_start", "created_at", "anonymised_at")),
)


class _Mark(NamedTuple):
    """A mark and where its person lives.

    Most are redone with no more than that, and rows are read much faster than models.
    """

    user_id: UUID
    begins_on: dt.date
    marked_in: int
    is_anonymised: bool
    zone: Zone


def redo_stale(*, now: dt.datetime) -> int:
    """Redoes the marked days of everybody. Returns how many people."""
    done, after = 0, None
    while batch := _marked_after(after):
        settled = _redo_latest(batch, now=now)
        others = [mark.user_id for mark in batch if mark.user_id not in settled]
        its = StaleAggregate.objects.select_related("user").only(*_NEEDED).filter(pk__in=others).order_by("pk")
        done += len(settled) + sum(_is_redone(mark, now=now) for mark in (its if others else ()))
        if len(batch) < BATCH:
            break
        after = batch[-1].user_id
    return done


def _marked_after(person: UUID | None) -> list[_Mark]:
    """The next marks."""
    with connection.cursor() as cursor:
        cursor.execute(_MARKS, {"after": person or UUID(int=0), "batch": BATCH})
        return [_Mark(user, day, mark, left, Zone(*zone)) for user, day, mark, left, *zone in cursor.fetchall()]


def _redo_latest(batch: list[_Mark], *, now: dt.datetime) -> set[UUID]:
    """Redoes in one statement those whose latest closed day alone is wrong.

    Their habits' rows have its streaks. That is the usual late check-in. Returns the people who need no replay.
    """
    known_zones = zone_names()
    last = {zone: _last_of(zone.calendar, now) for zone in {mark.zone for mark in batch} if zone.name in known_zones}
    latest = [mark for mark in batch if last.get(mark.zone) == mark.begins_on and not mark.is_anonymised]
    if not latest:
        return set()
    users = [mark.user_id for mark in latest]
    # Arrays as text: of a list of thousands psycopg would adapt each value by itself.
    known = {"users": _array(users), "marks": _array(mark.marked_in for mark in latest)}
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            _write_latest(known["users"], {mark.zone: mark.begins_on for mark in latest})
            cursor.execute(_UNMARK, known)
            removed = cursor.rowcount
    except Exception:
        # One by one: only the one that fails is left.
        log.exception("days not redone together")
        return set()
    if removed == len(latest):
        return set(users)
    return set(users) - set(StaleAggregate.objects.filter(pk__in=users).values_list("pk", flat=True))


def _array(values: Iterable[object]) -> str:
    return f"{{{','.join(map(str, values))}}}"


def _write_latest(users: str, days: dict[Zone, dt.date]) -> None:
    """Writes the latest closed day of these people with the streaks of their habits' rows."""
    bounds = [zone.calendar.bounds(day) for zone, day in days.items()]
    values: dict[str, Any] = {
        "users": users,
        "zones": [zone.name for zone in days],
        "starts": [zone.day_start for zone in days],
        "days": list(days.values()),
        "sinces": [since for since, _until in bounds],
        "untils": [until for _since, until in bounds],
    }
    first, last = min(days.values()), max(days.values())
    _run(_REDO_LATEST, values, first=first, last=last, since=min(values["sinces"]), until=max(values["untils"]))


def _last_of(calendar: Calendar, now: dt.datetime) -> dt.date:
    return fill_ledger.last_closed(calendar, now - fill_ledger.GRACE)


def _is_redone(mark: StaleAggregate, *, now: dt.datetime) -> bool:
    try:
        with transaction.atomic():
            _redo(mark, now=now)
    except Exception:
        log.exception("days not redone", user_id=str(mark.pk))
        return False
    return True


def _redo(mark: StaleAggregate, *, now: dt.datetime) -> None:
    """Redoes the closed days from the mark on, and removes the mark.

    It stays if it was renewed since it was read.
    """
    user, last = mark.user, _last_of(mark.user.calendar, now)
    first = min(_first_days(user)) if mark.begins_on == ALL_DAYS else mark.begins_on
    if first <= last and user.anonymised_at is None:
        _redo_days(user, first, last)
    StaleAggregate.objects.filter(pk=mark.pk, marked_in=mark.marked_in).delete()


def _first_days(user: User) -> Iterable[dt.date]:
    """The first day that can have a number, of each source."""
    calendar = user.calendar
    yield calendar.day_of(user.created_at)
    yield from (one.begins_on(calendar) for one in UserHabit.objects.filter(user=user))
    for rows, column in ((HabitLog.objects.filter(user_habit__user=user), "local_date"), (_rows_of(user), "date")):
        if day := rows.aggregate(day=Min(column))["day"]:
            yield day


def _rows_of(user: User) -> Any:
    return UserAnalytics.objects.filter(user=user)


def _redo_days(user: User, first: dt.date, last: dt.date) -> None:
    found = aggregate_streaks.streaks_on(user, first, last)
    days = [first + n * ONE_DAY for n in range((last - first).days + 1)]
    bounds = [user.calendar.bounds(day) for day in days]
    its = [found.get(day, DayStreaks()) for day in days]
    values = {
        "users": [user.pk] * len(days),
        "days": days,
        "sinces": [since for since, _until in bounds],
        "untils": [until for _since, until in bounds],
        "actives": [one.active for one in its],
        "longests": [one.longest for one in its],
    }
    _run(_REDO, values, first=first, last=last, since=bounds[0][0], until=bounds[-1][1])


def _run(
    sql: str,
    values: dict[str, Any],
    *,
    first: dt.date,
    last: dt.date,
    since: dt.datetime,
    until: dt.datetime,
) -> None:
    """`first` to `until` limit the partitions that are read."""
    limits = {"first": first, "last": last, "since": since, "until": until}
    # As instants: the planner leaves out partitions by these, and by an expression of dates only after it has chosen its joins.
    limits |= {"logs_since": _midnight(first - ONE_DAY), "logs_until": _midnight(last + 2 * ONE_DAY)}
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL work_mem = '{WORK_MEM}'")
        cursor.execute(sql, values | limits | {"session_gap": SESSION_GAP, "actions": sorted(events.ACTIONS)})


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.min, dt.UTC)
