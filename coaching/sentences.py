"""Sentences for facts and next steps, from content/sentences.toml.

    fact_text(fact, habit="물 8잔 마시기", language="ko", turn=3)
    fact_texts([fact, fact], names=["물 8잔 마시기", "명상"], …)
    title(fact, …), step_text(step, …)

`turn` chooses among the sentences of a kind, so that the same kind sounds different the next time. Korean texts have the
habit's name in quotes of their own; the particle follows them and fits the name.
"""

import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, Template

from coaching.context import Fact, Language, NextStep
from core.josa import josa

FILE = Path(__file__).parent / "content" / "sentences.toml"


def fact_texts(
    facts: Sequence[Fact], *, names: Sequence[str], language: Language, turn: int, of_letter: bool = False
) -> list[str]:
    """The sentences of a message's facts; a habit or week that was named is not named again."""
    return [
        fact_text(
            fact,
            habit=name,
            language=language,
            turn=turn + number,
            form=_form(fact, facts[:number], language, of_letter=of_letter),
        )
        for number, (fact, name) in enumerate(zip(facts, names, strict=True))
    ]


def _form(fact: Fact, before: Sequence[Fact], language: Language, *, of_letter: bool) -> str:
    if before and fact.habit_id and fact.habit_id == before[-1].habit_id:
        return "beside"
    if any("in_week" in _content()["facts"][one.kind][language] for one in before):
        return "in_week"
    return "letter" if of_letter else "texts"


def fact_text(fact: Fact, *, habit: str, language: Language, turn: int, form: str = "texts") -> str:
    sentences = _content()["facts"][fact.kind][language]
    if "limit" in fact.params and f"limit_{form}" in sentences:
        form = f"limit_{form}"
    return _rendered(_chosen(sentences.get(form) or sentences["texts"], turn), fact.params, habit, language)


def title(fact: Fact, *, habit: str, language: Language, turn: int) -> str:
    return fact_text(fact, habit=habit, language=language, turn=turn, form="titles")


def step_text(step: NextStep, *, habit: str, language: Language, turn: int, is_named: bool = False) -> str:
    """The sentence of the step; `is_named` where it has to say which habit it is about."""
    sentence = _chosen(_content()["steps"][step.kind][language], turn)
    text = _rendered(sentence, step.params, habit, language)
    if not is_named or "habit" in sentence:
        return text
    return f"{josa(_quoted(habit), '은/는')} {text}" if language == "ko" else f"“{habit}”: {text[0].lower()}{text[1:]}"


def _chosen(sentences: list[str], turn: int) -> str:
    return sentences[turn % len(sentences)]


def _rendered(sentence: str, params: dict[str, Any], habit: str, language: Language) -> str:
    return _compiled(sentence).render(params | {"habit": _quoted(habit) if language == "ko" else habit})


def _quoted(habit: str) -> str:
    return f"‘{habit}’"


@cache
def _content() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


@cache
def _compiled(sentence: str) -> Template:
    return _environment().from_string(sentence)


@cache
def _environment() -> Environment:
    made = Environment(autoescape=False, undefined=StrictUndefined)  # noqa: S701 -- plain text, escaped when shown
    made.filters |= {"josa": josa, "plural": _plural, "of": _of}
    return made


def _plural(number: int, noun: str) -> str:
    """ "1 day", "3 days"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _of(number: int, whole: int) -> str:
    """ "5 of 7", "all 7", "each of the 2"."""
    if number < whole:
        return f"{number} of {whole}"
    return f"all {whole}" if whole > 2 else f"each of the {whole}"
