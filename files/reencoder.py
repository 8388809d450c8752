"""A picture somebody sent comes in at standard input, a plain JPEG of what it shows goes out at standard output.

Runs as a script in a process of its own with little memory and little time (`files.images` starts it): what a
hostile file can break is this process, and it knows no secret. What a file is, its content says, whatever it is called.
Ends with 0, or says by one of the numbers below what is wrong with the picture.
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
MOST_PIXELS = 25_000_000
NOT_A_PHOTO, TOO_MANY_PIXELS = 2, 3
# Bytes, seconds of the processor.
MEMORY, SECONDS = 640 * 1024 * 1024, 5
QUALITY = 85

# What EXIF's orientation asks for.
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


class TooManyPixels(Exception):
    """More than anybody's photo has."""


def plain(data: bytes, *, edge: int) -> bytes:
    """What the picture shows: upright, at most `edge` pixels long, in sRGB, on white, and nothing else of the file."""
    with _opened(data) as image:
        # A JPEG is decoded at a half, a quarter or an eighth, where that is still enough.
        image.draft("RGB", (edge, edge))
        turn = _turn(image)
        small = _in_eight_bits(image)
        profile = image.info.get("icc_profile")
    small.thumbnail((edge, edge), Image.Resampling.LANCZOS)
    # A new image knows nothing of the old one's comments, positions, profiles.
    sheet = Image.new("RGB", small.size, "white")
    sheet.paste(_in_srgb(small, profile), mask=small.getchannel("A") if small.mode == "RGBA" else None)
    out = io.BytesIO()
    (sheet.transpose(turn) if turn is not None else sheet).save(out, "JPEG", quality=QUALITY, progressive=True)
    return out.getvalue()


def _opened(data: bytes) -> ImageFile:
    """Its header is read, no more. `Image.open` would bring decoders of forty formats along to ask each of them."""
    if data.startswith(b"\xff\xd8\xff"):
        image: ImageFile = JpegImageFile(io.BytesIO(data))
    elif data.startswith(b"\x89PNG\r\n\x1a\n"):
        image = PngImageFile(io.BytesIO(data))
    elif data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        image = WebPImageFile(io.BytesIO(data))
    else:
        raise ValueError
    if image.width * image.height > MOST_PIXELS:
        raise TooManyPixels
    return image


def _turn(image: Image.Image) -> Image.Transpose | None:
    try:
        return _TURNS.get(image.getexif().get(_ORIENTATION, 1))
    except Exception:
        # Spoiled EXIF spoils no photo.
        return None


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """Decoded, in one of RGB, RGBA, CMYK."""
    image.load()
    if image.mode == "CMYK":
        return image
    if image.mode.startswith("I"):
        image = image.point(lambda value: value * (1 / 256), "L")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Phones photograph in wider colours than sRGB: without their profile those would look dull."""
    if profile and image.mode in ("RGB", "CMYK"):
        with contextlib.suppress(ImageCms.PyCMSError, OSError, TypeError, ValueError):
            theirs, srgb = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
            return ImageCms.profileToProfile(image, theirs, srgb, outputMode="RGB") or image
    return image.convert("RGB")


def main(edge: int) -> int:
    # Not every system limits the address space.
    with contextlib.suppress(ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        photo = plain(sys.stdin.buffer.read(), edge=edge)
    except TooManyPixels:
        return TOO_MANY_PIXELS
    except Exception:
        # Decoders raise whatever a spoiled file makes them stumble over.
        return NOT_A_PHOTO
    sys.stdout.buffer.write(photo)
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
