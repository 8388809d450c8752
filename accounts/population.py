"""The rules for which people figures count, as SQL over `users AS person`.

Accounts that a command made (the seed, the demo) have ids of version 8, which no sign-up gives. They count only where the setting
COUNT_MADE_PEOPLE says so, which it does in development: nobody else is there, and the dashboard says that it counts them. The rules
are here and not with the figures, because the coach's effect and the revenue are computed below them.
"""

from django.conf import settings
from django.db.models import Model, QuerySet
from django.db.models.expressions import RawSQL


def rule(*, with_made: bool) -> str:
    """Whether a person is one whom figures count, those who have left included."""
    return "NOT person.is_staff" if with_made else "NOT person.is_staff AND substr(person.id::text, 15, 1) <> '8'"


# Everybody who signed up and is no staff, those who have left included: what they paid stays in the ledger.
REAL = rule(with_made=settings.COUNT_MADE_PEOPLE)
# Those who are still here: they have neither left nor asked to.
COUNTED = f"{REAL} AND person.anonymised_at IS NULL AND person.deletion_requested_at IS NULL"


def real() -> RawSQL:
    """The ids of the real people, for `user__in=`."""
    return RawSQL(f"SELECT person.id FROM users AS person WHERE {REAL}", [])  # noqa: S608, S611 - constants


def counted() -> RawSQL:
    """The same without those who have left or asked to."""
    return RawSQL(f"SELECT person.id FROM users AS person WHERE {COUNTED}", [])  # noqa: S608, S611 - constants


def of_counted[M: Model](rows: QuerySet[M]) -> QuerySet[M]:
    """Those rows whose `user` counts."""
    return rows.filter(user__in=counted())
