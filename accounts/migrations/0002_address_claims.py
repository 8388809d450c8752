"""Stores since when an address waits for its proof, for retention (wellness/privacy/retention.py).

allauth's table has no time. The column is of the database alone: its default stamps each new row, whoever writes it, and a
change of address is always a new row.
"""

from django.db import migrations

FORWARDS = "ALTER TABLE account_emailaddress ADD COLUMN claimed_at timestamptz NOT NULL DEFAULT now()"
BACKWARDS = "ALTER TABLE account_emailaddress DROP COLUMN claimed_at"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("account", "0009_emailaddress_unique_primary_email")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
