"""Limits of the web's database role, which hold even if our code is compromised."""

from io import StringIO

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from accounts.models import User
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
    as_web.execute("INSERT INTO habit_categories (name, name_en) VALUES ('건강', 'health')")
    as_web.execute("UPDATE habit_categories SET name = '몸' WHERE name_en = 'health'")

    actions = as_web.execute("SELECT action FROM audit_logs WHERE table_name = 'habit_categories'").fetchall()
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
