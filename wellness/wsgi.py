"""The WSGI application."""

import os

from django.core.handlers.wsgi import WSGIRequest
from django.core.wsgi import get_wsgi_application
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wellness.settings")


class Request(WSGIRequest):
    """A request that is always decoded as UTF-8.

    Django would use any Python codec that the request names, before any middleware: some of them raise, some return
    incomplete characters. `core.request_guard` refuses requests that name another charset.
    """

    def _set_content_type_params(self, meta: dict[str, str]) -> None:
        try:
            self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except ValueError:
            self.content_type, self.content_params = "", {}


application = get_wsgi_application()
application.request_class = Request
