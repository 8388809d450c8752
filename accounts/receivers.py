"""Receivers of allauth's signals. Each calls one domain function."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import (
    email_changed,
    password_changed,
    password_reset,
    password_set,
    user_logged_in,
    user_logged_out,
    user_signed_up,
)
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.signals import social_account_added, social_account_removed, social_account_updated
from django.dispatch import receiver

from accounts import device_session, email_ownership, second_factor, social
from accounts.http import DeviceRequest
from accounts.models import User


@receiver(user_logged_in)
def start_device_session(request: DeviceRequest, user: User, **_rest: Any) -> None:
    device_session.start(request, user)


@receiver(user_logged_out)
def end_device_session(request: DeviceRequest, **_rest: Any) -> None:
    device_session.sign_out(request)


@receiver([password_changed, password_set])
def end_other_sessions_after_new_password(request: DeviceRequest, user: User, **_rest: Any) -> None:
    device_session.end_others(request, user)


@receiver(password_reset)
def confirm_address_after_reset(user: User, **_rest: Any) -> None:
    email_ownership.confirm_by_reset(user)


@receiver(email_changed)
def end_other_sessions_after_new_address(
    request: DeviceRequest, user: User, from_email_address: EmailAddress | None, **_rest: Any
) -> None:
    # Setting the first address of a new account is no change.
    if from_email_address:
        device_session.end_others(request, user)


@receiver(authenticator_added)
def begin_second_factor(request: DeviceRequest, user: User, authenticator: Authenticator, **_rest: Any) -> None:
    second_factor.begin(request, user, authenticator)


@receiver(user_signed_up)
def link_social_account_after_sign_up(user: User, sociallogin: SocialLogin | None = None, **_rest: Any) -> None:
    if sociallogin:
        social.link(sociallogin, user=user)


@receiver([social_account_added, social_account_updated])
def link_social_account(sociallogin: SocialLogin, **_rest: Any) -> None:
    social.link(sociallogin, user=sociallogin.user)


@receiver(social_account_removed)
def unlink_social_account(socialaccount: SocialAccount, **_rest: Any) -> None:
    social.unlink(socialaccount)
