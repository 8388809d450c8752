"""The one rule for whom the figures of staff count, as SQL over `users AS person`.

Left out are staff, people who have left or asked for it, and accounts that a command made (the seed, the demo): their ids
are of version 8, which no sign-up gives. It is here and not with the figures, because the coach's effect and the revenue
are computed below them.
"""

from django.db.models import Model, QuerySet

COUNTED = """NOT person.is_staff AND person.anonymised_at IS NULL AND person.deletion_requested_at IS NULL
    AND substr(person.id::text, 15, 1) <> '8'"""


def of_counted[M: Model](rows: QuerySet[M]) -> QuerySet[M]:
    """Those rows whose `user` counts."""
    table = rows.model._meta.db_table
    return rows.extra(  # noqa: S610 -- our own texts
        where=[f"{table}.user_id IN (SELECT person.id FROM users AS person WHERE {COUNTED})"]  # noqa: S608
    )
