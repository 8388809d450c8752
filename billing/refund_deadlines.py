"""When the money of a withdrawal has to be back, and what is owed when it is late.

Pure functions: no database and no clock.

Three business days, then interest of 15 % a year (전자상거래법 제18조 제2항, 시행령 제21조의3). Public holidays are not counted
as days off: they would make the day later, so it is never after the law's.
"""

import datetime as dt

from billing import money

BUSINESS_DAYS = 3
PERCENT_A_YEAR = 15
SATURDAY = 5


def due_on(withdrawn_on: dt.date) -> dt.date:
    """The last day for the money of a withdrawal made on a Korean day."""
    day, left = withdrawn_on, BUSINESS_DAYS
    while left:
        day += dt.timedelta(days=1)
        left -= day.weekday() < SATURDAY
    return day


def interest(amount: int, *, due: dt.date, on: dt.date, currency: str = "KRW") -> int:
    """What is owed besides the amount on the day `on`, rounded up; 0 up to the due day."""
    unit, days = money.SMALLEST_UNIT[currency], max((on - due).days, 0)
    return -(-amount * PERCENT_A_YEAR * days // (100 * 365 * unit)) * unit
