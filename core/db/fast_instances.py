"""Base model with fast creation of instances, for rows that every request reads."""

from collections.abc import Collection
from typing import Any, Self

from django.db import models
from django.db.models.base import ModelState


class FastInstanceModel(models.Model):
    """Fills an instance's `__dict__` directly; Django sets each field and sends two signals.

    For models with Django's `__init__` whose fields set only their own value (tests/db/test_fast_instances.py).
    """

    class Meta:
        abstract = True

    @classmethod
    def from_db(
        cls, db: str | None, field_names: Collection[str], values: Collection[Any], *, fetch_mode: Any = None
    ) -> Self:
        new = cls.__new__(cls)
        state = ModelState()
        state.adding, state.db = False, db
        if fetch_mode is not None:
            state.fetch_mode = fetch_mode
        # A deferred column is missing here: Django reads it on first access.
        new.__dict__ = {"_state": state, **dict(zip(field_names, values, strict=True))}
        return new
