"""What pages send: a check-in, its details, the choice of a habit. Each wrong value has its own words."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from habits import schedules
from habits.adopting import Choice
from habits.checkins import NOTE_LENGTH
from habits.models import Frequency, Habit, HabitCategory, PartOfDay
from habits.schedules import MAX_TARGET, RuleError

SCORE_ERRORS = {
    "invalid": _("1부터 10 사이에서 골라 주세요."),
    "min_value": _("1부터 10 사이에서 골라 주세요."),
    "max_value": _("1부터 10 사이에서 골라 주세요."),
}
COUNT_ERRORS = {
    "invalid": _("숫자로 적어 주세요."),
    "required": _("얼마나 했는지 적어 주세요."),
    "min_value": _("1부터 적을 수 있어요."),
    "max_value": _("1,000,000까지 적을 수 있어요."),
}


class InstantField(forms.CharField):
    """An ISO 8601 instant with its offset, as pages send it."""

    default_error_messages = {"instant": _("시각을 알아보지 못했어요. 다시 눌러 주세요.")}

    def clean(self, value: Any) -> dt.datetime | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            instant = dt.datetime.fromisoformat(text)
        except ValueError:
            instant = None
        if instant is None or instant.tzinfo is None:
            raise forms.ValidationError(self.error_messages["instant"], code="instant")
        return instant.astimezone(dt.UTC)


class DetailsForm(forms.Form):
    mood = forms.IntegerField(required=False, min_value=1, max_value=10, error_messages=SCORE_ERRORS)
    energy = forms.IntegerField(required=False, min_value=1, max_value=10, error_messages=SCORE_ERRORS)
    note = forms.CharField(
        required=False,
        max_length=NOTE_LENGTH,
        error_messages={"max_length": _("메모는 2,000자까지 적을 수 있어요.")},
    )


class CheckInForm(DetailsForm):
    key = forms.UUIDField(error_messages={"invalid": _("화면이 오래됐어요. 새로 고친 뒤 다시 눌러 주세요.")})
    count = forms.IntegerField(min_value=1, max_value=MAX_TARGET, error_messages=COUNT_ERRORS)
    at = InstantField(required=False, max_length=40)


class UndoForm(forms.Form):
    log = forms.UUIDField(required=False)


class SearchForm(forms.Form):
    q = forms.CharField(required=False, max_length=100)
    category = forms.SlugField(required=False, max_length=100)


class ScheduleForm(forms.Form):
    """How often, when in the day, how much: what every way of adding a habit asks."""

    frequency = forms.ChoiceField(label=_("얼마나 자주 할까요?"), choices=Frequency, widget=forms.RadioSelect)
    times = forms.IntegerField(
        label=_("한 주에"),
        min_value=1,
        max_value=7,
        required=False,
        error_messages={
            "min_value": _("일주일에 1번부터 7번까지 고를 수 있어요."),
            "max_value": _("일주일에 1번부터 7번까지 고를 수 있어요."),
        },
    )
    days = forms.TypedMultipleChoiceField(
        label=_("어느 날에 할까요?"),
        choices=list(enumerate((pgettext_lazy("weekday", day) for day in "월화수목금토일"), start=1)),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    part_of_day = forms.ChoiceField(label=_("언제 할까요?"), choices=PartOfDay, widget=forms.RadioSelect)
    target_count = forms.IntegerField(label=_("한 번에"), max_value=MAX_TARGET, error_messages=COUNT_ERRORS)

    def __init__(self, *args: Any, suggested: Choice, **kwargs: Any):
        self.suggested = suggested
        schedule = suggested.schedule
        kwargs["initial"] = {
            "frequency": suggested.frequency,
            "times": schedule.get("times", 3) if suggested.frequency == Frequency.WEEKLY else 3,
            "days": schedule.get("days", []) if schedule.get("kind") == "weekdays" else [],
            "part_of_day": suggested.part_of_day,
            "target_count": suggested.target_count,
        }
        super().__init__(*args, **kwargs)
        if schedule.get("kind") in ("interval", "window"):
            # A rhythm that no weekday says is kept as the template has it; choosing days replaces it.
            self.fields["days"].help_text = _("고르지 않으면 %(rhythm)s 해요.") % {
                "rhythm": self._rule(schedule).schedule
            }

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not self.errors:
            try:
                self.rule = self._rule(self._schedule(values), values)
            except RuleError as error:
                named = {"target": "target_count", "schedule": "days"}.get(error.field, error.field)
                self.add_error(named if named in self.fields else None, str(error))
        return values

    def _rule(self, schedule: dict[str, Any], values: dict[str, Any] | None = None) -> schedules.Rule:
        values = values or {"frequency": self.suggested.frequency, "target_count": self.suggested.target_count}
        return schedules.parse(
            values["frequency"],
            schedule,
            target=values["target_count"],
            unit=values.get("unit") or self.suggested.unit or "",
            direction=self.suggested.direction,
        )

    def _schedule(self, values: dict[str, Any]) -> dict[str, Any]:
        if values["frequency"] == Frequency.DAILY:
            return {}
        if values["frequency"] == Frequency.WEEKLY:
            return {"times": values["times"] or 3}
        kept = self.suggested.schedule
        if not values["days"] and kept.get("kind") in ("interval", "window"):
            return kept
        return {"kind": "weekdays", "days": sorted(values["days"])}

    @property
    def choice(self) -> Choice:
        return Choice(
            frequency=self.rule.frequency,
            schedule=self.rule.schedule.to_json(),
            target_count=self.rule.target,
            unit=self.rule.unit or None,
            direction=self.rule.direction,
            part_of_day=self.cleaned_data["part_of_day"],
        )

    def thing(self) -> str:
        """What the sentence is about, where the name does not say it already."""
        return ""

    @property
    def sentence(self) -> str:
        """The choice in words: "매주 월·수·금 저녁, 스쿼트 30개"; nothing while it is not one."""
        if not self.is_bound:
            rule, part = self._rule(self.suggested.schedule), self.suggested.part_of_day
        elif self.is_valid():
            rule, part = self.rule, self.cleaned_data["part_of_day"]
        else:
            return ""
        when = "" if part == PartOfDay.ANYTIME else f" {PartOfDay(part).label}"
        about = f"{self.thing()} {rule.amount()}".strip()
        return ", ".join(words for words in (f"{rule.schedule}{when}", about) if words)


class AddForm(ScheduleForm):
    """A habit of the catalogue, done the person's own way."""

    def __init__(self, *args: Any, habit: Habit, day: dt.date, **kwargs: Any):
        super().__init__(*args, suggested=Choice.suggested(habit, day=day), **kwargs)


class OwnHabitForm(ScheduleForm):
    """A habit from scratch; only the person sees it."""

    name = forms.CharField(label=_("무엇을 할까요?"), max_length=200)
    category = forms.ModelChoiceField(
        label=_("어느 갈래인가요?"),
        queryset=HabitCategory.objects.filter(is_active=True).order_by("sort_order"),
        empty_label=None,
        widget=forms.RadioSelect,
    )
    unit = forms.CharField(label=_("단위"), max_length=20, required=False, help_text=_("잔, 쪽, 분처럼 세는 말이에요."))

    def __init__(self, *args: Any, day: dt.date, **kwargs: Any):
        super().__init__(*args, suggested=Choice("daily", {}, 1, None), **kwargs)

    @property
    def own(self) -> Habit:
        """The unsaved habit that the form describes."""
        return Habit(name=self.cleaned_data["name"], category=self.cleaned_data["category"])

    def thing(self) -> str:
        return self.cleaned_data["name"] if self.is_bound else ""
