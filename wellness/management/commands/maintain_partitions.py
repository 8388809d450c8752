from django.core.management.base import BaseCommand
from django.utils import timezone

from core.db import partitions


class Command(BaseCommand):
    help = "Create the partitions of this month, the next three and of waiting rows; print them and the rows that still wait."

    def handle(self, **options: object) -> None:
        made = partitions.maintain(timezone.now().date())
        self.stdout.write(f"made: {', '.join(made) or 'nothing, all are there'}")
        for table, rows in partitions.waiting_in_default().items():
            if rows:
                self.stdout.write(f"{table}: {rows} rows wait in the default partition")
