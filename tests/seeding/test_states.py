"""The people of the pictures: each is in the state that their pages show, on whatever day they are made."""

import datetime as dt

import pytest

from billing import prices, subscriptions
from devtools.seeding import states


@pytest.mark.parametrize("day", [dt.date(2026, 12, 2), dt.date(2027, 1, 20), dt.date(2027, 3, 5)])
def test_who_is_asked_to_pay_more_has_not_agreed_to_it(content, settings, tmp_path, day):
    settings.DEMO_GATEWAY = tmp_path / "ledger.sqlite"
    now = dt.datetime.combine(day, dt.time(9), dt.UTC)

    states._create(states.ASKED_TO_PAY_MORE, 202, now=now)
    states._raise_price(states._user(states.ASKED_TO_PAY_MORE), now=now)

    subscription = subscriptions.current(states._user(states.ASKED_TO_PAY_MORE))
    assert prices.rise_without_consent(subscription) == 990000
    assert prices.is_time_to_ask(subscription, at=now)
