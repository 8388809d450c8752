"""A server that answers like Stripe, as far as billing/gateways/stripe.py asks.

Each answer is Stripe's own example of that resource (stripe-fixtures3.json, from github.com/stripe/openapi, MIT licence)
with the values of this ledger, so it has every field that Stripe sends. The same idempotency key with another body is
refused, and webhooks are signed.
"""

import copy
import hashlib
import hmac
import json
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl

from tests.fakes.gateway_ledger import DECLINED, FakeGateway, Payment, Refund

FIXTURES = json.loads(Path(__file__).with_name("stripe-fixtures3.json").read_text())["resources"]
SECRET = "whsec_fake"
STATES = {"paid": "succeeded", "failed": "requires_payment_method"}
# One that the cardholder withdraws before it becomes a chargeback.
DISPUTES = {"open": "needs_response", "won": "won", "lost": "lost", "withdrawn": "warning_closed"}


def example(resource: str, **values) -> dict:
    return {**copy.deepcopy(FIXTURES[resource]), **values}


def listed(url: str, data: list[dict]) -> dict:
    return {"object": "list", "data": data, "has_more": False, "url": url}


class FakeStripe(FakeGateway):
    def __init__(self) -> None:
        super().__init__()
        self.sessions: dict[str, dict] = {}
        self.answers: dict[str, tuple[str, tuple[int, dict]]] = {}
        self.events: list[dict] = []

    def complete(self, session_id: str, *, last4: str = "4242") -> None:
        """What the person does on Stripe's page."""
        method = f"pm_{self.number()}"
        self.methods[method] = last4
        self.sessions[session_id] |= {"status": "complete", "method": method}

    def webhook(self, key: str, *, kind: str = "payment_intent.succeeded", at: int) -> tuple[bytes, dict[str, str]]:
        """A signed webhook about a payment."""
        event = self._event(kind, self._intent(self.payments[key]), at=at)
        return self.sign(json.dumps(event).encode(), at=at)

    def sign(self, body: bytes, *, at: int) -> tuple[bytes, dict[str, str]]:
        signature = hmac.new(SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        return body, {"Stripe-Signature": f"t={at},v1={signature}"}

    def _event(self, kind: str, about: dict, *, at: int) -> dict:
        data = {"object": about}
        return example("event", id=f"evt_{self.number()}", type=kind, created=at, data=data)

    def fail_refunds(self, key: str) -> None:
        super().fail_refunds(key)
        payment = self.payments[key]
        for refund in payment.refunds:
            self.events.append(self._event("refund.failed", self._refund(payment, refund), at=int(self.now())))

    def dispute_in_console(self, key: str, state: str) -> None:
        super().dispute_in_console(key, state)
        kind = "charge.dispute.created" if state == "open" else "charge.dispute.closed"
        self.events.append(self._event(kind, self._dispute(self.payments[key]), at=int(self.now())))

    def refund_in_console(self, key: str, units: int) -> None:
        super().refund_in_console(key, units)
        payment = self.payments[key]
        charge = self._charge(payment)
        self.events.append(self._event("charge.refunded", charge, at=int(self.now())))

    # ── HTTP ──

    def handle(self, method: str, path: str, query: str, headers, body: bytes) -> tuple[int, dict]:
        key = headers.get("Idempotency-Key", "") if method == "POST" else ""
        sent = f"{path} {body.decode()}"
        if key in self.answers:
            before, answer = self.answers[key]
            return answer if before == sent else self._idempotency_error()
        answer = self._route(method, path.removeprefix("/v1/"), dict(parse_qsl(query or body.decode())))
        if key:
            self.answers[key] = (sent, answer)
        return answer

    def _idempotency_error(self) -> tuple[int, dict]:
        message = "Keys for idempotent requests can only be used with the same parameters they were first used with."
        return 400, {"error": {"type": "idempotency_error", "message": message}}

    def _missing(self) -> tuple[int, dict]:
        return 404, {
            "error": {"type": "invalid_request_error", "code": "resource_missing", "message": "No such object"}
        }

    def _route(self, method: str, path: str, sent: dict[str, str]) -> tuple[int, dict]:
        routes: list[tuple[str, str, Callable[..., tuple[int, dict]]]] = [
            ("POST", "customers", self._create_customer),
            ("POST", "checkout/sessions", self._create_session),
            ("GET", "checkout/sessions/(.+)", self._get_session),
            ("POST", "payment_intents", self._create_intent),
            ("GET", "payment_intents/(.+)", self._get_intent),
            ("GET", "payment_intents", self._list_intents),
            ("POST", "refunds", self._create_refund),
            ("GET", "refunds", self._list_refunds),
            ("GET", "disputes", self._list_disputes),
            ("GET", "events", self._list_events),
            ("POST", "payment_methods/(.+)/detach", self._detach),
        ]
        for verb, pattern, answer in routes:
            found = re.fullmatch(pattern, path)
            if verb == method and found:
                return answer(sent, *found.groups())
        return self._missing()

    def _create_customer(self, sent: dict[str, str]) -> tuple[int, dict]:
        return 200, example(
            "customer", id=f"cus_{self.number()}", metadata={"person": sent.get("metadata[person]", "")}
        )

    def _create_session(self, sent: dict[str, str]) -> tuple[int, dict]:
        session_id = f"cs_{self.number()}"
        self.sessions[session_id] = {"customer": sent["customer"], "status": "open", "method": ""}
        return 200, self._session(session_id)

    def _get_session(self, _sent: dict[str, str], session_id: str) -> tuple[int, dict]:
        return (200, self._session(session_id)) if session_id in self.sessions else self._missing()

    def _session(self, session_id: str) -> dict:
        facts, intent = self.sessions[session_id], None
        if facts["method"]:
            method = self._method(facts["method"], facts["customer"])
            intent = example("setup_intent", customer=facts["customer"], payment_method=method, status="succeeded")
        return example(
            "checkout.session",
            id=session_id,
            mode="setup",
            customer=facts["customer"],
            status=facts["status"],
            setup_intent=intent,
            url=f"https://checkout.stripe.com/c/pay/{session_id}",
        )

    def _method(self, method: str, customer: str) -> dict:
        found = example("payment_method", id=method, customer=customer, type="card")
        found["card"] = {**found["card"], "brand": "visa", "last4": self.methods[method]}
        return found

    def _create_intent(self, sent: dict[str, str]) -> tuple[int, dict]:
        method = sent["payment_method"]
        is_gone = method in self.forgotten or method not in self.methods
        state = "failed" if is_gone or self.methods[method] == DECLINED else "paid"
        key = sent["metadata[key]"]
        payment = Payment(
            f"pi_{self.number()}", key, int(sent["amount"]), sent["currency"], sent["customer"], method, state,
            int(self.now()),
        )  # fmt: skip
        self.payments[key] = payment
        if state == "paid":
            return 200, self._intent(payment)
        error = {"type": "card_error", "code": "card_declined", "message": "Your card was declined."}
        return 402, {"error": {**error, "payment_intent": self._intent(payment)}}

    def _intent(self, payment: Payment) -> dict:
        return example(
            "payment_intent",
            id=payment.id,
            amount=payment.units,
            amount_received=payment.units if payment.state == "paid" else 0,
            created=payment.made_at,
            currency=payment.currency,
            customer=payment.customer,
            metadata={"key": payment.key},
            status=STATES[payment.state],
            latest_charge=self._charge(payment) if payment.state == "paid" else None,
            next_action=None,
        )

    def _charge(self, payment: Payment) -> dict:
        found = example(
            "charge",
            id=payment.id.replace("pi_", "ch_"),
            amount=payment.units,
            amount_refunded=sum(refund.units for refund in payment.refunds),
            currency=payment.currency,
            customer=payment.customer,
            disputed=bool(payment.dispute),
            payment_intent=payment.id,
        )
        card = {**found["payment_method_details"]["card"], "brand": "visa", "last4": self.methods[payment.method]}
        found["payment_method_details"] = {**found["payment_method_details"], "type": "card", "card": card}
        return found

    def _by_id(self, intent_id: str) -> Payment | None:
        return next((payment for payment in self.payments.values() if payment.id == intent_id), None)

    def _get_intent(self, _sent: dict[str, str], intent_id: str) -> tuple[int, dict]:
        payment = self._by_id(intent_id)
        return (200, self._intent(payment)) if payment else self._missing()

    def _list_intents(self, sent: dict[str, str]) -> tuple[int, dict]:
        first, last = int(sent.get("created[gte]", 0)), int(sent.get("created[lte]", 2**40))
        found = [
            self._intent(payment)
            for payment in reversed(self.payments.values())
            if sent.get("customer", payment.customer) == payment.customer and first <= payment.made_at <= last
        ]
        return 200, listed("/v1/payment_intents", found)

    def _create_refund(self, sent: dict[str, str]) -> tuple[int, dict]:
        payment = self._by_id(sent["payment_intent"])
        if payment is None:
            return self._missing()
        units = int(sent["amount"])
        if sum(refund.units for refund in payment.refunds) + units > payment.units:
            error = {"type": "invalid_request_error", "code": "charge_already_refunded", "message": "too much"}
            return 400, {"error": error}
        payment.refunds.append(Refund(f"re_{self.number()}", sent["metadata[key]"], units))
        return 200, self._refund(payment, payment.refunds[-1])

    def _refund(self, payment: Payment, refund: Refund) -> dict:
        metadata = {"key": refund.key} if refund.key else {}
        return example(
            "refund",
            id=refund.id,
            amount=refund.units,
            currency=payment.currency,
            payment_intent=payment.id,
            metadata=metadata,
            status=refund.state,
        )

    def _list_refunds(self, sent: dict[str, str]) -> tuple[int, dict]:
        payment = self._by_id(sent["payment_intent"])
        refunds = [self._refund(payment, refund) for refund in payment.refunds] if payment else []
        return 200, listed("/v1/refunds", refunds)

    def _dispute(self, payment: Payment) -> dict:
        return example(
            "dispute",
            id=payment.id.replace("pi_", "dp_"),
            amount=payment.units,
            currency=payment.currency,
            payment_intent=payment.id,
            status=DISPUTES[payment.dispute],
        )

    def _list_disputes(self, sent: dict[str, str]) -> tuple[int, dict]:
        payment = self._by_id(sent["payment_intent"])
        return 200, listed("/v1/disputes", [self._dispute(payment)] if payment and payment.dispute else [])

    def _list_events(self, sent: dict[str, str]) -> tuple[int, dict]:
        first, last = int(sent.get("created[gte]", 0)), int(sent.get("created[lte]", 2**40))
        found = [event for event in self.events if event["type"] == sent["type"] and first <= event["created"] <= last]
        return 200, listed("/v1/events", found)

    def _detach(self, _sent: dict[str, str], method: str) -> tuple[int, dict]:
        if method not in self.methods:
            return self._missing()
        self.forgotten.add(method)
        return 200, self._method(method, "")
