"""Dates and times in Korean: one date, and the clock of 오전 and 오후.

A line never ends inside a date.
"""

DATE_FORMAT = SHORT_DATE_FORMAT = "Y년\N{NO-BREAK SPACE}n월\N{NO-BREAK SPACE}j일"
TIME_FORMAT = "A g:i"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = f"{DATE_FORMAT} {TIME_FORMAT}"
YEAR_MONTH_FORMAT = "Y년\N{NO-BREAK SPACE}n월"
MONTH_DAY_FORMAT = "n월\N{NO-BREAK SPACE}j일"
