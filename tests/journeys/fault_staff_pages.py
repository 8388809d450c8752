"""Every page of every table has nothing serious for axe and fits, in both themes; run by `make faults`."""

import pytest
from django.contrib import admin

from tests.journeys.conftest import is_page
from tests.staff_pages import first_rows, pages_of

APPS = sorted({model._meta.app_label for model in admin.site._registry})


@pytest.mark.parametrize("app", APPS)
def test_every_page_of_every_table_has_nothing_serious(site, boss, app):
    """The list, a new row, the first row and its history, from the registry: a new table is looked at by itself."""
    rows = {model: row for model, row in first_rows().items() if model._meta.app_label == app}

    assert rows
    assert (
        site.faults_of(path for model, row in rows.items() for path in pages_of(model, row) if is_page(site, path))
        == {}
    )
