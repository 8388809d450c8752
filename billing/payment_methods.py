"""The ways to pay that people have registered with a gateway.

Deleting one is a job: it is marked as removed, deleted at the gateway, then here. What the gateway does not confirm stays
marked and is tried again.
"""

import datetime as dt
from uuid import uuid4

import structlog
from django.conf import settings

from accounts.models import User
from billing import fuses, gateways
from billing.gateways import silence
from billing.gateways.base import Method, Registration, UnknownOutcome
from billing.models import PaymentMethod, UserSubscription
from core.db.work import Clock

log = structlog.get_logger(__name__)


class NoGateway(Exception):
    """No gateway is set up."""


def begin_registration(user: User, gateway_name: str, *, currency: str, path: str, at: dt.datetime) -> Registration:
    """Begins the registration at a gateway; the person returns to `path`.

    Raises UnknownOutcome.
    """
    with silence.watched(gateway_name, at=at):
        return gateways.named(gateway_name).register(
            customer=str(user.pk), return_url=f"{settings.SITE_URL}{path}", reference=uuid4().hex, currency=currency
        )


def registered(user: User, gateway_name: str, *, reference: str, at: dt.datetime) -> Method:
    """What the person registered at a gateway.

    Raises MethodRefused, UnknownOutcome.
    """
    with silence.watched(gateway_name, at=at):
        return gateways.named(gateway_name).registered(reference, customer=str(user.pk))


def store(subscription: UserSubscription, method: Method, *, at: dt.datetime) -> PaymentMethod:
    """Makes a registered method the one of a locked subscription; the former one is removed."""
    former = subscription.method
    subscription.method = PaymentMethod.objects.create(
        user_id=subscription.user_id,
        gateway=subscription.payment_gateway or "",
        token=method.token,
        label=method.label,
    )
    subscription.save(update_fields=["method"])
    if former is not None:
        PaymentMethod.objects.filter(pk=former.pk).update(removed_at=at)
    return subscription.method


def remove_all(user: User, *, at: dt.datetime) -> None:
    """Marks a person's methods as removed: nothing can be charged any more."""
    UserSubscription.objects.filter(user=user).update(method=None)
    PaymentMethod.objects.filter(user=user, removed_at=None).update(removed_at=at)


def delete_removed(clock: Clock, *, until: dt.datetime | None = None) -> int:
    """Deletes removed methods at their gateways, then here, until it is `until`; gives how many."""
    deleted = 0
    for method in PaymentMethod.objects.exclude(removed_at=None).order_by("removed_at", "pk"):
        if until is not None and clock() >= until:
            break
        deleted += _delete(method, at=clock())
    return deleted


def delete_all(user: User, *, at: dt.datetime) -> bool:
    """Deletes a person's methods before their data goes.

    False if a gateway does not answer: the staff get an alert, which closes by itself once it has.
    """
    remove_all(user, at=at)
    # Each is tried, whatever became of the others.
    deleted = [_delete_or_report(method, at=at) for method in PaymentMethod.objects.filter(user=user)]
    return all(deleted)


def has_any(user: User) -> bool:
    """Whether a gateway may still have a method of the person's."""
    return PaymentMethod.objects.filter(user=user).exists()


def _delete_or_report(method: PaymentMethod, *, at: dt.datetime) -> bool:
    """The alert names the method, not the person, of whom nothing may remain."""
    reference = str(method.pk)
    is_deleted = _delete(method, at=at)
    if is_deleted:
        fuses.clear(fuses.Kind.LEAVING, reference, at=at)
    else:
        fuses.report(fuses.Kind.LEAVING, reference, at=at, gateway=method.gateway)
    return is_deleted


def _delete(method: PaymentMethod, *, at: dt.datetime) -> bool:
    try:
        with silence.watched(method.gateway, at=at):
            gateways.named(method.gateway).forget(Method(token=method.token, label=""))
    except UnknownOutcome as unknown:
        log.warning("method not deleted", method=str(method.pk), why=str(unknown))
        return False
    method.delete()
    return True
