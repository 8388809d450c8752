"""For a day after words of danger no page, push or answer speaks of a streak, and none says why."""

import datetime as dt
import html
import re

import pytest
from django.urls import reverse
from django.utils import timezone
from uuid6 import uuid7

from accounts.days import ONE_DAY
from circles import together
from coaching.crisis import flags
from coaching.crisis.words import Danger
from coaching.models import CoachingMessage, CoachQuestion
from gamification import achievements
from gamification.models import UserAchievement
from habits import streak_cache
from habits.models import UserHabit
from notifications.models import Notification
from tests.access.routes import ROUTES
from tests.access.test_access import things_of
from tests.factories.accounts import UserFactory
from tests.factories.circles import CircleMemberFactory, SharedHabitFactory
from tests.factories.habits import HabitFactory, HabitLogFactory, UserHabitFactory
from tests.factories.rest import AchievementFactory, CoachingMessageFactory, CoachQuestionFactory

pytestmark = pytest.mark.django_db

# The days in a row: a number that nothing else on a page has.
LENGTH = 144
# What is said of a streak; `n` stands for its length. Policies and settings explain streaks without one.
STREAK = rf"(?<![\d.,]){LENGTH}(?![\d.,])|\d+\s?(?:일|주|달)째|가장 길게|가장 오래|이어 온 (?:날|기록|때)|지킴이까지"
# Pages that explain what the service keeps, the same to everybody.
EXPLAIN = {"terms", "export", "leave", "withdraw-health", "accounts:consents", "accounts:privacy", "billing:plans", "styleguide", "mailbox", "service-worker", "habits:import"}  # fmt: skip


@pytest.fixture
def life(tmp_path, settings):
    """A person with an object of each kind, and LENGTH days in a row that many pages speak of."""
    settings.MEDIA_ROOT = tmp_path
    owner = UserFactory()
    things = things_of(owner)
    habit = UserHabit.objects.get(pk=things["habit"]["pk"])
    now = timezone.now()
    today = owner.calendar.day_of(now)
    habit.started_on, habit.started_at = today - 155 * ONE_DAY, now - 155 * ONE_DAY
    habit.save()
    owner.rests.all().delete()
    for number in [*range(1, LENGTH), 150, 151, 152]:
        day = today - number * ONE_DAY
        at = owner.calendar.at(day, dt.time(9))
        HabitLogFactory(user_habit=habit, target_count=1, completed_at=at, local_date=day, local_hour=9)
    streak_cache.rebuild_and_save(habit, today=today, calendar=owner.calendar)
    assert streak_cache.current(habit, today=today, calendar=owner.calendar, rests=[]).streak.current == LENGTH
    CoachingMessage.objects.filter(user=owner).update(sent_at=now)
    for message in [
        *CoachingMessage.objects.filter(user=owner),
        CoachingMessageFactory(user=owner, sent_at=now, occasion="letter"),
    ]:
        message.content = f"{LENGTH}일째예요\n{LENGTH}일째 이어 오고 있어요."
        message.save()
    CoachQuestionFactory(
        user=owner, answer=CoachQuestion.objects.get().answer | {"text": f"가장 오래 이은 건 {LENGTH}일이에요."}
    )
    for notification in Notification.objects.filter(user=owner):
        notification.title, notification.body = f"{LENGTH}일째예요", f"어제까지 {LENGTH}일 이어졌어요."
        notification.scheduled_for = now
        notification.save()
    badge = AchievementFactory(id="long", name=f"{LENGTH}일의 배지", criteria={"kind": "streak_days", "need": LENGTH})
    UserAchievement.objects.filter(user=owner).update(achievement=badge)
    AchievementFactory(id="longer", criteria={"kind": "streak_days", "need": 200})
    achievements.forget_catalogue()
    return owner, things | {"earned": {"pk": badge.pk}}, habit


def addresses(things):
    """The address of each page and answer that is opened by GET, by its route's name."""
    for name, route in ROUTES.items():
        if route.post is None and "/" not in name and name not in EXPLAIN:
            yield name, reverse(name, kwargs=things.get(route.thing, {}) | route.args)


def said(response):
    """The words of an answer, those that are only heard too."""
    text = b"".join(response.streaming_content) if response.streaming else response.content
    text = text.decode(errors="replace")
    heard = " ".join(re.findall(r'(?:aria-label|title|content|value)="([^"]*)"', text))
    shown = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", text, flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]*>", " ", shown)) + " " + html.unescape(heard)


def speaking(client, things):
    """What each page says of streaks, for those that do."""
    found = {}
    for name, address in addresses(things):
        response = client.get(address, follow=True)
        if words := sorted(set(re.findall(STREAK, said(response)))):
            found[name] = words
    return found


def test_every_page_is_silent_about_streaks_for_a_day_and_speaks_again_after_it(client, life, time_machine):
    owner, things, _habit = life
    client.force_login(owner)
    before = speaking(client, things)
    flags.raise_flag(owner, Danger.SELF_HARM, at=timezone.now())
    during = speaking(client, things)

    assert before.keys() >= {
        "habits:today", "habits:habit", "analytics:insights", "analytics:habit", "gamification:achievements",
        "gamification:achievement", "coaching:inbox", "coaching:message", "coaching:memory", "coaching:ask", "notifications:inbox", "notifications:tell",
    }, before  # fmt: skip
    assert during == {}
    time_machine.move_to(timezone.now() + dt.timedelta(days=1, minutes=1))
    assert speaking(client, things).keys() >= {"habits:today", "habits:habit", "notifications:inbox"}


def test_the_answer_to_a_check_in_says_no_length(client, life):
    owner, _things, habit = life
    client.force_login(owner)
    flags.raise_flag(owner, Danger.SELF_HARM, at=timezone.now())
    answers = []
    for act in ("undo", "check-in", "undo"):
        sent = {"key": uuid7(), "count": 1}
        answers.append(client.post(reverse(f"habits:{act}", args=[habit.pk]), sent, headers={"HX-Request": "true"}))

    assert [answer.status_code for answer in answers] == [200] * 3
    assert not any(re.search(STREAK, said(answer)) for answer in answers)


def test_no_page_says_why(client, life):
    owner, things, _habit = life
    client.force_login(owner)
    flags.raise_flag(owner, Danger.SELF_HARM, at=timezone.now())
    for name, address in addresses(things):
        if name != "coaching:help":
            page = said(client.get(address, follow=True)).casefold()
            assert not re.search(r"위기|위험한 말|자해|자살을|crisis|self.?harm", page.replace("자살예방", "")), name


def test_an_insights_page_from_the_cache_is_not_shown_on_a_quiet_day(client, life):
    owner, _things, _habit = life
    client.force_login(owner)
    address = reverse("analytics:insights")
    assert str(LENGTH) in said(client.get(address))

    flags.raise_flag(owner, Danger.ABUSE, at=timezone.now())

    assert str(LENGTH) not in said(client.get(address))


def test_a_circle_shows_no_streak_kept_together(client, person):
    template = HabitFactory()
    mine = SharedHabitFactory(member__user=person, user_habit=UserHabitFactory(user=person, habit=template))
    friend = CircleMemberFactory(circle=mine.member.circle)
    theirs = SharedHabitFactory(member=friend, user_habit=UserHabitFactory(user=friend.user, habit=template))
    for shared in (mine, theirs):
        user = shared.member.user
        together.join(shared.member, shared, today=user.calendar.day_of(timezone.now()))
    address = reverse("circles:circle", args=[mine.member.circle_id])
    client.force_login(person)
    assert "함께 이은 날" in said(client.get(address))

    flags.raise_flag(person, Danger.SELF_HARM, at=timezone.now())

    assert "함께 이" not in said(client.get(address))
    client.force_login(friend.user)
    assert "함께 이은 날" in said(client.get(address))
