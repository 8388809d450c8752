"""Model fields that hold sealed text. Reading opens, saving seals; the database never sees the words.

`SealedTextField` binds each value to its table, column and row, so a value is opened through the instance that
carries it. `QuerySet.values()` gives the sealed value, `QuerySet.update()` refuses plain text.
"""

import json
from collections.abc import Callable
from typing import Any

from django.core.exceptions import FieldError, FullResultSet
from django.db import models
from django.db.models.expressions import Col
from django.db.models.functions import Lower
from django.db.models.lookups import Exact, In, IsNull
from django.db.models.query_utils import DeferredAttribute
from django.utils.module_loading import import_string

from wellness.crypto import sealing


class Sealed(str):
    """A value as the database holds it. Shown by mistake, it shows cipher text."""

    __slots__ = ()


class _SealedAttribute(DeferredAttribute):
    """Opens the value when somebody looks, and remembers both forms so that an unchanged value is saved unchanged."""

    def __get__(self, instance, cls=None):
        if instance is None:
            return self
        value = super().__get__(instance, cls)
        if isinstance(value, Sealed):
            text = sealing.unseal(value, bound_to=self.field.place(instance))
            instance.__dict__[self.field.attname] = text
            self.field.remember(instance, text, value)
            return text
        return value

    def __set__(self, instance, value):
        instance.__dict__[self.field.attname] = value


class SealedTextField(models.TextField):
    """Text under AES-256-GCM, bound to table, column and row. `index` names the column of its blind index, if any."""

    descriptor_class = _SealedAttribute
    audit_redact = True

    def __init__(self, *args, index: str | None = None, **kwargs):
        self.index = index
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | ({"index": self.index} if self.index else {})

    def place(self, instance: models.Model) -> str:
        if instance.pk is None:
            raise ValueError(f"{self}: a row needs its key before its text can be bound to it")
        return sealing.place(self.model._meta.db_table, self.column, instance.pk)

    def remember(self, instance: models.Model, text: str, token: str) -> None:
        instance.__dict__[f"_{self.attname}_sealed"] = (text, token)

    def pre_save(self, model_instance, add):
        value = model_instance.__dict__.get(self.attname)
        if isinstance(value, Sealed) and not sealing.is_newest(value):
            value = getattr(model_instance, self.attname)
        if value is None or isinstance(value, Sealed):
            return value
        known = model_instance.__dict__.get(f"_{self.attname}_sealed")
        # A value under an older key is sealed anew: a save never puts back what a rotation has moved on.
        if known and known[0] == value and sealing.is_newest(known[1]):
            return Sealed(known[1])
        token = Sealed(sealing.seal(str(value), bound_to=self.place(model_instance)))
        self.remember(model_instance, value, token)
        return token

    def get_prep_value(self, value):
        if value is None or isinstance(value, Sealed):
            return value
        raise TypeError(f"{self}: plain text would reach the database; save the instance instead")

    def get_db_prep_value(self, value, connection, prepared=False):  # noqa: FBT002 - Django's signature
        value = value if prepared else self.get_prep_value(value)
        return None if value is None else str(value)

    def from_db_value(self, value, expression, connection):
        return None if value is None else Sealed(value)

    def get_lookup(self, lookup_name):
        if lookup_name == "isnull":
            return IsNull
        if self.index and lookup_name in ("exact", "iexact"):
            return _IndexExact
        if self.index and lookup_name == "in":
            return _IndexIn
        raise FieldError(f"{lookup_name!r} cannot be asked of {self}: it is sealed")

    def get_transform(self, lookup_name):
        raise FieldError(f"{lookup_name!r} cannot be asked of {self}: it is sealed")


class SealedCopyField(models.TextField):
    """A column of a view that shows another table's sealed column as it is stored there."""

    audit_redact = True

    def __init__(self, *args, table: str, column: str, **kwargs):
        self.sealed_copy_of = (table, column)
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        table, column = self.sealed_copy_of
        return name, path, args, kwargs | {"table": table, "column": column}


class BlindIndexField(models.CharField):
    """The keyed HMAC of a sealed field's normalised text, kept in step by saving. NULL when there is no text."""

    audit_redact = True

    def __init__(self, *args, source: str, normalise: str, **kwargs):
        self.source, self.normalise = source, normalise
        kwargs = {"max_length": 64, "null": True, "editable": False} | kwargs
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | {"source": self.source, "normalise": self.normalise}

    def of(self, text: str) -> str:
        """The index of `text` however it was spelled."""
        normalise: Callable[[str], str] = import_string(self.normalise)
        return sealing.blind_index(normalise(text), purpose=f"{self.model._meta.db_table}.{self.source}")

    def pre_save(self, model_instance, add):
        source = model_instance.__dict__.get(self.source)
        # A value nobody opened did not change, and neither did its index.
        if not isinstance(source, Sealed) and self.source in model_instance.__dict__:
            setattr(model_instance, self.attname, self.of(source) if source else None)
        return super().pre_save(model_instance, add)


class _OnIndex:
    """Asks the blind index where the sealed column was named."""

    prepare_rhs = False

    def index(self) -> tuple[Col, BlindIndexField]:
        column: Col = self.lhs
        field = column.target.model._meta.get_field(column.target.index)
        return Col(column.alias, field), field


class _IndexExact(_OnIndex, Exact):
    def as_sql(self, compiler, connection):
        column, field = self.index()
        sql, params = compiler.compile(column)
        if isinstance(self.rhs, Lower):
            # allauth's migration 0006 lowers addresses that are not; ours are lowered before they are sealed.
            raise FullResultSet
        if not self.rhs_is_direct_value():
            raise FieldError(f"{self.lhs.target} is sealed and can only be compared with a text")
        return f"{sql} = %s", [*params, field.of(str(self.rhs))]


class _IndexIn(_OnIndex, In):
    def as_sql(self, compiler, connection):
        column, field = self.index()
        sql, params = compiler.compile(column)
        if not self.rhs_is_direct_value():
            raise FieldError(f"{self.lhs.target} is sealed and can only be compared with texts")
        return f"{sql} = ANY(%s)", [*params, [field.of(str(text)) for text in self.rhs if text]]


class FindableMixin:
    """For text columns of tables we do not own: AES-SIV, found by equality under every key of the ring."""

    audit_redact = True
    bound_to = ""

    def get_db_prep_value(self, value: Any, connection, prepared=False):  # noqa: FBT002 - Django's signature
        value = value if prepared else self.get_prep_value(value)
        return sealing.seal_findable(value, bound_to=self.bound_to) if value else value

    def from_db_value(self, value, expression, connection):
        return sealing.unseal_findable(value, bound_to=self.bound_to) if value else value

    def get_lookup(self, lookup_name):
        found = {"isnull": IsNull, "exact": _FindableExact, "iexact": _FindableExact, "in": _FindableIn}
        if lookup_name not in found:
            raise FieldError(f"{lookup_name!r} cannot be asked of {self}: it is sealed")
        return found[lookup_name]

    def get_transform(self, lookup_name):
        raise FieldError(f"{lookup_name!r} cannot be asked of {self}: it is sealed")


class _FindableExact(Exact):
    lookup_name = "exact"

    def as_sql(self, compiler, connection):
        if not self.rhs_is_direct_value() or not self.rhs:
            return super().as_sql(compiler, connection)
        sql, params = self.process_lhs(compiler, connection)
        spellings = sealing.spellings(str(self.rhs), bound_to=self.lhs.output_field.bound_to)
        return f"{sql} = ANY(%s)", [*params, spellings]


class _FindableIn(In):
    def as_sql(self, compiler, connection):
        if not self.rhs_is_direct_value():
            return super().as_sql(compiler, connection)
        sql, params = self.process_lhs(compiler, connection)
        bound_to = self.lhs.output_field.bound_to
        spellings = [token for text in self.rhs if text for token in sealing.spellings(str(text), bound_to=bound_to)]
        return f"{sql} = ANY(%s)", [*params, spellings]


class SealedJSONMixin:
    """For JSON columns of tables we do not own: the whole document is one sealed text inside `{"sealed": …}`."""

    audit_redact = True
    bound_to = ""

    def get_db_prep_value(self, value, connection, prepared=False):  # noqa: FBT002 - Django's signature
        if value is not None and not hasattr(value, "as_sql"):
            value = {"sealed": sealing.seal(json.dumps(value, cls=self.encoder), bound_to=self.bound_to)}
        return super().get_db_prep_value(value, connection, prepared)

    def from_db_value(self, value, expression, connection):
        value = super().from_db_value(value, expression, connection)
        if isinstance(value, dict) and "sealed" in value:
            return json.loads(sealing.unseal(value["sealed"], bound_to=self.bound_to))
        return value


class SealedMixin:
    """For text columns of tables we do not own that nobody searches."""

    audit_redact = True
    bound_to = ""

    def get_db_prep_value(self, value: Any, connection, prepared=False):  # noqa: FBT002 - Django's signature
        value = value if prepared else self.get_prep_value(value)
        return sealing.seal(value, bound_to=self.bound_to) if value else value

    def from_db_value(self, value, expression, connection):
        return sealing.unseal(value, bound_to=self.bound_to) if value else value
