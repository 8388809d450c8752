"""Runs granian with the application and its pages loaded before its workers are forked.

So they share that memory, and the first person who opens a page waits for no template.

    python -m wellness.web_server --interface wsgi --no-ws --workers 2 … wellness.wsgi:application

The options are granian's own, but HTTP/2 is off. A new release needs a new server: workers that granian starts again have
the code of their parent.
"""

import gc
import logging
import multiprocessing
import os
import runpy
from pathlib import Path

from django.conf import settings
from django.template import engines
from django.urls import reverse
from django.utils.translation import trans_real

from core.templatetags import ui

# Proxies and health probes speak HTTP/1.1. In HTTP/2 a client that gives no room for the answer keeps the thread that
# writes it, and one that goes away during its body keeps the thread that reads it: one connection would hold them all.
PROTOCOL = "1"
# How many new objects are looked at together.
YOUNG_OBJECTS = 20_000


def load_pages() -> None:
    """Loads addresses, texts, icons and the templates of the product.

    Staff's templates are loaded when asked for. Needs the application, and asks neither the database nor Redis.
    """
    reverse("home")
    ui.shapes(ui.UNKNOWN_ICON)
    for language, _name in settings.LANGUAGES:
        trans_real.translation(language)
    for engine, suffix in (("django", "html"), ("jinja2", "jinja")):
        for folder in map(Path, engines.templates[engine]["DIRS"]):
            for path in folder.rglob(f"*.{suffix}"):
                name = path.relative_to(folder)
                if name.parts[0] != "admin":
                    engines[engine].get_template(str(name))


if __name__ == "__main__":
    # Python 3.14 would start fresh processes instead.
    multiprocessing.set_start_method("fork")
    # Pages of memory that a collection frees here would be filled by the workers, each its own copy.
    gc.disable()
    import wellness.wsgi  # noqa: F401 - loads the application
    from core import release

    load_pages()
    # Read here, once for all workers: a first request would wait for it.
    release.digest()
    # A collection in a worker writes into what it looks at, which would copy all of that, and takes time for nothing.
    gc.freeze()
    # A page makes some thousands of objects, of which nearly all are gone with its answer: they are not worth a look before.
    gc.set_threshold(YOUNG_OBJECTS)
    gc.enable()
    os.environ.setdefault("GRANIAN_HTTP", PROTOCOL)
    # Most threads wait for bodies (wellness/request_bodies.py): their number says nothing about the cores.
    logging.getLogger("_granian").addFilter(lambda record: "Python threads" not in record.getMessage())
    runpy.run_module("granian", run_name="__main__")
