"""Django's PostgreSQL backend with the schema document's names for foreign keys (`fk_{table}_{column}`)."""

from django.db.backends.postgresql import base
from django.db.backends.postgresql.schema import DatabaseSchemaEditor


class SchemaEditor(DatabaseSchemaEditor):
    def _fk_constraint_name(self, model, field, suffix):
        return self.quote_name(f"fk_{model._meta.db_table}_{field.column}")


class DatabaseWrapper(base.DatabaseWrapper):
    SchemaEditorClass = SchemaEditor
