"""Coach messages from the coach's own rules and sentences, by the ledger of each day."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from random import Random

from django.utils import translation

from accounts.days import ONE_DAY
from coaching import composition, message_choice, past, personalization
from coaching.context import Language
from coaching.message_choice import MessageChoice, Past
from coaching.models import OFFLINE, AIPromptTemplate, CoachingMessage, Tone
from coaching.records import SPAN, WEEKDAY_SPAN, HabitRecord, Record
from devtools.seeding.histories import HabitHistory, Log, PersonHistory
from devtools.seeding.people import new_id
from habits import streaks
from habits.day_totals import DayTotal, HabitDays, totals_of_days
from habits.streaks import Entry, Reason

ASKED = {Reason.DONE, Reason.PARTLY, Reason.MISSED, Reason.PROTECTED}
FEEDBACK = ("때를 바꿔 보라는 말이 도움 됐어요.", "이 습관은 이미 잘하고 있어요.", "짧아서 좋아요.")
# The people of a seed read Korean.
LANGUAGE: Language = "ko"


def generate(rng: Random, history: PersonHistory, templates: Sequence[AIPromptTemplate]) -> Iterator[CoachingMessage]:
    """A message every few mornings, read if the person opened the app that day."""
    logs, told = history.logs_by_day(), list[Past]()
    day = history.person.first_day + rng.randint(2, 4) * ONE_DAY
    with translation.override(LANGUAGE):
        while day <= history.until:
            sent_at = history.person.calendar.at(day, dt.time(8, rng.randrange(30)))
            tone = rng.choice(Tone.values)
            if sent_at <= history.ends_at and (message := write(history, templates, told, sent_at=sent_at, tone=tone)):
                yield _with_reader(rng, message, logs[day][0] if day in logs else None)
            day += rng.randint(3, 9) * ONE_DAY


def write(
    history: PersonHistory, templates: Sequence[AIPromptTemplate], told: list[Past], *, sent_at: dt.datetime, tone: str
) -> CoachingMessage | None:
    """The message of the day of `sent_at`; None when nothing new can be said. Adds to `told`."""
    day = history.person.calendar.day_of(sent_at)
    record = record_of(history, day, sent_at=sent_at)
    choice = message_choice.choose(record, told, seed=f"{history.person.id}/{day}")
    if choice is None:
        return None
    context = composition.context_of(choice, record, turn=len(told), shares_names=False, past=told)
    template = _template(templates, choice, tone)
    written = composition.write(template, context, habit=composition.habit_token(context))
    told.append(past.of_context(context, day=day))
    return CoachingMessage(
        id=new_id(Random(f"{history.person.id}/{sent_at}"), sent_at),  # noqa: S311 - repeatable, not secret
        user_id=history.person.id,
        content=written.content,
        message_type=choice.message_type,
        tone=template.tone,
        context=context.to_json(),
        personalization_score=personalization.score(written, context),
        ai_model=OFFLINE,
        prompt_version=template.version,
        template_id=template.pk,
        scheduled_for=sent_at,
        sent_at=sent_at,
        created_at=sent_at,
    )


def _template(templates: Sequence[AIPromptTemplate], choice: MessageChoice, tone: str) -> AIPromptTemplate:
    its_type = [one for one in templates if one.message_type == choice.message_type]
    return next((one for one in its_type if one.tone == tone), its_type[0])


def record_of(history: PersonHistory, day: dt.date, *, sent_at: dt.datetime) -> Record:
    """The record on the morning of `day`."""
    begun = (habit for habit in history.habits if habit.started_on < day)
    return Record(
        language=LANGUAGE,
        zone=history.person.calendar.zone,
        day=day,
        hour=history.person.calendar.local(sent_at).hour,
        day_start=history.person.calendar.day_start,
        habits=tuple(_habit(history, habit, day, sent_at=sent_at) for habit in begun),
        moods=_moods(history, day),
        totals=_totals(history, day),
    )


def _totals(history: PersonHistory, day: dt.date) -> dict[dt.date, DayTotal]:
    """What each of the eight weeks before `day` asked for."""
    first, last = day - WEEKDAY_SPAN * ONE_DAY, day - ONE_DAY
    lived = [
        HabitDays(habit.timeline, habit.started_on, habit.counts, streaks.rested_days(habit.rests, first, last))
        for habit in history.habits
    ]
    return totals_of_days(lived, first, last)


def _habit(history: PersonHistory, habit: HabitHistory, day: dt.date, *, sent_at: dt.datetime) -> HabitRecord:
    ledger = habit.ledger[: (day - habit.started_on).days]
    last, rule = ledger[-1], habit.rule
    rested = _rested(habit.rests, day)
    logs = [log for log in habit.logs if log.at <= sent_at]
    is_done = any(log.day == day and log.completes for log in logs)
    first = day - SPAN * ONE_DAY
    return HabitRecord(
        id=str(habit.row.pk),
        name=habit.row.name,
        name_shared=habit.row.habit.text("name"),
        category=habit.row.habit.category.text("name"),
        rule=rule,
        timeline=habit.timeline,
        ledger=tuple(ledger[-SPAN:]),
        current=last.run,
        best=max(entry.run for entry in ledger),
        unit=last.unit,
        total=sum(rule.met(entry.amount) for entry in ledger) if habit.at_least else _done(ledger),
        freezes=last.freezes,
        is_due=rule.is_due(day) and not rested,
        is_done=is_done,
        is_rested=rested,
        wants_more=not is_done and not _is_full(habit, last, day),
        is_full=_is_full(habit, last, day, is_done=is_done),
        next_due=next((later for later in _ahead(day) if rule.is_due(later) and not _rested(habit.rests, later)), None),
        hours=Counter(log.hour for log in logs if first <= log.day < day),
    )


def _is_full(habit: HabitHistory, last: Entry, day: dt.date, *, is_done: bool = False) -> bool:
    """Whether another done day would not help, with what was done up to yesterday and perhaps today."""
    begins = habit.ledger[(day - habit.started_on).days].begins
    tally = 0 if begins else last.tally
    schedule = habit.rule.schedule
    return habit.rule.is_full(tally) if schedule.totals else not schedule.wants_more(tally + is_done)


def _done(ledger: Sequence[Entry]) -> int:
    return sum(entry.reason is Reason.DONE for entry in ledger)


def _ahead(day: dt.date) -> Iterator[dt.date]:
    return (day + number * ONE_DAY for number in range(1, 15))


def _rested(rests: Collection[tuple[dt.date, dt.date | None]], day: dt.date) -> bool:
    return any(first <= day <= (last or day) for first, last in rests)


def _moods(history: PersonHistory, day: dt.date) -> dict[dt.date, float]:
    noted: dict[dt.date, list[int]] = {}
    for log in history.logs():
        if log.mood is not None and log.day < day:
            noted.setdefault(log.day, []).append(log.mood)
    return {of_day: sum(scores) / len(scores) for of_day, scores in noted.items()}


def _with_reader(rng: Random, message: CoachingMessage, log: Log | None) -> CoachingMessage:
    """Whether and when it was read, and what the person thought of it."""
    sent_at = message.sent_at
    assert sent_at is not None  # noqa: S101 - all of these were sent
    read_at = max(log.at - dt.timedelta(minutes=1), sent_at) if log and rng.random() < 0.85 else None
    reacts = read_at is not None and rng.random() < 0.5
    message.read_at = read_at
    message.user_reaction = (
        rng.choice(["like", "like", "love", "helpful", "helpful", "not_helpful"]) if reacts else None
    )
    message.user_feedback = rng.choice(FEEDBACK) if reacts and rng.random() < 0.15 else None
    return message
