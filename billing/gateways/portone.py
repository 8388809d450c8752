"""PortOne V2: Korean cards and wallets.

Its browser SDK issues a billing key, its server SDK charges it.

The payment's id is our key: a second charge with it is AlreadyPaid. Cancellations have no key; each names the amount that
was cancellable before it, so a repeated one is refused as inconsistent. The body of a webhook keeps its `timestamp` when it
is sent again, so its age is judged by the `webhook-timestamp` header, which the SDK does.

Disputes are listed with a payment only while nothing of it was cancelled. Afterwards they are read from the webhooks that
PortOne lists as sent for it; both are counted in the order of time, so a dispute has the same id in either.
"""

import datetime as dt
import functools
import json
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
    from portone_server_sdk.payment import PaymentClient

# Of the reason of a cancellation, which PortOne keeps: our key is found again by it.
REASON = "WellnessAI {key}"
_STATES = {
    "PaidPayment": PaymentState.PAID,
    "PartialCancelledPayment": PaymentState.PAID,
    "CancelledPayment": PaymentState.PAID,
    "FailedPayment": PaymentState.FAILED,
}
# A dispute that the shop loses ends as a cancellation of the payment.
_DISPUTES = {"UNRESOLVED": DisputeState.OPEN, "RESOLVED": DisputeState.WON}
# Of the webhooks sent for a payment: why they were sent, and their type.
_OPENED = "DISPUTE_CREATED", "Transaction.DisputeCreated"
_RESOLVED = "DISPUTE_RESOLVED", "Transaction.DisputeResolved"
PAGE = 100
# Of payments to be listed at once: months are asked about one by one.
SPAN = dt.timedelta(days=30)


class PortOneGateway:
    name = "portone"
    setting_names: tuple[str, ...] = (
        "PORTONE_API_SECRET",
        "PORTONE_STORE_ID",
        "PORTONE_CHANNEL_KEY",
        "PORTONE_WEBHOOK_SECRET",
    )
    browser_brings_reference = True
    dispute_events: Mapping[str, bool] = {_OPENED[1]: False, _RESOLVED[1]: True}

    def is_set_up(self) -> bool:
        return bool(settings.PORTONE_API_SECRET)

    def register(self, *, customer: str, return_url: str, reference: str, currency: str) -> Registration:
        """PortOne has no page: its script opens the window of the card company on ours."""
        client = {
            "storeId": settings.PORTONE_STORE_ID,
            "channelKey": settings.PORTONE_CHANNEL_KEY,
            "billingKeyMethod": "CARD",
            "issueId": reference,
            "customerId": customer,
            "redirectUrl": return_url,
        }
        return Registration(reference=reference, client=client)

    def registered(self, reference: str, *, customer: str) -> Method:
        """`reference` is the billing key from the browser; it must be issued to this person."""
        import portone_server_sdk.errors as sdk

        try:
            info = _client().billing_key.get_billing_key_info(billing_key=reference)
        except (sdk.BillingKeyNotFoundError, sdk.InvalidRequestError) as error:
            raise MethodRefused("unknown") from error
        except Exception as error:
            raise UnknownOutcome.of(error) from error
        owner = getattr(getattr(info, "customer", None), "id", None)
        if type(info).__name__ != "IssuedBillingKeyInfo" or owner != customer:
            raise MethodRefused("not issued")
        return Method(token=reference, label=_label(getattr(info, "methods", None) or []))

    def charge(self, order: Order) -> GatewayPayment:
        import portone_server_sdk.errors as sdk
        from portone_server_sdk.common import CustomerInput, PaymentAmountInput

        try:
            _client().pay_with_billing_key(
                payment_id=order.key,
                billing_key=order.token,
                order_name=order.title,
                amount=PaymentAmountInput(total=money.to_gateway(order.amount, order.currency)),
                currency=order.currency,
                customer=CustomerInput(id=order.customer),
            )
        except sdk.AlreadyPaidError:
            pass
        except sdk.PgProviderError as error:
            reason = f"{error.pg_code} {error.pg_message}"
            return GatewayPayment(order.key, "", PaymentState.FAILED, order.amount, order.currency, reason=reason)
        except (sdk.BillingKeyNotFoundError, sdk.BillingKeyAlreadyDeletedError) as error:
            reason = type(error).__name__
            return GatewayPayment(order.key, "", PaymentState.FAILED, order.amount, order.currency, reason=reason)
        except Exception as error:
            raise UnknownOutcome.of(error) from error
        return self._existing(order)

    def find(self, order: Order) -> GatewayPayment | None:
        import portone_server_sdk.errors as sdk

        try:
            payment = _client().get_payment(payment_id=order.key)
        except sdk.PaymentNotFoundError:
            return None
        except Exception as error:
            raise UnknownOutcome.of(error) from error
        return _read(payment)

    def refund(self, order: RefundOrder) -> GatewayPayment:
        import portone_server_sdk.errors as sdk

        currency, payment = order.payment.currency, order.payment
        try:
            _client().cancel_payment(
                payment_id=payment.key,
                amount=money.to_gateway(order.amount, currency),
                reason=REASON.format(key=order.key),
                current_cancellable_amount=money.to_gateway(payment.amount - order.refunded, currency),
            )
        except (sdk.CancellableAmountConsistencyBrokenError, sdk.PaymentAlreadyCancelledError):
            # Sent before, or refunded elsewhere meanwhile: the payment says which.
            pass
        except (sdk.PgProviderError, sdk.CancelAmountExceedsCancellableAmountError, sdk.InvalidRequestError) as error:
            raise GatewayError(type(error).__name__) from error
        except Exception as error:
            raise UnknownOutcome.of(error) from error
        return self._existing(payment)

    def forget(self, method: Method) -> None:
        import portone_server_sdk.errors as sdk

        try:
            _client().billing_key.delete_billing_key(billing_key=method.token)
        except (sdk.BillingKeyNotFoundError, sdk.BillingKeyAlreadyDeletedError):
            pass
        except Exception as error:
            raise UnknownOutcome.of(error) from error

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> VerifiedEvent:
        from portone_server_sdk import webhook

        try:
            webhook.verify(settings.PORTONE_WEBHOOK_SECRET, body.decode(), headers)
        except (webhook.WebhookVerificationError, UnicodeDecodeError) as error:
            raise BadSignature(getattr(error, "reason", "encoding")) from error
        # Read here and not by the SDK, which does not know types of later versions.
        event = _parsed(body.decode())
        about = event.get("data")
        key = about.get("paymentId") if isinstance(about, dict) else ""
        return VerifiedEvent(headers.get("webhook-id", ""), str(event.get("type", "")), str(key or ""))

    def changed_between(self, since: dt.datetime, until: dt.datetime) -> Iterator[GatewayPayment]:
        yield from _listed(since, until, timestamp_type="STATUS_CHANGED_AT")

    def disputed_between(self, since: dt.datetime, until: dt.datetime) -> Iterator[GatewayPayment]:
        """A dispute changes no time by which PortOne lists payments: all those made then are read."""
        while since < until:
            ends = min(since + SPAN, until)
            made = _listed(since, ends, timestamp_type="CREATED_AT", status=["PAID", "PARTIAL_CANCELLED"])
            yield from (payment for payment in made if payment.disputes)
            since = ends

    def _existing(self, order: Order) -> GatewayPayment:
        payment = self.find(order)
        if payment is None:
            raise UnknownOutcome("not found after it was made")
        return payment


def _listed(since: dt.datetime, until: dt.datetime, **filters: Any) -> Iterator[GatewayPayment]:
    """The payments of a time, page by page."""
    from portone_server_sdk.common import PageInput
    from portone_server_sdk.payment import PaymentFilterInput

    wanted = PaymentFilterInput(
        store_id=settings.PORTONE_STORE_ID, from_=since.isoformat(), until=until.isoformat(), **filters
    )
    number, more = 0, True
    while more:
        try:
            found = _client().get_payments(page=PageInput(number=number, size=PAGE), filter=wanted)
        except Exception as error:
            raise UnknownOutcome.of(error) from error
        yield from map(_read, found.items)
        number, more = number + 1, len(found.items) == PAGE


@functools.cache
def _client_of(secret: str, url: str, store: str) -> "PaymentClient":
    from portone_server_sdk.payment import PaymentClient

    return PaymentClient(secret=secret, base_url=url, store_id=store)


def _client() -> "PaymentClient":
    """The SDK's client of payments with our timeout.

    The SDK has no setting for it: its HTTP clients, one for each group of calls, wait for 60 seconds.
    """
    client = _client_of(settings.PORTONE_API_SECRET, settings.PORTONE_URL, settings.PORTONE_STORE_ID)
    for part in (client, client.billing_key):
        part._sync_client.timeout = settings.PORTONE_TIMEOUT  # noqa: SLF001 -- the only place of it
    return client


def _parsed(body: str) -> dict[str, Any]:
    """A webhook's body; empty if it is not an object."""
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _read(payment: Any) -> GatewayPayment:
    currency = payment.currency
    amount = money.from_gateway(payment.amount.total, currency)
    return GatewayPayment(
        key=payment.id,
        id=payment.transaction_id,
        state=_STATES.get(type(payment).__name__, PaymentState.PENDING),
        amount=amount,
        currency=currency,
        method=_label([payment.method] if getattr(payment, "method", None) else []),
        reason=str(getattr(getattr(payment, "failure", None), "reason", "") or ""),
        refunds=tuple(
            _read_refund(cancellation, currency) for cancellation in getattr(payment, "cancellations", None) or []
        ),
        disputes=tuple(
            GatewayDispute(f"{payment.transaction_id}:{number}", amount, state)
            for number, state in enumerate(_states_of_disputes(payment), start=1)
        ),
    )


def _states_of_disputes(payment: Any) -> list[DisputeState]:
    """The state of each dispute in the order of time, of those that only webhooks tell of too."""
    listed = sorted(getattr(payment, "disputes", None) or [], key=lambda dispute: dispute.created_at)
    opened, resolved = (_times_told(payment, *of) for of in (_OPENED, _RESOLVED))
    states = [_DISPUTES.get(dispute.status, DisputeState.OPEN) for dispute in listed]
    for number in range(len(listed), max(opened, resolved)):
        states.append(DisputeState.WON if number < resolved else DisputeState.OPEN)
    is_gone = type(payment).__name__ == "CancelledPayment"
    return [DisputeState.CLOSED for _state in states] if is_gone else states


def _times_told(payment: Any, trigger: str, kind: str) -> int:
    """How often something happened by the webhooks sent for a payment.

    One that was sent again has the `timestamp` of the first.
    """
    happened = set()
    for sent in getattr(payment, "webhooks", None) or []:
        body = _parsed(sent.request.body if sent.request else "")
        if sent.trigger == trigger or body.get("type") == kind:
            happened.add(body.get("timestamp") or sent.id)
    return len(happened)


def _read_refund(cancellation: Any, currency: str) -> GatewayRefund:
    states = {"SucceededPaymentCancellation": PaymentState.PAID, "FailedPaymentCancellation": PaymentState.FAILED}
    prefix = REASON.format(key="")
    return GatewayRefund(
        id=cancellation.id,
        key=cancellation.reason.removeprefix(prefix) if cancellation.reason.startswith(prefix) else "",
        amount=money.from_gateway(cancellation.total_amount, currency),
        state=states.get(type(cancellation).__name__, PaymentState.PENDING),
    )


def _label(methods: list[Any]) -> str:
    """The name of a card and its last digits, as far as PortOne tells them."""
    card = getattr(methods[0], "card", None) if methods else None
    if card is None:
        return ""
    number = str(getattr(card, "number", "") or "")[-4:]
    return " ".join(part for part in (str(getattr(card, "name", "") or ""), f"•••• {number}" if number else "") if part)
