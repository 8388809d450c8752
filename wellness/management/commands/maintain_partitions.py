import datetime as dt

from django.core.management.base import BaseCommand

from core.db import partitions


class Command(BaseCommand):
    help = "Make this month's and the next three months' partitions; says which, and what waits in the net below them."

    def handle(self, **options: object) -> None:
        made = partitions.maintain(dt.datetime.now(dt.UTC).date())
        self.stdout.write(f"made: {', '.join(made) or 'nothing, all are there'}")
        for table, rows in partitions.waiting_in_default().items():
            if rows:
                self.stdout.write(f"{table}: {rows} rows wait in the default partition")
