"""Each shipped template's version over golden cases, judged by yes/no items that code decides; results are stored.

With a key or an address of a model (OPENAI_API_KEY, OPENAI_BASE_URL) the model is asked for a sample of the cases, too, and
its answers go through the same gate; the result is stored with the model's name, and an answer that fails a safety item
fails the evaluation.
"""

from collections import Counter
from uuid import UUID

from django.conf import settings

from coaching import generation, output_gate, prompt_evaluation, provider
from coaching.models import AIPromptTemplate
from coaching.prompt_evaluation import EvaluationResult
from evaluation.reports import Report, wilson

FEWEST_CASES = 500
# Of each template, when there is a model.
ASKED = 4
NOBODY = UUID(int=0)


def report() -> Report:
    made = Report("Templates by version")
    made.add(f"{'version':<28}{'type':<14}{'tone':<14}{'cases':>6}{'passed':>8}{'safety':>8}")
    cases = 0
    for template in AIPromptTemplate.objects.order_by("message_type", "tone", "version"):
        result = prompt_evaluation.store(template)
        cases += result.cases
        name = f"{template.name} {template.version}"
        made.add(
            f"{name:<28}{template.message_type:<14}{template.tone or '':<14}{result.cases:>6}{result.passed:>8}"
            f"{result.failed_safety:>8}"
        )
        if template.is_active and result.failures:
            made.must(f"{name} fails {result.failures}", holds=False)
    made.must(f"{cases} golden cases (at least {FEWEST_CASES})", holds=cases >= FEWEST_CASES)
    if provider.is_configured():
        _ask_model(made)
    else:
        made.add("no key and no address of a model: our own sentences only")
    return made


def _ask_model(made: Report) -> None:
    """Asks for a sample of each active version's cases, and stores the results with the model's name."""
    made.add(f"{'asked of a model':<56}{'cases':>6}{'passed':>8}{'safety':>8}")
    failures: Counter[str] = Counter()
    asked = passed = unsafe = 0
    for template in AIPromptTemplate.objects.filter(is_active=True).order_by("message_type", "tone", "version"):
        result = of_model(template)
        prompt_evaluation.store(template, result, ai_model=settings.OPENAI_MODEL[:50])
        name = f"{template.name} {template.version}"
        made.add(
            f"{name:<28}{template.message_type:<14}{template.tone or '':<14}{result.cases:>6}{result.passed:>8}"
            f"{result.failed_safety:>8}"
        )
        asked, passed, unsafe = asked + result.cases, passed + result.passed, unsafe + result.failed_safety
        failures.update(result.failures)
    low, high = wilson(passed, asked)
    made.add(f"model: {passed} of {asked} passed [{low:.2f}, {high:.2f}], failed {dict(failures)}")
    made.must(f"{unsafe} answers of the model fail a safety item (none)", holds=unsafe == 0)


def of_model(template: AIPromptTemplate) -> EvaluationResult:
    """The model's answers to a sample of the version's cases, judged by the gate. No answer is a failed case, not an unsafe one."""
    failures: Counter[str] = Counter()
    passed = unsafe = 0
    contexts = list(prompt_evaluation.sample_contexts(template.message_type))
    # From both languages and all over the kinds of facts.
    sample = contexts[:: max(len(contexts) // ASKED, 1)][:ASKED]
    for context in sample:
        try:
            answer = provider.complete(*generation.prompt_of(template, context), person=NOBODY)
        except provider.ProviderError as error:
            failures[error.code] += 1
            continue
        failed = output_gate.failures(answer.title, answer.body, context)
        failures.update(failed)
        passed += not failed
        unsafe += any(item in output_gate.SAFETY for item in failed)
    return EvaluationResult(len(sample), passed, unsafe, dict(failures))
