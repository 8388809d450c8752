"""The rows that migrations load, put back after each test with real transactions.

Django's flush truncates every table, a hundred of them with their partitions, and leaves the catalogue empty. Deleting what
a test has written and copying the catalogue back takes a tenth of that, and each test begins with the same rows.
"""

from dataclasses import dataclass

from django.db import connection, transaction

# Never written by a test.
STATIC = {"django_content_type", "auth_permission", "django_migrations"}
_TABLES = """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1
"""
_VIEWS = "SELECT matviewname FROM pg_matviews WHERE schemaname = 'public' AND ispopulated"


@dataclass(frozen=True)
class InitialRows:
    """What the tables held after migrating, as PostgreSQL's COPY text by table."""

    by_table: dict[str, bytes]

    def put_back(self) -> None:
        """Empties every table, fills those that were filled, and refreshes the materialized views.

        Triggers and foreign keys rest meanwhile: the rows are consistent, and the audit trail refuses deletions.
        """
        tables, views = _names(_TABLES), _names(_VIEWS)
        with connection.cursor() as cursor:
            with transaction.atomic():
                cursor.execute("SET LOCAL session_replication_role = replica")
                cursor.execute(";".join(f"DELETE FROM {_quoted(table)}" for table in tables if table not in STATIC))
                for table, rows in self.by_table.items():
                    with cursor.copy(f"COPY {_quoted(table)} FROM STDIN") as copy:
                        copy.write(rows)
            # Otherwise the rows that one test's refresh copied there are found by the next.
            for view in views:
                cursor.execute(f"REFRESH MATERIALIZED VIEW {_quoted(view)}")


def read() -> InitialRows:
    return InitialRows({table: rows for table in _names(_TABLES) if table not in STATIC and (rows := _rows(table))})


def _rows(table: str) -> bytes:
    with connection.cursor() as cursor, cursor.copy(f"COPY (SELECT * FROM {_quoted(table)}) TO STDOUT") as copy:
        return b"".join(bytes(part) for part in copy)


def _names(sql: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [name for (name,) in cursor.fetchall()]


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
