"""What people send becomes a photo of ours, or is refused: decoded and written anew by a child process
(`files.reencoder`), which dies of what a hostile file does while this one lives.
"""

import subprocess
import sys
from pathlib import Path
from threading import BoundedSemaphore

# What browsers may offer to choose from; a phone that keeps HEIC sends JPEG then.
ACCEPT = "image/jpeg,image/png,image/webp"
MOST_BYTES = 8 * 1024 * 1024
# A form with one photo that is just too heavy is read and answered; what is larger is turned away at the door.
MOST_BODY = 2 * MOST_BYTES
# The longer side of what is kept, in pixels.
PHOTO, AVATAR, SMALL = 2048, 512, 320
MIME_TYPE = "image/jpeg"

# A file may sit and wait, which is not the processor's time; in seconds.
_PATIENCE = 20
# Children of one process at once: each may take 640 MB for a moment. Who waits longer than so many seconds for a turn
# is asked to come again, so that photos never take all threads of the web.
_TURNS, _WAIT = BoundedSemaphore(2), 10
_CHILD = Path(__file__).with_name("reencoder.py")
# As the child says it. Imported from there it would bring Pillow into every process.
_TOO_MANY_PIXELS = 3


class PhotoRefused(Exception):
    """Nothing was kept. Each kind says why."""


class TooHeavy(PhotoRefused):
    """More than 8 MB."""


class TooManyPixels(PhotoRefused):
    """More than 25 million pixels."""


class NotAPhoto(PhotoRefused):
    """Neither JPEG, PNG nor WebP, or not whole, or it broke what read it."""


class Busy(PhotoRefused):
    """Too many others are sending photos just now."""


def clean(data: bytes, *, edge: int) -> bytes:
    """A JPEG at most `edge` pixels long of what `data` shows, upright and without any metadata. Raises PhotoRefused."""
    if len(data) > MOST_BYTES:
        raise TooHeavy
    command = [sys.executable, "-I", str(_CHILD), str(edge)]
    if not _TURNS.acquire(timeout=_WAIT):
        raise Busy
    try:
        # No environment: the child has no use for our secrets.
        done = subprocess.run(  # noqa: S603 - our own script
            command, input=data, capture_output=True, timeout=_PATIENCE, env={}, check=False
        )
    except subprocess.TimeoutExpired:
        raise NotAPhoto from None
    finally:
        _TURNS.release()
    if done.returncode == _TOO_MANY_PIXELS:
        raise TooManyPixels
    if done.returncode or not done.stdout:
        raise NotAPhoto
    return done.stdout
