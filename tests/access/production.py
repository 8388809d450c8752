"""The service as it is outside development, asked for a few pages. Run by tests/access/test_headers.py, in its own process.

Prints one JSON object: what was asked for → status, headers, cookies.
"""

import json
import os
import sys

import django
from django.core.management import call_command
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path


def _break(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("broken for a test")


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "wellness.settings"
    django.setup()
    from django.conf import settings
    from django.contrib.auth.decorators import login_not_required

    from wellness import urls

    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("check", deploy=True, fail_level="WARNING", stdout=sys.stderr)
    urls.urlpatterns.append(path("broken/", login_not_required(_break)))
    browser = Client(raise_request_exception=False, REMOTE_ADDR="198.51.100.7")
    static = next(file for file in sorted(settings.STATIC_ROOT.glob("css/base.*.css")))
    pages = ["/", "/accounts/login/", "/accounts/signup/", "/terms/privacy/", "/offline/", "/sw.js", "/admin/login/"]
    pages += [
        f"/static/css/{static.name}",
        "/nothing/here/",
        "/broken/",
        "/a%00b/",
        "/mailbox/",
        "/styleguide/",
        "/metrics",
    ]
    answers = {page: browser.get(page, secure=True) for page in pages}
    answers["http"] = browser.get("/")
    for _time in range(31):
        answers["too many"] = browser.post("/accounts/login/", secure=True)
    told = {
        name: {
            "status": answer.status_code,
            "headers": dict(answer.headers),
            "cookies": [morsel.OutputString() for morsel in answer.cookies.values()],
            "text": "" if answer.streaming else answer.content.decode(),
        }
        for name, answer in answers.items()
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
