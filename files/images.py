"""Turns an uploaded picture into a clean JPEG, or refuses it.

A child process (reencoder.py) decodes and re-encodes it, so that a hostile file can crash only the child.
"""

import subprocess
import sys
from pathlib import Path
from threading import BoundedSemaphore

# Types that browsers offer to choose from; with this list a phone converts HEIC to JPEG.
ACCEPT = "image/jpeg,image/png,image/webp"
MAX_BYTES = 8 * 1024 * 1024
# A form with a photo that is a little too large is read and answered in words; a larger body is refused unread.
MAX_BODY = 2 * MAX_BYTES
# The longer side of stored pictures, in pixels.
PHOTO, AVATAR, SMALL = 2048, 512, 320
MIME_TYPE = "image/jpeg"

# Seconds for the child process, waiting included.
_TIMEOUT = 20
# Child processes at once: each may take 640 MB for a moment. A request that waits longer than so many seconds is refused,
# so that photos never take all threads of the web server.
_SLOTS, _MAX_WAIT = BoundedSemaphore(2), 10
_CHILD = Path(__file__).with_name("reencoder.py")
# The child's exit code. Importing it would load Pillow into every process.
_TOO_MANY_PIXELS = 3


class PhotoRefused(Exception):
    """Nothing was stored. Each subclass is a reason."""


class TooLarge(PhotoRefused):
    """More than 8 MB."""


class TooManyPixels(PhotoRefused):
    """More than 25 million pixels."""


class NotAPhoto(PhotoRefused):
    """Not a complete JPEG, PNG or WebP, or it crashed the child process."""


class Busy(PhotoRefused):
    """Too many other photos are being processed."""


def reencode(data: bytes, *, edge: int) -> bytes:
    """The picture as an upright JPEG without metadata.

    `edge` is the limit of its longer side in pixels. Raises PhotoRefused.
    """
    if len(data) > MAX_BYTES:
        raise TooLarge
    command = [sys.executable, "-I", str(_CHILD), str(edge)]
    if not _SLOTS.acquire(timeout=_MAX_WAIT):
        raise Busy
    try:
        # No environment variables: the child must not know our secrets.
        done = subprocess.run(  # noqa: S603 - our own script
            command, input=data, capture_output=True, timeout=_TIMEOUT, env={}, check=False
        )
    except subprocess.TimeoutExpired:
        raise NotAPhoto from None
    finally:
        _SLOTS.release()
    if done.returncode == _TOO_MANY_PIXELS:
        raise TooManyPixels
    if done.returncode or not done.stdout:
        raise NotAPhoto
    return done.stdout
