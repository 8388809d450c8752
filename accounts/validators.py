"""Validators of passwords and mail addresses, with the messages that people read."""

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from accounts import emails, passwords
from accounts.passwords import Weakness

if TYPE_CHECKING:
    from accounts.models import User


class PasswordValidator:
    """The rules of accounts.passwords as a Django password validator."""

    def validate(self, password: str, user: "User | None" = None) -> None:
        own = (user.email or "", user.name or "") if user else ()
        found = passwords.weakness(password, own=own) or (Weakness.LEAKED if passwords.has_leaked(password) else None)
        if found:
            raise ValidationError(_reasons()[found], code=found)

    def get_help_text(self) -> str:
        return _("여덟 글자 이상이면 돼요.")


def validate_address(address: str) -> None:
    """Raises ValidationError for invalid addresses and for local parts outside ASCII.

    Those allow look-alikes of another person's address.
    """
    address = emails.normalise(address)
    local = address.rpartition("@")[0]
    if not local.isascii() or "\0" in address:
        raise ValidationError(_("메일 주소에는 영문과 숫자, 기호만 쓸 수 있어요."), code="invalid")
    validate_email(address)


def _reasons() -> dict[Weakness, str]:
    return {
        Weakness.SHORT: _("여덟 글자 이상으로 정해 주세요."),
        Weakness.LONG: _("256글자까지 쓸 수 있어요."),
        Weakness.NUMBER: _("숫자만으로는 쉽게 알아낼 수 있어요. 글자를 섞어 주세요."),
        Weakness.RUN: _("자판이나 글자 순서를 따라간 비밀번호는 쉽게 알아낼 수 있어요."),
        Weakness.COMMON: _("많은 사람이 쓰는 비밀번호예요. 낱말 몇 개를 이어 쓰면 좋아요."),
        Weakness.OTHER_LAYOUT: _("흔한 낱말을 한영 자판만 바꿔 친 비밀번호예요. 낱말 몇 개를 이어 쓰면 좋아요."),
        Weakness.OWN: _("이름이나 메일 주소가 아닌 비밀번호로 정해 주세요."),
        Weakness.LEAKED: _("다른 곳에서 새어 나간 적이 있는 비밀번호예요. 다른 것으로 정해 주세요."),
    }
