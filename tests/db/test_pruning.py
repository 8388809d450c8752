"""No statement of a page opens a partition outside the months that its question is about.

Every page and every form is sent once, with 240 monthly partitions there, as after imports of a long past. The person has a
habit of thirty days, so nothing asks for more than the last months.
"""

import datetime as dt

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from core.db import partitions
from core.db.partitions import Month
from habits import streak_cache
from tests.access.routes import ROUTES
from tests.access.test_access import things_of
from tests.statements import partitions_of, plan_of, recorded

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.usefixtures("shares_health")]

TODAY = dt.datetime.now(dt.UTC).date()
MONTHS = 240
# The months ahead are empty.
AHEAD = {month.first for month in partitions.around(TODAY)}
LAST_MONTHS = AHEAD | {month.first for month in partitions.between(TODAY - dt.timedelta(days=33), TODAY)}
# A day on each side for the zones.
YEAR = {month.first for month in partitions.between(TODAY - dt.timedelta(days=367), TODAY + dt.timedelta(days=1))}
# The pages that show a year, whatever the person has.
OF_A_YEAR = {"analytics:insights", "analytics:habit"}
# Left out: what ends the session, and what is for development.
ELSEWHERE = {"account_logout", "styleguide", "mailbox"}


@pytest.fixture
def many_months():
    months = [Month.of(TODAY).plus(-ago) for ago in range(MONTHS)]
    for table, column in partitions.partitioned():
        partitions.ensure_months(table, column, months)


@pytest.mark.usefixtures("many_months")
def test_no_page_opens_months_that_it_does_not_ask_for(person, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    today = person.calendar.day_of(dt.datetime.now(dt.UTC))
    # On the first day of a week Today reads no day but that.
    is_monday = today.weekday() == 0
    person.week_start = person.WeekStart.SUNDAY if is_monday else person.WeekStart.MONDAY
    person.save()
    things = things_of(person)
    for habit in person.habits.all():
        # The factory wrote the log without the columns that the service keeps.
        streak_cache.rebuild_and_save(habit, today=today, calendar=person.calendar)
    opened_too_many, reading = {}, set()

    for name, route in ROUTES.items():
        if "/" in name or name in ELSEWHERE:
            continue
        address = reverse(name, kwargs={**things.get(route.thing, {}), **route.args})
        with recorded() as statements:
            send(person, address, route.post)
        allowed = YEAR | LAST_MONTHS if name in OF_A_YEAR else LAST_MONTHS
        for statement in statements:
            months = {month_of(table) for table in partitions_of(plan_of(statement))}
            reading |= {name} if months else set()
            if months - allowed:
                opened_too_many[name] = f"{len(months)} months: {statement[:900]}"

    assert opened_too_many == {}, "\n".join(f"{k}: {v}" for k, v in opened_too_many.items())
    # The pages were really served.
    assert {"habits:today", "habits:habit", "habits:undo", "habits:day", "analytics:insights"} <= reading


def send(person, address: str, data: dict | None) -> None:
    """Undone afterwards: the next request finds everything as it was."""
    client = Client()
    client.force_login(person)
    with transaction.atomic():
        client.get(address)
        if data is not None:
            client.post(address, data)
        transaction.set_rollback(True)


def month_of(table: str) -> dt.date:
    year, month = table[-7:].split("m")
    return dt.date(int(year), int(month), 1)


def test_a_statement_without_a_bound_is_noticed():
    statement = "SELECT count(*) FROM habit_logs WHERE user_habit_id = '00000000-0000-0000-0000-000000000000'"

    assert len(partitions_of(plan_of(statement))) > 2
