"""Sealed values are random, bound to their place, and authenticated."""

import base64

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from core.crypto import keyring, sealing
from core.crypto.sealing import Unreadable

NAME = sealing.place("users", "name", 1)
KEYS = ["k2:HDdqSjw3LEBOy6r2nIWXXNGXyTUKvO0rOQBaBcFy7kM=", "k1:QkZ+K4Mp4eLjY/1L+xBC1K+BvOTkWqvBbz0Jw1m8QEo="]
INDEX_KEY = "sqZpV8bAPYFSsDg6i9ArSp+kRJd5h7aYdJcDAZbxXwg="


@pytest.fixture
def ring(settings):
    """Sets the keys in the settings for the duration of the test."""

    def use(*keys: str, index: str = INDEX_KEY) -> None:
        settings.PII_KEYS, settings.PII_INDEX_KEY = list(keys), index
        keyring.current.cache_clear()

    yield use
    keyring.current.cache_clear()


def changes(token: str) -> list[str]:
    """Yields the value with each letter replaced: by the next one, one base64 ignores, or none."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return [
        token[:place] + letter + token[place + 1 :]
        for place, old in enumerate(token)
        for letter in ("", "!", "é", alphabet[alphabet.find(old) ^ 1], alphabet[alphabet.find(old) ^ 32])
        if letter != old
    ]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_was_sealed_is_opened(text):
    assert sealing.unseal(sealing.seal(text, bound_to=NAME), bound_to=NAME) == text
    assert sealing.unseal_findable(sealing.seal_findable(text, bound_to=NAME), bound_to=NAME) == text


def test_ten_thousand_seals_of_one_name_are_all_different():
    assert len({sealing.seal("지우", bound_to=NAME) for _time in range(10_000)}) == 10_000


def test_names_of_many_lengths_are_sealed_to_one_length():
    assert len({len(sealing.seal("이" * length, bound_to=NAME)) for length in range(11)}) == 1


@pytest.mark.parametrize("text", ["지우", "지" * 11, "지" * 22])
@pytest.mark.parametrize(
    ("seal", "unseal"), [(sealing.seal, sealing.unseal), (sealing.seal_findable, sealing.unseal_findable)]
)
def test_any_change_is_noticed(seal, unseal, text):
    token = seal(text, bound_to=NAME)

    for changed in changes(token):
        with pytest.raises(Unreadable):
            unseal(changed, bound_to=NAME)


@pytest.mark.parametrize("place", [("users", "name", 2), ("users", "bio", 1), ("habits", "name", 1)])
@pytest.mark.parametrize(
    ("seal", "unseal"), [(sealing.seal, sealing.unseal), (sealing.seal_findable, sealing.unseal_findable)]
)
def test_a_value_opens_in_no_other_row_column_or_table(seal, unseal, place):
    token = seal("지우", bound_to=NAME)

    with pytest.raises(Unreadable):
        unseal(token, bound_to=sealing.place(*place))


@pytest.mark.parametrize(
    "token", ["", "k1", "k1:", ":", "지우", "k1:지우", "k1:AAAA", "jiwoo@example.com", "k1:" + "A" * 40]
)
@pytest.mark.parametrize("unseal", [sealing.unseal, sealing.unseal_findable])
def test_what_was_never_sealed_is_refused(unseal, token):
    with pytest.raises(Unreadable):
        unseal(token, bound_to=NAME)


def test_a_value_of_another_kind_is_refused():
    with pytest.raises(Unreadable):
        sealing.unseal(sealing.seal_findable("지우", bound_to=NAME), bound_to=NAME)


@pytest.mark.parametrize("padded", [b"", b"\0" * 32, b"jiwoo", b"\x80jiwoo"])
def test_a_value_without_its_padding_is_refused(padded):
    ring, nonce = keyring.current(), bytes(12)
    cipher = AESGCM(ring.derived(ring.primary, "seal")).encrypt(nonce, padded, NAME.encode())
    token = base64.urlsafe_b64encode(nonce + cipher).rstrip(b"=").decode()

    with pytest.raises(Unreadable):
        sealing.unseal(f"{ring.primary}:{token}", bound_to=NAME)


def test_an_older_key_opens_and_the_newest_seals(ring):
    ring(KEYS[1])
    old, old_findable = sealing.seal("지우", bound_to=NAME), sealing.seal_findable("지우", bound_to=NAME)

    ring(*KEYS)

    assert sealing.unseal(old, bound_to=NAME) == sealing.unseal_findable(old_findable, bound_to=NAME) == "지우"
    assert sealing.key_id_of(old) == "k1"
    assert sealing.key_id_of(sealing.seal("지우", bound_to=NAME)) == "k2"
    assert old_findable in sealing.findable_values("지우", bound_to=NAME)


def test_a_retired_key_opens_nothing(ring):
    ring(*KEYS)
    token = sealing.seal("지우", bound_to=NAME)

    ring(KEYS[1])

    with pytest.raises(Unreadable, match="k2, which is not on the key ring"):
        sealing.unseal(token, bound_to=NAME)


def test_another_key_under_the_same_name_opens_nothing(ring):
    ring(*KEYS)
    token = sealing.seal("지우", bound_to=NAME)

    ring("k2:" + KEYS[1].removeprefix("k1:"))

    with pytest.raises(Unreadable, match="not for this place or changed"):
        sealing.unseal(token, bound_to=NAME)


def test_the_blind_index_hangs_on_text_purpose_and_key(ring):
    ring(KEYS[1])
    index = sealing.blind_index("jiwoo@example.com", purpose="users.email")

    ring(*KEYS)
    assert sealing.blind_index("jiwoo@example.com", purpose="users.email") == index
    assert sealing.blind_index("jiwoo@example.org", purpose="users.email") != index
    assert sealing.blind_index("jiwoo@example.com", purpose="users.phone") != index
    ring(KEYS[1], index=KEYS[0].removeprefix("k2:"))
    assert sealing.blind_index("jiwoo@example.com", purpose="users.email") != index
