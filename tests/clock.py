"""The instant at which the tests were collected, for modules whose rows are of now.

The clock begins at NOW for each test of a module that imports it (tests/conftest.py): a test that waits in a long run meets
the hour and the day of its rows. Not for tests with a browser, with other
processes or with times that the database writes: these have clocks of their own.
"""

import datetime as dt

NOW = dt.datetime.now(dt.UTC)
NOON = NOW.replace(hour=3, minute=0, second=0, microsecond=0)  # noon in Seoul
