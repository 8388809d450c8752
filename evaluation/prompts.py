"""Each shipped template's version over golden cases, judged by yes/no items that code decides; results are stored.

With a key or an address of a model (OPENAI_API_KEY, OPENAI_BASE_URL) the model is asked for a sample of the cases, too, and
its answers go through the same gate.
"""

from collections import Counter
from uuid import UUID

from coaching import generation, output_gate, prompt_evaluation, provider
from coaching.models import AIPromptTemplate
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
    failed: Counter[str] = Counter()
    asked = 0
    for template in AIPromptTemplate.objects.filter(is_active=True):
        for context in list(prompt_evaluation.sample_contexts(template.message_type))[:ASKED]:
            asked += 1
            try:
                answer = provider.complete(*generation.prompt_of(template, context), person=NOBODY)
            except provider.ProviderError as error:
                failed[error.code] += 1
                continue
            failed.update(output_gate.failures(answer.title, answer.body, context)[:1])
    low, high = wilson(asked - failed.total(), asked)
    made.add(f"model: {asked - failed.total()} of {asked} passed [{low:.2f}, {high:.2f}], refused for {dict(failed)}")
