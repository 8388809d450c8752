from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from devtools.seeding import PASSWORD, PERSON, STAFF, demo


class Command(BaseCommand):
    help = "Create the demo accounts where they are missing, and print how to sign in."

    def handle(self, **options: object) -> None:
        if not settings.DEVELOPMENT:
            raise CommandError("The demo accounts have a known password: only for development.")
        demo.create_accounts(now=timezone.now())
        self.stdout.write(f"person: {PERSON}  password: {PASSWORD}")
        self.stdout.write(f"staff:  {STAFF}  password: {PASSWORD}")
