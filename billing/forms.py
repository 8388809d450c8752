"""Forms of the checkout, the demo's card and a pause."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing import refunds
from billing.models import PaymentTransaction
from core.form_fields import TextField


class CheckoutForm(forms.Form):
    """The consent to being charged; it is never ticked before."""

    agreed = forms.BooleanField(
        label=_("자동으로 결제되는 금액과 날짜, 해지와 철회 방법을 확인했어요"),
        error_messages={"required": _("확인하고 표시해 주세요.")},
    )
    trial = forms.BooleanField(required=False, widget=forms.HiddenInput)


class CardForm(forms.Form):
    """The number of a demo card.

    Nothing is charged, and the number is not stored.
    """

    number = TextField(label=_("카드 번호"), max_length=30, initial="4242 4242 4242 4242")


class SubscriptionPauseForm(forms.Form):
    months = forms.IntegerField(min_value=1, max_value=3)


class SwitchForm(forms.Form):
    """`shown` is the amount that the person saw, in hundredths."""

    shown = forms.IntegerField(min_value=0)


class AmountForm(forms.Form):
    amount = forms.IntegerField(min_value=0)


class RefundForm(forms.Form):
    """A refund by staff, in whole units of won."""

    amount = forms.IntegerField(label=_("금액(원)"), min_value=1)
    reason = forms.ChoiceField(
        label=pgettext_lazy("of a refund", "까닭"),
        choices=[(reason, PaymentTransaction.Purpose(reason).label) for reason in refunds.REASONS],
    )
    ends_plan = forms.BooleanField(label=_("구독도 지금 끝내기"), required=False)
