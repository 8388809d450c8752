"""Translation catalogs: message ids are Korean, `locale/en` has the English.

Needs Babel, not gettext.
"""

import datetime as dt
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.translation.template import templatize
from jinja2.ext import babel_extract

ROOT = Path(settings.BASE_DIR)
PO = ROOT / "locale" / "en" / "LC_MESSAGES" / "django.po"
MO = PO.with_suffix(".mo")
# Korean texts for messages of Django and allauth.
KO_PO = ROOT / "locale" / "ko" / "LC_MESSAGES" / "django.po"
KO_MO = KO_PO.with_suffix(".mo")
# The same for the scripts of Django's admin.
KO_JS_PO = KO_PO.with_name("djangojs.po")
KO_JS_MO = KO_JS_PO.with_suffix(".mo")
PACKAGES = sorted(apps.parent.name for apps in ROOT.glob("*/apps.py"))
KEYWORDS = DEFAULT_KEYWORDS | {
    f"{name}{suffix}": DEFAULT_KEYWORDS[name]
    for name in ("gettext", "ngettext", "pgettext", "npgettext")
    for suffix in ("_lazy", "_noop")
}
CHECK_IN = re.compile(r"\b(check)-(ins?)\b", re.IGNORECASE)
# Without dates, so that branches differ only in their messages.
HEADER = r"""msgid ""
msgstr ""
"Language: en\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=UTF-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

"""


class Command(BaseCommand):
    help = "Update locale/en from the code: add new messages, remove unused ones, keep translations, compile."
    requires_system_checks = []

    def handle(self, **options: object) -> None:
        catalog = merge(read_english(), extract_messages())
        write(catalog)
        missing = untranslated(catalog)
        for message in missing:
            self.stdout.write(f"to translate: {message}")
        self.stdout.write(f"{len(catalog)} messages, {len(missing)} to translate in {PO.relative_to(ROOT)}")


def extract_messages() -> Catalog:
    """Every message of the code and the templates, with the files that use it."""
    catalog = Catalog(locale="en")
    for path, language, source in _sources():
        for _line, message, comments, context in extract(language, io.BytesIO(source.encode()), KEYWORDS):
            file = str(path.relative_to(ROOT))
            catalog.add(message, locations=[(file, 0)], auto_comments=comments, context=context)
    return catalog


def read_english() -> Catalog:
    return _read(PO, "en") if PO.exists() else Catalog(locale="en")


def read_korean() -> Catalog:
    return _read(KO_PO, "ko")


def read_korean_of_scripts() -> Catalog:
    return _read(KO_JS_PO, "ko")


def _read(path: Path, locale: str) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def merge(translated: Catalog, template: Catalog) -> Catalog:
    """Add the existing translations to `template`. Only exact matches: no fuzzy guesses."""
    for message in template:
        known = translated.get(message.id, message.context) if message.id else None
        # A message that has since got a plural needs a new translation.
        if known and known.id == message.id:
            message.string, message.user_comments = known.string, known.user_comments
    return template


def write(catalog: Catalog) -> None:
    PO.parent.mkdir(parents=True, exist_ok=True)
    body = io.BytesIO()
    write_po(body, catalog, width=120, omit_header=True, include_lineno=False, sort_by_file=True)
    PO.write_bytes(HEADER.encode() + body.getvalue().strip() + b"\n")
    MO.write_bytes(compile_catalog(read_english()))
    KO_MO.write_bytes(compile_catalog(read_korean()))
    KO_JS_MO.write_bytes(compile_catalog(read_korean_of_scripts()))


def compile_catalog(catalog: Catalog) -> bytes:
    """The bytes of the .mo file that gettext reads at run time.

    The word check-in gets a hyphen at which no line ends.
    """
    body = io.BytesIO()
    for message in catalog:
        if message.id:
            is_one = isinstance(message.string, str)
            said = tuple(CHECK_IN.sub("\\1\N{NON-BREAKING HYPHEN}\\2", text) for text in _forms(message.string))
            message.string = said[0] if is_one else said
    # A fixed date: otherwise each run would give other bytes.
    catalog.creation_date = catalog.revision_date = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
    write_mo(body, catalog)
    return body.getvalue()


def untranslated(catalog: Catalog) -> list[str]:
    """Message ids without an English text."""
    return [_forms(message.id)[0] for message in catalog if message.id and not all(_forms(message.string))]


def _forms(text: str | Sequence[str] | None) -> Sequence[str]:
    return [text or ""] if text is None or isinstance(text, str) else text


def _sources() -> Iterator[tuple[Path, Any, str]]:
    """Path, Babel extractor and text of each source: Python, Jinja2, and Django templates converted to Python."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path, "python", path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "templates").rglob("*.*")):
        source = path.read_text(encoding="utf-8")
        if path.suffix == ".jinja":
            yield path, babel_extract, source
            continue
        # Leftover indentation would be a syntax error in Python.
        yield path, "python", "\n".join(line.strip() for line in templatize(source).splitlines())
