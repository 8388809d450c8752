"""Forms for sign-up, profile and settings.

Sign-up stores nothing before all required consents are given.
"""

import datetime as dt
from typing import Any, cast
from uuid import uuid4

from allauth.account.adapter import get_adapter
from allauth.account.forms import SignupForm as AllauthSignupForm
from allauth.socialaccount.forms import SignupForm as AllauthSocialSignupForm
from django import forms
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import translation
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts import address_claims, consents, days, email_ownership, links, privacy_settings, social, time_zones
from accounts.http import DeviceRequest, PersonRequest
from accounts.models import User
from core.form_fields import NameField, TextField

OLDEST = 120
YOUNGEST = 14
BIO_LENGTH = 500


class AgreementFields(forms.Form):
    """The fields for name, age and consents.

    The part of sign-up that is the same with a password and with a provider.
    """

    name = NameField(
        label=_("뭐라고 부를까요?"),
        max_length=social.NAME_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )
    age = forms.BooleanField(label=_("만 14세 이상이에요"), error_messages={"required": _("만 14세부터 쓸 수 있어요.")})
    terms = forms.BooleanField(
        label=_("이용약관에 동의해요"), error_messages={"required": _("약관에 동의해야 시작할 수 있어요.")}
    )
    privacy = forms.BooleanField(
        label=_("개인정보 처리에 동의해요"),
        error_messages={"required": _("개인정보 처리에 동의해야 시작할 수 있어요.")},
    )
    health = forms.BooleanField(label=_("건강 정보(기분·메모·사진) 기록에 동의해요"), required=False)
    marketing = forms.BooleanField(label=_("소식과 혜택을 받을게요"), required=False)
    night = forms.BooleanField(label=_("밤 9시~아침 8시에도 받을게요"), required=False)
    # Detected by the browser, changeable in the settings.
    timezone = TextField(required=False, widget=forms.HiddenInput(attrs={"data-timezone": ""}))

    field_order = ["name", "email", "password1", "age", "terms", "privacy", "health", "marketing", "night", "timezone"]

    def clean_timezone(self) -> str:
        zone = self.cleaned_data["timezone"]
        return zone if zone in days.zone_names() else "Asia/Seoul"

    # Set while the address is cleaned.
    account_already_exists: bool

    def try_save(self, request: HttpRequest) -> Any:
        if not self.account_already_exists:
            try:
                with transaction.atomic():
                    return super().try_save(request)  # type: ignore[misc]
            except IntegrityError:
                # Another sign-up took the address at the same moment.
                self.account_already_exists = True
        self._claim_address(request, self._work_as_for_new_account(request))
        return super().try_save(request)  # type: ignore[misc]

    def _work_as_for_new_account(self, request: HttpRequest) -> User:
        """Creates an account and rolls it back, so that the time does not reveal an existing one."""
        with transaction.atomic():
            nobody = User.objects.create_user(f"{uuid4()}@localhost", password=self.cleaned_data.get("password1"))
            self.custom_signup(request, nobody)
            transaction.set_rollback(True)
        return nobody

    def _claim_address(self, request: HttpRequest, said: User) -> None:
        """Mails a link that holds these answers, if the other account with this address has not proven it."""
        email = self.cleaned_data["email"]
        if not email_ownership.is_taken(email):
            claim = address_claims.Claim(
                email=email,
                password=said.password,
                name=said.name,
                timezone=said.timezone,
                language=said.language,
                answers=self._answers(),
                at=dt.datetime.now(dt.UTC),
                **self.provider_identity(),
            )
            get_adapter().send_claim_mail(
                email, links.confirm_sign_up(address_claims.make_key(cast("DeviceRequest", request), claim))
            )

    def provider_identity(self) -> dict[str, str]:
        """The provider and its id of the person, for a sign-up through one."""
        return {}

    def _answers(self) -> dict[str, bool]:
        return {str(item): self.cleaned_data[item] for item in consents.AT_SIGNUP}

    def custom_signup(self, request: HttpRequest, user: User) -> None:
        user.name = self.cleaned_data.get("name", user.name)
        user.timezone = self.cleaned_data["timezone"]
        user.language = translation.get_language() or settings.LANGUAGE_CODE
        user.save(update_fields=["name", "timezone", "language"])
        consents.record(user, answers=self._answers(), channel="signup", at=dt.datetime.now(dt.UTC))


class AgreementForm(AgreementFields):
    """Asks for name, age and consents again, after the answers of the sign-up became void."""

    def answer(self, request: PersonRequest) -> None:
        with transaction.atomic():
            self.custom_signup(request, request.user)
            privacy_settings.change(request.user, must_agree=False)


class SignupForm(AgreementFields, AllauthSignupForm):
    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        # Two fields to type are enough to begin; the profile asks for the name.
        del self.fields["name"]
        self.fields["email"].label = _("메일 주소")
        self.fields["email"].widget.attrs = {"autocomplete": "email", "inputmode": "email"}
        self.fields["password1"].label = _("비밀번호 (여덟 글자 이상)")
        self.fields["password1"].help_text = ""
        self.fields["password1"].widget.attrs = {"autocomplete": "new-password"}


class SocialSignupForm(AgreementFields, AllauthSocialSignupForm):
    """Sign-up after a provider's login, before anything is stored.

    A verified address cannot be edited.
    """

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.proven = social.verified_email(self.sociallogin)
        self.fields["email"].label = _("메일 주소")
        self.fields["email"].widget.attrs = {"autocomplete": "email", "inputmode": "email"}
        if self.proven:
            self.fields["email"].disabled = True
            self.fields["email"].initial = self.initial["email"] = self.proven
        else:
            self.fields["email"].help_text = _("이 주소가 맞는지 메일로 확인할게요.")

    def clean_email(self) -> str:
        # Whether a verified address is taken is checked on save, after the person has agreed.
        return self.proven or super().clean_email()

    def try_save(self, request: HttpRequest) -> Any:
        with transaction.atomic():
            if self.proven:
                self.account_already_exists = email_ownership.is_taken(self.proven)
                if not self.account_already_exists:
                    email_ownership.release_claims(self.proven)
            else:
                # An unverified address from the provider is only the field's initial value.
                self.sociallogin.email_addresses = []
            return super().try_save(request)

    def provider_identity(self) -> dict[str, str]:
        return {"provider": self.sociallogin.account.provider, "uid": self.sociallogin.account.uid}

    def custom_signup(self, request: HttpRequest, user: User) -> None:
        super().custom_signup(request, user)
        if self.proven:
            user.is_verified = True
            user.save(update_fields=["is_verified"])


class ConfirmWithPasswordForm(forms.Form):
    """Asks for the password when a confirmation link is opened in another browser."""

    password = forms.CharField(
        label=_("가입할 때 정한 비밀번호"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, claim: address_claims.Claim | None = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.claim = claim

    def clean_password(self) -> str:
        password = self.cleaned_data["password"]
        if self.claim and not self.claim.accepts(password):
            raise forms.ValidationError(_("비밀번호가 달라요. 다시 입력해 주세요."))
        return password


class _ChangedColumnsForm(forms.ModelForm):
    """Writes only the changed columns."""

    def save(self, commit: bool = True) -> User:  # noqa: FBT001, FBT002 - Django's signature
        if commit and self.changed_data:
            self.instance.save(update_fields=self.changed_data)
        return self.instance


class ProfileForm(_ChangedColumnsForm):
    class Meta:
        model = User
        fields = ["name", "birth_year", "gender", "bio"]

    name = NameField(label=_("이름"), required=False, max_length=social.NAME_LENGTH)
    birth_year = forms.IntegerField(
        label=_("태어난 해"), required=False, widget=forms.NumberInput(attrs={"inputmode": "numeric"})
    )
    gender = forms.ChoiceField(
        label=_("성별"),
        required=False,
        choices=[("", _("말하지 않을래요")), *User.Gender.choices],
        widget=forms.RadioSelect,
    )
    bio = TextField(label=_("소개"), required=False, max_length=BIO_LENGTH, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, year: int, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.year = year

    def clean_birth_year(self) -> int | None:
        born = self.cleaned_data["birth_year"]
        if born is not None and not self.year - OLDEST <= born <= self.year - YOUNGEST:
            raise forms.ValidationError(_("태어난 해를 네 자리로 입력해 주세요. 만 14세부터 쓸 수 있어요."))
        return born

    def clean_gender(self) -> str | None:
        return self.cleaned_data["gender"] or None

    def clean_bio(self) -> str | None:
        return self.cleaned_data["bio"] or None


class ZoneForm(forms.ModelForm):
    """Rejects unknown time zones, with which no page of the person would open."""

    def clean_timezone(self) -> str:
        zone = self.cleaned_data["timezone"].strip()
        if zone not in days.zone_names():
            raise forms.ValidationError(_("목록에 있는 시간대를 골라 주세요."))
        return zone


class UserAdminForm(ZoneForm):
    def clean_is_active(self) -> bool:
        active = self.cleaned_data["is_active"]
        if active and self.instance.anonymised_at:
            raise forms.ValidationError(_("지워진 계정이라 다시 켤 수 없어요."))
        return active

    def clean(self) -> dict[str, Any]:
        # Superusers only see the three fields. Without the first one, the others have no meaning.
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("is_staff") is False:
            cleaned |= {"is_superuser": False, "groups": Group.objects.none()}
        return cleaned


class ViewForm(_ChangedColumnsForm, ZoneForm):
    """The person's language, time zone, day start and week start."""

    class Meta:
        model = User
        fields = ["language", "timezone", "day_start", "week_start"]

    language = forms.ChoiceField(label=_("언어"), choices=settings.LANGUAGES, widget=forms.RadioSelect)
    timezone = TextField(label=_("시간대"), widget=forms.Select)
    day_start = forms.TypedChoiceField(
        label=_("하루의 시작"),
        coerce=int,
        choices=[(0, _("자정")), *((hour, format_lazy(_("새벽 {hour}시"), hour=hour)) for hour in range(1, 6))],
        help_text=_("늦게 자는 날에도 같은 하루로 쳐요."),
    )
    week_start = forms.TypedChoiceField(
        label=_("한 주의 시작"), coerce=int, choices=User.WeekStart.choices, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, at: dt.datetime, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["timezone"].widget.choices = time_zones.choices(at=at, chosen=self.instance.timezone)


class PrivacyForm(forms.Form):
    coach_reads_notes = forms.BooleanField(
        label=_("코치가 메모도 읽기"),
        help_text=_("켜면 메모와 직접 지은 습관 이름도 볼 수 있어요. 끄면 숫자와 둘러보기의 이름만 봐요."),
        required=False,
        widget=forms.CheckboxInput(attrs={"role": "switch"}),
    )
