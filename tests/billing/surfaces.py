"""What people and staff are shown about an amount: rendered pages and messages, searched for what the gateway took."""

import re

from django.test import Client
from django.urls import reverse

from billing.models import PaymentTransaction
from billing.pages import amounts, receipts
from notifications.models import Notification
from tests.factories.accounts import UserFactory


def words(response) -> str:
    assert response.status_code == 200, response.status_code
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def says(page: str, amount: int) -> bool:
    """Whether the page has this amount, and not only a larger one that ends alike."""
    return re.search(rf"(?<![\d,]){re.escape(amounts.text(amount))}", page) is not None


class Surfaces:
    """The pages of the person and of staff; `seen` are those that were read before money was taken."""

    def __init__(self, scene, time_machine):
        self.scene, self.time_machine, self.seen = scene, time_machine, []
        self.person, self.staff = Client(), Client()
        self.person.force_login(scene.person)
        self.staff.force_login(UserFactory(is_staff=True, is_superuser=True))
        scene.look = lambda url: self.seen.append(self.read(url))

    def read(self, url, client=None) -> str:
        self.time_machine.move_to(self.scene.at, tick=False)
        return words((client or self.person).get(url))

    def disagreements(self) -> list[str]:
        """Where an amount that the gateway took or gave back is not the one shown."""
        found = []
        for row, known in self.scene.payments():
            if row.status == "completed":
                found += [f"{row.purpose} {name}" for name, page in self._of(row) if not says(page, known.amount)]
                if not any(says(page, known.amount) for page in self.seen):
                    found.append(f"{row.purpose} preview")
            for back in known.refunds if known else ():
                refund = PaymentTransaction.objects.get(gateway_transaction_id=back.id)
                found += [f"refund {name}" for name, page in self._of(refund) if not says(page, back.amount)]
        return found

    def _of(self, row):
        kind = "paid" if row.transaction_type == "payment" else "refunded"
        message = Notification.objects.get(effect_key=f"billing:{kind}:{row.pk}")
        yield "message", f"{message.title} {message.body}"
        yield "receipt", self.read(reverse("billing:receipt", args=[row.pk]))
        url = reverse("admin:billing_usersubscription_change", args=[row.subscription_id])
        # The line of this payment, not of another one.
        (line,) = [entry for entry in re.split(r"(?=W-\d{6})", self._lines(url)) if receipts.order_number(row) in entry]
        yield "staff", line

    def _lines(self, url) -> str:
        """The page with each order number before its line instead of after it."""
        page = self.read(url, self.staff)
        return re.sub(r"([^·]+·[^·]+·[^·]+·[^·]+)· (W-\d{6}-[0-9A-F]{6})", r"\2 \1 ", page)
