"""Templates are rendered in a process with limits; variables are checked before."""

import contextlib
import subprocess
import sys
from pathlib import Path

import pytest

from coaching import prompt_rendering, prompt_sandbox
from coaching.prompt_rendering import RenderingRefused, checked, render
from tests.privacy import stores

VARIABLES = {"habit_name": "string", "turn": "integer"}
VALUES = {"habit_name": "물", "turn": 1}


def test_it_renders_with_the_declared_variables():
    assert render(["{{ habit_name|josa('을/를') }} {{ turn }}"], VALUES, variables=VARIABLES) == ["물을 1"]


def test_an_undeclared_variable_is_not_passed_on():
    with pytest.raises(RenderingRefused, match="UndefinedError"):
        render(["{{ secret }}"], VALUES | {"secret": "x"}, variables=VARIABLES)


@pytest.mark.parametrize(
    ("values", "variables", "reason"),
    [
        ({"turn": 1}, VARIABLES, "missing"),
        (VALUES | {"turn": "1"}, VARIABLES, "type"),
        (VALUES | {"turn": True}, VARIABLES, "type"),
        (VALUES | {"habit_name": object()}, VARIABLES, "type"),
        (VALUES | {"habit_name": "a" * 5000}, VARIABLES, "too_long"),
        (VALUES, {"habit_name": "object"}, "type"),
        (VALUES, None, "variables"),
        ({"all": ["a", 1]}, {"all": "list"}, "type"),
    ],
)
def test_variables_are_checked_for_presence_and_type(values, variables, reason):
    with pytest.raises(RenderingRefused, match=reason):
        checked(values, variables)


def test_what_the_static_check_refuses_is_never_rendered():
    with pytest.raises(RenderingRefused, match="unsafe"):
        render(["{{ ''.__class__ }}"], VALUES, variables=VARIABLES)


# As if the static check had a hole: given to the confined process directly.
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{% for n in 'a' * 99999 %}{{ n }}{% endfor %}", "TooLong"),
        ("{{ ''.__class__.__mro__ }}", "SecurityError"),
        ("{{ 'a' * (10 ** 9) * 10 }}", "MemoryError|crashed"),
        ("{{ range(9) }}", "UndefinedError"),
        ("{{ 10 ** (10 ** 10) }}", "crashed|MemoryError|OverflowError|ValueError"),
    ],
)
def test_the_process_has_limits_of_its_own(text, reason, monkeypatch):
    monkeypatch.setattr(prompt_rendering, "TIMEOUT", 2.0)
    with pytest.raises(RenderingRefused, match=reason):
        prompt_rendering._CHILD.ask([text], {})

    assert render(["{{ turn }}"], VALUES, variables=VARIABLES) == ["1"]


@pytest.mark.parametrize("reports", [contextlib.nullcontext(), stores.reporting(stores.Reports())], ids=["", "sentry"])
def test_the_process_knows_no_secrets(reports):
    prompt_rendering._CHILD.stop()
    with reports:
        render(["a"], VALUES, variables=VARIABLES)
    process = prompt_rendering._CHILD._process

    assert Path(f"/proc/{process.pid}/environ").read_bytes() == b""


def test_the_sandbox_needs_neither_django_nor_settings():
    script = "import sys; from coaching import prompt_sandbox; print('django' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_an_error_is_named_without_values():
    assert prompt_sandbox.answer('{"texts": ["{{ nothing }}"], "values": {"a": "비밀"}}') == {"error": "UndefinedError"}
