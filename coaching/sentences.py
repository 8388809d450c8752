"""Sentences for facts and next steps, from content/sentences.toml.

    fact_text(fact, habit="물 8잔 마시기", language="ko", turn=3)
    title(fact, …), step_text(step, …)

`turn` chooses among the sentences of a kind, so that the same kind sounds different the next time.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, Template

from coaching.context import Fact, Language, NextStep
from core.josa import josa

FILE = Path(__file__).parent / "content" / "sentences.toml"


def fact_text(fact: Fact, *, habit: str, language: Language, turn: int) -> str:
    return _say("facts", fact.kind, language, "texts", fact.params, habit, turn)


def title(fact: Fact, *, habit: str, language: Language, turn: int) -> str:
    return _say("facts", fact.kind, language, "titles", fact.params, habit, turn)


def step_text(step: NextStep, *, habit: str, language: Language, turn: int) -> str:
    sentences = _content()["steps"][step.kind][language]
    return _rendered(sentences[turn % len(sentences)], step.params, habit)


def _say(part: str, kind: str, language: str, form: str, params: dict[str, Any], habit: str, turn: int) -> str:
    sentences = _content()[part][kind][language][form]
    return _rendered(sentences[turn % len(sentences)], params, habit)


def _rendered(sentence: str, params: dict[str, Any], habit: str) -> str:
    return _compiled(sentence).render(params | {"habit": habit})


@cache
def _content() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


@cache
def _compiled(sentence: str) -> Template:
    return _environment().from_string(sentence)


@cache
def _environment() -> Environment:
    made = Environment(autoescape=False, undefined=StrictUndefined)  # noqa: S701 -- plain text, escaped when shown
    made.filters |= {"josa": josa, "plural": _plural}
    return made


def _plural(number: int, noun: str) -> str:
    """ "1 day", "3 days"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
