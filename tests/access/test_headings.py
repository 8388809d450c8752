"""A screen reader walks a page by its headings: each page has one h1, and no heading is two levels below the last."""

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from django.http import HttpResponse
from django.urls import reverse

from tests.access.routes import ROUTES
from tests.access.test_access import asked, browser_of, world  # noqa: F401 - a fixture
from tests.cases import for_each
from tests.factories import rest
from tests.factories.accounts import StaffFactory
from tests.staff_pages import MORE_PAGES, first_rows, pages_of

pytestmark = pytest.mark.django_db

# It shows parts of pages beside each other.
SAMPLES = {"styleguide"}
HEADING = re.compile(r"h[1-6]")


class Headings(HTMLParser):
    """The levels of a document's headings and of each of its dialogs, which is read alone."""

    def __init__(self, page: str):
        super().__init__()
        self.page: list[int] = []
        self.dialogs: list[list[int]] = []
        self.is_in_dialog = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "dialog":
            self.is_in_dialog = True
            self.dialogs.append([])
        elif HEADING.fullmatch(tag):
            (self.dialogs[-1] if self.is_in_dialog else self.page).append(int(tag[1]))

    def handle_endtag(self, tag: str) -> None:
        self.is_in_dialog = self.is_in_dialog and tag != "dialog"


def skips(levels: list[int]) -> list[str]:
    return [f"h{before} then h{level}" for before, level in pairwise(levels) if level > before + 1]


def faults(page: str) -> list[str]:
    found = Headings(page)
    missing = [] if found.page[:1] == [1] and found.page.count(1) == 1 else [f"h1 at {found.page}"]
    return [*missing, *skips(found.page), *(fault for levels in found.dialogs for fault in skips(levels))]


def is_html(response: HttpResponse) -> bool:
    return not response.streaming and response.headers.get("Content-Type", "").startswith("text/html")


@for_each(
    [
        ("<h1>a</h1><h2>b</h2><h3>c</h3><h2>d</h2>", []),
        ("<h1>a</h1><h3>b</h3>", ["h1 then h3"]),
        ("<h2>a</h2><h1>b</h1>", ["h1 at [2, 1]"]),
        ("<p>a</p>", ["h1 at []"]),
        ("<h1>a</h1><h1>b</h1>", ["h1 at [1, 1]"]),
        ("<h1>a</h1><dialog><h2>b</h2><h4>c</h4></dialog><h2>d</h2>", ["h2 then h4"]),
    ]
)
def test_what_is_out_of_order_is_found(page, expected):
    assert faults(page) == expected


@pytest.mark.parametrize("name", ["anonymous", "other", "person", "subscriber"])
def test_the_headings_of_each_page_are_in_order(world, name):  # noqa: F811
    """Of each page as a document, and of the part that htmx gets."""
    who, things = world
    if name == "subscriber":
        rest.UserSubscriptionFactory(user=who["person"])
    browser = browser_of(who | {"subscriber": who["person"]}, name)
    wrong, pages = {}, 0

    for route_name in ROUTES.keys() - SAMPLES:
        if "/" in route_name:
            continue
        route = ROUTES[route_name]
        url = reverse(route_name, kwargs=things.get(route.thing, {}) | route.args)
        for headers in ({}, {"HX-Request": "true"}):
            response = asked(browser, url, None, headers=headers)
            if response.status_code == 200 and is_html(response):
                pages += 1
                if found := faults(response.text) if "<html" in response.text else skips(Headings(response.text).page):
                    wrong[route_name, *headers] = found

    assert wrong == {}
    assert pages > 20


def test_the_headings_of_each_staff_page_are_in_order(client):
    client.force_login(StaffFactory())
    addresses = [url for model, row in first_rows().items() for url in pages_of(model, row)]
    wrong = {}

    for url in [*addresses, *MORE_PAGES]:
        page = client.get(url)
        if page.status_code == 200 and (found := faults(page.text)):
            wrong[url] = found

    assert wrong == {}
