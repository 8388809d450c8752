"""Alerts reach the operator by mail: each once, and again when the mail server was away."""

import smtplib

import pytest
from django.core import mail
from django.core.mail.backends import locmem

from billing import alert_mails, fuses
from billing.models import BillingAlert
from billing.tasks import charge
from tests.billing.scenes import AT, DAY, HOUR, MINUTE


def test_a_new_alert_is_mailed_once_and_says_that_charges_have_stopped(db, settings):
    settings.SUPPORT_EMAIL = "help@example.com"
    fuses.report(fuses.Kind.MISMATCH, "w1", at=AT, gateway="w1 9900 KRW", ledger="w1 990000 KRW")
    fuses.report(fuses.Kind.REFUND, "w2", at=AT)

    assert [alert_mails.send(AT + number * MINUTE) for number in range(3)] == [2, 0, 0]

    (sent,) = mail.outbox
    assert sent.to == ["help@example.com"]
    assert "2건" in sent.subject
    wanted = [
        "모든 결제가 멈췄어요",
        "금액이 대행사와 다름 · w1",
        "대행사: w1 9900 KRW",
        "w2",
        "/admin/billing/billingalert/",
    ]
    assert [words for words in wanted if words not in sent.body] == []


def test_the_mail_names_amounts_as_people_read_them(db):
    fuses.report(fuses.Kind.EXCESS, "w1", at=AT, amount=990000)
    alert_mails.send(AT)

    assert "금액: 9,900원" in mail.outbox[0].body


def test_an_alert_that_stops_nothing_does_not_say_so(db):
    fuses.report(fuses.Kind.REFUND, "w2", at=AT)
    alert_mails.send(AT)

    assert "멈췄어요" not in mail.outbox[0].body


@pytest.mark.parametrize("error", [smtplib.SMTPServerDisconnected, ConnectionRefusedError])
def test_a_mail_that_could_not_be_sent_is_sent_later(db, monkeypatch, error):
    fuses.report(fuses.Kind.NIGHT, "2026-09-03", at=AT)

    def refuse(*_args, **_more):
        raise error

    with monkeypatch.context() as away:
        away.setattr(locmem.EmailBackend, "send_messages", refuse)
        assert alert_mails.send(AT) == 0
    assert BillingAlert.objects.get().mailed_at is None
    assert alert_mails.send(AT + HOUR) == 1


def test_an_alert_that_is_resolved_before_is_not_mailed_and_one_that_comes_again_is(db):
    fuses.report(fuses.Kind.REFUND, "w1", at=AT)
    fuses.resolve(BillingAlert.objects.get(), by=None, at=AT)
    assert alert_mails.send(AT) == 0
    fuses.report(fuses.Kind.REFUND, "w1", at=AT + DAY)
    assert alert_mails.send(AT + DAY) == 1


def test_the_job_of_each_minute_mails_them(db):
    fuses.report(fuses.Kind.EXCESS, "w1", at=AT)
    charge()

    assert len(mail.outbox) == 1
