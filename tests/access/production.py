"""Runs the service with production settings in a process of its own.

tests/access/test_headers.py reads its output. Prints one JSON object: `answers` maps each requested page to status, headers, cookies and text; `modules` lists what
is loaded after the web application, the tasks, the admin and every module of the product.
"""

import importlib
import json
import os
import pkgutil
import sys
from pathlib import Path

import django
from django.core.management import call_command
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

DEVELOPMENT_ONLY = "devtools"


def production_packages() -> set[str]:
    """Our packages that run in production."""
    root = Path(__file__).parents[2]
    return {file.parent.name for file in root.glob("*/apps.py")} - {DEVELOPMENT_ONLY}


def _break(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("broken for a test")


def _load_everything() -> None:
    """Imports what production processes may import: web, Celery, beat, management commands."""
    from wellness.celery import app as celery

    importlib.import_module("wellness.wsgi")
    celery.loader.import_default_modules()
    for package in production_packages():
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            importlib.import_module(module.name)


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "wellness.settings"
    django.setup()
    from django.conf import settings
    from django.contrib.auth.decorators import login_not_required

    from wellness import urls, web_server

    web_server.load_pages()
    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("check", deploy=True, fail_level="WARNING", stdout=sys.stderr)
    urls.urlpatterns.append(path("broken/", login_not_required(_break)))
    browser = Client(raise_request_exception=False, REMOTE_ADDR="198.51.100.7")
    static = next(file for file in sorted(settings.STATIC_ROOT.glob("css/app.*.css")))
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
    answers["/healthz"] = browser.get("/healthz", secure=True, headers={"host": "10.0.0.7"})
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
    _load_everything()
    sys.stdout.write(json.dumps({"answers": told, "modules": sorted(sys.modules)}))


if __name__ == "__main__":
    main()
