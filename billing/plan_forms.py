"""The staff's form of a plan: texts in both languages, features and limits as fields."""

import decimal
from typing import Any, ClassVar

from django import forms
from django.core.validators import RegexValidator
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import entitlements
from billing.models import SubscriptionPlan
from core.form_fields import TextField
from core.staff_widgets import LimitField, LinesField, LinesWidget

ENGLISH = {"lang": "en"}
LIMITS = tuple(entitlements.DEFAULTS)
# Form field → language and key in `translations`.
TEXTS = {
    "name_ko": ("ko", "name"),
    "name_en": ("en", "name"),
    "description_en": ("en", "description"),
    "features_en": ("en", "features"),
}


class AmountField(forms.DecimalField):
    """An amount as people write it, kept in hundredths: 9900 is 990000."""

    def prepare_value(self, value: Any) -> Any:
        return f"{decimal.Decimal(value) / 100:f}" if isinstance(value, int) else value

    def clean(self, value: Any) -> int | None:
        if self.disabled:
            return value  # what the row holds, not what was typed
        amount = super().clean(value)
        return None if amount is None else int(amount * 100)

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return not self.disabled and initial != self.clean(data)
        except forms.ValidationError:
            return True


def _limit(name: str, label: Any) -> LimitField:
    hint = _if_empty_lazy(entitlements.DEFAULTS[name])
    return LimitField(label=label, help_text=hint)


def _if_empty(default: int) -> str:
    return _("비우면 %(default)s까지예요.") % {"default": default}


_if_empty_lazy = lazy(_if_empty, str)


_PRICE_HELP = gettext_lazy("가격을 바꾸면 다른 사람의 승인을 기다려요. 이어 쓰는 사람에게는 30일 뒤부터 들어요.")


class PlanForm(forms.ModelForm):
    """A plan. What its JSON holds besides what is asked for here stays as it is."""

    id = TextField(
        label=gettext_lazy("이름표"),
        max_length=50,
        validators=[
            RegexValidator(
                r"^[a-z][a-z0-9_]*\Z", gettext_lazy("영어 소문자로 시작해, 소문자와 숫자와 _로 적어 주세요.")
            )
        ],
        help_text=gettext_lazy("주소와 기록에 쓰여요. 나중에 바꿀 수 없어요. 예: pro_yearly"),
    )
    name_ko = TextField(label=gettext_lazy("화면에 보이는 이름"), required=False, max_length=100)
    name_en = TextField(label="English", required=False, max_length=100, widget=forms.TextInput(attrs=ENGLISH))
    description = TextField(
        label=gettext_lazy("설명"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
    description_en = TextField(
        label="English", required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2, **ENGLISH})
    )
    price = AmountField(label=gettext_lazy("가격"), min_value=0, max_digits=9, decimal_places=2)
    features = LinesField(
        label=gettext_lazy("담긴 것"),
        required=False,
        help_text=gettext_lazy("상세 분석이 들어 있고 돌아볼 수 있는 날을 비우면, 한 해까지 돌아볼 수 있어요."),
    )
    features_en = LinesField(label="English", required=False, widget=LinesWidget(attrs=ENGLISH))
    max_habits = _limit("max_habits", gettext_lazy("습관 개수"))
    ai_messages_per_day = _limit("ai_messages_per_day", gettext_lazy("하루 코치 메시지"))
    photo_storage_mb = _limit("photo_storage_mb", gettext_lazy("사진 저장 공간(MB)"))
    insight_days = _limit("insight_days", gettext_lazy("돌아볼 수 있는 날"))

    class Meta:
        model = SubscriptionPlan
        fields: ClassVar = [
            "id", "name", "description", "price", "currency", "billing_cycle", "features", "is_active", "sort_order",
        ]  # fmt: skip
        field_classes: ClassVar = dict.fromkeys(["name", "currency"], TextField)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        limits, texts = self.instance.limits or {}, self.instance.translations or {}
        stored = {name: texts.get(language, {}).get(key) for name, (language, key) in TEXTS.items()}
        if self.instance.pk:
            self.fields["price"].help_text = _PRICE_HELP
        self.initial = {**stored, **{name: limits.get(name) for name in LIMITS}, **self.initial}

    @property
    def limit_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in LIMITS]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("currency") == "KRW" and (values.get("price") or 0) % 100:
            self.add_error("price", _("원에는 소수점이 없어요."))
        if not self.errors:
            self.instance.limits = _without_empty(
                (self.instance.limits or {}) | {name: values[name] for name in LIMITS}
            )
            self.instance.translations = self._translations(values)
        return values

    def _translations(self, values: dict[str, Any]) -> dict[str, dict[str, Any]]:
        found = {code: dict(texts) for code, texts in (self.instance.translations or {}).items()}
        for name, (language, key) in TEXTS.items():
            found.setdefault(language, {})[key] = values[name] or None
        return {code: filled for code, texts in found.items() if (filled := _without_empty(texts))}


def _without_empty(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
