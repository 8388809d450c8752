"""What an alert is about, in the words of staff: "대행사: 9,000원 · 장부: 9,900원"."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from billing.pages import amounts
from core.text_format import Text

NAMES: dict[str, Text] = {
    "difference": _("다른 것"),
    "gateway": _("대행사"),
    "ledger": _("장부"),
    "reason": _("까닭"),
    "amount": _("금액"),
    "due": _("기한"),
    "interest": _("이자"),
    "interest_on": _("이자를 센 날"),
    "charged": _("결제한 금액"),
    "forecast": _("예상한 금액"),
}
# In hundredths of won.
_AMOUNTS = {"amount", "interest", "charged", "forecast"}


def told(facts: dict[str, Any]) -> list[str]:
    """Each fact with its name; one without a name keeps its key."""
    return [f"{NAMES.get(name, name)}: {_value(name, value)}" for name, value in facts.items()]


def _value(name: str, value: Any) -> str:
    return amounts.text(value) if name in _AMOUNTS and isinstance(value, int) else str(value)
