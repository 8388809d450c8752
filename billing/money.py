"""Amounts: hundredths of a currency, won included.

Pure functions: no database and no clock.

The schema document stores 9,900원 as 990000. Gateways count in the smallest unit that the currency has: 9900 for
9,900원, 990 for $9.90. Only `to_gateway` and `from_gateway` convert.
"""

from typing import NamedTuple

# Hundredths in the smallest unit of each currency that we sell in.
SMALLEST_UNIT = {"KRW": 100, "USD": 1, "JPY": 100}
VAT_PERCENT = 10


class NotWhole(ValueError):
    """The amount has a part smaller than the currency's smallest unit."""


class Vat(NamedTuple):
    """An amount with VAT in it, split; the parts add up to the amount."""

    supply: int
    vat: int


def to_gateway(amount: int, currency: str) -> int:
    """The amount in the currency's smallest unit.

    Raises NotWhole, KeyError for an unknown currency.
    """
    units, rest = divmod(amount, SMALLEST_UNIT[currency])
    if rest:
        raise NotWhole(f"{amount} {currency}")
    return units


def from_gateway(units: int, currency: str) -> int:
    """The reverse of `to_gateway`.

    Raises KeyError.
    """
    return units * SMALLEST_UNIT[currency.upper()]


def vat(amount: int, currency: str = "KRW") -> Vat:
    """The VAT in an amount: total − round(total ÷ 1.1), in whole units of the currency.

    Prices in won include VAT; prices in other currencies are for people abroad, whose sales bear none.
    """
    if currency != "KRW":
        return Vat(amount, 0)
    unit = SMALLEST_UNIT[currency]
    total = to_gateway(amount, currency)
    percent = 100 + VAT_PERCENT
    # total ÷ 1.1, rounded to the nearest won. It is never an exact half, so each way of rounding gives the same.
    supply = (2 * 100 * total + percent) // (2 * percent)
    return Vat(supply * unit, (total - supply) * unit)


def share(amount: int, part: int, whole: int, currency: str) -> int:
    """`amount` × `part` ÷ `whole`, rounded down to a whole unit of the currency."""
    unit = SMALLEST_UNIT[currency]
    return amount * part // whole // unit * unit
