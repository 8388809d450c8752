"""The bench of the dashboard measures a dashboard that is full."""

import datetime as dt

import pytest

from analytics.metric_dictionary import METRICS
from analytics.models import MetricValue
from analytics.pages import dashboard
from bench import staff_pages

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 22, 18, 40, tzinfo=dt.UTC)


def test_a_year_of_figures_fills_every_panel():
    number = staff_pages.fill_a_year(NOW)

    panels = {panel.metric.key: panel for panel in dashboard.page(now=NOW, weeks=52)["panels"]}
    assert set(MetricValue.objects.values_list("metric", flat=True)) == set(METRICS)
    assert {key for key, panel in panels.items() if not panel.table.rows} == set()
    assert len(panels["active_week"].table.rows) >= 50
    # Rows of parts and not of people; a page reads those that it shows.
    assert 365 * len(METRICS) / 3 < number < 50_000
    read = dashboard._read(NOW, weeks=52)
    assert sum(len(parts) for days in read.values() for parts in days.values()) < 1_000


def test_the_line_says_how_long_and_over_how_many_rows():
    kind, pages, median, slowest, which = staff_pages.dashboard_line(NOW)

    assert (kind, pages) == ("the figures of a year, 1,000,000 people", "1")
    assert 0 < float(median) <= float(slowest)
    assert which.endswith("rows of `metric_values`")
    print(kind, median, slowest, which)
