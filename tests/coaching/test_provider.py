"""The model is asked only as consented, and whatever it answers the person gets a good message."""

import datetime as dt
import html
import json
import re
import subprocess
import sys

import pytest
from django.db import connection
from django.urls import reverse

from accounts.models import UserConsent
from billing import entitlements
from coaching import allowance, composition, facts, jobs, messages, provider, record_queries, spend
from coaching.habit_tokens import Names
from coaching.models import OFFLINE, CoachingControls, CoachingJob, CoachingMessage, CoachingSpend
from coaching.pages import inbox
from habits.models import HabitLog
from notifications import delivery_worker, fan_out, message_texts
from notifications import preferences as notification_preferences
from notifications.models import Notification, NotificationDelivery
from notifications.pages import push_message
from notifications.preferences import Preferences
from tests.coaching.people import consent_to_provider, give_a_month
from tests.factories.accounts import UserFactory
from tests.factories.rest import CoachingMessageFactory
from tests.fakes.model_server import letter
from wellness.privacy import health_withdrawal

pytestmark = pytest.mark.django_db


def now():
    return dt.datetime.now(dt.UTC)


def asked(user):
    jobs.ask(user, at=now())
    jobs.run_waiting(now)
    return CoachingMessage.objects.latest("created_at")


@pytest.fixture
def consenting(coached):
    consent_to_provider(coached, now=now())
    return coached


def test_with_consent_the_model_writes_and_all_of_it_is_kept(consenting, model):
    message = asked(consenting)

    assert message.is_by_ai
    assert message.ai_model == "fake-model"
    assert (message.tokens_in, message.tokens_out) == (500, 60)
    assert message.cost == provider.cost(500, 60) == 296
    assert message.offline_reason is None
    sent = model.requests[0]
    assert message.prompt == f"[system]\n{sent['messages'][0]['content']}\n[user]\n{sent['messages'][1]['content']}"
    names = Names(consenting)
    assert messages.explain(message, names).sent_to_provider == message.prompt
    assert "⟦" not in messages.words_of(message, names).content


def test_the_mark_travels_with_the_notification(consenting, model):
    asked(consenting)
    assert Notification.objects.get(notification_type="coaching").texts[1].startswith("AI가 생성 · ")


def test_the_mark_travels_with_push_and_mail(consenting, model, mailoutbox):
    notification_preferences.save(consenting, Preferences(email=True))
    asked(consenting)
    fan_out.dispatch(now=now())
    while delivery_worker.deliver(clock=now):
        pass

    (mail,) = mailoutbox
    assert "AI가 생성" in mail.body
    delivery = NotificationDelivery.objects.get()
    assert "AI가 생성" in push_message.content(consenting, delivery.pk)["body"]


def test_the_mark_travels_with_several_sent_as_one(consenting, model):
    for _ in range(2):
        asked(consenting)
    first, second = Notification.objects.filter(notification_type="coaching").order_by("created_at")
    second.bundled_into = first
    second.save()

    _title, body = message_texts.render(first)
    assert body.count("AI가 생성") == 2


def test_the_mark_stands_in_the_lists_of_messages(client, consenting, model):
    message = asked(consenting)
    for number in range(inbox.OPEN):
        CoachingMessageFactory(
            user=consenting, content=f"글 {number}\n우리 문장이에요.", sent_at=now() + dt.timedelta(minutes=number + 1)
        )
    client.force_login(consenting)
    title = messages.words_of(message, Names(consenting)).title

    for address in (reverse("coaching:inbox"), reverse("coaching:memory")):
        row = html.unescape(client.get(address).text).partition(title)[2].partition("</li>")[0]
        assert "AI가 생성" in row, address


def test_the_request_holds_what_the_consent_says_and_nothing_else(consenting, model):
    consenting.name, consenting.bio = "김비밀", "비밀 소개"
    consenting.save()
    habit = consenting.habits.first()
    habit.custom_name, habit.notes = "둘만 아는 습관", "무릎이 아파요"
    habit.save()
    for _ in range(4):
        asked(consenting)

    for sent in model.requests:
        text = json.dumps(sent, ensure_ascii=False)
        assert set(sent) == {
            "model", "messages", "response_format", "max_completion_tokens", "store", "safety_identifier",
        }  # fmt: skip
        assert sent["store"] is False
        assert str(consenting.pk) not in text
        assert not any(secret in text for secret in ("비밀", "둘만 아는", "무릎", consenting.email, "@", "http"))
        assert sent["safety_identifier"] == provider.pseudonym(consenting.pk)
        assert len(text) < 6_000
    assert not any("Cookie" in headers for headers in model.headers)


def skeleton(template, language):
    """The prompt of a template without its values."""
    text = composition.text_of(template, "template", language)
    return re.sub(r"{%.*?%}\n?|{{.*?}}", "", text)


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("shares_health", [False, True])
def test_what_is_sent_is_what_the_consent_lists_line_by_line(consenting, model, monkeypatch, language, shares_health):
    """Each line of the captured requests is the template's own or one value of the list in accounts/content/terms/ai_abroad."""
    monkeypatch.setattr("coaching.allowance.entitlements.limit", lambda *_, **__: entitlements.Limit(100))
    consenting.language, consenting.privacy_settings = language, {"health": shares_health}
    consenting.save()
    HabitLog.objects.update(mood_score=7)
    for _ in range(12):
        jobs.ask(consenting, at=now())
    jobs.run_waiting(now)
    rows = CoachingMessage.objects.select_related("template").order_by("created_at")
    written = [message for message in rows if message.prompt]

    assert len(model.requests) == len(written) > 6
    for sent, message in zip(model.requests, written, strict=True):
        context = messages.context_of(message)
        values = composition.values(context)
        listed = {str(values[name]) for name in ("today", "category", "habit_name", "fact", "extra", "step")}
        # What the template says where there is no value.
        listed |= set(re.findall(r' or "([^"]*)"', composition.text_of(message.template, "template", language)))
        system, question = (one["content"] for one in sent["messages"])
        plain = skeleton(message.template, language)
        # The system part has the fixed rules, the task of the type and its tone.
        assert system.replace(values["rules"], "").split() == plain.split("[user]")[0].removeprefix("[system]").split()
        for line in question.splitlines():
            told = [one for one in listed if one and one in line]
            rest = line
            for one in sorted(told, key=len, reverse=True):
                rest = rest.replace(one, "")
            assert rest.strip(" -") in " ".join(plain.split()) or rest.strip() in plain, line
        assert shares_health or not re.search("기분|mood", question)
        assert json.dumps(sent, ensure_ascii=False).count(provider.pseudonym(consenting.pk)) == 1


def test_own_names_are_sent_only_with_the_permission_for_notes(stranger, model):
    give_a_month(stranger, now=now(), habits=1, names=["둘만 아는 습관"])
    consent_to_provider(stranger, now=now())
    asked(stranger)
    stranger.privacy_settings = {"coach_reads_notes": True}
    stranger.save()
    asked(stranger)

    sent = [json.dumps(request, ensure_ascii=False) for request in model.requests]
    assert ["둘만 아는 습관" in text for text in sent] == [False, True]
    names = Names(stranger)
    for message in CoachingMessage.objects.all():
        assert "둘만 아는 습관" in messages.words_of(message, names).content
        assert "둘만 아는" not in message.content


def test_mood_is_read_only_with_the_consent_to_health_data(consenting):
    HabitLog.objects.update(mood_score=7)
    found = []
    for shares in (False, True):
        consenting.privacy_settings = {"health": shares}
        found.append(record_queries.read(consenting, at=now()))

    assert not found[0].moods
    assert set(found[1].moods.values()) == {7.0}
    assert ["mood" in facts.of_person(record) for record in found] == [False, True]


@pytest.mark.parametrize("withdrawn", ["consent", "switch", "never"])
def test_without_consent_or_with_the_switch_off_nothing_is_sent_not_even_what_was_queued(coached, model, withdrawn):
    if withdrawn != "never":
        consent_to_provider(coached, now=now())
    jobs.ask(coached, at=now())
    if withdrawn == "consent":
        consent_to_provider(coached, now=now() + dt.timedelta(seconds=1), granted=False)
    if withdrawn == "switch":
        CoachingControls.objects.create(uses_model=False)
    jobs.run_waiting(now)

    message = CoachingMessage.objects.get()
    assert model.requests == []
    assert message.ai_model == OFFLINE
    assert message.offline_reason == ("switched_off" if withdrawn == "switch" else "no_consent")


@pytest.mark.usefixtures("committed")
@pytest.mark.parametrize("answer", ["good", 429])
@pytest.mark.parametrize("change", ["switch", "consent"])
def test_what_is_withdrawn_while_the_model_writes_counts_at_once(model, answer, change):
    user = give_a_month(UserFactory(), now=now())
    consent_to_provider(user, now=now())

    def withdraw(request):
        if change == "switch":
            CoachingControls.objects.create(uses_model=False)
        else:
            consent_to_provider(user, now=now() + dt.timedelta(seconds=1), granted=False)
        connection.close()
        return letter(request)

    def first(request):
        withdraw(request)
        return 429

    model.answers = [withdraw if answer == "good" else first]
    message = asked(user)

    assert message.ai_model == OFFLINE
    assert len(model.requests) == 1
    if answer == "good":
        assert message.offline_reason == ("switched_off" if change == "switch" else "no_consent")
        assert message.prompt


def test_the_two_consents_are_asked_apart(coached):
    consent_to_provider(coached, now=now())

    assert not coached.consents.filter(item=UserConsent.Item.HEALTH).exists()
    assert "coaching_messages" in health_withdrawal.DELETED


BAD = {
    429: "rate_limited", 500: "server_error", 503: "server_error", 400: "rejected", 401: "rejected",
    "drop": "server_error", "slow": "timeout", "cut": "truncated", "cut silently": "malformed",
    "half a syllable": "gate:broken", "loose jamo": "gate:broken", "tool call": "tool_call", "refusal": "refused",
    "prose": "malformed", "more keys": "malformed", "nothing": "malformed", "not json": "malformed",
    "broken bytes": "malformed",
}  # fmt: skip


# Answers after which the model is asked once more.
RETRIED = {429, 500, 503}


@pytest.mark.parametrize("answer", BAD, ids=str)
def test_whatever_goes_wrong_the_person_gets_a_message_of_our_own(consenting, model, answer, monkeypatch):
    monkeypatch.setattr(provider, "TIMEOUT", 0.7)
    model.answers = [answer] * 2
    message = asked(consenting)

    assert message.ai_model == OFFLINE
    assert message.offline_reason == BAD[answer]
    context = messages.context_of(message)
    assert context.facts[0].text in message.body
    assert len(model.requests) == (2 if answer in RETRIED else 1)
    assert CoachingSpend.objects.filter(reserved__gt=0).count() == 0


@pytest.mark.parametrize("status", sorted(RETRIED))
def test_a_status_that_passes_is_tried_once_more(consenting, model, status):
    model.answers = [status]
    message = asked(consenting)

    assert message.is_by_ai
    assert len(model.requests) == CoachingJob.objects.get().calls == 2
    day = spend.of_day(now().date())
    assert day.spent == message.cost
    # A 5xx may have cost the most that it could; a 429 costs nothing.
    assert (message.cost == provider.cost(500, 60)) is (status == 429)
    assert day.reserved == 0
    assert allowance.used(consenting, at=now()) == 1


def test_the_second_try_counts_against_the_limits_too(consenting, model, settings):
    settings.OPENAI_CALLS_A_MINUTE = 1
    model.answers = [429]

    assert asked(consenting).offline_reason == "rate_limited"
    assert len(model.requests) == 1


def test_the_second_try_is_not_made_past_the_cap(consenting, model, monkeypatch):
    highest = 1_000
    monkeypatch.setattr(provider, "highest_cost", lambda *_texts: highest)
    CoachingControls.objects.create(daily_cap_per_person=highest * 3 // 2)
    # A failed call may have cost the most that it could.
    model.answers = [500]
    message = asked(consenting)

    assert message.offline_reason == "server_error"
    assert len(model.requests) == 1
    assert spend.of_day(now().date()).spent == highest


def test_a_job_that_made_all_its_calls_is_not_tried_again(consenting, model):
    job = jobs.ask(consenting, at=now())
    CoachingJob.objects.filter(pk=job.pk).update(calls=jobs.MOST_CALLS - 1)
    model.answers = [429]
    jobs.run_waiting(now)

    assert len(model.requests) == 1
    assert CoachingMessage.objects.get().offline_reason == "rate_limited"


@pytest.mark.parametrize(
    "body", ["지난 한 주에 999번 했어요. 오늘 한 번 해 봐요.", "https://evil.example 을 열어 봐요."]
)
def test_an_answer_that_the_gate_refuses_is_not_shown(consenting, model, body):
    model.answers = [{"title": "제목이에요", "body": body}]
    message = asked(consenting)

    assert message.offline_reason.startswith("gate:")
    assert "999" not in message.content
    assert "evil" not in message.content
    assert message.cost > 0


def test_a_flagged_answer_is_not_shown(consenting, model, settings):
    settings.OPENAI_MODERATION_MODEL = "moderation"
    model.flags = True

    assert asked(consenting).offline_reason == "moderated"


def test_the_breaker_stops_calling_a_provider_that_keeps_failing(consenting, model, monkeypatch):
    monkeypatch.setattr("coaching.allowance.entitlements.limit", lambda *_, **__: entitlements.Limit(100))
    model.answers = [500] * 20
    found = [asked(consenting).offline_reason for _ in range(provider.FAILURES)]

    # Two calls for each message, until the breaker forbids the second.
    failed = -(-provider.FAILURES // 2)
    assert found == ["server_error"] * failed + ["breaker_open"] * (provider.FAILURES - failed)
    assert len(model.requests) == provider.FAILURES


def test_calls_of_a_minute_are_bounded(consenting, model, settings, monkeypatch):
    settings.OPENAI_CALLS_A_MINUTE = 1
    # A minute in which both calls lie, however long they take.
    monkeypatch.setattr(provider, "A_MINUTE", 10**9)
    reasons = [asked(consenting).offline_reason for _ in range(2)]

    assert reasons[1] == "busy"
    assert len(model.requests) == 1


def test_over_the_cap_of_a_person_or_of_all_nothing_is_called(consenting, stranger, model):
    CoachingControls.objects.create(daily_cap_per_person=1)
    assert asked(consenting).offline_reason == "over_budget"
    CoachingControls.objects.update(daily_cap_per_person=10**9, daily_cap=1)
    assert asked(consenting).offline_reason == "over_budget"
    assert model.requests == []
    assert not CoachingSpend.objects.exists()


def test_the_ledger_equals_what_the_provider_charged(consenting, model):
    model.answers = [429, 429]
    found = [asked(consenting).offline_reason for _ in range(3)]

    day = spend.of_day(now().date())
    assert found == ["rate_limited", None, None]
    assert day.spent == model.charged * provider.cost(500, 60)
    assert day.reserved == 0
    # What the provider refused is none of the day's messages.
    assert allowance.used(consenting, at=now()) == 2


def test_the_model_is_called_again_only_once_after_a_kill(consenting, model):
    job = jobs.ask(consenting, at=now())
    CoachingJob.objects.filter(pk=job.pk).update(calls=jobs.MOST_CALLS)
    jobs.run_waiting(now)

    assert model.requests == []
    assert CoachingMessage.objects.get().offline_reason == "too_many_calls"


def test_importing_the_coach_does_not_load_the_client():
    script = (
        "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'wellness.settings'; import django; django.setup();"
        "import wellness.urls, coaching.admin, coaching.jobs; print('openai' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("False")
