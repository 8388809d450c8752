"""Re-encodes an untrusted picture from standard input as a plain JPEG to standard output.

Runs as a script in a process of its own with limited memory and time and without secrets (images.py starts it), so a
hostile file can crash only this process. The type of the file is read from its content. Exits with 0, or with one of the
codes below.
"""

import contextlib
import io
import resource
import sys

from PIL import Image, ImageCms
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

# Read from the header, before anything is decoded. A phone's "24 megapixels" are 24.5 million.
MAX_PIXELS = 25_000_000
NOT_A_PHOTO, TOO_MANY_PIXELS = 2, 3
# Bytes, seconds of processor time.
MEMORY, SECONDS = 640 * 1024 * 1024, 5
QUALITY = 85

# EXIF's orientation, and what makes the picture upright.
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class OverPixelLimit(Exception):
    """More than MAX_PIXELS."""


def reencode(data: bytes, *, edge: int) -> bytes:
    """A JPEG of the picture: upright, in sRGB, on white, without metadata.

    `edge` is the limit of its longer side in pixels.
    """
    with _open(data) as image:
        # A JPEG is decoded at a half, a quarter or an eighth of its size, if that is still large enough.
        image.draft("RGB", (edge, edge))
        turn = _orientation(image)
        small = _in_eight_bits(image)
        profile = image.info.get("icc_profile")
    small.thumbnail((edge, edge), Image.Resampling.LANCZOS)
    # A new image has none of the old one's comments, positions and profiles.
    sheet = Image.new("RGB", small.size, "white")
    sheet.paste(_in_srgb(small, profile), mask=small.getchannel("A") if small.mode == "RGBA" else None)
    out = io.BytesIO()
    (sheet.transpose(turn) if turn is not None else sheet).save(out, "JPEG", quality=QUALITY, progressive=True)
    return out.getvalue()


def _open(data: bytes) -> ImageFile:
    """Reads only the header. `Image.open` would load and try the decoders of forty formats."""
    if data.startswith(b"\xff\xd8\xff"):
        image: ImageFile = JpegImageFile(io.BytesIO(data))
    elif data.startswith(b"\x89PNG\r\n\x1a\n"):
        image = PngImageFile(io.BytesIO(data))
    elif data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        image = WebPImageFile(io.BytesIO(data))
    else:
        raise ValueError
    if image.width * image.height > MAX_PIXELS:
        raise OverPixelLimit
    return image


def _orientation(image: Image.Image) -> Image.Transpose | None:
    try:
        return _TURNS.get(image.getexif().get(_ORIENTATION, 1))
    except Exception:
        # A photo with invalid EXIF is accepted as it is.
        return None


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """Decodes the picture as RGB, RGBA or CMYK."""
    image.load()
    if image.mode == "CMYK":
        return image
    if image.mode.startswith("I"):
        image = image.point(lambda value: value * (1 / 256), "L")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Converts from the embedded profile: phones use wider colour spaces than sRGB, which would look dull."""
    if profile and image.mode in ("RGB", "CMYK"):
        with contextlib.suppress(ImageCms.PyCMSError, OSError, TypeError, ValueError):
            source, srgb = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
            return ImageCms.profileToProfile(image, source, srgb, outputMode="RGB") or image
    return image.convert("RGB")


def main(edge: int) -> int:
    # Not every system limits the address space.
    with contextlib.suppress(ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        photo = reencode(sys.stdin.buffer.read(), edge=edge)
    except OverPixelLimit:
        return TOO_MANY_PIXELS
    except Exception:
        # Decoders raise all kinds of errors on broken files.
        return NOT_A_PHOTO
    sys.stdout.buffer.write(photo)
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
