"""Translations: the code speaks Korean, `locale/en` says the same in English. Needs Babel, of the dev group; no gettext."""

import datetime as dt
import io
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
# What Django and allauth say, in our Korean.
KO_PO = ROOT / "locale" / "ko" / "LC_MESSAGES" / "django.po"
KO_MO = KO_PO.with_suffix(".mo")
PACKAGES = sorted(apps.parent.name for apps in ROOT.glob("*/apps.py"))
KEYWORDS = DEFAULT_KEYWORDS | {
    f"{name}{suffix}": DEFAULT_KEYWORDS[name]
    for name in ("gettext", "ngettext", "pgettext", "npgettext")
    for suffix in ("_lazy", "_noop")
}
# Without dates: two branches that translate differ in nothing but their messages.
HEADER = r"""msgid ""
msgstr ""
"Language: en\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=UTF-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

"""


class Command(BaseCommand):
    help = "Bring locale/en in step with the code: new messages in, unused ones out, translations kept, all compiled."
    requires_system_checks = []

    def handle(self, **options: object) -> None:
        catalog = merged(read(), used())
        write(catalog)
        missing = untranslated(catalog)
        for message in missing:
            self.stdout.write(f"to translate: {message}")
        self.stdout.write(f"{len(catalog)} messages, {len(missing)} to translate in {PO.relative_to(ROOT)}")


def used() -> Catalog:
    """Every message of the code and the templates, with the files that use it."""
    catalog = Catalog(locale="en")
    for path, language, source in _sources():
        for _line, message, comments, context in extract(language, io.BytesIO(source.encode()), KEYWORDS):
            file = str(path.relative_to(ROOT))
            catalog.add(message, locations=[(file, 0)], auto_comments=comments, context=context)
    return catalog


def read() -> Catalog:
    return _read(PO, "en") if PO.exists() else Catalog(locale="en")


def read_korean() -> Catalog:
    return _read(KO_PO, "ko")


def _read(path: Path, locale: str) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def merged(translated: Catalog, template: Catalog) -> Catalog:
    """The messages of `template` with the translations there are. None is guessed from one that looks alike."""
    for message in template:
        known = translated.get(message.id, message.context) if message.id else None
        # Who got a plural since then is translated anew.
        if known and known.id == message.id:
            message.string, message.user_comments = known.string, known.user_comments
    return template


def write(catalog: Catalog) -> None:
    PO.parent.mkdir(parents=True, exist_ok=True)
    body = io.BytesIO()
    write_po(body, catalog, width=120, omit_header=True, include_lineno=False, sort_by_file=True)
    PO.write_bytes(HEADER.encode() + body.getvalue().strip() + b"\n")
    MO.write_bytes(compiled(read()))
    KO_MO.write_bytes(compiled(read_korean()))


def compiled(catalog: Catalog) -> bytes:
    """What a .po says, as gettext reads it at run time."""
    body = io.BytesIO()
    # Else the bytes would change with the clock.
    catalog.creation_date = catalog.revision_date = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
    write_mo(body, catalog)
    return body.getvalue()


def untranslated(catalog: Catalog) -> list[str]:
    """The messages without an English text, as the code spells them."""
    return [_forms(message.id)[0] for message in catalog if message.id and not all(_forms(message.string))]


def _forms(text: str | Sequence[str] | None) -> Sequence[str]:
    return [text or ""] if text is None or isinstance(text, str) else text


def _sources() -> Iterator[tuple[Path, Any, str]]:
    """Each file's path, how Babel reads it, and its text: Python, Jinja2, and Django templates turned into Python."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path, "python", path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "templates").rglob("*.*")):
        source = path.read_text(encoding="utf-8")
        if path.suffix == ".jinja":
            yield path, babel_extract, source
            continue
        # What is left of the indentation would mean something to Python.
        yield path, "python", "\n".join(line.strip() for line in templatize(source).splitlines())
