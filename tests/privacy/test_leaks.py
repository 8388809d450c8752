"""No dump, log or cache contains an address, a name or a note of a person.

Runs every flow through the pages, then searches every store for every text of its people in every encoding. There are no
exceptions. Beside the flows, every column that holds words of a person gets a word of its own; the columns come from the
models and the classification, so a new one is searched for by itself. Development's mailbox is not among the stores: it prints and keeps mail on purpose, on the developer's own
machine, and no setting enables it elsewhere.
"""

import secrets
from collections import Counter
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.test import Client
from django.urls import reverse
from uuid6 import uuid7

from accounts.models import User
from core.crypto.fields import BlindIndexField
from tests.access.routes import ROUTES
from tests.access.test_access import asked, browser_of, world  # noqa: F401 - a fixture
from tests.accounts.conftest import provider_server, providers  # noqa: F401 - fixtures
from tests.factories.habits import HabitCategoryFactory
from tests.fakes.identity_providers import NAMES
from tests.privacy import flows, page_forms, planting, stores
from tests.privacy.flows import FlowUser
from tests.privacy.spellings import spellings
from wellness.privacy.classification import TABLES, models_by_table

pytestmark = pytest.mark.django_db(transaction=True)


def found(words: dict[str, str], where: dict[str, bytes]) -> list[str]:
    """`store: word (spelling)` for each hit."""
    return [
        f"{store}: {what} ({spelling})"
        for what, word in words.items()
        for spelling, spelled in spellings(word).items()
        for store, content in where.items()
        if spelled in content
    ]


@pytest.mark.slow
def test_no_store_holds_personal_data_in_the_clear(content, providers, settings):  # noqa: F811
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    by_mail = FlowUser()
    by_provider = {provider: FlowUser() for provider in NAMES}

    with stores.watched() as watch:
        browser = Client(headers={"User-Agent": "a browser of its own"})
        flows.sign_up_wrongly(browser, by_mail)
        flows.sign_up(browser, by_mail)
        flows.sign_up_again(Client(), by_mail)
        flows.set_up_a_second_factor(browser, by_mail)
        flows.check_in_with_a_note(browser, by_mail)
        flows.name_habits(browser, by_mail)
        flows.import_habits(browser, by_mail)
        flows.receive_a_coach_message(by_mail)
        flows.change_profile(browser, by_mail)
        flows.change_address(browser, by_mail)
        flows.meet_an_error(browser, by_mail, settings)
        flows.be_viewed_by_staff(browser, by_mail)
        flows.reset_password(Client(), by_mail)
        flows.sign_in(browser, by_mail)
        flows.connect_and_disconnect("kakao", browser, by_mail)
        flows.export(browser, by_mail)
        before_the_erasure = {"pg_dump before the erasure": stores.dump(), "files before the erasure": watch.files()}
        flows.withdraw_the_health_consent(browser, by_mail)
        flows.request_and_cancel_deletion(browser, by_mail)
        flows.request_deletion(browser, by_mail)
        flows.fail_to_sign_in(Client(REMOTE_ADDR="203.0.113.50"), by_mail)
        for provider, who in by_provider.items():
            person = providers.person
            person.id, person.email, person.given_name = who.number, who.email, who.second_name
            flows.sign_up_through(provider, Client(), who)
        user = User.objects.get(email=by_mail.email)
        flows.be_erased(user)
        where = watch.stores()

    assert found(by_mail.words, before_the_erasure) == []
    assert b"exports/" in before_the_erasure["files before the erasure"]
    for who in (by_mail, *by_provider.values()):
        assert found(who.words, where) == []
    # Each store holds traces of this run: the search read the right stores.
    assert {store for store, content in where.items() if _knows(user, content)} == set(where)


def _knows(user: User, content: bytes) -> bool:
    """Whether the store has a trace of this run: the person's id, or something that only this run causes."""
    traces = [str(user.pk), "idx_users_email", "session:", "a browser of its own"]
    return any(trace.encode() in content for trace in traces)


@pytest.mark.slow
def test_no_form_leaves_what_is_typed_in_the_clear(world):  # noqa: F811
    """Every form of every declared address, for strangers, for the person and for support. New ones are found by themselves."""
    who, things = world
    words = {"text": flows.word(8), "address": f"q{secrets.token_hex(8)}"}
    texts = dict.fromkeys(("text", "search"), words["text"])
    texts |= {"email": f"{words['address']}@example.com", "password": f"{words['text']} 7"}
    sent: dict[tuple[str, str], int] = {}
    with stores.watched() as watch:
        for name in ("anonymous", "person", "support"):
            browser = browser_of(who, name)
            for url in [*addresses_of(things), *(lists_of_staff() if name == "support" else [])]:
                page = asked(browser, f"{url}?q={words['text']}", None)
                html = "" if page.streaming else page.content.decode(errors="replace")
                for form in page_forms.read(html, page=url, texts=texts):
                    if (name, form.action) not in sent:
                        post = form.fields if form.method == "post" else None
                        sent[name, form.action] = asked(browser_of(who, name), form.action, post).status_code
        where = watch.stores()

    assert found(words, where) == []
    # Forms took what they were sent, more than those that showed what is wrong with it.
    assert Counter(sent.values())[302] > len(sent) / 2 > 20, sent


def addresses_of(things: dict[str, dict]) -> list[str]:
    """The addresses that are asked by GET."""
    return [
        reverse(name, kwargs=things.get(route.thing, {}) | route.args) if "/" not in name else f"/{name}"
        for name, route in ROUTES.items()
        if route.post is None
    ]


def lists_of_staff() -> list[str]:
    names = [f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry]
    return [reverse(f"admin:{name}_changelist") for name in names]


def test_every_column_with_words_of_a_person_is_unreadable(db):
    with stores.watched() as watch, transaction.atomic():
        words = {column: word for table in TABLES for column, word in planted(table).items()}
        plain = HabitCategoryFactory(name=flows.word()).name
        stored = stores.rows()
        elsewhere = watch.beside_the_tables()
        transaction.set_rollback(True)

    readable = {column for column, word in words.items() if found({column: word}, stored)}
    assert readable == set(), "seal it, or say in the classification why it is plain"
    assert found(words, elsewhere) == []
    # Both searches read this transaction: they find a word that is not sealed.
    assert plain.encode() in stored["habit_categories"]
    assert plain.encode() in elsewhere["write-ahead log"]


def planted(table: str) -> dict[str, str]:
    """Writes a row through its model, with a word of its own in each column that holds words. Gives the words."""
    model, words, values = models_by_table()[table], {}, {}
    for field in model._meta.local_concrete_fields:
        if holds_words(table, field):
            text = flows.word(min(field.max_length or 8, 8))
            words[f"{table}.{field.column}"] = text
            values[field.attname] = value_of(field, text)
    if words:
        planting.loosen(table, keep_triggers=True)
        key = {} if model._meta.pk.has_default() or model._meta.auto_field else {model._meta.pk.attname: uuid7()}
        model._default_manager.bulk_create([model(**key, **values)])
    return words


def holds_words(table: str, field: models.Field) -> bool:
    entry, column = TABLES[table], str(field.column)
    is_text = isinstance(field, (models.CharField, models.TextField, models.JSONField, ArrayField))
    if entry.derived or not is_text or field.choices or isinstance(field, BlindIndexField):
        return False
    is_about_a_person = entry.columns.get(column) in ("personal", "sensitive", None)
    return column in entry.sealed.split() or (is_about_a_person and column not in entry.plain.split())


def value_of(field: models.Field, word: str) -> Any:
    if isinstance(field, ArrayField):
        return [word]
    return {"words": [word]} if isinstance(field, models.JSONField) else word


def test_every_spelling_is_found():
    """Checks the search itself: it finds each text as other encoders write it."""
    import base64
    import hashlib
    import json
    import quopri
    from urllib.parse import quote_plus

    word = "하윤뷁 a@b.example"
    written = [
        f"name={word}",
        json.dumps({"name": word}),
        quote_plus(word).replace("+", "%20"),
        f"x{word}".encode().hex(),
        quopri.encodestring(f"Name: {word}".encode()).decode(),
        *(base64.b64encode(f"{'x' * n}{word} and more".encode()).decode() for n in range(3)),
        hashlib.sha256(word.encode()).hexdigest(),
    ]

    assert [text for text in written if not found({"word": word}, {"here": text.encode()})] == []
    assert found({"word": word}, {"here": f"한글 {word}".encode("utf-16-le")})
    assert found({"word": word}, {"here": f"한글 {word}".encode("cp949")})
    assert not found({"word": word}, {"here": "하윤 c@d.example".encode()})
