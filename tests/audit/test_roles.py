"""Limits of the web's database role, which hold even if our code is compromised."""

import time
from io import StringIO
from ipaddress import ip_address
from uuid import UUID

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from accounts.models import User
from core.audit import actor_signature
from core.audit.models import AuditLog


@pytest.fixture
def as_web(transactional_db):
    """A connection in the web's role; the role is dropped with its transaction."""
    role = "wellness_web_of_a_test"
    sql = StringIO()
    call_command("database_roles", web=role, stdout=sql)
    parameters = connection.get_connection_params()
    names = {name: parameters[name] for name in ("host", "port", "dbname") if parameters.get(name)}
    with psycopg.connect(**names, user="postgres") as web:
        web.execute(f"CREATE ROLE {role}")
        web.execute(sql.getvalue())
        web.execute(f"SET ROLE {role}")
        yield web
        web.rollback()


def test_the_web_works_and_its_changes_are_audited(as_web):
    as_web.execute("INSERT INTO habit_categories (name, name_en) VALUES ('몸', 'of this test')")
    as_web.execute("UPDATE habit_categories SET name = '마음' WHERE name_en = 'of this test'")

    of_it = "record_id::text = (SELECT id::text FROM habit_categories WHERE name_en = 'of this test')"
    actions = as_web.execute(f"SELECT action FROM audit_logs WHERE {of_it}").fetchall()
    assert sorted(actions) == [("INSERT",), ("UPDATE",)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_logs SET user_id = NULL",
        "DELETE FROM audit_logs",
        "TRUNCATE audit_logs",
        "SELECT audit_logs_retire(10)",
        "ALTER TABLE audit_logs DISABLE TRIGGER ALL",
        "DROP TRIGGER audit_logs_stay ON audit_logs",
        "ALTER TABLE users DISABLE TRIGGER ALL",
        "DELETE FROM django_migrations",
        "DELETE FROM purged_keys",
    ],
)
def test_the_web_cannot_rewrite_the_trail(as_web, statement):
    as_web.execute("INSERT INTO habit_categories (name, name_en) VALUES ('건강', 'health')")
    as_web.execute("SET wellness.audit_retention = 'on'")

    with pytest.raises(psycopg.errors.InsufficientPrivilege, match=r"permission denied|must be owner"):
        as_web.execute(statement)


@pytest.mark.django_db
def test_two_years_of_the_trail_stay_and_older_rows_retire(person):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_logs (table_name, record_id, action, occurred_at) VALUES"
            " ('users', gen_random_uuid(), 'UPDATE', now() - interval '2 years 1 day'),"
            " ('users', gen_random_uuid(), 'INSERT', now() - interval '2 years 2 days'),"
            " ('users', gen_random_uuid(), 'DELETE', now() - interval '2 years' + interval '1 day')"
        )
        cursor.execute("SELECT audit_logs_retire(1)")
        assert cursor.fetchone() == (1,)
        cursor.execute("SELECT audit_logs_retire(10)")
        assert cursor.fetchone() == (1,)

    assert (
        AuditLog.objects.filter(table_name="users").exclude(record_id=person.pk).values_list("action", flat=True).get()
        == "DELETE"
    )


@pytest.mark.django_db
def test_addresses_of_those_who_stay_are_not_forgotten(person):
    AuditLog.objects.create(
        table_name="users", record_id=person.pk, action="UPDATE", user_id=person.pk, ip_address="203.0.113.9"
    )

    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_logs_forget(%s)", [person.pk])
        assert cursor.fetchone() == (0,)

    assert User.objects.filter(pk=person.pk).exists()
    assert AuditLog.objects.filter(ip_address="203.0.113.9").count() == 1


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TEMP TABLE audit_logs (LIKE public.audit_logs INCLUDING DEFAULTS)",
        "INSERT INTO audit_logs (table_name, record_id, action) VALUES ('users', gen_random_uuid(), 'UPDATE')",
        "UPDATE user_consents SET granted = true",
        "DELETE FROM user_consents",
        "UPDATE django_admin_log SET change_message = ''",
        "DELETE FROM django_admin_log",
        "SELECT * FROM audit_signing_key",
        "UPDATE audit_signing_key SET inner_pad = ''",
        "UPDATE deletion_ledger SET id = gen_random_uuid()",
    ],
)
def test_the_web_cannot_redirect_forge_or_rewrite_evidence(as_web, statement):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        as_web.execute(statement)


@pytest.mark.parametrize(
    "setting",
    [
        "SET wellness.resealing = 'on'",
        "SET pgtrigger.ignore = '{audit,pgtrigger_audit_5b13c}'",
        "SET search_path = pg_temp, public",
        "SET wellness.actor = 'off'",
    ],
)
def test_no_setting_of_the_web_silences_the_trail(as_web, setting):
    [(category,)] = as_web.execute(
        "INSERT INTO habit_categories (name, name_en) VALUES ('건강', 'health') RETURNING id"
    ).fetchall()
    ignored = as_web.execute("SELECT tgname FROM pg_trigger WHERE tgname LIKE 'pgtrigger%'").fetchall()
    as_web.execute("SELECT set_config('pgtrigger.ignore', %s, false)", [[name for (name,) in ignored]])
    as_web.execute(setting)

    as_web.execute("UPDATE public.habit_categories SET name = '몸' WHERE name_en = 'health'")

    [(after,)] = as_web.execute(
        "SELECT new_values FROM public.audit_logs WHERE record_id = %s AND action = 'UPDATE'", [category]
    ).fetchall()
    assert after == {"name": "몸"}


@pytest.mark.parametrize(
    "change",
    [
        # A used version, a version that nobody has evaluated, and a decision of one person.
        "UPDATE ai_prompt_templates SET template = 'other' WHERE usage_count > 0",
        "UPDATE ai_prompt_templates SET is_active = true WHERE name = 'of this test'",
        "INSERT INTO purged_keys VALUES ('k9', gen_random_uuid(), now()); SET CONSTRAINTS ALL IMMEDIATE",
    ],
)
def test_no_setting_of_the_web_switches_a_rule_off(as_web, change):
    as_web.execute("UPDATE ai_prompt_templates SET usage_count = usage_count + 1")
    as_web.execute(
        "INSERT INTO ai_prompt_templates (name, message_type, template, variables, version)"
        " SELECT 'of this test', message_type, 'new', variables, 1 FROM ai_prompt_templates LIMIT 1"
    )
    rules = as_web.execute("SELECT tgname FROM pg_trigger WHERE tgname LIKE 'pgtrigger%'").fetchall()
    as_web.execute("SELECT set_config('pgtrigger.ignore', %s, false)", [[name for (name,) in rules]])

    with pytest.raises((psycopg.errors.CheckViolation, psycopg.errors.InsufficientPrivilege)):
        as_web.execute(change)


def test_no_trigger_function_looks_names_up_where_its_caller_says(as_web):
    unguarded = as_web.execute(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prorettype = 'trigger'::regtype"
        " AND NOT coalesce(proconfig::text, '') LIKE '%search_path=pg_catalog, public, pg_temp%'"
    ).fetchall()
    rules = as_web.execute("SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'pgtrigger%'").fetchall()

    assert unguarded == []
    assert rules > [(20,)]


def actor_of(as_web, value: str) -> tuple[UUID | None, object]:
    """Who the trail names for a change made with this setting."""
    as_web.execute("SELECT set_config('wellness.actor', %s, true)", [value])
    as_web.execute("INSERT INTO habit_categories (name, name_en) VALUES ('건강', 'health')")
    return as_web.execute("SELECT user_id, ip_address FROM audit_logs ORDER BY occurred_at DESC LIMIT 1").fetchone()


def test_the_trail_names_a_signed_actor(as_web):
    somebody = UUID(int=7)

    named = actor_of(as_web, actor_signature.sign(str(somebody), "203.0.113.9"))

    assert named == (somebody, ip_address("203.0.113.9"))


@pytest.mark.parametrize("forgery", ["person", "address", "time", "signature", "unsigned", "old", "ahead"])
def test_the_trail_names_nobody_without_a_valid_signature(as_web, forgery, time_machine):
    # Seconds; 300 are allowed. The database's clock goes on until it is asked.
    shift = {"old": -301, "ahead": 900}.get(forgery, 0)
    if shift:
        time_machine.move_to(time.time() + shift)
    parts = actor_signature.sign(str(UUID(int=7)), "203.0.113.9").split("|")
    place = {"person": 0, "address": 1, "time": 2, "signature": 3}.get(forgery)
    if place is not None:
        parts[place] = [str(UUID(int=8)), "203.0.113.8", str(int(parts[2]) + 1), "0" * 64][place]

    named = actor_of(as_web, "|".join(parts[:3] if forgery == "unsigned" else parts))

    assert named == (None, None)
