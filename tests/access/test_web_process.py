"""A web process loads its pages before it is forked, and no library that only workers need, whatever it has served."""

import json
import os
import subprocess
import sys

import pytest
from django.template import engines
from django.urls import reverse

from tests.access.routes import ROUTES
from tests.access.test_access import things_of
from tests.factories.accounts import PASSWORD, UserFactory
from tests.processes import database_url
from wellness import web_server

# What coaching, payment, push, storage and photos work with: 5 to 60 MB each, in every process that loads it.
HEAVY = {
    "openai": "the coach's model",
    "httpx": "the client of openai",
    "stripe": "payments",
    "portone_server_sdk": "payments",
    "google.auth": "push to apps",
    "py_vapid": "push to browsers",
    "pywebpush": "push to browsers",
    "aiohttp": "push to browsers",
    "boto3": "photos in a bucket",
    "botocore": "photos in a bucket",
    "PIL": "photos, re-encoded in a process of their own",
    "numpy": "nothing of ours",
    "pandas": "nothing of ours",
    "celery.worker.consumer": "workers",
    "celery.beat": "beat",
    "devtools.seeding": "development",
}
# Of the styleguide, which is for development, nothing is asked.
ELSEWHERE = {"styleguide", "mailbox"}


def pages(things: dict[str, dict]) -> list[str]:
    """Every address that is read, with the person's own objects."""
    return [
        reverse(name, kwargs={**things.get(route.thing, {}), **route.args})
        for name, route in ROUTES.items()
        if "/" not in name and name not in ELSEWHERE and route.post is None
    ]


@pytest.mark.slow
@pytest.mark.usefixtures("committed")
def test_no_page_loads_what_only_workers_need(client, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    person = UserFactory()
    person.emailaddress_set.create(email=person.email, verified=True, primary=True)
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    things = things_of(person)
    paths = [path for path in pages(things) if path != reverse("account_logout")]
    asked = {"cookies": {name: cookie.value for name, cookie in client.cookies.items()}, "paths": paths}

    done = subprocess.run(
        [sys.executable, "-m", "tests.access.web_process"],
        env=os.environ | {"DATABASE_URL": database_url(), "DEVELOPMENT": "1"},
        input=json.dumps(asked).encode(),
        cwd=settings.BASE_DIR,
        capture_output=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr.decode()[-3000:]
    found = json.loads(done.stdout)
    assert found["statuses"]["/today/ again"] == 200
    assert {path for path, status in found["statuses"].items() if status >= 500} == set()
    assert sorted(HEAVY.keys() & set(found["modules"])) == []


def test_pages_are_loaded_without_the_database():
    web_server.load_pages()

    cached = engines["django"].engine.template_loaders[0].get_template_cache
    assert {"habits/today.html", "analytics/insights.html", "accounts/me.html"} <= set(cached)
