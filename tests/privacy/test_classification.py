"""Every column is classified, and the code follows the classification."""

from django.apps import apps
from django.db import models

from core.audit.triggers import Audit
from tests.audit.test_trail import audited
from tests.cases import for_each
from wellness.privacy import privacy_page
from wellness.privacy.classification import TABLES, OnErasure, models_by_table, rows_of

ALL = sorted(models_by_table())


def columns_of(table: str) -> dict[str, models.Field]:
    return {str(field.column): field for field in models_by_table()[table]._meta.local_concrete_fields}


def test_every_table_is_classified_and_no_other():
    assert sorted(TABLES) == ALL


def test_every_column_is_classified_and_no_other():
    real = {(table, column) for table in ALL for column in columns_of(table)}
    classified = {(table, column) for table, entry in TABLES.items() for column in entry.columns}

    assert (real - classified, classified - real) == (set(), set()), (
        "say what they hold: wellness/privacy/classification.py"
    )


def test_every_column_is_classified_once():
    listed = [
        (table, column)
        for table, entry in TABLES.items()
        for column in f"{entry.none} {entry.personal} {entry.sensitive} {entry.secret}".split()
    ]

    assert [entry for entry in listed if listed.count(entry) > 1] == []


@for_each(sorted(TABLES))
def test_what_is_sealed_is_what_the_classification_seals(table):
    in_code = {column for column, field in columns_of(table).items() if getattr(field, "audit_redact", False)}

    assert in_code == set(TABLES[table].sealed.split())


@for_each(sorted(TABLES))
def test_sealed_and_emptied_columns_are_columns_about_a_person(table):
    entry = TABLES[table]

    assert {entry.columns[column] for column in entry.sealed.split()} <= {"personal", "sensitive", "secret"}
    assert set(entry.emptied.split()) <= set(entry.columns)


@for_each(sorted(TABLES))
def test_a_table_with_people_says_whose_rows_they_are(table):
    entry = TABLES[table]
    about_people = any(kind in ("personal", "sensitive") for kind in entry.columns.values())
    points_at_people = any(
        isinstance(field, models.ForeignKey)
        and field.related_model._meta.db_table == "users"
        and field.remote_field.on_delete in (models.CASCADE, models.DB_CASCADE)
        for field in columns_of(table).values()
    )

    assert entry.owner or not (about_people or points_at_people)
    assert entry.kept


@for_each(sorted(TABLES))
def test_plain_columns_are_columns_about_a_person_that_are_not_sealed(table):
    entry = TABLES[table]
    plain = set(entry.plain.split())

    assert {entry.columns[column] for column in plain} <= {"personal", "sensitive"}
    assert not plain & set(entry.sealed.split())


def test_a_persons_rows_can_be_asked_for(db):
    owned = [name for name, table in TABLES.items() if table.owner]

    assert {name: rows_of(name, "0190f9ff-0000-7000-8000-000000000000").count() for name in owned} == dict.fromkeys(
        owned, 0
    )


@for_each(sorted(TABLES))
def test_rows_that_stay_behind_say_why_and_lose_what_nobody_needs(table):
    entry = TABLES[table]
    if entry.on_erasure == OnErasure.KEPT:
        assert entry.because
        emptied = set(entry.emptied.split())
        assert {column for column, kind in entry.columns.items() if kind in ("sensitive", "secret")} <= emptied
    else:
        assert not entry.because + entry.emptied
    if entry.owner and not entry.derived:
        assert entry.on_erasure != OnErasure.UNTOUCHED


def test_secrets_are_not_exported():
    assert [(table, column) for table in ALL for column in TABLES[table].exported if _is_secret(table, column)] == []


def _is_secret(table: str, column: str) -> bool:
    return TABLES[table].columns[column] == "secret"


@for_each(sorted(audited()))
def test_the_trail_shows_no_value_about_a_person(table):
    """Except in subscriptions and payments, whose trail exists to show amounts."""
    model = audited()[table]
    audit = next(trigger for trigger in model._meta.triggers if isinstance(trigger, Audit))
    quiet = {model._meta.get_field(name).column for name in audit.quiet}
    columns = {column for column, kind in TABLES[table].columns.items() if kind != "none"}
    if audit.unless:
        return  # only rows without a person are audited
    if table in ("user_subscriptions", "payment_transactions"):
        columns = set(TABLES[table].emptied.split())

    assert columns - quiet <= set(audit.columns_hidden(model))


def test_all_models_are_looked_at():
    assert len(models_by_table()) == len(apps.get_models(include_auto_created=True))


def test_the_page_says_what_the_classification_says(settings):
    written = (settings.BASE_DIR / "docs" / "privacy.md").read_text()

    assert written == privacy_page.render(), "run manage.py privacy_page"
