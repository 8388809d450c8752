"""Text is stored and counted one way: LF, NFC, code points, whole characters."""

import unicodedata
from importlib import import_module
from typing import Any

import pytest
from django import forms
from django.contrib import admin
from django.test import RequestFactory

from core import text_storage
from core.form_fields import DayField, MomentField, TextField, validate_year
from habits.forms import DetailsForm
from tests.factories.accounts import UserFactory
from tests.test_architecture import PACKAGES, ROOT

FAMILY, FLAG, WAVE = "👨‍👩‍👧‍👦", "🇰🇷", "👋🏽"
LINES = "\n".join(["한 줄"] * 500)


@pytest.mark.parametrize("sent", [LINES, LINES.replace("\n", "\r\n"), LINES.replace("\n", "\r")])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_line_breaks_and_hangul_count_the_same_however_they_are_sent(sent, form):
    """1,999 characters; with CRLF 2,498 are sent, in NFD more than 3,000."""
    details = DetailsForm({"note": unicodedata.normalize(form, sent)})

    assert details.is_valid()
    assert details.cleaned_data["note"] == LINES


@pytest.mark.parametrize(("letters", "valid"), [(2000, True), (2001, False)])
@pytest.mark.parametrize("letter", ["가", "😀"])
def test_a_note_is_counted_in_code_points(letter, letters, valid):
    assert DetailsForm({"note": letter * letters}).is_valid() is valid


def test_the_browser_counts_and_says_the_same():
    shown = str(DetailsForm()["note"])

    assert 'data-longest="2000"' in shown
    assert 'data-too-long="메모는 2,000자까지 쓸 수 있어요."' in shown
    assert "maxlength" not in shown
    assert TextField(max_length=20).widget.attrs["data-too-long"] == "20자까지 쓸 수 있어요."


@pytest.mark.parametrize("whole", [FAMILY, FLAG, WAVE, "각", "e\u0301\u0323", "1\ufe0f\u20e3"])
def test_a_text_that_must_be_shortened_keeps_characters_whole(whole):
    text = "가" + whole + whole
    cuts = {text_storage.shorten(text, longest) for longest in range(len(text) + 2)}

    assert cuts == {"", "가", "가" + whole, text}


def test_a_text_of_marks_alone_ends_somewhere():
    assert text_storage.shorten("\u0301" * 5000, 10) == ""


def form_classes() -> list[type[forms.BaseForm]]:
    """Every form class of our own modules."""
    for path in (path for package in PACKAGES for path in (ROOT / package).rglob("*forms.py")):
        import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))

    def below(kind: Any) -> set[Any]:
        return {kind} | {found for child in kind.__subclasses__() for found in below(child)}

    return [kind for kind in below(forms.BaseForm) if kind.__module__.partition(".")[0] in PACKAGES]


def plain(fields: dict[str, forms.Field]) -> list[str]:
    """The fields that store text as it is sent. Secrets are compared, codes are digits, allauth removes the user name."""
    return [
        name
        for name, field in fields.items()
        if type(field) is forms.CharField
        and not isinstance(field.widget, forms.PasswordInput)
        and name not in ("code", "credential", "username")
    ]


def test_every_text_field_of_every_form_is_a_text_field():
    wrong = {kind.__qualname__: plain(kind.base_fields) for kind in form_classes()}

    assert len(wrong) > 15
    assert {name: fields for name, fields in wrong.items() if fields} == {}


@pytest.mark.django_db
def test_every_text_field_of_staff_is_a_text_field():
    request = RequestFactory().get("/admin/")
    request.user = UserFactory(is_staff=True, is_superuser=True)
    wrong = {}
    for model, site in admin.site._registry.items():
        if model.__module__.partition(".")[0] not in ("allauth", "django"):
            wrong[model.__name__] = plain(site.get_form(request).base_fields)

    assert {name: fields for name, fields in wrong.items() if fields} == {}


@pytest.mark.django_db
def test_every_day_and_instant_of_staff_is_asked_for_its_year():
    """Python cannot read some that PostgreSQL stores."""
    request = RequestFactory().get("/admin/")
    request.user = UserFactory(is_staff=True, is_superuser=True)
    fields = {
        f"{model.__name__}.{name}": field
        for model, site in admin.site._registry.items()
        for name, field in site.get_form(request).base_fields.items()
        if isinstance(field, forms.DateField | forms.DateTimeField)
    }

    assert len(fields) > 3
    assert {name for name, field in fields.items() if validate_year not in field.validators} == set()


@pytest.mark.parametrize("field", [MomentField(), DayField()])
@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "3000-01-01", "9999-12-31"])
def test_a_year_at_an_end_of_the_calendar_is_refused(field, day):
    with pytest.raises(forms.ValidationError, match="날짜를 다시 골라 주세요"):
        field.clean(day)
