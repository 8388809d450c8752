"""Stripe: cards everywhere.

Checkout registers a card (`mode=setup`), payment intents charge it off session.

Stripe Billing is not used: with it two clocks would renew (docs/adr has the reasons). Our key goes with each call as the
idempotency key and with each payment as metadata. A payment whose answer was lost is found among the customer's payments:
the list is consistent at once, where the search is up to an hour behind.
"""

import contextlib
import datetime as dt
import functools
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from django.conf import settings

from billing import money
from billing.gateways.base import (
    BadSignature,
    DisputeState,
    GatewayDispute,
    GatewayError,
    GatewayPayment,
    GatewayRefund,
    Method,
    MethodRefused,
    Order,
    PaymentState,
    RefundOrder,
    Registration,
    UnknownOutcome,
    VerifiedEvent,
)

if TYPE_CHECKING:
    from stripe import StripeClient

DISPUTE_EVENTS = {"charge.dispute.created": False, "charge.dispute.updated": False, "charge.dispute.closed": True}
# Events about money that goes back: each names its payment intent.
_RETURNS = ("charge.refunded", "refund.created", "refund.updated", "refund.failed", *DISPUTE_EVENTS)
_STATES = {
    "succeeded": PaymentState.PAID,
    "requires_payment_method": PaymentState.FAILED,
    # Off session nobody is there to confirm.
    "requires_action": PaymentState.FAILED,
    "canceled": PaymentState.FAILED,
    "processing": PaymentState.PENDING,
}
_REFUNDS = {"succeeded": PaymentState.PAID, "failed": PaymentState.FAILED, "canceled": PaymentState.FAILED}
_DISPUTES = {
    "won": DisputeState.WON,
    "warning_closed": DisputeState.WON,
    "prevented": DisputeState.WON,
    "lost": DisputeState.LOST,
}


class StripeGateway:
    name = "stripe"
    setting_names: tuple[str, ...] = ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET")
    browser_brings_reference = False
    dispute_events: Mapping[str, bool] = DISPUTE_EVENTS

    def is_set_up(self) -> bool:
        return bool(settings.STRIPE_SECRET_KEY)

    def register(self, *, customer: str, return_url: str, reference: str, currency: str) -> Registration:
        client = _client()
        with _open_outcomes():
            made = client.v1.customers.create(
                params={"metadata": {"person": customer}}, options={"idempotency_key": f"customer-{reference}"}
            )
            session = client.v1.checkout.sessions.create(
                params={
                    "mode": "setup",
                    "currency": currency.lower(),
                    "customer": made.id,
                    "client_reference_id": reference,
                    "success_url": return_url,
                    "cancel_url": return_url,
                },
                options={"idempotency_key": f"checkout-{reference}"},
            )
        return Registration(reference=session.id, url=session.url or "")

    def registered(self, reference: str, *, customer: str) -> Method:
        with _open_outcomes():
            session = _client().v1.checkout.sessions.retrieve(
                reference, params={"expand": ["setup_intent.payment_method"]}
            )
        intent: Any = session.setup_intent
        if session.status != "complete" or intent is None or intent.payment_method is None:
            raise MethodRefused("not complete")
        method = intent.payment_method
        label = f"{str(method.card.brand).title()} •••• {method.card.last4}" if method.card else str(method.type)
        return Method(token=f"{session.customer} {method.id}", label=label)

    def charge(self, order: Order) -> GatewayPayment:
        import stripe

        customer, _, method = order.token.partition(" ")
        try:
            with _open_outcomes():
                intent = _client().v1.payment_intents.create(
                    params={
                        "amount": money.to_gateway(order.amount, order.currency),
                        "currency": order.currency.lower(),
                        "customer": customer,
                        "payment_method": method,
                        "description": order.title,
                        "metadata": {"key": order.key},
                        "off_session": True,
                        "confirm": True,
                        "expand": ["latest_charge"],
                    },
                    options={"idempotency_key": order.key},
                )
        except stripe.CardError as error:
            failed = error.error.payment_intent.id if error.error and error.error.payment_intent else ""
            reason = error.code or "card_error"
            return GatewayPayment(order.key, failed, PaymentState.FAILED, order.amount, order.currency, reason=reason)
        return self._read(intent)

    def find(self, order: Order) -> GatewayPayment | None:
        import stripe

        try:
            with _open_outcomes():
                if order.id:
                    intent = _client().v1.payment_intents.retrieve(order.id, params={"expand": ["latest_charge"]})
                    return self._read(intent)
                return self._search(order)
        except stripe.InvalidRequestError as error:
            if error.http_status == 404:
                return None
            raise UnknownOutcome("refused") from error

    def _search(self, order: Order) -> GatewayPayment | None:
        params: Any = {"customer": order.token.partition(" ")[0], "limit": 100, "expand": ["data.latest_charge"]}
        for intent in _client().v1.payment_intents.list(params=params).auto_paging_iter():
            if _key(intent) == order.key:
                return self._read(intent)
        return None

    def refund(self, order: RefundOrder) -> GatewayPayment:
        import stripe

        currency = order.payment.currency
        try:
            with _open_outcomes():
                _client().v1.refunds.create(
                    params={
                        "payment_intent": order.payment.id,
                        "amount": money.to_gateway(order.amount, currency),
                        "metadata": {"key": order.key},
                    },
                    options={"idempotency_key": order.key},
                )
        except stripe.InvalidRequestError as error:
            raise GatewayError(error.code or "refused") from error
        payment = self.find(order.payment)
        if payment is None:
            raise UnknownOutcome("not found after its refund")
        return payment

    def forget(self, method: Method) -> None:
        import stripe

        try:
            with _open_outcomes():
                _client().v1.payment_methods.detach(method.token.partition(" ")[2])
        except stripe.InvalidRequestError as error:
            # Detached before, or never attached.
            if error.http_status not in (400, 404):
                raise UnknownOutcome("refused") from error

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> VerifiedEvent:
        import stripe

        try:
            event = stripe.Webhook.construct_event(
                body, headers.get("Stripe-Signature", ""), settings.STRIPE_WEBHOOK_SECRET
            )
        except (ValueError, stripe.SignatureVerificationError) as error:
            raise BadSignature(type(error).__name__) from error
        about = event.data.object.to_dict()
        # Refunds, disputes and charges name their payment intent; an intent is one, and carries our key.
        metadata = about.get("metadata") or {}
        intent = about.get("payment_intent") or (about["id"] if about.get("object") == "payment_intent" else "")
        key = metadata.get("key", "") if about.get("object") == "payment_intent" else ""
        return VerifiedEvent(event.id, event.type, key or str(intent or ""))

    def changed_between(self, since: dt.datetime, until: dt.datetime) -> Iterator[GatewayPayment]:
        """Payments made then, and those with refunds and disputes of the time.

        Payments without a key of ours are another system's.
        """
        span: Any = {"gte": int(since.timestamp()), "lte": int(until.timestamp())}
        with _open_outcomes():
            intents = _client().v1.payment_intents.list(
                params={"created": span, "limit": 100, "expand": ["data.latest_charge"]}
            )
            seen = set()
            for intent in intents.auto_paging_iter():
                seen.add(intent.id)
                if _key(intent):
                    yield self._read(intent)
            for intent_id in self._touched(span) - seen:
                intent = _client().v1.payment_intents.retrieve(intent_id, params={"expand": ["latest_charge"]})
                if _key(intent):
                    yield self._read(intent)

    def disputed_between(self, since: dt.datetime, until: dt.datetime) -> Iterator[GatewayPayment]:
        """None: `changed_between` finds disputes by their events."""
        return iter(())

    def _touched(self, span: Any) -> set[str]:
        touched = set()
        for kind in _RETURNS:
            for event in (
                _client().v1.events.list(params={"created": span, "type": kind, "limit": 100}).auto_paging_iter()
            ):
                touched.add(str(event.data.object.to_dict().get("payment_intent") or ""))
        return touched - {""}

    def _read(self, intent: Any) -> GatewayPayment:
        currency = str(intent.currency).upper()
        state = _STATES.get(str(intent.status), PaymentState.PENDING)
        charge = intent.latest_charge
        error = intent.last_payment_error
        return GatewayPayment(
            key=_key(intent),
            id=intent.id,
            state=state,
            amount=money.from_gateway(intent.amount, currency),
            currency=currency,
            method=_label(charge),
            reason=str(getattr(error, "code", None) or "") if state == PaymentState.FAILED else "",
            refunds=self._refunds(intent, currency) if state == PaymentState.PAID else (),
            disputes=self._disputes(intent, currency) if charge and getattr(charge, "disputed", False) else (),
        )

    def _refunds(self, intent: Any, currency: str) -> tuple[GatewayRefund, ...]:
        found = _client().v1.refunds.list(params={"payment_intent": intent.id, "limit": 100})
        return tuple(
            GatewayRefund(
                refund.id,
                _key(refund),
                money.from_gateway(refund.amount, currency),
                _REFUNDS.get(str(refund.status), PaymentState.PENDING),
            )
            for refund in found.auto_paging_iter()
        )

    def _disputes(self, intent: Any, currency: str) -> tuple[GatewayDispute, ...]:
        found = _client().v1.disputes.list(params={"payment_intent": intent.id, "limit": 100})
        return tuple(
            GatewayDispute(
                dispute.id,
                money.from_gateway(dispute.amount, currency),
                _DISPUTES.get(str(dispute.status), DisputeState.OPEN),
            )
            for dispute in found.auto_paging_iter()
        )


@contextlib.contextmanager
def _open_outcomes() -> Iterator[None]:
    """Raises errors that leave the outcome open as UnknownOutcome; refusals pass as they are."""
    import stripe

    try:
        yield
    except (stripe.CardError, stripe.InvalidRequestError):
        raise
    except stripe.StripeError as error:
        raise UnknownOutcome.of(error) from error


@functools.cache
def _client_of(secret: str, url: str, timeout: float) -> "StripeClient":
    import stripe

    return stripe.StripeClient(
        secret,
        base_addresses={"api": url} if url else {},
        http_client=stripe.RequestsClient(timeout=timeout),
        # The work queue repeats calls, later and with the same key.
        max_network_retries=0,
    )


def _client() -> "StripeClient":
    return _client_of(settings.STRIPE_SECRET_KEY, settings.STRIPE_URL, settings.STRIPE_TIMEOUT)


def _key(thing: Any) -> str:
    """Our key in the metadata of a payment or refund; empty if it has none."""
    return str(thing.metadata.to_dict().get("key", "")) if thing.metadata else ""


def _label(charge: Any) -> str:
    details = getattr(charge, "payment_method_details", None) if charge else None
    card = getattr(details, "card", None)
    return f"{str(card.brand).title()} •••• {card.last4}" if card else ""
