"""Nobody ever sees a day that they may not: random histories of circles against a small model.

tests/faults/fault_circles.py runs ten thousand of them.
"""

import datetime as dt
import random
from dataclasses import dataclass, field
from io import BytesIO
from uuid import UUID

import pytest
from django.db import transaction
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import reverse
from uuid6 import uuid7

from circles import blocks, cheers, invitations, membership, sharing, together, weekly_board
from circles.models import CircleBlock, CircleMember
from circles.pages import circle_detail
from core.redis import client as redis
from habits import archiving, checkins, pauses
from habits.models import UserHabit
from notifications.models import Notification
from tests.factories.accounts import UserFactory
from tests.factories.habits import HabitFactory, UserHabitFactory
from wellness.privacy import export_zip

DAY = dt.timedelta(days=1)
START = dt.datetime(2026, 11, 2, 3, tzinfo=dt.UTC)
FEW = 60
PEOPLE, STEPS = 4, 14


@dataclass
class Model:
    """What each may see, in the plainest way: sets of allowed things, by the number of person and habit."""

    members: set[int] = field(default_factory=set)
    # (person, habit) → the day since which it is shown.
    shared: dict[tuple[int, int], dt.date] = field(default_factory=dict)
    private: set[tuple[int, int]] = field(default_factory=set)
    paused: set[tuple[int, int]] = field(default_factory=set)
    blocked: set[tuple[int, int]] = field(default_factory=set)
    gone: set[int] = field(default_factory=set)
    kept: dict[int, dt.date] = field(default_factory=dict)
    # Who agrees to the weekly board.
    agreed: set[int] = field(default_factory=set)
    # What was done, and what rested: (person, habit, day).
    done: set[tuple[int, int, dt.date]] = field(default_factory=set)
    rested: set[tuple[int, int, dt.date]] = field(default_factory=set)

    def sees(self, viewer: int, other: int) -> bool:
        apart = {(viewer, other), (other, viewer)} & self.blocked
        return {viewer, other} <= self.members - self.gone and viewer != other and not apart

    def shows(self, viewer: int) -> set[tuple[int, int]]:
        """The habits of others that the person may see today."""
        return {
            one
            for one in self.shared
            if self.sees(viewer, one[0]) and one not in self.private and one not in self.paused
        }

    def leave(self, person: int) -> None:
        self.members.discard(person)
        self.agreed.discard(person)
        self.kept.pop(person, None)
        for one in [one for one in self.shared if one[0] == person]:
            del self.shared[one]

    def unshare(self, one: tuple[int, int]) -> None:
        self.shared.pop(one, None)
        if one[1] == 0:
            self.kept.pop(one[0], None)

    def days(self, viewer: int, today: dt.date) -> dict[int, set[dt.date]]:
        """The days of others that the streak kept together may show: habit 0 of each is the same template."""
        shows = self.shows(viewer) | {one for one in self.shared if one[0] == viewer}
        here = {person: since for person, since in self.kept.items() if (person, 0) in shows}
        here = {person: since for person, since in here.items() if (person, 0) not in self.private | self.paused}
        if viewer not in here or len(here) < 2:
            return {}
        return {person: {since + n * DAY for n in range((today - since).days + 1)} for person, since in here.items()}

    def board(self, viewer: int, today: dt.date) -> dict[int, tuple[int, int]] | None:
        """What each on the board has done of what was asked; None where there may be none."""
        seen = {one for one in range(PEOPLE) if self.sees(viewer, one)}
        if viewer in self.gone or not self.members - self.gone <= self.agreed or not seen:
            return None
        mine = {one for one in self.shared if one[0] == viewer and one not in self.private | self.paused}
        found = {}
        for person in {viewer} | seen:
            shows = [one for one in self.shows(viewer) | mine if one[0] == person]
            days = {(*one, day) for one in shows for day in self.week(self.shared[one], today)}
            asked = {one for one in days - self.rested if one[2] < today or one in self.done}
            found[person] = (len(asked & self.done), len(asked))
        return found

    @staticmethod
    def week(since: dt.date, today: dt.date) -> list[dt.date]:
        """The days of this week from Monday to today on which it was shown."""
        first = max(since, today - today.weekday() * DAY)
        return [first + n * DAY for n in range((today - first).days + 1)]


class World:
    """The service with four people, two habits each; every act is done in both the service and the model."""

    def __init__(self, seed: int, circle: UUID, people: list, habits: list[list[UserHabit]]) -> None:
        self.random = random.Random(seed)  # noqa: S311 -- a history, no secret
        self.model, self.now = Model(), START
        self.circle, self.people, self.habits = circle, people, habits
        self.model.members |= set(range(PEOPLE))
        self.boards = 0
        # In every second history all agree from the beginning.
        for person in range(PEOPLE) if seed % 2 else ():
            self.agree(person)

    @property
    def today(self) -> dt.date:
        return self.people[0].calendar.day_of(self.now)

    def member(self, person: int) -> CircleMember | None:
        return CircleMember.objects.select_related("user").filter(circle=self.circle, user=self.people[person]).first()

    def join(self, person: int) -> None:
        inviters = [one for one in self.model.members - self.model.gone if not self.apart(one, person)]
        if person in self.model.members or not inviters or person in self.model.gone:
            return
        found = invitations.make(self.member(inviters[0]), now=self.now)
        invitations.accept(found.token, self.people[person], nickname=nickname(person), now=self.now)
        self.model.members.add(person)

    def apart(self, one: int, other: int) -> bool:
        return bool({(one, other), (other, one)} & self.model.blocked)

    def step(self) -> None:
        acts = [self.share, self.share, self.unshare, self.hide, self.allow, self.pause, self.go_on, self.leave, self.join,
                self.block, self.unblock, self.tick, self.tick, self.cheer, self.cheer, self.keep, self.keep, self.sleep,
                self.sleep, self.depart, self.agree, self.agree, self.withdraw]  # fmt: skip
        self.random.choice(acts)(self.random.randrange(PEOPLE))

    def shared_by(self, person: int) -> set[int]:
        return {habit for one, habit in self.model.shared if one == person}

    def choose(self, person: int, chosen: set[int]) -> None:
        if person not in self.model.members:
            return
        habits = [self.habits[person][number] for number in chosen]
        sharing.choose(self.member(person), habits, today=self.today)
        offered = {number for number in (0, 1) if (person, number) not in self.model.private | self.model.paused}
        for number in offered - chosen:
            self.model.unshare((person, number))
        for number in offered & chosen:
            self.model.shared.setdefault((person, number), self.today)

    def share(self, person: int) -> None:
        self.choose(person, self.shared_by(person) | {self.random.randrange(2)})

    def unshare(self, person: int) -> None:
        self.choose(person, self.shared_by(person) - {self.random.randrange(2)})

    def hide(self, person: int) -> None:
        number = self.random.randrange(2)
        sharing.keep_private(self.habits[person][number])
        self.model.private.add((person, number))
        self.model.unshare((person, number))

    def allow(self, person: int) -> None:
        number = self.random.randrange(2)
        sharing.allow(self.habits[person][number])
        self.model.private.discard((person, number))
        self.model.unshare((person, number))

    def pause(self, person: int) -> None:
        number = self.random.randrange(2)
        if (person, number) not in self.model.paused:
            pauses.pause(
                self.people[person], self.habits[person][number].pk, starts_on=self.today, ends_on=None, at=self.now
            )
            self.model.paused.add((person, number))

    def go_on(self, person: int) -> None:
        for one in [one for one in self.model.paused if one[0] == person]:
            archiving.change_status(self.people[person], self.habits[one[0]][one[1]].pk, status="active", at=self.now)
            self.model.paused.discard(one)

    def agree(self, person: int) -> None:
        if member := self.member(person):
            weekly_board.agree(member, now=self.now)
            self.model.agreed.add(person)

    def withdraw(self, person: int) -> None:
        if member := self.member(person):
            weekly_board.withdraw(member)
            self.model.agreed.discard(person)

    def leave(self, person: int) -> None:
        member = self.member(person)
        # The last one stays, so that there is a circle.
        if member and len(self.model.members) > 1:
            membership.leave(member)
            self.model.leave(person)

    def block(self, person: int) -> None:
        other = self.random.randrange(PEOPLE)
        if self.model.sees(person, other):
            blocks.block(self.people[person], self.member(other))
            self.model.blocked.add((person, other))

    def unblock(self, person: int) -> None:
        for row in CircleBlock.objects.filter(blocker=self.people[person]):
            blocks.unblock(self.people[person], row.pk)
        self.model.blocked = {one for one in self.model.blocked if one[0] != person}

    def tick(self, person: int) -> None:
        number = self.random.randrange(2)
        if (person, number) not in self.model.paused:
            checkins.check_in(
                self.people[person], self.habits[person][number].pk, key=uuid7(), at=self.now, now=self.now
            )
            self.model.done.add((person, number, self.today))

    def cheer(self, person: int) -> None:
        shows = sorted(self.model.shows(person))
        if shows:
            other, number = self.random.choice(shows)
            shared = self.member(other).shared.get(user_habit=self.habits[other][number])
            cheers.send(self.member(person), shared.pk, "sun", now=self.now)

    def keep(self, person: int) -> None:
        if (person, 0) in self.model.shared:
            member = self.member(person)
            together.join(member, member.shared.get(user_habit=self.habits[person][0]), today=self.today)
            self.model.kept.setdefault(person, self.today)

    def sleep(self, _person: int) -> None:
        """One to three days pass, on which paused habits rest."""
        for _n in range(self.random.randint(1, 3)):
            self.model.rested |= {(*one, self.today) for one in self.model.paused}
            self.now += DAY

    def depart(self, person: int) -> None:
        """Asks for the deletion of the account, rarely."""
        if self.random.random() < 0.2 and len(self.model.members - self.model.gone) > 1:
            type(self.people[person]).objects.filter(pk=self.people[person].pk).update(is_active=False)
            self.model.gone.add(person)

    # ── What is seen ──

    def check(self, viewer: int, *, export: bool) -> None:
        allowed = self.model.shows(viewer)
        texts = self.inbox(viewer) + (self.export(viewer) if export else "")
        member = self.member(viewer)
        if member and viewer not in self.model.gone:
            context = circle_detail.page(member, now=self.now, base="https://example.org")
            drawn = render_to_string("circles/circle.html", context | {"user": member.user}, RequestFactory().get("/"))
            assert {one for one in self.others(viewer) if name(*one) in drawn} == allowed
            assert self.seen_days(member) == self.model.days(viewer, self.today)
            assert self.seen_board(member) == self.model.board(viewer, self.today)
            self.boards += context["board"]["places"] is not None
            people = {one for one in range(PEOPLE) if one != viewer and nickname(one) in drawn}
            assert people == {one for one in range(PEOPLE) if self.model.sees(viewer, one)}
        assert {one for one in self.others(viewer) if name(*one) in texts} == set()
        known = {one for one in range(PEOPLE) if one != viewer and nickname(one) in texts}
        assert known <= {one for one in self.model.members if not self.apart(one, viewer)}

    def others(self, viewer: int) -> list[tuple[int, int]]:
        return [(person, number) for person in range(PEOPLE) for number in (0, 1) if person != viewer]

    def inbox(self, viewer: int) -> str:
        rows = Notification.objects.filter(user=self.people[viewer])
        return " ".join(f"{row.title} {row.body} {row.data}" for row in rows)

    def export(self, viewer: int) -> str:
        file = BytesIO()
        export_zip.write(file, self.people[viewer].pk, now=self.now)
        return opened(file)

    def seen_board(self, member: CircleMember) -> dict[int, tuple[int, int]] | None:
        """What each person on the board has done of what was asked."""
        numbers = {person.pk: number for number, person in enumerate(self.people)}
        found = weekly_board.board(member, now=self.now)
        lines = [line for place in found or [] for line in place.lines]
        return None if found is None else {numbers[one.member.user_id]: (one.done, one.asked) for one in lines}

    def seen_days(self, member: CircleMember) -> dict[int, set[dt.date]]:
        """The days of each person that a streak kept together was counted from."""
        numbers = {person.pk: number for number, person in enumerate(self.people)}
        found: dict[int, set[dt.date]] = {}
        for one in together.standings(member, now=self.now):
            for row in one.parts:
                part = one.days[row.pk]
                days = {part.since + n * DAY for n in range((part.today - part.since).days + 1)}
                assert {*part.asked, *part.done} <= days
                found[numbers[row.shared.member.user_id]] = days
        return found


def opened(file: BytesIO) -> str:
    import zipfile

    with zipfile.ZipFile(file) as archive:
        return " ".join(archive.read(entry).decode() for entry in archive.namelist())


def nickname(person: int) -> str:
    return f"별명{'가나다라'[person]}"


def name(person: int, number: int) -> str:
    return f"습관{'가나다라'[person]}{'마바'[number]}"


@pytest.fixture
def people(db):
    return [UserFactory() for _n in range(PEOPLE)]


@pytest.fixture
def habits(people):
    template = HabitFactory()
    return [
        [
            UserHabitFactory(
                user=person,
                custom_name=name(number, which),
                started_at=START - 30 * DAY,
                **({"habit": template} if which == 0 else {}),
            )
            for which in (0, 1)
        ]
        for number, person in enumerate(people)
    ]


@pytest.fixture
def circle(people):
    """All of them in one circle."""
    first = membership.found(people[0], circle_name="모임", nickname=nickname(0))
    found = invitations.make(first, now=START)
    for number, person in enumerate(people[1:], start=1):
        invitations.accept(found.token, person, nickname=nickname(number), now=START)
    return first.circle_id


def run(seed: int, circle: UUID, people: list, habits: list) -> int:
    """One history; gives how many boards were looked at."""
    with transaction.atomic():
        world = World(seed, circle, people, habits)
        for step in range(STEPS):
            world.step()
            if step in (STEPS // 2, STEPS - 1):
                viewer = world.random.randrange(PEOPLE)
                world.check(viewer, export=seed % 20 == 0 and step == STEPS - 1)
        transaction.set_rollback(True)
    return world.boards


def test_nobody_sees_what_they_may_not(circle, people, habits):
    boards = sum(run_named(seed, circle, people, habits) for seed in range(FEW))

    # Not for want of something to look at.
    assert boards > FEW / 20


def test_nothing_of_a_circle_is_kept_by_a_browser_or_a_cache(circle, people, habits, client):
    redis().flushdb()
    world = World(1, circle, people, habits)
    for person in range(PEOPLE):
        for act in (world.share, world.tick, world.cheer):
            act(person)
    client.force_login(people[0])

    page = client.get(reverse("circles:circle", args=[circle]))

    seen = [name(*one) for one in world.model.shows(0)]
    assert seen
    assert all(one in page.text for one in seen)
    assert "no-store" in page.headers["Cache-Control"]
    kept = b"".join(_kept(key) for key in redis().scan_iter())
    assert [one for one in [*seen, *map(nickname, range(PEOPLE))] if one.encode() in kept] == []


def _kept(key: bytes) -> bytes:
    """A value of Redis with all that is in it, as stored."""
    return key + (redis().dump(key) or b"")


def run_named(seed: int, circle: UUID, people: list, habits: list) -> int:
    try:
        return run(seed, circle, people, habits)
    except AssertionError as error:
        raise AssertionError(f"history {seed}") from error
