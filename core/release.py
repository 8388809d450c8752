"""The digest of the product's code and texts, which differs between releases.

digest()    for what one release keeps and another must not read
"""

import hashlib
from functools import cache
from pathlib import Path

from django.apps import apps
from django.conf import settings

SUFFIXES = {".py", ".toml", ".mo"}


@cache
def digest() -> str:
    """From the files themselves, so that it is the same on every machine: 16 hexadecimal digits."""
    root = Path(settings.BASE_DIR)
    folders = [root / "locale", *(Path(app.path) for app in apps.get_app_configs() if Path(app.path).parent == root)]
    found = sorted(file for folder in folders for file in folder.rglob("*") if file.suffix in SUFFIXES)
    total = hashlib.sha256()
    for file in found:
        total.update(f"{file.relative_to(root)}\0".encode() + file.read_bytes())
    return total.hexdigest()[:16]
