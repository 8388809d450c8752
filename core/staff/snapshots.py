"""The content of a row as JSON: what a curator wrote, without what changes by itself."""

import hashlib
import json
from collections.abc import Collection
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Field, Model

from core.audit.triggers import Audit


def columns(model: type[Model], *, without: Collection[str] = ()) -> list[Field]:
    """The columns that people write: what the audit trail leaves out changes by itself."""
    triggers = [trigger for trigger in getattr(model._meta, "triggers", []) if isinstance(trigger, Audit)]
    quiet = {name for trigger in triggers for name in trigger.quiet} | {*without}
    return [
        field
        for field in model._meta.concrete_fields
        if field.editable and not field.primary_key and field.name not in quiet
    ]


def of(row: Model, *, without: Collection[str] = ()) -> dict[str, Any]:
    """The content of a row, as JSON gives it back."""
    values = {field.attname: field.value_from_object(row) for field in columns(type(row), without=without)}
    return json.loads(encode(values))


def encode(content: dict[str, Any]) -> str:
    """The one way to write a content, so that equal contents are equal bytes."""
    return json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, sort_keys=True)


def digest(row: Model) -> str:
    return hashlib.sha256(encode(of(row)).encode()).hexdigest()


def apply(content: dict[str, Any], row: Model, *, without: Collection[str] = ()) -> list[str]:
    """Sets the columns of a content in a row; gives the names of those that changed.

    A column that the content does not have stays as it is: it was added after the content was kept.
    """
    before, changed = of(row, without=without), []
    for field in columns(type(row), without=without):
        if field.attname in content and content[field.attname] != before[field.attname]:
            setattr(row, field.attname, field.to_python(content[field.attname]))
            changed.append(field.name)
    return changed
