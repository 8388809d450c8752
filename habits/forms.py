"""What pages send: a check-in, its details, the choice of a habit. Each wrong value has its own words."""

import dataclasses
import datetime as dt
import unicodedata
from typing import Annotated, Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from pydantic import Field, TypeAdapter

from core.db.columns import NO_NUL
from habits import schedules
from habits.check_in_details import NO_DETAILS, NOTE_LENGTH, Details
from habits.enrollment import Choice
from habits.models import Direction, Habit, HabitCategory, HabitLog, PartOfDay, Place, UserHabit, Weather
from habits.reminders import MOST_TIMES
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
STALE = dict.fromkeys(["invalid", "required"], _("화면이 오래됐어요. 새로 고친 뒤 다시 눌러 주세요."))


WEEKDAYS = list(enumerate((pgettext_lazy("weekday", day) for day in "월화수목금토일"), start=1))


class InstantField(forms.CharField):
    """An ISO 8601 instant with its offset, as pages send it."""

    default_error_messages = {"instant": _("시각을 알아보지 못했어요. 다시 눌러 주세요.")}

    def clean(self, value: Any) -> dt.datetime | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            instant = dt.datetime.fromisoformat(text)
            if instant.tzinfo is not None:
                return instant.astimezone(dt.UTC)
        except (ValueError, OverflowError):
            pass
        raise forms.ValidationError(self.error_messages["instant"], code="instant")


class DetailsForm(forms.Form):
    """What may be said about a check-in."""

    mood = forms.IntegerField(label=_("기분"), required=False, min_value=1, max_value=10, error_messages=SCORE_ERRORS)
    energy = forms.IntegerField(label=_("기운"), required=False, min_value=1, max_value=10, error_messages=SCORE_ERRORS)
    place = forms.ChoiceField(
        label=_("어디에서"), choices=[("", _("안 적기")), *Place.choices], required=False, widget=forms.RadioSelect
    )
    weather = forms.ChoiceField(
        label=_("날씨"), choices=[("", _("안 적기")), *Weather.choices], required=False, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=_("메모"),
        required=False,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": _("메모는 2,000자까지 적을 수 있어요.")},
    )

    @property
    def details(self) -> Details:
        said = self.cleaned_data
        return Details(said["mood"], said["energy"], said["note"], said["place"], said["weather"])


@dataclasses.dataclass(frozen=True)
class Tap:
    """A check-in as a page sends it."""

    key: UUID
    count: int
    at: dt.datetime | None
    details: Details


# Without a form around them, which would copy them: nearly every check-in is these three and no more.
_TAP: dict[str, forms.Field] = {
    "key": forms.UUIDField(error_messages=STALE),
    "count": forms.IntegerField(min_value=1, max_value=MAX_TARGET, error_messages=COUNT_ERRORS),
    "at": InstantField(required=False, max_length=40),
}


def read_tap(sent: QueryDict) -> Tap:
    """Raises ValidationError, in words for the person."""
    read = {name: field.clean(sent.get(name)) for name, field in _TAP.items()}
    if DetailsForm.base_fields.keys().isdisjoint(sent):
        return Tap(**read, details=NO_DETAILS)
    form = DetailsForm(sent)
    if not form.is_valid():
        raise forms.ValidationError(first_error(form))
    return Tap(**read, details=form.details)


def first_error(form: forms.Form) -> str:
    return str(next(iter(form.errors.values()))[0])


class ClockField(forms.TimeField):
    """A time of the person's own clock, to the minute."""

    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    default_error_messages = {"invalid": _("시각을 09:30처럼 적어 주세요.")}


class LogForm(DetailsForm):
    """A check-in put right, or written down for a day that has passed."""

    count = forms.IntegerField(label=_("얼마나"), min_value=1, max_value=MAX_TARGET, error_messages=COUNT_ERRORS)
    clock = ClockField(label=_("몇 시쯤"))

    field_order = ["count", "clock", "mood", "energy", "place", "weather", "note"]

    def __init__(self, *args: Any, shares_health: bool, log: HabitLog | None = None, **kwargs: Any):
        initial: dict[str, Any] = {"count": log.completed_count if log else 1}
        if log:
            said = Details.of(log)
            initial |= {"mood": said.mood, "energy": said.energy, "note": said.note}
            initial |= {"place": said.place, "weather": said.weather}
        kwargs["initial"] = initial | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        if not shares_health:
            for name in ("mood", "energy", "place", "note"):
                del self.fields[name]

    @property
    def details(self) -> Details:
        return Details(
            **{name: said for name, said in self.cleaned_data.items() if name not in ("count", "clock", "key")}
        )


class PastLogForm(LogForm):
    key = forms.UUIDField(widget=forms.HiddenInput)
    clock = ClockField(label=_("몇 시쯤"), required=False, help_text=_("안 적으면 한낮으로 적어 둘게요."))


class TotalForm(forms.Form):
    """The day's amount, typed."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    total = forms.IntegerField(
        label=_("오늘 한 양"),
        min_value=0,
        max_value=MAX_TARGET,
        error_messages=COUNT_ERRORS | {"min_value": _("0부터 적을 수 있어요.")},
    )


class PauseForm(forms.Form):
    """A rest with dates."""

    starts_on = forms.DateField(
        label=_("쉬기 시작하는 날"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("시작하는 날을 골라 주세요."), "invalid": _("날짜를 다시 골라 주세요.")},
    )
    ends_on = forms.DateField(
        label=_("마지막으로 쉬는 날"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("비워 두면 다시 시작할 때까지 쉬어요."),
        error_messages={"invalid": _("날짜를 다시 골라 주세요.")},
    )


_ORDER = TypeAdapter(list[tuple[Annotated[str, Field(pattern=NO_NUL)], list[UUID]]])


class OrderForm(forms.Form):
    """The order and the groups of one's habits: [["아침 루틴", ["id", …]], …]."""

    order = forms.CharField()

    def clean_order(self) -> list[tuple[str, list[UUID]]]:
        try:
            return _ORDER.validate_json(self.cleaned_data["order"])
        except ValueError as error:
            raise forms.ValidationError(_("순서를 알아보지 못했어요. 다시 옮겨 주세요.")) from error


class MonthForm(forms.Form):
    month = forms.DateField(input_formats=["%Y-%m"])


class UndoForm(forms.Form):
    log = forms.UUIDField(required=False, error_messages=STALE)


class SearchForm(forms.Form):
    q = forms.CharField(required=False, max_length=100)
    category = forms.SlugField(required=False, max_length=100)


class ScheduleForm(forms.Form):
    """How often, when in the day, how much: what every way of adding a habit asks."""

    # The ways to say how often; the last three are one `custom` frequency in the columns.
    DAILY, WEEKLY, ON_DAYS, INTERVAL, WINDOW = "daily", "weekly", "custom", "interval", "window"
    FREQUENCIES = [
        (DAILY, _("매일")),
        (WEEKLY, _("한 주에 몇 번")),
        (ON_DAYS, _("요일 고르기")),
        (INTERVAL, _("며칠마다")),
        (WINDOW, _("며칠에 몇 번")),
    ]

    frequency = forms.ChoiceField(label=_("얼마나 자주 할까요?"), choices=FREQUENCIES, widget=forms.RadioSelect)
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
        choices=WEEKDAYS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    every = forms.IntegerField(label=_("며칠마다"), min_value=2, max_value=365, required=False)
    window_days = forms.IntegerField(label=_("며칠 동안"), min_value=1, max_value=60, required=False)
    window_times = forms.IntegerField(label=_("그 사이에"), min_value=1, max_value=60, required=False)
    part_of_day = forms.ChoiceField(label=_("언제 할까요?"), choices=PartOfDay, widget=forms.RadioSelect)
    target_count = forms.IntegerField(label=_("하루에"), min_value=0, max_value=MAX_TARGET, error_messages=COUNT_ERRORS)

    def __init__(self, *args: Any, suggested: Choice, day: dt.date, **kwargs: Any):
        self.suggested, self.day = suggested, day
        schedule = suggested.schedule
        kind = schedule.get("kind")
        initial = {
            "frequency": kind if kind in (self.INTERVAL, self.WINDOW) else suggested.frequency,
            "times": schedule.get("times", 3) if suggested.frequency == self.WEEKLY else 3,
            "days": schedule.get("days", []) if kind == "weekdays" else [],
            "every": schedule.get("every", 2),
            "window_days": schedule["days"] if kind == self.WINDOW else 10,
            "window_times": schedule["times"] if kind == self.WINDOW else 3,
            "part_of_day": suggested.part_of_day,
            "target_count": suggested.target_count,
        }
        kwargs["initial"] = initial | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not self.errors:
            try:
                self.rule = self._rule(values)
            except RuleError as error:
                self.add_error(self._field_of(error), str(error))
        return values

    def _field_of(self, error: RuleError) -> str | None:
        in_window = self.cleaned_data["frequency"] == self.WINDOW
        named = {
            "target": "target_count",
            "schedule": "days",
            "times": "window_times" if in_window else "times",
            "days": "window_days" if in_window else "days",
        }.get(error.field, error.field)
        return named if named in self.fields else None

    def _rule(self, values: dict[str, Any]) -> schedules.Rule:
        frequency, schedule = self._schedule(values)
        return schedules.parse(
            frequency,
            schedule,
            target=values["target_count"],
            unit=values.get("unit", self.suggested.unit or ""),
            direction=values.get("direction") or self.suggested.direction,
        )

    def _schedule(self, values: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        match values["frequency"]:
            case self.DAILY:
                return "daily", {}
            case self.WEEKLY:
                return "weekly", {"times": values["times"] or 3}
            case self.INTERVAL:
                return "custom", self._interval(values["every"] or 2)
            case self.WINDOW:
                window = {"times": values["window_times"] or 3, "days": values["window_days"] or 10}
                return "custom", {"kind": "window", **window}
        return "custom", {"kind": "weekdays", "days": sorted(values["days"])}

    def _interval(self, every: int) -> dict[str, Any]:
        kept = self.suggested.schedule
        # The same rhythm goes on from where it stands; another begins today.
        if kept.get("kind") == "interval" and kept.get("every") == every:
            return kept
        return {"kind": "interval", "every": every, "from": self.day.isoformat()}

    @property
    def choice(self) -> Choice:
        """What the form says, once it is valid."""
        values = self.cleaned_data
        return Choice(
            frequency=self.rule.frequency,
            schedule=self.rule.schedule.to_json(),
            target_count=self.rule.target,
            unit=self.rule.unit or None,
            direction=self.rule.direction,
            part_of_day=values["part_of_day"],
            anchor=values.get("anchor") or None,
            group_name=values.get("group_name") or None,
        )

    def thing(self) -> str:
        """What the sentence is about, where the name does not say it already."""
        return ""

    @property
    def sentence(self) -> str:
        """The choice in words: "매주 월·수·금 저녁, 스쿼트 30개"; nothing while it is not one."""
        if not self.is_bound:
            choice = self.suggested
        elif self.is_valid():
            choice = self.choice
        else:
            return ""
        rule = choice.rule
        when = choice.anchor or ("" if choice.part_of_day == PartOfDay.ANYTIME else PartOfDay(choice.part_of_day).label)
        about = f"{self.thing()} {rule.amount()}".strip()
        return ", ".join(words for words in (f"{rule.schedule} {when}".strip(), about) if words)


class ReminderForm(forms.Form):
    """When to be reminded of one habit. Times come as one field repeated; empty ones are passed over."""

    times = forms.Field(
        label=_("몇 시에 알려 드릴까요?"),
        required=False,
        widget=forms.MultipleHiddenInput,
        help_text=_("비우면 알리지 않아요."),
    )
    days = forms.TypedMultipleChoiceField(
        label=_("어느 요일에요?"),
        choices=WEEKDAYS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("고르지 않으면 하기로 한 날마다 알려요."),
    )

    def clean_times(self) -> list[dt.time]:
        try:
            # A time with an offset is not one of the person's own clock, and cannot be sorted among those.
            times = sorted({dt.time.fromisoformat(text) for text in self.cleaned_data["times"] or [] if text})
            if any(time.tzinfo for time in times):
                raise ValueError("an offset")
        except (TypeError, ValueError) as error:
            raise forms.ValidationError(_("시각을 다시 골라 주세요.")) from error
        if len(times) > MOST_TIMES:
            raise forms.ValidationError(_("하루에 12번까지 알려 드릴 수 있어요."))
        return times


class AddForm(ScheduleForm):
    """A habit of the catalogue, done the person's own way."""

    def __init__(self, *args: Any, habit: Habit, day: dt.date, **kwargs: Any):
        super().__init__(*args, suggested=Choice.suggested(habit, day=day), day=day, **kwargs)


def _must_show_something(name: str) -> None:
    """A name of joiners and blanks alone would be an empty line."""
    if not any(unicodedata.category(letter)[0] in "LNPS" for letter in name):
        raise forms.ValidationError(_("이름을 한 글자라도 적어 주세요."))


class WholeForm(ScheduleForm):
    """All that can be said of a habit."""

    name = forms.CharField(
        label=_("무엇을 할까요?"),
        max_length=200,
        validators=[_must_show_something],
        error_messages={"max_length": _("이름은 200자까지 적을 수 있어요.")},
    )
    unit = forms.CharField(label=_("단위"), max_length=20, required=False, help_text=_("잔, 쪽, 분처럼 세는 말이에요."))
    direction = forms.ChoiceField(
        label=_("얼마만큼 할까요?"), choices=Direction, widget=forms.RadioSelect, required=False
    )
    anchor = forms.CharField(
        label=_("무엇을 한 다음에 할까요?"),
        max_length=100,
        required=False,
        help_text=_("양치 후, 출근길에처럼 이미 하는 일에 이어 두면 잊지 않아요."),
        widget=forms.TextInput(attrs={"list": "anchors"}),
    )
    group_name = forms.CharField(
        label=_("묶음"),
        max_length=50,
        required=False,
        help_text=_("함께 하는 습관을 한 이름으로 묶어요."),
        widget=forms.TextInput(attrs={"list": "groups"}),
    )

    def __init__(self, *args: Any, suggested: Choice, name: str = "", **kwargs: Any):
        initial = {
            "name": name,
            "unit": suggested.unit,
            "direction": suggested.direction,
            "anchor": suggested.anchor,
            "group_name": suggested.group_name,
        }
        super().__init__(*args, suggested=suggested, initial=initial | kwargs.pop("initial", {}), **kwargs)

    def thing(self) -> str:
        return self.cleaned_data["name"] if self.is_bound else self.initial["name"]


class _OfCategory(forms.Form):
    category = forms.ModelChoiceField(
        label=_("어느 갈래인가요?"),
        queryset=HabitCategory.objects.filter(is_active=True).order_by("sort_order"),
        empty_label=None,
        widget=forms.RadioSelect,
    )


class OwnHabitForm(WholeForm, _OfCategory):
    """A habit from scratch, or after a template; only the person sees it."""

    def __init__(self, *args: Any, day: dt.date, template: Habit | None = None, **kwargs: Any):
        self.template = template
        suggested = Choice.suggested(template, day=day) if template else Choice("daily", {}, 1, None)
        if template:
            kwargs |= {"name": template.text("name"), "initial": {"category": template.category_id}}
        super().__init__(*args, suggested=suggested, day=day, **kwargs)

    @cached_property
    def own(self) -> Habit:
        """The unsaved habit that the form describes."""
        own = Habit(name=self.cleaned_data["name"], category=self.cleaned_data["category"])
        if self.template:
            own.icon = self.template.icon
            own.description = self.template.text("description") or None
            own.instructions = self.template.text_list("instructions") or None
            own.tips = self.template.text_list("tips") or None
            own.difficulty_level = self.template.difficulty_level
            own.estimated_time_minutes = self.template.estimated_time_minutes
        return own


class EditForm(WholeForm):
    """A habit that is under way."""

    def __init__(self, *args: Any, user_habit: UserHabit, day: dt.date, **kwargs: Any):
        super().__init__(*args, suggested=Choice.of(user_habit), name=user_habit.name, day=day, **kwargs)


class EditOwnForm(EditForm, _OfCategory):
    """The same of one's own making: its category too."""

    def __init__(self, *args: Any, user_habit: UserHabit, **kwargs: Any):
        super().__init__(*args, user_habit=user_habit, initial={"category": user_habit.habit.category_id}, **kwargs)
