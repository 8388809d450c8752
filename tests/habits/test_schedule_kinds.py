"""Every registered schedule kind with all its users. New kinds are covered without an edit."""

import datetime as dt
import json
from types import SimpleNamespace

import pytest
from django.utils import translation

from accounts.days import ONE_DAY, Calendar
from habits import reminders, strength
from habits.enrollment import Choice
from habits.forms import ScheduleForm
from habits.models import UserHabit
from habits.schedules import KINDS, TEMPLATE_COLUMNS, Rule, RuleError, Schedule, Timeline, parse
from habits.schedules.inputs import WeekdaysInput
from habits.streaks import replay
from habits.transfer.loop_export import LoopHabit

MONDAY = dt.date(2026, 1, 5)
ALL = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())


def values_of(kind):
    """What the form sends for the kind."""
    return {
        one.name: [2, 6] if isinstance(one, WeekdaysInput) else one.default
        for each in KINDS.values()
        for one in each.inputs
    } | {"frequency": kind.option}


def example(kind):
    return kind.from_form(values_of(kind), before=parse("daily", {}).schedule, day=MONDAY)


def form_of(data, *, suggested=None, day=MONDAY):
    choice = Choice(**Rule(suggested).columns()) if suggested else Choice("daily", {}, 1, None)
    return ScheduleForm({"part_of_day": "anytime", "target_count": 1} | data, suggested=choice, day=day)


def replayed(schedule, *, days, done):
    counts = {day: 1 for n in range(days) if done(n) and schedule.is_due(day := MONDAY + n * ONE_DAY)}
    return replay(Timeline.always(Rule(schedule)), start=MONDAY, counts=counts, today=MONDAY + days * ONE_DAY)


@ALL
def test_a_kind_is_complete(kind):
    assert kind.__abstractmethods__ == frozenset()
    assert [name for name in ("frequency", "option", "title", "judged") if not hasattr(kind, name)] == []
    assert {one.part for one in kind.inputs} <= set(kind.__match_args__)


def test_an_incomplete_kind_cannot_be_created():
    class Incomplete(Schedule):
        def is_due(self, day):
            return True

    with pytest.raises(TypeError, match="abstract"):
        Incomplete()


def test_no_two_kinds_share_a_name():
    assert len({(kind.frequency, kind.kind) for kind in KINDS.values()}) == len(KINDS)
    names = [one.name for kind in KINDS.values() for one in kind.inputs]
    assert len(set(names)) == len(names)


@ALL
def test_a_kind_survives_its_json(kind):
    schedule = example(kind)
    stored = json.loads(json.dumps(schedule.to_json()))

    assert parse(kind.frequency, stored).schedule == schedule
    assert Rule.from_json(json.loads(json.dumps(Rule(schedule, 8, "잔").to_json()))) == Rule(schedule, 8, "잔")
    for wrong in [
        stored | {"more": 1},
        *({**stored, key: None} for key in stored),
        *(_without(stored, key) for key in stored),
    ]:
        with pytest.raises(RuleError):
            parse(kind.frequency, wrong)


@ALL
def test_a_template_needs_no_first_day(kind):
    stored = example(kind).to_json()
    row = SimpleNamespace(
        **dict(zip(TEMPLATE_COLUMNS, (kind.frequency, _without(stored, "from"), 1, None, "at_least"), strict=True))
    )

    assert Rule.of_template(row, begins_on=MONDAY).schedule == example(kind)
    assert str(Rule.of_template(row).schedule) == str(example(kind))


@ALL
def test_a_kind_has_words_in_both_languages(kind):
    schedule = example(kind)
    said = {}
    for language in ("ko", "en"):
        with translation.override(language):
            said[language] = [
                str(schedule), str(kind.title), *(str(one.label) for one in kind.inputs),
                *(str(one.unit) for one in kind.inputs if not isinstance(one, WeekdaysInput)), schedule.progress(1),
            ]  # fmt: skip

    assert all(said["ko"][:-1])
    assert not any("가" <= letter <= "힣" for words in said["en"] for letter in words)


@ALL
def test_the_form_gives_what_it_was_given(kind):
    form = form_of(values_of(kind))
    assert form.is_valid(), form.errors
    assert form.choice.rule.schedule == example(kind)

    later = form_of({}, suggested=example(kind), day=MONDAY + 40 * ONE_DAY)
    again = form_of(later.initial | {"target_count": 2}, suggested=example(kind), day=MONDAY + 40 * ONE_DAY)
    assert again.is_valid(), again.errors
    assert again.choice.rule.schedule == example(kind)


@ALL
def test_the_form_refuses_a_number_out_of_range_at_its_field(kind):
    for one in kind.inputs:
        if isinstance(one, WeekdaysInput):
            wrong = [[], [8]]
        else:
            wrong = [one.low - 1, one.high + 1]
        for value in wrong:
            form = form_of(values_of(kind) | {one.name: value})
            assert one.name in form.errors


@pytest.mark.django_db
def test_the_page_offers_each_kind_with_its_fields(signed_in):
    page = signed_in.get("/habits/own/").content.decode()

    assert [kind.option for kind in KINDS.values() if f'name="frequency" value="{kind.option}"' not in page] == []
    assert [one.name for kind in KINDS.values() for one in kind.inputs if f'name="{one.name}"' not in page] == []


@ALL
def test_the_pace_is_how_often_the_kind_is_due(kind):
    schedule = example(kind)
    times, days = schedule.pace

    assert 0 < times <= days
    due = sum(schedule.is_due(MONDAY + n * ONE_DAY) for n in range(days * 20))
    assert due == (times * 20 if schedule.judged == "day" else days * 20)


@ALL
def test_a_streak_grows_with_each_due_day_and_ends_in_silence(kind):
    schedule = example(kind)

    kept = replayed(schedule, days=140, done=lambda n: True)
    assert kept.streak.current > 0
    assert not any(entry.broke or entry.spent for entry in kept.ledger)
    left = replayed(schedule, days=280, done=lambda n: n < 140)
    assert left.streak.current == 0
    assert left.streak.best >= kept.streak.best
    assert [entry.broke for entry in left.ledger].count(True) == 1
    assert kept.streak.unit == kind.unit


@ALL
def test_strength_grows_while_done_and_fades_after(kind):
    schedule, timeline = example(kind), Timeline.always(Rule(example(kind)))
    counts = {day: 1 for n in range(400) if schedule.is_due(day := MONDAY + n * ONE_DAY)}

    values = [
        value for _day, value in strength.series(timeline, start=MONDAY, counts=counts, through=MONDAY + 799 * ONE_DAY)
    ]
    assert all(0 <= value <= 100 for value in values)
    assert values[0] < values[100] < values[399]
    assert values[399] > 70
    assert values[799] < values[399] / 2


@ALL
def test_reminders_come_on_due_days(kind):
    schedule = example(kind)
    habit = UserHabit(**Rule(schedule).columns(), status="active", reminder_times=["09:00"])
    slots = reminders.slots(habit, calendar=Calendar("Asia/Seoul"), after=dt.datetime(2026, 1, 5, tzinfo=dt.UTC))

    days = [slot.day for slot, _n in zip(slots, range(20), strict=False)]
    due = [day for n in range((days[-1] - MONDAY).days + 1) if schedule.is_due(day := MONDAY + n * ONE_DAY)]
    assert days == due[-20:]
    assert schedule.wants_more(0)


@ALL
def test_loop_gets_the_nearest_it_can_say(kind):
    schedule = example(kind)

    assert LoopHabit(UserHabit(), Rule(schedule), {}, {}).frequency == schedule.pace


def _without(stored, key):
    return {name: value for name, value in stored.items() if name != key}
