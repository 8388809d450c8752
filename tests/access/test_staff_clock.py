"""Staff pages write clocks and dates as the pages of people do, in each language."""

import datetime as dt
import html
import re

import pytest
from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format

from tests.factories.accounts import StaffFactory
from tests.staff_pages import MORE_PAGES, first_rows, pages_of
from tests.test_architecture import ROOT

# In the evening, where the clocks of the languages differ.
AT = dt.datetime(2026, 11, 18, 21, 29, tzinfo=dt.UTC)
# A line never ends inside a date.
DAY_KO, DAY_EN = (day.replace(" ", "\N{NO-BREAK SPACE}") for day in ("2026년 11월 18일", "Nov 18, 2026"))
MONTH_DAY = {
    language: day.replace(" ", "\N{NO-BREAK SPACE}") for language, day in (("ko", "11월 18일"), ("en", "Nov 18"))
}
SHORT_AND_LONG = [
    ("DATE_FORMAT", "SHORT_DATE_FORMAT", {"ko": DAY_KO, "en": DAY_EN}),
    ("DATETIME_FORMAT", "SHORT_DATETIME_FORMAT", {"ko": f"{DAY_KO} 오후 9:29", "en": f"{DAY_EN}, 21:29"}),
    ("MONTH_DAY_FORMAT", "MONTH_DAY_FORMAT", MONTH_DAY),
    ("TIME_FORMAT", "TIME_FORMAT", {"ko": "오후 9:29", "en": "21:29"}),
]
# A clock, not a part of an instant in JSON.
CLOCK = re.compile(r"(오전 |오후 )?(?<![\dT:.+-])(\d{1,2}):\d\d(?![\d:])")
NOT_READ = re.compile(r"<(script|style|textarea|pre|code)\b.*?</\1>", re.S)
# A template that writes a clock or a date in a form of its own.
OWN_FORM = re.compile(r'\|(?:date|time):"(?![A-Z_]+_FORMAT"|c"|Y-m-d"|D"|l")[^"]*"')


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
@pytest.mark.parametrize(("long", "short", "said"), SHORT_AND_LONG)
def test_each_language_has_one_date_and_one_clock(language, long, short, said):
    with translation.override(language):
        assert {date_format(AT, long), date_format(AT, short)} == {said[language]}


def test_no_template_has_a_form_of_its_own():
    found = {
        str(path.relative_to(ROOT)): forms
        for path in (ROOT / "templates").rglob("*.*")
        if path.suffix in (".html", ".txt", ".jinja") and (forms := OWN_FORM.findall(path.read_text(encoding="utf-8")))
    }

    assert found == {}


def clocks(page: str) -> set[str]:
    text = html.unescape(re.sub(r"<[^>]+>", "|", NOT_READ.sub("", page)))
    return {match[0] for match in CLOCK.finditer(text)}


def is_of(language: str, clock: str) -> bool:
    return clock.startswith(("오전 ", "오후 ")) == (language == "ko")


@pytest.mark.django_db
@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_every_staff_page_writes_the_clock_of_its_language(client, language):
    client.force_login(StaffFactory(language=language, timezone="Asia/Seoul"))
    pages = [path for model, row in first_rows().items() for path in pages_of(model, row)]
    found = {path: clocks(client.get(path).text) for path in [*pages, *MORE_PAGES]}

    assert sum(map(len, found.values())) > 50
    assert {
        path: wrong for path, some in found.items() if (wrong := {one for one in some if not is_of(language, one)})
    } == {}
