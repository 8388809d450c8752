"""What allauth asks us: how an address is spelled, what happens when an account is made or confirmed."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts import emails
from accounts.models import User

# Seconds in which somebody who signed in to an account that is leaving may say that they stay.
COMING_BACK = 15 * 60


class AccountAdapter(DefaultAccountAdapter):
    def clean_email(self, email: str) -> str:
        emails.validate(email)
        return emails.normalise(email)

    def get_user_search_fields(self) -> list[str]:
        # Addresses are sealed: only a whole one can be looked for.
        return ["email__exact"]

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """Somebody who is leaving and has just proven who they are may come back."""
        if user.deletion_requested_at and not user.anonymised_at:
            request.session["leaving"] = str(user.pk)
            request.session.set_expiry(COMING_BACK)
            return redirect("privacy:come-back")
        return super().respond_user_inactive(request, user)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        confirmed = super().confirm_email(request, email_address)
        if confirmed:
            User.objects.filter(pk=email_address.user_id).update(is_verified=True)
        return confirmed
