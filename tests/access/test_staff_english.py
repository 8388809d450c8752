"""A colleague who reads English finds no Korean on any staff page, but in what is data."""

import html
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.db import models
from django.urls import reverse
from django.utils import translation
from django.utils.text import capfirst

from accounts.models import User
from analytics.models import MetricValue
from coaching.models import CoachingControls
from gamification.models import Achievement
from tests.factories.accounts import StaffFactory
from tests.staff_pages import MORE_PAGES, first_rows, pages_of

pytestmark = pytest.mark.django_db

HANGUL = re.compile("[가-힣]")
# A language is named in itself, and the law wants this word before an advertisement.
AS_IT_IS = ("한국어", "(광고)")
VOID = {"input", "br", "img", "link", "meta", "hr", "path", "circle", "use", "rect", "line"}


def texts(value: object) -> Iterator[str]:
    """The Korean texts in a column, also inside JSON."""
    if isinstance(value, dict):
        value = [*value.values()]
    if isinstance(value, list):
        for one in value:
            yield from texts(one)
    elif isinstance(value, str) and HANGUL.search(value):
        yield value.strip()


def data() -> list[str]:
    """What people and curators wrote, the longest first."""
    kinds = (models.CharField, models.TextField, models.JSONField)
    found = set()
    for model in admin.site._registry:
        columns = [field.name for field in model._meta.concrete_fields if isinstance(field, kinds)]
        for row in model._default_manager.values_list(*columns):
            found |= {text for value in row for text in texts(value)}
            found |= {line.strip() for text in [*found] for line in text.splitlines()}
    # Colleagues see their own name, with its first letter.
    found |= {text for colleague in User.objects.all() for text in (colleague.name, colleague.name[:1])}
    # A seal has the first letters of a name.
    found |= {name[:2] for name in Achievement.objects.values_list("name", flat=True)}
    return sorted(found, key=len, reverse=True)


class Words(HTMLParser):
    """The texts of a page and what names its elements, but where it says that they are Korean."""

    def __init__(self, page: str):
        super().__init__()
        self.found: set[str] = set()
        # Of each open element: its name, and whether its text counts.
        self.open: list[tuple[str, bool]] = [("", True)]
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        counts = self.open[-1][1] and named.get("lang", "en") != "ko" and tag not in ("script", "style")
        if counts:
            self.found |= {named.get(name) or "" for name in ("aria-label", "title", "placeholder", "alt")}
        if tag not in VOID:
            self.open.append((tag, counts))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and tag in (name for name, _counts in self.open):
            while self.open.pop()[0] != tag:
                pass

    def handle_data(self, text: str) -> None:
        if self.open[-1][1]:
            self.found.add(text.strip())


def korean(page: str, known: list[str]) -> list[str]:
    """The Korean that is left on a page without its data."""
    found = []
    for text in Words(page).found:
        left = "" if text in known else text
        for value in [*(one for one in known if len(one) > 1), *AS_IT_IS]:
            left = left.replace(value, "")
        if HANGUL.search(left):
            found.append(text)
    return found


def test_what_is_no_data_is_found():
    assert korean('<p title="분류">Water <b>물 한 잔</b><i lang="ko">책<br></i><u>끝</u></p>', ["물 한 잔"]) in (
        ["분류", "끝"],
        ["끝", "분류"],
    )


def test_every_staff_page_speaks_english(client):
    client.force_login(StaffFactory(language="en"))
    rows = first_rows()
    known = data()
    found = {}

    for model, row in rows.items():
        for path in pages_of(model, row):
            answer = client.get(path)
            if answer.status_code != 403 and (left := korean(answer.text, known)):
                found[path] = left
    for path in MORE_PAGES:
        if left := korean(client.get(path).text, known):
            found[path] = left

    assert found == {}


# There is one row of them.
ALIKE = {CoachingControls}
CRUMB = re.compile(r"<li[^>]*>\s*(?:<a[^>]*>)?\s*([^<]*?)\s*(?:</a>)?\s*</li>")


def crumbs(page: str) -> list[str]:
    """The texts of the crumbs of a page."""
    return [
        html.unescape(text) for text in CRUMB.findall(page.partition('class="breadcrumbs"')[2].partition("</ol>")[0])
    ]


def test_one_row_and_several_have_a_name_each(client):
    client.force_login(StaffFactory(language="en"))
    rows = first_rows()
    home = client.get("/admin/")
    with translation.override("en"):
        menu = {one.label: (str(one.one), str(one.name)) for group in home.context["groups"] for one in group.entries}
        names = {model: (str(model._meta.verbose_name), str(model._meta.verbose_name_plural)) for model in rows}

    assert {model for model, (one, several) in names.items() if one == several} == ALIKE
    for model, (one, several) in names.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        assert menu[model._meta.label_lower] == (one, capfirst(several))
        if model is MetricValue:
            continue  # the dashboard
        listed = client.get(reverse(f"{name}_changelist"))
        with translation.override("en"):
            assert str(listed.context["title"]) == capfirst(several)
        assert crumbs(listed.text) == ["Home", capfirst(several)], model
        shown = client.get(reverse(f"{name}_change", args=[quote(rows[model].pk)]))
        assert crumbs(shown.text)[:2] == ["Home", capfirst(several)], model
        if (added := client.get(reverse(f"{name}_add"))).status_code == 200:
            assert crumbs(added.text) == ["Home", capfirst(several), f"Add {one}"], model
            assert f"Add {one}" in home.text
