import datetime as dt

import pytest

from files import storage
from files.models import UploadedFile
from tests.files import pictures

NOW = dt.datetime(2026, 11, 22, 3, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def media_root(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def stored_photo(person):
    """A stored photo of the person."""
    return store_photo(person)


def store_photo(owner, data=None, at=NOW):
    data = data or pictures.photo()
    file = storage.reserve(owner.pk, data, context=UploadedFile.Context.HABIT_LOG, at=at)
    storage.store(file, data)
    storage.publish(file, at=at)
    file.refresh_from_db()
    return file


def stored_files(media_root) -> list[str]:
    """Names of all files in the storage."""
    return sorted(path.name for path in media_root.rglob("*") if path.is_file())
