"""Sealed files: opened only whole and with their row's key, chunk by chunk."""

import io
import os
import tracemalloc

import pytest

from core.crypto import streams
from core.crypto.sealing import Unreadable
from core.crypto.streams import CHUNK_BYTES, SALT_BYTES, TAG_BYTES, StreamReader, StreamWriter
from tests.cases import for_each

KEY = streams.new_key()
SEALED_CHUNK = CHUNK_BYTES + TAG_BYTES


def sealed(plain: bytes, key: str = KEY) -> bytes:
    file = io.BytesIO()
    stream = StreamWriter(file, key)
    stream.write(plain)
    stream.finish()
    return file.getvalue()


def opened(raw: bytes, key: str = KEY) -> bytes:
    return StreamReader(io.BytesIO(raw), key).read()


@for_each([0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 3 * CHUNK_BYTES + 7])
def test_a_file_of_any_length_opens_as_it_was(length):
    plain = os.urandom(length)

    assert opened(sealed(plain)) == plain


def test_it_does_not_matter_in_which_pieces_it_is_written_and_read():
    plain, file = os.urandom(2 * CHUNK_BYTES + 5), io.BytesIO()
    stream = StreamWriter(file, KEY)
    for start in range(0, len(plain), 777):
        stream.write(plain[start : start + 777])
    stream.finish()
    file.seek(0)
    reader = StreamReader(file, KEY)

    assert b"".join(iter(lambda: reader.read(1000), b"")) == plain
    assert stream.size == len(plain)


def test_the_same_text_is_sealed_differently_each_time():
    assert sealed(b"tea") != sealed(b"tea")


def test_another_rows_key_opens_nothing():
    with pytest.raises(Unreadable):
        opened(sealed(b"tea"), streams.new_key())


@for_each([0, SALT_BYTES - 1, SALT_BYTES, SALT_BYTES + 3, SALT_BYTES + SEALED_CHUNK, SALT_BYTES + 2 * SEALED_CHUNK, -1])
def test_a_file_that_was_cut_off_raises(length):
    """Also at the border of a chunk, where all that is left was sealed with this key."""
    with pytest.raises(Unreadable):
        opened(sealed(bytes(2 * CHUNK_BYTES + 5))[:length])


def test_a_file_that_was_never_finished_raises():
    file = io.BytesIO()
    StreamWriter(file, KEY).write(bytes(2 * CHUNK_BYTES))

    with pytest.raises(Unreadable):
        opened(file.getvalue())


@for_each(
    [
        ("a bit", lambda salt, one, two, three: salt + one[:9] + bytes([one[9] ^ 1]) + one[10:] + two + three),
        ("the salt", lambda salt, one, two, three: bytes(SALT_BYTES) + one + two + three),
        ("the order", lambda salt, one, two, three: salt + two + one + three),
        ("a chunk twice", lambda salt, one, two, three: salt + one + one + two + three),
        ("a chunk left out", lambda salt, one, two, three: salt + one + three),
        ("something behind", lambda salt, one, two, three: salt + one + two + three + b"x"),
        ("the whole file twice", lambda salt, one, two, three: (salt + one + two + three) * 2),
    ]
)
def test_a_changed_file_raises(what, change):
    raw = sealed(os.urandom(2 * CHUNK_BYTES + 5))
    parts = [raw[SALT_BYTES + at * SEALED_CHUNK :][:SEALED_CHUNK] for at in range(3)]

    with pytest.raises(Unreadable):
        opened(change(raw[:SALT_BYTES], *parts))


def test_memory_is_bounded(tmp_path):
    megabytes = 24
    tracemalloc.start()
    with (tmp_path / "file").open("wb") as file:
        stream = StreamWriter(file, KEY)
        for _ in range(megabytes):
            stream.write(bytes(1024 * 1024))
        stream.finish()
    reader = io.BufferedReader(StreamReader((tmp_path / "file").open("rb"), KEY), CHUNK_BYTES)
    with reader:
        read = sum(len(piece) for piece in iter(lambda: reader.read(4096), b""))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert read == megabytes * 1024 * 1024
    assert most < 3 * 1024 * 1024
