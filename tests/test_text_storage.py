"""Texts are kept without directional controls and noncharacters, in one spelling, by every form."""

import inspect
import unicodedata

import pytest
from django import forms
from django.apps import apps
from django.contrib import admin
from django.test import RequestFactory
from django.utils.module_loading import import_string

import accounts.allauth_forms
import accounts.forms
import analytics.forms
import habits.forms
import habits.transfer.forms
import notifications.forms
from core import text_storage
from core.form_fields import TextField

MODULES = [accounts.forms, analytics.forms, habits.forms, habits.transfer.forms, notifications.forms]
# Not kept, or compared with a list, or parsed as something else than text.
AS_TYPED = {"password", "password1", "password2", "timezone", "order", "times", "schedule"}
# allauth declares it and takes it away.
AS_TYPED |= {"username"}
BIDI = [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]
NONCHARACTERS = [*range(0xFDD0, 0xFDF0), *(plane << 16 | end for plane in range(17) for end in (0xFFFE, 0xFFFF))]


@pytest.mark.parametrize("code", BIDI + NONCHARACTERS)
def test_what_is_no_letter_is_removed(code):
    assert text_storage.normalize(f"지{chr(code)}우") == "지우"


@pytest.mark.parametrize(
    "text",
    ["지우", "👩\u200d👩\u200d👧", "مرحبا\u200f", "שלום\u200e", "한\n글\t", "é", "\ue000", "\ufffd"],
)
def test_writing_stays(text):
    assert text_storage.normalize(text) == text


def test_one_letter_has_one_spelling():
    assert text_storage.normalize(unicodedata.normalize("NFD", "한글 é")) == "한글 é"


def own_forms() -> list[type[forms.BaseForm]]:
    names = [module.__name__ for module in MODULES]
    found = {form for module in MODULES for _, form in inspect.getmembers(module, inspect.isclass)}
    own = [form for form in found if issubclass(form, forms.BaseForm) and form.__module__ in names]
    return sorted(own, key=lambda form: form.__name__)


@pytest.mark.parametrize("form", own_forms(), ids=lambda form: form.__name__)
def test_every_form_cleans_its_texts(form):
    fields = {name: field for name, field in form.base_fields.items() if type(field) is forms.CharField}

    assert fields.keys() - AS_TYPED == {name for name in fields if name == "email"}


@pytest.mark.django_db
def test_every_staff_page_cleans_its_texts(rf: RequestFactory, person):
    request = rf.get("/")
    request.user = person
    fields = [
        page.formfield_for_dbfield(column, request)
        for model, page in admin.site._registry.items()
        if model._meta.app_label in {app.label for app in apps.get_app_configs() if app.name in OWN}
        for column in model._meta.fields
        if column.editable
    ]

    texts = [field for field in fields if isinstance(field, TextField)]
    assert texts
    assert not [field for field in fields if type(field) is forms.CharField]


OWN = {"accounts", "billing", "coaching", "gamification", "habits", "notifications"}


@pytest.mark.django_db
def test_a_name_and_a_bio_are_kept_clean(signed_in, person):
    signed_in.post(
        "/me/profile/", {"name": "지\u202e우\uffff", "bio": "a\u2066b\ufdd0", "birth_year": "", "gender": ""}
    )

    person.refresh_from_db()
    assert (person.name, person.bio) == ("지우", "ab")


@pytest.mark.django_db
def test_a_name_of_controls_alone_is_empty(signed_in, person):
    signed_in.post("/me/profile/", {"name": "\u202e\uffff", "bio": "", "birth_year": "", "gender": ""})

    person.refresh_from_db()
    assert person.name == ""


@pytest.mark.parametrize("form", ["AddPasskeyForm", "EditPasskeyForm"])
def test_the_name_of_a_passkey_is_kept_clean(form):
    name = import_string(f"accounts.allauth_forms.{form}").base_fields["name"]

    assert name.clean("열\u202e쇠") == "열쇠"
