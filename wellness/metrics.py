"""Request counts, statuses and durations for Prometheus at `/metrics`.

Several processes count together in the folder `PROMETHEUS_MULTIPROC_DIR`; without it each process counts separately.
"""

import time
from collections.abc import Callable, Iterable

import prometheus_client
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from prometheus_client import CollectorRegistry, Histogram, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from core import cache_metrics  # noqa: F401 -- makes the folder, and counts are shown although no page was read yet
from core.db import partitions

REQUESTS = Histogram(
    "wellness_request_seconds", "From the first middleware to the response.", ["method", "view", "status"]
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class WaitingRows(Collector):
    """Rows in the default partitions, read from the database when the metrics are."""

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterable[Metric]:
        gauge = GaugeMetricFamily(
            "wellness_default_partition_rows", "Rows without a month's partition; 1000 means more.", labels=["table"]
        )
        for table, rows in partitions.waiting_in_default().items():
            gauge.add_metric([table], rows)
        yield gauge


# What the database holds, for all processes together.
DATABASE = CollectorRegistry()
DATABASE.register(WaitingRows())


class MetricsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        # Only known names: invented addresses or methods must not create labels without limit.
        view = request.resolver_match.view_name if request.resolver_match else ""
        method = request.method if request.method in METHODS else ""
        REQUESTS.labels(method, view, response.status_code).observe(time.perf_counter() - began)
        return response


@login_not_required
def show(request: HttpRequest) -> HttpResponse:
    """The metrics, for requests with `METRICS_TOKEN` or in development; a 404 for all others."""
    sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.DEVELOPMENT and not (
        settings.METRICS_TOKEN and constant_time_compare(sent, settings.METRICS_TOKEN)
    ):
        raise Http404
    registry = prometheus_client.REGISTRY
    if settings.PROMETHEUS_MULTIPROC_DIR:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    text = prometheus_client.generate_latest(registry) + prometheus_client.generate_latest(DATABASE)
    return HttpResponse(text, content_type=prometheus_client.CONTENT_TYPE_LATEST)
