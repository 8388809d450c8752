"""Texts of pages with photos."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.text_format import storage_size
from files import images, storage

MEGABYTE = 1024 * 1024
_LATER = gettext_lazy("지금은 사진을 저장할 수 없어요. 조금 뒤에 다시 골라 주세요.")
_REFUSALS = {
    images.TooLarge: gettext_lazy("8MB보다 큰 사진은 올릴 수 없어요. 크기를 줄여서 다시 골라 주세요."),
    images.TooManyPixels: gettext_lazy("2,500만 화소보다 큰 사진은 올릴 수 없어요. 크기를 줄여서 다시 골라 주세요."),
    images.NotAPhoto: gettext_lazy("사진으로 읽을 수 없는 파일이에요. JPEG, PNG, WebP 사진을 골라 주세요."),
    images.Busy: _LATER,
    storage.Interrupted: _LATER,
}


def refusal_text(refusal: images.PhotoRefused) -> str:
    return str(_REFUSALS[type(refusal)])


def full_text(limit: int) -> str:
    """The message when the plan's bytes are used up."""
    return _(
        "사진 저장 공간이 가득 찼어요. 지금 요금제로는 %(size)s까지 저장할\N{NO-BREAK SPACE}수 있어요. 사진을 지우면 자리가 나요."
    ) % {"size": storage_size(limit // MEGABYTE)}
