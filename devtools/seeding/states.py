"""People in the states that the demo person is not in, for pictures of every page.

하린 has just signed up, 도윤 is in a circle of ten people, has tried one change of each habit and tries another, 유나 signs
in with a second factor, 민재's renewal was refused, 태오 has asked for the deletion of the account, and 서아 is asked for the
consents that the owner of the address gives. 소율 tries a plan, 지안 has just paid for one, 이안 has cancelled, 로운 is going to
pause and 다온 pauses, 은호 has withdrawn and is over the limit of the free plan, 라희's card was refused, 준서's payment has no
outcome yet, and 세아, whose plan became dearer, is asked for the consent.
"""

import datetime as dt
from dataclasses import dataclass

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts import privacy_settings
from accounts.days import ONE_DAY, Calendar
from accounts.models import User
from analytics import experiments
from billing import cancellation, checkout, gateways, ledger, pauses, renewals, settlement, subscriptions, withdrawals
from billing.models import BillingConsent, PaymentTransaction, UserSubscription
from circles import blocks, cheers, invitations, membership, sharing, weekly_board
from circles.models import CircleMember
from devtools.seeding import PASSWORD, TOTP_SECRET, histories, loader, people
from devtools.seeding.demo import EVENING
from devtools.seeding.patterns import Pattern
from devtools.seeding.people import Person
from habits import month_goals

DAYS = 40
HOUR = dt.timedelta(hours=1)
SHARED = ("기지개 켜기", "물 8잔 마시기", "책 20쪽 읽기")
NICKNAMES = ("하루", "도토리", "새벽공기", "느린거북", "보리차", "초록우산", "작은파도", "담요", "밤산책")
MANY = ("달리기 3km", "감사한 일 세 가지", *SHARED, "하루 계획 세 줄")


@dataclass(frozen=True)
class PersonState:
    """One person, whose plan allows what they have."""

    email: str
    name: str
    habits: tuple[str, ...] = ()
    days: int = DAYS
    language: str = "ko"
    # What the history begins with; "" is the smallest plan that allows the habits.
    plan: str = ""


NEWCOMER = PersonState("newcomer@example.com", "하린", days=0)
MEMBER = PersonState("member@example.com", "도윤", MANY)
GUARDED = PersonState("guarded@example.com", "유나", SHARED)
UNPAID = PersonState("unpaid@example.com", "민재", MANY)
LEAVER = PersonState("leaver@example.com", "태오", SHARED)
ASKED_AGAIN = [
    PersonState(f"asked-again-{language}@example.com", "서아", language=language) for language in ("ko", "en")
]
TRYING = PersonState("trying@example.com", "소율", SHARED)
PAYING = PersonState("paying@example.com", "지안", SHARED)
CANCELING = PersonState("canceling@example.com", "이안", SHARED)
PAUSING = PersonState("pausing@example.com", "로운", SHARED)
PAUSED = PersonState("paused@example.com", "다온", SHARED)
WITHDRAWN = PersonState("withdrawn@example.com", "은호", MANY, plan="basic")
REFUSED = PersonState("refused@example.com", "라희", SHARED)
WAITING = PersonState("waiting@example.com", "준서", SHARED)
ASKED_TO_PAY_MORE = PersonState("price-rise@example.com", "세아", SHARED)
SUBSCRIBERS = (TRYING, PAYING, CANCELING, PAUSING, PAUSED, WITHDRAWN, REFUSED)
CARD, REFUSED_CARD, UNDECIDED_CARD = "4000 0000 0000 4242", "4000 0000 0000 0341", "4000 0000 0000 0119"
BLOCKED = PersonState("blocked@example.com", "지호", SHARED)
FRIENDS = [
    PersonState(f"friend{n}@example.com", name, SHARED[: n % 3 + 1] if n < len(NICKNAMES) else ())
    for n, name in enumerate(NICKNAMES, start=1)
]


def create_people(*, now: dt.datetime) -> None:
    """Creates all of them unless they are there."""
    with transaction.atomic():
        if _create_missing(1, (NEWCOMER, MEMBER, GUARDED, UNPAID, LEAVER, BLOCKED, *ASKED_AGAIN, *FRIENDS), now=now):
            _fill_circles(now=now)
            _try_a_change(_user(MEMBER), now=now)
            _guard(_user(GUARDED))
            _refuse_renewal(_user(UNPAID), at=now - HOUR)
            for state in ASKED_AGAIN:
                User.objects.filter(email=state.email).update(language=state.language)
                privacy_settings.change(_user(state), must_agree=True)
            # As wellness/privacy/account_deletion.py does, which is in a layer above this package.
            User.objects.filter(email=LEAVER.email).update(is_active=False, deletion_requested_at=now)
    with transaction.atomic():
        if _create_missing(101, SUBSCRIBERS, now=now):
            _subscribe_all(now=now)
    with transaction.atomic():
        if _create_missing(201, (WAITING, ASKED_TO_PAY_MORE), now=now):
            _check_out(_user(WAITING), "premium", card=UNDECIDED_CARD, at=now)
            _raise_price(_user(ASKED_TO_PAY_MORE), now=now)


def _create_missing(first: int, group: tuple[PersonState, ...], *, now: dt.datetime) -> bool:
    """Creates a group whose first person is not there; `first` is that person's number."""
    if User.objects.filter(email=group[0].email).exists():
        return False
    for number, state in enumerate(group, start=first):
        _create(state, number, now=now)
    return True


def _create(state: PersonState, number: int, *, now: dt.datetime) -> None:
    # No seeded person has this seed, so none has these random numbers.
    rng, content = people.random_for(-1, number), loader.SeedContent.read()
    calendar = Calendar(zone="Asia/Seoul")
    today = calendar.day_of(now)
    first_day = today - state.days * ONE_DAY
    joined_at = min(now, calendar.at(first_day, dt.time(7, 30 + number % 30)))
    person = Person(
        id=people.new_person_id(rng, joined_at),
        name=state.name,
        email=state.email,
        plan_id=state.plan or ("premium" if len(state.habits) > len(SHARED) else "basic"),
        pattern=Pattern("state", lambda _gone, _weekday: 0.6 + 0.04 * (number % 10)),
        joined_at=joined_at,
        first_day=first_day,
        calendar=calendar,
        detail_rate=0.3,
    )
    habits = {habit.name: habit for habit in content.habits}
    chosen = [habits[name] for name in state.habits if name in habits]
    ends_at = min(now, calendar.at(today, EVENING))
    history = histories.start(rng, person, chosen, until=today, ends_at=ends_at)
    loader.write(content, [(rng, history)], first=first_day, until=today, password=make_password(PASSWORD))


def _user(state: PersonState) -> User:
    return User.objects.get(email=state.email)


def _fill_circles(*, now: dt.datetime) -> None:
    """A circle of ten people, and a smaller one with an open invitation and somebody blocked."""
    founder = _user(MEMBER)
    friends = [_user(state) for state in FRIENDS]
    full = membership.create(founder, circle_name="아침을 여는 사람들", nickname=MEMBER.name)
    members = [full, *(_join(full, user, name) for user, name in zip(friends, NICKNAMES, strict=True))]
    for member in members:
        _show_everything(member, now=now)
        weekly_board.agree(member, now=now)
    theirs = full.shared.order_by("pk")[0]
    for member, sign in zip(members[1:4], ("heart", "sprout", "sun"), strict=True):
        cheers.send(member, theirs.pk, sign, now=now)

    small = membership.create(founder, circle_name="같이 걷기", nickname=MEMBER.name)
    _join(small, friends[0], NICKNAMES[0])
    blocks.block(founder, _join(small, _user(BLOCKED), "모르는별"))
    invitations.make(small, now=now)


def _join(of: CircleMember, user: User, nickname: str) -> CircleMember:
    return membership.add(of.circle, user, circle_name=of.circle_name, nickname=nickname)


def _show_everything(member: CircleMember, *, now: dt.datetime) -> None:
    """From their first day on, so that the rings and the board have something to show."""
    sharing.choose(member, list(sharing.shareable(member.user)), today=member.user.calendar.day_of(now))
    member.shared.update(shared_on=member.user.calendar.day_of(now) - DAYS * ONE_DAY)


def _try_a_change(user: User, *, now: dt.datetime) -> None:
    for habit in user.habits.all():
        experiments.start(user, habit.pk, idea="알림 시각 바꾸기", at=now - 20 * ONE_DAY)
        experiments.start(user, habit.pk, idea="저녁 대신 아침에", at=now - 5 * ONE_DAY)
    month_goals.change(user, None, target=80)


def _guard(user: User) -> None:
    TOTP.activate(user, TOTP_SECRET)
    RecoveryCodes.activate(user)


def _refuse_renewal(user: User, *, at: dt.datetime) -> None:
    """The period ended at `at`; the charge is tried again a day later."""
    subscription = subscriptions.lock_current(user)
    subscription.current_period_start, subscription.current_period_end = at - 30 * ONE_DAY, at
    settlement.decline(subscription, at=at)


def _subscribe_all(*, now: dt.datetime) -> None:
    """Each of SUBSCRIBERS on a way of their own, with the demo gateway. A worker sends the refund."""
    trying, paying, canceling, pausing, paused, withdrawn, refused = map(_user, SUBSCRIBERS)
    _check_out(trying, "premium", trial=True, at=now - 2 * ONE_DAY)
    for user in (paying, withdrawn):
        _pay(_check_out(user, "premium", at=now - 2 * HOUR), at=now - 2 * HOUR)
    for user in (canceling, pausing, paused):
        _pay(_check_out(user, "premium_yearly", at=now - 20 * ONE_DAY), at=now - 20 * ONE_DAY)
    _pay(_check_out(refused, "pro", card=REFUSED_CARD, at=now - HOUR), at=now - HOUR)
    cancellation.cancel(canceling, at=now)
    for user in (pausing, paused):
        pauses.schedule(user, months=2, at=now)
    subscription = subscriptions.lock_current(paused)
    subscription.current_period_end = now
    renewals.step(subscription, at=now)
    withdrawals.withdraw(withdrawn, at=now)


def _raise_price(user: User, *, now: dt.datetime) -> None:
    """The person paid less than the plan costs: as if its price had been raised since."""
    subscription = _check_out(user, "premium", at=now - 20 * ONE_DAY)
    subscription.amount = 790000
    subscription.save(update_fields=["amount"])
    PaymentTransaction.objects.filter(subscription=subscription).update(amount=subscription.amount)
    # The consent of the checkout counts for 30 days, so for the next charge of a month that has no more.
    BillingConsent.objects.filter(subscription=subscription).update(amount=subscription.amount)
    _pay(subscription, at=now - 20 * ONE_DAY)


def _check_out(user: User, plan_id: str, *, trial: bool = False, card: str = CARD, at: dt.datetime) -> UserSubscription:
    registration = checkout.begin(user, plan_id, trial=trial, at=at)
    gateways.DEMO.enter_card(registration.reference, number=card)
    return checkout.confirm(user, at=at)


def _pay(subscription: UserSubscription, *, at: dt.datetime) -> None:
    """What a worker does with the payment that the checkout opened."""
    payment = PaymentTransaction.objects.select_related("method", "plan").get(subscription=subscription)
    settlement.settle(payment.pk, gateways.DEMO.charge(ledger.order_of(payment)), at=at)
