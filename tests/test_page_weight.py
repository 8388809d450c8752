"""What a page loads besides its HTML: the styles, and the script beside htmx, each at most 20 kB compressed."""

import gzip
from pathlib import Path

from django.conf import settings

from wellness.views import SHELL

STATIC = Path(settings.BASE_DIR, "static")
MOST = 20 * 1024


def compressed(suffix: str) -> int:
    """The sum over the files that every page links, each compressed on its own as they are served."""
    files = [STATIC / name for name in SHELL if name.endswith(suffix) and (STATIC / name).exists()]
    assert files
    return sum(len(gzip.compress(file.read_bytes())) for file in files)


def test_the_styles_are_small():
    assert compressed(".css") <= MOST


def test_the_script_is_small():
    assert compressed(".js") <= MOST
