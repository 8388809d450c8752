"""A server that answers like PortOne V2, as far as billing/gateways/portone.py asks; its SDK reads every answer.

A payment's id is its key: a second charge with it is ALREADY_PAID. A cancellation names what was cancellable before it.
Webhooks are signed as Standard Webhooks; the time in the body stays the same when one is sent again. A payment lists its
disputes only while nothing of it was cancelled, and the webhooks sent for it always. A dispute changes none of its times.
"""

import base64
import datetime as dt
import hashlib
import hmac
import json
import re
from collections.abc import Callable
from urllib.parse import parse_qsl, unquote

from tests.fakes.gateway_ledger import DECLINED, FakeGateway, Payment, Refund

KEY = b"s" * 32
SECRET = "whsec_" + base64.b64encode(KEY).decode()
CHANNEL = {
    "type": "LIVE",
    "id": "channel-1",
    "key": "channel-key",
    "name": "카드",
    "pgProvider": "TOSSPAYMENTS",
    "pgMerchantId": "m",
}


def instant(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat().replace("+00:00", "Z")


class FakePortOne(FakeGateway):
    def __init__(self) -> None:
        super().__init__()
        self.owners: dict[str, str] = {}
        self.cancelled: dict[str, float] = {}
        # The webhooks sent for each payment. None arrives by itself: tests deliver their own.
        self.sent: dict[str, list[dict]] = {}
        # Whether the payments list them already.
        self.lists_webhooks = True

    def issue(self, customer: str, *, last4: str = "4242") -> str:
        """What the browser SDK does: a billing key for the person."""
        key = f"billing-key-{self.number()}"
        self.methods[key], self.owners[key] = last4, customer
        return key

    def webhook(
        self, key: str, *, kind: str = "Transaction.Paid", at: int, event_id: str = ""
    ) -> tuple[bytes, dict[str, str]]:
        body = self._body(key, kind, self.payments[key].made_at).encode()
        return self.sign(body, at=at, event_id=event_id or f"event-{self.number()}")

    def _body(self, key: str, kind: str, at: float) -> str:
        data = {"storeId": "store", "paymentId": key, "transactionId": self.payments[key].id}
        return json.dumps({"type": kind, "timestamp": instant(at), "data": data})

    def send(self, key: str, kind: str, trigger: str = "", *, times: int = 1) -> None:
        """A webhook that nobody takes; sent again it keeps the time in its body."""
        body = self._body(key, kind, self.now())
        for count in range(1, times + 1):
            entry = {
                "id": f"webhook-{self.number()}",
                "paymentStatus": self._status(self.payments[key]),
                "status": "FAILED_NOT_OK_RESPONSE",
                "url": "https://wellness.example/billing/webhooks/portone/",
                "isAsync": bool(trigger),
                "currentExecutionCount": count,
                "maxExecutionCount": 5,
                "request": {"header": "", "body": body, "requestedAt": instant(self.now())},
                "triggeredAt": instant(self.now()),
            }
            self.sent.setdefault(key, []).append(entry | ({"trigger": trigger} if trigger else {}))

    def sign(self, body: bytes, *, at: int, event_id: str = "event") -> tuple[bytes, dict[str, str]]:
        signed = hmac.new(KEY, f"{event_id}.{at}.".encode() + body, hashlib.sha256).digest()
        signature = "v1," + base64.b64encode(signed).decode()
        return body, {"webhook-id": event_id, "webhook-timestamp": str(at), "webhook-signature": signature}

    def refund_in_console(self, key: str, units: int) -> None:
        super().refund_in_console(key, units)
        self.cancelled[key] = self.now()

    def fail_refunds(self, key: str) -> None:
        super().fail_refunds(key)
        self.cancelled.pop(key, None)

    def dispute_in_console(self, key: str, state: str) -> None:
        before = self.payments[key].dispute
        super().dispute_in_console(key, state)
        if not before:
            self.send(key, "Transaction.DisputeCreated", "DISPUTE_CREATED", times=2)
        if state in ("won", "withdrawn"):
            self.send(key, "Transaction.DisputeResolved", "DISPUTE_RESOLVED")
        elif state == "lost":
            # PortOne has no lost dispute: the payment is cancelled.
            self.refund_in_console(key, self.payments[key].units)

    # ── HTTP ──

    def handle(self, method: str, path: str, query: str, headers, body: bytes) -> tuple[int, dict]:
        path = unquote(path).strip("/")
        sent = json.loads(body or b"{}") or json.loads(dict(parse_qsl(query)).get("requestBody", "{}"))
        routes: list[tuple[str, str, Callable[..., tuple[int, dict]]]] = [
            ("POST", "payments/(.+)/billing-key", self._charge),
            ("POST", "payments/(.+)/cancel", self._cancel),
            ("GET", "payments/(.+)", self._get),
            ("GET", "payments", self._list),
            ("GET", "billing-keys/(.+)", self._get_key),
            ("DELETE", "billing-keys/(.+)", self._delete_key),
        ]
        for verb, pattern, answer in routes:
            found = re.fullmatch(pattern, path)
            if verb == method and found:
                return answer(sent, *found.groups())
        return 404, {"type": "INVALID_REQUEST", "message": path}

    def _charge(self, sent: dict, key: str) -> tuple[int, dict]:
        if key in self.payments and self.payments[key].state == "paid":
            return 409, {"type": "ALREADY_PAID", "message": "already paid"}
        billing_key = sent["billingKey"]
        if billing_key not in self.methods or billing_key in self.forgotten:
            return 404, {"type": "BILLING_KEY_NOT_FOUND", "message": "not found"}
        state = "failed" if self.methods[billing_key] == DECLINED else "paid"
        self.payments[key] = Payment(
            f"tx-{self.number()}", key, sent["amount"]["total"], sent["currency"], sent["customer"]["id"], billing_key, state,
            int(self.now()),
        )  # fmt: skip
        if state == "failed":
            return 502, {"type": "PG_PROVIDER", "message": "declined", "pgCode": "51", "pgMessage": "한도 초과"}
        return 200, {"payment": {"pgTxId": "pg-1", "paidAt": instant(self.now())}}

    def _cancel(self, sent: dict, key: str) -> tuple[int, dict]:
        payment = self.payments.get(key)
        if payment is None:
            return 404, {"type": "PAYMENT_NOT_FOUND", "message": "not found"}
        left = payment.units - sum(refund.units for refund in payment.refunds)
        if sent.get("currentCancellableAmount", left) != left:
            return 409, {"type": "CANCELLABLE_AMOUNT_CONSISTENCY_BROKEN", "message": "changed"}
        if sent["amount"] > left:
            return 409, {"type": "CANCEL_AMOUNT_EXCEEDS_CANCELLABLE_AMOUNT", "message": "too much"}
        payment.refunds.append(Refund(f"re_{self.number()}", sent["reason"], sent["amount"]))
        self.cancelled[key] = self.now()
        return 200, {"cancellation": self._cancellation(payment.refunds[-1])}

    def _cancellation(self, refund: Refund) -> dict:
        return {
            "status": "SUCCEEDED" if refund.state == "succeeded" else "FAILED",
            "id": refund.id,
            "totalAmount": refund.units,
            "taxFreeAmount": 0,
            "vatAmount": refund.units - round(refund.units / 1.1),
            "reason": refund.key or "콘솔에서 취소",
            "requestedAt": instant(0),
            "cancelledAt": instant(0),
        }

    def _get(self, _sent: dict, key: str) -> tuple[int, dict]:
        if key not in self.payments:
            return 404, {"type": "PAYMENT_NOT_FOUND", "message": "not found"}
        return 200, self._payment(self.payments[key])

    def _list(self, sent: dict) -> tuple[int, dict]:
        wanted = sent["filter"]
        first, last = (dt.datetime.fromisoformat(wanted[name]).timestamp() for name in ("from", "until"))
        keys = [
            payment.key
            for payment in self.payments.values()
            if first <= self._time(payment, wanted["timestampType"]) <= last
            and self._status(payment) in wanted.get("status", [self._status(payment)])
        ]
        number, size = sent["page"]["number"], sent["page"]["size"]
        items = [self._payment(self.payments[key]) for key in keys[number * size : (number + 1) * size]]
        return 200, {"items": items, "page": {"number": number, "size": size, "totalCount": len(keys)}}

    def _time(self, payment: Payment, kind: str) -> float:
        """When a payment was made, or when it was cancelled or else made."""
        return payment.made_at if kind == "CREATED_AT" else self.cancelled.get(payment.key, payment.made_at)

    def _gone(self, payment: Payment) -> int:
        return sum(refund.units for refund in payment.refunds if refund.state != "failed")

    def _status(self, payment: Payment) -> str:
        if payment.state == "failed":
            return "FAILED"
        gone = self._gone(payment)
        return "PAID" if not gone else "CANCELLED" if gone == payment.units else "PARTIAL_CANCELLED"

    def _payment(self, payment: Payment) -> dict:
        at, gone, status = instant(payment.made_at), self._gone(payment), self._status(payment)
        card = {
            "publisher": "SHINHAN_CARD",
            "issuer": "SHINHAN_CARD",
            "name": "신한카드",
            "number": f"433012******{self.methods[payment.method]}",
        }
        return {
            "status": status,
            "id": payment.key,
            "transactionId": payment.id,
            "merchantId": "merchant",
            "storeId": "store",
            "channel": CHANNEL,
            "version": "V2",
            "requestedAt": at,
            "updatedAt": at,
            "statusChangedAt": instant(self._time(payment, "STATUS_CHANGED_AT")),
            "orderName": "WellnessAI",
            "amount": {
                "total": payment.units,
                "taxFree": 0,
                "vat": 0,
                "supply": payment.units,
                "discount": 0,
                "paid": payment.units,
                "cancelled": gone,
                "cancelledTaxFree": 0,
            },
            "currency": payment.currency,
            "customer": {"id": payment.customer},
            "origin": {"url": "https://wellness.example", "platformType": "PC", "ipAddress": "203.0.113.1"},
            "method": {"type": "PaymentMethodCard", "card": card},
            "webhooks": self.sent.get(payment.key, []) if self.lists_webhooks else [],
            **self._of_status(payment, status),
        }

    def _of_status(self, payment: Payment, status: str) -> dict:
        """What only payments in this state have."""
        at = instant(self._time(payment, "STATUS_CHANGED_AT"))
        if status == "FAILED":
            return {"failedAt": at, "failure": {"reason": "한도 초과", "pgCode": "51", "pgMessage": "한도 초과"}}
        more = {
            "paidAt": instant(payment.made_at),
            "cancellations": [self._cancellation(refund) for refund in payment.refunds],
        }
        return more | ({"disputes": self._disputes(payment)} if status == "PAID" else {"cancelledAt": at})

    def _disputes(self, payment: Payment) -> list[dict]:
        if not payment.dispute:
            return []
        state = "UNRESOLVED" if payment.dispute == "open" else "RESOLVED"
        dispute = {"status": state, "reason": "fraud", "createdAt": instant(payment.made_at)}
        return [dispute | {"pgDisputeId": f"dispute-{payment.id}"}]

    def _get_key(self, _sent: dict, billing_key: str) -> tuple[int, dict]:
        if billing_key not in self.methods or billing_key in self.forgotten:
            return 404, {"type": "BILLING_KEY_NOT_FOUND", "message": "not found"}
        card = {"name": "신한카드", "number": f"433012******{self.methods[billing_key]}"}
        return 200, {
            "status": "ISSUED",
            "billingKey": billing_key,
            "merchantId": "merchant",
            "storeId": "store",
            "channels": [CHANNEL],
            "customer": {"id": self.owners[billing_key]},
            "issuedAt": instant(0),
            "methods": [{"type": "BillingKeyPaymentMethodCard", "card": card}],
        }

    def _delete_key(self, _sent: dict, billing_key: str) -> tuple[int, dict]:
        if billing_key not in self.methods or billing_key in self.forgotten:
            return 404, {"type": "BILLING_KEY_NOT_FOUND", "message": "not found"}
        self.forgotten.add(billing_key)
        return 200, {"deletedAt": instant(self.now())}
