"""Sample pictures: valid ones and harmful files."""

import io
import struct
import zipfile
import zlib

from PIL import Image, ImageCms, PngImagePlugin

SECRET = b"<script>secret()</script>"
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF>secret() 37.5665</rdf:RDF></x:xmpmeta>'


def saved(image: Image.Image, kind: str = "JPEG", **options) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def drawn(width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
    """The left half is red, the right half blue."""
    image = Image.new("RGB", (width, height), (0, 0, 255))
    image.paste((255, 0, 0), (0, 0, width // 2, height))
    return image.convert(mode)


def photo(width: int = 64, height: int = 48) -> bytes:
    return saved(drawn(width, height))


def exif(orientation: int = 1) -> Image.Exif:
    """EXIF with a position and a camera."""
    tags = Image.Exif()
    tags[0x0112], tags[0x010F], tags[0x013B] = orientation, "Phone", "secret()"
    tags.get_ifd(0x8825).update({1: "N", 2: (37.0, 33.0, 59.0), 3: "E", 4: (126.0, 58.0, 40.0)})
    return tags


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *, depth: int = 8, colour: int = 2, data: bytes = b"", extra: bytes = b"") -> bytes:
    """A PNG with this size in its header, whatever its data."""
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")
    )


def jpeg_of(width: int, height: int) -> bytes:
    """A JPEG with this size in its header."""
    data = bytearray(photo())
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def webp_of(width: int, height: int) -> bytes:
    size = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    body = b"WEBP" + b"VP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + size
    return b"RIFF" + struct.pack("<I", len(body)) + body


def text_chunk(kind: bytes, size: int) -> bytes:
    return chunk(kind, b"Comment\0\0" + zlib.compress(b"\0" * size))


def animation(kind: str, frames: int) -> bytes:
    pictures = [Image.new("RGB", (16, 16), (number % 256, number // 256, 9)) for number in range(frames)]
    return saved(pictures[0], kind, save_all=True, append_images=pictures[1:])


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("secret.html", SECRET)
    return out.getvalue()


def many_scans(scans: int) -> bytes:
    """A progressive JPEG of 4,000 by 4,000 with its last scan repeated: few bytes, hours of decoding."""
    data = saved(Image.effect_noise((16, 16), 60).resize((4000, 4000)), progressive=True, quality=10)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * scans + b"\xff\xd9"


def hostile() -> dict[str, bytes]:
    """Files that must be refused, by description."""
    noise = saved(Image.effect_noise((400, 300), 80))
    flat = saved(drawn(400, 300), "PNG")
    return {
        "nothing": b"",
        "a text": b"hello",
        "NUL bytes": b"\0" * 100_000,
        "a page": b"<!doctype html>" + SECRET,
        "SVG": b'<svg xmlns="http://www.w3.org/2000/svg" onload="secret()"/>',
        "SVG with an XML head": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
        "SVG that pulls in a file": b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>',
        "GIF": saved(drawn(), "GIF"),
        "GIF that is JavaScript": b"GIF89a/*" + b"\0" * 20 + b"*/=secret();",
        "BMP": saved(drawn(), "BMP"),
        "TIFF": saved(drawn(), "TIFF"),
        "ICO": saved(drawn(), "ICO"),
        "PPM": saved(drawn(), "PPM"),
        "TGA": saved(drawn(), "TGA"),
        "JPEG 2000": b"\0\0\0\x0cjP  \r\n\x87\n" + b"\0" * 200,
        "AVIF": b"\0\0\0\x20ftypavif" + b"\0" * 200,
        "HEIC": b"\0\0\0\x20ftypheic" + b"\0" * 200,
        "PSD": b"8BPS\0\1" + b"\0" * 200,
        "EPS": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(secret) run\n",
        "PDF": b"%PDF-1.7\n" + SECRET,
        "ZIP": zipped(),
        "WAV": b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 32,
        "JPEG's first bytes, then a page": b"\xff\xd8\xff\xe0" + SECRET * 10,
        "PNG's first bytes, then a page": b"\x89PNG\r\n\x1a\n" + SECRET * 10,
        "JPEG cut short": noise[: len(noise) // 2],
        "PNG cut short": flat[: len(flat) // 2],
        "WebP cut short": saved(drawn(400, 300), "WEBP")[:200],
        "JPEG of its header alone": noise[:160],
        "PNG with a wrong checksum": flat[:29] + b"\0\0\0\0" + flat[33:],
        "PNG of no size": png(0, 0),
        "JPEG of no size": jpeg_of(0, 0),
        "PNG of 50,000 by 50,000": png(50_000, 50_000),
        "PNG of two billion by two billion": png(2**31 - 1, 2**31 - 1),
        "PNG of one by thirty million": png(1, 30_000_000),
        "PNG bomb of 400 million pixels": png(20_000, 20_000, depth=1, colour=0, data=b"\0" * 50_020_000),
        "PNG a little over 25 million pixels": png(5001, 5000),
        "JPEG of 65,500 by 65,500": jpeg_of(65_500, 65_500),
        "WebP of 16,384 by 16,384": webp_of(16_384, 16_384),
        "PNG with a gigabyte of text": png(8, 8, extra=text_chunk(b"zTXt", 2**26) * 16),
        "more than eight megabytes": photo() + b"\0" * 8 * 1024 * 1024,
    }


def disguised() -> dict[str, bytes]:
    """Photos with additional data, which must not be in the result."""
    said = PngImagePlugin.PngInfo()
    said.add_text("Comment", SECRET.decode())
    said.add_itxt("XML:com.adobe.xmp", XMP.decode())
    wide = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    plain = photo()
    rows = b"".join(b"\0" + b"\xff\0\0" * 4 + b"\0\0\xff" * 4 for _ in range(8))
    return {
        "where it was taken": saved(drawn(), exif=exif()),
        "where it was taken, in a PNG": saved(drawn(), "PNG", exif=exif()),
        "where it was taken, in a WebP": saved(drawn(), "WEBP", exif=exif(), xmp=XMP),
        "XMP": saved(drawn(), xmp=XMP),
        "a comment": saved(drawn(), comment=SECRET),
        "texts in a PNG": saved(drawn(), "PNG", pnginfo=said),
        "a profile with something behind it": saved(drawn(), icc_profile=wide + SECRET),
        "a profile that is none": saved(drawn(), icc_profile=SECRET * 20),
        "EXIF that is none": saved(drawn(), exif=b"Exif\0\0" + SECRET),
        "a page behind the picture": plain + SECRET,
        "an archive behind the picture": plain + zipped(),
        "a page behind a PNG": saved(drawn(), "PNG") + SECRET,
        "a second picture (MPO)": saved(drawn(), "MPO", save_all=True, append_images=[drawn()], exif=exif()),
        "more data than pixels": png(8, 8, data=rows + b"\0" * 2**26),
        "500 frames (APNG)": animation("PNG", 500),
        "200 frames (WebP)": animation("WEBP", 200),
        "ink (CMYK)": saved(drawn(mode="CMYK")),
        "grey": saved(drawn(mode="L")),
        "sixteen bits": saved(drawn(mode="L").convert("I;16"), "PNG"),
        "a palette with holes": saved(drawn(mode="P"), "PNG", transparency=0),
        "glass": saved(drawn(mode="RGBA"), "PNG"),
        "one bit": saved(drawn(mode="1"), "PNG"),
        "one pixel": photo(1, 1),
        "a thread": saved(Image.new("RGB", (1, 20_000)), "PNG"),
    }
