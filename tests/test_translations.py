"""English is complete: every message of the code and the templates has its text, and the compiled file has them all."""

import gettext
import io
import re
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.template import Context, Template
from django.utils import translation

from devtools.management.commands import messages
from habits import schedules

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|{\w+}")
HANGUL = re.compile(r"[가-힣]")


def texts() -> list[tuple[Sequence[str], Sequence[str]]]:
    """Each message with its English, both in all their forms."""
    catalog = [message for message in messages.read_english() if message.id]
    return [(messages._forms(message.id), messages._forms(message.string)) for message in catalog]


def keys(catalog) -> set:
    return {(message.context, message.id) for message in catalog if message.id}


def test_the_catalogue_holds_the_messages_of_the_code_and_no_others():
    assert keys(messages.read_english()) == keys(messages.extract_messages())


def test_every_message_is_translated():
    assert messages.untranslated(messages.read_english()) == []
    assert [message.id for message in messages.read_english() if message.id and message.fuzzy] == []


def test_a_translation_keeps_the_placeholders():
    # English may leave one out, as in "once a week", but can name none that the code does not fill.
    invented = [(ours, english) for ours, english in texts() if named(english) - named(ours)]

    assert invented == []


def named(forms: Sequence[str]) -> set[str]:
    return set(PLACEHOLDER.findall(" ".join(forms)))


def test_english_is_neither_korean_nor_loud():
    # The law asks for these very letters, in any language.
    english = [form.replace("(광고)", "") for _ours, forms in texts() for form in forms]

    assert [form for form in english if HANGUL.search(form) or "!" in form] == []


@pytest.mark.parametrize(
    ("read", "file"),
    [
        (messages.read_english, messages.MO),
        (messages.read_korean, messages.KO_MO),
        (messages.read_korean_of_scripts, messages.KO_JS_MO),
    ],
    ids=["en", "ko", "ko of scripts"],
)
def test_the_compiled_file_is_in_step(read, file):
    ours = gettext.GNUTranslations(io.BytesIO(messages.compile_catalog(read())))
    committed = gettext.GNUTranslations(io.BytesIO(file.read_bytes()))

    assert ours._catalog == committed._catalog


def catalogs_of(*packages: str, name: str = "django") -> set[str]:
    """What these packages say, as their English catalogs list it: the Korean ones lag behind."""
    said: set[str] = set()
    for package in packages:
        root, _slash, rest = package.partition("/")
        path = Path(find_spec(root).origin).parent / rest / f"locale/en/LC_MESSAGES/{name}.po"
        with path.open("rb") as file:
            said |= {messages._forms(message.id)[0] for message in read_po(file)}
    return said


# Labels of buttons and columns, which are no sentences.
LABELS = "django/contrib/admin"
TABLES_OF_ROLES = "django/contrib/auth"
# How long ago something was: a part of a line.
LENGTHS_OF_TIME = "django/contrib/humanize"
# allauth's table of addresses and its columns.
ADDRESSES = {"email addresses", "verified", "primary"}


def test_what_the_scripts_of_the_staff_pages_say_is_theirs():
    theirs = catalogs_of(LABELS, name="djangojs")

    assert {messages._forms(message.id)[0] for message in messages.read_korean_of_scripts() if message.id} <= theirs


def test_what_libraries_say_is_said_in_our_voice():
    labels = catalogs_of(LABELS, TABLES_OF_ROLES, LENGTHS_OF_TIME) | (ADDRESSES & catalogs_of("allauth"))
    theirs = labels | catalogs_of("django/conf", "allauth")

    for message in messages.read_korean():
        if message.id:
            [said], asked = messages._forms(message.string), messages._forms(message.id)[0]
            assert asked in theirs, f"{asked}: nobody says this any more"
            assert asked in labels or asked.startswith("-") or re.search(r"(요|예요)\.$", said), said
            assert named([said]) <= named(messages._forms(message.id)), said
            with translation.override("ko"):
                assert (
                    translation.ngettext(*message.id, 2) == said
                    if message.pluralizable
                    else translation.gettext(asked) == said
                )


@pytest.mark.django_db
def test_no_form_of_a_person_speaks_formally(client, person):
    forms = {
        "/accounts/login/": {"login": "x", "password": ""},
        "/accounts/signup/": {"email": "x", "password1": "", "name": "지" * 200},
        "/accounts/password/reset/": {"email": "x"},
        "/accounts/password/change/": {"oldpassword": "x", "password1": "a", "password2": "b"},
        "/accounts/email/": {"action_add": "", "email": "x"},
        "/me/profile/": {"name": "", "birth_year": "x", "gender": "x", "bio": "글" * 600},
        "/me/view/": {"language": "x", "timezone": "", "day_start": "9", "week_start": "x"},
    }

    for address, sent in forms.items():
        if address == "/accounts/password/change/":
            client.force_login(person)
        page = client.post(address, sent).content.decode()
        assert not re.findall(r"[가-힣]+(?:니다|십시오)\b", page), address


@pytest.mark.parametrize(("count", "text"), [(1, "Once a week"), (3, "3 times a week")])
def test_plurals_follow_the_number(count, text):
    with translation.override("en"):
        assert str(schedules.Weekly(count)) == text


def test_templates_speak_english_and_korean():
    template = Template('{% translate "시작하기" %}')

    said = {}
    for language in ("ko", "en"):
        with translation.override(language):
            said[language] = template.render(Context())

    assert said == {"ko": "시작하기", "en": "Get started"}


def test_what_is_new_is_kept_and_what_is_gone_is_dropped():
    before, code = messages.Catalog(locale="en"), messages.Catalog(locale="en")
    before.add("물", string="water")
    before.add("불", string="fire")
    code.add("물", locations=[("habits/pages/today.py", 0)])
    code.add("바람")

    after = messages.merge(before, code)

    assert {message.id: message.string for message in after if message.id} == {"물": "water", "바람": None}
    assert messages.untranslated(after) == ["바람"]


def test_no_line_ends_inside_check_in():
    with messages.MO.open("rb") as file:
        said = "\n".join(gettext.GNUTranslations(file)._catalog.values())

    assert "check\N{NON-BREAKING HYPHEN}in" in said
    assert "check-in" not in said.lower()
