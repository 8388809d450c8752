"""Jinja2 for what one page draws many times: compiled to Python, ten times as fast as a Django template.

Such a template holds macros only; a template tag gives them to the pages, which stay Django templates.
"""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext, ngettext, npgettext, pgettext
from jinja2 import Environment


def environment(**options: Any) -> Environment:
    made = Environment(**options | {"autoescape": True})  # noqa: S701 -- it is True
    made.add_extension("jinja2.ext.i18n")
    # The extension adds this method at run time.
    made.install_gettext_callables(  # type: ignore[attr-defined]
        gettext, ngettext, newstyle=True, pgettext=pgettext, npgettext=npgettext
    )
    made.globals["url"] = reverse
    return made
