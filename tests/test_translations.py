"""English is complete: every message of the code and the templates has its text, and the compiled file has them all."""

import gettext
import io
import re
from collections.abc import Sequence
from pathlib import Path

import allauth
import django.contrib.auth
import pytest
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.template import Context, Template
from django.utils import translation

from habits import schedules
from wellness.management.commands import messages

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|{\w+}")
FORMAL = re.compile(r"니다|하세요|하십시오|시오|!")
HANGUL = re.compile(r"[가-힣]")


def texts() -> list[tuple[Sequence[str], Sequence[str]]]:
    """Each message with its English, both in all their forms."""
    catalog = [message for message in messages.read() if message.id]
    return [(messages._forms(message.id), messages._forms(message.string)) for message in catalog]


def keys(catalog) -> set:
    return {(message.context, message.id) for message in catalog if message.id}


def test_the_catalogue_holds_the_messages_of_the_code_and_no_others():
    assert keys(messages.read()) == keys(messages.used())


def test_every_message_is_translated():
    assert messages.untranslated(messages.read()) == []
    assert [message.id for message in messages.read() if message.id and message.fuzzy] == []


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


@pytest.mark.parametrize("path", [messages.PO, messages.THEIRS], ids=["en", "ko"])
def test_the_compiled_file_is_in_step(path):
    ours = gettext.GNUTranslations(io.BytesIO(messages.compiled(path)))
    committed = gettext.GNUTranslations(io.BytesIO(path.with_suffix(".mo").read_bytes()))

    assert ours._catalog == committed._catalog


def test_what_others_say_in_korean_is_known_to_them_and_in_our_voice():
    known = {}
    for package in (django, django.contrib.auth, allauth):
        below = Path(package.__file__).parent
        for path in [below / "conf/locale/ko", below / "locale/ko"]:
            if path.exists():
                known |= {
                    message.id: message for message in messages.read(path / "LC_MESSAGES/django.po") if message.id
                }

    ours = [message for message in messages.read(messages.THEIRS) if message.id]

    assert [message.id for message in ours if message.id not in known] == []
    for message in ours:
        for form in messages._forms(message.string):
            assert not FORMAL.search(form), message.id
            assert named([form]) <= named(messages._forms(message.id)), message.id


def test_a_short_password_is_refused_kindly():
    with translation.override("ko"), pytest.raises(ValidationError) as refused:
        password_validation.validate_password("1234567")

    assert refused.value.messages[0] == "비밀번호가 짧아요. 8자 이상이면 돼요."


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
    code.add("물", locations=[("habits/today.py", 0)])
    code.add("바람")

    after = messages.merged(before, code)

    assert {message.id: message.string for message in after if message.id} == {"물": "water", "바람": None}
    assert messages.untranslated(after) == ["바람"]
