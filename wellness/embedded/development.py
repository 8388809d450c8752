"""Secrets for this machine's development, made once and kept in `dev.env`. No secret has a default anywhere."""

import base64
import os
import secrets
import tempfile
from pathlib import Path


def secrets_of(home: Path) -> dict[str, str]:
    file = home / "dev.env"
    if not file.exists():
        _make(file)
    return dict(line.split("=", 1) for line in file.read_text().splitlines())


def _make(file: Path) -> None:
    """Whole or not at all; of two processes at once, the first one's secrets hold."""
    made = {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "PII_KEYS": f"k1:{_key()}",
        "PII_INDEX_KEY": _key(),
    }
    with tempfile.NamedTemporaryFile("w", dir=file.parent) as draft:  # readable by its owner only
        draft.writelines(f"{name}={value}\n" for name, value in made.items())
        draft.flush()
        try:
            os.link(draft.name, file)
        except FileExistsError:
            return


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()
