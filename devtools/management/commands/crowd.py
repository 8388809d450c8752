from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from devtools.seeding import crowd


class Command(BaseCommand):
    help = "Create the people whom the figures of the demo count, where they are missing."

    def handle(self, **options: object) -> None:
        if not settings.DEVELOPMENT:
            raise CommandError("These people are invented: only for development.")
        crowd.create_people(now=timezone.now())
