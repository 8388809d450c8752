"""When a reminder comes, in which time zone, and when none is sent."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from hypothesis import assume, given
from hypothesis import strategies as st
from uuid6 import uuid7

from accounts.days import ONE_DAY, Calendar, zone_names
from habits import archiving, checkins, reminders
from habits.models import UserHabit
from habits.pages import today_rows
from notifications import outbox
from notifications.models import Notification
from tests.factories.accounts import UserFactory
from tests.factories.habits import HabitLogFactory, HabitRestFactory, UserHabitFactory

HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)


def utc(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def habit_of(times, *, days=(), frequency="daily", schedule=None, **values):
    """Not in the database: planning is pure."""
    return UserHabit(
        reminder_times=list(times),
        reminder_days=list(days),
        target_frequency=frequency,
        schedule=schedule or {},
        status="active",
        **values,
    )


@pytest.mark.parametrize(("language", "said"), [("ko", ["오전 7:40", "오후 9:00"]), ("en", ["07:40", "21:00"])])
def test_its_times_are_said_in_the_clock_of_the_language(language, said):
    with translation.override(language):
        assert today_rows.reminder_texts(habit_of(["07:40", "21:00"])) == said


def planned(habit, zone, after, *, day_start=0):
    return reminders.plan(habit, calendar=Calendar(zone=zone, day_start=day_start), after=utc(after))


def following(habit, zone, after, many, *, day_start=0):
    calendar, found = Calendar(zone=zone, day_start=day_start), []
    for slot in reminders.slots(habit, calendar=calendar, after=utc(after)):
        found.append(slot.at)
        if len(found) == many:
            return found
    return found


# ── When ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("zone", "clock", "after", "expected"),
    [
        # (day on which the clock changes) gap: once, where the gap ends; overlap: once, the first of the two.
        ("America/New_York", "02:30", "2026-03-08 05:00", ["2026-03-08 07:00", "2026-03-09 06:30"]),
        ("America/New_York", "01:30", "2026-11-01 04:30", ["2026-11-01 05:30", "2026-11-02 06:30"]),
        ("Europe/London", "01:15", "2026-03-28 12:00", ["2026-03-29 01:00", "2026-03-30 00:15"]),
        ("Europe/London", "01:15", "2026-10-24 12:00", ["2026-10-25 00:15", "2026-10-26 01:15"]),
        ("Australia/Lord_Howe", "02:15", "2026-10-03 12:00", ["2026-10-03 15:30", "2026-10-04 15:15"]),
        ("Africa/Cairo", "00:30", "2026-04-23 12:00", ["2026-04-23 22:00", "2026-04-24 21:30"]),
        ("Asia/Beirut", "00:00", "2026-03-28 12:00", ["2026-03-28 22:00", "2026-03-29 21:00"]),
        ("Asia/Kathmandu", "07:00", "2026-05-01 00:00", ["2026-05-01 01:15", "2026-05-02 01:15"]),
        # Apia had no 30 December 2011.
        ("Pacific/Apia", "09:00", "2011-12-29 12:00", ["2011-12-29 19:00", "2011-12-30 19:00"]),
    ],
)
def test_a_time_in_the_gap_or_the_overlap_comes_once(zone, clock, after, expected):
    assert following(habit_of([clock]), zone, after, 2) == [utc(text) for text in expected]


@given(
    zone=st.sampled_from(sorted(zone_names())),
    minute=st.integers(0, 24 * 60 - 1),
    start=st.dates(dt.date(2000, 1, 1), dt.date(2035, 1, 1)),
    day_start=st.integers(0, 5),
)
def test_every_day_that_exists_is_reminded_of_exactly_once(zone, minute, start, day_start):
    calendar = Calendar(zone=zone, day_start=day_start)
    habit = habit_of([f"{minute // 60:02}:{minute % 60:02}"])
    days = [day for day in (start + n * ONE_DAY for n in range(10)) if calendar.exists(day)]
    assume(len(days) > 2)
    after = calendar.bounds(days[0])[0] - dt.timedelta(microseconds=1)

    slots = [
        slot
        for slot, _n in zip(reminders.slots(habit, calendar=calendar, after=after), range(20), strict=False)
        if days[0] <= slot.day <= days[-1]
    ]

    assert [slot.day for slot in slots] == days
    assert len({slot.at for slot in slots}) == len(slots)


@given(
    zone=st.sampled_from(["America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Seoul", "Pacific/Apia"]),
    minute=st.integers(0, 24 * 60 - 1),
    after=st.integers(0, 3 * 365 * 24 * 60).map(lambda minutes: utc("2010-01-01") + dt.timedelta(minutes=minutes)),
)
def test_planning_from_each_reminder_visits_the_same_ones_as_the_list(zone, minute, after):
    calendar = Calendar(zone=zone)
    habit = habit_of([f"{minute // 60:02}:{minute % 60:02}", "12:00"])
    listed = [
        slot.at for slot, _n in zip(reminders.slots(habit, calendar=calendar, after=after), range(6), strict=False)
    ]

    at, walked = after, []
    for _step in listed:
        at = reminders.plan(habit, calendar=calendar, after=at)
        walked.append(at)

    # Two times that fall into one gap are one instant.
    visited = list(dict.fromkeys(listed))
    assert walked[: len(visited)] == visited


def test_several_times_a_day_come_in_order():
    habit = habit_of(["21:00", "08:00", "12:30"])

    found = following(habit, "Asia/Seoul", "2026-11-17 15:00", 4)

    assert [at.astimezone(ZoneInfo("Asia/Seoul")).strftime("%d %H:%M") for at in found] == [
        "18 08:00", "18 12:30", "18 21:00", "19 08:00",
    ]  # fmt: skip


def test_only_chosen_weekdays():
    assert planned(habit_of(["09:00"], days=[6]), "Asia/Seoul", "2026-11-18 00:00") == utc("2026-11-21 00:00")


def test_only_days_on_which_the_habit_is_due():
    habit = habit_of(["09:00"], frequency="custom", schedule={"kind": "weekdays", "days": [1]})

    assert planned(habit, "Asia/Seoul", "2026-11-18 00:00") == utc("2026-11-23 00:00")


def test_weekdays_and_rhythm_together_may_be_far_apart():
    habit = habit_of(
        ["09:00"], days=[1], frequency="custom", schedule={"kind": "interval", "every": 30, "from": "2026-01-01"}
    )

    at = planned(habit, "Asia/Seoul", "2026-11-18 00:00").astimezone(ZoneInfo("Asia/Seoul"))

    assert (at.isoweekday(), (at.date() - dt.date(2026, 1, 1)).days % 30) == (1, 0)


def test_a_time_before_the_start_of_the_day_belongs_to_its_end():
    habit = habit_of(["01:00"], days=[3])

    at = planned(habit, "Asia/Seoul", "2026-11-18 00:00", day_start=4)

    assert at.astimezone(ZoneInfo("Asia/Seoul")).strftime("%a %H:%M") == "Thu 01:00"


@pytest.mark.parametrize("status", ["paused", "archived", "completed"])
def test_none_for_a_habit_that_is_not_done_now(status):
    habit = habit_of(["09:00"])
    habit.status = status

    assert planned(habit, "Asia/Seoul", "2026-11-18 00:00") is None


def test_none_without_times_and_none_for_nonsense():
    assert planned(habit_of([]), "Asia/Seoul", "2026-11-18 00:00") is None
    assert planned(habit_of(["25:00", 7, None, "noon"]), "Asia/Seoul", "2026-11-18 00:00") is None


def test_not_before_the_habit_begins():
    habit = habit_of(["09:00"], started_on=dt.date(2026, 12, 1))

    assert planned(habit, "Asia/Seoul", "2026-11-18 00:00") == utc("2026-12-01 00:00")


# ── Whether ─────────────────────────────────────────────────────────────────

# Nine in the morning in Seoul on some day that the database holds.
NINE = dt.datetime.now(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
database = pytest.mark.django_db


@pytest.fixture
def habit(person):
    made = UserHabitFactory(user=person, started_at=NINE - 40 * ONE_DAY)
    return reminders.set_times(person, made.pk, times=[dt.time(9)], days=[], at=NINE - HOUR)


def told():
    return Notification.objects.filter(notification_type="habit_reminder")


@database
def test_a_reminder_that_is_due_is_written_once_and_the_next_is_planned(habit):
    first = reminders.remind(now=NINE)
    second = reminders.remind(now=NINE)

    assert (first.written, second.written) == (1, 0)
    assert told().count() == 1
    assert UserHabit.objects.get(pk=habit.pk).next_reminder_at == NINE + ONE_DAY


@database
def test_it_is_not_written_before_its_time(habit):
    assert reminders.remind(now=NINE - MINUTE) == (0, 0, 0)


@database
def test_it_says_how_far_the_person_has_come(habit):
    for days in range(1, 7):
        HabitLogFactory(user_habit=habit, completed_at=NINE - days * ONE_DAY)

    reminders.remind(now=NINE)

    assert told().get().body.startswith("어제까지 6일 이어졌어요.")


@database
def test_it_says_so_in_the_persons_language(person, habit):
    person.language = "en"
    person.save(update_fields=["language"])

    reminders.remind(now=NINE)

    assert told().get().title == habit.habit.name


@database
def test_silent_when_it_is_done(habit):
    checkins.check_in(habit.user, habit.pk, key=uuid7(), at=NINE - MINUTE, now=NINE - MINUTE)

    assert reminders.remind(now=NINE) == (0, 0, 1)


@database
@pytest.mark.parametrize(("target", "drunk", "written"), [(2, 0, 1), (2, 2, 1), (2, 3, 0), (0, 0, 1), (0, 1, 0)])
def test_silent_once_the_limit_is_passed(person, target, drunk, written):
    coffee = UserHabitFactory(
        user=person, direction="at_most", target_count=target, unit="잔", started_at=NINE - 40 * ONE_DAY
    )
    reminders.set_times(person, coffee.pk, times=[dt.time(9)], days=[], at=NINE - HOUR)
    for _cup in range(drunk):
        checkins.check_in(person, coffee.pk, key=uuid7(), at=NINE - MINUTE, now=NINE - MINUTE)

    assert reminders.remind(now=NINE).written == written


@database
def test_speaks_when_the_check_in_was_undone(habit):
    checkins.check_in(habit.user, habit.pk, key=uuid7(), at=NINE - MINUTE, now=NINE - MINUTE)
    checkins.undo(habit.user, habit.pk, now=NINE - MINUTE)

    assert reminders.remind(now=NINE).written == 1


@database
def test_silent_while_the_person_rests(habit):
    HabitRestFactory(user_habit=None, user=habit.user, starts_on=NINE.date() - ONE_DAY)

    assert reminders.remind(now=NINE) == (0, 0, 1)


@database
def test_silent_when_the_weeks_share_is_done(person):
    running = UserHabitFactory(
        user=person, target_frequency="weekly", schedule={"times": 1}, started_at=NINE - 40 * ONE_DAY
    )
    monday = person.calendar.week_of(NINE.date())
    reminders.set_times(person, running.pk, times=[dt.time(9)], days=[], at=NINE - HOUR)
    if monday == NINE.date():
        checkins.check_in(person, running.pk, key=uuid7(), at=NINE - HOUR, now=NINE - HOUR)
    else:
        HabitLogFactory(user_habit=running, completed_at=NINE - (NINE.date() - monday), local_date=monday)

    assert reminders.remind(now=NINE) == (0, 0, 1)


@database
@pytest.mark.parametrize("status", ["paused", "archived"])
def test_silent_once_paused_or_archived_and_back_when_taken_up(habit, status):
    archiving.change_status(habit.user, habit.pk, status=status, at=NINE - MINUTE)

    assert reminders.remind(now=NINE) == (0, 0, 0)
    assert UserHabit.objects.get(pk=habit.pk).next_reminder_at is None

    archiving.change_status(habit.user, habit.pk, status="active", at=NINE)
    assert UserHabit.objects.get(pk=habit.pk).next_reminder_at is not None


@database
def test_a_deleted_habit_leaves_nothing_to_do(habit):
    habit.delete()

    assert reminders.remind(now=NINE) == (0, 0, 0)


@database
@pytest.mark.parametrize(("minutes", "outcome"), [(30, (1, 0, 0)), (31, (0, 1, 0))])
def test_half_an_hour_late_is_the_latest(habit, minutes, outcome):
    assert reminders.remind(now=NINE + minutes * MINUTE) == outcome
    assert outbox.counted("reminder late") == outcome[1]


@database
def test_after_a_long_stop_each_that_was_missed_is_counted(person):
    made = UserHabitFactory(user=person, started_at=NINE - 40 * ONE_DAY)
    times = [dt.time(hour) for hour in (9, 10, 11, 12)]
    reminders.set_times(person, made.pk, times=times, days=[], at=NINE - HOUR)

    outcome = reminders.remind(now=NINE + 3 * HOUR + 10 * MINUTE)

    assert outcome == (1, 3, 0)


@database
def test_what_is_due_at_once_is_written_together(person):
    for _habit in range(3):
        made = UserHabitFactory(user=person, started_at=NINE - 40 * ONE_DAY)
        reminders.set_times(person, made.pk, times=[dt.time(9)], days=[], at=NINE - HOUR)

    assert reminders.remind(now=NINE).written == 3


@database
def test_many_batches_are_all_written(person):
    for _habit in range(reminders.BATCH + 5):
        user = UserFactory()
        made = UserHabitFactory(user=user, habit=UserHabitFactory(user=person).habit, started_at=NINE - ONE_DAY)
        reminders.set_times(user, made.pk, times=[dt.time(9)], days=[], at=NINE - HOUR)

    assert reminders.remind(now=NINE).written == reminders.BATCH + 5


# ── When something changes ──────────────────────────────────────────────────


def plan_of(habit):
    reminders.remind(now=dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1))
    return UserHabit.objects.get(pk=habit.pk).next_reminder_at


@database
def test_moving_to_another_zone_plans_anew(habit, person):
    """By any writer: the settings page, the admin, plain SQL."""
    type(person).objects.filter(pk=person.pk).update(timezone="America/New_York")

    local = plan_of(habit).astimezone(ZoneInfo("America/New_York"))

    assert (local.hour, local.minute) == (9, 0)
    assert not told().exists()


@database
def test_another_rule_or_other_times_plan_anew_whoever_writes_them(habit):
    UserHabit.objects.filter(pk=habit.pk).update(reminder_times=["07:30"])

    local = plan_of(habit).astimezone(ZoneInfo("Asia/Seoul"))

    assert (local.hour, local.minute) == (7, 30)


@database
def test_a_habit_written_with_its_times_is_planned(person):
    made = UserHabitFactory(user=person, reminder_times=["23:59"])

    assert plan_of(made) is not None


@database
def test_a_check_in_moves_no_reminder(habit):
    checkins.check_in(habit.user, habit.pk, key=uuid7(), at=NINE - MINUTE, now=NINE - MINUTE)

    assert UserHabit.objects.get(pk=habit.pk).next_reminder_at == NINE


@database
def test_travelling_back_and_forth_reminds_of_a_day_once(habit, person):
    """Nine o'clock comes to Seoul first, and to London nine hours later on the same day."""
    reminders.remind(now=NINE)
    person.timezone = "Europe/London"
    person.save(update_fields=["timezone"])
    UserHabit.objects.filter(pk=habit.pk).update(next_reminder_at=NINE + 8 * HOUR)
    summer = ZoneInfo("Europe/London").utcoffset(NINE + 9 * HOUR)

    outcome = reminders.remind(now=NINE + 9 * HOUR - summer)

    assert outcome.written == 0
    assert told().count() == 1


# ── The page ────────────────────────────────────────────────────────────────


@database
def test_a_person_chooses_times_and_weekdays(habit, signed_in):
    answer = signed_in.post(f"/today/{habit.pk}/reminders/", {"times": ["21:00", "", "08:30"], "days": ["1", "5"]})

    assert answer.status_code == 302
    saved = UserHabit.objects.get(pk=habit.pk)
    assert (saved.reminder_times, saved.reminder_days) == (["08:30", "21:00"], [1, 5])


@database
def test_no_times_means_no_reminders(habit, signed_in):
    signed_in.post(f"/today/{habit.pk}/reminders/", {"times": [""]})

    assert UserHabit.objects.get(pk=habit.pk).next_reminder_at is None


@database
@pytest.mark.parametrize(
    "times", [["24:00"], ["noon"], ["09:00", "10:00+09:00"], ["10:00+09:00"], [f"{hour:02}:00" for hour in range(13)]]
)
def test_times_that_are_none_are_refused_and_shown(habit, signed_in, times):
    answer = signed_in.post(f"/today/{habit.pk}/reminders/", {"times": times}, headers={"HX-Request": "true"})

    assert answer.status_code == 422
    assert "wrong" in answer.text
    assert UserHabit.objects.get(pk=habit.pk).reminder_times == ["09:00"]


@database
def test_somebody_elses_habit_is_not_there(habit, stranger, client):
    client.force_login(stranger)

    assert client.post(f"/today/{habit.pk}/reminders/", {"times": ["08:00"]}).status_code == 404
