"""The metrics of requests, and who may read them."""

import datetime as dt
import os
import subprocess
import sys

import pytest

from tests.factories.rest import AppEventFactory
from wellness import metrics

pytestmark = pytest.mark.django_db


def count(view: str, status: str) -> float:
    samples = metrics.REQUESTS.collect()[0].samples
    wanted = {"view": view, "status": status, "method": "GET"}
    return sum(one.value for one in samples if one.name.endswith("_count") and one.labels == wanted)


def test_each_request_is_counted_by_its_view_and_how_it_ended(client):
    before = count("terms", "200"), count("", "404")

    client.get("/terms/privacy/")
    client.get("/made/up/")

    assert (count("terms", "200"), count("", "404")) == (before[0] + 1, before[1] + 1)


def test_only_who_holds_the_token_may_look(client, settings):
    settings.DEVELOPMENT, settings.METRICS_TOKEN = False, "tell-me"

    def asked(sent: str) -> int:
        return client.get("/metrics", headers={"authorization": sent}).status_code

    assert [asked(""), asked("Bearer wrong"), asked("Bearer tell-me")] == [404, 404, 200]
    settings.METRICS_TOKEN = ""
    assert asked("Bearer ") == 404


def test_rows_that_wait_in_a_default_partition_are_shown(client):
    AppEventFactory(occurred_at=dt.datetime(2011, 1, 1, tzinfo=dt.UTC))

    shown = client.get("/metrics").text.splitlines()

    assert 'wellness_default_partition_rows{table="app_events"} 1.0' in shown
    assert 'wellness_default_partition_rows{table="habit_logs"} 0.0' in shown


COUNT_ONE = """
import os
from django.conf import settings
settings.configure(PROMETHEUS_MULTIPROC_DIR=os.environ["PROMETHEUS_MULTIPROC_DIR"])
from wellness.metrics import REQUESTS
REQUESTS.labels("GET", "", 200).observe(1)
"""


def test_the_folder_to_count_in_is_made_where_it_is_gone(tmp_path):
    folder = tmp_path / "run" / "metrics"

    subprocess.run(
        [sys.executable, "-c", COUNT_ONE], env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)}, check=True
    )

    assert list(folder.iterdir())
