"""What each page costs, in figures that no machine changes: statements, rows, buffers, bytes on the wire.

Raise a number only on purpose. Seconds are measured by `make bench`.
"""

from typing import NamedTuple

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from uuid6 import uuid7

from tests.clock import NOW
from tests.history import give_history
from tests.statements import plan_of, recorded

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shares_health"), pytest.mark.slow]

OURS = {"Accept-Encoding": "gzip", "Sec-Fetch-Site": "same-origin"}


class Cost(NamedTuple):
    statements: int
    # Rows that PostgreSQL sends.
    rows: int
    # Pages of 8 kB that it reads, from its memory or from the disk.
    buffers: int
    # The body, compressed, with up to 100 random bytes.
    size: int


# For ten habits with 400 days of history, from the second view on. Whether the day is a quiet one is read with the person.
# Where other tests have left dead rows, those of a habit are spread over a few more pages of 8 kB.
AT_MOST = {
    "/today/": Cost(2, 11, 45, 8192),
    "/today/{habit}/": Cost(5, 60, 30, 7600),
    "/insights/": Cost(2, 2, 40, 12288),
    f"/insights/?year={NOW.year}": Cost(6, 50, 550, 13800),
    "/insights/{habit}/": Cost(10, 200, 80, 11800),
    "/habits/": Cost(4, 105, 40, 7600),
    "/habits/mine/": Cost(3, 3, 40, 5600),
    "/me/": Cost(5, 4, 15, 4000),
    "/notifications/": Cost(2, 2, 15, 2900),
    "/achievements/": Cost(6, 40, 40, 9000),
    "/coach/": Cost(6, 3, 15, 4200),
    "a tap": Cost(3, 3, 35, 1700),
}


@pytest.fixture(scope="module", params=AT_MOST)
def address(request, django_db_setup, django_db_blocker):
    """One of the addresses, in a database without the dead rows of earlier tests, which take buffers too."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("VACUUM")
    return request.param


@pytest.fixture
def habits(person):
    return give_history(person, habits=10, days=400, now=NOW)


def test_a_page_costs_no_more_than_this(signed_in, habits, address):
    ask(signed_in, address, habits[0])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")

    with recorded() as statements, CaptureQueriesContext(connection) as queries:
        answer = ask(signed_in, address, habits[0])

    assert answer.status_code == 200
    plans = [plan_of(statement, run=True) for statement in statements]
    cost = Cost(
        len(queries),
        sum(plan["Actual Rows"] for plan in plans),
        sum(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] for plan in plans),
        len(answer.content),
    )
    over = {
        name: (found, most)
        for name, found, most in zip(Cost._fields, cost, AT_MOST[address], strict=True)
        if found > most
    }
    assert over == {}, (address, cost)


def ask(client, address, habit):
    if address == "a tap":
        data = {"key": uuid7(), "count": "1"}
        return client.post(f"/today/{habit.pk}/check-in/", data, headers=OURS | {"HX-Request": "true"})
    return client.get(address.format(habit=habit.pk), headers=OURS)
