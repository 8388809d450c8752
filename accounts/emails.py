"""Normalises mail addresses, so that one mailbox is one account."""

import contextlib
import unicodedata

import idna


def normalise(address: str) -> str:
    """Trims, applies NFKC and lower case, and converts the domain to its ASCII form.

    `Ｊiwoo@EXAMPLE.com ` → `jiwoo@example.com`
    """
    address = unicodedata.normalize("NFKC", address).strip().lower()
    local, at, domain = address.rpartition("@")
    # An invalid domain stays as it is: validators.validate_address reports it, and the index needs only one spelling.
    with contextlib.suppress(idna.IDNAError):
        domain = idna.encode(domain, uts46=True).decode()
    return f"{local}{at}{domain}"
