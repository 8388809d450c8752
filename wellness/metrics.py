"""How many requests there were, how they ended and how long they took, for Prometheus at `/metrics`.

Several processes count together in the folder that `PROMETHEUS_MULTIPROC_DIR` names; without it each one counts alone.
"""

import time
from collections.abc import Callable
from pathlib import Path

import prometheus_client
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.multiprocess import MultiProcessCollector

if settings.PROMETHEUS_MULTIPROC_DIR:
    # Below /run it is gone after each start of the machine, and no request could be counted, nor answered.
    Path(settings.PROMETHEUS_MULTIPROC_DIR).mkdir(parents=True, exist_ok=True)
REQUESTS = Histogram(
    "wellness_request_seconds", "From the first middleware to the answer.", ["method", "view", "status"]
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class MetricsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        # Names of ours alone: whoever sends made-up addresses or methods must not fill our memory with labels.
        view = request.resolver_match.view_name if request.resolver_match else ""
        method = request.method if request.method in METHODS else ""
        REQUESTS.labels(method, view, response.status_code).observe(time.perf_counter() - began)
        return response


@login_not_required
def show(request: HttpRequest) -> HttpResponse:
    """For whoever holds `METRICS_TOKEN`; in development for everyone. Nobody else learns that it is there."""
    sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.DEVELOPMENT and not (
        settings.METRICS_TOKEN and constant_time_compare(sent, settings.METRICS_TOKEN)
    ):
        raise Http404
    registry = prometheus_client.REGISTRY
    if settings.PROMETHEUS_MULTIPROC_DIR:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    return HttpResponse(prometheus_client.generate_latest(registry), content_type=prometheus_client.CONTENT_TYPE_LATEST)
