"""A notification reads as if it had been written in its reader's language, from the data that each sender stores."""

import datetime as dt
import io
import json
import zipfile
from pathlib import Path

import pytest
from django.conf import settings
from django.core import mail
from django.db import connection, transaction

from accounts import consents
from accounts.models import User
from billing.models import SubscriptionPlan
from circles import challenges, cheers
from coaching import delivery, jobs
from coaching.habit_tokens import Names
from coaching.models import Occasion
from gamification import achievements
from gamification.models import Achievement
from habits import reminders
from notifications import announcements, consent_notices, delivery_worker, fan_out, kept_words, preferences
from notifications.message_texts import MessageTexts, render
from notifications.models import Announcement, Notification
from notifications.pages import inbox_list, push_message
from notifications.preferences import Preferences
from tests.billing.test_notices import EVENTS
from tests.coaching.people import give_a_month
from tests.factories.circles import ChallengeFactory, ChallengePartFactory, CircleMemberFactory, SharedHabitFactory
from tests.factories.habits import HabitFactory, HabitLogFactory, UserHabitFactory
from tests.factories.rest import (
    AchievementFactory,
    CoachingMessageFactory,
    NotificationFactory,
    PaymentMethodFactory,
    PaymentTransactionFactory,
    UserSubscriptionFactory,
)
from tests.notifications.conftest import NOON
from wellness.privacy import export_zip

pytestmark = pytest.mark.django_db

DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
FOLDER = Path(settings.BASE_DIR) / "templates/notifications"
OTHER = {"ko": "en", "en": "ko"}


# ── Who sends what ──────────────────────────────────────────────────────────
# Each makes what it needs, and gives what sends: it is called several times, each time as if for the first.


def a_payment(person):
    plan, pro = SubscriptionPlan.objects.get(pk="premium"), SubscriptionPlan.objects.get(pk="pro")
    for row, name in ((plan, "프리미엄"), (pro, "프로")):
        row.name, row.translations = name, {"en": {"name": row.pk.title()}}
        row.save()
    subscription = UserSubscriptionFactory(
        user=person,
        plan=plan,
        next_plan=pro,
        method=PaymentMethodFactory(user=person),
        current_period_end=NOON + 30 * DAY,
        pause_months=2,
        retry_at=NOON + 3 * DAY,
        phase="active",
    )
    payment = PaymentTransactionFactory(user=person, subscription=subscription, purpose="subscribe")

    def send():
        subscription.user = person
        for phase in ("active", "past_due", "grace"):
            subscription.phase = phase
            EVENTS["declined"](subscription, None if phase != "active" else payment)
        for event in EVENTS.values():
            event(subscription, payment)

    return send


def achievement(name="첫 방울", english="First drop"):
    words = {"name": name, "description": f"{name} 받는 말"}
    return AchievementFactory(**words, translations={"en": {"name": english, "description": f"Why {english}"}})


def one_achievement(person):
    earned = [achievement()]
    return lambda: achievements.notify(person.pk, earned, at=NOON)


def two_achievements(person):
    earned = [achievement(), achievement("둘째", "Second")]
    return lambda: achievements.notify(person.pk, earned, at=NOON, seen=False)


def achievements_at_once(person):
    earned = [[achievement()], [achievement("둘째", "Second"), achievement("셋째", "Third")]]

    def send():
        for some in earned:
            achievements.notify(person.pk, some, at=NOON, seen=False)
        fan_out.dispatch(now=NOON)

    return send


def template():
    english = {"name": "Water", "tips": ["A glass by the bed.", "One with each meal.", "One after each hour."]}
    return HabitFactory(name="물 마시기", tips=["침대 옆에 한 잔.", "밥 먹을 때 한 잔."], translations={"en": english})


def reminded(*habits):
    """Sends the reminders of these habits at noon."""
    for habit in habits:
        reminders.set_times(habit.user, habit.pk, times=[dt.time(12)], days=[], at=NOON - HOUR)
    return lambda: reminders.remind(now=NOON)


def habit_of(person, **values):
    return UserHabitFactory(**{"user": person, "habit": template(), "started_at": NOON - 40 * DAY} | values)


def a_reminder(person):
    return reminded(habit_of(person))


def many_reminders(person):
    own = HabitFactory(owner=person, name="내 습관")
    many = [
        habit_of(person),
        habit_of(person, custom_name="내 물"),
        habit_of(person, habit=own),
        habit_of(person, anchor="아침 먹고 나서"),
        habit_of(person, target_count=8, unit="잔"),
        habit_of(person, target_count=2, unit="잔", direction="at_most"),
        habit_of(person, target_count=90, unit="분", target_frequency="custom", schedule={"kind": "week_total"}),
        habit_of(person, target_count=90, unit="쪽", target_frequency="custom", schedule={"kind": "month_total"}),
        habit_of(person, target_frequency="weekly", schedule={"times": 3}),
    ]
    for habit in many[4:7]:
        HabitLogFactory(user_habit=habit, target_count=1, completed_at=NOON - HOUR)
    return reminded(*many)


def reminders_at_once(person):
    send = reminded(habit_of(person), habit_of(person))

    def both():
        send()
        fan_out.dispatch(now=NOON)

    return both


def shared_with_a_friend(person):
    shared = SharedHabitFactory(member__user=person, user_habit=habit_of(person), shared_on=(NOON - 30 * DAY).date())
    return shared, CircleMemberFactory(circle=shared.member.circle, nickname="민서")


def a_cheer(person):
    shared, friend = shared_with_a_friend(person)
    return lambda: cheers.send(friend, shared.pk, "sprout", now=NOON)


def cheers_at_once(person):
    shared, friend = shared_with_a_friend(person)
    other = CircleMemberFactory(circle=shared.member.circle, nickname="하늘")

    def send():
        cheers.send(friend, shared.pk, "sprout", now=NOON)
        cheers.send(other, shared.pk, "star", now=NOON)
        fan_out.dispatch(now=NOON)

    return send


def a_challenge(person):
    month = dt.date(2026, 10, 1)
    ChallengePartFactory(challenge=ChallengeFactory(month=month), user=person)
    habit = habit_of(person, started_at=NOON - 100 * DAY)
    for number in range(28):
        day = month + number * DAY
        HabitLogFactory(user_habit=habit, completed_at=dt.datetime.combine(day, dt.time(3), dt.UTC), local_date=day)
    return lambda: challenges.settle_due(now=NOON)


def a_message_of_a_model(person):
    message = CoachingMessageFactory(user=person, content="제목이에요\n본문이에요.", ai_model="claude", sent_at=NOON)
    return lambda: delivery.notify(person, message, Names(person), at=NOON)


def answers_about_advertising(person):
    consents.record(person, answers={"marketing": True}, channel="settings", at=NOON - 800 * DAY)
    consents.record(person, answers={"night": True}, channel="settings", at=NOON - 2 * DAY)
    consents.record(person, answers={"night": False}, channel="settings", at=NOON - DAY)
    return lambda: consent_notices.send_due(now=NOON)


def an_advertisement(person):
    words = {"title": "새 소식", "body": "오늘 나왔어요.", "title_en": "News", "body_en": "Out today."}
    Announcement.objects.create(**words, is_marketing=True, scheduled_for=NOON, state="scheduled")
    consents.record(person, answers={"marketing": True}, channel="settings", at=NOON - DAY)
    return lambda: announcements.advance(clock=lambda: NOON, until=NOON + HOUR)


BUNDLES = {
    achievements_at_once: "bundle_achievement",
    reminders_at_once: "bundle",
    cheers_at_once: "bundle_cheer",
}
SENDERS = {
    a_payment: {f"billing/{path.name.split('.')[0]}" for path in FOLDER.glob("billing/*.title.txt")},
    one_achievement: {"achievement"},
    two_achievements: {"achievement"},
    a_reminder: {"habit_reminder"},
    many_reminders: {"habit_reminder"},
    a_cheer: {"cheer"},
    a_challenge: {"challenge"},
    a_message_of_a_model: {"coaching"},
    answers_about_advertising: {"consent_result", "consent_renewal"},
    # Its texts are its own.
    an_advertisement: {""},
    **{
        sender: {{"bundle": "habit_reminder"}.get(name, name.removeprefix("bundle_"))}
        for sender, name in BUNDLES.items()
    },
}


# ── Written in one language, read in the other ──────────────────────────────


def speak(person, language):
    person.language = language
    person.save(update_fields=["language"])


def as_shown(person):
    """What the inbox and a device show of each; the parts of a bundle are not sent."""
    fresh = User.objects.get(pk=person.pk)
    days = inbox_list.page(fresh, now=NOON + HOUR)["days"]
    shown = {row["id"]: (row["title"], row["body"]) for day in days for row in day["rows"]}
    texts = MessageTexts(fresh.language)
    found = []
    for row in Notification.objects.filter(user=fresh, bundled_into=None):
        own = texts.of(row)
        # What is still to be dispatched is not in the inbox yet.
        assert shown.get(row.pk, own) == own
        found.append((own, render(row)))
    return sorted(found)


def sent(person, send, *, written, read):
    """Everything that is sent to the person while they speak one language, as they read it in another."""
    with transaction.atomic():
        speak(person, written)
        send()
        templates = {kept_words.written(row.data).template for row in Notification.objects.filter(user=person)}
        stored = sorted(row.texts for row in Notification.objects.filter(user=person))
        speak(person, read)
        shown = as_shown(person)
        transaction.set_rollback(True)
    return shown, templates, stored


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("sender", SENDERS, ids=lambda sender: sender.__name__)
def test_a_notification_reads_as_if_written_in_the_readers_language(person, sender, language):
    send = sender(person)

    expected, templates, stored = sent(person, send, written=language, read=language)
    shown, _templates, others = sent(person, send, written=OTHER[language], read=language)

    assert templates == SENDERS[sender]
    assert len(expected) > 0
    assert shown == expected
    # It was another text when it was written.
    assert others != stored


def test_every_template_has_a_sender_here():
    names = {str(path.relative_to(FOLDER)).removesuffix(".title.txt") for path in FOLDER.rglob("*.title.txt")}
    assert names == set().union(*SENDERS.values(), BUNDLES.values()) - {""}


def test_the_words_of_each_part_stand_in_the_bundle(person):
    send = achievements_at_once(person)
    shown, _templates, _stored = sent(person, send, written="ko", read="en")

    assert [sent_as for _own, sent_as in shown] == [("3 new badges", "First drop · Second · Third")]


def test_the_inbox_costs_the_same_for_many_as_for_one(person, django_assert_num_queries):
    counts = []
    for _round in range(2):
        achievements.notify(person.pk, [achievement(), achievement("둘째", "Second")], at=NOON)
        speak(person, "en")
        with django_assert_num_queries(3 if not counts else counts[0]) as asked:
            [day] = inbox_list.page(person, now=NOON + HOUR)["days"]
        counts.append(len(asked))
        speak(person, "ko")

    assert {row["title"] for row in day["rows"]} == {"2 new badges"}


# ── Where it cannot be said again ───────────────────────────────────────────


def test_a_row_that_is_gone_keeps_its_stored_name(person):
    gone = achievement("사라진 배지", "Gone")
    achievements.notify(person.pk, [gone, achievement("둘째", "Second")], at=NOON)
    Achievement.objects.filter(pk=gone.pk).delete()

    assert MessageTexts("en").of(person.notifications.get()) == ("2 new badges", "사라진 배지 · Second")


@pytest.mark.parametrize(
    "written",
    [
        {"template": "no_such", "language": "ko", "dates": [], "words": {}},
        {"template": "billing/paid", "language": "ko", "dates": [], "words": {}},
        {"template": "achievement", "language": "ko", "dates": ["name"], "words": {}},
        {"template": "achievement", "language": "ko", "dates": [], "words": {"no": {"model": "x.y", "id": "1"}}},
        {"template": "", "language": "ko", "dates": [], "words": {}},
        {"language": "ko"},
        "ko",
    ],
)
def test_what_cannot_be_rendered_shows_the_stored_text(person, written):
    row = NotificationFactory(user=person, title="제목", body="내용", data={"name": "물", "written": written})

    assert MessageTexts("en").of(row) == ("제목", "내용")


@pytest.mark.parametrize("data", [None, {}, [], {"name": "물"}])
def test_rows_from_before_show_the_stored_text(person, data):
    row = NotificationFactory(user=person, title="제목", body="내용", data=data)

    assert MessageTexts("en").of(row) == ("제목", "내용")


# ── Devices, mails and the export ───────────────────────────────────────────


def test_a_push_that_is_shown_later_speaks_the_language_of_then(person, laptop, push, run):
    a_cheer(person)()
    run()
    speak(person, "en")

    content = push_message.content(User.objects.get(pk=person.pk), push.taken[0].message["id"])

    assert (content["title"], content["body"]) == ("민서 cheered you on", "Water · Sprout")


def test_the_mail_of_a_letter_that_waits_speaks_the_language_of_then(person):
    give_a_month(person, now=NOON)
    person.is_verified = True
    person.save()
    preferences.save(person, Preferences(email=True))
    jobs._job(person, Occasion.LETTER, "letter", at=NOON).save()
    jobs.run_waiting(lambda: NOON)
    speak(person, "en")
    fan_out.dispatch(now=NOON)
    delivery_worker.deliver(clock=lambda: NOON)

    [message] = mail.outbox
    assert "Written without AI" in message.body
    assert "AI 없이 작성" not in message.body


def test_the_export_says_what_the_inbox_says(person):
    achievements.notify(person.pk, [achievement(), achievement("둘째", "Second")], at=NOON)
    speak(person, "en")
    file = io.BytesIO()

    export_zip.write(file, person.pk, now=NOON)

    [row] = json.loads(zipfile.ZipFile(file).read("json/notifications.json"))
    [day] = inbox_list.page(User.objects.get(pk=person.pk), now=NOON + HOUR)["days"]
    assert (row["sealed_title"], row["sealed_body"]) == ("2 new badges", "First drop · Second")
    assert [(shown["title"], shown["body"]) for shown in day["rows"]] == [(row["sealed_title"], row["sealed_body"])]


def test_what_is_kept_for_another_language_is_sealed(person):
    a_cheer(person)()

    with connection.cursor() as cursor:
        cursor.execute("SELECT notifications::text FROM notifications")
        [(stored,)] = cursor.fetchall()
    assert [word for word in ("물 마시기", "sprout", "habits.habit", "written", "cheer") if word in stored] == ["cheer"]
