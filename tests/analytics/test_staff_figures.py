"""The figures of staff: what they count, whom they hide, what they read, and what the checks of the night find."""

import csv
import datetime as dt
import io
import random
import re
import uuid

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import translation

from accounts import population
from analytics import data_checks, metric_fill
from analytics.metric_dictionary import METRICS, MetricWindow
from analytics.models import MetricValue, UserAnalytics
from analytics.pages import dashboard
from core import small_cells
from core.text_format import WORD_JOINER
from habits import user_stats
from tests.factories.accounts import StaffFactory, UserFactory
from tests.factories.rest import (
    AggregateFillFactory,
    CoachingDecisionFactory,
    CoachingMessageFactory,
    MetricValueFactory,
    PaymentTransactionFactory,
    UserAchievementFactory,
    UserAnalyticsFactory,
    UserSubscriptionFactory,
)
from tests.privacy.planting import loosen
from tests.statements import nodes, plan_of, recorded

pytestmark = pytest.mark.django_db

DAY, WEEK = dt.timedelta(days=1), dt.timedelta(days=7)
# 03:40 in Seoul on a Monday: Saturday has ended everywhere a day ago, Sunday just now.
NOW = dt.datetime(2026, 11, 22, 18, 40, tzinfo=dt.UTC)
LAST = dt.date(2026, 11, 21)
MONDAY = dt.date(2026, 11, 9)


def stored(key: str, begins_on: dt.date) -> dict[str, float]:
    return dict(MetricValue.objects.filter(metric=key, begins_on=begins_on).values_list("part", "number"))


def did(person, *days: dt.date, **columns) -> None:
    columns = {"total_habits": 2, "completed_habits": 1, "completion_rate": 0.5, **columns}
    for day in days:
        UserAnalyticsFactory(user=person, date=day, **columns)


@pytest.fixture
def crowd():
    """Forty people who joined over ten weeks and were active on random days since."""
    rng = random.Random(7)  # noqa: S311 -- repeatable, not secret
    people = []
    for number in range(40):
        joined = NOW - (10 - number % 10) * WEEK - DAY
        person = UserFactory(created_at=joined)
        on = [joined.date() + n * DAY for n in range((LAST - joined.date()).days + 1)]
        did(person, *(day for day in on if rng.random() < 0.25), longest_streak=5, active_streaks=1)
        people.append(person)
    return people


# ── What is counted ─────────────────────────────────────────────────────────


def test_every_metric_is_defined_in_both_languages_and_filled_and_shown():
    for metric in METRICS.values():
        for language in ("ko", "en"):
            with translation.override(language):
                texts = [str(text) for text in (metric.name, metric.meaning, metric.unit, metric.without)]
            assert all(texts)
            assert (language == "ko") or not re.search("[가-힣]", "".join(texts)), metric.key

    assert set(METRICS) == {*metric_fill.PERIODIC, *metric_fill.CURRENT, data_checks.METRIC}
    assert set(dashboard.PANELS) == set(METRICS) - {data_checks.METRIC}


def test_a_day_counts_once_it_has_ended_everywhere():
    assert metric_fill.last_closed(dt.datetime(2026, 11, 22, 17, 29, tzinfo=dt.UTC)) == dt.date(2026, 11, 20)
    assert metric_fill.last_closed(dt.datetime(2026, 11, 22, 17, 31, tzinfo=dt.UTC)) == dt.date(2026, 11, 21)


def test_periods_are_whole_and_closed():
    weeks = list(metric_fill.periods(MetricWindow.WEEK, last=LAST))
    months = list(metric_fill.periods(MetricWindow.MONTH, last=LAST))

    assert weeks[0] == (MONDAY, MONDAY + 6 * DAY)
    assert all((last - first).days == 6 and first.weekday() == 0 for first, last in weeks)
    assert months == [(dt.date(2026, 10, 1), dt.date(2026, 10, 31)), (dt.date(2026, 9, 1), dt.date(2026, 9, 30))]


def oracle(people, week: dt.date) -> dict[str, set]:
    """The life of each person in one week, from the rows, slowly."""
    days: dict = {person.pk: set() for person in people}
    for user, date in UserAnalytics.objects.filter(completed_habits__gt=0).values_list("user_id", "date"):
        days.get(user, set()).add(date)

    def active(first: dt.date) -> set:
        return {user for user, its in days.items() if any(first <= day < first + WEEK for day in its)}

    now, before = active(week), active(week - WEEK)
    ever = {user for user, its in days.items() if any(day < week - WEEK for day in its)}
    return {
        "": now,
        "returning": now & before,
        "resurrecting": (now - before) & ever,
        "new": now - before - ever,
        "gone": before - now,
    }


def test_over_104_weeks_the_kinds_add_up_and_are_those_of_a_slow_count():
    rng = random.Random(1)  # noqa: S311 -- repeatable, not secret
    people = [UserFactory() for _n in range(12)]
    first = MONDAY - 103 * WEEK
    UserAnalytics.objects.bulk_create(
        UserAnalytics(user=person, date=first + n * DAY, total_habits=1, completed_habits=1, completion_rate=1)
        for person in people
        for n in range(104 * 7)
        # Some years long, some with months of silence.
        if rng.random() < 0.12 and (n // 60 + people.index(person)) % 3
    )
    weeks = [first + n * WEEK for n in range(104)]

    for week in weeks:
        metric_fill.replace("active_week", week, metric_fill._lifecycle(week, week + 6 * DAY))

    before = 0.0
    for week in weeks:
        figures, its = stored("active_week", week), oracle(people, week)
        assert {part: len(its[part]) for part in figures} == figures
        assert figures[""] == figures["new"] + figures["returning"] + figures["resurrecting"]
        assert before - figures["returning"] == len(its["gone"])
        before = figures[""]


def test_a_second_fill_changes_nothing_and_a_late_check_in_is_counted(crowd):
    metric_fill.fill(now=NOW)
    first = list(
        MetricValue.objects.order_by("metric", "begins_on", "part").values_list("metric", "begins_on", "part", "number")
    )
    metric_fill.fill(now=NOW)
    again = list(
        MetricValue.objects.order_by("metric", "begins_on", "part").values_list("metric", "begins_on", "part", "number")
    )
    did(UserFactory(created_at=NOW - 20 * WEEK), LAST)
    metric_fill.fill(now=NOW)

    assert again == first
    found = {(metric, day, part): number for metric, day, part, number in first}
    assert stored("active_day", LAST)[""] == found["active_day", LAST, ""] + 1


def live(person, *, helped: bool, checked_in: bool) -> None:
    """Decisions of the coach over sixty days, reactions, badges, and money of one person."""
    for n in range(60):
        CoachingDecisionFactory(
            user=person,
            local_date=LAST - n * DAY,
            decided_at=NOW - (n + 1) * DAY,
            settles_at=NOW - n * DAY,
            arm="silence" if n % 3 == 0 else "gentle",
            checked_in=checked_in != (n % 3 == 0),
            reward=0.0,
        )
    for n in range(8):
        CoachingMessageFactory(
            user=person, sent_at=NOW - (n + 1) * DAY, user_reaction="like" if helped else "not_helpful"
        )
    UserAchievementFactory(user=person, earned_at=dt.datetime(2026, 11, 11, tzinfo=dt.UTC))
    begins, ends = NOW - DAY, NOW + 29 * DAY
    paid = UserSubscriptionFactory(user=person, current_period_start=begins, current_period_end=ends, phase="active")
    PaymentTransactionFactory(
        user=person,
        subscription=paid,
        plan=paid.plan,
        period_starts_at=begins,
        period_ends_at=ends,
        completed_at=NOW - DAY,
    )


def test_staff_seeds_and_people_who_leave_change_no_figure(crowd):
    for person in crowd[:4]:
        live(person, helped=True, checked_in=True)
    metric_fill.fill(now=NOW)
    assert {"coach_effect_day", "coach_helpful_day", "badges_week"} <= set(
        MetricValue.objects.values_list("metric", flat=True)
    )
    assert stored("revenue_day", LAST)["paying"] == 4
    before = set(MetricValue.objects.values_list("metric", "begins_on", "part", "number", "people"))
    seeded = uuid.UUID(int=uuid.uuid4().int & ~(0xF << 76) | 0x8 << 76)
    outside = [
        StaffFactory(),
        UserFactory(anonymised_at=NOW, is_active=False),
        UserFactory(deletion_requested_at=NOW, is_active=False),
        UserFactory(pk=seeded),
    ]
    for person in outside:
        did(person, *(LAST - n * DAY for n in range(60)), longest_streak=40, active_streaks=1)
        live(person, helped=False, checked_in=False)

    metric_fill.fill(now=NOW)

    assert set(MetricValue.objects.values_list("metric", "begins_on", "part", "number", "people")) == before


def test_the_seed_makes_people_whom_no_figure_counts():
    from devtools.seeding import people

    person = people.person(people.random_for(1, 1), 1, days=30, until=LAST)

    assert person.id.version == 8


def test_made_people_count_where_the_service_is_for_development():
    made = UserFactory(pk=uuid.UUID(int=uuid.uuid4().int & ~(0xF << 76) | 0x8 << 76))
    people = {UserFactory(), StaffFactory(), made}

    def counted(*, with_made: bool) -> set[uuid.UUID]:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT id FROM users AS person WHERE {population.rule(with_made=with_made)}")
            return {pk for (pk,) in cursor.fetchall()}

    assert population.rule(with_made=False) == population.REAL
    assert counted(with_made=True) - counted(with_made=False) == {made.pk}
    assert {one.pk for one in people if not one.is_staff} <= counted(with_made=True)


def test_the_dashboard_says_that_it_counts_made_people(client, settings):
    client.force_login(StaffFactory())
    said = "명령으로 만든 사람까지"

    assert said not in client.get("/admin/analytics/metricvalue/").text
    settings.COUNT_MADE_PEOPLE = True
    assert said in client.get("/admin/analytics/metricvalue/").text


def test_a_cohort_is_followed_by_the_week(crowd):
    metric_fill.fill(now=NOW)

    cohort = MONDAY - 3 * WEEK
    rows = {row.begins_on: row for row in MetricValue.objects.filter(metric="retention_week", part=f"{cohort}")}
    joined = [
        person for person in crowd if cohort <= (person.created_at + dt.timedelta(hours=9)).date() < cohort + WEEK
    ]
    for week, row in rows.items():
        active = UserAnalytics.objects.filter(
            user__in=joined, date__gte=week, date__lt=week + WEEK, completed_habits__gt=0
        )
        assert (row.people, row.number) == (len(joined), len({one.user_id for one in active}))
    assert set(rows) >= {cohort, cohort + WEEK}


# ── Few people ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("parts", "shown"),
    [
        ({"new": 9, "returning": 30, "resurrecting": 6}, {"new": 9, "returning": 30, "resurrecting": 6}),
        ({"new": 3, "returning": 30, "resurrecting": 6}, {"new": None, "returning": 30, "resurrecting": None}),
        ({"new": 0, "returning": 30, "resurrecting": 4}, {"new": 0, "returning": None, "resurrecting": None}),
        ({"new": 1, "returning": 30, "resurrecting": 2}, {"new": None, "returning": 30, "resurrecting": None}),
    ],
)
def test_a_small_cell_takes_its_complement_with_it(parts, shown):
    assert small_cells.visible_parts(parts) == shown


def test_no_small_number_can_be_subtracted_from_what_a_week_shows():
    rng = random.Random(3)  # noqa: S311 -- repeatable, not secret
    for _n in range(1000):
        new, back, stay, gone = (rng.choice([0, 1, 3, 4, 5, 8, 40]) for _part in range(4))
        values = dashboard.defaultdict(lambda: dashboard.defaultdict(dict))
        for week, parts in (
            (MONDAY - WEEK, {"": stay + gone}),
            (MONDAY, {"": new + back + stay, "new": new, "returning": stay, "resurrecting": back}),
        ):
            for part, people in parts.items():
                values["active_week"][week][part] = MetricValue(part=part, number=people, people=people)

        shown = dashboard.lifecycle(values, MONDAY)

        assert not [part for part, people in shown.items() if people is not None and small_cells.is_small(people)]
        hidden = [part for part in ("new", "returning", "resurrecting") if shown[part] is None]
        # With the sum, one unknown could be found out; with last week's sum, who stayed and who left tell each other.
        assert len(hidden) != 1 or shown[""] is None
        assert not (small_cells.is_small(gone) and shown["returning"] is not None)


def test_a_share_of_few_is_grey_with_its_interval_and_of_fewer_hidden():
    assert dashboard._cell((14, 28)) == dashboard.TableCell("50", "c-few", "30명 미만, 구간 33–67%")
    assert dashboard._cell(None).kind == "c-hide"
    assert [small_cells.share_is_hidden(*pair) for pair in ((3, 40), (37, 40), (2, 4), (20, 40), (0, 40))] == [
        True,
        True,
        True,
        False,
        False,
    ]
    low, high = small_cells.interval(45, 100)
    assert (round(low, 4), round(high, 4)) == (0.3561, 0.5476)


def figures(key: str, begins_on: dt.date, parts: dict[str, tuple[float, int]]) -> dashboard.Values:
    values: dashboard.Values = dashboard.defaultdict(lambda: dashboard.defaultdict(dict))
    for part, (number, people) in parts.items():
        values[key][begins_on][part] = MetricValue(part=part, number=number, people=people)
    return values


@pytest.mark.parametrize(
    ("good", "reacted", "people", "shown", "kind"),
    [
        (1, 6, 6, "숨김", "c-hide"),  # one had it
        (5, 6, 6, "숨김", "c-hide"),  # one had it not
        (6, 12, 12, "50% (25–75) · 30명 미만", "c-few"),
        (20, 40, 30, "50% (35–65)", ""),
    ],
)
def test_helpful_shares_of_few_are_hidden_and_of_some_grey_with_their_interval(good, reacted, people, shown, kind):
    values = figures("coach_helpful_day", LAST, {"advice": (good, people), "advice:all": (reacted, people)})

    [[_kind, _number, cell]] = dashboard._helpful(values, LAST, 12).table.rows

    assert (str(cell).replace("\xa0", " "), cell.kind) == (shown, kind)


def test_helpful_reactions_of_four_people_are_hidden():
    values = figures("coach_helpful_day", LAST, {"advice": (20, 4), "advice:all": (40, 4)})

    assert dashboard._helpful(values, LAST, 12).table.rows[0][1:] == ["숨김", "숨김"]


def effects(**people: int) -> dashboard.Values:
    """Estimates of these kinds, each of so many people; a kind with an underscore has too few days for one."""
    parts = {}
    for kind, number in people.items():
        parts[f"{kind.rstrip('_')}:people"] = (float(number), number)
        if not kind.endswith("_"):
            parts |= {f"{kind}:{name}": (2.0, number) for name in ("points", "low", "high", "with_message", "silent")}
    return figures("coach_effect_day", LAST, parts)


@pytest.mark.parametrize(
    ("people", "hidden"),
    [
        ({"all": 40, "advice": 20, "challenge": 30}, []),
        ({"all": 4, "advice": 4}, ["all", "advice"]),
        # With the sum the small one could be subtracted: another is hidden with it.
        ({"all": 40, "advice": 3, "challenge": 20, "celebration": 30}, ["advice", "challenge"]),
        ({"all": 40, "advice_": 3, "challenge": 20, "celebration": 30}, ["challenge"]),
        ({"all": 40, "advice_": 9, "challenge": 20, "celebration": 30}, []),
        ({"all": 40, "gentle": 40, "thoughtful": 2, "energetic": 12}, ["energetic", "thoughtful"]),
    ],
)
def test_an_effect_on_few_people_is_hidden_with_what_would_tell_it(people, hidden):
    values = effects(**people)
    texts = {"all": "모두"} | {str(kind): str(text) for kind, text in dashboard._kinds_of_effects().items()}

    rows = dashboard._effect(values, LAST, 12).table.rows

    assert [str(row[0]) for row in rows if row[1] == "숨김"] == [texts[kind] for kind in hidden]
    assert all(row[2] == "숨김" for row in rows if row[1] == "숨김")


def test_the_effect_on_two_people_is_stored_with_their_number_and_not_shown():
    for person in (UserFactory(), UserFactory()):
        live(person, helped=True, checked_in=True)
    metric_fill.fill(now=NOW)

    found = MetricValue.objects.filter(metric="coach_effect_day", begins_on=LAST)
    assert set(found.values_list("people", flat=True)) == {2}
    values = dashboard._read(NOW, 12)
    panel = dashboard._effect(values, LAST, 12)
    assert [row[1:] for row in panel.table.rows] == [["숨김", "숨김"]] * len(panel.table.rows)
    assert (panel.table.rows != [], panel.plot) == (True, "")


@pytest.mark.parametrize(
    ("part", "whole", "title"),
    [
        (14, 28, f"4주 뒤에도 50%{WORD_JOINER}가 남아요 · 30명 미만, 구간 33–67%"),
        (20, 40, f"4주 뒤에도 50%{WORD_JOINER}가 남아요"),
    ],
)
def test_the_title_of_few_has_its_interval(part, whole, title):
    week = dashboard._weeks_before(LAST, 12)[0]
    values = figures("retention_week", week + 4 * WEEK, {f"{week}": (float(part), whole)})

    assert str(dashboard._retention(values, LAST, 12).title).replace("\xa0", " ") == title


def test_the_title_of_streaks_of_few_has_its_interval():
    values = figures("streak_kept_week", MONDAY, {"1": (6.0, 12)})

    title = str(dashboard._streaks_kept(values, LAST, 12).title).replace("\xa0", " ")
    assert title == f"이어 온 습관의 50%{WORD_JOINER}가 한 주 더 이어져요 · 30명 미만, 구간 25–75%"


def test_streaks_of_few_people_are_grey_in_the_plot_too():
    values = figures("streak_kept_week", MONDAY, {"1": (40.0, 80), "7": (6.0, 12), "30": (2.0, 9), "100": (0.0, 0)})

    panel = dashboard._streaks_kept(values, LAST, 12)

    said = [str(row[2]).replace("\xa0", " ") for row in panel.table.rows]
    assert said == ["50% (39–61)", "50% (25–75) · 30명 미만", "–", "–"]
    assert (panel.plot.count('"stem"'), panel.plot.count('"bar-few"')) == (1, 1)


@pytest.mark.parametrize(
    ("rows", "whole", "shown"),
    [
        ({"common": (30.0, 12), "rare": (7.0, 6)}, 37, {"common": 30, "rare": 7}),
        # The small part and the one that would tell it; the whole is still the whole.
        ({"common": (30.0, 12), "rare": (7.0, 6), "epic": (3.0, 3)}, 40, {"common": 30, "rare": None, "epic": None}),
        ({"common": (30.0, 12), "rare": (3.0, 3)}, 33, {"common": None, "rare": None}),
        ({"common": (9.0, 3)}, None, {"common": None}),
    ],
)
def test_a_week_of_badges_shows_its_whole_or_hides_it(rows, whole, shown):
    found = dashboard.badges_of(figures("badges_week", MONDAY, rows)["badges_week"][MONDAY])

    assert found[""] == whole
    assert {rarity: found[rarity] for rarity in rows} == shown


def test_the_first_month_is_compared_with_no_month_before_the_service():
    MetricValueFactory(metric="active_month", begins_on=dt.date(2026, 9, 1), number=0, people=0)
    MetricValueFactory(metric="active_month", begins_on=dt.date(2026, 10, 1), number=164, people=164)

    panel = dashboard.PANELS["active_month"](dashboard._read(NOW, 12), LAST, 12)

    assert panel.title == "한 달에 활동한 사람 164"
    assert [day for day, _number in panel.table.rows] == ["10월\N{NO-BREAK SPACE}1일"]


def test_hidden_badges_are_a_gap_and_no_zero():
    values = figures("badges_week", MONDAY, {"common": (9.0, 3)})

    panel = dashboard._badges(values, LAST, 1)

    assert panel.table.rows[0][1] == "숨김"
    assert '"stem"' not in panel.plot


# ── The page ────────────────────────────────────────────────────────────────


@pytest.fixture
def staff(client) -> Client:
    client.force_login(StaffFactory(is_superuser=True))
    return client


PAGE = "/admin/analytics/metricvalue/"


@pytest.fixture
def _at_that_time(time_machine):
    """The people of `crowd` are of these weeks."""
    time_machine.move_to(NOW)


@pytest.mark.usefixtures("_at_that_time")
def test_the_page_shows_every_panel_with_table_definition_csv_and_time(staff, crowd):
    metric_fill.fill(now=NOW)

    page = staff.get(PAGE).content.decode()

    for key, metric in METRICS.items():
        if key != data_checks.METRIC:
            assert f'id="panel-{key}"' in page
            assert f"{PAGE}{key}.csv" in page
            assert str(metric.meaning) in page
    assert page.count("기준 ") >= len(metric_fill.PERIODIC)


def test_an_empty_service_and_odd_questions_have_a_page(staff):
    assert [
        staff.get(f"{PAGE}{asked}").status_code for asked in ("", "?weeks=4", "?weeks=52", "?weeks=9999", "?weeks=x")
    ] == [200] * 5


@pytest.mark.usefixtures("_at_that_time")
def test_a_panel_is_a_file_with_its_definition(staff, crowd):
    metric_fill.fill(now=NOW)

    for key in dashboard.PANELS:
        answer = staff.get(f"{PAGE}{key}.csv")

        lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{key}.csv"'
        assert lines[0] == [str(METRICS[key].name)]
        assert ["뜻", str(METRICS[key].meaning)] in lines
        head = lines[lines.index([]) + 1]
        assert all(len(line) == len(head) or key == "retention_week" for line in lines[lines.index([]) + 1 :])


def test_the_dashboard_needs_a_role(client, crowd):
    client.force_login(StaffFactory(is_superuser=False))

    assert [client.get(path).status_code for path in (PAGE, f"{PAGE}active_day.csv")] == [403, 403]
    client.force_login(crowd[0])
    assert [client.get(path).status_code for path in (PAGE, f"{PAGE}active_day.csv")] == [302, 302]


def test_an_unknown_panel_is_not_found(staff):
    assert staff.get(f"{PAGE}everything.csv").status_code == 404


@pytest.mark.parametrize("weeks", dashboard.SPANS)
def test_panels_read_aggregates_only(crowd, weeks):
    metric_fill.fill(now=NOW)

    with recorded() as statements:
        dashboard.page(now=NOW, weeks=weeks)
        for key in dashboard.PANELS:
            dashboard.csv_rows(key, now=NOW, weeks=weeks)

    read = {node["Relation Name"] for one in statements for node in nodes(plan_of(one)) if "Relation Name" in node}
    assert read == {"metric_values"}


# ── The checks of the night ─────────────────────────────────────────────────


@pytest.fixture
def night(crowd):
    """A night after which everything is right."""
    user_stats.refresh()
    for n in range(6):
        AggregateFillFactory(counted_on=LAST - n * DAY)
        did(crowd[n], LAST - n * DAY - 2 * DAY) if not UserAnalytics.objects.filter(
            user=crowd[n], date=LAST - n * DAY - 2 * DAY
        ) else None
    metric_fill.fill(now=NOW)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT format('COMMENT ON MATERIALIZED VIEW user_stats_summary IS %%L', %s::text)", [NOW.isoformat()]
        )
        cursor.execute(cursor.fetchone()[0])
    assert data_checks.run(now=NOW) == {}


DAYS, VALUES, FILLS = "user_analytics", "metric_values", "aggregate_fills"
ONE = f"id = (SELECT id FROM user_analytics WHERE date = '{LAST}' AND completed_habits > 0 ORDER BY id LIMIT 1)"


def day(change: str) -> str:
    return f"UPDATE user_analytics SET {change} WHERE {ONE}"


# What is broken → the statement that breaks it.
CORRUPTIONS = {
    "day_twice": "INSERT INTO user_analytics (id, user_id, date, total_habits, completed_habits, completion_rate, active_streaks,"
    " longest_streak) SELECT gen_random_uuid(), user_id, date, total_habits, completed_habits, completion_rate,"
    f" active_streaks, longest_streak FROM user_analytics WHERE {ONE}",
    "day_null": day("app_opens = NULL"),
    "day_nobody": day("user_id = gen_random_uuid()"),
    "negative": day("session_duration_minutes = -3"),
    "more_than_asked": day("total_habits = 0, completion_rate = 0"),
    "rate": day("completion_rate = 0.9"),
    "mood": day("avg_mood_score = 11"),
    "minutes": day("session_duration_minutes = 1600, app_opens = 3"),
    "minutes_unopened": day("session_duration_minutes = 900"),
    "streak_missing": day("longest_streak = 0"),
    "before_joining": f"UPDATE user_analytics SET app_opens = 2, user_id = (SELECT id FROM users ORDER BY created_at DESC LIMIT 1) WHERE {ONE}; UPDATE users SET created_at = '{NOW + 9 * DAY}' WHERE id = (SELECT user_id FROM user_analytics WHERE date = '{LAST}' AND app_opens = 2 LIMIT 1)",
    "day_ahead": day(f"date = '{LAST + 9 * DAY}'"),
    "day_missing": f"DELETE FROM user_analytics WHERE date = '{LAST}'",
    "fill_stuck": f"UPDATE aggregate_fills SET state = 'started', done_at = NULL, started_at = '{NOW - DAY}' WHERE counted_on = '{LAST}'",
    "fill_gap": f"DELETE FROM aggregate_fills WHERE counted_on = '{LAST - DAY}'",
    "view_old": f"COMMENT ON MATERIALIZED VIEW user_stats_summary IS '{(NOW - 3 * DAY).isoformat()}'",
    "value_unknown": "UPDATE metric_values SET metric = 'happiness' WHERE metric = 'badges_week' OR (metric = 'active_month' AND part = '')",
    "value_negative": f"UPDATE metric_values SET people = -1 WHERE metric = 'active_day' AND begins_on = '{LAST}'",
    "value_ahead": f"UPDATE metric_values SET begins_on = '{LAST + DAY}' WHERE metric = 'active_month' AND begins_on = '2026-10-01'",
    "kept_more": "UPDATE metric_values SET number = people + 1 WHERE metric = 'retention_week'",
    "week_parts": f"UPDATE metric_values SET number = number + 1 WHERE metric = 'active_week' AND part = 'new' AND begins_on = '{MONDAY}'",
    "day_over_week": f"UPDATE metric_values SET number = 900 WHERE metric = 'active_day' AND begins_on = '{MONDAY}'",
    "done_conserved": f"UPDATE metric_values SET number = number + 5 WHERE metric = 'habits_done_day' AND begins_on = '{LAST}'",
    "value_late": f"DELETE FROM metric_values WHERE metric = 'active_day' AND begins_on = '{LAST}'",
}


def finds(broken: str, staff: Client) -> bool:
    """Whether the checks and the page name what is broken; the rows are as before afterwards."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table in (DAYS, VALUES, FILLS):
            loosen(table)
        cursor.execute(CORRUPTIONS[broken].replace("%", "%%"), [])
        assert cursor.rowcount or broken == "view_old", broken

        found = data_checks.run(now=NOW)
        page = staff.get(PAGE).content.decode()
        transaction.set_rollback(True)
    return broken in found and f"({broken}, " in page and str(data_checks.BY_KEY[broken].said) in page


def test_each_planted_corruption_is_named_on_the_banner(staff, night):
    assert [broken for broken in CORRUPTIONS if not finds(broken, staff)] == []


def test_at_least_twenty_corruptions_are_planted():
    assert len(CORRUPTIONS) >= 20
    assert set(CORRUPTIONS) <= set(data_checks.BY_KEY)


def test_a_night_without_faults_takes_the_banner_away(staff, night):
    MetricValueFactory(metric=data_checks.METRIC, begins_on=LAST - DAY, part="rate", number=3, people=None)

    assert "밤의 검사에서" not in staff.get(PAGE).content.decode()


def test_a_panel_names_what_it_counts_once():
    metric, nothing = METRICS["active_week"], dashboard.Table([], [])
    name, unit = str(metric.name), f"단위: {metric.unit}"

    assert dashboard.Panel(metric, f"{name} 228", nothing).caption == unit
    assert dashboard.Panel(metric, "꾸준히 늘고 있어요", nothing).caption.startswith(name)
