"""Encryption of files in chunks.

Writing and reading hold one chunk in memory, whatever the size of the file. A sealed file is a random salt, then chunks
under AES-256-GCM. Its key is derived from the key of its row and the salt, so no two files share one. The nonce of a chunk
is its number and whether it is the last: a file whose chunks were changed, swapped, repeated or cut off does not open.
"""

import base64
import io
import os
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.crypto.sealing import Unreadable

KEY_BYTES = 32
SALT_BYTES = 16
CHUNK_BYTES = 64 * 1024
TAG_BYTES = 16


def new_key() -> str:
    """A key for the file of one row, as text for a sealed column."""
    return base64.b64encode(os.urandom(KEY_BYTES)).decode()


class StreamWriter(io.RawIOBase):
    """Seals what is written. Without `finish()` the file does not open."""

    def __init__(self, file: IO[bytes], key: str):
        salt = os.urandom(SALT_BYTES)
        self._file, self._cipher = file, _cipher(key, salt)
        self._pending = bytearray()
        self._number = 0
        # Bytes of plain text.
        self.size = 0
        file.write(salt)

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.size

    def write(self, data: Any) -> int:
        with memoryview(data) as given, given.cast("B") as raw:
            for start in range(0, len(raw), CHUNK_BYTES):
                self._pending += raw[start : start + CHUNK_BYTES]
                # The last chunk is never empty, so a full one waits until more comes.
                if len(self._pending) > CHUNK_BYTES:
                    self._seal(CHUNK_BYTES, is_last=False)
            self.size += len(raw)
            return len(raw)

    def finish(self) -> None:
        self._seal(len(self._pending), is_last=True)

    def _seal(self, length: int, *, is_last: bool) -> None:
        plain = bytes(self._pending[:length])
        del self._pending[:length]
        self._file.write(self._cipher.encrypt(_nonce(self._number, is_last=is_last), plain, None))
        self._number += 1


class StreamReader(io.RawIOBase):
    """Opens a sealed file while it is read.

    Raises Unreadable at the first chunk that is not as written.
    """

    def __init__(self, file: IO[bytes], key: str):
        self._file, self._cipher = file, _cipher(key, file.read(SALT_BYTES))
        self._plain = memoryview(b"")
        self._number = 0
        self._sealed = self._read_chunk()
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._plain and not self._ended:
            self._open_chunk()
        length = min(len(buffer), len(self._plain))
        buffer[:length] = self._plain[:length]
        self._plain = self._plain[length:]
        return length

    def close(self) -> None:
        self._file.close()
        super().close()

    def _open_chunk(self) -> None:
        sealed, self._sealed = self._sealed, self._read_chunk()
        self._ended = not self._sealed
        try:
            plain = self._cipher.decrypt(_nonce(self._number, is_last=self._ended), sealed, None)
        except InvalidTag as error:
            raise Unreadable(f"chunk {self._number} was not sealed with this key, or the file was changed") from error
        self._plain = memoryview(plain)
        self._number += 1

    def _read_chunk(self) -> bytes:
        return self._file.read(CHUNK_BYTES + TAG_BYTES)


def _cipher(key: str, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(hashes.SHA256(), KEY_BYTES, salt=salt, info=b"stream").derive(base64.b64decode(key)))


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11) + bytes([is_last])
