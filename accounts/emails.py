"""One spelling for each mail address, so that one mailbox is one account."""

import contextlib
import unicodedata

import idna
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _


def normalise(address: str) -> str:
    """`Ｊiwoo@EXAMPLE.com ` → `jiwoo@example.com`: trimmed, NFKC, lower case, the domain in its ASCII form."""
    address = unicodedata.normalize("NFKC", address).strip().lower()
    local, at, domain = address.rpartition("@")
    # What is not a domain at all stays: validate() says so to the person; an index needs only one spelling.
    with contextlib.suppress(idna.IDNAError):
        domain = idna.encode(domain, uts46=True).decode()
    return f"{local}{at}{domain}"


def validate(address: str) -> None:
    """Refuses what is not an address, and local parts outside ASCII: look-alikes must not reach another's mailbox."""
    address = normalise(address)
    local = address.rpartition("@")[0]
    if not local.isascii() or "\0" in address:
        raise ValidationError(_("메일 주소에는 영문과 숫자, 기호만 쓸 수 있어요."), code="invalid")
    validate_email(address)
