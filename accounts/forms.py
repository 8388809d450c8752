"""Signing up: who, how to reach them, and what they agree to. Nothing is stored before all required answers are yes."""

import datetime as dt
import zoneinfo
from typing import Any

from allauth.account.forms import SignupForm as AllauthSignupForm
from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts import consents
from accounts.models import User, UserConsent


class SignupForm(AllauthSignupForm):
    name = forms.CharField(
        label=_("뭐라고 부를까요?"),
        max_length=100,
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
    health = forms.BooleanField(
        label=_("건강 정보(기분, 에너지, 메모)를 다루는 데 동의해요"),
        help_text=_("동의하지 않아도 쓸 수 있어요. 기분과 에너지는 적지 않아요."),
        required=False,
    )
    marketing = forms.BooleanField(label=_("소식과 혜택을 받을게요"), required=False)
    night = forms.BooleanField(label=_("밤 9시부터 아침 8시에도 소식을 받을게요"), required=False)
    # Guessed by the browser, changeable in the settings.
    timezone = forms.CharField(required=False, widget=forms.HiddenInput(attrs={"data-timezone": ""}))

    field_order = ["name", "email", "password1", "age", "terms", "privacy", "health", "marketing", "night", "timezone"]

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("메일 주소")
        self.fields["email"].widget.attrs = {"autocomplete": "email", "inputmode": "email"}
        self.fields["password1"].label = _("비밀번호")
        self.fields["password1"].help_text = _("여덟 글자 이상이면 돼요.")
        self.fields["password1"].widget.attrs = {"autocomplete": "new-password"}

    def clean_timezone(self) -> str:
        zone = self.cleaned_data["timezone"]
        return zone if zone in zoneinfo.available_timezones() else "Asia/Seoul"

    def custom_signup(self, request: HttpRequest, user: User) -> None:
        user.name = self.cleaned_data["name"]
        user.timezone = self.cleaned_data["timezone"]
        user.language = translation.get_language() or settings.LANGUAGE_CODE
        user.save(update_fields=["name", "timezone", "language"])
        answers = {item: self.cleaned_data[item] for item in UserConsent.Item.values}
        consents.record(user, answers=answers, channel="signup", at=dt.datetime.now(dt.UTC))
