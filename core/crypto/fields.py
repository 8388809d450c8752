"""Model fields for sealed text: reading opens a value, saving seals it.

The database never holds plain text.

`SealedTextField` binds each value to its table, column and row, so a value can only be opened through its instance.
`QuerySet.values()` returns the sealed value, `QuerySet.update()` rejects plain text.
"""

import json
from collections.abc import Callable
from typing import Any

from django.core.exceptions import FieldError, FullResultSet
from django.db import models
from django.db.models.expressions import Col
from django.db.models.functions import Lower
from django.db.models.lookups import Exact, In, IsNull, Lookup
from django.db.models.query_utils import DeferredAttribute
from django.utils.module_loading import import_string

from core.crypto import sealing


class Sealed(str):
    """A value as stored in the database. Printed by mistake, it shows cipher text."""

    __slots__ = ()


class Opened(str):
    """A text with its sealed value and place, so that an unchanged text is saved unchanged."""

    sealed: Sealed
    place: str

    @classmethod
    def at(cls, place: str, *, text: str, sealed: Sealed) -> "Opened":
        opened = cls(text)
        opened.sealed, opened.place = sealed, place
        return opened


class _SealedAttribute(DeferredAttribute):
    """Opens the value on first access."""

    def __get__(self, instance, cls=None):
        if instance is None:
            return self
        loaded, name = instance.__dict__, self.field.attname
        value = loaded[name] if name in loaded else super().__get__(instance, cls)
        if isinstance(value, Sealed):
            place = self.field.place(instance)
            value = Opened.at(place, text=sealing.unseal(value, bound_to=place), sealed=value)
            loaded[name] = value
        return value

    def __set__(self, instance, value):
        instance.__dict__[self.field.attname] = value


class _Answers:
    """Allows the lookups named here and rejects all others, which would silently find nothing."""

    audit_redact = True

    @property
    def answers(self) -> dict[str, type[Lookup]]:
        return {"isnull": IsNull}

    def get_lookup(self, lookup_name):
        if lookup_name not in self.answers:
            raise FieldError(f"{lookup_name!r} cannot be asked of {self}: it is sealed")
        return self.answers[lookup_name]

    def get_transform(self, lookup_name):
        raise FieldError(f"{lookup_name!r} cannot be asked of {self}: it is sealed")


class SealedTextField(_Answers, models.TextField):
    """Text under AES-256-GCM, bound to table, column and row.

    `index` names the column of its blind index, if any.
    """

    descriptor_class = _SealedAttribute
    # Ordering is rejected (core.db.postgresql). Sealed columns of allauth's tables allow it: allauth orders a person's
    # addresses.
    is_sealed = True

    def __init__(self, *args, index: str | None = None, **kwargs):
        self.index = index
        super().__init__(*args, **kwargs)

    @property
    def answers(self):
        by_index = {"exact": _IndexExact, "iexact": _IndexExact, "in": _IndexIn} if self.index else {}
        return super().answers | by_index

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | ({"index": self.index} if self.index else {})

    def place(self, instance: models.Model) -> str:
        if instance.pk is None:
            raise ValueError(f"{self}: a row needs its key before its text can be bound to it")
        return self.place_of(instance.pk)

    def place_of(self, key: object) -> str:
        return sealing.place(self.model._meta.db_table, str(self.column), key)

    def seal(self, text: str, *, key: object) -> str:
        """The sealed value for the row with this key, for rows that SQL writes."""
        return sealing.seal(text, bound_to=self.place_of(key))

    def pre_save(self, model_instance, add):
        value = model_instance.__dict__.get(self.attname)
        if value is None:
            return None
        place = self.place(model_instance)
        if isinstance(value, Sealed) and (add or not sealing.is_newest(value)):
            # A value copied from another row would never open again; a save must not undo a rotation.
            value = Opened.at(place, text=sealing.unseal(value, bound_to=place), sealed=value)
        if isinstance(value, Sealed):
            return value
        if not isinstance(value, Opened) or value.place != place or not sealing.is_newest(value.sealed):
            value = Opened.at(place, text=str(value), sealed=Sealed(sealing.seal(str(value), bound_to=place)))
            model_instance.__dict__[self.attname] = value
        return value.sealed

    def get_prep_value(self, value):
        if value is None or isinstance(value, Sealed):
            return value
        raise TypeError(f"{self}: plain text would reach the database; save the instance instead")

    def get_db_prep_value(self, value, connection, prepared=False):  # noqa: FBT002 - Django's signature
        value = value if prepared else self.get_prep_value(value)
        return None if value is None else str(value)

    def from_db_value(self, value, expression, connection):
        return None if value is None else Sealed(value)


class SealedCopyField(models.TextField):
    """A column of a view that holds another table's sealed column as stored there."""

    audit_redact = True
    is_sealed = True

    def __init__(self, *args, table: str, column: str, **kwargs):
        self.sealed_copy_of = (table, column)
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        table, column = self.sealed_copy_of
        return name, path, args, kwargs | {"table": table, "column": column}


class BlindIndexField(models.CharField):
    """The keyed HMAC of a sealed field's normalised text, updated on save.

    NULL when there is no text. `within` names a column whose value is part of the index: equal texts of rows that differ
    in it have different values.
    """

    audit_redact = True

    def __init__(self, *args, source: str, normalise: str, within: str | None = None, **kwargs):
        self.source, self.normalise, self.within = source, normalise, within
        kwargs = {"max_length": 64, "null": True, "editable": False} | kwargs
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        within = {"within": self.within} if self.within else {}
        return name, path, args, kwargs | {"source": self.source, "normalise": self.normalise} | within

    def of(self, text: str, *, within: object = "") -> str:
        """The index value of `text` after normalisation."""
        normalise: Callable[[str], str] = import_string(self.normalise)
        purpose = f"{self.model._meta.db_table}.{self.source}"
        return sealing.blind_index(normalise(text), purpose=f"{purpose}|{within}" if self.within else purpose)

    def of_row(self, row: models.Model) -> str | None:
        """The index value of the row's text."""
        text = getattr(row, self.source)
        return self.of(text, within=getattr(row, self.within) if self.within else "") if text else None

    def pre_save(self, model_instance, add):
        source = model_instance.__dict__.get(self.source)
        # A value that was never opened did not change, so its index did not either.
        if not isinstance(source, Sealed) and self.source in model_instance.__dict__:
            setattr(model_instance, self.attname, self.of_row(model_instance))
        return super().pre_save(model_instance, add)


class _OnIndex:
    """Redirects a lookup on a sealed column to its blind index."""

    prepare_rhs = False

    def index(self) -> tuple[Col, BlindIndexField]:
        column: Col = self.lhs
        field: Any = column.target.model._meta.get_field(column.target.index)
        return Col(column.alias, field), field


class _IndexExact(_OnIndex, Exact):
    def as_sql(self, compiler, connection):
        column, field = self.index()
        sql, params = compiler.compile(column)
        if isinstance(self.rhs, Lower) and self.rhs.source_expressions == [self.lhs]:
            # allauth's migration 0006 lower-cases addresses; ours are lower-cased before they are sealed.
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


class FindableMixin(_Answers):
    """Seals a text column of a library table with AES-SIV.

    A value is found by equality under every key of the ring.
    """

    bound_to = ""

    @property
    def answers(self):
        return super().answers | {"exact": _FindableExact, "iexact": _FindableExact, "in": _FindableIn}

    def get_db_prep_value(self, value: Any, connection, prepared=False):  # noqa: FBT002 - Django's signature
        value = value if prepared else self.get_prep_value(value)
        return sealing.seal_findable(value, bound_to=self.bound_to) if value else value

    def from_db_value(self, value, expression, connection):
        return sealing.unseal_findable(value, bound_to=self.bound_to) if value else value


class _FindableExact(Exact):
    lookup_name = "exact"

    def as_sql(self, compiler, connection):
        if not self.rhs_is_direct_value() or not self.rhs:
            return super().as_sql(compiler, connection)
        sql, params = self.process_lhs(compiler, connection)
        tokens = sealing.findable_values(str(self.rhs), bound_to=self.lhs.output_field.bound_to)
        return f"{sql} = ANY(%s)", [*params, tokens]


class _FindableIn(In):
    def as_sql(self, compiler, connection):
        if not self.rhs_is_direct_value():
            return super().as_sql(compiler, connection)
        sql, params = self.process_lhs(compiler, connection)
        bound_to = self.lhs.output_field.bound_to
        tokens = [token for text in self.rhs if text for token in sealing.findable_values(str(text), bound_to=bound_to)]
        return f"{sql} = ANY(%s)", [*params, tokens]


class SealedJSONMixin(_Answers):
    """Seals a JSON column of a library table.

    The whole document is one sealed text inside `{"sealed": …}`.
    """

    bound_to = ""

    def get_db_prep_value(self, value, connection, prepared=False):  # noqa: FBT002 - Django's signature
        if value is not None and not hasattr(value, "as_sql"):
            value = {"sealed": sealing.seal(json.dumps(value, cls=self.encoder), bound_to=self.bound_to)}
        return super().get_db_prep_value(value, connection, prepared)

    def from_db_value(self, value, expression, connection):
        value = super().from_db_value(value, expression, connection)
        if value is None:
            return None
        sealed = value.get("sealed", "") if isinstance(value, dict) else ""
        return json.loads(sealing.unseal(sealed, bound_to=self.bound_to), cls=self.decoder)


class SealedJSONField(SealedJSONMixin, models.JSONField):
    """A sealed JSON column of our own tables, bound to its table and column.

    Unlike `SealedTextField` it is not bound to its row, so `QuerySet.update()` can write it. A document that plain SQL
    wrote unsealed is returned as it is.
    """

    def contribute_to_class(self, cls, name, private_only=False):  # noqa: FBT002 - Django's signature
        super().contribute_to_class(cls, name, private_only)
        self.bound_to = f"{cls._meta.db_table}|{self.column}"

    def from_db_value(self, value, expression, connection):
        document = models.JSONField.from_db_value(self, value, expression, connection)
        is_sealed = isinstance(document, dict) and set(document) == {"sealed"}
        return super().from_db_value(value, expression, connection) if is_sealed else document

    def seal(self, value: Any) -> str:
        """The JSON to store for `value`, for rows that SQL writes."""
        return json.dumps({"sealed": sealing.seal(json.dumps(value, default=str), bound_to=self.bound_to)})


class SealedMixin(_Answers):
    """Seals a text column of a library table that is never searched."""

    bound_to = ""

    def get_db_prep_value(self, value: Any, connection, prepared=False):  # noqa: FBT002 - Django's signature
        value = value if prepared else self.get_prep_value(value)
        return sealing.seal(value, bound_to=self.bound_to) if value else value

    def from_db_value(self, value, expression, connection):
        return sealing.unseal(value, bound_to=self.bound_to) if value else value
