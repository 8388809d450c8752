"""A gateway for machines without one: development, tests and demonstrations.

It takes no money.

Its ledger is an SQLite file beside the other data, so that web and worker see the same, and it keeps the promises of a
real gateway: one payment per key, refunds, disputes, signed webhooks. Cards that end in 0002 are declined; 0341 can be
registered and is declined when charged; a charge of 0119 stays under way, as at a bank that does not answer.
"""

import datetime as dt
import hashlib
import hmac
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.utils import timezone

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
    VerifiedEvent,
)

# What its cards are called, as a real gateway names its own; pages translate it.
CARD = "데모 카드"
TOLERANCE = dt.timedelta(minutes=5)
REFUSED_AT_ONCE, REFUSED_LATER, UNDECIDED = "0002", "0341", "0119"
_TABLES = """
    CREATE TABLE IF NOT EXISTS payments (
        key TEXT PRIMARY KEY, id TEXT, state TEXT, amount INTEGER, currency TEXT, method TEXT, reason TEXT, at TEXT);
    CREATE TABLE IF NOT EXISTS refunds (
        id TEXT PRIMARY KEY, payment TEXT, key TEXT, amount INTEGER, UNIQUE (payment, key));
    CREATE TABLE IF NOT EXISTS disputes (id TEXT PRIMARY KEY, payment TEXT, amount INTEGER, state TEXT);
    CREATE TABLE IF NOT EXISTS methods (reference TEXT PRIMARY KEY, token TEXT);
    CREATE TABLE IF NOT EXISTS forgotten (token TEXT PRIMARY KEY);
"""


class DemoGateway:
    name = "demo"
    setting_names: tuple[str, ...] = ()
    browser_brings_reference = False
    dispute_events: Mapping[str, bool] = {}

    def is_set_up(self) -> bool:
        """In development only: on a public machine it would give plans away."""
        return bool(settings.DEVELOPMENT)

    def register(self, *, customer: str, return_url: str, reference: str, currency: str) -> Registration:
        return Registration(reference=reference, url=f"{settings.SITE_URL}/billing/demo/{reference}/")

    def enter_card(self, reference: str, *, number: str) -> None:
        """What the person does on the demo's own page.

        Raises MethodRefused.
        """
        digits = "".join(character for character in number if character.isdigit())
        if len(digits) < 4 or digits.endswith(REFUSED_AT_ONCE):
            raise MethodRefused("card_declined")
        with self._ledger() as ledger:
            ledger.execute("INSERT OR REPLACE INTO methods VALUES (?, ?)", [reference, self.token(digits[-4:])])

    def token(self, last4: str) -> str:
        """What charges a card: its last digits and a random part."""
        return f"demo_{last4}_{uuid4().hex}"

    def registered(self, reference: str, *, customer: str) -> Method:
        with self._ledger() as ledger:
            row = ledger.execute("SELECT token FROM methods WHERE reference = ?", [reference]).fetchone()
        if row is None:
            raise MethodRefused("unknown")
        return Method(token=row[0], label=_label(row[0]))

    def charge(self, order: Order) -> GatewayPayment:
        with self._ledger() as ledger:
            is_gone = ledger.execute("SELECT 1 FROM forgotten WHERE token = ?", [order.token]).fetchone()
            is_refused = is_gone or not order.token.startswith("demo_") or f"_{REFUSED_LATER}_" in order.token
            state, reason = (PaymentState.FAILED, "card_declined") if is_refused else (PaymentState.PAID, "")
            if f"_{UNDECIDED}_" in order.token and not is_gone:
                state = PaymentState.PENDING
            ledger.execute(
                "INSERT OR IGNORE INTO payments VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    order.key,
                    f"pay_{uuid4().hex}",
                    state,
                    order.amount,
                    order.currency,
                    _label(order.token),
                    reason,
                    _now(),
                ],
            )
        return self._existing(order.key)

    def find(self, order: Order) -> GatewayPayment | None:
        return self._payment(order.key)

    def refund(self, order: RefundOrder) -> GatewayPayment:
        payment = self._existing(order.payment.key)
        if not any(refund.key == order.key for refund in payment.refunds):
            if sum(refund.amount for refund in payment.refunds) + order.amount > payment.amount:
                raise GatewayError("amount_too_large")
            self.refund_in_console(order.payment.key, amount=order.amount, key=order.key)
        return self._existing(order.payment.key)

    def forget(self, method: Method) -> None:
        with self._ledger() as ledger:
            ledger.execute("INSERT OR IGNORE INTO forgotten VALUES (?)", [method.token])

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> VerifiedEvent:
        sent = headers.get("Demo-Timestamp", "")
        if not hmac.compare_digest(self.signature(body, sent), headers.get("Demo-Signature", "")):
            raise BadSignature("signature")
        if (
            not sent.isdecimal()
            or len(sent) > 12
            or abs(timezone.now().timestamp() - int(sent)) > TOLERANCE.total_seconds()
        ):
            raise BadSignature("time")
        event = json.loads(body)
        return VerifiedEvent(event["id"], event["type"], event.get("key", ""))

    def changed_between(self, since: dt.datetime, until: dt.datetime) -> Iterator[GatewayPayment]:
        with self._ledger() as ledger:
            span = [since.isoformat(), until.isoformat()]
            keys = ledger.execute("SELECT key FROM payments WHERE at >= ? AND at <= ? ORDER BY at", span).fetchall()
            changed = [_read(ledger, key) for (key,) in keys]
        yield from (payment for payment in changed if payment is not None)

    def disputed_between(self, since: dt.datetime, until: dt.datetime) -> Iterator[GatewayPayment]:
        """None: a dispute changes its payment."""
        return iter(())

    # ── What its console and its webhooks do ──

    def refund_in_console(self, payment: str, *, amount: int, key: str = "") -> None:
        with self._ledger() as ledger:
            refund = f"re_{uuid4().hex}"
            ledger.execute("INSERT INTO refunds VALUES (?, ?, ?, ?)", [refund, payment, key or refund, amount])
            ledger.execute("UPDATE payments SET at = ? WHERE key = ?", [_now(), payment])

    def dispute(self, payment: str, *, state: DisputeState) -> None:
        """Opens or decides a chargeback."""
        amount = self._existing(payment).amount
        with self._ledger() as ledger:
            ledger.execute(
                "INSERT OR REPLACE INTO disputes VALUES (?, ?, ?, ?)", [f"dp_{payment}", payment, amount, state]
            )
            ledger.execute("UPDATE payments SET at = ? WHERE key = ?", [_now(), payment])

    def signature(self, body: bytes, sent: str) -> str:
        return hmac.new(settings.SECRET_KEY.encode(), sent.encode() + b"." + body, hashlib.sha256).hexdigest()

    def _existing(self, key: str) -> GatewayPayment:
        payment = self._payment(key)
        if payment is None:
            raise GatewayError("unknown payment")
        return payment

    def _payment(self, key: str) -> GatewayPayment | None:
        with self._ledger() as ledger:
            return _read(ledger, key)

    @contextmanager
    def _ledger(self) -> Iterator[sqlite3.Connection]:
        """One transaction on the ledger."""
        path = Path(settings.DEMO_GATEWAY)
        connection = sqlite3.connect(path, timeout=10)
        try:
            connection.execute("PRAGMA synchronous = OFF")
            connection.executescript(_TABLES)
            with connection:
                yield connection
        finally:
            connection.close()


def _read(ledger: sqlite3.Connection, key: str) -> GatewayPayment | None:
    row = ledger.execute(
        "SELECT id, state, amount, currency, method, reason FROM payments WHERE key = ?", [key]
    ).fetchone()
    if row is None:
        return None
    refunds = ledger.execute("SELECT id, key, amount FROM refunds WHERE payment = ? ORDER BY rowid", [key]).fetchall()
    disputes = ledger.execute("SELECT id, amount, state FROM disputes WHERE payment = ?", [key]).fetchall()
    pay_id, state, amount, currency, method, reason = row
    return GatewayPayment(
        key,
        pay_id,
        PaymentState(state),
        amount,
        currency,
        method,
        reason,
        tuple(GatewayRefund(a, "" if k == a else k, n, PaymentState.PAID) for a, k, n in refunds),
        tuple(GatewayDispute(a, n, DisputeState(s)) for a, n, s in disputes),
    )


def _label(token: str) -> str:
    return f"{CARD} •••• {token.split('_')[1]}" if token.startswith("demo_") else ""


def _now() -> str:
    return timezone.now().isoformat()
