"""What allauth asks us: how an address is spelled, what happens when an account is made or confirmed."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.http import HttpRequest

from accounts import emails
from accounts.models import User


class AccountAdapter(DefaultAccountAdapter):
    def clean_email(self, email: str) -> str:
        emails.validate(email)
        return emails.normalise(email)

    def get_user_search_fields(self) -> list[str]:
        # Addresses are sealed: only a whole one can be looked for.
        return ["email__exact"]

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        confirmed = super().confirm_email(request, email_address)
        if confirmed:
            User.objects.filter(pk=email_address.user_id).update(is_verified=True)
        return confirmed
