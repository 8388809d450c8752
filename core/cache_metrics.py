"""Counts how each cached value is used: `wellness_cache_reads_total` of `/metrics`.

A key is counted by its pattern, never by a person. The hit rate is the part of `hit` in all.
"""

from pathlib import Path

import prometheus_client
from django.conf import settings

if settings.PROMETHEUS_MULTIPROC_DIR:
    # A folder below /run is gone after a reboot; without it every count would fail.
    Path(settings.PROMETHEUS_MULTIPROC_DIR).mkdir(parents=True, exist_ok=True)
HIT, STALE, MISS = "hit", "stale", "miss"
READS = prometheus_client.Counter(
    "wellness_cache_reads",
    "Reads of a cached value: used, made again after a change, or not there.",
    ["key", "outcome"],
)


def count(key: str, outcome: str) -> None:
    READS.labels(key, outcome).inc()
