"""The key ring accepts only valid keys."""

import base64
import hashlib

import pytest
from django.core.exceptions import ImproperlyConfigured

from core.crypto import keyring


def encoded(key: bytes) -> str:
    return base64.b64encode(key).decode()


ONE, TWO, THREE = (encoded(hashlib.sha256(name).digest()) for name in (b"one", b"two", b"three"))

BAD = {
    "none": ([], THREE),
    "no id": ([ONE], THREE),
    "no id, in hexadecimals": ([hashlib.sha256(b"one").hexdigest()], THREE),
    "an empty id": ([f":{ONE}"], THREE),
    "an id with a sign": ([f"k-1:{ONE}"], THREE),
    "one id twice": ([f"k1:{ONE}", f"k1:{TWO}"], THREE),
    "one key twice": ([f"k1:{ONE}", f"k2:{ONE}"], THREE),
    "the index key among them": ([f"k1:{ONE}"], ONE),
    "an empty key": (["k1:"], THREE),
    "a password": (["k1:correct horse battery staple"], THREE),
    "a password in Hangul": (["k1:올바른말배터리스테이플"], THREE),
    "a short key": ([f"k1:{encoded(hashlib.sha256(b'one').digest()[:31])}"], THREE),
    "a long key": ([f"k1:{encoded(hashlib.sha512(b'one').digest())}"], THREE),
    "an example key": ([f"k1:{encoded(b'changeme' * 4)}"], THREE),
    "zeros": ([f"k1:{encoded(bytes(32))}"], THREE),
    "no index key": ([f"k1:{ONE}"], ""),
}


def test_the_first_key_seals():
    ring = keyring.parse([f"k2:{TWO}", f"k1:{ONE}"], THREE)

    assert (ring.primary, list(ring.masters)) == ("k2", ["k2", "k1"])


@pytest.mark.parametrize(("keys", "index"), BAD.values(), ids=BAD)
def test_keys_that_are_missing_weak_or_shared_are_refused_and_not_shown(keys, index):
    with pytest.raises(ImproperlyConfigured) as refusal:
        keyring.parse(keys, index)

    parts = {part for entry in [*keys, index] for part in entry.split(":") if len(part) > 8}
    assert {part for part in parts if part in str(refusal.value)} == set()


def test_a_ring_does_not_show_its_keys():
    ring = keyring.parse([f"k1:{ONE}"], THREE)

    assert repr(base64.b64decode(ONE)) not in repr(ring)


def test_each_purpose_has_a_key_of_its_own():
    ring = keyring.parse([f"k1:{ONE}"], THREE)

    derived = [ring.derived("k1", "seal"), ring.derived("k1", "findable"), ring.derived_index("seal")]

    assert len({*derived, *ring.masters.values(), ring.index}) == 5
