"""Dates and times in English: one short date, and the clock of 24 hours of the plots.

A line never ends inside a date.
"""

DATE_FORMAT = SHORT_DATE_FORMAT = "M\N{NO-BREAK SPACE}j,\N{NO-BREAK SPACE}Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = f"{DATE_FORMAT}, {TIME_FORMAT}"
MONTH_DAY_FORMAT = "M\N{NO-BREAK SPACE}j"
