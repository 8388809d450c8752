"""The migrated database equals the schema document, except for additions and forced differences."""

import pytest
from django.db import connection

from tests.contract import catalogue, document
from tests.contract.catalogue import Catalogue, Table

pytestmark = pytest.mark.django_db

# The partition key must be part of a partitioned table's primary key.
PARTITIONED = {"habit_logs": "RANGE (completed_at)", "app_events": "RANGE (occurred_at)"}
KEYS = {"habit_logs": ("id", "completed_at"), "app_events": ("id", "occurred_at")}
# Ciphertext is longer than the document's column sizes.
SEALED = {
    ("users", "email"),
    ("users", "name"),
    ("user_social_accounts", "access_token"),
    ("user_social_accounts", "refresh_token"),
}
# The document's index or constraint on a sealed column is on its keyed hash.
HASHED = {("users", "email"): "email_index"}
# The document's own INSERT omits it.
DEFAULTS = {("subscription_plans", "billing_cycle"): "monthly"}


def differences(asked: Catalogue, made: Catalogue) -> list[str]:
    found = []
    for name, table in asked.tables.items():
        if name in made.tables:
            found += [f"{name}: {text}" for text in table_differences(name, table, made.tables[name])]
        else:
            found.append(f"{name} is missing")
    found += [f"{name}: view {columns}" for name, columns in asked.views.items() if made.views.get(name) != columns]
    return found + [
        f"{name} is not partitioned" for name, by in PARTITIONED.items() if made.partitioned.get(name) != by
    ]


def table_differences(name: str, asked: Table, made: Table) -> list[str]:
    def hashed(columns: catalogue.Columns) -> catalogue.Columns:
        return tuple(HASHED.get((name, column), column) for column in columns)

    found = [] if made.key == KEYS.get(name, asked.key) else [f"primary key {made.key}"]
    found += column_differences(name, asked, made)
    found += [f"unique {columns}" for columns in asked.unique if hashed(columns) not in made.unique]
    found += [f"check {check}" for check in asked.checks - made.checks]
    for index, columns in asked.indexes.items():
        # The document names its indexes; those of its keys and UNIQUEs are PostgreSQL's.
        if index.startswith("idx_") and made.indexes.get(index, ())[: len(columns)] != hashed(columns):
            found.append(f"index {index} on {made.indexes.get(index)}, not {columns}")
    for column, key in asked.foreign_keys.items():
        theirs = made.foreign_keys.get(column)
        if theirs is None or (theirs.to, theirs.on_delete, theirs.name) != (
            key.to,
            key.on_delete,
            f"fk_{name}_{column}",
        ):
            found.append(f"foreign key of {column}: {theirs}, not {key}")
    return found


def column_differences(name: str, asked: Table, made: Table) -> list[str]:
    found = []
    for column, wanted in asked.columns.items():
        has = made.columns.get(column)
        if has is None:
            found.append(f"{column} is missing")
            continue
        if has.type != wanted.type and (name, column) not in SEALED:
            found.append(f"{column} is {has.type}, not {wanted.type}")
        if wanted.required and not has.required:
            found.append(f"{column} may be NULL")
        if has.required and not wanted.required and has.default is None:
            found.append(f"{column} must be given")
        default = DEFAULTS.get((name, column), wanted.default)
        if default is not None and has.default != default:
            found.append(f"{column} is {has.default} by default, not {default}")
    added = {column: has for column, has in made.columns.items() if column not in asked.columns}
    return found + [
        f"{column} is added and must be given" for column, has in added.items() if has.required and has.default is None
    ]


@pytest.fixture
def asked() -> Catalogue:
    """The document's tables, created from its statements in a separate schema within the test's transaction."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA document; SET LOCAL search_path TO document")
        for statement in document.SHAPES:
            cursor.execute(statement)
        return catalogue.read(cursor, "document")


def made() -> Catalogue:
    with connection.cursor() as cursor:
        return catalogue.read(cursor, "public")


def test_the_database_is_the_documents(asked):
    assert len(asked.tables) == 20
    assert differences(asked, made()) == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("ALTER TABLE users ALTER timezone DROP DEFAULT", "users: timezone is None by default"),
        ("ALTER TABLE users ALTER avatar_url TYPE varchar(9)", "users: avatar_url is character varying(9)"),
        ("ALTER TABLE habits ALTER name DROP NOT NULL", "habits: name may be NULL"),
        ("ALTER TABLE user_sessions ALTER user_agent SET NOT NULL", "user_sessions: user_agent must be given"),
        ("ALTER TABLE user_sessions ADD fresh int NOT NULL", "user_sessions: fresh is added and must be given"),
        ("ALTER TABLE habit_logs DROP weather", "habit_logs: weather is missing"),
        ("ALTER TABLE habit_logs DROP CONSTRAINT habit_logs_mood_score", "habit_logs: check"),
        (
            "ALTER TABLE user_habits RENAME CONSTRAINT fk_user_habits_user_id TO other",
            "user_habits: foreign key of user_id",
        ),
        ("ALTER TABLE user_habits DROP CONSTRAINT user_habits_user_id_habit_id", "user_habits: unique"),
        ("ALTER TABLE users DROP CONSTRAINT idx_users_email", "users: unique"),
        ("DROP INDEX idx_habits_is_featured", "habits: index idx_habits_is_featured"),
        ("ALTER TABLE audit_logs DROP CONSTRAINT audit_logs_pkey", "audit_logs: primary key"),
        ("DROP MATERIALIZED VIEW user_stats_summary", "user_stats_summary: view"),
        ("DROP TABLE notification_devices CASCADE", "notification_devices is missing"),
        ("DROP TABLE app_events; CREATE TABLE app_events ()", "app_events is not partitioned"),
    ],
)
def test_a_difference_is_found(asked, change, found):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL search_path TO public")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(change)

    assert any(text.startswith(found) for text in differences(asked, made()))
