"""Django's PostgreSQL backend: the schema document's names for foreign keys (`fk_{table}_{column}`), who is acting
told with each statement that is audited, no order of sealed columns, errors that repeat no row, and a pool that notices
closed connections for free.
"""

import select
import sys
from types import TracebackType
from typing import Any

from django.core.exceptions import FieldError
from django.db.backends.postgresql import base
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.backends.postgresql.schema import DatabaseSchemaEditor
from django.db.models import Max, Min
from django.db.models.expressions import Col, OrderBy, OrderByList
from django.db.utils import DatabaseErrorWrapper
from django.utils.functional import cached_property
from psycopg import Connection
from psycopg_pool import ConnectionPool

from core.db import audit_context


def check(connection: Connection) -> None:
    """Raises OperationalError where the server closed this idle connection. Asks the socket, which costs no round trip:
    PostgreSQL says nothing unasked but goodbye, so only one with something to read has to be tried.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        ConnectionPool.check_connection(connection)


class SchemaEditor(DatabaseSchemaEditor):
    def _fk_constraint_name(self, model, field, suffix):
        return self.quote_name(f"fk_{model._meta.db_table}_{field.column}")


class ShortErrors(DatabaseErrorWrapper):
    """Keeps an error's first line. The lines after it quote the row ("Failing row contains …") or the statement, and
    an error's text ends up in logs and error reports; `error.__cause__.diag` has the rest for whoever debugs.
    """

    def __exit__(
        self, exc_type: type[BaseException] | None, exc_value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if exc_value is not None and exc_value.args and isinstance(exc_value.args[0], str):
            exc_value.args = (exc_value.args[0].partition("\n")[0], *exc_value.args[1:])
        super().__exit__(exc_type, exc_value, traceback)


class Operations(DatabaseOperations):
    def check_expression_support(self, expression: Any) -> None:
        """Refuses to put sealed columns in order: it would be the order of their cipher text, which looks like one."""
        super().check_expression_support(expression)
        if isinstance(expression, (OrderBy, OrderByList, Max, Min)):
            for column in expression.flatten():
                if isinstance(column, Col) and getattr(column.target, "is_sealed", False):
                    raise FieldError(f"{column.target} has no order: it is sealed")


class DatabaseWrapper(base.DatabaseWrapper):
    SchemaEditorClass = SchemaEditor
    ops_class = Operations

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # Django leaves preparing off, for poolers that do not keep it. On, and of its own accord never.
        self.settings_dict["OPTIONS"].setdefault("prepare_threshold", sys.maxsize)
        self.execute_wrappers.append(audit_context.named)
        if isinstance(pool := self.settings_dict["OPTIONS"].get("pool"), dict):
            pool.setdefault("check", check)

    @cached_property
    def wrap_database_errors(self) -> ShortErrors:
        return ShortErrors(self)
