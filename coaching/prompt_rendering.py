"""Renders prompt templates with checked variables in a confined process.

    render([text, …], values, variables=template.variables)     raises RenderingRefused

Values are plain: texts, whole numbers, booleans, and lists of texts. Declared variables must be there with their type, and
nothing undeclared is passed on.
"""

import atexit
import contextlib
import json
import os
import select
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

from coaching import prompt_templates

# Seconds that a request may take; then the process is killed and started again.
TIMEOUT = 3.0
# Characters of one value, and of all together.
LONGEST_VALUE, LONGEST_VALUES = 4_000, 20_000
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "list": (list,),
}
_ROOT = Path(__file__).resolve().parent.parent


class RenderingRefused(Exception):
    """Nothing was rendered; `reason` is a short code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def render(texts: Sequence[str], values: Mapping[str, Any], *, variables: Any) -> list[str]:
    """Each text with the declared variables. Raises RenderingRefused."""
    given = checked(values, variables)
    if not all(_is_safe(text) for text in texts):
        raise RenderingRefused("unsafe")
    return _CHILD.ask(list(texts), given)


@lru_cache(maxsize=512)
def _is_safe(text: str) -> bool:
    try:
        prompt_templates.check(text)
    except prompt_templates.Unsafe:
        return False
    return True


def checked(values: Mapping[str, Any], variables: Any) -> dict[str, Any]:
    """The declared variables among `values`.

    Raises RenderingRefused for a missing one, another type, or too much text.
    """
    if not isinstance(variables, dict):
        raise RenderingRefused("variables")
    given: dict[str, Any] = {}
    for name, type_name in variables.items():
        if name not in values:
            raise RenderingRefused("missing")
        given[name] = _plain(values[name], str(type_name))
    if len(json.dumps(given)) > LONGEST_VALUES:
        raise RenderingRefused("too_long")
    return given


def _plain(value: Any, type_name: str) -> Any:
    expected = TYPES.get(type_name)
    # A bool is an int in Python, and not here.
    if expected is None or type(value) not in expected:
        raise RenderingRefused("type")
    if isinstance(value, list) and not all(type(one) is str for one in value):
        raise RenderingRefused("type")
    if isinstance(value, str) and len(value) > LONGEST_VALUE:
        raise RenderingRefused("too_long")
    return value


class _Child:
    """The confined process.

    It is started when it is first needed, and again after a kill, a timeout or a fork.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def ask(self, texts: list[str], values: dict[str, Any]) -> list[str]:
        request = json.dumps({"texts": texts, "values": values}).encode() + b"\n"
        with self._lock:
            answer = self._exchange(request)
        if answer is None:
            raise RenderingRefused("crashed")
        if "error" in answer:
            raise RenderingRefused(answer["error"])
        return list(answer["texts"])

    def _exchange(self, request: bytes) -> dict[str, Any] | None:
        """The answer; None if the process died or took too long.

        One that ended between two requests is replaced.
        """
        process = self._running()
        try:
            stdin, stdout = process.stdin, process.stdout
            assert stdin is not None and stdout is not None  # noqa: S101, PT018 - both are pipes
            stdin.write(request)
            stdin.flush()
            line = self._line(stdout)
        except OSError:
            line = b""
        if not line.endswith(b"\n"):
            self.stop()
            return None
        answer: dict[str, Any] = json.loads(line)
        return answer

    @staticmethod
    def _line(stdout: Any) -> bytes:
        ready, _writable, _errors = select.select([stdout], [], [], TIMEOUT)
        return stdout.readline() if ready else b""

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._owner != os.getpid() or self._process.poll() is not None:
            self.stop()
            script = f"import sys; sys.path.insert(0, {str(_ROOT)!r}); from coaching.prompt_sandbox import main; main()"
            # No environment variables: the process must not know our secrets.
            self._process = subprocess.Popen(  # noqa: S603 - our own script
                [sys.executable, "-I", "-c", script],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={},
            )
            self._owner = os.getpid()
        return self._process

    def stop(self) -> None:
        """Ends the process; one that belongs to a parent of a fork is only forgotten."""
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        if self._owner == os.getpid():
            process.kill()
            process.wait()


_CHILD = _Child()
atexit.register(_CHILD.stop)
