"""allauth forms with our labels and help texts."""

from collections.abc import Callable
from typing import Any

from allauth.account import forms as account
from allauth.account.adapter import get_adapter
from allauth.core import context, ratelimit
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.base import forms as mfa
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import known_devices
from accounts.models import User
from core import rate_limits
from core.form_fields import TextField

PASSKEY_NAME_LENGTH = 100

_LABELS = {
    "login": _("메일 주소"),
    "email": _("메일 주소"),
    "password": _("비밀번호"),
    "oldpassword": _("지금 비밀번호"),
    "password1": _("새 비밀번호"),
    "password2": _("새 비밀번호 한 번 더"),
    "code": _("코드"),
    "name": _("이름"),
    "passwordless": _("비밀번호 없이 이 패스키로 로그인하기"),
}
_HINTS = {
    "password1": _("여덟 글자 이상이면 돼요."),
    "passwordless": _("기기의 잠금(지문, 얼굴, PIN)을 쓸 수 있어야 해요."),
}

_CODES = {
    Authenticator.Type.TOTP: _("인증 앱의 코드를 입력해 주세요."),
    Authenticator.Type.RECOVERY_CODES: _("복구 코드를 입력해 주세요."),
}
_CODES_OF_BOTH = _("인증 앱의 코드나 복구 코드를 입력해 주세요.")


class LabelledForm(forms.Form):
    """Mixin in front of an allauth form: sets our labels and help texts, removes placeholders."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = _LABELS.get(name, field.label)
            field.help_text = _HINTS.get(name, "")
            field.widget.attrs.pop("placeholder", None)


class LoginForm(LabelledForm, account.LoginForm):
    pass


class AddEmailForm(LabelledForm, account.AddEmailForm):
    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("새 메일 주소")


class ChangePasswordForm(LabelledForm, account.ChangePasswordForm):
    pass


class SetPasswordForm(LabelledForm, account.SetPasswordForm):
    pass


class ResetPasswordForm(LabelledForm, account.ResetPasswordForm):
    def clean_email(self) -> str:
        email = super().clean_email()
        request = context.request
        if not ratelimit.consume(request, action="reset_password_of", key=known_devices.source(request, email)):
            raise ImmediateHttpResponse(rate_limits.too_many(request))
        return email


class ResetPasswordKeyForm(LabelledForm, account.ResetPasswordKeyForm):
    pass


class ConfirmPasswordForm(LabelledForm, account.ReauthenticateForm):
    pass


def _count_attempt(user: User) -> Callable[[], None]:
    """Counts a second factor from a device that is not known for the account; the result takes the count back.

    allauth counts the attempts of all devices together. Somebody who has the password could use them up: unknown devices
    have fewer, so that some are left for the owner's.
    """
    request, action, key = context.request, "second_factor_elsewhere", str(user.pk)
    if known_devices.is_known(request, user.email):
        return lambda: None
    if not ratelimit.consume(request, action=action, key=key):
        raise get_adapter().validation_error("too_many_login_attempts")
    return lambda: ratelimit.clear(request, action=action, key=key)


class AuthenticateForm(LabelledForm, mfa.AuthenticateForm):
    """Offers only the factors that the person has set up."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        has = set(Authenticator.objects.filter(user=self.user).values_list("type", flat=True))
        self.takes_passkey = Authenticator.Type.WEBAUTHN in has
        codes = [_CODES[kind] for kind in _CODES if kind in has]
        self.takes_code = bool(codes)
        self.fields["code"].help_text = _CODES_OF_BOTH if len(codes) == 2 else "".join(map(str, codes))

    def clean_code(self) -> str:
        take_back = _count_attempt(self.user)
        code = super().clean_code()
        take_back()
        return code


class AuthenticatePasskeyForm(webauthn.AuthenticateWebAuthnForm):
    def clean_credential(self) -> Authenticator:
        take_back = _count_attempt(self.user)
        authenticator = super().clean_credential()
        take_back()
        return authenticator


class ConfirmCodeForm(LabelledForm, mfa.ReauthenticateForm):
    pass


class ActivateTOTPForm(LabelledForm, totp.ActivateTOTPForm):
    pass


class AddPasskeyForm(LabelledForm, webauthn.AddWebAuthnForm):
    name = TextField(required=False, max_length=PASSKEY_NAME_LENGTH)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["name"].help_text = _("어느 기기의 패스키인지 알아볼 수 있는 이름이면 좋아요.")
        self.fields["passwordless"].initial = True


class EditPasskeyForm(LabelledForm, webauthn.EditWebAuthnForm):
    name = TextField(max_length=PASSKEY_NAME_LENGTH)
