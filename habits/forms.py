"""Forms of check-ins, their details and habits. Each invalid value has its own message."""

import dataclasses
import datetime as dt
from typing import Annotated, Any
from uuid import UUID

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from pydantic import AfterValidator, Field, TypeAdapter

from accounts.models import User
from core import colors, text_storage
from core.db.columns import NO_NUL
from core.form_fields import ClockInput, DayInput, NameField, TextField
from core.staff_widgets import DESIGNED_COLORS
from core.text_format import unit_text
from habits import catalogue_icons
from habits.check_in_details import NO_DETAILS, NOTE_LENGTH, Details
from habits.editing import Appearance
from habits.enrollment import Choice
from habits.models import Direction, Habit, HabitCategory, HabitLog, PartOfDay, Place, UserHabit, Weather
from habits.reminders import MOST_TIMES
from habits.schedules import KINDS, MAX_TARGET, Rule, RuleError, Schedule
from habits.schedules.inputs import Input, WeekdaysInput

SCORE_ERRORS = {
    "invalid": _("1부터 10 사이에서 골라 주세요."),
    "min_value": _("1부터 10 사이에서 골라 주세요."),
    "max_value": _("1부터 10 사이에서 골라 주세요."),
}
COUNT_ERRORS = {
    "invalid": _("숫자로 입력해 주세요."),
    "required": _("얼마나 했는지 입력해 주세요."),
    "min_value": _("1 이상이어야 해요."),
    "max_value": _("1,000,000까지 쓸 수 있어요."),
}
STALE = dict.fromkeys(["invalid", "required"], _("화면이 오래됐어요. 새로 고친 뒤 다시 눌러 주세요."))


WEEKDAYS = list(enumerate((pgettext_lazy("weekday", day) for day in "월화수목금토일"), start=1))


class KeepForm(forms.Form):
    """The habits that go on when the plan allows fewer."""

    def chosen(self, user: User) -> set[UUID]:
        """The ids of those that are the person's; others are ignored."""
        wanted = self.data.getlist("habit") if isinstance(self.data, QueryDict) else []
        own = {str(pk): pk for pk in user.habits.counted().values_list("pk", flat=True)}
        return {own[value] for value in wanted if value in own}


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
    """The details of a check-in."""

    mood = forms.IntegerField(label=_("기분"), required=False, min_value=1, max_value=10, error_messages=SCORE_ERRORS)
    energy = forms.IntegerField(label=_("기운"), required=False, min_value=1, max_value=10, error_messages=SCORE_ERRORS)
    place = forms.ChoiceField(
        label=_("어디에서"), choices=[("", _("건너뛰기")), *Place.choices], required=False, widget=forms.RadioSelect
    )
    weather = forms.ChoiceField(
        label=_("날씨"), choices=[("", _("건너뛰기")), *Weather.choices], required=False, widget=forms.RadioSelect
    )
    note = TextField(
        label=_("메모"),
        required=False,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": _("메모는 2,000자까지 쓸 수 있어요.")},
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


# Without a form, which would copy the fields: nearly every check-in has only these three.
_TAP: dict[str, forms.Field] = {
    "key": forms.UUIDField(error_messages=STALE),
    "count": forms.IntegerField(min_value=1, max_value=MAX_TARGET, error_messages=COUNT_ERRORS),
    "at": InstantField(required=False, max_length=40),
}


def read_tap(sent: QueryDict) -> Tap:
    """Parse a check-in. Raises ValidationError with a message for the person."""
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

    widget = ClockInput
    default_error_messages = {"invalid": _("시각을 09:30처럼 입력해 주세요.")}


# The fields that need the consent to health data.
_PRIVATE = ("mood", "energy", "place", "note")


class LogForm(DetailsForm):
    """A check-in that is corrected, or added for a past day."""

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
        # Sent by a page that was open at the withdrawal, they stay, so that the refusal shows what is not stored.
        if not shares_health and not any(self.data.get(self.add_prefix(name)) for name in _PRIVATE):
            for name in _PRIVATE:
                del self.fields[name]

    @property
    def details(self) -> Details:
        return Details(
            **{name: said for name, said in self.cleaned_data.items() if name not in ("count", "clock", "key")}
        )


class PastLogForm(LogForm):
    key = forms.UUIDField(widget=forms.HiddenInput)
    clock = ClockField(label=_("몇 시쯤"), required=False, help_text=_("비우면 낮 12시로 기록해요."))


class TotalForm(forms.Form):
    """The amount of the day as a number."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    total = forms.IntegerField(
        label=_("오늘 한 양"),
        min_value=0,
        max_value=MAX_TARGET,
        error_messages=COUNT_ERRORS | {"min_value": _("0 이상이어야 해요.")},
    )


class PauseForm(forms.Form):
    """A pause with dates."""

    starts_on = forms.DateField(
        label=_("쉬기 시작하는 날"),
        widget=DayInput,
        error_messages={"required": _("시작하는 날을 골라 주세요."), "invalid": _("날짜를 다시 골라 주세요.")},
    )
    ends_on = forms.DateField(
        label=_("마지막으로 쉬는 날"),
        required=False,
        widget=DayInput,
        help_text=_("비워 두면 다시 시작할 때까지 쉬어요."),
        error_messages={"invalid": _("날짜를 다시 골라 주세요.")},
    )


class GoalForm(forms.Form):
    """The goal of a month: days of a habit, or percent of all habits."""

    target = forms.IntegerField(required=False, error_messages={"invalid": _("숫자로 입력해 주세요.")})

    def __init__(self, *args: Any, of_all: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        most, field = (100 if of_all else 31), self.fields["target"]
        assert isinstance(field, forms.IntegerField)  # noqa: S101 -- for the type checker
        field.label = _("한 달 완료율 (%)") if of_all else _("한 달에 며칠")
        field.help_text = _("비워 두면 목표를 없애요.")
        out_of_range = _("1부터 %(most)d까지 쓸 수 있어요.") % {"most": most}
        field.validators = [MinValueValidator(1, out_of_range), MaxValueValidator(most, out_of_range)]
        field.widget.attrs |= {"min": 1, "max": most, "inputmode": "numeric"}


_GroupName = Annotated[str, Field(pattern=NO_NUL), AfterValidator(text_storage.normalize)]
_ORDER = TypeAdapter(list[tuple[_GroupName, list[UUID]]])


class OrderForm(forms.Form):
    """The order and groups of the habits: [["아침 루틴", ["id", …]], …]."""

    order = TextField()

    def clean_order(self) -> list[tuple[str, list[UUID]]]:
        try:
            return _ORDER.validate_json(self.cleaned_data["order"])
        except ValueError as error:
            raise forms.ValidationError(_("순서를 알아보지 못했어요. 다시 옮겨 주세요.")) from error


class MonthForm(forms.Form):
    month = forms.DateField(input_formats=["%Y-%m"])


class UndoForm(forms.Form):
    log = forms.UUIDField(required=False, error_messages=STALE)


class HabitSearchForm(forms.Form):
    q = TextField(required=False, max_length=100)
    category = forms.SlugField(required=False, max_length=100)


def schedule_fields() -> dict[str, forms.Field]:
    """The form fields of all that the schedule kinds ask for."""
    return {one.name: _input_field(one) for kind in KINDS.values() for one in kind.inputs}


def schedule_kinds(form: forms.BaseForm) -> list[dict[str, Any]]:
    """Each kind of schedule with its radio button and the fields of the form that belong to it."""
    return [
        {"radio": radio, "inputs": [{"field": form[one.name], "input": one} for one in kind.inputs]}
        for radio, kind in zip(form["frequency"], KINDS.values(), strict=True)
    ]


def schedule_initial(schedule: Schedule) -> dict[str, Any]:
    """The values of these fields for a schedule, with the defaults of the other kinds."""
    defaults = {one.name: one.default for kind in KINDS.values() for one in kind.inputs}
    return {**defaults, "frequency": schedule.option, **schedule.to_form()}


def _input_field(asked: Input) -> forms.Field:
    """The form field of what a schedule kind asks for."""
    label = str(asked.label)
    if isinstance(asked, WeekdaysInput):
        return forms.TypedMultipleChoiceField(
            label=label, choices=WEEKDAYS, coerce=int, required=False, widget=forms.CheckboxSelectMultiple
        )
    errors = dict.fromkeys(["min_value", "max_value"], str(asked.message)) if asked.message else None
    return forms.IntegerField(
        label=label, min_value=asked.low, max_value=asked.high, required=False, error_messages=errors
    )


class ScheduleForm(forms.Form):
    """Schedule, part of the day and amount: the part that all habit forms share."""

    frequency = forms.ChoiceField(
        label=_("얼마나 자주 할까요?"),
        choices=[(kind.option, kind.title) for kind in KINDS.values()],
        widget=forms.RadioSelect,
    )
    part_of_day = forms.ChoiceField(label=_("언제 할까요?"), choices=PartOfDay, widget=forms.RadioSelect)
    target_count = forms.IntegerField(label=_("하루에"), min_value=0, max_value=MAX_TARGET, error_messages=COUNT_ERRORS)

    def __init__(self, *args: Any, suggested: Choice, day: dt.date, **kwargs: Any):
        self.suggested, self.day = suggested, day
        self.before = suggested.rule.schedule
        initial = {
            **schedule_initial(self.before),
            "part_of_day": suggested.part_of_day,
            "target_count": suggested.target_count,
        }
        kwargs["initial"] = initial | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.fields |= schedule_fields()

    def kinds(self) -> list[dict[str, Any]]:
        return schedule_kinds(self)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not self.errors:
            try:
                self.rule = self._rule(values)
            except RuleError as error:
                self.add_error(self._field_of(error), str(error))
        return values

    def _field_of(self, error: RuleError) -> str | None:
        kind = KINDS[self.cleaned_data["frequency"]]
        named = {"target": "target_count"} | {one.part: one.name for one in kind.inputs}
        name = named.get(error.field, error.field)
        return name if name in self.fields else None

    def _rule(self, values: dict[str, Any]) -> Rule:
        return Rule(
            KINDS[values["frequency"]].from_form(values, before=self.before, day=self.day),
            values["target_count"],
            values.get("unit", self.suggested.unit or ""),
            values.get("direction") or self.suggested.direction,  # type: ignore[arg-type] # Rule checks it
        )

    @property
    def choice(self) -> Choice:
        """The choice in the form, once it is valid."""
        values = self.cleaned_data
        return Choice(
            **self.rule.columns(),
            part_of_day=values["part_of_day"],
            anchor=values.get("anchor") or None,
            group_name=values.get("group_name") or None,
            reminder_times=[f"{values['remind_at']:%H:%M}"] if values.get("remind_at") else [],
        )

    def _offered_choice(self) -> Choice | None:
        """The choice that an unsent form is filled in with; None where it is no valid one."""
        try:
            values = {
                name: field.clean(self.get_initial_for_field(field, name))
                for name, field in self.fields.items()
                if name in self.initial and not isinstance(field, forms.ModelChoiceField)
            }
            rule = self._rule(values)
        except (forms.ValidationError, RuleError, KeyError):
            return None
        return dataclasses.replace(self.suggested, **rule.columns(), part_of_day=values["part_of_day"])

    @property
    def sentence(self) -> str:
        """The choice in words: "매주 월·수·금 저녁, 30개"; empty while it is invalid."""
        if not self.is_bound:
            choice = self._offered_choice() or self.suggested
        elif self.is_valid():
            choice = self.choice
        else:
            return ""
        rule = choice.rule
        part = "" if choice.part_of_day == PartOfDay.ANYTIME else str(PartOfDay(choice.part_of_day).label).lower()
        when = choice.anchor or part
        schedule = str(rule.schedule)
        if when:
            schedule = _("%(schedule)s %(when)s") % {"schedule": schedule, "when": when}
        return ", ".join(words for words in (schedule, rule.amount()) if words)


class ReminderForm(forms.Form):
    """Reminder times and weekdays of a habit.

    Times are one repeated field; empty ones are ignored.
    """

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
            # A time with an offset is not on the person's clock, and cannot be sorted among those.
            times = sorted({dt.time.fromisoformat(text) for text in self.cleaned_data["times"] or [] if text})
            if any(time.tzinfo for time in times):
                raise ValueError("an offset")
        except (TypeError, ValueError) as error:
            raise forms.ValidationError(_("시각을 다시 골라 주세요.")) from error
        if len(times) > MOST_TIMES:
            raise forms.ValidationError(_("하루에 12번까지 알려 드릴 수 있어요."))
        return times


class _NewHabitForm(forms.Form):
    """What is asked of a new habit besides its rule. Later it has a form of its own."""

    remind_at = ClockField(label=_("몇 시에 알려 드릴까요?"), required=False, help_text=_("비우면 알리지 않아요."))


class AddForm(ScheduleForm, _NewHabitForm):
    """A habit from the catalogue with the person's own schedule and amount."""

    def __init__(self, *args: Any, habit: Habit, day: dt.date, **kwargs: Any):
        super().__init__(*args, suggested=Choice.suggested(habit, day=day), day=day, **kwargs)


class HabitForm(ScheduleForm):
    """Everything that can be set on a habit."""

    name = NameField(
        label=_("무엇을 할까요?"),
        max_length=200,
        error_messages={"max_length": _("이름은 200자까지 쓸 수 있어요.")},
    )
    unit = TextField(label=_("단위"), max_length=20, required=False, help_text=_("잔, 쪽, 분처럼 세는 단위예요."))
    direction = forms.ChoiceField(
        label=_("얼마만큼 할까요?"), choices=Direction, widget=forms.RadioSelect, required=False
    )
    anchor = TextField(
        label=_("무엇을 한 다음에 할까요?"),
        max_length=100,
        required=False,
        help_text=_("양치 후, 출근길에처럼 이미 하는 일에 이어 두면 잊지 않아요."),
        widget=forms.TextInput(attrs={"list": "anchors"}),
    )
    group_name = TextField(
        label=_("묶음"),
        max_length=50,
        required=False,
        help_text=_("함께 하는 습관을 한 이름으로 묶어요."),
        widget=forms.TextInput(attrs={"list": "groups"}),
    )

    def __init__(self, *args: Any, suggested: Choice, name: str = "", **kwargs: Any):
        initial = {
            "name": name,
            "unit": unit_text(suggested.unit),
            "direction": suggested.direction,
            "anchor": suggested.anchor,
            "group_name": suggested.group_name,
        }
        super().__init__(*args, suggested=suggested, initial=initial | kwargs.pop("initial", {}), **kwargs)

    def clean_unit(self) -> str:
        """As it was while the reader sees it in their language and leaves it: 쪽, shown as pages."""
        unit, known = self.cleaned_data["unit"], self.suggested.unit or ""
        return known if known and unit == unit_text(known) else unit


class _CategoryForm(forms.Form):
    category = forms.ModelChoiceField(
        label=_("어느 분류인가요?"),
        queryset=HabitCategory.objects.filter(is_active=True).order_by("sort_order"),
        empty_label=None,
        widget=forms.RadioSelect,
    )
    icon = forms.ChoiceField(label=_("아이콘"), choices=catalogue_icons.OWN, required=False, widget=forms.RadioSelect)
    color = forms.ChoiceField(
        label=_("색"), choices=[("", _("분류의 색")), *DESIGNED_COLORS], required=False, widget=forms.RadioSelect
    )

    @property
    def appearance(self) -> Appearance:
        return Appearance(self.cleaned_data["icon"], self.cleaned_data["color"])


class OwnHabitForm(HabitForm, _CategoryForm, _NewHabitForm):
    """A new private habit, from scratch or from a template."""

    def __init__(self, *args: Any, day: dt.date, template: Habit | None = None, **kwargs: Any):
        self.template = template
        suggested = Choice.suggested(template, day=day) if template else Choice("daily", {}, 1, None)
        if template:
            kwargs |= {"name": template.text("name"), "initial": {"category": template.category_id}}
        super().__init__(*args, suggested=suggested, day=day, **kwargs)

    @cached_property
    def own(self) -> Habit:
        """The unsaved habit of the form."""
        own = Habit(own_name=self.cleaned_data["name"], category=self.cleaned_data["category"])
        own.icon = self.cleaned_data["icon"] or (self.template.icon if self.template else None)
        own.color = self.cleaned_data["color"] or None
        if self.template:
            own.own_description = self.template.text("description") or None
            own.instructions = self.template.text_list("instructions") or None
            own.tips = self.template.text_list("tips") or None
            own.difficulty_level = self.template.difficulty_level
            own.estimated_time_minutes = self.template.estimated_time_minutes
        return own


class EditForm(HabitForm):
    """Changes to a habit the person does."""

    def __init__(self, *args: Any, user_habit: UserHabit, day: dt.date, **kwargs: Any):
        super().__init__(*args, suggested=Choice.of(user_habit), name=user_habit.name, day=day, **kwargs)


class EditOwnForm(EditForm, _CategoryForm):
    """Changes to a private habit: its category, icon and colour too."""

    def __init__(self, *args: Any, user_habit: UserHabit, **kwargs: Any):
        habit = user_habit.habit
        own = {"category": habit.category_id, "icon": habit.icon, "color": colors.parse(habit.color) or ""}
        super().__init__(*args, user_habit=user_habit, initial=own, **kwargs)
