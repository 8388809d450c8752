"""Login providers: one module each, registered here in the order of their buttons."""

from typing import TYPE_CHECKING

from accounts.providers.apple import Apple
from accounts.providers.base import Provider
from accounts.providers.google import Google
from accounts.providers.kakao import Kakao
from accounts.providers.naver import Naver

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

PROVIDERS: dict[str, Provider] = {provider.id: provider for provider in (Kakao(), Naver(), Google(), Apple())}


def choices() -> "list[tuple[str, str | _StrPromise]]":
    """The choices of a model's provider column."""
    return [(provider.id, provider.label) for provider in PROVIDERS.values()]
