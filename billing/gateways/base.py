"""What a gateway does for us, and the facts it answers with.

Every gateway takes one payment at a time with a stored method; when to charge is ours to know. Amounts are hundredths;
each gateway converts at its border (`money.to_gateway`). A call may block for as long as the gateway's client allows and is
never made inside a transaction.
"""

import datetime as dt
import enum
from collections.abc import Iterator, Mapping
from typing import NamedTuple, Protocol


class GatewayError(Exception):
    """The gateway did not do what was asked."""


class UnknownOutcome(GatewayError):
    """No answer, or one that does not say whether it was done: ask later, with the same key."""

    @classmethod
    def of(cls, error: BaseException) -> "UnknownOutcome":
        """What a client's error leaves open; TimedOut if the call waited until its timeout."""
        kind = TimedOut if any(isinstance(cause, TimeoutError) for cause in _causes(error)) else cls
        return kind(type(error).__name__)


class TimedOut(UnknownOutcome):
    """No answer for as long as our client waits."""


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and those that led to it: below each client's own is the TimeoutError of the socket."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


class BadSignature(GatewayError):
    """The webhook is not from the gateway, or is a replay."""


class MethodRefused(GatewayError):
    """The person did not complete the registration of a method, or it does not exist."""


class PaymentState(enum.StrEnum):
    PAID = "paid"
    FAILED = "failed"
    PENDING = "pending"


class DisputeState(enum.StrEnum):
    OPEN = "open"
    WON = "won"
    LOST = "lost"
    # Over, and no money is gone by it: a refund of the whole payment has settled it.
    CLOSED = "closed"


class GatewayRefund(NamedTuple):
    """Money given back.

    `key` is ours, empty for one made in the gateway's console.
    """

    id: str
    key: str
    amount: int
    state: PaymentState


class GatewayDispute(NamedTuple):
    id: str
    amount: int
    state: DisputeState


class GatewayPayment(NamedTuple):
    """What the gateway knows of a payment: the truth that the ledger follows."""

    key: str
    id: str
    state: PaymentState
    amount: int
    currency: str
    method: str = ""
    # A code or a short text of the gateway's.
    reason: str = ""
    refunds: tuple[GatewayRefund, ...] = ()
    disputes: tuple[GatewayDispute, ...] = ()


class Order(NamedTuple):
    """A payment to take, or one to ask about (`id` if the gateway's id is known)."""

    key: str
    token: str
    amount: int
    currency: str
    title: str
    customer: str
    id: str = ""


class RefundOrder(NamedTuple):
    """A refund of `payment`.

    `refunded` is what has been refunded of it before.
    """

    key: str
    payment: Order
    amount: int
    refunded: int


class Registration(NamedTuple):
    """The page on which a person registers a method.

    `reference` names the registration to the gateway.
    """

    reference: str
    # Where the person goes. Empty: our own page runs the gateway's script with `client`.
    url: str = ""
    client: Mapping[str, str] = {}


class Method(NamedTuple):
    """A registered way to pay: what charges it, and its name for people."""

    token: str
    label: str


class VerifiedEvent(NamedTuple):
    """A webhook after its signature was checked.

    `reference` is the key of the payment it is about.
    """

    id: str
    type: str
    reference: str = ""


class Gateway(Protocol):
    name: str
    # Which of our settings it needs.
    setting_names: tuple[str, ...]
    # Whether the browser brings the reference of what was registered; else it is the one that `register` gave.
    browser_brings_reference: bool
    # The types of its webhooks about a dispute, and whether each says that it is over.
    dispute_events: Mapping[str, bool]

    def is_set_up(self) -> bool: ...

    def register(self, *, customer: str, return_url: str, reference: str, currency: str) -> Registration:
        """Begins the registration of a method.

        Raises UnknownOutcome.
        """

    def registered(self, reference: str, *, customer: str) -> Method:
        """The method registered. One that a browser names must be the customer's.

        Raises MethodRefused, UnknownOutcome.
        """

    def charge(self, order: Order) -> GatewayPayment:
        """Takes the money, once per key.

        Raises UnknownOutcome.
        """

    def find(self, order: Order) -> GatewayPayment | None:
        """What it knows of the payment; None if nothing.

        Raises UnknownOutcome.
        """

    def refund(self, order: RefundOrder) -> GatewayPayment:
        """Gives money back, once per key.

        Gives the payment with it. Raises UnknownOutcome, GatewayError.
        """

    def forget(self, method: Method) -> None:
        """Deletes a method; one that is gone already is no error.

        Raises UnknownOutcome.
        """

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> VerifiedEvent:
        """The event.

        Raises BadSignature.
        """

    def changed_between(self, since: dt.datetime, until: dt.datetime) -> Iterator[GatewayPayment]:
        """Payments that were made or changed then.

        Raises UnknownOutcome.
        """

    def disputed_between(self, since: dt.datetime, until: dt.datetime) -> Iterator[GatewayPayment]:
        """Disputed payments that were made then, where `changed_between` does not find a dispute.

        Raises UnknownOutcome.
        """
