import argparse

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

# The privileges of the web processes. Default privileges cover tables created later; the exceptions exist before this runs.
# No temporary tables: one with the name of a real table would receive its statements.
SQL = """\
GRANT CONNECT ON DATABASE {database} TO {web};
GRANT USAGE ON SCHEMA public TO {web};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {web};
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {web};
ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {web};
ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT USAGE ON SEQUENCES TO {web};
REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC, {web};
REVOKE ALL ON audit_signing_key FROM {web};
REVOKE INSERT ON audit_logs, django_migrations FROM {web};
REVOKE UPDATE, DELETE ON audit_logs, deletion_ledger, django_migrations, user_consents, django_admin_log, purged_keys FROM {web};
"""


class Command(BaseCommand):
    help = "Print the SQL that gives the web's database role only the privileges it needs. Run it as the owner."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--web", default="wellness_web", help="the role that the web processes connect as")

    def handle(self, *, web: str, **options: object) -> None:
        owner, database = connection.settings_dict["USER"], connection.settings_dict["NAME"]
        if not web.isidentifier() or web == owner:
            raise CommandError("--web needs the name of a role that is not the owner's")
        quote = connection.ops.quote_name
        self.stdout.write(SQL.format(web=quote(web), owner=quote(owner), database=quote(database)), ending="")
