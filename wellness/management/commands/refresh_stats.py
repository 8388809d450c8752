from django.core.management.base import BaseCommand

from habits import user_stats


class Command(BaseCommand):
    help = "Refresh the materialized view user_stats_summary."

    def handle(self, **options: object) -> None:
        user_stats.refresh()
