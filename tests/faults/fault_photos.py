"""A real worker gets every harmful file while its child processes are killed.

Requirement: the worker survives, valid photos get their thumbnails, and decoders stay within their memory limit. A short
form is in tests/files.
"""

import contextlib
import datetime as dt
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from core import wakeups
from files import images, thumbnails
from files.models import UploadedFile
from tests.factories.accounts import UserFactory
from tests.files import pictures
from tests.files.conftest import store_photo
from tests.waiting import eventually
from tests.work.test_worker import environment

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("committed")]

__all__ = ["environment"]

NOW = dt.datetime.now(dt.UTC)
CELERY = [sys.executable, "-W", "ignore", "-m", "celery", "-q", "-A", "wellness.celery:app"]
WORKER = [*CELERY, "worker", "--pool", "prefork", "--concurrency", "2", "--without-gossip", "--without-mingle"]
# Bytes; an uncompressed photo of 25 million pixels twice, and the decoder.
MOST_MEMORY = 600 * 1024 * 1024


def children(pid: int) -> set[int]:
    try:
        return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}
    except FileNotFoundError:
        return set()


def begun(environment) -> subprocess.Popen:
    environment = environment | {"WELLNESS_HOME": str(settings.WELLNESS_HOME), "LOG_LEVEL": "CRITICAL"}
    return subprocess.Popen(WORKER, env=environment, cwd=settings.BASE_DIR, start_new_session=True)


def waiting() -> int:
    """Number of photos without a thumbnail. Ends their leases, so that retries need not wait two minutes."""
    UploadedFile.objects.filter(is_processed=False, lease_ends_at__gt=NOW).update(lease_ends_at=NOW - thumbnails.LEASE)
    wakeups.wake("files.tend_photos")
    return UploadedFile.objects.filter(is_processed=False).count()


def test_the_worker_lives(environment):
    bombs = {"scans without end": pictures.many_scans(2000), "the largest there may be": pictures.jpeg_of(5000, 5000)}
    person = UserFactory()
    hostile = [store_photo(person, data) for data in pictures.hostile().values() if data]
    # Expensive ones; whether they are accepted does not matter.
    for data in bombs.values():
        store_photo(person, data)
    valid = [store_photo(person) for _ in range(20)]
    worker = begun(environment)
    assert eventually(lambda: len(children(worker.pid)) == 2)
    pool = children(worker.pid)

    deadline, kills = time.monotonic() + 300, 0
    while waiting() and time.monotonic() < deadline:
        for decoder in set().union(*(children(one) for one in pool)):
            if kills < 10:
                os.kill(decoder, signal.SIGKILL)
                kills += 1
        time.sleep(1)
    lived = children(worker.pid)
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()

    assert waiting() == 0
    assert kills
    assert lived == pool
    made = set(UploadedFile.objects.exclude(thumbnail_url=None).values_list("pk", flat=True))
    assert made.isdisjoint(file.pk for file in hostile)
    assert len(made & {file.pk for file in valid}) >= len(valid) - kills // 3
    connection.close()


def test_no_decoder_takes_more_than_it_may():
    largest = pictures.png(5000, 5000, colour=6, data=b"\0" * (5000 * 4 + 1) * 5000)
    files = [largest, pictures.many_scans(2000), *pictures.hostile().values(), *pictures.disguised().values()]

    for data in files:
        with contextlib.suppress(images.PhotoRefused):
            images.reencode(data, edge=images.PHOTO)

    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 < MOST_MEMORY
