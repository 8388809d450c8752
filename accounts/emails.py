"""Normalises mail addresses, so that one mailbox is one account."""

import contextlib
import unicodedata

import idna
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _


def normalise(address: str) -> str:
    """Trims, applies NFKC and lower case, and converts the domain to its ASCII form.

    `Ｊiwoo@EXAMPLE.com ` → `jiwoo@example.com`
    """
    address = unicodedata.normalize("NFKC", address).strip().lower()
    local, at, domain = address.rpartition("@")
    # An invalid domain stays as it is: validate() reports it, and the index needs only one spelling.
    with contextlib.suppress(idna.IDNAError):
        domain = idna.encode(domain, uts46=True).decode()
    return f"{local}{at}{domain}"


def validate(address: str) -> None:
    """Raises ValidationError for invalid addresses and for local parts outside ASCII.

    Those allow look-alikes of another person's address.
    """
    address = normalise(address)
    local = address.rpartition("@")[0]
    if not local.isascii() or "\0" in address:
        raise ValidationError(_("메일 주소에는 영문과 숫자, 기호만 쓸 수 있어요."), code="invalid")
    validate_email(address)
