"""The gateways, one file each.

Their client libraries are imported when a gateway is first used, not at start.
"""

from django.utils.translation import gettext_lazy as _

from billing.gateways.base import Gateway
from billing.gateways.demo import DemoGateway
from billing.gateways.portone import PortOneGateway
from billing.gateways.stripe import StripeGateway
from core.text_format import Text

DEMO = DemoGateway()
_ALL: tuple[Gateway, ...] = (PortOneGateway(), StripeGateway(), DEMO)
GATEWAYS: dict[str, Gateway] = {gateway.name: gateway for gateway in _ALL}

# What people call them.
LABELS: dict[str, Text] = {"portone": "PortOne", "stripe": "Stripe", "demo": _("데모")}


def named(name: str) -> Gateway:
    """Raises KeyError for a gateway that does not exist."""
    return GATEWAYS[name]


def label(name: str) -> str:
    """What people call a gateway; one that is gone keeps its name."""
    return str(LABELS.get(name, name))


def offered(currency: str = "KRW") -> Gateway | None:
    """The gateway for new payments in this currency; None while none is set up.

    Won are charged through PortOne, other currencies through Stripe, where both are set up.
    """
    ready = [gateway for gateway in GATEWAYS.values() if gateway.is_set_up()]
    if currency != "KRW":
        ready = [gateway for gateway in ready if gateway.name != "portone"]
    return ready[0] if ready else None
