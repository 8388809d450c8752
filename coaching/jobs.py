"""Messages to write, as rows of work: planned, claimed, written and shown exactly once.

    plan_due(now=…)         a job for each person whose time has come (`users.next_coaching_at`, by index)
    ask(user, at=…)         a job because the person asked
    ask_once(user, at=…)    the same, within the plan's limit and one at a time
    run_waiting(clock)      writes what waits

Milestones come from a trigger on `user_habits`, in the transaction of the check-in. A job says only for whom and on which
occasion: everything else is read when it is written, so a switch, a withdrawal or a rest counts until that moment. The
message, its decision, its notification and the end of the job are one transaction; a worker that lost its lease writes
nothing. The model may be called again after a kill, or once after a 429 or 5xx: at most MOST_CALLS times, then our own sentences write.
"""

import dataclasses
import datetime as dt
import secrets
from uuid import uuid4

import structlog
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from uuid6 import uuid7

from accounts.models import User
from coaching import (
    allowance,
    composition,
    decisions,
    delivery,
    generation,
    letters,
    message_choice,
    past,
    preferences,
    prompt_traffic,
    provider_consent,
    record_queries,
    records,
    schedule,
)
from coaching.habit_tokens import Names
from coaching.message_choice import MessageChoice
from coaching.models import CoachingControls, CoachingDecision, CoachingJob, CoachingSettings, Occasion
from coaching.records import Record
from core import wakeups
from core.db.compiled_queries import Compiled
from core.db.work import Clock, Superseded, WorkQueue
from notifications import holds

log = structlog.get_logger(__name__)

# Longer than a call of the provider and its database work.
LEASE = dt.timedelta(minutes=2)
# Of the provider, for one message.
MOST_CALLS = 2
# A daily message that is later than this is left out: the day has moved on.
LATE = dt.timedelta(hours=6)
BATCH = 500
# How long one task writes; it ends well before the task's time limit.
SPELL = dt.timedelta(seconds=60)
State = CoachingJob.State
_ASKED = Compiled(
    lambda person, since: CoachingJob.objects.filter(
        user=person, occasion=Occasion.ASKED, created_at__gte=since
    ).order_by("-created_at")[:1],
    person=uuid4(),
    since=dt.datetime.max.replace(tzinfo=dt.UTC),
)


class Dropped(Exception):
    """Nothing is written; the text is the code of the outcome."""


@dataclasses.dataclass(frozen=True)
class _MessagePlan:
    """What a job will say, before any words."""

    record: Record
    choice: MessageChoice
    history: past.History
    choices: CoachingSettings
    decision: CoachingDecision | None


# ── Planning ─────────────────────────────────────────────────────────────────


def plan_due(*, now: dt.datetime) -> int:
    """Writes the jobs of all people whose time has come and plans their next.

    Gives the number of jobs.
    """
    written = 0
    while (batch := _plan_batch(now=now)) is not None:
        written += batch
    return written


def _plan_batch(*, now: dt.datetime) -> int | None:
    with transaction.atomic():
        due = User.objects.filter(next_coaching_at__lte=now).order_by("next_coaching_at")
        people = list(due.select_for_update(of=("self",), skip_locked=True)[:BATCH])
        if not people:
            return None
        choices = CoachingSettings.objects.in_bulk([user.pk for user in people])
        jobs = [job for user in people if (job := _job_of_today(user, choices.get(user.pk), now))]
        CoachingJob.objects.bulk_create(jobs, ignore_conflicts=True)
        for user in people:
            user.next_coaching_at = schedule.next_for(user, choices.get(user.pk), after=now)
        User.objects.bulk_update(people, ["next_coaching_at"])
        if jobs:
            wakeups.wake_on_commit("coaching.write")
    return len(jobs)


def _job_of_today(user: User, choices: CoachingSettings | None, now: dt.datetime) -> CoachingJob | None:
    """The job of the day; None where the coach is off, the time has long passed, or the person moved to another zone."""
    due_at = user.next_coaching_at
    if choices is None or not choices.is_on or not user.is_active or due_at is None or now - due_at > LATE:
        return None
    clock = user.calendar.local(due_at).time()
    if abs((clock.hour * 60 + clock.minute) - (choices.clock.hour * 60 + choices.clock.minute)) > 60:
        return None
    day = user.calendar.day_of(due_at)
    starts_week = user.calendar.week_of(day) == day
    occasion = Occasion.LETTER if choices.weekly_letter and starts_week else Occasion.DAILY
    return _job(user, occasion, f"daily:{user.pk}:{day}", at=due_at)


def ask(user: User, *, at: dt.datetime) -> CoachingJob:
    """A message because the person asked for one."""
    job = _job(user, Occasion.ASKED, f"asked:{uuid7()}", at=at)
    job.save()
    wakeups.wake_on_commit("coaching.write")
    return job


class NoneLeft(Exception):
    """The day's messages of the plan are used up."""


@transaction.atomic
def ask_once(user: User, *, at: dt.datetime) -> CoachingJob:
    """The message that the person asked for: the one that waits already, else a new one.

    Raises NoneLeft.

    Requests of one person come one after another, so that a double tap asks for one message. The limit itself is held
    where the message is written (`perform`).
    """
    User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    waiting = CoachingJob.objects.filter(user=user, occasion=Occasion.ASKED, state=State.WAITING).first()
    if waiting:
        return waiting
    if allowance.left(user, at=at) == 0:
        raise NoneLeft
    return ask(user, at=at)


def last_asked(user: User, *, since: dt.datetime) -> CoachingJob | None:
    """The newest message that the person asked for after `since`, written or not."""
    return next(iter(_ASKED(person=user.pk, since=since)), None)


def _job(user: User, occasion: str, effect_key: str, *, at: dt.datetime) -> CoachingJob:
    return CoachingJob(
        user=user, occasion=occasion, effect_key=effect_key, local_date=user.calendar.day_of(at), due_at=at
    )


# ── Writing ──────────────────────────────────────────────────────────────────


def give_up(job: CoachingJob, now: dt.datetime) -> None:
    _stop(job, State.DEAD, "failed")
    log.error("coach job dead", job=str(job.pk))


QUEUE = WorkQueue(
    "coach message",
    waiting=lambda: CoachingJob.objects.filter(state=State.WAITING, due_at__lte=Now()),
    lease=LEASE,
    give_up=give_up,
    order="due_at",
)


def run_waiting(clock: Clock, *, until: dt.datetime | None = None) -> int:
    """Writes the messages of all waiting jobs whose time has come.

    Gives the number of finished jobs.
    """
    return QUEUE.run(clock, lambda job: perform(job, now=clock()), until=until)


def retry(job: CoachingJob) -> None:
    """Lets a dead job try again."""
    CoachingJob.objects.filter(pk=job.pk, state=State.DEAD).update(
        state=State.WAITING, attempts=0, calls=0, lease_ends_at=None, outcome=None
    )
    wakeups.wake_on_commit("coaching.write")


def perform(job: CoachingJob, *, now: dt.datetime) -> bool:
    """Writes the message of a claimed job, or ends the job without one. True: it is finished."""
    user = User.objects.get(pk=job.user_id)
    try:
        _count(job, user, now=now)
        _write(job, user, now=now)
    except Dropped as dropped:
        _stop(job, State.DROPPED, str(dropped))
    return True


def _count(job: CoachingJob, user: User, *, now: dt.datetime) -> None:
    """Counts the message against the person's day, once however many attempts it takes. Raises Dropped."""
    if job.counted_on:
        return
    with transaction.atomic():
        taken = allowance.take(user, at=now)
        if taken is None:
            raise Dropped("limit")
        job.update_claimed(counted_on=taken.day)
    job.counted_on = taken.day


def _stop(job: CoachingJob, state: str, outcome: str) -> None:
    """Ends the job without a message, which counts nothing."""
    with transaction.atomic():
        job.update_claimed(state=state, outcome=outcome, counted_on=None)
        _give_back(job)


def _give_back(job: CoachingJob) -> None:
    if job.counted_on:
        allowance.give_back(allowance.TakenMessage(job.user_id, job.counted_on))


def _write(job: CoachingJob, user: User, *, now: dt.datetime) -> None:
    """Raises Dropped. What the provider refused is given back to the day, in the transaction of the message."""
    choices = preferences.of(user)
    _check_wanted(job, user, choices, now=now)
    plan = _plan(job, user, choices, now=now)
    if plan.decision and plan.decision.arm == CoachingDecision.SILENCE:
        _be_silent(job, plan.decision)
        raise Dropped("silence")
    tone = plan.decision.arm if plan.decision else choices.tone
    seed = plan.decision.seed if plan.decision else secrets.randbits(62)
    template = prompt_traffic.pick(plan.choice.message_type, tone, seed=seed)
    if template is None:
        raise Dropped("no_template")
    context = composition.context_of(
        plan.choice,
        plan.record,
        turn=plan.history.messages,
        shares_names=provider_consent.shares_names(user),
        past=plan.history.past,
    )
    drafted = generation.draft(user, template, context, at=now, may_call=lambda: _count_call(job))
    # The model took its time: what was switched off meanwhile stays unsent.
    _check_wanted(job, user, preferences.of(user), now=now)
    with transaction.atomic():
        names = Names(user, **{context.language: {habit.id: habit.name for habit in plan.record.habits}})
        delivery.deliver(
            job, user, template, context, drafted, names=names, record=plan.record, decision=plan.decision, now=now
        )
        if drafted.was_refused:
            CoachingJob.objects.filter(pk=job.pk).update(counted_on=None)
            _give_back(job)


def _check_wanted(job: CoachingJob, user: User, choices: CoachingSettings, *, now: dt.datetime) -> None:
    """Raises Dropped if nothing may be written for this person now. Asked again each time."""
    if not CoachingControls.current().sends_messages:
        raise Dropped("switched_off")
    if not choices.is_on and job.occasion != Occasion.ASKED:
        raise Dropped("off")
    if not user.is_active or user.is_leaving:
        raise Dropped("inactive")
    if holds.is_held(user, now):
        raise Dropped("held")


def _plan(job: CoachingJob, user: User, choices: CoachingSettings, *, now: dt.datetime) -> _MessagePlan:
    """Raises Dropped if there is nothing new to say."""
    record, history = records.mute(record_queries.read(user, at=now), choices.muted_habits), past.read(user, at=now)
    seed = job.effect_key
    if job.occasion == Occasion.LETTER:
        choice = letters.choose(record, history.past, seed=seed)
    else:
        is_milestone = job.occasion == Occasion.MILESTONE
        choice = message_choice.choose(
            record,
            history.past,
            seed=seed,
            muted=choices.muted,
            rarer=[] if job.occasion == Occasion.ASKED else choices.rarer,
            only="celebration" if is_milestone else None,
            habit_id=str(job.user_habit_id) if is_milestone else None,
            is_asked=job.occasion == Occasion.ASKED,
        )
    if choice is None:
        raise Dropped("nothing_new")
    decision = None
    if job.occasion == Occasion.DAILY:
        expected = records.activity(record)
        decision = _decision(job, user, choice, choices, history, expected=expected, now=now)
    return _MessagePlan(record, choice, history, choices, decision)


def _decision(
    job: CoachingJob,
    user: User,
    choice: MessageChoice,
    choices: CoachingSettings,
    history: past.History,
    *,
    expected: float,
    now: dt.datetime,
) -> CoachingDecision:
    """The decision of the day; one that an earlier attempt stored stays."""
    stored = CoachingDecision.objects.filter(user=user, local_date=job.local_date).first()
    return stored or decisions.decide(
        user,
        choice.message_type,
        day=job.local_date,
        at=now,
        preference=choices.tone,
        messages=history.messages,
        expected=expected,
        seed=job.pk.int % 2**62,
    )


def _be_silent(job: CoachingJob, decision: CoachingDecision) -> None:
    with transaction.atomic():
        held = CoachingJob.objects.select_for_update().filter(pk=job.pk, attempts=job.attempts, state=job.state)
        if not held.exists():
            raise Superseded
        CoachingDecision.objects.bulk_create([decision], ignore_conflicts=True)


def _count_call(job: CoachingJob) -> bool:
    """Whether the provider may be called once more for this job; counts the call before it is made."""
    if job.calls >= MOST_CALLS:
        return False
    job.update_claimed(calls=F("calls") + 1)
    job.calls += 1
    return True
