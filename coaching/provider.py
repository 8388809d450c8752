"""Asks an OpenAI-compatible model for a message, with structured output and no retries.

    is_configured()                         whether there is a key, or a model of one's own (OPENAI_BASE_URL)
    complete(system, user, person=…)        ModelAnswer, or ProviderError with a short code

The library is imported at the first call, so that processes which never call (the web's) never load it. A circuit
breaker stops calling a provider that keeps failing, and a limit bounds the calls of a minute over all workers.
"""

import importlib
import json
import time
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.cache import cache as shared_cache
from django.utils.crypto import salted_hmac
from pydantic import BaseModel, ConfigDict, ValidationError

from core.circuit_breaker import CircuitBreaker

MOST_TOKENS = 400
# Seconds for one call.
TIMEOUT = 20.0
# The circuit breaker opens after so many failures in a row, for so many seconds.
FAILURES, PAUSE = 5, 30.0
A_MINUTE = 60
SCHEMA = {
    "type": "json_schema",
    "json_schema": {
        "name": "letter",
        "strict": True,
        "schema": {
            "type": "object",
            "properties": {"title": {"type": "string"}, "body": {"type": "string"}},
            "required": ["title", "body"],
            "additionalProperties": False,
        },
    },
}

type Code = Literal[
    "rate_limited", "timeout", "server_error", "rejected", "refused", "malformed", "truncated", "tool_call",
    "breaker_open", "busy", "moderated",
]  # fmt: skip
# Seconds before the one more try that a status of 429 or 5xx deserves (coaching/generation.py).
WAIT = 0.5
# Codes after which the provider charges nothing.
FREE: frozenset[str] = frozenset({"rate_limited", "rejected", "breaker_open", "busy"})


# Codes of calls that we did not make.
LOCAL: frozenset[str] = frozenset({"breaker_open", "busy"})


class ProviderError(Exception):
    """No usable answer.

    `tokens` are those in and out that the call used all the same; None if that is unknown.
    """

    def __init__(self, code: Code, *, tokens: tuple[int, int] | None = None, is_worth_a_retry: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.tokens = tokens
        # It answered 429 or 5xx: nothing was generated, and a moment later it may be.
        self.is_worth_a_retry = is_worth_a_retry

    @property
    def is_free(self) -> bool:
        return self.code in FREE


@dataclass(frozen=True)
class ModelAnswer:
    title: str
    body: str
    model: str
    tokens_in: int
    tokens_out: int


class _Text(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    title: str
    body: str


circuit_breaker = CircuitBreaker(failures=FAILURES, pause=PAUSE)
# Failures of the provider, not of one request.
_PROVIDER_FAILURES: frozenset[str] = frozenset({"rate_limited", "timeout", "server_error"})


def is_configured() -> bool:
    return bool(settings.OPENAI_API_KEY or settings.OPENAI_BASE_URL)


def host() -> str:
    """The host that is called, for the outbound list and for staff."""
    return urlsplit(settings.OPENAI_BASE_URL or "https://api.openai.com/v1").hostname or ""


def pseudonym(user_id: UUID) -> str:
    """A stable number for one person that only we can compute; never the id itself."""
    return salted_hmac("coaching.provider", str(user_id), algorithm="sha256").hexdigest()[:32]


def cost(tokens_in: int, tokens_out: int) -> int:
    """In millionths of a US dollar, rounded up."""
    prices = tokens_in * settings.OPENAI_PRICE_IN + tokens_out * settings.OPENAI_PRICE_OUT
    return -(-prices // 1_000_000)


def highest_cost(*texts: str) -> int:
    """What a call with these texts can cost at most. A character is at most two tokens."""
    return cost(2 * sum(map(len, texts)) + MOST_TOKENS, MOST_TOKENS)


def request(system: str, user: str, *, person: UUID) -> dict[str, Any]:
    """Everything that is sent."""
    return {
        "model": settings.OPENAI_MODEL,
        "messages": [{"role": "system", "content": system}, {"role": "user", "content": user}],
        "response_format": SCHEMA,
        "max_completion_tokens": MOST_TOKENS,
        "store": False,
        "safety_identifier": pseudonym(person),
    }


def complete(system: str, user: str, *, person: UUID) -> ModelAnswer:
    """Raises ProviderError."""
    if not circuit_breaker.allows_call(time.monotonic()):
        raise ProviderError("breaker_open")
    if _calls_this_minute() > settings.OPENAI_CALLS_A_MINUTE:
        raise ProviderError("busy")
    try:
        answer = _read(_call(request(system, user, person=person)))
    except ProviderError as error:
        if error.code in _PROVIDER_FAILURES:
            circuit_breaker.record_failure(time.monotonic())
        else:
            circuit_breaker.record_success()
        raise
    circuit_breaker.record_success()
    _moderate(answer)
    return answer


def _calls_this_minute() -> int:
    key = f"coaching:calls:{host()}:{int(time.time() // A_MINUTE)}"
    shared_cache.add(key, 0, 2 * A_MINUTE)
    try:
        return shared_cache.incr(key)
    except ValueError:
        return 1


def _call(sent: dict[str, Any]) -> Any:
    openai = _library()
    try:
        return _client().chat.completions.create(**sent)
    except openai.RateLimitError:
        raise ProviderError("rate_limited", is_worth_a_retry=True) from None
    except openai.APITimeoutError:
        raise ProviderError("timeout") from None
    except openai.APIStatusError as error:
        failed = error.status_code >= 500
        raise ProviderError("server_error" if failed else "rejected", is_worth_a_retry=failed) from None
    except openai.APIConnectionError:
        raise ProviderError("server_error") from None
    except (openai.OpenAIError, ValueError, UnicodeError):
        raise ProviderError("malformed") from None


def _read(completion: Any) -> ModelAnswer:
    """The message of a completion. Anything but exactly one whole JSON object in text is refused."""
    try:
        choice = completion.choices[0]
        message, reason, usage = choice.message, choice.finish_reason, completion.usage
        tokens = (int(usage.prompt_tokens), int(usage.completion_tokens)) if usage else (0, 0)
    except (AttributeError, IndexError, TypeError):
        raise ProviderError("malformed") from None
    if reason == "length":
        raise ProviderError("truncated", tokens=tokens)
    if message.tool_calls or reason == "tool_calls":
        raise ProviderError("tool_call", tokens=tokens)
    if message.refusal or reason == "content_filter" or not message.content:
        raise ProviderError("refused", tokens=tokens)
    try:
        text = _Text.model_validate(json.loads(message.content))
    except (ValueError, ValidationError, RecursionError):
        raise ProviderError("malformed", tokens=tokens) from None
    return ModelAnswer(text.title.strip(), text.body.strip(), str(completion.model)[:50], *tokens)


def _moderate(answer: ModelAnswer) -> None:
    """Asks the provider's moderation, where a model for it is set. Raises ProviderError."""
    if not settings.OPENAI_MODERATION_MODEL:
        return
    tokens = (answer.tokens_in, answer.tokens_out)
    try:
        judged = _client().moderations.create(
            model=settings.OPENAI_MODERATION_MODEL, input=f"{answer.title}\n{answer.body}"
        )
        flagged = judged.results[0].flagged
    except (_library().OpenAIError, AttributeError, IndexError):
        # A text that cannot be judged is not shown.
        flagged = True
    if flagged:
        raise ProviderError("moderated", tokens=tokens)


def _library() -> Any:
    return importlib.import_module("openai")


def _client() -> Any:
    return _client_for(settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL, TIMEOUT)


@cache
def _client_for(key: str, base_url: str, timeout: float) -> Any:
    # A model of one's own asks for no key, and the library wants one.
    return _library().OpenAI(api_key=key or "none", base_url=base_url or None, timeout=timeout, max_retries=0)
