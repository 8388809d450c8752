"""Django's PostgreSQL backend with our changes.

- Foreign keys have the schema document's names (`fk_{table}_{column}`).
- Audited statements carry the actor (core.db.audit_context).
- Ordering by a sealed column is an error.
- Error messages do not quote rows.
- The pool detects closed connections without a round trip.
- A process notices within seconds that a key was purged (core.crypto.purged_keys).
"""

import select
import sys
from types import TracebackType
from typing import Any

from django.core.exceptions import FieldError
from django.db import DEFAULT_DB_ALIAS
from django.db.backends.postgresql import base
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.backends.postgresql.schema import DatabaseSchemaEditor
from django.db.models import Max, Min
from django.db.models.expressions import Col, OrderBy, OrderByList
from django.db.utils import DatabaseErrorWrapper
from django.utils.functional import cached_property
from psycopg import Connection
from psycopg_pool import ConnectionPool

from core.crypto import purged_keys
from core.db import audit_context


def check(connection: Connection) -> None:
    """Raises OperationalError when the server has closed this idle connection.

    Polls the socket instead of sending a query: PostgreSQL sends nothing unasked except a closing message, so only a
    connection with data to read has to be tried.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        ConnectionPool.check_connection(connection)


class SchemaEditor(DatabaseSchemaEditor):
    def _fk_constraint_name(self, model, field, suffix):
        return self.quote_name(f"fk_{model._meta.db_table}_{field.column}")


class ShortErrors(DatabaseErrorWrapper):
    """Keeps only the first line of a database error.

    The lines after it quote the row ("Failing row contains …") or the statement, and error texts end up in logs and
    error reports. For debugging, `error.__cause__.diag` has the rest.
    """

    def __exit__(
        self, exc_type: type[BaseException] | None, exc_value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if exc_value is not None and exc_value.args and isinstance(exc_value.args[0], str):
            exc_value.args = (exc_value.args[0].partition("\n")[0], *exc_value.args[1:])
        super().__exit__(exc_type, exc_value, traceback)


class Operations(DatabaseOperations):
    def check_expression_support(self, expression: Any) -> None:
        """Rejects ordering by a sealed column, which would order by cipher text and look valid."""
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
        # Django turns preparing off, for poolers that do not support it. Here it is on, but never automatic.
        self.settings_dict["OPTIONS"].setdefault("prepare_threshold", sys.maxsize)
        self.execute_wrappers.append(audit_context.execute_with_actor)
        if isinstance(pool := self.settings_dict["OPTIONS"].get("pool"), dict):
            pool.setdefault("check", check)

    def connect(self) -> None:
        super().connect()
        if self.alias == DEFAULT_DB_ALIAS:  # a replica may be behind
            with self.wrap_database_errors:
                purged_keys.look(self.connection)

    @cached_property
    def wrap_database_errors(self) -> ShortErrors:
        return ShortErrors(self)
