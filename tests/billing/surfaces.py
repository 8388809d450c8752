"""What people and staff are shown about an amount: pages and mails as they arrive, searched for what the gateway took."""

import datetime as dt
import email
import re
from email import policy

from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import translation

from billing import money, periods, plans
from billing.models import PaymentTransaction
from billing.pages import amounts, receipts
from notifications import delivery_worker, outbox
from notifications.models import Notification, NotificationDelivery
from tests.billing import mail_texts
from tests.billing.scenes import MINUTE
from tests.factories.accounts import UserFactory

# Messages whose template has another name than their key.
TEMPLATES = {
    "trial": "trial_began",
    "trial-ending": "trial_ending",
    "price": "price_rises",
    "price-again": "price_rises",
    "undone": "cancel_undone",
    "pausing": "pause_planned",
    "paused": "pause_began",
    "switching": "plan_changes",
}


def text(response) -> str:
    """What a page says, without its markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def words(response) -> str:
    assert response.status_code == 200, response.status_code
    return text(response)


def says(page: str, amount: int, language: str = "ko") -> bool:
    """Whether the page has this amount, and not only a larger one that begins or ends alike."""
    with translation.override(language):
        shown = re.escape(amounts.text(amount))
    return re.search(rf"(?<![\d,]){shown}(?!,?\d)", page) is not None


def arrived(now) -> dict[str, str]:
    """Sends what waits; subject and text of each mail, read from its bytes, by what it tells of."""
    mail.outbox.clear()
    delivery_worker.run(clock=lambda: now, until=now + MINUTE)
    found = {}
    for sent in mail.outbox:
        parsed = email.message_from_bytes(sent.message().as_bytes(), policy=policy.default)
        delivery = NotificationDelivery.objects.select_related("notification").get(
            pk=parsed["Message-ID"].strip("<>").partition("@")[0]
        )
        key = delivery.notification.effect_key or ""
        assert key not in found, f"{key} was mailed twice"
        found[key] = re.sub(r"\s+", " ", f"{parsed['Subject']} {parsed.get_content()}")
    return found


def key_of(row) -> str:
    """The effect key of the message about a payment or refund."""
    return f"billing:{'paid' if row.transaction_type == 'payment' else 'refunded'}:{row.pk}"


def _in_english(data) -> dict:
    """What a message is rendered with for somebody who reads English: its days are stored as text."""
    dates = [name for name in ("until", "next_on", "retry_on", "resumes_on") if data.get(name)]
    days = {name: dt.date.fromisoformat(data[name]) for name in dates}
    names = dict(zip(_plan_names("ko"), _plan_names("en"), strict=True))
    # `new` is a plan's name, or a price.
    plan_names = {key: names[data[key]] for key in ("plan", "new") if data.get(key) in names}
    cycles = dict(zip(_cycles("ko"), _cycles("en"), strict=True))
    return {**data, **days, **plan_names, "cycle": cycles.get(data.get("cycle"))}


def _plan_names(language: str) -> list[str]:
    with translation.override(language):
        return [plan.text("name") for plan in plans.everything().values()]


def _cycles(language: str) -> list[str]:
    with translation.override(language):
        return [str(label) for label in periods.Cycle.labels]


class Surfaces:
    """The pages and mails of the person and of staff; `seen` are those that were read before money was taken."""

    def __init__(self, scene, time_machine):
        self.scene, self.time_machine, self.seen, self.mails = scene, time_machine, [], {}
        self.person = Client()
        self.person.force_login(scene.person)
        scene.look = lambda url: self.seen.append(self.read(url))

    def read(self, url, client=None) -> str:
        self.time_machine.move_to(self.scene.at, tick=False)
        return words((client or self.person).get(url))

    def disagreements(self) -> list[str]:
        """Where an amount that the gateway took or gave back is not the one shown, and other faults of the mails."""
        self.mails, moved, found = arrived(self.scene.at), [], []
        for row, known in self.scene.payments():
            found += [f"{row.purpose} announced" for text in self._announced(row) if not says(text, row.amount)]
            if row.status == "completed":
                moved.append((row, known.amount))
                if not any(says(page, known.amount) for page in self.seen):
                    found.append(f"{row.purpose} preview")
            for back in known.refunds if known else ():
                moved.append((PaymentTransaction.objects.get(gateway_transaction_id=back.id), back.amount))
        found += self._empty_promises() + self._unsent()
        lines = self._lines(moved)
        for row, amount in moved:
            wrong = self._wrong(row, amount)
            wrong += [] if says(lines[receipts.order_number(row)], amount) else ["staff"]
            found += [f"{row.transaction_type} {row.purpose} {name}" for name in wrong]
        return found + self._wrong_mails()

    def _wrong(self, row, amount) -> list[str]:
        """The surfaces of the person that do not show the amount."""
        text = self.mails.get(key_of(row), "")
        receipt = self.read(reverse("billing:receipt", args=[row.pk]))
        wrong = [name for name, where in (("mail", text), ("receipt", receipt)) if not says(where, amount)]
        # The mail of a refund has no receipt in it.
        split = [receipt, text] if row.transaction_type == "payment" else [receipt]
        is_whole = all(says(where, part) for where in split for part in money.vat(amount))
        return wrong if is_whole else [*wrong, "VAT"]

    def _in_english(self) -> dict[str, str]:
        """All mails of the person, sent again as to somebody who reads English."""
        self.scene.person.language = "en"
        self.scene.person.save()
        for row in Notification.objects.filter(user=self.scene.person, effect_key__in=self.mails):
            event = row.effect_key.split(":")[1]
            outbox.send(
                self.scene.person,
                template=f"billing/{TEMPLATES.get(event, event)}",
                effect_key=f"english:{row.effect_key}",
                at=self.scene.at,
                type=Notification.Type.SYSTEM,
                data=_in_english(row.data),
                essential=True,
            )
        return {key.removeprefix("english:"): text for key, text in arrived(self.scene.at).items()}

    def _wrong_mails(self) -> list[str]:
        """Mails that are not whole in one language, or name other amounts or days in English than in Korean."""
        english = self._in_english()
        assert set(english) == set(self.mails)
        found = [
            f"{key} Korean mail: {text}" for key, text in self.mails.items() if not mail_texts.is_whole(text, "ko")
        ]
        for key, text in english.items():
            is_equal = mail_texts.facts(text, "en") == mail_texts.facts(self.mails[key], "ko")
            if not (is_equal and mail_texts.is_whole(text, "en")):
                found.append(f"{key} English mail: {text}")
        return found

    def _announced(self, row) -> list[str]:
        """The mails that named the amount before it was taken."""
        keys = [f"billing:renewing:{row.subscription_id}:{periods.day_of(row.period_starts_at)}"]
        if row.purpose == "convert":
            keys = [f"billing:{name}:{row.subscription_id}" for name in ("trial", "trial-ending")]
        return [self.mails[key] for key in keys if key in self.mails]

    def _empty_promises(self) -> list[str]:
        """Announcements of a charge after which no charge was tried."""
        rows = [row for row, _known in self.scene.payments()]
        tried = {f"billing:renewing:{row.subscription_id}:{periods.day_of(row.period_starts_at)}" for row in rows}
        tried |= {f"billing:trial-ending:{row.subscription_id}" for row in rows}
        told = [key for key in self.mails if key.startswith(("billing:renewing:", "billing:trial-ending:"))]
        return [f"{key} and no charge" for key in told if key not in tried]

    def _unsent(self) -> list[str]:
        """Messages about money that no mail was sent for."""
        rows = Notification.objects.filter(user=self.scene.person, effect_key__startswith="billing:")
        return [f"{row.effect_key} not mailed" for row in rows if row.effect_key not in self.mails]

    def _lines(self, moved) -> dict[str, str]:
        """The lines of payments on the staff's pages by their order numbers."""
        staff, lines = Client(), {}
        if moved:
            staff.force_login(UserFactory(is_staff=True, is_superuser=True))
        for subscription_id in {row.subscription_id for row, _amount in moved}:
            page = self.read(reverse("admin:billing_usersubscription_change", args=[subscription_id]), staff)
            # Each order number comes before its line instead of after it.
            page = re.sub(r"([^·]+·[^·]+·[^·]+·[^·]+)· (W-\d{6}-[0-9A-F]{6})", r"\2 \1 ", page)
            for entry in re.split(r"(?=W-\d{6}-)", page)[1:]:
                assert entry[:15] not in lines
                lines[entry[:15]] = entry
        return lines
