"""The audit trail: the database records who changed what, and from which address."""

import threading
from ipaddress import ip_address
from uuid import UUID, uuid4

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, connections, models, transaction
from django.db.models import Value

from accounts.models import User
from billing.models import SubscriptionPlan, UserSubscription
from core.audit.models import AuditLog
from core.audit.triggers import Audit
from core.db import audit_context
from core.db.audit_context import AUDITED
from habits.models import Habit
from tests.factories.accounts import StaffFactory, UserFactory
from tests.factories.habits import HabitFactory
from tests.factories.rest import PaymentTransactionFactory, SubscriptionPlanFactory, UserSubscriptionFactory
from tests.staff_forms import seen

SOMEBODY, HERE = UUID(int=7), ip_address("203.0.113.9")
SOMEBODY_ELSE, THERE = UUID(int=8), ip_address("2001:db8::8")


def trail(row: models.Model) -> list[AuditLog]:
    return list(AuditLog.objects.filter(record_id=row.pk).order_by("occurred_at"))


def who(row: models.Model) -> list[tuple[str, UUID | None, str | None]]:
    return [(entry.action, entry.user_id, entry.ip_address) for entry in trail(row)]


def change_by_several_people() -> Habit:
    with audit_context.acting(SOMEBODY, address=HERE):
        habit = HabitFactory(name="100% 물")
    with audit_context.acting(SOMEBODY_ELSE, address=THERE):
        Habit.objects.filter(pk=habit.pk).update(name="물 '반' 잔")
    Habit.objects.filter(pk=habit.pk).update(name="물")
    with audit_context.acting(SOMEBODY):
        Habit(pk=habit.pk).delete()
    return habit


BY_SEVERAL_PEOPLE = [
    ("INSERT", SOMEBODY, str(HERE)),
    ("UPDATE", SOMEBODY_ELSE, str(THERE)),
    ("UPDATE", None, None),
    ("DELETE", SOMEBODY, None),
]


@pytest.mark.django_db(transaction=True)
def test_each_change_names_who_made_it_outside_a_transaction():
    assert who(change_by_several_people()) == BY_SEVERAL_PEOPLE


@pytest.mark.django_db
def test_each_change_names_who_made_it_inside_one_transaction():
    assert who(change_by_several_people()) == BY_SEVERAL_PEOPLE


@pytest.mark.django_db
def test_a_change_keeps_only_what_changed():
    habit = HabitFactory(name="물", sort_order=3)

    Habit.objects.filter(pk=habit.pk).update(name="물 한 잔")

    assert [(entry.old_values, entry.new_values) for entry in trail(habit)[1:]] == [
        ({"name": "물"}, {"name": "물 한 잔"})
    ]


@pytest.mark.django_db
def test_a_rolled_back_savepoint_lends_nobody_its_name():
    with audit_context.acting(SOMEBODY), transaction.atomic():
        HabitFactory()
        transaction.set_rollback(True)

    assert who(HabitFactory()) == [("INSERT", None, None)]


@pytest.mark.django_db
def test_bulk_and_raw_statements_are_named_too():
    habits = HabitFactory.create_batch(3)
    with audit_context.acting(SOMEBODY), connection.cursor() as cursor:
        assert Habit.objects.filter(pk__in=[habit.pk for habit in habits]).update(icon="a") == 3
        Habit.objects.bulk_update([Habit(pk=habit.pk, icon="b") for habit in habits], ["icon"])
        cursor.execute("UPDATE habits SET icon = 'c%' WHERE owner_id IS NULL AND icon = 'b'")
        assert cursor.rowcount == 3
        cursor.execute("UPDATE habits SET icon = %(icon)s WHERE icon = 'c%%' RETURNING icon", {"icon": "d"})
        assert cursor.fetchall() == [("d",)] * 3
        cursor.executemany("UPDATE habits SET icon = %s WHERE id = %s", [("e", habit.pk) for habit in habits])
        cursor.execute(
            "WITH changed AS (UPDATE habits SET icon = 'f' WHERE icon = 'e' RETURNING id) SELECT count(*) FROM changed"
        )
        assert cursor.fetchone() == (3,)

    assert [who(habit) for habit in habits] == [[("INSERT", None, None)] + [("UPDATE", SOMEBODY, None)] * 6] * 3


@pytest.mark.django_db(transaction=True)
def test_many_statements_at_once_are_named_outside_a_transaction():
    habits = HabitFactory.create_batch(2)

    with audit_context.acting(SOMEBODY), connection.cursor() as cursor:
        cursor.executemany("UPDATE habits SET icon = %s WHERE id = %s", [("e", habit.pk) for habit in habits])

    assert [who(habit)[1:] for habit in habits] == [[("UPDATE", SOMEBODY, None)]] * 2


@pytest.mark.django_db
def test_copy_is_named_once_it_was_told():
    category = HabitFactory().category_id
    with audit_context.acting(SOMEBODY), connection.cursor() as cursor:
        audit_context.set_actor(connection)
        with cursor.copy("COPY habits (name, category_id) FROM STDIN") as rows:
            rows.write_row(("복사한 습관", category))

    assert who(Habit.objects.get(name="복사한 습관")) == [("INSERT", SOMEBODY, None)]


@pytest.mark.django_db(transaction=True)
def test_pooled_connections_lend_nobody_anothers_name():
    wrong = []

    def work(me: UUID) -> None:
        try:
            for _round in range(10):
                with audit_context.acting(me, address=HERE):
                    mine = HabitFactory()
                connections.close_all()  # returns it to the pool of four, where another thread takes it
                nobodys = HabitFactory()
                wrong.extend({(me, *entry) for entry in who(mine)} - {(me, "INSERT", me, str(HERE))})
                wrong.extend({(me, *entry) for entry in who(nobodys)} - {(me, "INSERT", None, None)})
                connections.close_all()
        except BaseException as error:
            wrong.append(error)
        finally:
            connections.close_all()

    HabitFactory()  # the category is public
    threads = [threading.Thread(target=work, args=[uuid4()]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []


@pytest.mark.django_db
def test_only_statements_on_audited_tables_carry_the_name(person, django_assert_num_queries):
    with audit_context.acting(SOMEBODY), django_assert_num_queries(3) as asked, connection.cursor() as cursor:
        cursor.execute("UPDATE user_habits SET sort_order = 1 WHERE user_id = %s", [person.pk])
        cursor.execute("SELECT id FROM users WHERE id = %s FOR UPDATE", [person.pk])
        cursor.execute("UPDATE users SET day_start = 1 WHERE id = %s", [person.pk])

    assert ["set_config" in query["sql"] for query in asked] == [False, False, True]


@pytest.mark.django_db
def test_personal_columns_are_named_and_not_shown():
    person = UserFactory(name="지우", birth_year=1990)

    person.name, person.birth_year, person.email = "서연", 1991, "other@example.com"
    person.save()

    shown = trail(person)[-1]
    assert (
        shown.old_values
        == shown.new_values
        == dict.fromkeys(["name", "birth_year", "email", "email_index"], "[hidden]")
    )


@pytest.mark.django_db
def test_signing_in_leaves_no_row_and_makes_nobody_the_editor(person, client):
    before = trail(person)

    client.force_login(person)

    person.refresh_from_db()
    assert (trail(person), person.updated_by) == (before, None)
    assert person.last_login


@pytest.mark.django_db
def test_updated_by_is_the_last_who_changed_the_row(person):
    subscription = UserSubscriptionFactory(user=person)

    with audit_context.acting(SOMEBODY):
        User.objects.filter(pk=person.pk).update(day_start=3)
        UserSubscription.objects.filter(pk=subscription.pk).update(status="canceled", phase="canceled")

    assert User.objects.values_list("updated_by", flat=True).get(pk=person.pk) == SOMEBODY
    assert UserSubscription.objects.values_list("updated_by", flat=True).get(pk=subscription.pk) == SOMEBODY


@pytest.mark.django_db
def test_a_plan_is_found_by_its_key_though_the_document_wants_a_uuid():
    plan = SubscriptionPlanFactory(id="family", price=100)

    SubscriptionPlan.objects.filter(pk=plan.pk).update(price=200)

    inserted, changed = AuditLog.objects.filter(new_values__id="family").order_by("occurred_at")
    assert inserted.record_id == changed.record_id
    assert (changed.old_values, changed.new_values) == ({"id": "family", "price": 100}, {"id": "family", "price": 200})


@pytest.mark.django_db
def test_what_a_gateway_said_is_not_copied_into_the_trail():
    payment = PaymentTransactionFactory(gateway_response={"buyer": "지우"})

    assert trail(payment)[0].new_values["gateway_response"] == "[hidden]"


@pytest.mark.django_db
def test_a_habit_somebody_made_for_themselves_is_not_audited(person):
    assert trail(HabitFactory(owner=person)) == []


@pytest.mark.django_db
def test_a_page_names_the_person_and_their_true_address(client, settings):
    settings.TRUSTED_PROXIES = 1
    staff = StaffFactory()
    client.force_login(staff)
    plan = SubscriptionPlanFactory(id="family")

    url = f"/admin/billing/subscriptionplan/{plan.pk}/delete/"
    client.post(
        url,
        {"post": "yes", "why": "팔지 않아요"} | seen(client, url),
        REMOTE_ADDR="10.0.0.1",
        HTTP_X_FORWARDED_FOR=f"198.51.100.66, {HERE}",
    )

    deleted = AuditLog.objects.get(table_name="subscription_plans", action="DELETE", old_values__id="family")
    assert (deleted.user_id, deleted.ip_address, deleted.why) == (staff.pk, str(HERE), "팔지 않아요")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        lambda: AuditLog.objects.update(action=Value("x")),
        lambda: AuditLog.objects.all().delete(),
        lambda: connection.cursor().execute("DELETE FROM audit_logs"),
    ],
)
def test_rows_of_the_trail_are_neither_changed_nor_deleted(person, change):
    with pytest.raises(DatabaseError, match="audit_logs is append-only"), transaction.atomic():
        change()


@pytest.mark.django_db
def test_the_trail_is_not_emptied(person):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE audit_logs ENABLE TRIGGER audit_logs_stay_whole")
        with pytest.raises(DatabaseError, match="audit_logs is append-only"), transaction.atomic():
            cursor.execute("TRUNCATE audit_logs")


def audited() -> dict[str, type[models.Model]]:
    return {
        model._meta.db_table: model
        for model in apps.get_models()
        if any(isinstance(trigger, Audit) for trigger in getattr(model._meta, "triggers", []))
    }


def test_the_list_of_audited_tables_is_that_of_the_triggers():
    assert set(AUDITED) == set(audited())


def test_a_cascade_never_reaches_an_audited_table_from_one_that_is_not():
    """Otherwise the statement would not carry the actor."""
    parents = {
        field.related_model._meta.db_table
        for model in audited().values()
        for field in model._meta.local_fields
        if isinstance(field, models.ForeignKey)
    }

    assert parents <= set(AUDITED)


@pytest.mark.django_db
def test_migrations_made_the_triggers_the_models_declare():
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE 'pgtrigger_audit_%%'", [])
        assert {table for (table,) in cursor.fetchall()} == set(AUDITED)
