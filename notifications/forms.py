"""Forms of the settings page, and the JSON bodies that devices send."""

from typing import Annotated, Any, Literal

from django import forms
from django.utils.translation import gettext_lazy as _
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from accounts.models import User
from core import text_storage
from core.db.columns import NO_NUL
from core.form_fields import ClockInput
from notifications import channels, preferences
from notifications.preferences import MOST_PER_DAY, Preferences


class SwitchInput(forms.CheckboxInput):
    def __init__(self, **attrs: str):
        super().__init__(attrs={"role": "switch", **attrs})


def _switch(label: Any, help_text: Any = "") -> forms.BooleanField:
    return forms.BooleanField(label=label, help_text=help_text, required=False, widget=SwitchInput())


class NotificationSettingsForm(forms.Form):
    habit_reminder = _switch(_("습관 알림"), _("습관마다 정한 시각에 한 번만"))
    achievement = _switch(_("새 배지"), _("화면에서 보지 못한 것만 따로 알려요"))
    coaching = _switch(_("코치"), _("새 메시지가 왔을 때"))
    cheer = _switch(_("응원"), _("모임의 친구가 보냈을 때"))
    system = _switch(_("안내"), _("새 기능과 점검 소식"))
    quiet_from = forms.TimeField(label=_("부터"), required=False, widget=ClockInput)
    quiet_until = forms.TimeField(label=_("까지"), required=False, widget=ClockInput)
    most_per_day = forms.IntegerField(
        label=_("하루 최대 알림 수"),
        min_value=1,
        max_value=MOST_PER_DAY,
        help_text=_("넘는 것은 알림함에만 남겨요."),
        error_messages={
            "min_value": _("1부터 50까지 고를 수 있어요."),
            "max_value": _("1부터 50까지 고를 수 있어요."),
        },
    )

    TYPES = ("habit_reminder", "achievement", "coaching", "cheer", "system")

    def __init__(self, *args: Any, person: User, **kwargs: Any):
        self.person = person
        kwargs["initial"] = preferences.of(person).model_dump()
        super().__init__(*args, **kwargs)
        for switch in channels.switches():
            self.fields[switch.key] = _switch(switch.label, switch.help_text)

    @property
    def type_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.TYPES]

    @property
    def channel_fields(self) -> list[forms.BoundField]:
        return [self[switch.key] for switch in channels.switches()]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if bool(values.get("quiet_from")) != bool(values.get("quiet_until")):
            self.add_error(
                "quiet_until", _("시작과 끝 시각을 모두 입력해 주세요. 둘 다 비우면 조용한 시간을 두지 않아요.")
            )
        return values

    @property
    def chosen(self) -> Preferences:
        before = preferences.of(self.person).model_dump()
        return Preferences.model_validate(before | self.cleaned_data)


class ConsentForm(forms.Form):
    marketing = _switch(_("소식과 혜택"), _("원할 때만 받아요. 제목 앞에 (광고) 표시가 붙어요"))
    night = _switch(_("밤 9시부터 아침 8시에도 받기"))
    # What the page showed. The switches stand among others: one that was not moved must not undo an answer that was
    # given elsewhere meanwhile.
    marketing_was = forms.BooleanField(required=False, widget=forms.HiddenInput)
    night_was = forms.BooleanField(required=False, widget=forms.HiddenInput)

    @classmethod
    def showing(cls, answers: dict[str, bool]) -> "ConsentForm":
        return cls(initial=answers | {f"{item}_was": answer for item, answer in answers.items()})

    @property
    def answers(self) -> dict[str, bool]:
        """The answers of the switches that were moved. Nothing at night without the rest."""
        sent = self.cleaned_data
        wanted = {"marketing": sent["marketing"], "night": sent["marketing"] and sent["night"]}
        return {item: answer for item, answer in wanted.items() if answer != sent[f"{item}_was"]}


class _FromDevice(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class DeviceAddress(_FromDevice):
    """`address` is an app's token, or a browser's `PushSubscription.toJSON()` as text."""

    platform: Literal["web", "ios", "android"]
    address: Annotated[str, Field(min_length=1, max_length=8192)]


class DeviceRegistration(DeviceAddress):
    # The previous address of this device.
    replaces: Annotated[str, Field(max_length=8192)] | None = None
    app_version: Annotated[str, Field(max_length=20, pattern=NO_NUL), AfterValidator(text_storage.normalize)] | None = (
        None
    )
    device_model: (
        Annotated[str, Field(max_length=100, pattern=NO_NUL), AfterValidator(text_storage.normalize)] | None
    ) = None
    os_version: Annotated[str, Field(max_length=50, pattern=NO_NUL), AfterValidator(text_storage.normalize)] | None = (
        None
    )
