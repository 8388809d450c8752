"""What `make eval` asks of a model is judged, stored with its name, and fails on one unsafe answer."""

import pytest
from django.db import IntegrityError, transaction

from coaching import prompt_versions
from coaching.models import AIPromptTemplate, PromptEvaluation
from evaluation import prompts
from evaluation.reports import Report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("templates")]


@pytest.fixture(autouse=True)
def _few(monkeypatch):
    monkeypatch.setattr(prompts, "ASKED", 2)


def run():
    made = Report("x")
    prompts._ask_model(made)
    return made


def test_good_answers_are_stored_with_the_models_name(model, settings):
    settings.OPENAI_MODEL = "some-model"
    made = run()

    stored = PromptEvaluation.objects.filter(ai_model="some-model")
    assert stored.count() == AIPromptTemplate.objects.filter(is_active=True).count()
    assert {(row.cases, row.passed, row.failed_safety) for row in stored} == {(2, 2, 0)}
    assert made.missed == []


def test_an_unsafe_answer_fails_the_evaluation_and_no_answer_is_only_counted(model, settings):
    settings.OPENAI_MODEL = "some-model"
    model.answers = [{"title": "제목이에요", "body": "벌써 스무 날째예요. 오늘도 한 번 해 봐요."}, 400]
    made = run()

    assert len(made.missed) == 1
    assert "1 answers" in made.missed[0]
    row = PromptEvaluation.objects.filter(ai_model="some-model").order_by("created_at").first()
    assert (row.cases, row.passed, row.failed_safety) == (2, 0, 1)
    assert row.failures["foreign_number"] == row.failures["rejected"] == 1


def test_a_models_result_alone_switches_nothing_on(model, settings):
    following = prompt_versions.succeed(AIPromptTemplate.objects.filter(is_active=True).first())
    prompts.prompt_evaluation.store(following, prompts.of_model(following), ai_model="some-model")

    assert prompt_versions.latest_evaluation(following) is None
    with pytest.raises(IntegrityError), transaction.atomic():
        AIPromptTemplate.objects.filter(pk=following.pk).update(is_active=True)
