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
def kept(person):
    """A photo of the person's, kept and shown."""
    return keep(person)


def keep(owner, data=None, at=NOW):
    data = data or pictures.photo()
    file = storage.reserve(owner.pk, data, context=UploadedFile.Context.HABIT_LOG, at=at)
    storage.store(file, data)
    storage.publish(file, at=at)
    file.refresh_from_db()
    return file


def lying(media_root) -> list[str]:
    """What lies in the storage."""
    return sorted(path.name for path in media_root.rglob("*") if path.is_file())
