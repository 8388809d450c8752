"""Random histories of a circle: four people in two time zones, two habits each, with what they are sent.

Each act is done in the service and noted in the record of tests/circles/visibility_rules.py. `look` compares what a person
sees with what the rules say that they may see; what is sent is compared when it is sent.
"""

import datetime as dt
import random
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse
from uuid6 import uuid7

from accounts.models import User
from circles import blocks, cheers, invitations, membership, sharing, together, visibility, weekly_board
from circles.models import Cheer, CircleBlock, CircleMember, PrivateHabit, SharedHabit, TogetherPart
from circles.pages import circle_detail
from core.redis import client as redis
from habits import archiving, checkins, deletion, editing, pauses
from habits.enrollment import Choice
from habits.models import UserHabit
from notifications import delivery_worker, devices, fan_out
from notifications.models import NotificationDelivery
from notifications.pages import push_message
from tests.circles.visibility_rules import (
    DAY,
    TOGETHER,
    CheerRecord,
    CircleRecord,
    HabitRecord,
    MemberRecord,
    Name,
    RuleRecord,
    habit_name,
    nickname,
)
from tests.factories.accounts import UserFactory
from tests.factories.habits import HabitFactory, UserHabitFactory
from tests.fakes.mail_server import MailServer
from tests.fakes.push_service import PushService
from wellness.privacy import account_deletion, erasure, export_zip

# A Monday at noon in Seoul, on which it is still Sunday in New York.
START = dt.datetime(2026, 11, 2, 3, tzinfo=dt.UTC)
SEOUL, NEW_YORK = "Asia/Seoul", "America/New_York"
PEOPLE, STEPS = 4, 12
# Histories between two that also look by browsers, at the cache, at an export and at all that an erased person left.
SELDOM = 16
WORKDAYS = (1, 2, 3, 4, 5)
RULES = {
    RuleRecord(): Choice("daily", {}, 1, None),
    RuleRecord(amount=2): Choice("daily", {}, 2, None),
    RuleRecord(weekdays=WORKDAYS): Choice("custom", {"kind": "weekdays", "days": [*WORKDAYS]}, 1, None),
    RuleRecord(by_week=True): Choice("weekly", {"times": 3}, 1, None),
    RuleRecord(reduces=True): Choice("daily", {}, 1, None, direction="at_most"),
}


@dataclass
class Circle:
    """The circle before any history, and the services to which it is sent."""

    pk: UUID
    people: list[User]
    habits: dict[Name, UserHabit]
    push: PushService
    mail: MailServer


def found(push: PushService, mail: MailServer) -> Circle:
    """Everybody in one circle. The first three have a browser, all but the third want mail."""
    zones = [SEOUL, SEOUL, NEW_YORK, NEW_YORK]
    people = [
        UserFactory(timezone=zone, notification_settings={"email": person != 2}) for person, zone in enumerate(zones)
    ]
    template = HabitFactory()
    habits: dict[Name, UserHabit] = {
        (person, number): UserHabitFactory(
            user=user,
            habit=template if number == TOGETHER else HabitFactory(),
            custom_name=habit_name((person, number)),
            started_at=START - 30 * DAY,
        )
        for person, user in enumerate(people)
        for number in (0, 1)
    }
    for person, user in enumerate(people[:3]):
        devices.register(user, platform="web", address=push.subscription(str(person)), at=START)
    first = membership.create(people[0], circle_name="모임", nickname=nickname(0))
    invitation = invitations.make(first, now=START)
    for person, user in enumerate(people[1:], start=1):
        invitations.accept(invitation.token, user, nickname=nickname(person), now=START)
    return Circle(first.circle_id, people, habits, push, mail)


class CircleHistory:
    """One history. `looked_at` counts what there was to see, so that a test knows that there was something."""

    def __init__(self, seed: int, circle: Circle, *, start: dt.datetime = START) -> None:
        self.random = random.Random(seed)  # noqa: S311 -- a history, no secret
        self.circle = circle
        # Read again: an earlier history may have changed them.
        users = User.objects.in_bulk([user.pk for user in circle.people])
        self.people = [users[user.pk] for user in circle.people]
        self.record = CircleRecord(
            start,
            [MemberRecord(user.timezone) for user in self.people],
            {name: HabitRecord() for name in circle.habits},
        )
        self.done = [f"history {seed}"]
        self.looked_at: Counter[str] = Counter()
        # Cheers whose messages are under way, and those taken back meanwhile.
        self.under_way: list[CheerRecord] = []
        # In every second history all agree to the board from the beginning.
        if seed % 2:
            CircleMember.objects.filter(circle=circle.pk).update(board_agreed_at=start)
            for person in self.record.people:
                person.has_agreed = True

    @property
    def now(self) -> dt.datetime:
        return self.record.now

    def member(self, person: int) -> CircleMember | None:
        return membership.of_circle(self.people[person], self.circle.pk)

    def member_of(self, person: int) -> CircleMember:
        found = self.member(person)
        assert found
        return found

    def some_habit(self, person: int) -> Name | None:
        names = [name for name in self.record.habits_of(person) if not self.record.habits[name].is_removed]
        return self.random.choice(names) if names else None

    # ── Acts ──

    def step(self) -> None:
        person = self.random.randrange(PEOPLE)
        act = self.random.choice(acts_of(self.record.people[person]))
        self.done.append(f"{self.now:%m-%d %H} {act.__name__} {person}")
        act(self, person)

    def choose(self, person: int, chosen: set[Name]) -> None:
        """What the form does: all that may be shared is offered."""
        sharing.choose(
            self.member_of(person),
            [self.circle.habits[name] for name in chosen],
            today=self.record.today(person),
        )
        for name in self.record.habits_of(person):
            habit = self.record.habits[name]
            if not habit.may_be_shared():
                continue
            if name not in chosen:
                self.record.unshare(name)
            elif habit.shared_on is None:
                habit.shared_on = self.record.today(person)

    def shared_by(self, person: int) -> set[Name]:
        return {name for name in self.record.habits_of(person) if self.record.habits[name].shared_on}

    def share(self, person: int) -> None:
        if name := self.some_habit(person):
            self.choose(person, self.shared_by(person) | {name})

    def unshare(self, person: int) -> None:
        if name := self.some_habit(person):
            self.choose(person, self.shared_by(person) - {name})

    def hide(self, person: int) -> None:
        if name := self.some_habit(person):
            sharing.keep_private(self.circle.habits[name])
            self.record.unshare(name)
            self.record.habits[name].is_private = True

    def allow(self, person: int) -> None:
        if name := self.some_habit(person):
            sharing.allow(self.circle.habits[name])
            self.record.unshare(name)
            self.record.habits[name].is_private = False

    def put_away(self, person: int) -> None:
        """Pauses a habit, or archives it."""
        name = self.some_habit(person)
        if name and not self.record.habits[name].away_since:
            status = self.random.choice(["paused", "archived"])
            archiving.change_status(self.people[person], self.circle.habits[name].pk, status=status, at=self.now)
            self.record.habits[name].away_since = self.record.today(person)

    def go_on(self, person: int) -> None:
        for name in self.record.habits_of(person):
            habit, today = self.record.habits[name], self.record.today(person)
            if habit.away_since and not habit.is_removed:
                archiving.change_status(self.people[person], self.circle.habits[name].pk, status="active", at=self.now)
                habit.rested |= {habit.away_since + n * DAY for n in range((today - habit.away_since).days)}
                habit.away_since = None

    def rest(self, person: int) -> None:
        name, today = self.some_habit(person), self.record.today(person)
        if name:
            pauses.skip(self.people[person], self.circle.habits[name].pk, day=today, at=self.now)
            self.record.habits[name].rested.add(today)

    def change_rule(self, person: int) -> None:
        if name := self.some_habit(person):
            rule, habit, today = self.random.choice([*RULES]), self.record.habits[name], self.record.today(person)
            key = self.circle.habits[name].pk
            editing.edit_habit(self.people[person], key, name=habit_name(name), choice=RULES[rule], at=self.now)
            if rule != habit.rule:
                habit.rules = [(first, one) for first, one in habit.rules if first < today] + [(today, rule)]

    def remove(self, person: int) -> None:
        name = self.some_habit(person)
        if name and self.random.random() < 0.3:
            deletion.delete_habit(self.people[person], self.circle.habits[name].pk, at=self.now)
            self.record.remove(name)

    def tick(self, person: int) -> None:
        name = self.some_habit(person)
        if name and not self.record.habits[name].away_since:
            key = self.circle.habits[name].pk
            checkins.check_in(self.people[person], key, key=uuid7(), at=self.now, now=self.now)
            self.record.habits[name].amounts[self.record.today(person)] += 1

    def cheer(self, person: int) -> None:
        """Tries a habit that somebody shares, whether it may be seen or not."""
        rows = SharedHabit.objects.exclude(member__user=self.people[person]).filter(member__circle=self.circle.pk)
        shared = {row.user_habit_id: row.pk for row in rows}
        names = [name for name, one in self.circle.habits.items() if one.pk in shared]
        if not names:
            return
        name = self.random.choice(names)
        may = self.record.sees(person, name[0]) and self.record.is_shown(name)
        day = self.record.today(name[0])
        try:
            cheers.send(self.member_of(person), shared[self.circle.habits[name].pk], "sun", now=self.now)
        except cheers.NotShown:
            assert not may
        else:
            assert may
            if not any((one.sender, one.habit, one.day) == (person, name, day) for one in self.record.cheers):
                self.record.cheers.append(CheerRecord(person, name, day, self.now))

    def keep(self, person: int) -> None:
        """Takes part in the streak with the habit that all have; it is shared first."""
        habit = self.record.habits[person, TOGETHER]
        if habit.may_be_shared() and not habit.rule.by_week:
            self.choose(person, self.shared_by(person) | {(person, TOGETHER)})
            assert habit.shared_on
            member, today = self.member_of(person), self.record.today(person)
            together.join(member, member.shared.get(user_habit=self.circle.habits[person, TOGETHER]), today=today)
            habit.kept_on = habit.kept_on or max(today, habit.shared_on)

    def stop(self, person: int) -> None:
        habit = self.record.habits[person, TOGETHER]
        if habit.kept_on:
            together.end(self.member_of(person).shared.get(user_habit=self.circle.habits[person, TOGETHER]))
            habit.kept_on = None

    def agree(self, person: int) -> None:
        weekly_board.agree(self.member_of(person), now=self.now)
        self.record.people[person].has_agreed = True

    def withdraw(self, person: int) -> None:
        weekly_board.withdraw(self.member_of(person))
        self.record.people[person].has_agreed = False

    def block(self, person: int) -> None:
        other = self.random.randrange(PEOPLE)
        if self.record.sees(person, other):
            blocks.block(self.people[person], self.member_of(other))
            self.record.block(person, other)

    def unblock(self, person: int) -> None:
        for row in CircleBlock.objects.filter(blocker=self.people[person]):
            blocks.unblock(self.people[person], row.pk)
        self.record.blocks = {pair for pair in self.record.blocks if pair[0] != person}

    def leave(self, person: int) -> None:
        # Somebody stays who can invite the others again.
        if len(self.record.there()) > 1:
            membership.leave(self.member_of(person))
            self.record.leave(person)

    def join(self, person: int) -> None:
        inviters = [one for one in self.record.there() if not self.record.are_apart(one, person)]
        if inviters:
            invitation = invitations.make(self.member_of(inviters[0]), now=self.now)
            invitations.accept(invitation.token, self.people[person], nickname=nickname(person), now=self.now)
            self.record.people[person].is_member = True

    def travel(self, person: int) -> None:
        """To the other zone, where it may be the day before."""
        user = self.people[person]
        user.timezone = self.record.people[person].zone = NEW_YORK if user.timezone == SEOUL else SEOUL
        user.save(update_fields=["timezone"])

    def depart(self, person: int) -> None:
        if len(self.record.there()) > 1 and self.random.random() < 0.5:
            account_deletion.request_deletion(self.people[person], at=self.now)
            self.record.people[person].is_gone = True
            self.record.take_back(person)

    def come_back(self, person: int) -> None:
        account_deletion.cancel_deletion(self.people[person].pk, at=self.now)
        self.record.people[person].is_gone = False

    def erase(self, person: int) -> None:
        erasure.erase(self.people[person].pk, at=self.now)
        self.record.erase(person)

    def sleep(self, _person: int) -> None:
        self.record.now += self.random.choice([6, 15, 24, 48, 72]) * dt.timedelta(hours=1)

    # ── What is sent ──

    def hand_over(self, _person: int) -> None:
        """Hands what is due to what sends, which sends it later."""
        fan_out.dispatch(now=self.now)
        for cheer in self.record.cheers:
            if cheer.is_due:
                cheer.is_due, cheer.is_late = False, not self.record.may_be_told(cheer)
                self.under_way.append(cheer)

    def deliver(self, _person: int) -> None:
        """Sends what is under way. Of two that were one message the second goes with the first, so some may miss."""
        for person, told in self.sent().items():
            assert told <= self.may_hear(person), self.told(person, "push or mail")
        self.under_way.clear()

    def send(self, person: int) -> None:
        """Sends all that is due, and nothing else is under way."""
        self.deliver(person)
        self.hand_over(person)
        may_hear = {person: self.may_hear(person) for person in range(PEOPLE)}
        for person, told in self.sent().items():
            assert told == may_hear[person], self.told(person, "push or mail")
        self.under_way.clear()

    def may_hear(self, person: int) -> set[str]:
        """The names in what may be told of the cheers under way."""
        standing = [one for one in self.under_way if any(one is other for other in self.record.cheers)]
        mine = [one for one in standing if one.habit[0] == person and not one.is_late and self.record.may_be_told(one)]
        return {word for one in mine for word in one.told}

    def sent(self) -> dict[int, set[str]]:
        """The names in what each person's browsers and mailbox get now, where they are the same.

        A browser asks for the text, signed in, as soon as it is woken.
        """
        push, mail = len(self.circle.push.taken), len(self.circle.mail.taken)
        while delivery_worker.deliver(clock=lambda: self.now):
            pass
        shown: dict[int, list[set[str]]] = {person: [] for person in range(PEOPLE)}
        pushed = [(int(one.name), self.pushed(one.message["id"])) for one in self.circle.push.taken[push:]]
        mailed = [
            (self.person_at(one["To"]), f"{one['Subject']} {one.get_content()}")
            for one in self.circle.mail.taken[mail:]
        ]
        for way, found in (("push", pushed), ("mail", mailed)):
            for person in range(PEOPLE):
                names = {word for one, text in found if one == person for word in _names(text)}
                self.looked_at[way] += bool(names)
                if person != {"push": 3, "mail": 2}[way]:
                    shown[person].append(names)
        assert all(one == ways[0] for ways in shown.values() for one in ways), self.told(None, "two ways")
        return {person: ways[0] for person, ways in shown.items()}

    def pushed(self, delivery: str) -> str:
        found = NotificationDelivery.objects.select_related("notification__user").get(pk=delivery)
        return _text(push_message.content(found.notification.user, found.pk))

    def person_at(self, address: str) -> int:
        return [user.email for user in self.people].index(address)

    # ── What is seen ──

    def look(self, viewer: int, *, drawn: bool = False) -> None:
        """Compares all that this person sees."""
        if self.record.people[viewer].is_gone:
            return
        seen = {tuple(sorted(_names(f"{row.title} {row.body}"))) for row in self.inbox(viewer)} - {()}
        assert seen == {tuple(sorted(told)) for told in self.record.inbox(viewer)}, self.told(viewer, "inbox")
        member = self.member(viewer)
        assert (member is not None) == self.record.people[viewer].is_member
        if member:
            self.look_at_circle(viewer, member, drawn=drawn)

    def look_at_circle(self, viewer: int, member: CircleMember, *, drawn: bool) -> None:
        context = circle_detail.page(member, now=self.now)
        friends = {one["name"]: _states(one) for one in context["friends"]}
        assert friends == self.record.friends(viewer), self.told(viewer, "rings")
        received = sorted(tuple(one["text"].split(" · ")) for one in context["received"])
        assert received == self.record.received(viewer), self.told(viewer, "cheers")
        streak = self.record.together(viewer)
        assert bool(context["streaks"]) == bool(streak), self.told(viewer, "streak")
        assert not streak or self.together(member) == streak, self.told(viewer, "days of a streak")
        assert _board(context["board"]["places"]) == self.record.board(viewer), self.told(viewer, "board")
        assert _names(_text(context)) <= self.allowed(viewer), self.told(viewer, "page")
        if drawn:
            values = context | {"user": member.user}
            html = render_to_string("circles/circle.html", values, RequestFactory().get("/"))
            assert _names(html) - self.own(viewer) == self.allowed(viewer) - self.own(viewer), self.told(viewer, "html")
        self.looked_at["rings"] += any(friends.values())
        self.looked_at["streak"] += bool(streak)
        self.looked_at["board"] += context["board"]["places"] is not None
        self.looked_at["cheers"] += bool(received)

    def own(self, viewer: int) -> set[str]:
        return {nickname(viewer), *map(habit_name, self.record.habits_of(viewer))}

    def allowed(self, viewer: int) -> set[str]:
        """The names that the viewer may read on the page of the circle."""
        friends = self.record.friends(viewer)
        return self.own(viewer).union(friends, *friends.values())

    def inbox(self, viewer: int) -> Iterator[Any]:
        return (row for row in self.people[viewer].notifications.in_inbox(self.now))

    def together(self, member: CircleMember) -> dict[int, tuple[set[dt.date], set[dt.date]]]:
        """The days of each person from which a streak kept together was counted."""
        parts = [
            (row, one.days[row.pk])
            for one in together.standings(visibility.see(member, now=self.now))
            for row in one.parts
        ]
        return {self.number(row.shared.member): (set(part.asked), set(part.done)) for row, part in parts}

    def number(self, member: CircleMember) -> int:
        return [user.pk for user in self.people].index(member.user_id)

    def look_closely(self) -> None:
        """By browsers, at the cache and at an export, and at all that an erased person left."""
        self.record.now = dt.datetime.now(dt.UTC)  # of the views
        redis().flushdb()
        for viewer, one in enumerate(self.record.people):
            if one.is_erased:
                assert erasure.remains(self.people[viewer].pk, addresses=[self.circle.people[viewer].email]) == {}
            elif not one.is_gone:
                self.look_by_browser(viewer)
        self.look_at_export()
        kept = b"".join(key + (redis().dump(key) or b"") for key in redis().scan_iter())
        assert not _names(kept.decode(errors="replace")), self.told(None, "cache")

    def look_at_export(self) -> None:
        """Of one person: it reads fifty tables, the most expensive look by far."""
        here = [number for number, one in enumerate(self.record.people) if not (one.is_gone or one.is_erased)]
        if here:
            viewer = self.random.choice(here)
            told = {word for one in self.record.cheers if one.habit[0] == viewer for word in one.told}
            assert _names(self.export(viewer)) - self.own(viewer) <= told, self.told(viewer, "export")
            self.looked_at["export"] += bool(told)

    def look_by_browser(self, viewer: int) -> None:
        browser = Client()
        browser.force_login(User.objects.get(pk=self.people[viewer].pk))
        page = browser.get(reverse("circles:circle", args=[self.circle.pk]))
        if not self.record.people[viewer].is_member:
            assert page.status_code == 404
            return
        self.looked_at["browser"] += bool(self.allowed(viewer) - self.own(viewer))
        assert "no-store" in page.headers["Cache-Control"]
        assert _names(page.text) - self.own(viewer) == self.allowed(viewer) - self.own(viewer), self.told(
            viewer, "view"
        )

    def export(self, viewer: int) -> str:
        file = BytesIO()
        export_zip.write(file, self.people[viewer].pk, now=self.now)
        with zipfile.ZipFile(file) as archive:
            return " ".join(archive.read(entry).decode() for entry in archive.namelist())

    def look_at_rows(self) -> None:
        """Nothing of an erased person stays in a table of circles."""
        gone = [user.pk for user, one in zip(self.people, self.record.people, strict=True) if one.is_erased]
        if not gone:
            return
        of_both = Q(user__in=gone) | Q(shared__member__user__in=gone)
        left = [
            CircleMember.objects.filter(user__in=gone),
            SharedHabit.objects.filter(user_habit__user__in=gone),
            PrivateHabit.objects.filter(user_habit__user__in=gone),
            TogetherPart.objects.filter(shared__member__user__in=gone),
            CircleBlock.objects.filter(Q(blocker__in=gone) | Q(blocked__in=gone)),
            Cheer.objects.filter(of_both),
        ]
        assert [found.count() for found in left] == [0] * len(left), self.told(None, "rows")

    def told(self, viewer: int | None, what: str) -> str:
        return "\n".join([f"what {viewer} gets: {what}", *self.done])


type Act = Callable[[CircleHistory, int], None]

# Some more often than others.
MEMBERS_ACTS: list[Act] = [
    act
    for act, often in {
        CircleHistory.share: 4,
        CircleHistory.unshare: 1,
        CircleHistory.hide: 1,
        CircleHistory.allow: 1,
        CircleHistory.put_away: 1,
        CircleHistory.go_on: 1,
        CircleHistory.rest: 1,
        CircleHistory.change_rule: 1,
        CircleHistory.remove: 1,
        CircleHistory.tick: 3,
        CircleHistory.cheer: 5,
        CircleHistory.keep: 3,
        CircleHistory.stop: 1,
        CircleHistory.agree: 2,
        CircleHistory.withdraw: 1,
        CircleHistory.block: 1,
        CircleHistory.unblock: 1,
        CircleHistory.leave: 1,
        CircleHistory.travel: 2,
        CircleHistory.depart: 1,
        CircleHistory.sleep: 3,
        CircleHistory.hand_over: 1,
        CircleHistory.deliver: 1,
        CircleHistory.send: 2,
    }.items()
    for _n in range(often)
]


def acts_of(person: MemberRecord) -> list[Act]:
    if person.is_erased:
        return [CircleHistory.sleep]
    if person.is_gone:
        return [CircleHistory.come_back, CircleHistory.erase, CircleHistory.sleep]
    return MEMBERS_ACTS if person.is_member else [CircleHistory.join]


def run(seed: int, circle: Circle) -> Counter[str]:
    """Runs one history, and gives what there was to see in it."""
    with transaction.atomic():
        history = CircleHistory(seed, circle)
        for _n in range(STEPS):
            history.step()
        drawn = history.random.randrange(PEOPLE)
        for viewer in range(PEOPLE):
            history.look(viewer, drawn=viewer == drawn)
        history.send(drawn)
        history.look_at_rows()
        if not seed % SELDOM:
            history.look_closely()
        transaction.set_rollback(True)
    return history.looked_at


def _names(text: str) -> set[str]:
    """The names of people and habits in a text."""
    return set(re.findall("별명[가나다라]|습관[가나다라][마바]", text))


def _states(friend: Mapping[str, Any]) -> dict[str, tuple[str, bool]]:
    """How the ring of a friend shows each habit, and whether it was cheered."""
    both = zip(friend["ring"]["arcs"], friend["habits"], strict=True)
    return {habit["name"]: (arc["state"], habit["sent"] is not None) for arc, habit in both}


def _board(places: list[dict[str, Any]] | None) -> dict[str, tuple[int, int]] | None:
    """What each on the board has done of what was asked."""
    if places is None:
        return None
    return {line["name"]: (line["done"], line["asked"]) for place in places for line in place["lines"]}


def _text(value: Any) -> str:
    """All texts in a context."""
    if isinstance(value, Mapping):
        return " ".join(_text(one) for one in value.values())
    if isinstance(value, list | tuple | set):
        return " ".join(_text(one) for one in value)
    return str(value)
