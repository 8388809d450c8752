"""Amounts as people read them: 9,900원 in Korean, ₩9,900 in English, $9.90."""

from django.utils.translation import get_language

from billing import money

SIGNS = {"KRW": "₩", "USD": "$", "JPY": "¥"}


def text(amount: int, currency: str = "KRW") -> str:
    """The amount with its unit; a negative one with a minus sign."""
    sign = "−" if amount < 0 else ""
    if money.SMALLEST_UNIT[currency] == 1:
        return f"{sign}{SIGNS[currency]}{abs(amount) / 100:,.2f}"
    number = f"{abs(amount) // 100:,}"
    if currency == "KRW" and get_language() != "en":
        return f"{sign}{number}원"
    return f"{sign}{SIGNS[currency]}{number}"
