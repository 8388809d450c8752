"""A number with its unit, as one reads it: 8잔, 30 min, 3번."""

from django.utils.translation import gettext, ngettext


def amount(number: int, unit: str | None) -> str:
    """A unit in Latin letters stands apart from its number; without a unit it is times."""
    if not unit:
        return ngettext("%(n)d번", "%(n)d번", number) % {"n": number}
    if unit[0].isascii() and unit[0].isalpha():
        return f"{number} {unit}"
    return gettext("%(n)d%(unit)s") % {"n": number, "unit": unit}
