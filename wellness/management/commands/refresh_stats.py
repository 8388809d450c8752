from django.core.management.base import BaseCommand

from habits import summary


class Command(BaseCommand):
    help = "Fill the materialized view user_stats_summary anew."

    def handle(self, **options: object) -> None:
        summary.refresh()
