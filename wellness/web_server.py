"""Runs granian with the application loaded before its workers are forked.

So they share its memory.

    python -m wellness.web_server --interface wsgi --no-ws --workers 2 … wellness.wsgi:application

The options are granian's own. A new release needs a new server: workers that granian starts again have the code of their parent.
"""

import gc
import multiprocessing
import runpy

# How many new objects are looked at together.
YOUNG_OBJECTS = 20_000

if __name__ == "__main__":
    # Python 3.14 would start fresh processes instead.
    multiprocessing.set_start_method("fork")
    # Pages of memory that a collection frees here would be filled by the workers, each its own copy.
    gc.disable()
    import wellness.wsgi  # noqa: F401 - loads the application

    # A collection in a worker writes into what it looks at, which would copy all of that, and takes time for nothing.
    gc.freeze()
    # A page makes some thousands of objects, of which nearly all are gone with its answer: they are not worth a look before.
    gc.set_threshold(YOUNG_OBJECTS)
    gc.enable()
    runpy.run_module("granian", run_name="__main__")
