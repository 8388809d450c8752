"""Names of habits are put in when a message is read: renamed, deleted, with any ending, in both languages."""

import datetime as dt
import html
import itertools
import json
import tomllib

import pytest
from django.urls import reverse
from django.utils import timezone
from uuid6 import uuid7

from coaching import composition, habit_tokens, jobs, messages, prompt_evaluation, sentences
from coaching.content_rules import FILE
from coaching.context import HABIT_TOKEN, Fact
from coaching.habit_tokens import Names
from coaching.models import CoachingMessage
from habits import deletion
from notifications.models import Notification
from tests.coaching import seeded
from tests.coaching.people import consent_to_provider, give_a_month
from tests.privacy.test_exports import opened, rows

CONTENT = tomllib.loads((FILE.parent / "sentences.toml").read_text(encoding="utf-8"))
NAMES = [
    *prompt_evaluation.ODD_NAMES, "물", "일찍 자기", "yoga", "Walk", "산책 🙂", "‘인용’", "은", "5km", "MP3", "걷기 (저녁)", "⟦habit⟧", "⟦habit:x⟧", "a.b?c!",
]  # fmt: skip
# Whatever an id ends in, the particle is that of the name.
IDS = [str(uuid7())[:-1] + digit for digit in "0123456789abcdef"]


def each_sentence():
    """(text with a token, the same with the name) of each sentence, for each name."""
    ids = itertools.cycle(IDS)
    for kind, language in itertools.product(CONTENT["facts"], ("ko", "en")):
        for name, form in itertools.product(NAMES, CONTENT["facts"][kind][language]):
            for turn in range(len(CONTENT["facts"][kind][language][form])):
                habit_id = next(ids)
                fact = Fact(
                    kind=kind,
                    habit_id=habit_id,
                    params=prompt_evaluation.SAMPLES[kind](language),
                    evidence=["habits:today"],
                )
                made = [
                    sentences.fact_text(fact, habit=one, language=language, turn=turn, form=form)
                    for one in (habit_tokens.token(habit_id), name)
                ]
                yield habit_id, name, language, made
    for step, language in itertools.product(CONTENT["steps"], ("ko", "en")):
        sample = {one.kind: one for one in prompt_evaluation.sample_steps(language)}[step]
        for name, turn in itertools.product(NAMES, range(len(CONTENT["steps"][step][language]))):
            habit_id = next(ids)
            made = [
                sentences.step_text(sample, habit=one, language=language, turn=turn, is_named=True)
                for one in (habit_tokens.token(habit_id), name)
            ]
            yield habit_id, name, language, made


def test_each_sentence_reads_as_if_it_had_been_written_with_the_name():
    checked = 0
    for habit_id, name, language, (stored, written) in each_sentence():
        assert habit_tokens.fill(stored, {habit_id: name}, language=language) == written
        checked += 1

    assert checked > 5_000


def test_each_template_reads_as_if_it_had_been_written_with_the_name():
    for template in seeded.templates():
        for context in list(prompt_evaluation.sample_contexts(template.message_type))[::3]:
            name = NAMES[context.turn % len(NAMES)]
            stored = composition.write(template, context, habit=composition.habit_token(context))
            read = habit_tokens.fill(stored.content, {"0": name}, language=context.language)
            assert HABIT_TOKEN not in read or name == HABIT_TOKEN
            assert habit_tokens.token("0") not in read


@pytest.mark.parametrize(
    ("stored", "name", "read"),
    [
        ("‘⟦habit:x⟧’은 좋아요.", "걷기", "‘걷기’는 좋아요."),
        ("⟦habit:x⟧는 좋아요.", "명상", "명상은 좋아요."),
        ("⟦habit:x⟧을(를) 해요.", "물", "물을 해요."),
        ("⟦habit:x⟧을(를) 해요.", "yoga", "yoga를 해요."),
        ("⟦habit:x⟧로 시작해요.", "명상", "명상으로 시작해요."),
        ("⟦habit:x⟧으로 시작해요.", "물", "물로 시작해요."),
        ("⟦habit:x⟧에는 좋아요.", "명상", "명상에는 좋아요."),
        ("⟦habit:x⟧이라는 이름", "걷기", "걷기이라는 이름"),
        ("⟦habit:x⟧과 ⟦habit:y⟧", "걷기", "걷기와 지운 습관"),
        # A name is put in once, whatever it looks like.
        ("⟦habit:x⟧은", "⟦habit:x⟧", "⟦habit:x⟧은(는)"),
    ],
)
def test_particles_fit_the_name_of_now(stored, name, read):
    assert habit_tokens.fill(stored, {"x": name}, language="ko") == read


# ── A message ────────────────────────────────────────────────────────────────


def now():
    return dt.datetime.now(dt.UTC)


@pytest.fixture
def told(person):
    """The message of a person with one habit, named "걷기"."""
    give_a_month(person, now=now(), habits=1, names=["걷기"])
    jobs.ask(person, at=now())
    jobs.run_waiting(now)
    return CoachingMessage.objects.get()


def page_of(client, message):
    client.force_login(message.user)
    return html.unescape(client.get(reverse("coaching:message", args=[message.pk])).text)


@pytest.mark.django_db
def test_no_name_is_stored_with_a_message(told):
    stored = told.content + json.dumps(told.context, ensure_ascii=False)

    assert "걷기" not in stored
    assert habit_tokens.token(str(told.user.habits.get().pk)) in stored


@pytest.mark.django_db
def test_a_renamed_habit_stands_under_its_new_name_with_the_particle_that_fits(client, told):
    old, new = (messages.words_of(told, Names(told.user)) for _ in range(2))
    assert "걷기" in old.content
    habit = told.user.habits.get()
    habit.custom_name = "저녁 산책"
    habit.save()
    new = messages.words_of(told, Names(told.user))

    assert "걷기" not in new.content
    assert new.content.count("저녁 산책") == old.content.count("걷기")
    assert new.body in page_of(client, told)
    assert "걷기" not in page_of(client, told).partition("<main")[2]


@pytest.mark.django_db
def test_a_deleted_habit_leaves_no_name_behind(client, told):
    habit = told.user.habits.get()
    deletion.delete_habit(told.user, habit.pk, at=timezone.now())
    page = page_of(client, told)

    assert "걷기" not in page
    assert "지운 습관" in page
    assert str(habit.pk) not in page


@pytest.mark.django_db
def test_somebody_elses_habit_is_named_to_nobody(stranger, told):
    give_a_month(stranger, now=now(), habits=1, names=["남의 비밀 습관"])
    theirs = stranger.habits.get()
    told.content = f"제목이에요\n{habit_tokens.token(str(theirs.pk))} 이야기예요."
    told.save()

    assert messages.words_of(told, Names(told.user)).body == "지운 습관 이야기예요."


@pytest.mark.django_db
def test_the_notification_and_the_export_have_the_name(told):
    said = messages.words_of(told, Names(told.user))
    (notification,) = Notification.objects.filter(notification_type="coaching")
    (row,) = rows(opened(told.user), "coaching_messages")

    assert notification.texts == (said.title, said.body)
    assert row["content"] == said.content
    assert "⟦" not in json.dumps(row, ensure_ascii=False)


@pytest.mark.django_db
def test_what_a_model_wrote_is_stored_with_the_token_of_its_habit(person, model):
    give_a_month(person, now=now(), habits=1, names=["걷기"])
    consent_to_provider(person, now=now())
    jobs.ask(person, at=now())
    jobs.run_waiting(now)

    message = CoachingMessage.objects.get()
    assert message.is_by_ai
    assert HABIT_TOKEN in message.prompt
    assert "걷기" not in message.content + message.prompt
    assert HABIT_TOKEN not in message.content
    assert "걷기" in messages.words_of(message, Names(person)).content
