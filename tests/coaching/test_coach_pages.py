"""The coach's pages: messages with their reasons, questions, settings, and a memory that can be deleted."""

import datetime as dt
import html
import re
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.days import ONE_DAY
from coaching import allowance, conversation, delivery, jobs, messages, preferences, record_queries
from coaching.context import Context, Fact, NextStep
from coaching.crisis import flags
from coaching.crisis.words import Danger
from coaching.habit_tokens import Names
from coaching.models import AIPromptTemplate, CoachingJob, CoachingMessage, CoachQuestion
from coaching.pages import inbox
from gamification import achievements
from habits import month_goals, week_comparison
from notifications.models import Notification
from tests.at_once import at_once
from tests.coaching.people import give_a_month
from tests.factories.accounts import UserFactory
from tests.factories.habits import HabitLogFactory, UserHabitFactory
from tests.factories.rest import AchievementFactory, CoachingMessageFactory, CoachQuestionFactory

pytestmark = pytest.mark.django_db
ASK = "/coach/ask/"


@pytest.fixture
def habit(person):
    return UserHabitFactory(user=person, custom_name="물 마시기")


@pytest.fixture
def message(person, habit):
    context = Context(
        language="ko",
        date=dt.date(2026, 11, 22),
        weekday="일요일",
        zone="Asia/Seoul",
        message_type="advice",
        reason="hard_weekday",
        facts=[
            Fact(
                kind="week_count",
                habit_id=str(habit.pk),
                evidence=["habits:habit", str(habit.pk)],
                text="지난주에 7번 가운데 3번",
            )
        ],
        step=NextStep(kind="open", to=["habits:reminders", str(habit.pk)], text="알림을 옮겨 보기"),
    )
    return CoachingMessageFactory(
        user=person,
        content="한 시간 당겨 볼까요?\n저녁이 더 편해 보여요.",
        message_type="advice",
        context=context.to_json(),
        ai_model="small-model",
        prompt="[facts] 3 of 7",
        sent_at=timezone.now(),
    )


def shown(browser, address: str) -> str:
    response = browser.get(address)
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def test_the_coach_is_a_tab(signed_in):
    assert 'href="/coach/"' in shown(signed_in, reverse("habits:today"))


def test_a_message_says_why_it_was_written(signed_in, message, habit):
    page = shown(signed_in, reverse("coaching:message", args=[message.pk]))

    assert "지난주에 7번 가운데 3번" in page
    assert f'href="{reverse("habits:habit", args=[habit.pk])}"' in page
    assert "small-model" in page
    assert "[facts] 3 of 7" in page


@pytest.mark.parametrize(("model", "mark"), [("small-model", "AI가 생성"), ("rules", "AI 없이 작성")])
def test_a_message_says_whether_an_ai_wrote_it(signed_in, message, model, mark):
    CoachingMessage.objects.update(ai_model=model)
    assert mark in shown(signed_in, reverse("coaching:inbox"))
    assert mark in shown(signed_in, reverse("coaching:message", args=[message.pk]))


def test_words_of_a_model_are_shown_as_text(signed_in, message):
    CoachingMessage.objects.get().delete()
    CoachingMessageFactory(user=message.user, content="<img src=x>\n![a](http://b)", sent_at=timezone.now())

    page = signed_in.get(reverse("coaching:inbox")).content.decode()

    assert "&lt;img src=x&gt;" in page
    assert "<img src=x" not in page


def test_opening_a_message_reads_it(signed_in, message):
    signed_in.get(reverse("coaching:message", args=[message.pk]))
    message.refresh_from_db()
    assert message.read_at is not None


def test_answered_messages_count_towards_achievements(signed_in, person, message):
    AchievementFactory(id="pen", criteria={"kind": "reactions", "need": 2})
    achievements.forget_catalogue()
    for one in (message, CoachingMessageFactory(user=person, user_reaction=None, sent_at=timezone.now())):
        assert not person.achievements.exists()
        signed_in.post(reverse("coaching:react", args=[one.pk]), {"reaction": "love"})

    assert [one.achievement_id for one in person.achievements.all()] == ["pen"]


def test_a_reaction_is_stored_and_taken_back(signed_in, message):
    address = reverse("coaching:react", args=[message.pk])
    signed_in.post(address, {"reaction": "helpful"})
    message.refresh_from_db()
    assert message.user_reaction == "helpful"

    signed_in.post(address, {"feedback": "짧아서 좋아요"})
    message.refresh_from_db()
    assert (message.user_reaction, message.user_feedback) == ("helpful", "짧아서 좋아요")

    signed_in.post(address, {"reaction": ""})
    message.refresh_from_db()
    assert message.user_reaction is None


def test_feedback_with_words_of_danger_leads_to_help(signed_in, message):
    response = signed_in.post(reverse("coaching:react", args=[message.pk]), {"feedback": "그냥 죽고 싶어요"})
    assert response.url.startswith("/help/")


def test_less_of_this_halves_and_then_mutes(signed_in, person, message):
    address = reverse("coaching:less", args=[message.pk])
    signed_in.post(address)
    assert preferences.of(person).rarer == ["advice"]
    signed_in.post(address)
    assert preferences.of(person).muted == ["advice"]


def test_less_of_this_is_shown_and_taken_back(signed_in, person, message):
    address, page = (reverse(f"coaching:{name}", args=[message.pk]) for name in ("less", "message"))
    assert "평소처럼" not in shown(signed_in, page)
    signed_in.post(address)
    assert "이런 메시지 받지 않기" in shown(signed_in, page)
    signed_in.post(address)
    assert "이런 메시지 다시 평소처럼 받기" in shown(signed_in, page)

    signed_in.post(address, {"undo": "1"})

    assert (preferences.of(person).muted, preferences.of(person).rarer) == ([], [])
    assert "이런 메시지 덜 받기" in shown(signed_in, page)


def test_a_habit_is_muted_from_its_message_and_heard_again(signed_in, person, message, habit):
    address, page = (reverse(f"coaching:{name}", args=[message.pk]) for name in ("mute-habit", "message"))
    assert f"‘{habit.name}’ 이야기는 그만 듣기" in shown(signed_in, page)

    signed_in.post(address, {"habit": str(habit.pk)})
    assert preferences.of(person).muted_habits == [str(habit.pk)]
    assert f"‘{habit.name}’ 이야기 다시 듣기" in shown(signed_in, page)

    signed_in.post(address, {"habit": str(habit.pk), "undo": "1"})
    assert preferences.of(person).muted_habits == []


@pytest.mark.parametrize("sent", [{}, {"habit": "x"}, {"habit": str(uuid4())}])
def test_a_habit_that_the_message_is_not_about_is_not_muted(signed_in, person, message, sent):
    other = UserHabitFactory(user=person)
    signed_in.post(reverse("coaching:mute-habit", args=[message.pk]), sent or {"habit": str(other.pk)})

    assert preferences.of(person).muted_habits == []


def test_muted_topics_are_shown_and_taken_back_in_settings(signed_in, person, habit, stranger):
    theirs = UserHabitFactory(user=stranger)
    now = timezone.now()
    preferences.mute_habit(person, habit.pk, at=now)
    preferences.say_less(person, "advice", at=now)
    page = shown(signed_in, "/coach/settings/")
    boxes = re.findall(r"<input[^>]*>", page)
    assert [box for box in boxes if str(habit.pk) in box and "checked" in box]
    assert [box for box in boxes if 'name="often_advice"' in box and 'value="half"' in box and "checked" in box]
    assert str(theirs.pk) not in page

    signed_in.post("/coach/settings/", {"clock": "07:30", "is_on": "on"})
    stored = preferences.of(person)
    assert (stored.muted_habits, stored.rarer) == ([], [])

    refused = signed_in.post("/coach/settings/", {"clock": "07:30", "muted_habits": [str(theirs.pk)]})
    assert refused.status_code == 422


def test_the_choices_are_stored_and_off_stops_the_coach(signed_in, person):
    chosen = {"is_on": "on", "clock": "07:30", "tone": "gentle", "weekly_letter": "on"}
    chosen |= {"often_challenge": "never", "often_advice": "half", "often_reminder": "usual"}
    assert signed_in.post("/coach/settings/", chosen).status_code == 302

    stored = preferences.of(person)
    assert (stored.is_on, stored.clock, stored.tone) == (True, dt.time(7, 30), "gentle")
    assert (stored.weekly_letter, stored.muted, stored.rarer) == (True, ["challenge"], ["advice"])
    person.refresh_from_db()
    assert person.next_coaching_at is not None

    signed_in.post("/coach/settings/", {"clock": "07:30"})
    person.refresh_from_db()
    assert person.next_coaching_at is None


def test_the_memory_is_seen_and_deleted(signed_in, person, message, stranger):
    theirs = CoachQuestionFactory(user=stranger)
    CoachQuestionFactory(user=person)
    page = shown(signed_in, "/coach/memory/")
    assert "한 시간 당겨 볼까요?" in page
    assert "지난주 물 몇 번?" in page

    signed_in.post("/coach/memory/forget/")

    assert not messages.inbox(person).exists()
    assert list(CoachQuestion.objects.all()) == [theirs]


def announced(user):
    """A message of the coach as it is written and announced, with a word that is nowhere else."""
    now = timezone.now()
    made = CoachingMessageFactory(user=user, content="갈매기가 나는 제목이에요\n갈매기 본문이에요.", sent_at=now)
    delivery.notify(user, made, Names(user), at=now)
    return made


def kept_notifications(user):
    rows = Notification.objects.filter(user=user)
    return [row for row in rows if "갈매기" in f"{row.texts} {row.data}"]


def test_deleting_messages_deletes_what_announced_them(signed_in, person, stranger):
    one, _other, theirs = announced(person), announced(person), announced(stranger)
    assert len(kept_notifications(person)) == 2

    signed_in.post(f"/coach/{one.pk}/delete/")
    assert len(kept_notifications(person)) == 1
    signed_in.post("/coach/memory/forget/")

    assert not Notification.objects.filter(user=person).exists()
    assert [row.effect_key for row in kept_notifications(stranger)] == [f"coaching:{theirs.pk}"]


# ── A message now ────────────────────────────────────────────────────────────

NOW = "/coach/now/"


def write():
    jobs.run_waiting(timezone.now)


def test_a_message_is_written_when_it_is_asked_for(client, coached):
    client.force_login(coached)
    assert "지금 메시지 받기" in shown(client, "/coach/")
    page = client.post(NOW, follow=True).content.decode()
    assert "기록을 읽고 쓰는 중이에요" in page
    assert "지금 메시지 받기" not in page

    # Another press while it waits asks for the same one; the page asks until it is there.
    client.post(NOW)
    asking = {"HX-Request": "true", "HX-Target": "coach-now"}
    assert 'hx-trigger="every 3s"' in client.get("/coach/", headers=asking).content.decode()
    write()
    assert client.get("/coach/", headers=asking).headers["HX-Refresh"] == "true"

    message = CoachingMessage.objects.get()
    assert message.occasion == "asked"
    assert messages.words_of(message, Names(coached)).title in shown(client, "/coach/")
    assert "지금 메시지 받기" in shown(client, "/coach/")


def test_the_days_number_is_the_plans_and_then_the_plans_are_shown(client, coached):
    client.force_login(coached)
    most = allowance.left(coached, at=timezone.now())
    for _ in range(most):
        client.post(NOW)
        write()
    assert CoachingMessage.objects.count() == allowance.used(coached, at=timezone.now()) == most

    page = client.post(NOW, follow=True).content.decode()
    write()

    assert CoachingMessage.objects.count() == most
    assert "모두 받았어요. 내일 다시 보내 드릴게요" in page
    assert reverse("billing:plans") in page
    assert "지금 메시지 받기" not in page


def test_after_words_of_danger_no_message_is_offered_or_written(client, coached):
    client.force_login(coached)
    flags.raise_flag(coached, Danger.SELF_HARM, at=timezone.now())
    client.post(NOW)
    write()

    assert not CoachingJob.objects.exists()
    assert "지금 메시지 받기" not in shown(client, "/coach/")


def test_who_has_no_record_is_told_that_there_is_nothing_new(signed_in):
    signed_in.post(NOW)
    write()

    assert "오늘은 더 드릴 새 이야기가 없어요" in shown(signed_in, "/coach/")


@pytest.mark.usefixtures("committed")
def test_two_hundred_requests_at_once_get_no_more_than_the_days_number():
    user = give_a_month(UserFactory(), now=timezone.now())
    most = allowance.left(user, at=timezone.now())

    def press(_number):
        client = Client()
        client.force_login(user)
        statuses = []
        for _turn in range(13):
            statuses.append(client.post(NOW).status_code)
            # More than the page lets through: the limit is held where messages are written.
            jobs.ask(user, at=timezone.now())
            write()
        return statuses

    answers = [status for found in at_once(16, press) for status in found]
    write()

    assert len(answers) > 200
    # Some have asked too often; none gets more.
    assert set(answers) <= {302, 429}
    assert CoachingMessage.objects.filter(user=user).count() == most
    assert allowance.used(user, at=timezone.now()) == most


# ── Asking ───────────────────────────────────────────────────────────────────


def test_a_question_is_answered_with_its_evidence(signed_in, habit):
    HabitLogFactory.create_batch(2, user_habit=habit)
    response = signed_in.post(ASK, {"question": "오늘 물 몇 번?"}, follow=True)

    page = html.unescape(response.content.decode())
    assert "물 마시기는 오늘 2번 체크했어요." in page
    assert f'href="{reverse("habits:habit", args=[habit.pk])}"' in page


def test_htmx_gets_only_the_talk(signed_in, habit):
    page = signed_in.post(ASK, {"question": "오늘 물 몇 번?"}, headers={"HX-Request": "true"}).content.decode()
    assert page.strip().startswith('<div class="stack stack-5" id="talk">')


def test_an_act_opens_a_form_that_is_filled_in(signed_in, habit):
    page = signed_in.post(ASK, {"question": "물 매일 7시에 알림 해줘"}, follow=True).content.decode()
    address = f"{reverse('habits:reminders', args=[habit.pk])}?time=07:00"
    assert f'href="{html.escape(address.replace(":00", "%3A00"))}"' in page

    assert 'value="07:00"' in shown(signed_in, address)
    habit.refresh_from_db()
    assert habit.reminder_times == []


def test_forms_are_filled_in_by_valid_values_of_their_address_alone(signed_in, habit):
    edit = reverse("habits:edit", args=[habit.pk])
    page = shown(signed_in, f"{edit}?target_count=12&frequency=custom&days=1&days=3&name=%20")
    assert 'value="12"' in page
    assert "매주 월·수" in page
    assert 'value="-5"' not in shown(signed_in, f"{edit}?target_count=-5")

    pause = reverse("habits:pause", args=[habit.pk])
    assert 'value="2026-12-05"' in shown(signed_in, f"{pause}?starts_on=2026-12-01&ends_on=2026-12-05")
    assert "tomorrow" not in shown(signed_in, f"{pause}?ends_on=tomorrow").partition("<form")[2]
    goal = reverse("habits:goal", args=[habit.pk])
    assert 'value="20"' in shown(signed_in, f"{goal}?target=20")
    assert 'value="99"' not in shown(signed_in, f"{goal}?target=99")
    habit.refresh_from_db()
    assert habit.target_count != 12


@pytest.mark.parametrize("time", ["25:00", "<b>", "07:00:00"])
def test_a_form_is_filled_in_only_with_times(signed_in, habit, time):
    page = signed_in.get(reverse("habits:reminders", args=[habit.pk]), {"time": time}).content.decode()
    assert f'value="{time}"' not in page


def test_a_question_in_danger_gets_no_answer_for_a_day(signed_in, person, habit):
    response = signed_in.post(ASK, {"question": "죽고 싶은데 물 몇 번?"})
    assert response.url.startswith("/help/")
    assert not CoachQuestion.objects.exists()

    signed_in.post(ASK, {"question": "물 몇 번?"})
    assert not CoachQuestion.objects.exists()
    assert "습관 이야기를 쉬어요" in shown(signed_in, ASK)


def test_the_domain_refuses_a_question_while_the_person_is_held(person):
    now = timezone.now()
    flags.raise_flag(person, Danger.ABUSE, at=now)
    with pytest.raises(conversation.Held):
        conversation.ask(person, "물 몇 번?", now=now)


def test_hangul_is_stored_and_shown_whole(signed_in, person):
    question = "뷁꿻 책읽기는 며칠째예요?"
    signed_in.post(ASK, {"question": question})
    assert CoachQuestion.objects.get().question == question
    assert question in shown(signed_in, ASK)


def test_an_empty_and_a_long_question_are_refused(signed_in):
    assert signed_in.post(ASK, {"question": ""}).status_code == 422
    assert signed_in.post(ASK, {"question": "가" * 201}).status_code == 422


def test_questions_are_sealed_and_no_event_has_them(signed_in, habit):
    signed_in.post(ASK, {"question": "오늘 물 몇 번?"})

    with connection.cursor() as cursor:
        cursor.execute("SELECT coaching_questions::text FROM coaching_questions")
        assert "물" not in cursor.fetchone()[0]
        cursor.execute("SELECT count(*) FROM app_events WHERE app_events::text LIKE '%물%'")
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize("name", ["message", "react", "less", "delete"])
def test_messages_of_others_are_unknown(signed_in, stranger, name):
    theirs = CoachingMessageFactory(user=stranger, sent_at=timezone.now())
    address = reverse(f"coaching:{name}", args=[theirs.pk])
    response = signed_in.get(address) if name == "message" else signed_in.post(address)
    assert response.status_code == 404


def test_questions_of_others_are_unknown(signed_in, stranger):
    theirs = CoachQuestionFactory(user=stranger)
    for name in ("react-answer", "delete-answer"):
        assert signed_in.post(reverse(f"coaching:{name}", args=[theirs.pk]), {"reaction": "like"}).status_code == 404


# ── The weekly letter ────────────────────────────────────────────────────────


@pytest.fixture
def letter(person, habit):
    """Done on each of the last seven days, and on three of the seven before."""
    at = timezone.now()
    today = person.calendar.day_of(at)
    for ago in (1, 2, 3, 4, 5, 6, 7, 8, 10, 12):
        HabitLogFactory(user_habit=habit, completed_at=at - dt.timedelta(days=ago), local_date=today - ago * ONE_DAY)
    return CoachingMessageFactory(user=person, content="한 주예요\n잘 지냈어요.", occasion="letter", sent_at=at)


def test_a_letter_compares_the_same_weekdays(signed_in, letter):
    page = shown(signed_in, reverse("coaching:message", args=[letter.pk]))

    assert '지난주는 그 전 주보다 <span class="mark-up">57%p 더</span> 했어요.</h1>' in page
    assert "일곱 요일의 완료율이 43%에서 100%로 올랐어요." in page
    assert (page.count(">0 → 100%"), page.count(">100 → 100%")) == (4, 3)


def test_days_without_anything_due_are_not_counted(person, habit):
    habit.started_on = person.calendar.day_of(timezone.now()) - 3 * ONE_DAY
    habit.save()

    record = record_queries.read(person, at=timezone.now())

    days = week_comparison.week_before(record.day)
    assert week_comparison.change(record.total, days) is None
    assert [pair.now for pair in week_comparison.pairs(record.total, days)] == [None] * 4 + [0] * 3


def test_the_suggestion_of_a_letter_has_a_place_of_its_own(signed_in, message, letter):
    context = message.context | {"step": {"kind": "tiny", "text": "한 번만 해 봐요.", "to": ["habits:today"]}}
    letter.content, letter.context = "한 주예요\n잘 지냈어요. 한 번만 해 봐요.", context
    letter.save()
    page = shown(signed_in, reverse("coaching:message", args=[letter.pk]))

    assert page.count("한 번만 해 봐요.") == 1
    assert re.search(r"이번 주에 해 볼 것 하나</h2>\s*<p[^>]*>한 번만 해 봐요.</p>", page)


def test_older_messages_are_folded_by_month(signed_in, person):
    now = timezone.now()
    for number in range(inbox.OPEN + 3):
        CoachingMessageFactory(
            user=person, content=f"글 {number}번\n본문 {number}번", sent_at=now - dt.timedelta(days=40 * number)
        )
    page = shown(signed_in, reverse("coaching:inbox"))

    assert [f"글 {number}번" in page for number in range(inbox.OPEN + 3)] == [True] * (inbox.OPEN + 3)
    assert [f"본문 {number}번" in page for number in range(inbox.OPEN + 3)] == [True] * inbox.OPEN + [False] * 3
    assert page.count('class="fold"') == 3


def test_the_template_is_named_in_the_readers_language(signed_in, person, message):
    message.template = AIPromptTemplate.objects.filter(name="편하게 한 번").first()
    message.save()
    person.language = "en"
    person.save()

    assert "No hurry" in shown(signed_in, reverse("coaching:message", args=[message.pk]))


def test_words_are_asked_for_after_a_reaction(signed_in, message):
    address = reverse("coaching:message", args=[message.pk])
    CoachingMessage.objects.filter(pk=message.pk).update(user_reaction=None, user_feedback=None)
    assert 'name="feedback"' not in shown(signed_in, address)

    react = reverse("coaching:react", args=[message.pk])
    fragment = signed_in.post(react, {"reaction": "like"}, headers={"HX-Request": "true"}).content.decode()
    assert 'name="feedback"' in fragment
    assert 'name="feedback"' in shown(signed_in, address)
    assert shown(signed_in, address).count("<h1") == 1


def test_a_weekly_letter_shows_eight_weeks_the_goals_and_links_to_other_letters(signed_in, person, habit, letter):
    month_goals.change(person, habit, target=20)
    before = CoachingMessageFactory(
        user=person, content="지난 한 주예요\n좋았어요.", occasion="letter", sent_at=letter.sent_at - 7 * ONE_DAY
    )

    page = shown(signed_in, reverse("coaching:message", args=[letter.pk]))

    assert "여덟 주의 흐름" in page
    assert "20일 중 " in page
    assert reverse("coaching:message", args=[before.pk]) in page
    assert reverse("coaching:message", args=[letter.pk]) in shown(
        signed_in, reverse("coaching:message", args=[before.pk])
    )
