"""What a page loads besides its HTML: the styles, and the script beside htmx, each at most 20 kB compressed."""

import gzip
from pathlib import Path

from django.contrib.staticfiles import finders

from wellness.views import SHELL

MOST = 20 * 1024


def compressed(suffix: str) -> int:
    """The sum over our files that every page links, each compressed on its own as they are served."""
    names = [name for name in SHELL if name.endswith(suffix) and not name.startswith("django_htmx/")]
    assert names
    return sum(len(gzip.compress(Path(finders.find(name)).read_bytes())) for name in names)


def test_the_styles_are_small():
    assert compressed(".css") <= MOST


def test_the_script_is_small():
    assert compressed(".js") <= MOST
