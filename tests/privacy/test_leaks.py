"""No dump, log or cache contains an address, a name or a note of a person.

Runs every flow through the pages, then searches every store for every text of its people in every encoding. There are no
exceptions. Development's mailbox is not among the stores: it prints and keeps mail on purpose, on the developer's own
machine, and no setting enables it elsewhere.
"""

import pytest
from django.test import Client

from accounts.models import User
from tests.accounts.conftest import provider_server, providers  # noqa: F401 - fixtures
from tests.fakes.identity_providers import NAMES
from tests.privacy import flows, stores
from tests.privacy.flows import FlowUser
from tests.privacy.spellings import spellings

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
        before_the_erasure = stores.dump()
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

    assert found(by_mail.words, {"pg_dump before the erasure": before_the_erasure}) == []
    for who in (by_mail, *by_provider.values()):
        assert found(who.words, where) == []
    # Each store holds traces of this run: the search read the right stores.
    assert {store for store, content in where.items() if _knows(user, content)} == set(where)


def _knows(user: User, content: bytes) -> bool:
    """Whether the store has a trace of this run: the person's id, or something that only this run causes."""
    traces = [str(user.pk), "idx_users_email", "session:", "a browser of its own"]
    return any(trace.encode() in content for trace in traces)


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
