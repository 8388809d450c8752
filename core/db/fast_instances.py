"""Instances of rows that every request reads, made for a fraction of what Django asks."""

from collections.abc import Collection
from typing import Any, Self

from django.db import models
from django.db.models.base import ModelState


class QuickRows(models.Model):
    """A model whose rows become instances at once, where Django has each field set itself and sends two signals.

    For models whose fields set nothing but their value (tests/db/test_fast_instances.py) and whose `__init__` is Django's.
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
        # A column that was not read is not there: Django reads it when somebody looks.
        new.__dict__ = {"_state": state, **dict(zip(field_names, values, strict=True))}
        return new
