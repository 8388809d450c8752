"""Records that staff looked at a person: who, when, from where and about whom."""

from uuid import UUID

from django.db import connection, transaction

from core.db import audit_context


def record(table: str, person: UUID) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        audit_context.set_actor(connection)
        cursor.execute("SELECT audit_logs_read(%s, %s)", [table, person])
