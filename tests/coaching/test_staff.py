"""Staff write, preview, evaluate, switch on and roll back versions, and watch jobs, spending and the switches."""

import datetime as dt
import json
import re

import pytest
from django.urls import reverse
from django.utils import translation

from coaching import jobs, preferences, prompt_preview, prompt_versions, provider
from coaching.models import AIPromptTemplate, CoachingControls, CoachingJob, CoachingMessage, CoachingSpend
from core.staff.models import ChangeRequest
from tests.coaching.people import give_a_month
from tests.factories.accounts import StaffFactory, UserFactory
from tests.factories.rest import CoachingJobFactory, CoachingMessageFactory, CoachingSpendFactory
from tests.fakes.model_server import letter
from tests.staff_forms import seen

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client, settings):
    settings.STAFF_NEED_SECOND_FACTOR = False
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def shipped():
    return AIPromptTemplate.objects.filter(message_type="motivation", tone="gentle").get()


def change_url(template):
    return reverse("admin:coaching_aiprompttemplate_change", args=[template.pk])


def press(staff, template, button):
    page = staff.get(change_url(template))
    form = page.context["adminform"].form
    fields = {name: form.initial.get(name) for name in form.fields}
    posted = {
        name: json.dumps(value) if isinstance(value, dict) else value
        for name, value in fields.items()
        if value is not None
    }
    sent = posted | {button: "1", "why": "시험", "seen": page.context["seen"]}
    return staff.post(change_url(template), sent, follow=True)


def test_a_version_shows_its_exact_prompt_its_text_and_the_verdict(staff, shipped):
    page = staff.get(change_url(shipped)).content.decode()

    assert "당신은 습관 앱 WellnessAI의 코치예요" in page
    assert "안전 검사를 통과해요" in page
    assert "가지 통과" in page


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_sample_of_a_preview_is_in_the_language_of_who_reads_it(shipped, language):
    with translation.override(language):
        sample = prompt_preview.of_sample(shipped, shipped.usage_count)

    assert sample.context.language == language


def test_the_model_is_asked_for_the_preview_and_its_answer_judged(staff, shipped, model):
    assert "미리 보기를 모델에게 물어보기" in staff.get(change_url(shipped)).text
    model.answers = [letter, {"title": "제목이에요", "body": "지난 한 주에 999번 했어요. 오늘 한 번 해 봐요."}]
    good, bad = (press(staff, shipped, "_ask") for _ in range(2))

    sent = model.requests[0]["messages"]
    assert good.context["preview"].prompt == f"[system]\n{sent[0]['content']}\n[user]\n{sent[1]['content']}"
    assert "안전 검사를 통과해요" in good.text
    assert "기록을 같이 봤어요" in good.text
    assert "⟦" not in good.text.partition("<pre")[0]
    assert bad.context["asked"].failures[0] in bad.text
    assert "foreign_number" in bad.text
    assert not CoachingMessage.objects.exists()


def test_what_a_preview_costs_counts_and_the_caps_hold(staff, shipped, model):
    page = press(staff, shipped, "_ask")
    spent = CoachingSpend.objects.get(user=None)
    assert spent.spent == provider.cost(500, 60) == page.context["asked"].draft.cost
    assert spent.reserved == 0
    assert "$0.0003" in page.text

    CoachingControls.objects.create(daily_cap=spent.spent)
    capped = press(staff, shipped, "_ask")

    assert "over_budget" in capped.text
    assert len(model.requests) == 1


def test_a_model_that_fails_is_said_so(staff, shipped, model):
    model.answers = ["cut"]

    assert "truncated" in press(staff, shipped, "_ask").text


def test_the_kill_switch_holds_for_previews_too(staff, shipped, model):
    CoachingControls.objects.create(uses_model=False)

    assert "미리 보기를 모델에게" not in staff.get(change_url(shipped)).text
    assert "지금은 모델에게 물을 수 없어요" in press(staff, shipped, "_ask").text
    assert model.requests == []


def test_without_a_model_no_preview_asks_for_one(staff, shipped):
    assert "미리 보기를 모델에게" not in staff.get(change_url(shipped)).text
    assert "지금은 모델에게 물을 수 없어요" in press(staff, shipped, "_ask").text


def test_the_preview_of_a_seeded_person_sends_nothing_of_who_asks(staff, shipped, model):
    seeded = give_a_month(
        UserFactory(email="seed3@example.com"), now=dt.datetime.now(dt.UTC), names=["비밀 습관"], habits=1
    )
    press(staff, shipped, "_ask")

    text = json.dumps(model.requests, ensure_ascii=False)
    assert not any(secret in text for secret in ("비밀 습관", "seed3", str(seeded.pk), "@"))


def test_the_preview_is_about_a_seeded_person_where_there_is_one(staff, shipped):
    seeded = UserFactory(email="seed3@example.com")
    give_a_month(seeded, now=dt.datetime.now(dt.UTC))

    assert "seed3@example.com" in staff.get(change_url(shipped)).content.decode()


def test_staff_choose_the_seeded_person_of_the_preview(staff, shipped):
    for number in (3, 7):
        give_a_month(UserFactory(email=f"seed{number}@example.com"), now=dt.datetime.now(dt.UTC))
    UserFactory(email="seed9@example.com")

    shown = {who: staff.get(f"{change_url(shipped)}?person={who}") for who in ("3", "7", "9", "8", "x")}

    assert [shown[who].context["preview"].about for who in ("3", "7")] == ["seed3@example.com", "seed7@example.com"]
    assert [one["number"] for one in shown["3"].context["preview_people"]] == [3, 7, 9]
    assert "보낼 까닭이 없어요" in shown["9"].text
    assert shown["8"].context["preview"].about == shown["x"].context["preview"].about == "seed3@example.com"


def test_the_form_of_a_version_has_both_languages_and_its_variables(staff, shipped):
    following = prompt_versions.succeed(shipped)
    page = staff.get(change_url(following)).context["adminform"].form
    assert page.initial["variables"] == [*shipped.variables]
    assert page.initial["template_en"] == shipped.translations["en"]["template"]
    posted = {name: value for name in page.fields if (value := page.initial.get(name)) is not None}

    posted |= {"variables": ["fact", "step"], "name_en": "Other", "why": "시험"} | seen(staff, change_url(following))
    staff.post(change_url(following), posted)

    following.refresh_from_db()
    assert following.variables == {"fact": "string", "step": "string"}
    assert following.translations == {"en": shipped.translations["en"] | {"name": "Other"}}
    assert "Other" in staff.get(change_url(following)).text


def test_a_version_that_is_on_is_not_changed_by_one_person(staff, shipped):
    page = staff.get(change_url(shipped))
    asked = {*page.context["adminform"].form.fields}

    sent = {"template": "다른 글", "traffic_share": "7", "why": "시험", "seen": page.context["seen"]}
    staff.post(change_url(shipped), sent)

    assert asked & {"template", "template_en", "traffic_share"} == set()
    now = AIPromptTemplate.objects.get(pk=shipped.pk)
    assert (now.template, now.traffic_share) == (shipped.template, shipped.traffic_share)


def test_the_texts_of_a_used_version_are_shown_and_not_asked_for(staff, shipped):
    AIPromptTemplate.objects.filter(pk=shipped.pk).update(usage_count=1)

    page = staff.get(change_url(shipped))

    assert "template_en" not in page.context["adminform"].form.fields
    assert shipped.translations["en"]["template"].splitlines()[0] in page.text


def test_a_version_is_succeeded_evaluated_and_switched_on(staff, shipped):
    press(staff, shipped, "_succeed")
    following = AIPromptTemplate.objects.get(name=shipped.name, version="2.0")
    assert not following.is_active

    assert "평가를 통과해야" in press(staff, following, "_on").content.decode()
    press(staff, following, "_evaluate")
    press(staff, following, "_on")
    following.refresh_from_db()
    assert not following.is_active
    change = ChangeRequest.objects.get()
    CoachingMessageFactory(template=shipped)
    staff.force_login(UserFactory(is_staff=True, is_superuser=True))
    shown = staff.get(reverse("admin:staff_changerequest_change", args=[change.pk]))
    assert following.version in shown.text
    assert [number for _name, number in shown.context["counts"]] == [1, "5명 미만"]
    staff.post(reverse("admin:staff_changerequest_approve", args=[change.pk]), {"why": "읽어 봤어요"})

    following.refresh_from_db()
    assert following.is_active
    press(staff, following, "_back")
    following.refresh_from_db()
    shipped.refresh_from_db()
    assert (following.is_active, shipped.is_active) == (False, True)


def test_rolling_back_is_one_step_to_the_version_that_was_on_before(shipped):
    second = prompt_versions.succeed(shipped)
    prompt_versions.evaluate(second)
    prompt_versions.switch_on(second)

    assert prompt_versions.roll_back(second) == shipped
    second.delete()
    with pytest.raises(prompt_versions.NothingBefore):
        prompt_versions.roll_back(shipped)


def test_the_texts_of_a_used_version_are_read_only(staff, shipped):
    AIPromptTemplate.objects.filter(pk=shipped.pk).update(usage_count=3)

    assert 'name="template"' not in staff.get(change_url(shipped)).content.decode()


def test_the_list_shows_effects_and_versions(staff):
    page = staff.get(reverse("admin:coaching_aiprompttemplate_changelist")).content.decode()

    assert "판마다" in page
    assert "celebration" in page


def test_dead_jobs_are_tried_again_from_the_list(staff):
    job = CoachingJobFactory(state="dead", attempts=3)
    url = reverse("admin:coaching_coachingjob_changelist")
    assert str(job.pk) in staff.get(url, {"state": "dead"}).content.decode()

    staff.post(url, {"action": "try_again", "_selected_action": [str(job.pk)]})

    job.refresh_from_db()
    assert (job.state, job.attempts) == ("waiting", 0)


def test_the_spending_of_persons_is_not_shown(staff, person):
    CoachingSpendFactory(user=person, spent=9_900_000)
    CoachingSpendFactory(spent=1_500_000)
    page = staff.get(reverse("admin:coaching_coachingspend_changelist")).content.decode()

    assert "$1.5000" in page
    assert "$9.9000" not in page


def test_the_switches_say_what_they_do_since_when_and_who_switched_them(client):
    colleague = StaffFactory(name="하준")
    client.force_login(colleague)
    page = reverse("admin:coaching_coachingcontrols_changelist")
    assert client.get(page).text.count("처음 정한 값 그대로예요") == 4

    client.post(
        reverse("admin:coaching_coachingcontrols_add"),
        {"uses_model": "on", "sends_messages": "", "daily_cap": "2.5", "daily_cap_per_person": "0.05", "why": "멈춰요"},
    )

    shown = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", client.get(page).text))
    assert re.search(r"꺼짐 아무 메시지도 쓰지 않아요\. \d+월 \d+일 (오전|오후) \d+:\d\d · 하준", shown)
    assert CoachingControls.current().daily_cap == 2_500_000
    assert "$2.5 " in shown
    # Those that were left as they were.
    assert shown.count("처음 정한 값 그대로예요") == 2


def test_the_kill_switch_holds_from_the_next_message_on(staff, coached):
    staff.post(
        reverse("admin:coaching_coachingcontrols_add"),
        {"sends_messages": "", "daily_cap": 1, "daily_cap_per_person": 1, "why": "멈춰요"},
    )
    assert not CoachingControls.current().sends_messages
    assert not CoachingControls.current().uses_model

    jobs.ask(coached, at=dt.datetime.now(dt.UTC))
    jobs.run_waiting(lambda: dt.datetime.now(dt.UTC))
    assert CoachingJob.objects.get().outcome == "switched_off"
    assert not CoachingMessage.objects.exists()


def test_less_of_a_type_halves_it_and_then_mutes_it(person):
    now = dt.datetime.now(dt.UTC)
    assert preferences.say_less(person, "advice", at=now).rarer == ["advice"]
    assert preferences.say_less(person, "advice", at=now).muted == ["advice"]
    with pytest.raises(ValueError, match="x"):
        preferences.say_less(person, "x", at=now)
