import datetime as dt

import pytest

from tests.files import pictures
from wellness.files import keeping
from wellness.files.models import UploadedFile

NOW = dt.datetime(2026, 11, 22, 3, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def kept(person):
    """A photo of the person's, kept and shown."""
    return keep(person)


def keep(owner, data=None, at=NOW):
    data = data or pictures.photo()
    file = keeping.begin(owner.pk, data, context=UploadedFile.Context.HABIT_LOG, at=at)
    keeping.store(file, data)
    keeping.finish(file, at=at)
    file.refresh_from_db()
    return file


def lying(storage) -> list[str]:
    """What lies in the storage."""
    return sorted(path.name for path in storage.rglob("*") if path.is_file())
