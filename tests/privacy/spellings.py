"""All encodings of a text that a search of dumps and logs must look for."""

import base64
import hashlib
import json
import quopri
from urllib.parse import quote


def spellings(text: str) -> dict[str, bytes]:
    """Encodings of `text` in a dump, a log or a message, by name."""
    raw = text.encode()
    found = {
        "plain": raw,
        "hex": raw.hex().encode(),
        "HEX": raw.hex().upper().encode(),
        "utf-16 le": text.encode("utf-16-le"),
        "utf-16 be": text.encode("utf-16-be"),
        "cp949": text.encode("cp949", "replace"),
        "json": _escaped(text),
        "JSON": _escaped(text).upper().replace(b"\\U", b"\\u"),
        "url": quote(text, safe="").encode(),
        "url, lower": _lower_escapes(quote(text, safe="")),
        "quoted-printable": quopri.encodestring(raw).strip().replace(b"=\n", b""),
    }
    for offset in range(3):
        for name, encode in (("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode)):
            # After 0 to 2 other bytes; the ends depend on the neighbouring bytes, so they are cut off.
            whole = encode(b"\0" * offset + raw)
            found[f"{name} {offset}"] = whole[4 if offset else 0 : len(whole) - 4]
    for algorithm in ("md5", "sha1", "sha256"):
        digest = hashlib.new(algorithm, raw).digest()
        found[algorithm] = digest.hex().encode()
        found[f"{algorithm}, raw"] = digest
        found[f"{algorithm}, base64"] = base64.b64encode(digest).rstrip(b"=")
    # Short texts occur everywhere by chance.
    return {name: spelled for name, spelled in found.items() if len(spelled) >= 8}


def _escaped(text: str) -> bytes:
    return json.dumps(text)[1:-1].encode()


def _lower_escapes(quoted: str) -> bytes:
    pieces = quoted.split("%")
    return "%".join([pieces[0], *(piece[:2].lower() + piece[2:] for piece in pieces[1:])]).encode()
