"""The triggers that write `audit_logs` and `updated_by`, declared on the models they watch."""

from collections.abc import Iterable
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Model
from pgtrigger.compiler import Trigger

from core.audit.trigger_sql import GuardedTriggerSql

# Key rotation writes the same text under another key, which is no change.
_RESEALING = "public.audit_is_resealing()"


class _GuardedTrigger(pgtrigger.Trigger):
    def compile(self, model: Model) -> Trigger:
        compiled = super().compile(model)
        sql = GuardedTriggerSql(**{name: value for name, value in compiled.sql.kwargs.items() if name in _KEPT})
        return Trigger(name=compiled.name, sql=sql)


# Parts of pgtrigger's template that ours has too.
_KEPT = (
    "pgid", "declare", "func", "table", "constraint", "when", "operation", "timing", "referencing", "level", "condition",
    "execute",
)  # fmt: skip


class Audit(_GuardedTrigger):
    """Writes one row to audit_logs for each row inserted, changed or deleted.

    For a change, only the changed columns are kept. A change of `quiet` columns alone writes no row. For `hidden` and for sealed columns the name is kept and the value
    is not. Rows where the column `unless` is not NULL belong to a person and are not audited.
    """

    name = "audit"
    when = pgtrigger.After
    operation = pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete
    declare = [("before", "jsonb"), ("after", "jsonb"), ("row_key", "text"), ("hidden", "text[]"), ("sealed", "text[]")]

    def __init__(
        self, *, quiet: Iterable[str] = (), hidden: Iterable[str] = (), unless: str | None = None, **kwargs: Any
    ):
        self.quiet, self.hidden, self.unless = list(quiet), list(hidden), unless
        super().__init__(**kwargs)

    def columns_hidden(self, model: Model) -> list[str]:
        """The columns whose values are not shown."""
        return [*self._sealed(model), *_columns(model, self.hidden)]

    def get_func(self, model: Model) -> str:
        table, pk = model._meta.db_table, model._meta.pk
        key = f"coalesce(NEW.{pk.column}, OLD.{pk.column})::text"
        if isinstance(pk, models.UUIDField):
            record, name_it = "row_key::uuid", ""
        else:
            # The schema document requires a UUID; the key itself is kept among the values.
            record = f"md5('{table}:' || row_key)::uuid"
            named = f"jsonb_build_object('{pk.column}', row_key)"
            name_it = f"before := before || {named}; after := after || {named};"
        skip = ""
        if self.unless:
            [column] = _columns(model, [self.unless])
            skip = f"IF coalesce(NEW.{column}, OLD.{column}) IS NOT NULL THEN RETURN NULL; END IF;"
        return f"""
            {skip}
            row_key := {key};
            sealed := {_array(self._sealed(model))};
            hidden := {_array(self.columns_hidden(model))};
            IF TG_OP <> 'INSERT' THEN before := to_jsonb(OLD) - {_array(_columns(model, self.quiet))}; END IF;
            IF TG_OP <> 'DELETE' THEN after := to_jsonb(NEW) - {_array(_columns(model, self.quiet))}; END IF;
            IF TG_OP = 'UPDATE' THEN
                IF {_RESEALING} THEN before := before - sealed; after := after - sealed; END IF;
                SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) INTO before, after
                FROM jsonb_each(before) o JOIN jsonb_each(after) n USING (key) WHERE o.value IS DISTINCT FROM n.value;
                IF before IS NULL THEN RETURN NULL; END IF;
            END IF;
            SELECT jsonb_object_agg(v.key, {_SHOWN}) INTO before FROM jsonb_each(before) v;
            SELECT jsonb_object_agg(v.key, {_SHOWN}) INTO after FROM jsonb_each(after) v;
            {name_it}
            INSERT INTO public.audit_logs
                (table_name, record_id, action, old_values, new_values, user_id, ip_address, why, occurred_at)
            SELECT '{table}', {record}, TG_OP, before, after, actor.user_id, actor.address, public.audit_why(),
                clock_timestamp()
            FROM public.audit_actor() AS actor;
            RETURN NULL;
        """  # noqa: S608 - names from our own models

    @staticmethod
    def _sealed(model: Model) -> list[str]:
        return [str(field.column) for field in model._meta.local_fields if getattr(field, "audit_redact", False)]


# Stands for what the trail does not show.
HIDDEN = "[hidden]"
_SHOWN = f"""CASE WHEN v.key = ANY(hidden) AND v.value <> 'null' THEN '"{HIDDEN}"'::jsonb ELSE v.value END"""


class KeepUpdatedBy(_GuardedTrigger):
    """Sets `updated_by` to the author of the last change outside `quiet` columns.

    It is NULL when the service made the change itself.
    """

    name = "updated_by"
    when = pgtrigger.Before
    operation = pgtrigger.Insert | pgtrigger.Update

    def __init__(self, *, quiet: Iterable[str] = (), **kwargs: Any):
        self.quiet = list(quiet)
        super().__init__(**kwargs)

    def get_func(self, model: Model) -> str:
        quiet = _array(_columns(model, self.quiet))
        return f"""
            IF TG_OP = 'UPDATE' THEN
                IF {_RESEALING} OR to_jsonb(NEW) - {quiet} = to_jsonb(OLD) - {quiet} THEN RETURN NEW; END IF;
            END IF;
            NEW.updated_by := (SELECT actor.user_id FROM public.audit_actor() AS actor);
            RETURN NEW;
        """  # noqa: S608 - names from our own models


def _columns(model: Model, names: list[str]) -> list[str]:
    columns = {field.name: str(field.column) for field in model._meta.local_fields}
    return [columns[name] for name in names]


def _array(columns: list[str]) -> str:
    return "ARRAY[" + ", ".join(f"'{column}'" for column in columns) + "]::text[]"
