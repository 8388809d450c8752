import argparse

from django.core.management.base import BaseCommand, CommandError

from wellness.privacy import retention


class Command(BaseCommand):
    help = "Delete data whose retention period has ended. Refuses unusually large amounts."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only count")
        parser.add_argument(
            "--anyway", action="append", default=[], metavar="RULE", help="run this refused rule, or `clock`"
        )

    def handle(self, *, dry_run: bool, anyway: list[str], **options: object) -> None:
        try:
            results = retention.run(dry_run=dry_run, anyway=anyway)
        except retention.RetentionRefused as refused:
            raise CommandError(str(refused)) from refused
        for done in results:
            self.stdout.write(f"{done.name}: {done.found} found, {done.deleted} deleted {done.refused}".rstrip())
        if any(done.refused for done in results):
            raise CommandError("refused: see above, and --anyway once you know why")
