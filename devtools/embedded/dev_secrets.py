"""Development secrets of this machine, generated once into `dev.env`.

No secret has a default value.
"""

import base64
import fcntl
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path


def load_secrets(home: Path) -> dict[str, str]:
    file = home / "dev.env"
    if not _read(file).keys() >= _GENERATORS.keys():
        _generate_missing(file)
    return _read(file)


def _read(file: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in file.read_text().splitlines()) if file.exists() else {}


def _generate_missing(file: Path) -> None:
    """Replace the file atomically, keeping existing secrets. Of concurrent processes the first one's are kept."""
    with (file.parent / "dev.env.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = _read(file)
        complete = known | {name: generate() for name, generate in _GENERATORS.items() if name not in known}
        with tempfile.NamedTemporaryFile("w", dir=file.parent, delete=False) as draft:  # readable by its owner only
            draft.writelines(f"{name}={value}\n" for name, value in complete.items())
        Path(draft.name).replace(file)


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _private_key() -> str:
    """For P-256: a number from 1 up to the order of the curve."""
    number = 1 + secrets.randbelow(_P256_ORDER - 1)
    return base64.urlsafe_b64encode(number.to_bytes(32, "big")).rstrip(b"=").decode()


_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_GENERATORS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(50),
    "PII_KEYS": lambda: f"k1:{_key()}",
    "PII_INDEX_KEY": _key,
    "VAPID_PRIVATE_KEY": _private_key,
}
