"""What is cached: never old for anybody, never another's, and without Redis as if nothing were."""

import datetime as dt
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from uuid6 import uuid7

from accounts import consents
from accounts.models import User
from billing import plans
from billing.models import SubscriptionPlan
from core import cache_entries, cache_metrics, redis, release
from core.cache_entries import CLOSED_DAYS, DASHBOARD, FEATURED, HABITS, PERSONAL, PLANS, PROFILE
from habits import archiving, catalogue_cache, checkins, corrections, deletion, month_goals, ordering, pauses
from habits.check_in_details import Details
from habits.models import Habit, HabitCategory, HabitLog
from tests.factories.accounts import UserFactory, UserSessionFactory, UserSocialAccountFactory
from tests.factories.habits import HabitFactory, UserHabitFactory
from tests.factories.rest import UserSubscriptionFactory
from tests.history import give_history
from tests.mute_server import connections, mute_server
from tests.statements import nodes, plan_of, recorded
from tests.waiting import PATIENCE
from wellness.privacy import erasure, health_withdrawal

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_answers", "shares_health")]

DAY = dt.timedelta(days=1)
PAGES = {"/me/": PROFILE, "/habits/mine/": HABITS, "/insights/": DASHBOARD}
DOCUMENT = {
    "user:{user_id}:profile": 60 * 60,
    "user:{user_id}:habits": 30 * 60,
    "user:{user_id}:dashboard": 15 * 60,
    "habits:featured": 24 * 60 * 60,
    "plans:active": 24 * 60 * 60,
}


@pytest.fixture(autouse=True)
def _code_is_read_again():
    yield
    release.digest.cache_clear()


@pytest.fixture
def now():
    return dt.datetime.now(dt.UTC)


@pytest.fixture
def habits(person, now):
    return give_history(person, habits=3, days=40, now=now)


def place(entry, person) -> str:
    return entry.key.format(user_id=person.pk)


def page(client, path: str) -> str:
    """The page without its token against forgery, which differs at each request."""
    return re.sub(r"\b\w{64}\b", "", client.get(path).content.decode())


def outcomes(entry) -> dict[str, float]:
    return {
        outcome: cache_metrics.READS.labels(entry.key, outcome)._value.get()
        for outcome in (cache_metrics.HIT, cache_metrics.STALE, cache_metrics.MISS)
    }


def since(entry, before: dict[str, float]) -> dict[str, float]:
    return {name: number - before[name] for name, number in outcomes(entry).items() if number != before[name]}


# ── The five keys ───────────────────────────────────────────────────────────


def test_the_keys_and_their_lives_are_those_of_the_schema_document():
    entries = (*PERSONAL, *cache_entries.SHARED)

    assert {entry.key: entry.lifetime.total_seconds() for entry in entries} == DOCUMENT


def test_each_page_fills_its_key_which_lives_as_long_as_it_should(signed_in, person, habits):
    for path, entry in PAGES.items():
        signed_in.get(path)
        lives = redis.client().ttl(place(entry, person))
        assert entry.lifetime.total_seconds() - 60 < lives <= entry.lifetime.total_seconds()
    catalogue_cache.first_of_each()
    plans.active()

    assert cache.get("habits:featured")
    assert cache.get("plans:active")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_from_the_cache_is_the_page_and_is_counted(signed_in, person, habits, path):
    entry = PAGES[path]
    before = outcomes(entry)

    pages = [page(signed_in, path) for _ in range(3)]

    assert len(set(pages)) == 1
    assert since(entry, before) == {"miss": 1, "hit": 2}
    assert f'wellness_cache_reads_total{{key="{entry.key}",outcome="hit"}}' in signed_in.get("/metrics").text


def test_the_insights_of_ten_years_read_no_check_in_again(signed_in, person, now):
    give_history(person, habits=3, days=3650, now=now)
    signed_in.get("/insights/")

    with CaptureQueriesContext(connection) as queries:
        signed_in.get("/insights/")

    # What the cache was made of, and whether it is still so.
    assert len(queries) == 2
    assert not [query for query in queries if "habit_logs" in query["sql"]]


# ── Never old ───────────────────────────────────────────────────────────────


def last_log(habit) -> HabitLog:
    return HabitLog.objects.filter(user_habit=habit).latest("completed_at")


def check_in(person, habits, now):
    checkins.check_in(person, habits[0].pk, key=uuid7(), at=now, now=now)


def undo(person, habits, now):
    check_in(person, habits, now)
    checkins.undo(person, habits[0].pk, now=now)


def describe(person, habits, now):
    checkins.describe(person, habits[0].pk, last_log(habits[0]).pk, details=Details(mood=9, energy=2), now=now)


def correct(person, habits, now):
    log = last_log(habits[0])
    values = {"count": 1, "clock": dt.time(5), "details": Details(mood=3), "now": now}
    corrections.edit(person, habits[0].pk, log.pk, **values)


def remove_one(person, habits, now):
    corrections.remove(person, habits[0].pk, last_log(habits[0]).pk, now=now)


def enter_past(person, habits, now):
    day = person.calendar.day_of(now) - 3 * DAY
    corrections.set_total(person, habits[0].pk, key=uuid7(), day=day, total=5, now=now)


def withdraw_health(person, habits, now):
    consents.answer(person, item="health", granted=False, at=now)


def erase_health(person, habits, now):
    withdraw_health(person, habits, now)
    health_withdrawal.erase_health(person.pk)


def rename_category(person, habits, now):
    category = habits[0].habit.category
    category.name, category.icon = "다른 분류", "star"
    category.save()


def rename_template(person, habits, now):
    template = habits[0].habit
    template.name = "다른 이름"
    template.save()


def subscribe(person, habits, now):
    UserSubscriptionFactory(user=person, current_period_start=now - DAY, current_period_end=now + DAY)


def change_plan(person, habits, now):
    SubscriptionPlan.objects.filter(pk="basic").update(limits={"insight_days": 30})


def change(**columns: Any) -> Callable:
    def act(person, habits, now):
        for column, value in columns.items():
            setattr(person, column, value)
        person.save(update_fields=list(columns))

    return act


HABIT, ALL = {HABITS, DASHBOARD}, set(PERSONAL)
# Every way in which what a person sees can change → the entries that must not be used after it.
CHANGES: dict[str, tuple[Callable, set]] = {
    "a check-in": (check_in, HABIT),
    "an undo": (undo, HABIT),
    "mood and energy": (describe, HABIT),
    "a correction": (correct, HABIT),
    "a check-in removed": (remove_one, HABIT),
    "a total of the past": (enter_past, HABIT),
    "a skipped day": (lambda p, h, n: pauses.skip(p, h[0].pk, day=p.calendar.day_of(n), at=n), HABIT),
    "a pause of all": (
        lambda p, h, n: pauses.pause(p, None, starts_on=p.calendar.day_of(n), ends_on=None, at=n),
        HABIT,
    ),
    "a habit archived": (lambda p, h, n: archiving.change_status(p, h[0].pk, status="archived", at=n), HABIT),
    "a habit deleted": (lambda p, h, n: deletion.delete_habit(p, h[0].pk, at=n), HABIT),
    "a habit added": (lambda p, h, n: UserHabitFactory(user=p, custom_name="새 습관"), HABIT),
    "a habit of one's own": (lambda p, h, n: UserHabitFactory(user=p, habit=HabitFactory(owner=p, name="숨")), HABIT),
    "another order": (lambda p, h, n: ordering.move(p, h[1].pk, by=-1), HABIT),
    "a template renamed": (rename_template, HABIT),
    "a category renamed": (rename_category, HABIT),
    "the consent to health data withdrawn": (withdraw_health, ALL),
    "health data erased": (erase_health, ALL),
    "a subscription": (subscribe, {DASHBOARD}),
    "a plan's limits": (change_plan, {DASHBOARD}),
    "another name": (change(name="다른 이름"), ALL),
    "another zone": (change(timezone="America/New_York"), ALL),
    "another start of the day": (change(day_start=4), ALL),
    "another first day of the week": (change(week_start=7), ALL),
    "a provider connected": (lambda p, h, n: UserSocialAccountFactory(user=p, provider="kakao"), {PROFILE}),
    "another device": (lambda p, h, n: UserSessionFactory(user=p, expires_at=n + DAY), {PROFILE}),
    "a device signed out": (lambda p, h, n: p.sessions.all().delete(), {PROFILE}),
    "a passkey": (
        lambda p, h, n: Authenticator.objects.create(user=p, type="webauthn", data={}),
        {PROFILE},
    ),
    "a goal of the month": (lambda p, h, n: month_goals.change(p, None, target=70), {DASHBOARD}),
    "an answer about mail": (lambda p, h, n: consents.answer(p, item="marketing", granted=True, at=n), {PROFILE}),
}


@pytest.mark.parametrize("named", CHANGES)
def test_who_changes_something_sees_it_at_once(signed_in, person, habits, now, named):
    act, concerned = CHANGES[named]
    UserSessionFactory(user=person, expires_at=now + DAY)
    consents.answer(person, item="health", granted=True, at=now - DAY)
    for path in PAGES:
        signed_in.get(path)
    before = {entry: outcomes(entry) for entry in PERSONAL}

    act(person, habits, now)

    cached = {path: page(signed_in, path) for path in PAGES}
    assert {entry for entry in PERSONAL if since(entry, before[entry]) == {"stale": 1}} >= concerned
    cache_entries.forget_person(person.pk)
    assert {path: page(signed_in, path) for path in PAGES} == cached


def written() -> dict[str, int]:
    """The rows that this transaction has written so far, by table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables")
        return dict(cursor.fetchall())


def test_the_changes_touch_every_table_that_an_entry_watches(person, habits, now):
    UserSessionFactory(user=person, expires_at=now + DAY)
    consents.answer(person, item="health", granted=True, at=now - DAY)
    before = written()

    for act, _concerned in CHANGES.values():
        with transaction.atomic():
            act(User.objects.get(pk=person.pk), habits, now)
            transaction.set_rollback(True)

    after = written()
    with recorded() as compared:
        for entry in PERSONAL:
            cache_entries._stamp(entry._statement, {"person": person.pk})
    watched = {table for one in compared for table in tables(one)}
    assert "month_goals" in watched
    assert watched <= {table for table, rows in after.items() if rows > before.get(table, 0)}


def tables(statement: str) -> set[str]:
    return {node["Relation Name"] for node in nodes(plan_of(statement)) if "Relation Name" in node}


# Every change of a check-in is one of its habit too, and those above are all that there are.
# What the plan allows and whether the day is a quiet one is asked for each page, at its instant.
ASKED_EACH_TIME = {"user_subscriptions", "subscription_plans", "crisis_flags"}
THROUGH_HABITS = r"habit_logs(_y\d{4}m\d\d|_default)?$"


@pytest.mark.parametrize("path", PAGES)
def test_an_entry_watches_every_table_that_its_page_reads(signed_in, person, habits, path):
    entry = PAGES[path]
    with recorded() as kept:
        signed_in.get(path)
        signed_in.get(path)
    # Those of the first request which the second did not repeat.
    sent = [one for one in kept if kept.count(one) == 1 and "xmin" not in one]
    with recorded() as compared:
        cache_entries._stamp(entry._statement, {"person": person.pk})

    read = {table for one in sent for table in tables(one) if not re.match(THROUGH_HABITS, table)} - ASKED_EACH_TIME
    assert read
    assert read <= tables(compared[0])


def test_of_a_change_while_a_page_is_made_nothing_old_is_kept(person, habits, now):
    def make():
        old = person.habits.count()
        deletion.delete_habit(person, habits[0].pk, at=now)
        return old

    assert HABITS.get(person.pk, make=make) == 3
    assert HABITS.get(person.pk, make=person.habits.count) == 2


def test_an_entry_of_yesterday_is_not_todays(person):
    HABITS.get(person.pk, day=dt.date(2026, 11, 28), make=lambda: "Saturday")

    assert HABITS.get(person.pk, day=dt.date(2026, 11, 29), make=lambda: "Sunday") == "Sunday"


# ── Never another's ─────────────────────────────────────────────────────────


def another_release(monkeypatch, root) -> None:
    """From now on the code is that of a release with one module more."""
    (root / "locale").mkdir()
    (root / "locale" / "module.py").write_text("")
    monkeypatch.setattr("django.conf.settings.BASE_DIR", root)
    release.digest.cache_clear()


def test_a_new_release_reads_nothing_that_an_older_one_kept(monkeypatch, person, tmp_path):
    plans.active()
    HABITS.get(person.pk, make=lambda: "old")
    CLOSED_DAYS.keep(person.pk, "habit", "old", stamp="1")
    assert CLOSED_DAYS.get(person.pk, "habit", stamp="1") == "old"
    before = outcomes(PLANS)

    another_release(monkeypatch, tmp_path)
    monkeypatch.setattr(cache_entries, "RECHECKED_AFTER", 0)

    assert HABITS.get(person.pk, make=lambda: "new") == "new"
    assert CLOSED_DAYS.get(person.pk, "habit", stamp="1") is None
    plans.active()
    assert since(PLANS, before) == {"stale": 1}


def test_a_page_keeps_to_the_language(signed_in, person, habits):
    korean = [page(signed_in, path) for path in PAGES]
    person.language = "en"
    person.save(update_fields=["language"])

    english = [page(signed_in, path) for path in PAGES]
    again = [page(signed_in, path) for path in PAGES]

    assert ("습관 힘" in korean[2], "습관" in re.sub(r"<title>.*?</title>", "", english[0])) == (False, False)
    assert english == again
    assert all(one != other for one, other in zip(korean, english, strict=True))


def test_one_language_never_gets_the_text_of_the_other(person):
    from django.utils import translation

    with translation.override("ko"):
        PROFILE.get(person.pk, make=lambda: "물 여덟 잔")
    with translation.override("en"):
        assert PROFILE.get(person.pk, make=lambda: "Eight glasses") == "Eight glasses"


def test_in_redis_nothing_can_be_read_nor_used_for_another_person(signed_in, person, habits):
    stranger = UserFactory(name="다른 사람")
    other = Client()
    other.force_login(stranger)
    for path in PAGES:
        signed_in.get(path)
    client = redis.client()

    for entry in PERSONAL:
        sealed = client.get(place(entry, person))
        assert re.fullmatch(rb"\w+:[\w-]+", sealed)
        client.set(place(entry, stranger), sealed)

    assert all("다른 사람" in page(other, path) or path != "/me/" for path in PAGES)
    assert "아직 그릴 것이 없어요" in page(other, "/insights/")
    assert "아직 하는 습관이 없어요" in page(other, "/habits/mine/")


def test_what_is_cached_of_a_person_goes_with_them(signed_in, person, habits, now, settings, tmp_path):
    settings.DELETION_LEDGER = tmp_path / "deletions.jsonl"
    for path in PAGES:
        signed_in.get(path)
    assert len(redis.client().keys(f"user:{person.pk}:*")) == len(PERSONAL)

    erasure.erase(person.pk, at=now)

    assert redis.client().keys(f"user:{person.pk}:*") == []


# ── Without Redis ───────────────────────────────────────────────────────────


@pytest.mark.parametrize("answers", [False, True])
def test_without_redis_a_page_waits_once_and_is_right(request, settings, monkeypatch, signed_in, habits, answers):
    right = {path: page(signed_in, path) for path in PAGES}
    with mute_server() as mute:
        settings.REDIS_TIMEOUT = 0.3
        settings.REDIS_URL = f"redis://127.0.0.1:{mute.getsockname()[1] if answers else 1}/0"
        monkeypatch.setattr(redis.circuit_breaker, "pause", PATIENCE)
        redis.client.cache_clear()
        request.addfinalizer(redis.client.cache_clear)
        redis.circuit_breaker.record_success()
        without = {path: PAGES[path].get(habits[0].user.pk, make=lambda: "made") for path in PAGES}
        # One of them waited, for at most the timeout.
        assert connections(mute) == int(answers)

    assert set(without.values()) == {"made"}
    assert right


# ── Of everybody ────────────────────────────────────────────────────────────


def set_price(plan_id: str, price: int) -> None:
    SubscriptionPlan.objects.filter(pk=plan_id).update(price=price)


def test_a_change_that_redis_never_heard_of_is_seen_after_a_minute(monkeypatch):
    plans.active()
    set_price("premium", 12000)
    assert plans.for_sale("premium").price != 12000

    monkeypatch.setattr(cache_entries, "RECHECKED_AFTER", -1)

    assert plans.for_sale("premium").price == 12000


def test_an_unchanged_value_is_compared_once_a_minute_and_kept(monkeypatch, django_assert_num_queries):
    plans.active()
    with django_assert_num_queries(0):
        plans.active()
    stamp, value, _at = cache.get("plans:active")
    cache.set("plans:active", (stamp, value, time.time() - 61), 60)

    with django_assert_num_queries(1):
        plans.active()
    with django_assert_num_queries(0):
        plans.active()


def test_of_a_change_while_plans_are_read_nothing_old_is_kept():
    def make():
        old = SubscriptionPlan.objects.get(pk="premium").price
        set_price("premium", 12000)
        PLANS.forget()  # what staff's change does, before the old value is stored
        return old

    PLANS.get(make=make)

    assert plans.for_sale("premium").price == 12000


@pytest.mark.parametrize("model", [Habit, HabitCategory, SubscriptionPlan])
def test_each_row_of_everybody_counts(model):
    entry = PLANS if model is SubscriptionPlan else FEATURED
    for row in model.objects.all()[:3]:
        before = cache_entries._stamp(entry._statement, {})
        row.save()
        assert cache_entries._stamp(entry._statement, {}) != before
