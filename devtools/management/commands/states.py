from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from devtools.seeding import states


class Command(BaseCommand):
    help = "Create the people of states that the demo person is not in, where they are missing: for `make shots`."

    def handle(self, **options: object) -> None:
        if not settings.DEVELOPMENT:
            raise CommandError("These accounts have a known password: only for development.")
        states.create_people(now=timezone.now())
