"""Evaluates a template's version over sample contexts, by yes/no items that code decides.

    result = evaluate(template)         EvaluationResult(cases, passed, failed_safety, failures)
    store(template) -> PromptEvaluation the result as a row, with which the version may be switched on

Each case is one kind of fact with a kind of step, in one language: both prompt and rule text are rendered, the rule text
goes through the output gate, and it must hold the fact and the step word for word.
"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol

from coaching import composition, habit_tokens, output_gate, prompt_rendering, sentences, words
from coaching.context import HABIT_TOKEN, Context, Fact, Language, NextStep, Value
from coaching.message_choice import LEADING
from coaching.models import OFFLINE, AIPromptTemplate, PromptEvaluation

RUBRIC_VERSION = "3"
# A version that fails one of these is not switched on: it has to hold the fact and the step, too.
SAFETY = output_gate.SAFETY | {"renders", "fact_there", "step_there"}
DAY = dt.date(2026, 11, 27)
LANGUAGES: tuple[Language, ...] = ("ko", "en")
# Characters of a prompt, the rules included.
MOST_PROMPT = 4_000
# Cases for each kind of fact and language, each with another step and other sentences.
TURNS = 2
# The parts of a prompt, at the beginning of a line each.
SYSTEM, USER = "[system]\n", "[user]\n"
# The habit of the cases, with its name.
SAMPLE_HABIT = "0"
NAMES: dict[str, str] = {"ko": "물 8잔 마시기", "en": "Drink 8 glasses of water"}

type Params = dict[str, Value]


class Version(Protocol):
    """What is evaluated: a row of ai_prompt_templates, of a migration too."""

    message_type: str
    template: str
    rule_template: str | None
    variables: Any
    translations: Any


@dataclass(frozen=True)
class EvaluationResult:
    cases: int
    passed: int
    failed_safety: int
    # Failed cases by item.
    failures: dict[str, int] = field(default_factory=dict)


def evaluate(version: Version) -> EvaluationResult:
    """The result of all cases of the version's type."""
    failures: Counter[str] = Counter()
    passed = failed_safety = 0
    cases = list(sample_contexts(version.message_type))
    for context in cases:
        failed = _failed(version, context)
        failures.update(failed)
        passed += not failed
        failed_safety += any(item in SAFETY for item in failed)
    return EvaluationResult(len(cases), passed, failed_safety, dict(failures))


def store(
    template: AIPromptTemplate, result: EvaluationResult | None = None, *, ai_model: str = OFFLINE
) -> PromptEvaluation:
    """Evaluates the version's stored texts and keeps the result, or keeps that of a model."""
    result = result or evaluate(template)
    evaluation = PromptEvaluation(
        template=template,
        content_hash="",
        ai_model=ai_model,
        rubric_version=RUBRIC_VERSION,
        cases=result.cases,
        passed=result.passed,
        failed_safety=result.failed_safety,
        failures=result.failures,
    )
    # A trigger computes the hash from the row that the evaluation belongs to.
    evaluation.save()
    evaluation.refresh_from_db()
    return evaluation


def _failed(version: Version, context: Context) -> list[str]:
    given = composition.values(context, habit=HABIT_TOKEN)
    try:
        prompt, rule = _rendered(version, context.language, given)
    except prompt_rendering.RenderingRefused:
        return ["renders"]
    written = composition.WrittenMessage.from_text(rule)
    failed = output_gate.failures(written.title, written.body, context)
    checks = {
        "fact_there": given["fact"] in written.body,
        "step_there": given["step"] in written.body,
        "particles": _fits_names(version, context),
        "prompt_parts": prompt.startswith(SYSTEM + given["rules"]) and f"\n{USER}" in prompt,
        "prompt_facts": given["fact"] in prompt and given["step"] in prompt,
        "prompt_length": len(prompt) <= MOST_PROMPT,
    }
    return failed + [item for item, holds in checks.items() if not holds]


# Habits whose names end in brackets, a sign, Latin letters, digits; and whether the particle after them is that of a
# vowel: what stands in brackets is not read.
ODD_NAMES = {
    "걷기(아침)": True,
    "물 100%": True,
    "집중 30min": False,
    "달리기 3km": True,
    "뉴스 TV": True,
    "스쿼트 30": False,
    "명상": False,
    "요가": True,
}
_AFTER_VOWELS = {"은": False, "이": False, "을": False, "과": False, "는": True, "가": True, "를": True, "와": True}


def _fits_names(version: Version, context: Context) -> bool:
    """Whether the particles of the rule text fit a habit with an odd name, another one with each case."""
    if context.language != "ko":
        return True
    name = list(ODD_NAMES)[context.turn % len(ODD_NAMES)]
    given = composition.values(context.model_copy(update={"habit_name_shared": name}), habit=name)
    _prompt, rule = _rendered(version, context.language, given)
    said = re.findall(rf"{re.escape(name)}[’\"”]?(은|는|이|가|을|를|과|와)(?=[\s,.])", rule)
    return all(_AFTER_VOWELS[one] is ODD_NAMES[name] for one in said)


def _rendered(version: Version, language: Language, given: dict[str, Any]) -> tuple[str, str]:
    translated = (version.translations or {}).get(language, {})
    texts = tuple(translated.get(name) or getattr(version, name) or "" for name in ("template", "rule_template"))
    prompt, rule = _cached(texts, tuple(sorted((version.variables or {}).items())), tuple(given.items()))
    return prompt, rule


@lru_cache(maxsize=4096)
def _cached(texts: tuple[str, ...], variables: tuple[Any, ...], given: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple(prompt_rendering.render(texts, dict(given), variables=dict(variables)))


def sample_contexts(message_type: str) -> Iterator[Context]:
    """Contexts for each fact that the type may begin with, in both languages."""
    kinds = LEADING[message_type]
    for language in LANGUAGES:
        steps = list(sample_steps(language))
        for number, kind in enumerate(kinds):
            for turn in range(TURNS):
                yield sample_context(
                    message_type, kind, steps[(number * TURNS + turn) % len(steps)], language, turn=number + turn
                )


def sample_context(message_type: str, kind: str, step: NextStep, language: Language, *, turn: int) -> Context:
    fact = Fact(kind=kind, habit_id=SAMPLE_HABIT, params=SAMPLES[kind](language), evidence=["habits:today"])
    name = habit_tokens.token(SAMPLE_HABIT)
    text = sentences.fact_text(fact, habit=name, language=language, turn=turn)
    step_text = sentences.step_text(step, habit=name, language=language, turn=turn)
    return Context(
        language=language,
        date=DAY,
        weekday=words.weekday(DAY.weekday(), language),
        zone="Asia/Seoul",
        message_type=message_type,
        reason="sample",
        category="건강" if language == "ko" else "Health",
        habit_name_shared=NAMES[language],
        facts=[fact.model_copy(update={"text": text})],
        step=step.model_copy(update={"text": step_text}),
        turn=turn,
    )


def sample_steps(language: Language) -> Iterator[NextStep]:
    """Each kind of step."""
    for kind, params in step_samples(language).items():
        yield NextStep(kind=kind, habit_id=SAMPLE_HABIT, params=params, to=["habits:today"])


def _length(number: int, unit: str = "days") -> Any:
    return lambda language: words.length(number, unit, language)


def _params(**values: Any) -> Any:
    return lambda language: {name: value(language) if callable(value) else value for name, value in values.items()}


def _weekday(language: Language) -> str:
    return words.weekday(3, language)


def _clock(language: Language) -> str:
    return words.clock(20, language)


def _amount(language: Language) -> str:
    return words.amount(40, "잔" if language == "ko" else "cups", language)


SAMPLES: dict[str, Any] = {
    "streak": _params(length=_length(12)),
    "longest_now": _params(length=_length(30)),
    "best": _params(length=_length(21)),
    "near": _params(
        length=_length(5),
        left=lambda language: words.left(2, "days", language),
        goal=lambda language: words.goal(7, "days", language),
    ),
    "total": _params(count=50),
    "age": _params(days=45),
    "week": _params(done=5, due=7),
    "week_times": _params(done=3),
    "more": _params(now=6, before=4),
    "fewer": _params(now=3, before=5),
    "month": _params(done=18, month=lambda language: "11월" if language == "ko" else "November"),
    "yesterday": _params(weekday=_weekday),
    "away": _params(days=4, count=32),
    "comeback": _params(empty=4, since=2),
    "amount_week": _params(amount=_amount),
    "within": _params(done=6, due=7),
    "hour": _params(clock=_clock, until=lambda language: words.clock(21, language), times=14, of=20),
    "good_weekday": _params(weekday=_weekday, done=7, due=8),
    "hard_weekday": _params(weekday=_weekday, empty=5, due=8),
    "week_of_all": _params(done=17, habits=4),
    "full_days": _params(days=3),
    "mood": _params(mood="7.2", days=5, most=10),
}


def step_samples(language: Language) -> dict[str, Params]:
    """The parameters of each kind of step."""
    cup = "잔" if language == "ko" else "cups"
    return {
        "keep_limit": {}, "keep_none": {}, "its_time": {}, "its_time_tomorrow": {}, "ease": {}, "look": {}, "first": {}, "look_back": {}, "tiny": {}, "once": {}, "resting": {},
        "tomorrow": {}, "anchor": {}, "parts": {}, "add": {}, "any_day": {}, "full_week": {}, "full_month": {}, "keep_on": {},
        "half": {"amount": words.amount(4, cup, language)},
        "same_hour": {"clock": words.clock(20, language), "part": "day"},
        "portion": {"amount": words.amount(8, cup, language)},
        "next_date": {"date": words.date(DAY, language)},
        "plan_weekday": {"weekday": words.weekday(3, language)},
        "its_weekday": {"weekday": words.weekday(3, language)},
        "next_day": {"weekday": words.weekday(0, language)},
        "move_weekday": {"weekday": words.weekday(3, language)},
        "remind_at": {"clock": words.clock(20, language)},
        "lower": {"amount": words.amount(4, cup, language)},
        "raise": {"amount": words.amount(9, cup, language)},
        "goal": {"goal": words.length(14, "days", language)},
    }  # fmt: skip
