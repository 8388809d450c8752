"""The one style sheet of the product's pages, made of the files under static/css.

The sources stay small and a page asks for one file. `collectstatic` copies, hashes and compresses it like any other;
development makes it again when a source has changed.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

NAME = "css/app.css"
# In the order of the cascade.
SOURCES = ("tokens", "base", "shell", "components", "screens", "motion")


def sources() -> list[Path]:
    return [Path(settings.BASE_DIR, "static", "css", f"{name}.css") for name in SOURCES]


class StylesheetFinder(BaseFinder):
    """Finds the style sheet among the static files."""

    def find(self, path: str, find_all: bool = False, **_options: Any) -> Any:  # noqa: FBT001, FBT002 -- Django's
        if path != NAME:
            return []
        found = str(_written())
        return [found] if find_all else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        _written()
        yield NAME, FileSystemStorage(location=_folder())


def _folder() -> Path:
    return Path(settings.WELLNESS_HOME, "style-sheet")


def _written() -> Path:
    """The file, written again unless it holds what the sources hold."""
    file, text = _folder() / NAME, "".join(path.read_text(encoding="utf-8") for path in sources())
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return file
