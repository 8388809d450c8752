"""Renders templates of staff in a process with limited time and memory and no secrets.

`coaching/prompt_rendering.py` starts it and talks to it in lines of JSON: {"texts": […], "values": {…}} is answered with
{"texts": […]} or {"error": "…"}. The static check (coaching/prompt_templates.py) already refuses what could grow; this
holds if the check has a hole.
"""

import contextlib
import json
import resource
import sys
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from core.josa import josa

# Bytes; seconds of processor time for the whole life of the process, which ends after MOST_JOBS.
MEMORY, SECONDS = 256 * 1024 * 1024, 30
MOST_JOBS = 20_000
# Characters of one rendered text.
LONGEST = 8_000


class PromptTooLong(Exception):
    """The text grew beyond the limit."""


def environment() -> ImmutableSandboxedEnvironment:
    """The environment of prompt templates: unknown variables are errors, nothing is escaped."""
    made = ImmutableSandboxedEnvironment(
        autoescape=False, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )
    made.filters["josa"] = josa
    made.globals.clear()
    return made


_ENVIRONMENT = environment()


@lru_cache(maxsize=512)
def _compiled(text: str) -> Template:
    return _ENVIRONMENT.from_string(text)


def render(text: str, values: dict[str, Any]) -> str:
    """Raises PromptTooLong, TemplateError, and what expressions raise."""
    parts, length = [], 0
    for part in _compiled(text).generate(values):
        length += len(part)
        if length > LONGEST:
            raise PromptTooLong
        parts.append(part)
    return "".join(parts)


def answer(line: str) -> dict[str, Any]:
    """The answer to one request. An error is named by its class only: its text may hold values."""
    request = json.loads(line)
    try:
        return {"texts": [render(text, request["values"]) for text in request["texts"]]}
    except (TemplateError, SecurityError, PromptTooLong, ArithmeticError, LookupError, TypeError, ValueError) as error:
        return {"error": type(error).__name__}
    except MemoryError:
        return {"error": "MemoryError"}


def main() -> None:
    # Not every system limits the address space.
    with contextlib.suppress(ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    for number, line in enumerate(sys.stdin, start=1):
        sys.stdout.write(json.dumps(answer(line)) + "\n")
        sys.stdout.flush()
        if number == MOST_JOBS:
            return


if __name__ == "__main__":
    main()
