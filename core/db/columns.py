"""Column types that most tables of the schema document share."""

from typing import Any

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models.functions import Now
from django.utils import translation
from uuid6 import uuid7

# A pattern for text that PostgreSQL can store: JSON can encode a NUL, a column cannot hold one.
NO_NUL = r"^[^\x00]*$"


class NamedIndex(models.Index):
    """An index with the document's name.

    PostgreSQL allows 63 characters where Django stops at 30.
    """

    max_name_length = 63


def uuid_key() -> models.UUIDField:
    """A UUID primary key.

    The application sets a UUIDv7 (known before the insert, sorted by time), plain SQL a random UUID.
    """
    return models.UUIDField(primary_key=True, default=uuid7, db_default=RandomUUID(), editable=False)


def created() -> models.DateTimeField:
    """`created_at`: set by the database when the row is written."""
    return models.DateTimeField(db_default=Now(), editable=False)


class Touched(models.DateTimeField):
    """`updated_at`: set by the database on insert, by the application on each save after it."""

    def __init__(self, *args: Any, **kwargs: Any):
        kwargs.setdefault("db_default", Now())
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: FBT001 - Django's signature
        if not add:
            setattr(model_instance, self.attname, Now())
        return super().pre_save(model_instance, add)


class Translated(models.Model):
    """A model with names and `translations`: `{"en": {"name": "Water", "tips": ["…"]}}`."""

    translations: Any

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.text("name") or str(self.pk)

    def text(self, field: str) -> str:
        """The column in the active language, else in Korean; `default_unit` is translated as `unit`."""
        language = translation.get_language() or "ko"
        return self.translations.get(language, {}).get(field.removeprefix("default_")) or getattr(self, field) or ""

    def text_list(self, field: str) -> list[str]:
        """Like `text`, for a column that holds a list."""
        language = translation.get_language() or "ko"
        return self.translations.get(language, {}).get(field) or getattr(self, field) or []


def json_object() -> models.JSONField:
    """A JSONB column with the default `{}`."""
    return models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()), blank=True)


def json_array() -> models.JSONField:
    """A JSONB column with the default `[]`."""
    return models.JSONField(default=list, db_default=models.Value([], models.JSONField()), blank=True)
